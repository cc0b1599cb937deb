"""Every row, in the order of the table."""

from benchmarks import gpt, moons

ROWS = {row.name: row for family in (moons, gpt) for row in family.ROWS}

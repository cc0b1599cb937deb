"""Every row, in the order of the table."""

from benchmarks import digits, first, gpt, moons, nano

ROWS = {row.name: row for family in (moons, nano, gpt, digits, first) for row in family.ROWS}

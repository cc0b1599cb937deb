"""Every row, in the order of the table."""

from benchmarks import digits, first, formulas, gpt, moons, nano

ROWS = {row.name: row for family in (moons, nano, gpt, digits, first, formulas) for row in family.ROWS}

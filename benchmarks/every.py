"""Every row, in the order of the table."""

from benchmarks import digits, eager, first, formulas, gpt, moons, nano

ROWS = {row.name: row for family in (moons, nano, gpt, digits, formulas, eager, first) for row in family.ROWS}

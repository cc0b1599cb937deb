"""Data sets that follow an exact rule: a straight line, a table of truth values."""

from collections.abc import Callable, Sequence

from microgradnn.data.checks import Rows, Targets, check_targets
from microgradnn.errors import DataError, SettingError, ShapeError

_GATES: dict[str, Callable[[int, int], bool]] = {
    "AND": lambda ones, inputs: ones == inputs,
    "OR": lambda ones, inputs: ones > 0,
    "XOR": lambda ones, inputs: ones % 2 == 1,
    "NAND": lambda ones, inputs: ones < inputs,
    "NOR": lambda ones, inputs: ones == 0,
    "XNOR": lambda ones, inputs: ones % 2 == 0,
}


def celsius(part: str = "train") -> tuple[Rows, list[float]]:
    """Fahrenheit is 1.8 times Celsius plus 32: one hundred pairs, as the NanoNeuron article draws them.

    `"train"` has the whole degrees 0, 1 … 99 °C, `"test"` the halves between, 0.5 … 99.5 °C.
    """
    starts = {"train": 0.0, "test": 0.5}
    if part not in starts:
        raise SettingError(f"part is {part!r}; the Celsius data have the parts 'train' and 'test'")
    xs = [starts[part] + i for i in range(100)]
    return [[x] for x in xs], [x * 1.8 + 32.0 for x in xs]


def truth_table(
    gate: str | Sequence[float] | Sequence[Sequence[float]], inputs: int | None = None
) -> tuple[Rows, Targets]:
    """A Boolean function is its value on each of the 2ⁿ rows of zeros and ones, counted up from 0 … 0.

    `gate` is AND, OR, XOR, NAND, NOR or XNOR (XOR of many inputs is their parity; two inputs if not said), or
    the column of outputs itself: 2ⁿ truth values, or 2ⁿ rows of them for several outputs at once.
    """
    if inputs is not None and (type(inputs) is not int or not 1 <= inputs <= 16):
        raise SettingError(f"inputs is {inputs!r}; a truth table has 1 to 16 of them")
    if isinstance(gate, str):
        if gate.upper() not in _GATES:
            raise SettingError(f"there is no gate {gate!r}; there are {', '.join(_GATES)}, or give the outputs")
        rows = _count(2 if inputs is None else inputs)
        rule = _GATES[gate.upper()]
        return rows, [1.0 if rule(row.count(1.0), len(row)) else 0.0 for row in rows]
    outputs = check_targets(gate, "outputs")
    digits = len(outputs).bit_length() - 1 if inputs is None else inputs
    if digits < 1 or len(outputs) != 2**digits:
        wanted = "2, 4, 8 … outputs" if inputs is None else f"{2**digits} outputs for its {digits} inputs"
        raise ShapeError(f"a truth table has {wanted}, and {len(outputs)} were given")
    for i, output in enumerate(outputs):
        if not all(truth in (0.0, 1.0) for truth in (output if isinstance(output, list) else [output])):
            raise DataError(f"outputs[{i}] is {output}; a truth value is 0 or 1")
    return _count(digits), outputs


def _count(digits: int) -> Rows:
    """The numbers 0 … 2ⁿ − 1 as rows of n binary digits, the first one the most significant."""
    return [[float(i >> place & 1) for place in reversed(range(digits))] for i in range(2**digits)]

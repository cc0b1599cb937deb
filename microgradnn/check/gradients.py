"""Is autodiff right? Its gradient of a function against three other readings of the same derivative."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from typing import Any

from microgradnn.births import first_nonfinite
from microgradnn.check.arguments import Arguments, Function
from microgradnn.check.calling import evaluate
from microgradnn.check.complexstep import NotAnalytic
from microgradnn.check.numeric import Estimate
from microgradnn.check.readings import by_complex_step, by_difference, by_forward, by_reverse
from microgradnn.check.rounded import TINY
from microgradnn.check.second import second_derivatives
from microgradnn.check.sheet import Judged, Sheet
from microgradnn.check.spans import Span
from microgradnn.check.verdict import TONES, Verdict, brief, dictionary, dictionary_entry, shown
from microgradnn.errors import SettingError

SAFETY = 2.0
UNKNOWN = Estimate(math.nan, math.inf)


@dataclass(frozen=True)
class Readings:
    """One derivative: by reverse mode (`autodiff`), forward mode, complex step (nan where it does not apply)
    and differences, with a bound of the latter's error. `resolution` is the smallest relative error of autodiff
    that would have been seen here."""

    where: str
    autodiff: float
    forward: float
    complex_step: float
    numeric: float
    numeric_error: float
    verdict: Verdict
    resolution: float
    note: str = ""


@dataclass(frozen=True, repr=False)
class GradientReport(Judged):
    """Autodiff put to the test: a row for each derivative. `text()` is a table in plain text."""

    title: str
    rows: tuple[Readings, ...]
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all readings of every derivative agree."""
        return all(row.verdict in (Verdict.AGREES, Verdict.AT_KINK, Verdict.ROUNDED) for row in self.rows)

    @property
    def resolution(self) -> float:
        """The smallest relative error that would have been seen in every row that is neither 0 nor at a kink."""
        return max(
            (row.resolution for row in self.rows if row.autodiff != 0.0 and row.verdict is not Verdict.AT_KINK),
            default=0.0,
        )

    def _seen(self) -> str:
        if any(row.autodiff != 0.0 and row.verdict is not Verdict.AT_KINK for row in self.rows):
            return f"a relative error of {self.resolution:.1e} would have been seen everywhere"
        return "every derivative is 0 or at a kink, so that there is no relative error to see"

    def to_dict(self) -> dict[str, Any]:
        """The report as plain dicts, lists, strings and finite floats: JSON takes it."""
        return {
            "title": self.title,
            "ok": self.ok,
            "resolution": dictionary_entry(self.resolution),
            "rows": [dictionary(row) for row in self.rows],
            "remarks": list(self.remarks),
        }

    def __repr__(self) -> str:
        return f"<{self.title}: {'ok' if self.ok else 'not ok'}, resolution {self.resolution:.1e}>"

    def sheet(self) -> Sheet:
        return Sheet(
            self.title,
            ("where", "autodiff", "forward", "complex step", "differences", "± error", "verdict"),
            tuple(
                (
                    row.where,
                    *map(shown, (row.autodiff, row.forward, row.complex_step, row.numeric)),
                    brief(row.numeric_error),
                    str(row.verdict),
                )
                for row in self.rows
            ),
            tuple(TONES.get(row.verdict, "bad") for row in self.rows),
            (
                f"{'ok' if self.ok else 'not ok'}: " + self._seen(),
                *self.remarks,
                *(f"{row.where}: {row.note}" for row in self.rows if row.note),
            ),
        )


def check_gradients(f: Function, *args: Any, order: int = 1) -> GradientReport:
    """Check autodiff itself on f at `args`: four readings of each derivative must agree.

    `args` are numbers and nested lists, tuples or dicts of numbers; anything else is passed on as it is; f gives
    one number. Reverse mode is compared with forward mode, which shares the table's partials; with the complex
    step, which does not, and keeps all digits, where f is analytic; and with central differences, extrapolated,
    whose error estimate includes rounding. A row's `resolution` says how small an error these would have shown:
    about 1e-13 of the derivative by complex step, 1e-9 or worse by differences.

    `order=2` adds a row for each second derivative: reverse over reverse against forward over reverse and
    against differences of the gradient.

    Nothing is raised for a wrong gradient: `.ok` tells, and `.require()` raises WrongGradient. Errors, as in
    `compare`, name what f does wrong.
    """
    if order not in (1, 2):
        raise SettingError(f"order is 1, or 2 for second derivatives too, and {order!r} came")
    given = Arguments(dict(zip(_names(f, len(args)), args, strict=True)), "args")
    if not given.names:
        raise SettingError("the arguments hold no numbers, so there is nothing to differentiate by")
    leaves, out = evaluate(f, given, "f", by_position=True)
    auto = by_reverse(leaves, out)
    rows, reasons = [], []
    for k, where in enumerate(given.names):
        span = auto.spans[k]
        stepped = by_complex_step(f, given, k, span.error, by_position=True)
        if isinstance(stepped, NotAnalytic):
            reasons.append(f"no complex step: {stepped}")
            stepped = UNKNOWN
        slope = by_difference(f, given, k, auto.noise, "f", by_position=True)
        forward = by_forward(f, given, k, by_position=True)
        rows.append(_judged(where, auto.gradient[k], span, forward, stepped, slope))
    remarks = list(dict.fromkeys(reasons))
    if not all(map(math.isfinite, auto.gradient)):
        remarks.append(f"{first_nonfinite(out)}")
    if order == 2:
        rows += [
            _judged(found.where, found.reverse, found.span, found.forward, UNKNOWN, found.numeric)
            for found in second_derivatives(f, given, auto.spans)
        ]
    title = f"autodiff against other readings of the derivative: {_called(f)}"
    return GradientReport(title, tuple(rows), tuple(remarks))


def _called(f: Function) -> str:
    return str(getattr(f, "__name__", type(f).__name__))


def _names(f: Function, count: int) -> list[str]:
    """What f calls its positional arguments, where it says so."""
    try:
        found = [
            p.name
            for p in inspect.signature(f).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        found = []
    return found[:count] + [f"args[{k}]" for k in range(len(found), count)]


def _judged(where: str, auto: float, span: Span, forward: float, stepped: Estimate, slope: Estimate) -> Readings:
    own = SAFETY * span.error + TINY
    best = min(stepped.error, slope.error)
    size = abs(auto)
    resolution = (own + best) / size if size else math.inf if best == math.inf else own + best
    row = Readings(where, auto, forward, stepped.value, slope.value, slope.error, Verdict.AGREES, resolution)
    if not math.isfinite(auto):
        same = forward == auto or (forward != forward and auto != auto)
        return _with(row, Verdict.UNDEFINED if same else Verdict.DIFFERS, f"autodiff gives {auto}")
    if span.kinks and span.high - span.low > own:
        inside = span.low - own <= forward <= span.high + own
        note = f"at a kink of {', '.join(span.kinks)}: any value in [{span.low:.6g}, {span.high:.6g}] is valid"
        return _with(row, Verdict.AT_KINK if inside else Verdict.DIFFERS, note)
    wrong = [
        name
        for name, reading in (
            ("forward mode", Estimate(forward, own)),
            ("the complex step", stepped),
            ("central differences", slope),
        )
        if abs(reading.value - auto) > reading.error + own  # never of a nan, which is no reading
    ]
    if wrong:
        return _with(row, Verdict.DIFFERS, f"autodiff differs from {' and '.join(wrong)}")
    return _with(row, Verdict.ROUNDED, "") if size and resolution > 1e-2 else row


def _with(row: Readings, verdict: Verdict, note: str) -> Readings:
    return Readings(**{**vars(row), "verdict": verdict, "note": note})

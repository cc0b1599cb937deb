"""Whether a run of fit is compiled: where that is the same to the last bit, and pays."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Literal, NamedTuple

from microgradnn import engine
from microgradnn.chain import graph
from microgradnn.compiler.installed import trouble
from microgradnn.engine import Value
from microgradnn.errors import MissingLibrary, SettingError, Untraceable
from microgradnn.nn.module import observed, observer
from microgradnn.train.effects import Surroundings
from microgradnn.train.job import Eager, Job, Losses, Way

Compile = bool | Literal["auto"]
LITTLE = "there is too little to do for compiling to pay"
# What is done once takes as long as the engine takes for so many samples: to trace, to build and to try a program.
ONCE = 100


class Seconds(NamedTuple):
    """What a run of fit takes on a processor of 2020: until it can begin, for each step, and for each operation.

    An operation is a node of the graph of one sample's loss, there and back; a sample has a few more than its nodes.
    """

    once: float
    step: float
    operation: float


ENGINE = Seconds(0.0, 2.5e-6, 1.6e-6)  # and the step is that of one parameter
COMPILED = {"numpy": Seconds(0.2, 2e-4, 1e-8), "native": Seconds(1.0, 0.0, 1e-9)}
AROUND = 20  # operations


def chosen(job: Job, compile: Compile, watched: bool) -> Way:
    """How the job is done; `watched` says that a function is told of every step.

    Eagerly, unless nothing speaks against compiling; with compile=True that is an error.
    """
    if compile not in (True, False, "auto"):
        raise SettingError(f"compile={compile!r} is none of 'auto', True and False")
    if not compile or not job.epochs:
        job.history.compiled = "eager, as was asked for" if job.epochs else "there was nothing to do"
        return Eager()
    if compile is True and find_spec("numpy") is None:
        raise MissingLibrary("compile=True needs numpy: pip install numpy")
    look = Look(job, pays=compile is True)
    if not look.against:
        # It loads numpy, which a small job can do without.
        from microgradnn.train.automatic import Compiled

        try:
            return Compiled(job, look.surroundings, look.backend, watched)
        except Exception as error:  # whatever a function may do with numbers that cannot be looked at
            if compile is True:
                raise
            look.against = str(error).partition(". ")[0]
    elif compile is True:
        raise Untraceable(f"fit(compile=True): {look.against}")
    job.history.compiled = f"eager: {look.against}"
    return Eager()


class Look:
    """What speaks against compiling a job, if anything does, and the backend that is to be taken.

    The loss of the first sample is computed, which keeps for its turn: how large its graph is, and what it changes.
    """

    def __init__(self, job: Job, pays: bool) -> None:
        self.surroundings: Surroundings
        self.against = self.backend = ""
        if observer.get() is not None or engine.tracer or engine._pauses:
            self.against = "what is computed is watched"
        elif job.epochs * job.count <= ONCE and not pays:
            self.against = LITTLE
        else:
            job.begin()
            with observed(job.activity):
                self.surroundings, loss, self.against = looked(job.seen, job.first(), job.trainer.values)
            if not isinstance(loss, Value) or not loss.live:
                self.against = "the loss of the first sample has no gradient"
            else:
                self._price(job, len(graph(loss)) + AROUND, pays)

    def _price(self, job: Job, size: int, pays: bool) -> None:
        samples, steps = job.epochs * job.count, job.epochs * job.each
        seconds = {name: x.once + x.step * steps + x.operation * size * samples for name, x in COMPILED.items()}
        eagerly = ENGINE.step * steps * len(job.trainer.values) + ENGINE.operation * size * (samples - ONCE)
        if seconds["native"] < seconds["numpy"] and (pays or eagerly >= 2 * seconds["native"]) and not trouble():
            self.backend = "native"
        elif pays or eagerly >= 2 * seconds["numpy"]:
            self.backend = "numpy"
        else:
            self.against = LITTLE
        if self.backend and find_spec("numpy") is None:
            self.against = "numpy is not installed"


def looked(losses: Losses, place: int, values: list[Value]) -> tuple[Surroundings, Any, str]:
    """The loss of one sample, which keeps for its turn; what it can reach, and what computing it changed of that."""
    surroundings = Surroundings(losses.model, losses.of_pair, apart=values)
    times = [value.time for value in values]
    loss = losses.ahead(place)
    moved = times != [value.time for value in values]
    return surroundings, loss, "the loss sets parameters" if moved else surroundings.changed()

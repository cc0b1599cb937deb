"""Write docs/compiler.md, whose programs the package prints itself: `python -m docs.make_compiler`."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from benchmarks.table import FIGURES, described, markdown, missed
from microgradnn import Value, tanh
from microgradnn.compiler import passes
from microgradnn.compiler.backward import differentiated
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.program import Program, program
from microgradnn.compiler.sources import listing, source
from microgradnn.compiler.trace import Trace, Traced

PAGE = """# The compiler

A scalar program is a joy to read and slow to run. The compiler runs it once on numbers that nobody may look at, writes
down what it did, and turns the list into array operations. What comes out has the bits of the eager engine, sample by
sample. First how it is used, and what it cannot see; then the page follows one small function through it. Everything
that looks like a program there was printed by the package (`python -m docs.make_compiler`).

## Using it

A function of numbers is called like before. It has its gradients, and takes arrays of arguments:

```python
>>> from microgradnn import Value, compile, sin, take
>>> f = compile(lambda x, w: sin(x) * w[0] if x > 0 else x * w[1])
>>> f(-2.0, [2.0, 3.0])                              # by position: numbers, and lists, tuples and dicts of them
-6.0
>>> f.value_and_grad(-2.0, [2.0, 3.0])               # a gradient for each argument, nested like it
(-6.0, (3.0, [0.0, -2.0]))
>>> f.grad(0.0, [2.0, 3.0])
(3.0, [0.0, 0.0])
>>> f.batch([-2.0, 0.0], [[2.0, 3.0], [5.0, 1.0]]).tolist()    # arrays whose first axis counts the samples
[-6.0, 0.0]

```

The loss of one sample, with the model that it is the loss of, trains the model. A model is a `Module`, or a nested list
or dict of Values; an integer that is an input, a class or the number of a word, goes through `take`, and its array
holds integers:

```python
>>> from microgradnn.optim import Adam
>>> words = [[Value(0.1), Value(-0.2)], [Value(0.3), Value(0.4)]]
>>> def line(words, word, x):
...     slope, height = take(words, word)
...     return slope * x + height
>>> def loss(words, word, x, y):
...     return (line(words, word, x) - y) ** 2
>>> step = compile(loss, words, backend="numpy")
>>> samples = [0, 1, 0, 1], [1.0, 1.0, 2.0, 2.0], [3.0, 1.0, 5.0, 0.0]
>>> losses, gradient = step.value_and_grad(*samples)  # each sample's loss; the mean gradient, flat, as parameters() go
>>> losses.shape, gradient.shape
((4,), (4,))
>>> adam = Adam(lr=0.1)
>>> before = step.update(*samples, optimizer=adam)    # one step, on as many samples as there are; the loss before it
>>> after = step.update([1], [1.0], [1.0], optimizer=adam)
>>> history = step.fit(*samples, optimizer=adam, epochs=500, batch_size=2, shuffle=True, seed=1)
>>> history.loss[-1] < 1e-6 < before
True
>>> history.compiled
'compiled (numpy): ... instructions in ... groups'
>>> step.predict(line, [0, 1], [10.0, 10.0]).round(3).tolist()
[21.0, -8.0]

```

`microgradnn.train.fit` does all this by itself: `compile="auto"`, or `True` (compiled, or an error that says why not),
or `False`; see 7.

| | |
|---|---|
| `backend=` | `"native"`, `"numpy"` or `"python"`: see 4. Without it the best one that is installed |
| `fast=True` | of `numpy`: its own functions and BLAS. A sum of n products is then within n·2⁻⁵² of the sum of their sizes, and a function within 4 units in the last place; what that grows to depends on the program. Native loops stay exact |
| `report()` | what was traced last: instructions, groups, the share that is lifted, seconds and bytes |
| `source("python")` | what was traced last as text that runs alone, also `"numpy"` and `"c"`: see 5; `"program"` is a list to be read |
| branches | a program is kept for each way through Python's branches, 32 for each nesting of the arguments; what goes yet another way is left to the engine, and so is a step of training in which a sample goes another way |
| pickling, copying | by the name of the function, to be compiled again where it arrives: `def` at the top of a module. A lambda is copied, but not pickled, and says so |
| threads | any number: a program runs in one at a time, and a step of training is taken whole |
| the cache | machine code is kept in the user's cache folder, at most 64 MB. `MICROGRADNN_CACHE` names another folder; empty, nothing is kept |

## What it cannot see

What a function reads besides its arguments is looked at before every call, and if it is another the function is traced
again: globals and captured variables, lists, dicts, sets and arrays, objects with their attributes, slots and
properties, namespaces, classes, modules, the functions that it calls, and the model. The numbers of Values are read
anew anyway. A function that reads context variables, what threads have to themselves, weak references or memoryviews,
or calls `eval`, `exec`, `globals` or `locals`, is refused. These are **not** looked at, and what was found in them when
the function was traced stays in the program:

- properties of a metaclass; `sys.modules["settings"].RATE`; files and the environment;
- the insides of installed libraries; data beyond the first 100,000 things within reach, and larger arrays.

Hand over as an argument what may change there, or compile again when it has.

While it is traced, an argument is of a class of its own: `isinstance(x, float)`, `isinstance(i, int)` and `type(x)` see
that class, and may send a function another way than the eager one goes.

A schedule that has nothing to see of the run, as those of the package, is asked by `step.fit` for many steps ahead; if
it raises, none of these was done. One that sets parameters itself is for `fit`, which sees it.

## How it works

This is the function to be followed:

```python
{function}
```

## 1. Trace: the eager engine writes the program

The function is run on Values that refuse to tell their numbers, so that the graph holds for all numbers. The gradient
comes from the one sweep of the chain rule, over its registers: derivatives are more of the same program. Registers
are numbered: the inputs `x` and `y`, then the leaves from outside, which are read at every call, then one for each
step; constants stand as numbers. {plain_size} instructions, of which these are the first:

```text
{plain}
```

While it is traced a function finds numbers where it is handed numbers, and Values where its parameters are:

| what it does | what becomes of it |
|---|---|
| `x > 0`, `w <= x`, `x == 1`, `max`, `sorted`, `if x > 0:` | as in Python: numbers compare as numbers, and a Value equals itself alone; a branch is noted as a guard, and where it goes another way the function is traced again |
| `where`, `maximum`, `clip`, `take`, `(x > 0) & (x < 1)` | steps of the program, without a guard |
| `grad`, `jvp`, `hessian` … inside | more steps, to any order |
| `detach()`, `no_grad()`, frozen leaves, `Value(x)` | what they are: constants, or leaves |
| other lengths, nestings, whole numbers for floats; a leaf frozen, a parameter exchanged; another global or captured number | traced again |
| `.data`, `.grad`, `float(x)`, `int(x)`, `x // 1`, `math.exp(x)`, `np.exp(x)`, `d[x]`, `f"{{x:.2f}}"`, `backward()` | refused: the message names the line and the ways out |
| random numbers, clocks, counters, Values kept from call to call | refused: it is traced twice, and has to do the same |
| `print(x)` | prints that there is a number, once for each tracing |
| `isinstance(x, float)`, `type(x)` | see another class: `isinstance(x, Value)` alone says what it says eagerly |

## 2. Passes: the same numbers with fewer steps

- *Expand*: a `logsumexp` is written as what it computes, so that several of them, and their gradients, share it.
- *Simplify*: an instruction whose operands are all constants is computed now, by the row's own function; of two that
  are the same one is kept; `1.0·x` is `x`. `0.0 + x·y` differs from `x·y` in one number only, −0.0, and is written so
  where no result tells its sign from that of 0.0: which is most of the backward pass, for gradients are added to 0.0.
- *Fuse*: a product or a sum that only one other sum asks for becomes a term of it. `dot(a, x·y, z·w)` is
  `(a + x·y) + z·w`, in this order and rounded at every step, as it was. What no result stands on is left out.

{small_size} instructions are left:

```text
{small}
```

## 3. Groups: what is alike stands side by side

What does not depend on each other and is one primitive with one number of operands makes a group. Of the groups that
could come next, that with the longest way to go does, with all that is ready by then; numbers that are the same for all
samples, and gradients that nothing else reads, have groups of their own. The results of a group get registers next to
each other; a stretch whose operands too lie evenly is one line with formulas in `i`, and `j` for the terms of a sum.
{groups} groups, no chain of more than {levels} instructions; `source("program")`:

```text
{listed}
```

## 4. What runs it

Every backend takes the groups as they are. None of them knows a derivative, or what a primitive computes: that is read
from the row's own Python function, run once for every way through its branches.

| backend | how | needs besides numpy |
|---|---|---|
| `native` | loops compiled by LLVM, one for each kind of group, eight samples at a time | llvmlite |
| `numpy` | array operations over all samples, in blocks that stay in the cache | nothing |
| `python` | straight-line Python, one sample after another | nothing |

`numpy` computes what is the same for all samples once. Sums of products are einsum, reduce or a loop over the terms,
whichever adds term after term; no BLAS, which does not. `exp`, `tanh` and the other functions of the C library are
called number by number, because numpy has its own, whose last bit differs.

The gradients of samples are added in eight lanes: that of sample i to lane i mod 8, each lane from 0.0 on in the order
of the samples, and then lanes t₀ … t₇ as `((t₀ + t₄) + (t₂ + t₆)) + ((t₁ + t₅) + (t₃ + t₇))`. `fit` does the same
eagerly, so that neither the backend nor the size of its blocks can be told from the result.

## 5. Text that runs alone

`source("python")`, `source("numpy")` and `source("c")` give programs that need nothing of this package. They give the
same bits as long as everything they compute is finite: they leave out no gradient, so that an infinite slope on the way
that `where` does not take, as in `where(x > 0, log(x), x)` at −1, gives nan where the engine gives 1. The first, from
its first statement on:

```python
{python}
```

The loops of the third, to be compiled with `cc -O2 -ffp-contract=off program.c -lm`:

```c
{c}
```

## 6. What is promised, and how it is held

Where all results are finite, compiled and eager agree to the last bit: same operations, same order, same C library.
Where one is not, the eager engine computes that sample again. Derivatives of derivatives are no exception: what flows
to one place is one sum with its terms in the order of the graph, whatever the numbers are, so that the next derivative
adds in that order too, whether the engine or a program takes it.

`python -m tests.compiled --cases 100000 --seed 0` makes random graphs over the whole table, with derivatives up to the
third, kinks, infinities, nan, −0.0 and subnormal numbers among the inputs, and compares the eager engine, the program
before and after the passes, every backend and every text. It goes on with random functions as users write them, with
branches, loops, places, constants and derivatives inside, called, differentiated, batched and as losses. The tests run
a slice of it, and plant a fault in each pass to see it caught.

## 7. `fit` compiles by itself

`fit(…, compile="auto")` begins with the loss of the first sample, which it needs anyway: how large is its graph, and has
anything changed that it can reach, such as an attribute, a list or a source of chance? From the size, the samples and
the epochs follows what the engine would take, and what `numpy` and `native` would. Where one of them takes less than
half of that, the loss is traced, tried against the engine on a few samples with different targets, and compiled.
`history.compiled` says what was done, and why. `compile=True` compiles, or raises what speaks against it.

| | |
|---|---|
| nothing comes between two steps | many steps in one call |
| `progress` is a function; a schedule, or an optimiser, of one's own that could see the run | gradients are compiled and the engine moves the parameters; before each step it is seen to that nothing has changed which the program reads |
| a step that leaves the finite numbers, or the way through the branches | that step by the engine, with its messages |
| dropout, state, `.data`, samples of several lengths, samples that branch differently | all by the engine |

Nothing else can be told from what a run leaves behind, or raises: `tests/test_fit_compiled.py`.

## 8. How fast it is

`pip install '.[bench]' && python -m benchmarks` measures this table anew. Both sides of a row compute the same numbers,
which is seen to first, in float64 and with their updates; they are timed in turns, after warming up. Times are medians,
ratios the medians of the ratios of neighbouring turns. *First call* has tracing and building in it, and uses the native
code that an earlier process has kept, unless the row says that there is none.

{figures}

{limits}Taken on {machine}.
"""  # noqa: E501


def loss(x: Any, y: Any) -> Any:
    hidden = [tanh(a * x + b) for a, b in ((a0, b0), (a1, b1))]
    error = v0 * hidden[0] + v1 * hidden[1] - y
    return error * error


LEAVES = a0, b0, a1, b1, v0, v1 = [Value(x, label=name) for name, x in zip(
    ("a0", "b0", "a1", "b1", "v0", "v1"), (0.5, 0.1, -0.3, 0.2, 1.0, -1.0), strict=True)]  # fmt: skip


def page() -> str:
    """The page."""
    plain, grouped = _programs()
    traced, listed = listing.code(plain), source(grouped, "program")
    shown = traced.splitlines()[:SHOWN]
    figures = json.loads(FIGURES.read_text("utf-8"))
    rows = figures["rows"]
    return PAGE.format(
        function=inspect.getsource(loss).replace("x: Any, y: Any) -> Any", "x, y)").strip(),
        plain_size=len(plain.code),
        plain="\n".join([*shown, "…"]),
        small_size=len(grouped.program.code),
        small=listing.code(passes.optimised(plain)).strip(),
        groups=len(grouped.groups),
        levels=grouped.levels,
        listed=listed.strip(),
        python=_from(source(grouped, "python"), "def run("),
        c=_from(source(grouped, "c"), "static void part_0"),
        figures=markdown(rows),
        limits=f"What limits those that are missed:\n\n{limits}\n\n" if (limits := missed(rows)) else "",
        machine=described(figures["machine"]),
    )


SHOWN = 24


def _programs() -> tuple[Program, Layout]:
    inputs = [Traced(1.0), Traced(0.5)]
    trace = Trace(loss, inputs, {value: Traced(value.data, label=value.label) for value in LEAVES})
    plain = program(trace, inputs, [trace.result])
    plain = differentiated(plain, range(plain.inputs, plain.first))
    return plain, Layout(passes.optimised(plain))


def _from(text: str, beginning: str) -> str:
    return text[text.index(beginning) :].strip()


if __name__ == "__main__":
    Path(__file__).with_name("compiler.md").write_text(page(), "utf-8")

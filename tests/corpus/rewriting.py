"""The same formula said differently: rewriting by the rules of algebra, and writing it down as Python."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.corpus.expressions import ONE, PLAIN, TWO, VALUES, Term, add, call, const, div, mul, neg, power, sub

Rule = Callable[[Term, random.Random], Term | None]


def _reorder(t: Term, rng: random.Random) -> Term | None:
    return Term(t.op, tuple(rng.sample(t.args, len(t.args)))) if t.op in "+*" and t.args else None


def _distribute(t: Term, rng: random.Random) -> Term | None:
    if t.op == "*" and len(t.args) == 2 and t.args[1].op in ("+", "-") and t.args[1].args:
        a, (first, *rest) = t.args[0], t.args[1].args
        return Term(t.args[1].op, (mul(a, first), *(mul(a, other) for other in rest)))
    return None


def _factor(t: Term, rng: random.Random) -> Term | None:
    if t.op in ("+", "-") and len(t.args) == 2 and all(arg.op == "*" and len(arg.args) == 2 for arg in t.args):
        (a, b), (c, d) = t.args[0].args, t.args[1].args
        if a is c:
            return mul(a, Term(t.op, (b, d)))
        if b is d:
            return mul(Term(t.op, (a, c)), b)
    return None


def _turn(t: Term, rng: random.Random) -> Term | None:
    if t.op == "-" and t.args:
        a, b = t.args
        return rng.choice([neg(sub(b, a)), add(a, neg(b)), add(neg(b), a)])
    return None


def _quotient(t: Term, rng: random.Random) -> Term | None:
    if t.op == "/":
        a, b = t.args
        return rng.choice(
            [mul(a, div(ONE, b)), mul(a, power(b, -1)), neg(div(neg(a), b)), div(mul(TWO, a), mul(TWO, b))]
        )
    return None


def _square(t: Term, rng: random.Random) -> Term | None:
    return mul(t.args[0], t.args[0]) if t.op == "**" and float(t.args[1].op) == 2.0 else None


def _multiply_and_divide(t: Term, rng: random.Random) -> Term | None:
    k = rng.choice([const(3.0), const(0.1), const(7.5), add(ONE, mul(t, t))])
    return rng.choice([div(mul(t, k), k), mul(div(t, k), k)])


def _halves(t: Term, rng: random.Random) -> Term | None:
    return rng.choice([add(mul(const(0.5), t), div(t, TWO)), sub(mul(TWO, t), t), neg(neg(t))])


def _one(t: Term, rng: random.Random) -> Term | None:
    angle = rng.choice(t.args) if t.args else t
    return mul(t, add(power(call("sin", angle), 2), power(call("cos", angle), 2)))


def _exponents(t: Term, rng: random.Random) -> Term | None:
    if t.op == "exp" and t.args[0].op in ("+", "-") and len(t.args[0].args) == 2:
        a, b = (call("exp", arg) for arg in t.args[0].args)
        return mul(a, b) if t.args[0].op == "+" else div(a, b)
    return None


RULES: list[Rule] = [
    _reorder, _reorder, _distribute, _factor, _turn, _quotient, _square,
    _multiply_and_divide, _halves, _one, _exponents,
]  # fmt: skip


def rewritten(term: Term, rng: random.Random, rate: float, done: dict[Term, Term] | None = None) -> Term:
    """The same number, said differently: at each operation, with the given rate, one rule that applies."""
    done = {} if done is None else done
    if term not in done:
        new = Term(term.op, tuple(rewritten(arg, rng, rate, done) for arg in term.args)) if term.args else term
        if term.args and rng.random() < rate:
            for rule in rng.sample(RULES, len(RULES)):
                other = rule(new, rng)
                if other is not None:
                    new = other
                    break
        done[term] = new
    return done[term]


def written(roots: dict[str, Term], function: str, names: list[str], rng: random.Random | None) -> str:
    """A Python function that computes the terms. Without `rng` it is the loss, for Values; with it, a derivation
    in plain Python. What is used more than once gets a name of its own."""
    uses: dict[Term, int] = {}
    ordered: list[Term] = []

    def count(term: Term) -> None:
        uses[term] = uses.get(term, 0) + 1
        if uses[term] == 1:
            for arg in term.args:
                count(arg)
            ordered.append(term)

    for root in roots.values():
        count(root)
    lines, texts = [f"def {function}({', '.join(names)}):"], {}
    for term in ordered:
        text = _text(term, texts, rng)
        if term.args and (uses[term] > 1 or len(text) > 90):
            name = f"t{len(lines)}"
            lines.append(f"    {name} = {text}")
            text = name
        texts[term] = text
    if rng is None:
        return "\n".join([*lines, f"    return {texts[roots['']]}"])
    entries = ", ".join(f"{name!r}: {texts[root]}" for name, root in roots.items())
    return "\n".join([*lines, f"    return {{{entries}}}"])


def _text(term: Term, texts: dict[Term, str], rng: random.Random | None) -> str:
    args = [texts[arg] for arg in term.args]
    if not args:
        return f"({term.op})" if term.op.startswith("-") else term.op
    if term.op == "neg":
        return f"(-{args[0]})"
    if term.op in ("+", "-", "*", "/", "**"):
        return f"({f' {term.op} '.join(args)})"
    if rng is None:
        return f"{VALUES[term.op]}({', '.join(args)})"
    return f"({rng.choice(PLAIN[term.op]).format(*args)})"

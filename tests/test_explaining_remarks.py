"""explain() where a formula does not hold: outside domains, on kinks, where digits are lost, beyond infinity."""

from __future__ import annotations

import re

import microgradnn as m
from microgradnn import Value, explain, kinks
from tests.test_explaining import leaves, named


def test_no_formula_is_equated_with_a_number_that_it_does_not_have() -> None:
    (n,) = leaves(n=-1.0)
    text = str(explain(m.log(n) * 3.0 + 1.0))
    assert "3/" not in text.split("Backward")[1]  # 3/(−1) is −3, and log has no slope there
    assert "∂L/∂n = nan" in text
    assert "−1 is outside the domain x > 0 of log:" in text
    text = str(explain(named(m.log(n), "l") * 3.0))
    assert "∂L/∂n = ∂L/∂l · ∂l/∂n = 3 · nan = nan" in text
    assert r"\frac{\partial l}{\partial n}" in explain(named(m.log(n), "l") * 3.0).to_latex()
    text = str(explain(m.sqrt(n) * 0.0 + m.log(n) + n / 0.0, n))
    assert "1/(−1)" not in text
    (a,) = leaves(a=19.0)  # tanh′(19) = 4/e³⁸ = 1.26e-16, and 1 − tanh(19)² is 0 in floats
    text = str(explain(m.tanh(a)))
    assert "1 − " not in text
    assert "1.256·10⁻¹⁶" in text
    with kinks("right"):
        (a,) = leaves(a=0.0)
        assert "[a > 0]" not in str(explain(m.relu(a) * 2.0))
    a, b = leaves(a=-1.0, b=-1.0)
    text = str(explain(named(m.relu(a), "r") + m.log(named(b * named(m.relu(a), "s"), "p") - 1.0)))
    assert "nan · 0 = 0" not in text  # nothing flows, whatever comes from above


def test_what_a_step_comes_from_is_listed_as_its_formula_is_read() -> None:
    w, b, v = leaves(w=1.0, b=2.0, v=3.0)
    text = str(explain(named(v - (b - (w - b)), "L")))
    assert "L comes from v, b and w:\n    L = v − (b − (w − b))" in text
    text = str(explain(named(m.dot([w, v], [b, 2.0], Value(1.0, label="c")), "L")))
    assert "L comes from w, b, v and c:\n    L = w·b + v·2 + c" in text


def test_a_long_sum_is_not_cut_in_the_middle() -> None:
    h = leaves(**{f"h{k}": 1.0 + k for k in range(6)})
    text = str(explain(sum(x * x for x in h), wrt=h[5]))
    assert "L = h0·h0 + h1·h1 + h2·h2 + h3·h3 + h4·h4 + h5·h5" in text  # without sum's own 0, and in one
    assert "v1" not in text
    assert "∂L/∂h5 = 2·h5 = 2·6 = 12" in text.replace(" · ", "·")
    many = leaves(**{f"h{k}": 1.0 for k in range(30)})
    assert "L = h0 + h1 + h2 + h3 + … + h29 = 1 + 1 + 1 + 1 + … + 1 = 30" in str(explain(sum(many)))
    long = leaves(x=1.0, y=2.0)
    out: Value = long[0]
    for _ in range(5000):
        out = out + long[1]
    assert len(str(explain(out, wrt=long[0]))) < 20_000


def test_what_is_born_of_infinities_is_said() -> None:
    (q,) = leaves(q=1e200)
    text = str(explain(q * q - q * q))
    assert "inf was born in q * q" in text
    assert re.search(r"nan was born in q \* q - q \* q.*: sub of inf and inf has no value\.", text)

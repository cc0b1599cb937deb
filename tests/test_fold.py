"""Folded or not, a picture is true: every number lies in one box, every use is counted once, nothing is invented."""

from __future__ import annotations

import gc
import math
import random
from collections import Counter
from typing import Any

import pytest

import microgradnn
from microgradnn.chain import graph
from microgradnn.drawing import fold
from microgradnn.drawing.division import Division, Title
from microgradnn.drawing.fold import scene
from microgradnn.drawing.net import net
from microgradnn.drawing.quotient import quotient
from microgradnn.drawing.scene import KINDS, Scene
from microgradnn.drawing.titles import common
from microgradnn.drawing.words import heading
from microgradnn.elementary import exp
from microgradnn.engine import Value
from microgradnn.functional import softmax
from microgradnn.groups import group
from microgradnn.nn import MLP
from microgradnn.ops import TABLE
from tests.graphs import EVERY, random_program, run


def demo(samples: int, sizes: tuple[int, ...] = (16, 16, 1)) -> Value:
    """The loss of micrograd's demo notebook: hinge loss and a penalty, written by hand."""
    rng = random.Random(1337)
    model = MLP(2, sizes, rng=0)
    xs = [[Value(rng.uniform(-1, 2)), Value(rng.uniform(-1, 1))] for _ in range(samples)]
    losses = [(1 + -rng.choice((-1, 1)) * model(x)).relu() for x in xs]
    total = sum(losses) * (1.0 / samples) + 1e-4 * sum(p * p for p in model.parameters())
    total.backward()
    return total


def by_hand(samples: int) -> Value:
    """A loop such as a beginner writes: the loss is added up, parameters have no names."""
    rng = random.Random(3)
    w, v, b, c = (Value(rng.uniform(-1, 1)) for _ in range(4))
    loss = Value(0.0)
    for _ in range(samples):
        p = (w * rng.random() + b).tanh() * v + c
        loss = loss + (p - rng.random()) ** 2
    return loss / samples


def recurrent(steps: int) -> Value:
    rng = random.Random(5)
    w = [[Value(rng.gauss(0, 0.5), label=f"W[{i}][{j}]") for j in range(3)] for i in range(3)]
    h: list[Any] = [Value(0.0, label=f"h{i}") for i in range(3)]
    for _ in range(steps):
        with group("cell"):
            h = [sum(w[i][j] * h[j] for j in range(3)).tanh() for i in range(3)]
    return microgradnn.sum(h)


def check(root: Value, drawn: Scene) -> None:
    """What holds of every picture."""
    nodes = graph(root)
    assert sum(box.nodes for box in drawn.boxes) == len(nodes)
    assert sum(box.plain for box in drawn.boxes) == sum(type(arg) is float for node in nodes for arg in node.args)
    uses = sum(len(node.args) for node in nodes)
    assert sum(arrow.uses for arrow in drawn.arrows) + sum(box.inner for box in drawn.boxes) == uses
    assert [box.root for box in drawn.boxes].count(True) == 1
    ids = [box.id for box in drawn.boxes]
    assert len(set(ids)) == len(ids)
    place = {name: k for k, name in enumerate(ids)}
    for arrow in drawn.arrows:
        assert arrow.back or place[arrow.tail] < place[arrow.head]
        assert arrow.constant == (arrow.partial is None)
    if any(arrow.back for arrow in drawn.arrows):
        assert "lead back" in drawn.remark
    for box in drawn.boxes:
        assert box.kind in KINDS
        assert 1 <= box.copies <= box.nodes + box.plain


@pytest.mark.parametrize("depth", [None, 1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(6))
def test_of_random_graphs_nothing_is_lost_at_any_depth(seed: int, depth: int | None) -> None:
    rng = random.Random(seed)
    leaves = [rng.uniform(0.2, 2) for _ in range(rng.randrange(1, 20))]
    program = random_program(rng, leaves, rng.randrange(10, 400), EVERY)
    values: list[Any] = [Value(x, label=rng.choice(["", f"x[{k}]", f"w[{k}]"])) for k, x in enumerate(leaves)]
    half = len(program) // 2
    inner = run(program[:half], values)
    with group("half"):
        root = run(program, [*values[:-1], values[-1] * inner * 0.0])
    root.backward()
    drawn = scene(root, depth)
    check(root, drawn)
    if depth is None and len(net(root).args) > fold.DETAIL:
        assert len(drawn.boxes) <= 60


@pytest.mark.parametrize("seed", range(20))
def test_any_division_whatever_gives_exactly_the_arrows_there_are(seed: int) -> None:
    rng = random.Random(seed)
    program = random_program(rng, [0.5, 1.5, -0.7], 30, EVERY)
    root = run(program, [Value(0.5), Value(1.5), Value(-0.7)])
    numbers = net(root)
    boxes = rng.randrange(1, 12)
    of = [rng.randrange(boxes) for _ in numbers.args]
    drawn = quotient(numbers, Division(of, [Title("group", split=False)] * boxes, [0] * len(of)))
    # Counted once more, from the Values themselves.
    nodes = graph(root)
    index = {node: k for k, node in enumerate(nodes)}
    plain = iter(range(len(nodes), len(of)))
    counted: Counter[tuple[int, int]] = Counter()
    for node in nodes:
        for arg in node.args:
            k = index[arg] if isinstance(arg, Value) else next(plain)
            counted[of[k], of[index[node]]] += 1
    rank = {box: min(numbers.rank(k) for k in range(len(of)) if of[k] == box) for box in set(of)}
    names = {box: numbers.name(next(k for k in range(len(of)) if numbers.rank(k) == rank[box])) for box in set(of)}
    expected = {(names[a], names[b]): n for (a, b), n in counted.items() if a != b}
    assert {(arrow.tail, arrow.head): arrow.uses for arrow in drawn.arrows} == expected
    assert {box.id: box.inner for box in drawn.boxes} == {names[box]: counted[box, box] for box in set(of)}


# ---- unfolded ----


def test_unfolded_every_number_is_a_box_and_every_use_an_arrow() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    out = (a * b + 1.0) * a
    out.backward()
    drawn = scene(out)
    # By hand: c = ab + 1 = −5, out = c·a; ∂out/∂c = a = 2 and ∂out/∂a on the second path is c = −5.
    assert [box.id for box in drawn.boxes] == ["n0", "n1", "n2", "n3_1", "n3", "n4"]
    assert [box.kind for box in drawn.boxes] == ["input", "input", "operation", "constant", "operation", "operation"]
    assert [(arrow.tail, arrow.head, arrow.position) for arrow in drawn.arrows] == [
        ("n0", "n2", 0),
        ("n1", "n2", 1),
        ("n2", "n3", 0),
        ("n3_1", "n3", 1),
        ("n3", "n4", 0),
        ("n0", "n4", 1),
    ]
    assert [arrow.partial and arrow.partial.low for arrow in drawn.arrows] == [-3.0, 2.0, 1.0, None, 2.0, -5.0]
    # ∂out/∂c = 2 passes through c = ab + 1 and on to a: 2·(−3) = −6 of its gradient; 2·2 = 4 of b's.
    assert [arrow.flow for arrow in drawn.arrows] == [6.0, 4.0, 2.0, None, 2.0, 5.0]
    assert [box.root for box in drawn.boxes].index(True) == 5
    assert drawn.remark == ""


def test_a_leaf_alone_is_a_picture() -> None:
    drawn = scene(Value(1.5, label="x"))
    assert [heading(box) for box in drawn.boxes] == ["x"]
    assert drawn.arrows == ()


# ---- folded ----


def test_the_demo_is_folded_to_its_layers_and_its_loss() -> None:
    root = demo(100)
    drawn = scene(root)
    check(root, drawn)
    assert drawn.remark.startswith("folded to depth 2, layers: 8,114 nodes in 19 boxes")
    named = {heading(box): box for box in drawn.boxes}
    # 16 neurons of 2 weights and a bias, of 16 and a bias, and one of 16 and a bias; a dot and a relu for each
    # neuron and sample, no relu in the last layer.
    assert [named[f"layer{k}  × 100"].parameters for k in range(3)] == [48, 272, 17]
    assert [named[f"layer{k}  × 100"].nodes for k in range(3)] == [48 + 3200, 272 + 3200, 17 + 100]
    assert named["input  × 200"].kind == "input"
    assert named["ReLU  × 100"].nodes == 100
    total = named["sum of 337 terms"]
    assert total.data is not None
    assert total.data.known == 1
    arrows = {(a.tail, a.head): a.uses for a in drawn.arrows}
    assert arrows[named["layer0  × 100"].id, named["layer1  × 100"].id] == 16 * 16 * 100


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_the_demo_at_every_depth(depth: int) -> None:
    root = demo(20)
    drawn = scene(root, depth)
    check(root, drawn)
    heads = {heading(box) for box in drawn.boxes}
    wanted = {1: "MLP  model  × 20", 2: "layer1  × 20", 3: "layer1.neuron15  × 20"}
    if depth in wanted:
        assert wanted[depth] in heads
    else:
        assert drawn.remark.startswith("depth=4 is more than can be drawn")


def test_samples_of_a_loop_written_by_hand_are_found_by_their_structure() -> None:
    root = by_hand(50)
    drawn = scene(root)
    check(root, drawn)
    heads = Counter(heading(box) for box in drawn.boxes)
    assert heads["tanh  × 50"] == 1
    assert heads["**  × 50"] == 1
    assert heads["sum of 51 terms"] == 1  # with the 0 that the loop begins with
    # The four parameters are shared by all samples: each stands for itself.
    shared = [box for box in drawn.boxes if box.kind == "input" and box.copies == 1]
    assert len(shared) == 5
    assert len(drawn.boxes) <= 20


def test_pythons_sum_and_a_running_total_are_one_sum() -> None:
    x = Value(1.0)
    terms = [(x * float(k)).exp() for k in range(120)]
    assert "sum of 120 terms" in {heading(box) for box in scene(sum(terms)).boxes}
    total: Any = 0.0
    for term in terms:
        total = total + term
    assert "sum of 120 terms" in {heading(box) for box in scene(total).boxes}


def test_a_long_chain_is_one_box() -> None:
    x = Value(0.5, label="x")
    for _ in range(5000):
        x = x.tanh()
    drawn = scene(x)
    assert [heading(box) for box in drawn.boxes] == ["x", "tanh × 5,000 in a chain"]
    assert drawn.boxes[1].inner == 4999
    check(x, drawn)


def test_different_exponents_are_different_operations() -> None:
    x = [Value(float(k)) for k in range(100)]
    root = sum((a**2 + a**3) for a in x)
    heads = Counter(heading(box) for box in scene(root).boxes)
    assert heads["**  × 100"] == 2


def test_calls_that_follow_each_other_stay_apart_while_they_fit() -> None:
    drawn = scene(recurrent(12))
    assert [heading(box) for box in drawn.boxes].count("cell") == 12
    assert not any(arrow.back for arrow in drawn.arrows)
    assert "W[…]  × 9" in {heading(box) for box in drawn.boxes}


def test_of_many_calls_that_follow_each_other_one_is_drawn_with_an_arrow_back() -> None:
    root = recurrent(100)
    drawn = scene(root)
    check(root, drawn)
    (cell,) = [box for box in drawn.boxes if heading(box) == "cell  × 100"]
    (back,) = [arrow for arrow in drawn.arrows if arrow.back]
    # Each of 99 cells hands three numbers to three sums of the next.
    assert (back.tail, back.head, back.uses) == (cell.id, cell.id, 99 * 9)
    assert "the graph has no cycle" in drawn.remark


def test_what_a_layer_does_to_all_its_neurons_stays_with_it() -> None:
    model = MLP(2, [40, 3], output="softmax", rng=1)
    root = microgradnn.sum([model([0.1 * k, 0.5])[0] for k in range(10)])
    drawn = scene(root, 2)
    check(root, drawn)
    assert {"layer0  × 10", "layer1  × 10"} <= {heading(box) for box in drawn.boxes}


def test_a_graph_without_any_order_is_folded_to_its_operations() -> None:
    rng = random.Random(2)
    values: list[Any] = [Value(rng.random()) for _ in range(50)]
    for _ in range(3000):
        x, y = rng.choice(values), rng.choice(values)
        values.append([x * y, x + y, exp(-x), x.tanh()][rng.randrange(4)])
    root = microgradnn.sum(values)
    drawn = scene(root)
    check(root, drawn)
    assert len(drawn.boxes) <= 60


def test_groups_of_the_users_fold_and_name_what_lies_above() -> None:
    rng = random.Random(4)
    xs = [Value(rng.random(), label=f"x[{k}]") for k in range(200)]
    with group("outer"), group("inner"):
        ys = softmax(xs)
    drawn = scene(microgradnn.dot(ys, ys), 1)
    (box,) = [box for box in drawn.boxes if box.kind == "group"]
    assert heading(box) == "outer"
    assert box.nodes == 602  # the shift, and for each x a difference, an exponential and a quotient; their sum
    assert {heading(box) for box in scene(microgradnn.dot(ys, ys), 2).boxes} >= {"outer.inner", "x[…]  × 200"}


# ---- what a reader should see ----


def test_a_nan_is_marked_where_it_was_born_and_nowhere_else() -> None:
    x, w = Value(-1.0, label="x"), Value(2.0, label="w")
    root = x.log() * w + 1.0
    root.backward()
    marked = {heading(box): box.born for box in scene(root).boxes if box.born}
    assert set(marked) == {"log"}
    assert "nan born here" in marked["log"]
    assert "test_fold.py:" in marked["log"]


def test_an_infinite_gradient_is_marked_where_it_was_born() -> None:
    x = Value(0.0, label="x")
    root = (x * 3.0).sqrt() + x
    root.backward()
    assert {heading(box): box.born for box in scene(root).boxes if box.born} == {"sqrt": "gradient inf born here"}


def test_a_nan_that_came_in_is_marked_at_its_leaf() -> None:
    x = Value(math.nan, label="x")
    assert {box.label: box.born for box in scene(x + 1.0).boxes if box.born} == {"x": "nan came in here"}


def test_births_are_counted_where_many_lie_on_each_other() -> None:
    w = Value(1.0, label="w")
    root = sum((w * float(k) - 100.0).log() for k in range(200))
    (born,) = [box.born for box in scene(root).boxes if box.born]
    assert born.endswith("101 of 200")  # of 0 to 99 nan, and of 100 the logarithm of 0, −inf


def test_kinks_in_use_are_marked() -> None:
    x = Value(0.0, label="x")
    kinks = {heading(box): box.kink for box in scene(x.relu() + abs(x - 1.0)).boxes if box.kink}
    assert kinks == {"ReLU": "x = 0"}


def test_numbers_that_changed_after_use_are_said() -> None:
    x = Value(1.0, label="x")
    root = x * 2.0
    x.data = 5.0
    assert "1 number changed after use" in scene(root).remark


def test_a_cycle_made_by_hand_is_drawn_and_said() -> None:
    x = Value(1.0, label="x")
    y = x * 2.0
    z = y + 1.0
    y._x = z  # type: ignore[assignment]
    drawn = scene(z)
    assert "has a cycle" in drawn.remark
    assert [(arrow.tail, arrow.head) for arrow in drawn.arrows if arrow.back] == [("n1", "n0")]
    for depth in (1, 4):
        assert len(scene(z, depth).boxes) == len(drawn.boxes)


def test_what_labels_have_in_common() -> None:
    assert common(["x[0]", "x[1]", "x[12]"]) == "x[…]"
    assert common(["ab", "aab"]) == "a…b"
    assert common(["w", "w"]) == "w"
    assert common(["a", "b"]) == ""


def test_a_graph_without_parts_shows_equal_steps_once_at_every_depth() -> None:
    root = by_hand(50)
    assert {len(scene(root, depth).boxes) for depth in (1, 2, 3)} == {len(scene(root).boxes)}
    assert "more than" not in scene(root, 2).remark


def test_a_depth_deeper_than_the_parts_is_that_of_the_parts() -> None:
    drawn = scene(recurrent(5), 3)
    assert [heading(box) for box in drawn.boxes].count("cell") == 5
    assert drawn.remark.startswith("folded to depth 1:")


def test_rare_operations_share_a_box_where_there_are_very_many_kinds() -> None:
    rng = random.Random(1)
    ops = [microgradnn.primitive(f"rare_{k}", lambda x: x, lambda x, out: 1.0) for k in range(60)]
    try:
        values: list[Any] = [Value(1.0)]
        for k in range(600):
            values.append(ops[k % 60](rng.choice(values)) + rng.choice(values))
        root = microgradnn.sum(values)
        drawn = scene(root)
    finally:
        for op in ops:
            del TABLE[op.name]
    check(root, drawn)
    assert len(drawn.boxes) <= 60
    (rest,) = [box for box in drawn.boxes if "other operations" in box.symbol]
    # 60 rare ones, +, the sum and the input are 63 kinds, of which 50 have a box of their own: all but 11 rare ones of
    # 10 each, the sum and the input.
    assert rest.nodes == 11 * 10 + 2


def test_a_gradient_whose_finite_parts_add_up_to_infinity_is_marked_where_they_meet() -> None:
    x = Value(0.0, label="x")
    root = x * 1e308 + x * 1.5e308
    root.backward()
    assert {box.label: box.born for box in scene(root).boxes if box.born} == {"x": "gradient inf born here"}


def test_a_nan_of_two_infinities_is_born_where_they_meet() -> None:
    q = Value(1e200, label="q")
    root = q * q - q * q
    assert [box.born.split(" (")[0] for box in scene(root).boxes] == [
        "",
        "inf born here",
        "inf born here",
        "nan born here",
    ]
    later = scene(root * 2.0 + math.inf).boxes
    assert [box.born.split()[0] for box in later if box.born] == [
        "inf",
        "inf",
        "nan",
    ]  # what goes on with it bears none


def test_more_than_300_numbers_are_drawn_as_the_neurons_that_they_belong_to_while_these_are_few() -> None:
    one = MLP(2, [16, 16, 1], rng=1)([Value(0.1), Value(0.2)])
    assert len(net(one).args) > fold.DETAIL
    drawn = scene(one)
    check(one, drawn)
    assert drawn.remark.startswith("folded to depth 3, neurons: 404 nodes in 34 boxes")  # 33 neurons, the inputs
    assert {heading(box) for box in drawn.boxes} >= {f"layer1.neuron{k}" for k in range(16)}
    many = MLP(2, [30, 30, 1], rng=1)([Value(0.1), Value(0.2)])
    assert scene(many).remark.startswith("folded to depth 2, layers")  # 61 neurons are more than 60 boxes
    few = MLP(2, [4, 1], rng=1)([Value(0.1), Value(0.2)])
    assert scene(few).remark == ""
    assert len(scene(few).boxes) == len(net(few).args)


def test_parameters_are_what_modules_hold_and_only_other_leaves_go_by_their_names() -> None:
    model = MLP(2, [3, 1], rng=1)
    b, free, x = Value(0.5, label="b"), Value(2.0, label="gain"), Value(1.5, label="x")
    for value in model.parameters():
        value.label = ""  # a name is not what makes it one
    kinds = {box.label: box.kind for box in scene(model([b, x]) * free).boxes if box.label}
    assert (kinds["b"], kinds["x"], kinds["gain"]) == ("input", "input", "input")
    drawn = scene(model([b, x]) * free)
    assert [box.kind for box in drawn.boxes].count("parameter") == len(model.parameters())
    labelled = MLP(2, [1], rng=1)
    kinds = {box.label: box.kind for box in scene(labelled([b, x])).boxes}
    assert kinds["b"] == "input"  # though the parameters of the module are called w and b as well
    w = Value(1.0, label="w")
    kinds = {box.label: box.kind for box in scene(w * x + b).boxes}
    assert (kinds["w"], kinds["b"], kinds["x"]) == ("parameter", "parameter", "input")


@pytest.mark.parametrize("collecting", [True, False])
def test_cycles_are_collected_afterwards_as_before(collecting: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        scene(by_hand(50))
        assert gc.isenabled() is collecting
        with pytest.raises(AttributeError):
            scene(None)  # type: ignore[arg-type]
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()

"""Plots show what they are given, open no window, and say what is missing. They need the extra `plots`."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from microgradnn import Value
from microgradnn.data import moons
from microgradnn.errors import DataError, Divergence, FileError, Misuse, SettingError
from microgradnn.nn import MLP, Dropout, Layer, Sequential
from microgradnn.optim import SGD
from microgradnn.plots import animate_boundary, plot_decision_boundary, plot_gradients, plot_history
from microgradnn.plots.animation import moments_of
from microgradnn.plots.boundary import draw, in_use
from microgradnn.train import History, fit

pytest.importorskip("matplotlib", reason="the extra `plots` is not installed")

X, Y = moons(20, seed=1)
HISTORY = History([3.0, 2.0, 1.0, 0.5], [2.5, 0.75], [2.0, 1.0], 2, 1)


def titled(figure: Any) -> str:
    return str(figure.axes[0].get_title(loc="left"))


def labels(figure: Any) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def written(figure: Any) -> list[str]:
    """Every text on the axes; drawing the figure must understand all of them."""
    figure.canvas.draw()
    axes = figure.axes[0]
    return [text.get_text() for text in (*axes.texts, *axes.get_yticklabels())]


# ---- histories ----


def test_a_history_has_a_curve_for_each_loss_and_its_best_epoch() -> None:
    figure = plot_history(HISTORY)
    training, validation, best = figure.axes[0].lines
    assert list(training.get_ydata()) == [2.5, 0.75]
    assert list(validation.get_ydata()) == [2.0, 1.0]
    assert (list(best.get_xdata()), list(best.get_ydata())) == ([1], [1.0])
    assert training.get_linestyle() != validation.get_linestyle()  # not by colour alone
    assert labels(figure) == ["training", "validation", "best: 1 in epoch 1"]
    assert figure.axes[0].get_xlabel() == "epoch"
    assert titled(figure) == "loss 2.5 → 0.75"


def test_the_scale_fits_and_can_be_chosen() -> None:
    assert plot_history(HISTORY).axes[0].get_yscale() == "linear"
    assert plot_history(HISTORY, scale="log").axes[0].get_yscale() == "log"
    wide = History([10.0, 0.01], [10.0, 0.01], epochs=2, best=1)
    assert plot_history(wide).axes[0].get_yscale() == "log"
    with pytest.raises(SettingError, match="auto, linear, log"):
        plot_history(HISTORY, scale="cubic")


def test_where_a_loss_has_no_place_the_curve_breaks_and_says_so() -> None:
    losses = [1.0, math.nan, math.inf, 0.5]
    figure = plot_history(History(losses, losses, epochs=4, best=3, stopped="why $not$ <b>"), theme="dark")
    crosses, curve, _ = figure.axes[0].lines
    assert list(crosses.get_xdata()) == [1, 2]
    assert [y == y for y in curve.get_ydata()] == [True, False, False, True]
    assert labels(figure)[0] == "training (nan at 1, 2 such points)"
    assert titled(figure) == "loss 1 → 0.5; stopped: why $not$ <b>"
    figure.canvas.draw()


def test_a_run_that_ended_in_its_first_epoch_is_drawn_by_steps() -> None:
    figure = plot_history(History([3.0, 9.0]))
    assert figure.axes[0].get_xlabel() == "step"
    assert len(figure.axes[0].lines) == 1
    with pytest.raises(DataError, match="no step"):
        plot_history(History())
    with pytest.raises(SettingError, match="not list"):
        plot_history([1.0])  # type: ignore[arg-type]


# ---- gradients ----


def test_a_few_gradients_are_bars_with_their_signs() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="$b_1^$ <\n")
    (a * b).backward()
    figure = plot_gradients(a * b)
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == [-3.0, 2.0]
    assert [bar.get_hatch() for bar in bars] == ["///", ""]  # not by colour alone
    assert written(figure) == [" -3 ", " 2 ", "a", "$b_1^$ <\\n"]


def test_many_are_sizes_in_rows_and_zeros_are_counted() -> None:
    model = MLP(3, [8, 1], activation="relu", rng=1)
    loss: Any = model([1.0, 0.0, -1.0]) ** 2
    loss.backward()
    figure = plot_gradients(model)
    axes = figure.axes[0]
    layers = [model.layers[0], model.layers[1]]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["layer0", "layer1"]
    points = [line for line in axes.lines if line.get_marker() == "."]
    for line, layer in zip(points, layers, strict=True):
        sizes = [abs(p.grad) for p in layer.parameters() if p.grad != 0.0]
        assert list(line.get_xdata()) == sizes
    zeros = [str([p.grad for p in layer.parameters()].count(0.0)) for layer in layers]
    assert [text.get_text() for text in axes.texts] == [f"{n} zero" for n in zeros]
    figure.canvas.draw()


def test_what_is_not_finite_or_not_computed_is_said() -> None:
    model = Layer(3, 9, rng=1)
    first = model.neurons[0]
    for neuron in model.neurons[:8]:
        for value in neuron.parameters():
            value.grad = 1.0
    first.w[0].grad = math.nan
    figure = plot_gradients(model)
    assert titled(figure) == "gradients (4 more are not computed)"
    assert written(figure)[0] == "1 not finite"
    with pytest.raises(Misuse, match="backward"):
        plot_gradients(Layer(1, 1, rng=1))
    with pytest.raises(SettingError, match="not float"):
        plot_gradients(1.0)  # type: ignore[arg-type]


def test_of_very_many_groups_the_first_and_the_last_are_shown() -> None:
    values = [Value(1.0, label=f"part{k}.p") for k in range(100)]
    total = values[0]
    for value in values[1:]:
        total = total + value
    total.backward()
    figure = plot_gradients(total)
    assert len(figure.axes[0].get_yticklabels()) == 40
    assert figure.axes[0].get_ylabel() == "40 of 100 groups shown"


# ---- boundaries ----


def test_a_boundary_has_its_points_its_line_and_its_grounds() -> None:
    figure = plot_decision_boundary(lambda x: x[0] - 0.5, X, Y, names=["$up$", "down"], resolution=8, threshold=0.5)
    axes = figure.axes[0]
    assert sum(len(line.get_xdata()) for line in axes.lines) == 20
    assert labels(figure) == ["boundary: output 0.5", "$up$", "down"]
    assert {patch.get_hatch() for patch in axes.patches} > {"//"}
    ((start, end), *_) = axes.collections[0].get_segments()
    assert start[0] == end[0] == pytest.approx(1.0)  # where x − ½ is the threshold, ½
    right = sum((x > 1.0) == (y > 0) for (x, _), y in zip(X, Y, strict=True))
    assert titled(figure) == f"{right} of 20 points right, the others rimmed"
    figure.canvas.draw()


@pytest.mark.parametrize(
    ("loss", "targets", "threshold"),
    [
        ("binary_cross_entropy_with_logits", Y, "0"),
        ("mse", Y, "0.5"),
        ("mse", [2.0 * y - 1.0 for y in Y], "0"),
        ("hinge", [2.0 * y - 1.0 for y in Y], "0"),
    ],
)
def test_the_threshold_follows_the_loss_and_is_named(loss: str, targets: list[float], threshold: str) -> None:
    model = MLP(2, [3, 1], activation="tanh", rng=1)
    fit(model, X, targets, loss=loss, optimizer=SGD(0.5), epochs=1, progress=False)
    assert f"boundary: output {threshold}" in labels(plot_decision_boundary(model, X, targets, resolution=2))


def test_the_frames_of_a_learned_boundary_have_the_threshold_of_the_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cuts, titles = set(), []

    def spy(axes: Any, shown: Any, names: Any, title: str, theme: str, more: str) -> None:
        draw(axes, shown, names, title, theme, more)
        cuts.add(shown.field.threshold)
        titles.append(axes._left_title)

    monkeypatch.setattr("microgradnn.plots.animation.draw", spy)
    animate_boundary(
        tmp_path / "a.gif", MLP(2, [3, 1], activation="tanh", rng=1), X, Y, frames=3, resolution=2, epochs=3,
        loss="binary_cross_entropy_with_logits", optimizer=SGD(0.1), progress=False,
    )  # fmt: skip
    assert cuts == {0.0}
    for title in titles:  # within the picture, whose width is that of the sheet
        assert title.get_window_extent().x1 < title.figure.bbox.x1


@pytest.mark.parametrize("title", ["W" * 40, "a title of many words " * 6])
def test_a_long_title_is_not_cut_off(title: str) -> None:
    figure = plot_decision_boundary(lambda x: x[0], X, Y, resolution=2, title=title)
    figure.canvas.draw()
    assert figure.axes[0]._left_title.get_window_extent().x1 < figure.bbox.x1


def test_a_model_is_drawn_as_in_use_and_left_as_it_was() -> None:
    model = Sequential(Layer(2, 4, rng=1), Dropout(0.5), Layer(4, 1, rng=1))
    first, second = (plot_decision_boundary(model, X, Y, resolution=4) for _ in range(2))
    assert titled(first) == titled(second)
    assert model.training
    assert model.steps[1].training  # type: ignore[union-attr]
    with in_use(lambda x: x):  # a function has no such state
        pass


# ---- the moving picture ----


def frames_of(path: Path) -> int:
    from PIL import Image

    with Image.open(path) as image:
        return int(getattr(image, "n_frames", 1))


def test_a_boundary_being_learned(tmp_path: Path) -> None:
    path = tmp_path / "learned.gif"
    model, twin = MLP(2, [3, 1], rng=1), MLP(2, [3, 1], rng=1)
    settings: dict[str, Any] = {"loss": "mse", "epochs": 4}
    told: list[int] = []
    history = animate_boundary(
        path,
        model,
        X,
        Y,
        frames=4,
        resolution=4,
        progress=lambda k, of, loss: told.append(k),
        optimizer=SGD(0.1),
        **settings,
    )
    assert frames_of(path) == 4
    assert told == [1, 2, 3, 4] * 2  # of steps, then of pictures
    assert path.read_bytes().startswith(b"GIF89a")
    assert fit(twin, X, Y, progress=False, optimizer=SGD(0.1), **settings).loss == history.loss
    assert twin.state_dict() == model.state_dict()  # trained as without a picture
    assert [p.name for p in tmp_path.iterdir()] == ["learned.gif"]


def test_the_picture_ends_with_what_was_kept(tmp_path: Path) -> None:
    model = MLP(2, [3, 1], rng=1)
    best = (X, [1.0 - y for y in Y])  # gets worse from the beginning
    history = animate_boundary(
        tmp_path / "a.gif", model, X, Y, frames=3, resolution=4, epochs=30, names=["中", "$"],
        optimizer=SGD(0.3), patience=2, validation=best, progress=False,
    )  # fmt: skip
    assert history.stopped
    assert frames_of(tmp_path / "a.gif") >= 2


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    model = MLP(2, [3, 1], rng=1)
    before = model.state_dict()
    with pytest.raises(SettingError, match=r"\.gif"):
        animate_boundary(tmp_path / "a.png", model, X, Y)
    with pytest.raises(FileError, match="cannot be written"):
        animate_boundary(tmp_path / "no" / "a.gif", model, X, Y)
    with pytest.raises(SettingError, match="frames=1"):
        animate_boundary(tmp_path / "a.gif", model, X, Y, frames=1)
    assert model.state_dict() == before  # nothing was trained
    (tmp_path / "a.gif").write_bytes(b"mine")
    with pytest.raises(Divergence):
        animate_boundary(tmp_path / "a.gif", model, X, Y, epochs=50, optimizer=SGD(1e200))
    model.load_state_dict(before)
    with pytest.raises(ZeroDivisionError):
        animate_boundary(
            tmp_path / "a.gif", model, X, Y, frames=2, resolution=2, epochs=1, progress=lambda k, of, loss: 1 / (of - 2)
        )
    assert (tmp_path / "a.gif").read_bytes() == b"mine"
    assert os.listdir(tmp_path) == ["a.gif"]


def test_pictures_are_taken_more_often_at_the_beginning() -> None:
    taken = moments_of(30, 1000)
    assert taken[-1] == 1000
    apart = [b - a for a, b in pairwise(taken)]
    assert apart == sorted(apart)
    assert moments_of(30, 3) == [1, 2, 3]


# ---- all of them ----


def test_figures_belong_to_no_window() -> None:
    code = (
        "import sys\n"
        "from microgradnn import plots, train\n"
        "assert 'matplotlib' not in sys.modules\n"
        "figure = plots.plot_history(train.History([1.0]))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert figure._repr_png_().startswith(b'\\x89PNG')\n"  # for notebooks
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("theme", ["sepia", "auto"])
def test_a_theme_that_a_png_cannot_have_is_refused(theme: str) -> None:
    with pytest.raises(SettingError, match="light, dark"):
        plot_history(HISTORY, theme=theme)


def test_without_matplotlib_the_way_to_get_it_is_said() -> None:
    code = (
        "import sys\n"
        "sys.modules['matplotlib'] = None\n"
        "from microgradnn import errors, nn, plots, train\n"
        "model = nn.MLP(2, [1], rng=1)\n"
        "for draw in (lambda: plots.plot_history(train.History([1.0])),\n"
        "             lambda: plots.plot_decision_boundary(model, [[0, 0]], [1]),\n"
        "             lambda: plots.animate_boundary('a.gif', model, [[0, 0]], [1]),\n"
        "             lambda: plots.draw_network(model).pipe('png')):\n"
        "    try:\n"
        "        draw()\n"
        "    except errors.MissingLibrary as problem:\n"
        "        print(problem)\n"
        "plots.draw_network(model).pipe('svg')\n"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.count("pip install 'microgradnn[plots]'") == 4

"""A file may be made up with a right checksum: it can still do no more than be refused."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradnn import optim
from microgradnn.errors import FileError
from microgradnn.io import files, load, load_checkpoint, save
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


def content(folder: Path, model: Module, **options: Any) -> Any:
    """The content of an honest file, to be spoiled."""
    save(model, folder / "honest.json", **options)
    return files.read(folder / "honest.json")


def spoil(where: str, value: Any) -> Callable[[Any], None]:
    """Put a value at a place such as `model.form.nin`."""

    def spoiled(x: Any) -> None:
        *path, last = [int(part) if part.isdecimal() else part for part in where.split("/")]
        for part in path:
            x = x[part]
        if value is ...:
            del x[last]
        else:
            x[last] = value

    return spoiled


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("model/kind", "pickle"),
        ("model/form/kind", "os.system"),
        ("model/form/kind", "Module"),
        ("model/form/kind", ["MLP"]),
        ("model/form/nin", 10**12),  # more numbers than there are: refused before any is made
        ("model/form/nouts", [10**12, 1]),
        ("model/form/nouts", [2, 1, 0]),
        ("model/form/nouts", [-2, -1]),
        ("model/form/nouts", [2.0, 1]),
        ("model/form/nouts", [1, 2]),
        ("model/form/nouts", 3),
        ("model/form/nin", True),
        ("model/form/bias", 1),
        ("model/form/activation", ["no such function"]),
        ("model/form/activation", ["relu", "relu"]),
        ("model/form/output", "softmax"),
        ("model/form/output", 7),
        ("model/form/surplus", 1),
        ("model/form", {"kind": "again", "of": 0}),
        ("model/form", {"kind": "Sequential", "steps": [{"kind": "again", "of": 0}]}),
        ("model/form", {"kind": "Sequential", "steps": [1]}),
        ("model/form", []),
        ("model/parameters/layer0.neuron0.w[0]", "0.5"),
        ("model/parameters/layer0.neuron0.w[0]", None),
        ("model/parameters/layer0.neuron0.w[0]", [1.0]),
        ("model/parameters/layer0.neuron0.w[0]", 2**60 + 1),
        ("model/parameters/layer0.neuron0.w[0]", {"$tuple": [1]}),
        ("model/parameters/layer0.neuron0.w[0]", ...),
        ("model/parameters/layer9", 1.0),
        ("model/parameters", []),
        ("model/parameters", {f"p{k}": 0.0 for k in range(9)}),
        ("model/frozen", ["layer9"]),
        ("model/frozen", 3),
        ("model/frozen", ...),
        ("model/labels", {"layer9": "x"}),
        ("model/labels", {"layer0.neuron0.w[0]": 5}),
        ("model/resting", ["layer9"]),
        ("model/drawing", {"layer0": 0}),
        ("model/drawing", {"": 99}),
        ("model", 3),
        ("model", ...),
        ("surplus", 1),
        ("optimizer/kind", "Evil"),
        ("optimizer/kind", []),
        ("optimizer/settings", {"lr": "fast"}),
        ("optimizer/settings", {"lr": 0.1, "code": 1}),
        ("optimizer/settings/lr", {"$bits": "7ff8000000000000"}),
        ("optimizer/steps", -1),
        ("optimizer/steps", 1.5),
        ("optimizer/memory", [[0.0, 0.0]]),
        ("optimizer/memory/0", [0.0]),
        ("optimizer/memory/0/0", "x"),
        ("optimizer", 1),
        ("rng", 5),
        ("rng", "x"),
        ("generators/0", {"$tuple": [3, {"$tuple": [0] * 624}, None]}),
        ("generators/0", {"$tuple": [3, {"$tuple": [0] * 624 + [999]}, None]}),
        ("generators/0", {"$tuple": [3, {"$tuple": [2**32] + [0] * 624}, None]}),
        ("generators/0", {"$tuple": [3, {"$tuple": ["0"] * 625}, None]}),
        ("generators/0", {"$tuple": [3, {"$tuple": [0] * 625}, "0.5"]}),
        ("generators/0", {"$tuple": [2, {"$tuple": [0] * 625}, None]}),
        ("generators/0", []),
        ("generators", 4),
        ("extra", {"$call": "x"}),
    ],
)
def test_models_made_up_with_a_right_checksum_are_refused(tmp_path: Path, where: str, value: Any) -> None:
    model, optimizer = MLP(2, [2, 1], rng=0), optim.Adam()
    model([1.0, 2.0]).backward()
    optimizer.step(model)
    spoiled = content(tmp_path, model, optimizer=optimizer, rng=Random(1), extra=1)
    spoil(where, value)(spoiled)
    files.write(tmp_path / "hostile.json", spoiled)
    with pytest.raises(FileError, match="holds no model that can be made here"):
        load_checkpoint(tmp_path / "hostile.json")


def test_sizes_are_counted_before_anything_is_made(tmp_path: Path) -> None:
    # Without the count these would fill the memory; the settings are wrong as well, so that none can slip through.
    huge = {"kind": "MLP", "nin": 10**6, "nouts": [10**6], "activation": [], "output": "linear"}
    again = {"kind": "Sequential", "steps": [{"kind": "again", "of": 0}]}
    stack = {"kind": "Sequential", "steps": [huge | {"bias": True}]}
    for form in (huge, huge | {"bias": 1}, huge | {"bias": True}, stack, again):
        spoiled = content(tmp_path, MLP(2, [2, 1], rng=0))
        spoiled["model"] |= {"form": form, "parameters": {}, "labels": {}, "frozen": []}
        files.write(tmp_path / "hostile.json", spoiled)
        with pytest.raises(FileError, match="its form"):
            load(tmp_path / "hostile.json")


@pytest.mark.parametrize("made_up", [3, [], None, "x", {}])
def test_contents_of_another_kind_are_refused(tmp_path: Path, made_up: Any) -> None:
    files.write(tmp_path / "hostile.json", made_up)
    with pytest.raises(FileError, match="holds no model that can be made here"):
        load(tmp_path / "hostile.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.sampled_from(["", "MLP", "tanh", "$bits"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "nin", "$tuple"]), inner),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False), JSON)
def test_any_change_with_a_right_checksum_raises_one_kind_of_error_at_most(
    folder: Path, choose: Any, replacement: Any
) -> None:
    model = Sequential(Layer(2, 2, rng=0), Dropout(rng=1), Layer(2, 1, rng=2))
    spoiled = content(folder, model, optimizer=optim.SGD(momentum=0.9))
    x, path = spoiled, []
    while isinstance(x, dict | list) and x and (not path or choose.random() < 0.8):
        key = choose.choice(list(x) if isinstance(x, dict) else range(len(x)))
        path.append((x, key))
        x = x[key]
    holder, key = path[-1]
    holder[key] = replacement
    files.write(folder / "hostile.json", spoiled)
    with contextlib.suppress(FileError):
        load_checkpoint(folder / "hostile.json")


def test_a_model_cut_anywhere_or_flipped_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    save(Neuron(1, rng=0), path)
    raw = path.read_bytes()
    load(path)
    for i in range(len(raw)):
        path.write_bytes(raw[:i])
        with pytest.raises(FileError):
            load(path)
        flipped = bytearray(raw)
        flipped[i] ^= 1 << i % 8
        path.write_bytes(flipped)
        with pytest.raises(FileError):
            load(path)

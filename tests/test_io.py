"""What is saved comes back bit for bit, and a file that was changed is never believed."""

import contextlib
import hashlib
import json
import math
import os
import stat
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microgradnn import Value, data, optim, rules
from microgradnn.errors import FileError, Misuse
from microgradnn.io import Checkpoint, files, load, load_checkpoint, plain, save
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential

PACKAGE = {"PYTHONPATH": str(Path(files.__file__).parents[2])}

# --- plain data ---

KEYS = st.text() | st.integers() | st.tuples(st.integers(), st.text())
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)


def bits(x: Any) -> Any:
    """Data in a form whose equality is that of every bit and every type."""
    if isinstance(x, float):
        return struct.pack(">d", x)
    if isinstance(x, list | tuple):
        return [type(x).__name__, *map(bits, x)]
    if isinstance(x, dict):
        return ["dict", *[(bits(key), bits(value)) for key, value in x.items()]]
    return type(x).__name__, x


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@given(PLAIN)
@example([-0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, -math.nan, 0.1, 2**53 + 1])
@example([struct.unpack(">d", bytes.fromhex("7ff8000000000123"))[0]])
@example({"$tuple": [1], "$": {"$bits": "x"}, "": ((), [], {})})
@example(["\ud800", "\x00", "\u202e", "é"])
def test_plain_data_come_back_bit_for_bit(folder: Path, x: Any) -> None:
    path = folder / "plain.json"
    files.write(path, plain.encode(x, "x"))
    assert bits(plain.decode(files.read(path))) == bits(x)


def test_numbers_of_arrays_become_plain() -> None:
    np = pytest.importorskip("numpy")
    x = plain.encode([np.float64(0.1), np.float32(0.5), np.int64(3)], "x")
    assert bits(x) == bits([0.1, 0.5, 3])


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ({"a": [1, {2}]}, r"extra\['a'\]\[1\] is one set"),
        ([object()], r"extra\[0\] is one object"),
        (2**5000, "integer of 5001 bits"),
        ({b"a": 1}, "extra is one bytes"),
        (1j, "one complex"),
    ],
)
def test_what_has_no_place_in_a_file_is_named(x: Any, words: str) -> None:
    with pytest.raises(Misuse, match=words):
        plain.encode(x, "extra")


def test_endless_data_are_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(Misuse, match="nested more than 50 deep"):
        plain.encode(endless, "extra")


@pytest.mark.parametrize(
    "x",
    [
        {"$set": [1]},
        {"$tuple": [1], "more": 1},
        {"$tuple": 1},
        {"$bits": "3ff0000000000000"},  # 1.0, which has a JSON number
        {"$bits": "7ff0"},
        {"$bits": "no bits"},
        {"$bits": 1},
        {"$dict": [[1]]},
        {"$dict": [1]},
        {"$dict": [[[1], 2]]},
        {"$dict": [[1, 2], [1, 3]]},
    ],
)
def test_marks_that_were_never_written_are_refused(x: Any) -> None:
    with pytest.raises(FileError):
        plain.decode([x])


# --- files ---


def test_a_file_cut_anywhere_is_refused(folder: Path) -> None:
    path = folder / "cut.json"
    files.write(path, {"w": [0.1, -2.5]})
    raw = path.read_bytes()
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        with pytest.raises(FileError):
            files.read(path)


def test_a_file_with_any_bit_flipped_is_refused(folder: Path) -> None:
    path = folder / "flipped.json"
    files.write(path, {"w": [0.1, -2.5], "name": "layer0"})
    raw = path.read_bytes()
    for i in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[i // 8] ^= 1 << i % 8
        path.write_bytes(flipped)
        with pytest.raises(FileError):
            files.read(path)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(folder: Path, raw: bytes) -> None:
    path = folder / "noise.json"
    path.write_bytes(raw)
    with pytest.raises(FileError):
        files.read(path)


def sealed(content: str, version: str = "1") -> bytes:
    """A file by someone who knows the format, and can make a checksum."""
    body = f'{{"format":"microgradnn","version":{version},"content":{content}}}'
    seal = hashlib.sha256(body.encode()).hexdigest()
    return f'{{"format":"microgradnn","version":{version},"sha256":"{seal}","content":{content}}}\n'.encode()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (sealed("1", version="2"), "newer microgradnn.*upgrade"),
        (sealed("1", version="0"), "version is 0"),
        (sealed("1", version="true"), "version is True"),
        (sealed("1", version='"1"'), "version is '1'"),
        (sealed('{"a":1,"a":2}'), "a key occurs twice"),
        (sealed("NaN"), "NaN is no JSON number"),
        (sealed("-Infinity"), "-Infinity is no JSON number"),
        (sealed("1e999"), "impossible"),
        (sealed("9" * 5000), "damaged"),
        (sealed("1.0e0"), "checksum"),  # the same number written otherwise is not what was saved
        (sealed("[" * 100_000 + "]" * 100_000), "nested too deeply"),
        (sealed("[" * 100_000), "nested too deeply"),
        (sealed('"é"').decode().encode("latin-1"), "ascii"),
        (sealed("1").replace(b"{", b'{"more":1,', 1), "checksum"),
        (sealed("1").replace(b'"sha256"', b'"sha512"'), "missing"),
        (b"[]", "no file of microgradnn"),
        (b'{"format":"other"}', "no file of microgradnn"),
        (b"", "damaged or no file"),
        (b"\x80\x04\x95", "damaged or no file"),
        (b"import os", "damaged or no file"),
    ],
)
def test_hostile_files_are_refused(folder: Path, raw: bytes, words: str) -> None:
    path = folder / "hostile.json"
    path.write_bytes(raw)
    with pytest.raises(FileError, match=words):
        files.read(path)


def test_a_sealed_file_is_what_write_writes(folder: Path) -> None:
    path = folder / "sealed.json"
    files.write(path, [0.1])
    assert path.read_bytes() == sealed("[0.1]")


def test_files_beyond_the_limit_are_neither_written_nor_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.json"
    files.write(path, [1] * 1000)
    monkeypatch.setattr(files, "LIMIT", 1000)
    with pytest.raises(FileError, match="larger than 1000 bytes"):
        files.read(path)
    with pytest.raises(FileError, match="1000 is the most"):
        files.write(tmp_path / "new.json", [1] * 1000)
    assert os.listdir(tmp_path) == ["large.json"]


def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "absent", tmp_path, tmp_path / "pipe", "nul\0", "/dev/zero", 3):
        with pytest.raises(FileError, match=r"cannot be read|no ordinary file"):
            files.read(path)  # type: ignore[arg-type]


def test_what_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    before = sorted(os.listdir(tmp_path))
    for path in (tmp_path / "absent" / "x", tmp_path / "folder", tmp_path / "file" / "x", "nul\0", 3):
        with pytest.raises(FileError, match=r"cannot be written: .*; nothing was changed"):
            files.write(path, 1)  # type: ignore[arg-type]
    assert sorted(os.listdir(tmp_path)) == before
    assert (tmp_path / "file").read_text() == "mine"


def fail(*_: Any, **__: Any) -> Any:
    raise OSError(28, "No space left on device")


def interrupt(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["replace", "fsync", "chmod"])
@pytest.mark.parametrize(("how", "kind"), [(fail, FileError), (interrupt, KeyboardInterrupt)])
def test_a_failure_while_writing_leaves_the_old_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    how: Callable[..., Any],
    kind: type[BaseException],
) -> None:
    path = tmp_path / "model.json"
    files.write(path, "old")
    with monkeypatch.context() as patch:
        patch.setattr(os, name, how)
        with pytest.raises(kind):
            files.write(path, "new")
    assert os.listdir(tmp_path) == ["model.json"]
    assert files.read(path) == "old"


def test_writing_stopped_by_the_system_leaves_the_old_file(tmp_path: Path) -> None:
    # The kernel ends the process in the middle of writing, as at a power cut: no clean-up of ours can run.
    path = tmp_path / "model.json"
    files.write(path, "old")
    program = """if True:
        import os, sys
        from microgradnn.io import files
        os.fsync = lambda _: os._exit(9)
        files.write(sys.argv[1], "new")
    """
    ended = subprocess.run([sys.executable, "-c", program, str(path)], env=dict(os.environ) | PACKAGE)
    assert ended.returncode == 9
    assert len(os.listdir(tmp_path)) == 2  # what was begun has another name
    assert files.read(path) == "old"


def test_a_file_keeps_its_rights_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "model.json", tmp_path / "link.json"
    files.write(path, 1)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    path.chmod(0o640)
    link.symlink_to(path)
    files.write(link, 2)
    assert link.is_symlink()
    assert files.read(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_name_in_the_present_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files.write("model.json", {"a": 1.0})
    assert json.loads((tmp_path / "model.json").read_text())["content"] == {"a": 1.0}


# --- models ---

MODELS: list[Callable[[], Module]] = [
    lambda: Neuron(3, activation="tanh", rng=1),
    lambda: Neuron(1, bias=False, activation="linear", rng=1),
    lambda: Layer(2, 3, activation="softmax", rng=2),
    lambda: Layer(2, 1, bias=False, rng=2),
    lambda: MLP(2, [3, 1], rng=3),
    lambda: MLP(2, [4, 1, 3], activation=["gelu", "sigmoid"], output="softmax", bias=False, rng=3),
    lambda: Sequential(Layer(2, 3, rng=4), Dropout(0.25, rng=5), MLP(3, [1], rng=6)),
    lambda: Sequential(Sequential(Neuron(2, rng=7)), Sequential()),
    lambda: Dropout(0.5, rng=8),
]


def same(a: Module, b: Module) -> None:
    """Two models are alike in everything that a file keeps."""
    assert bits(b.state_dict()) == bits(a.state_dict())
    assert repr(b) == repr(a)
    for (name, x), (again, y) in zip(a.named_modules(), b.named_modules(), strict=True):
        assert (name, type(x), x.training) == (again, type(y), y.training)
        assert x.config() == y.config() if type(x) is not Sequential else True
    for x, y in zip(a.parameters(), b.parameters(), strict=True):
        assert (x.label, x.frozen) == (y.label, y.frozen)
        assert x is not y


@pytest.mark.parametrize("make", MODELS)
def test_models_come_back(tmp_path: Path, make: Callable[[], Module]) -> None:
    model = make()
    save(model, tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert type(again) is type(model)
    same(model, again)
    save(again, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "model.json").read_bytes()
    x = [0.3, -0.7, 0.1][: getattr(model, "nin", None) or {0: 3, 1: 1}.get(MODELS.index(make), 2)]
    for _ in range(3):  # a Dropout draws the same again, too
        assert bits(numbers(model(x))) == bits(numbers(again(x)))


def numbers(out: Any) -> list[float]:
    return [y.data if isinstance(y, Value) else y for y in (out if isinstance(out, list) else [out])]


@settings(max_examples=50)
@given(st.lists(st.floats(), min_size=9, max_size=9))
@example([-0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.inf, -math.inf, math.nan, 0.1])
def test_any_floats_come_back_bit_for_bit(folder: Path, weights: list[float]) -> None:
    model = MLP(2, [2, 1], rng=0)
    model.load_state_dict(dict(zip(model.state_dict(), weights, strict=True)))
    save(model, folder / "model.json")
    same(model, load(folder / "model.json"))


@settings(max_examples=50)
@given(st.integers(1, 4), st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 99), st.booleans())
def test_networks_of_any_size_come_back(folder: Path, nin: int, nouts: list[int], seed: int, bias: bool) -> None:
    model = MLP(nin, nouts, activation="tanh", bias=bias, rng=seed)
    save(model, folder / "model.json")
    same(model, load(folder / "model.json"))


def test_what_is_frozen_named_or_at_rest_stays_so(tmp_path: Path) -> None:
    model = Sequential(Layer(2, 2, rng=1), Dropout(0.5, rng=1), Layer(2, 1, rng=1))
    model.steps[0].freeze()  # type: ignore[union-attr]
    model.steps[1].eval()  # type: ignore[union-attr]
    model.parameters()[3].label = "mine"
    save(model, tmp_path / "model.json")
    same(model, load(tmp_path / "model.json"))


def test_a_step_that_comes_twice_stays_one(tmp_path: Path) -> None:
    layer = Layer(2, 2, activation="tanh", rng=1)
    inner = Sequential(layer, Neuron(2, rng=2))
    save(Sequential(layer, inner, Layer(1, 2, rng=3), layer), tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert again.steps[0] is again.steps[1].steps[0] is again.steps[3]
    assert len(again.parameters()) == 6 + 3 + 4


def test_dropouts_that_share_their_chance_go_on_sharing_it(tmp_path: Path) -> None:
    rng = Random(5)
    model = Sequential(Dropout(0.5, rng=rng), Dropout(0.5, rng=rng), Dropout(0.5), Dropout(0.5, rng=9))
    rng.random()
    save(model, tmp_path / "model.json", rng=rng)
    back = load_checkpoint(tmp_path / "model.json")
    assert back.rng is not rng
    assert back.rng is back.model.steps[0].rng is back.model.steps[1].rng
    assert back.model.steps[2].rng is model.steps[2].rng  # type: ignore[union-attr]  # the module random
    assert back.model.steps[3].rng is not back.rng
    assert [back.rng.random() for _ in range(1000)] == [rng.random() for _ in range(1000)]


def test_nestings_of_values_and_plain_data_are_models_too(tmp_path: Path) -> None:
    shared = Value(-0.0, label="tied")
    frozen = Value(0.1)
    frozen.frozen = True
    save({"w": [[Value(1.5), shared], (shared,)], "b": frozen}, tmp_path / "nesting.json")
    again = load(tmp_path / "nesting.json")
    assert list(again) == ["w", "b"]
    (x, y), (z,) = again["w"]
    assert y is z
    assert (bits(x.data), bits(y.data), y.label, again["b"].frozen) == (bits(1.5), bits(-0.0), "tied", True)
    state = MLP(2, [1], rng=0).state_dict()
    save(state, tmp_path / "state.json")
    assert bits(load(tmp_path / "state.json")) == bits(state)
    save(Value(2.0), tmp_path / "value.json")
    assert load(tmp_path / "value.json").data == 2.0


class Mine(Module):
    def __init__(self) -> None:
        self.layer = Layer(2, 1, rng=0)


class Subclass(MLP):
    pass


def tied() -> Module:
    model = MLP(2, [2, 1], rng=0)
    model.layers[1].neurons[0].w[0] = model.layers[0].neurons[0].w[0]
    return model


def exchanged() -> Module:
    model = MLP(2, [2, 1], rng=0)
    model.layers[0].neurons[1].activation = "tanh"
    return model


def enlarged() -> Module:
    model = MLP(2, [2, 1], rng=0)
    model.gain = Value(1.0)  # type: ignore[attr-defined]
    return model


def endless() -> Module:
    model = Sequential()
    model.steps.append(model)
    return model


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Mine, r"the model is one Mine, a kind of its own.*state_dict\(\)"),
        (lambda: Sequential(Layer(2, 2, rng=0), Mine()), "step 1 of the model is one Mine"),
        (lambda: Subclass(2, [1], rng=0), "one Subclass, a kind of its own"),
        (lambda: Sequential(Neuron(2, rng=0), rules.tanh), "step 1 of the model is a function"),
        (lambda: Neuron(2, activation=lambda x: x * 2, rng=0), r"a function of your own.*state_dict\(\)"),
        (tied, "was changed after it was made"),
        (exchanged, "was changed after it was made"),
        (enlarged, "was changed after it was made"),
        (endless, "step 0 of the model is a part of itself"),
        (lambda: Sequential(Dropout(rng=SystemRandom())), "SystemRandom keeps no state"),
        (lambda: {"w": [Value(1.0), 2.0]}, r"model.w\[1\] is one float"),
        (lambda: [Value(1.0) + 1.0], r"model\[0\] was computed"),
        (lambda: {"net": MLP(2, [1], rng=0)}, r"\['net'\] is one MLP"),
        (lambda: {"w": Value(1.0), "net": MLP(2, [1], rng=0)}, "model.net is one MLP"),
        (object, "the model is one object"),
        (lambda: [Value(1.0, label=5)], "the label of 0 is one int"),  # type: ignore[arg-type]
    ],
)
def test_models_that_a_file_cannot_describe(tmp_path: Path, model: Callable[[], Any], words: str) -> None:
    path = tmp_path / "model.json"
    save(MLP(1, [1], rng=0), path)
    before = path.read_bytes()
    with pytest.raises(Misuse, match=words):
        save(model(), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.json"]


# --- checkpoints ---

OPTIMIZERS = [
    lambda: optim.SGD(0.1),
    lambda: optim.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    lambda: optim.AdaGrad(0.1),
    lambda: optim.RMSProp(0.01, momentum=0.5),
    lambda: optim.Adam(0.01, betas=(0.8, 0.95)),
    lambda: optim.AdamW(0.01),
]


def train(checkpoint: Checkpoint, epochs: int) -> None:
    """Some epochs with shuffled mini-batches and dropout, all drawn from one source of chance."""
    model, optimizer, rng = checkpoint.model, checkpoint.optimizer, checkpoint.rng
    assert optimizer is not None
    assert rng is not None
    X, Y = data.truth_table("XOR")
    for _ in range(epochs):
        for rows, targets in data.batches(X, Y, 3, shuffle=True, seed=rng):
            model.zero_grad()
            for row, target in zip(rows, targets, strict=True):
                ((model(row) - target) ** 2).backward()
            optimizer.step(model)


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_training_goes_on_as_if_it_had_never_stopped(tmp_path: Path, make: Callable[[], optim.Optimizer]) -> None:
    def start() -> Checkpoint:
        rng = Random(3)
        model = Sequential(Layer(2, 6, rng=rng), Dropout(0.3, rng=rng), Layer(6, 1, activation="linear", rng=rng))
        return Checkpoint(model, make(), rng)

    through, paused = start(), start()
    train(through, 8)
    train(paused, 3)
    save(paused.model, tmp_path / "run.json", paused.optimizer, paused.rng, extra={"epochs": 3})
    resumed = load_checkpoint(tmp_path / "run.json")
    assert resumed.extra == {"epochs": 3}
    assert repr(resumed.optimizer) == repr(paused.optimizer)
    train(resumed, 5)
    assert bits(resumed.model.state_dict()) == bits(through.model.state_dict())
    assert resumed.optimizer is not None
    assert through.optimizer is not None
    assert bits(resumed.optimizer.state_dict()) == bits(through.optimizer.state_dict())


def test_a_loaded_optimiser_belongs_to_the_loaded_model(tmp_path: Path) -> None:
    model, optimizer = MLP(2, [1], rng=0), optim.Adam()
    model([1.0, 2.0]).backward()
    optimizer.step(model)
    save(model, tmp_path / "run.json", optimizer)
    back = load_checkpoint(tmp_path / "run.json")
    assert back.optimizer is not None
    model.zero_grad()
    model([1.0, 2.0]).backward()
    with pytest.raises(Misuse, match="another model"):
        back.optimizer.step(model)


def test_an_optimiser_that_never_stepped_is_free(tmp_path: Path) -> None:
    save(MLP(2, [1], rng=0), tmp_path / "run.json", optim.Adam())
    back = load_checkpoint(tmp_path / "run.json")
    other = MLP(3, [1], rng=0)
    other([1.0, 2.0, 3.0]).backward()
    assert back.optimizer is not None
    back.optimizer.step(other)


def test_what_cannot_be_saved_beside_a_model(tmp_path: Path) -> None:
    class Own(optim.SGD):
        pass

    model, other, used = MLP(2, [1], rng=0), MLP(2, [1], rng=1), optim.Adam()
    other([1.0, 2.0]).backward()
    used.step(other)
    unfit: list[dict[str, Any]] = [
        {"optimizer": Own()},
        {"optimizer": used},
        {"optimizer": "adam"},
        {"rng": SystemRandom()},
        {"rng": 3},
        {"extra": {"when": {1, 2}}},
    ]
    for setting in unfit:
        with pytest.raises(Misuse):
            save(model, tmp_path / "run.json", **setting)
    assert os.listdir(tmp_path) == []


# --- hostile models ---


def content(model: Any = None, **settings: Any) -> Any:
    """The content of an honest file, to be spoiled."""
    return files.read(_written(model if model is not None else MLP(2, [2, 1], rng=0), **settings))


def _written(model: Any, **settings: Any) -> Path:
    path = Path(_FOLDER[0]) / "honest.json"
    save(model, path, **settings)
    return path


_FOLDER: list[str] = []


@pytest.fixture(autouse=True)
def _a_folder(folder: Path) -> None:
    _FOLDER[:] = [str(folder)]


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


STATE = [3, {"$tuple": [0] * 625}, None]


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
    spoiled = content(model, optimizer=optimizer, rng=Random(1), extra=1)
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
        spoiled = content()
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


@settings(max_examples=50)
@given(st.randoms(use_true_random=False), JSON)
def test_any_change_with_a_right_checksum_raises_one_kind_of_error_at_most(
    folder: Path, choose: Any, replacement: Any
) -> None:
    model = Sequential(Layer(2, 2, rng=0), Dropout(rng=1), Layer(2, 1, rng=2))
    spoiled = content(model, optimizer=optim.SGD(momentum=0.9))
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

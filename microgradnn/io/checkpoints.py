"""Saving and loading: a model, and all that is needed to go on training it as if nothing had happened."""

from dataclasses import dataclass
from random import Random
from typing import Any

from microgradnn.errors import FileError, MicrogradnnError, Misuse
from microgradnn.io import files
from microgradnn.io.models import Generators, pack, share, unpack
from microgradnn.io.plain import decode, encode
from microgradnn.optim import OPTIMIZERS, Optimizer


@dataclass
class Checkpoint:
    """What a file holds: the model, and the optimiser, the source of chance and the notes saved with it."""

    model: Any
    optimizer: Optimizer | None = None
    rng: Random | None = None
    extra: Any = None


def save(
    model: Any,
    path: files.Path,
    optimizer: Optimizer | None = None,
    rng: Random | None = None,
    extra: Any = None,
) -> None:
    """Keep a model in a file, bit for bit: its form, its numbers, what is frozen, what its Dropouts draw next.

    `model` is a Neuron, Layer, MLP, Sequential or Dropout, a nesting of Values, or plain data such as a
    `state_dict()`. With the `optimizer` and the `rng` that training uses, training can go on from the file
    as if it had never stopped; `extra` is plain data of your own, such as `{"loss": history.loss}`.

    The file is whole or, on an error, as it was before. A Misuse says what cannot be saved, and what to do; a
    FileError, why nothing could be written.
    """
    generators: Generators = []
    content: dict[str, Any] = {"model": pack(model, generators), "optimizer": None, "rng": None}
    if optimizer is not None:
        content["optimizer"] = _pack_optimizer(optimizer, model)
    if rng is not None:
        content["rng"] = share(rng, generators)
    content["generators"] = [_pack_generator(generator) for generator in generators]
    content["extra"] = encode(extra, "extra")
    files.write(path, content)


def load(path: files.Path) -> Any:
    """The model that was saved in a file: new objects, with every number as it was.

    Whatever is wrong with the file is a FileError: absent, cut off, changed, too new, no file of this kind.
    """
    return load_checkpoint(path).model


def load_checkpoint(path: files.Path) -> Checkpoint:
    """All that was saved in a file: `.model`, and `.optimizer`, `.rng` and `.extra`, or None."""
    content = files.read(path)
    try:
        return _unpack(content)
    except (MicrogradnnError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        # The checksum was right: the file was made so, by hand or by another version of this library.
        reason = error or type(error).__name__
        raise FileError(f"{path} holds no model that can be made here: {reason}") from error


def _unpack(content: dict[str, Any]) -> Checkpoint:
    if set(content) != {"model", "optimizer", "rng", "generators", "extra"}:
        raise FileError("a part is missing, or one too many")
    generators = [_unpack_generator(state) for state in content["generators"]]
    model = unpack(content["model"], generators)
    rng = None if content["rng"] is None else generators[content["rng"]]
    optimizer = None if content["optimizer"] is None else _unpack_optimizer(content["optimizer"], model)
    return Checkpoint(model, optimizer, rng, decode(content["extra"]))


def _pack_optimizer(optimizer: Optimizer, model: Any) -> Any:
    if OPTIMIZERS.get(type(optimizer).__name__) is not type(optimizer):
        raise Misuse(
            f"{type(optimizer).__name__} is no optimiser that a file can describe ({', '.join(OPTIMIZERS)}): "
            "save the model alone, and what the optimiser remembers as extra"
        )
    if optimizer.memory:
        optimizer.adopt(model)  # a Misuse if it remembers the steps of another model
    return encode(optimizer.state_dict(), "the optimiser's state")


def _unpack_optimizer(data: Any, model: Any) -> Optimizer:
    state = decode(data)
    optimizer = OPTIMIZERS[state["kind"]](**state["settings"])
    optimizer.load_state_dict(state)
    if optimizer.memory:
        optimizer.adopt(model)
    return optimizer


def _pack_generator(generator: Random) -> Any:
    if type(generator) is not Random:
        raise Misuse(
            f"a {type(generator).__name__} keeps no state that a file can hold; draw from a random.Random(seed)"
        )
    return encode(generator.getstate(), "the state of a random.Random")


def _unpack_generator(data: Any) -> Random:
    version, words, spare = decode(data)
    if (
        version != 3
        or not (spare is None or isinstance(spare, float))
        or any(type(word) is not int or not 0 <= word < 2**32 for word in words)
    ):
        raise FileError("it holds no state of a random.Random")
    generator = Random(0)
    generator.setstate((version, words, spare))
    return generator

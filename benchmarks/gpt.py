"""The character GPT of examples/names_gpt.py, trained: Adam and its falling rate included, float64.

The other sides start from the same numbers and see the same documents. PyTorch's is written as such models are there:
all positions at once, a causal mask, the three projections in one matrix.
"""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks import peers, scalars
from benchmarks.rows import Row
from benchmarks.timing import Duel, Side
from microgradnn import compile
from microgradnn.optim import Adam
from microgradnn.optim.schedules import linear

EXAMPLES = Path(__file__).parent.parent / "examples"
LR, BETAS, FALLING = 0.01, (0.85, 0.99), linear(1_000_000)
DOCUMENTS, BATCHES, BATCH, LENGTH = 32, 8, 32, 6


def example() -> ModuleType:
    """The example, as a module of one's own."""
    spec = importlib.util.spec_from_file_location("names_gpt", EXAMPLES / "names_gpt.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def documents() -> tuple[list[list[int]], int]:
    """Names as places of letters, 0 at both edges, in the order that the example takes them; and how many letters."""
    names = (EXAMPLES / "names.txt").read_text("utf-8").lower().split()
    letters = ["", *sorted(set("".join(names)))]
    random.Random(42).shuffle(names)
    return [[0, *map(letters.index, name), 0] for name in names], len(letters)


def each() -> list[Any]:
    return [np.array([places]) for places in documents()[0][:DOCUMENTS]]


def alike() -> list[Any]:
    """Batches of documents of one length."""
    found = [places for places in documents()[0] if len(places) == LENGTH + 2]
    return [np.array([found[(k * BATCH + j) % len(found)] for j in range(BATCH)]) for k in range(BATCHES)]


def ours(arrays: list[Any], fast: bool = False) -> Side:
    gpt = example()
    p = gpt.parameters(random.Random(42), documents()[1])
    step, adam = compile(gpt.loss, p, fast=fast), Adam(lr=LR, betas=BETAS)
    return Side(lambda: [step.update(a, optimizer=adam, schedule=FALLING) for a in arrays], len(arrays))


def by_torch(arrays: list[Any]) -> Side:
    torch = peers.torch()
    F = torch.nn.functional
    gpt = example()
    start = gpt.parameters(random.Random(42), documents()[1])
    p = {name: torch.tensor([[value.data for value in row] for row in rows]) for name, rows in start.items()}
    p["qkv"] = torch.cat([p.pop("query"), p.pop("key"), p.pop("value")])
    for tensor in p.values():
        tensor.requires_grad_()
    adam = torch.optim.Adam(p.values(), lr=LR, betas=BETAS, fused=True)
    falling = torch.optim.lr_scheduler.LambdaLR(adam, FALLING)

    def norm(x: Any) -> Any:
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5)

    def loss(places: Any) -> Any:
        count, size = places.shape[0], places.shape[1] - 1
        x = norm(p["letter"][places[:, :-1]] + p["position"][:size])
        qkv = F.linear(norm(x), p["qkv"]).view(count, size, 3, gpt.HEADS, gpt.SIZE)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        heard = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + F.linear(heard.transpose(1, 2).reshape(count, size, gpt.WIDTH), p["out"])
        x = x + F.linear(torch.relu(F.linear(norm(x), p["up"])), p["down"])
        return F.cross_entropy(F.linear(x, p["head"]).flatten(0, 1), places[:, 1:].flatten())

    batches = [torch.from_numpy(a) for a in arrays]

    def run() -> Any:
        losses = []
        for places in batches:
            value = loss(places)
            adam.zero_grad()
            value.backward()
            adam.step()
            falling.step()
            losses.append(value.item())
        return losses

    return Side(run, len(arrays))


def by_scalars(arrays: list[Any]) -> Side:
    gpt = example()
    for name in ("Value", "dot", "exp", "logsumexp", "relu", "sum", "take"):
        setattr(gpt, name, getattr(scalars, name))
    p = gpt.parameters(random.Random(42), documents()[1])
    adam = scalars.Adam([value for rows in p.values() for row in rows for value in row], LR, BETAS)
    places = [a[0].tolist() for a in arrays]

    def run() -> Any:
        losses = []
        for document in places:
            value = gpt.loss(p, document)
            value.backward()
            adam.step(FALLING(adam.steps))
            losses.append(value.data)
        return losses

    return Side(run, len(arrays))


ONE, MANY = "GPT on names, one document a step, exact", f"GPT on names, {BATCH} documents a step, fast"
ROWS = [
    Row("gpt-torch", ONE, "PyTorch tensors, 1 thread", lambda: Duel(ours(each()), by_torch(each())), 0.5),
    Row("gpt-scalars", ONE, "pure-Python scalars", lambda: Duel(ours(each()[:2]), by_scalars(each()[:2])), 0.003),
    Row("gpt-batch", MANY, "PyTorch tensors, 1 thread", lambda: Duel(ours(alike(), fast=True), by_torch(alike())), 0.5),
]

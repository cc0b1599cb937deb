"""A character-level GPT, written for single numbers, learns names and makes up new ones.

    python names_gpt.py [FILE] [--steps 1000] [--eager]

FILE has names separated by white space (by default the list beside this file). One layer, 16 wide, 4 heads, 16
positions, RMS norm, ReLU, no biases; one name a step, Adam with a rate that falls to 0. Compiled or eager, the losses
are the same to the last bit; compiled, a step takes a fraction of a millisecond.
"""

import argparse
import random
import time
from pathlib import Path

import numpy as np

from microgradnn import Value, compile, dot, exp, logsumexp, no_grad, relu, sum, take
from microgradnn.optim import Adam
from microgradnn.optim.schedules import linear

WIDTH, HEADS, POSITIONS = 16, 4, 16
SIZE = WIDTH // HEADS


def matrix(rng, rows, columns, deviation=0.08):
    return [[Value(rng.gauss(0, deviation)) for _ in range(columns)] for _ in range(rows)]


def parameters(rng, letters):
    return {
        "letter": matrix(rng, letters, WIDTH),
        "position": matrix(rng, POSITIONS, WIDTH),
        "query": matrix(rng, WIDTH, WIDTH),
        "key": matrix(rng, WIDTH, WIDTH),
        "value": matrix(rng, WIDTH, WIDTH),
        "out": matrix(rng, WIDTH, WIDTH, 0.02),
        "up": matrix(rng, 4 * WIDTH, WIDTH),
        "down": matrix(rng, WIDTH, 4 * WIDTH, 0.02),
        "head": matrix(rng, letters, WIDTH),
    }


def times(matrix, x):
    return [dot(row, x) for row in matrix]


def plus(x, y):
    return [a + b for a, b in zip(x, y, strict=True)]


def norm(x):
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [scale * v for v in x]


def softmax(xs):
    whole = logsumexp(xs)
    return [exp(x - whole) for x in xs]


def logits(p, places):
    """The logits of the next letter after each of the letters at `places`."""
    keys, values, found = [], [], []
    for position, place in enumerate(places):
        x = norm(plus(take(p["letter"], place), p["position"][position]))
        h = norm(x)
        query = times(p["query"], h)
        keys.append(times(p["key"], h))
        values.append(times(p["value"], h))
        heard = []
        for head in range(0, WIDTH, SIZE):
            mine = slice(head, head + SIZE)
            weights = softmax([dot(query[mine], key[mine]) / SIZE**0.5 for key in keys])
            heard += [dot(weights, [value[j] for value in values]) for j in range(head, head + SIZE)]
        x = plus(times(p["out"], heard), x)
        x = plus(times(p["down"], [relu(v) for v in times(p["up"], norm(x))]), x)
        found.append(times(p["head"], x))
    return found


def loss(p, places):
    """The mean surprise at each next letter, −log of its probability."""
    surprises = [
        logsumexp(each) - take(each, after) for each, after in zip(logits(p, places[:-1]), places[1:], strict=True)
    ]
    return sum(surprises) / len(surprises)


def made_up(p, letters, rng, temperature=0.5):
    places = [0]
    with no_grad():
        while len(places) < POSITIONS:
            last = logits(p, places)[-1]
            chances = [v.data for v in softmax([v / temperature for v in last])]
            places.append(rng.choices(range(len(letters)), chances)[0])
            if places[-1] == 0:
                break
    return "".join(letters[place] for place in places if place)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("file", nargs="?", default=Path(__file__).with_name("names.txt"))
    options.add_argument("--steps", type=int, default=1000)
    options.add_argument("--eager", action="store_true", help="without compiling: the same losses, later")
    chosen = options.parse_args()

    names = [name for name in Path(chosen.file).read_text("utf-8").lower().split() if len(name) < POSITIONS]
    letters = ["", *sorted(set("".join(names)))]  # place 0 is the edge of a name
    rng = random.Random(42)
    rng.shuffle(names)
    p = parameters(rng, len(letters))
    adam = Adam(lr=0.01, betas=(0.85, 0.99))
    falling = linear(chosen.steps)
    step = compile(loss, p)
    values = [value for rows in p.values() for row in rows for value in row]
    print(f"{len(names)} names, {len(letters) - 1} letters, {len(values)} parameters")

    began, mean = time.perf_counter(), 0.0
    for k in range(chosen.steps):
        name = names[k % len(names)]
        places = [0, *(letters.index(letter) for letter in name), 0]
        if chosen.eager:
            for value in values:
                value.zero_grad()
            surprise = loss(p, places)
            surprise.backward()
            adam.step(values, falling(k))
            now = surprise.data
        else:
            now = step.update(np.array([places]), optimizer=adam, schedule=falling)
        mean += (now - mean) / min(k + 1, 100)
        if (k + 1) % 100 == 0:
            print(f"step {k + 1}: {mean:.4f} nats a letter", flush=True)
    print(f"{chosen.steps} steps in {time.perf_counter() - began:.1f} s; made up:")
    rng = random.Random(1)
    print(", ".join(made_up(p, letters, rng) for _ in range(20)))


if __name__ == "__main__":
    main()

"""Results of PyTorch for losses and optimisers, float64 on the CPU, written to torch.json.

    pip install torch==2.13.0 && python tests/frozen/make_torch.py

The tests only read the file, so that they need no PyTorch.
"""

import json
import pathlib
import random

import torch

torch.set_default_dtype(torch.float64)
F = torch.nn.functional
rng = random.Random(20)


def draws(n, low=-2.0, high=2.0):
    return [rng.uniform(low, high) for _ in range(n)]


def case(name, loss, prediction, target, **settings):
    p = torch.tensor(prediction, requires_grad=True)
    value = loss(p, target)
    value.backward()
    cases.append(
        {
            "loss": name,
            "prediction": prediction,
            "target": target.tolist() if isinstance(target, torch.Tensor) else target,
            "settings": settings,
            "value": value.item(),
            "gradient": p.grad.tolist(),
        }
    )


cases = []
for n in (1, 2, 5):
    p, t = draws(n), torch.tensor(draws(n))
    case("mse", F.mse_loss, p, t)
    case("half_squared", lambda p, t: F.mse_loss(p, t, reduction="sum") / 2, p, t)
    case("mae", F.l1_loss, p, t)
    for delta in (0.5, 1.0, 1.7):
        case("huber", lambda p, t, d=delta: F.huber_loss(p, t, delta=d), p, t, delta=delta)
    signs = torch.tensor([rng.choice((-1.0, 1.0)) for _ in range(n)])
    case("hinge", lambda p, t: torch.relu(1 - t * p).mean(), p, signs)
    bits = torch.tensor([rng.choice((0.0, 1.0, 0.3)) for _ in range(n)])
    case("binary_cross_entropy", F.binary_cross_entropy, draws(n, 0.01, 0.99), bits)
    case("binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits, draws(n, -9, 9), bits)
for n in (2, 3, 10):
    z, k = draws(n, -6, 6), rng.randrange(n)
    soft = torch.softmax(torch.tensor(draws(n)), 0)
    case("cross_entropy_with_logits", lambda z, t: F.cross_entropy(z, torch.tensor(t)), z, k)
    case("cross_entropy_with_logits", F.cross_entropy, z, soft)
    p = torch.softmax(torch.tensor(z), 0).tolist()
    case("cross_entropy", lambda p, t: F.nll_loss(p.log(), torch.tensor(t)), p, k)
    case("cross_entropy", lambda p, t: -(t * p.log()).sum(), p, soft)

OPTIMISERS = {
    "SGD": [
        {"lr": 0.1},
        {"lr": 0.05, "momentum": 0.9},
        {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        {"lr": 0.05, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1},
    ],
    "Adagrad": [{"lr": 0.1}, {"lr": 0.1, "eps": 1e-6, "weight_decay": 0.1}],
    "RMSprop": [{"lr": 0.01}, {"lr": 0.01, "alpha": 0.9, "momentum": 0.9, "eps": 1e-6, "weight_decay": 0.1}],
    "Adam": [{}, {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-6, "weight_decay": 0.1}],
    "AdamW": [{}, {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-6, "weight_decay": 0.1}],
}


def rosenbrock(p):
    """A valley that no optimiser follows by accident; the gradients' sizes differ by far."""
    return sum(10 * (p[i + 1] - p[i] ** 2) ** 2 + (1 - p[i]) ** 2 for i in range(3)) / 10


runs = []
for name, every in OPTIMISERS.items():
    for settings in every:
        for clip in (None, ["norm", 1.0], ["value", 0.4]):
            p = torch.tensor([-0.6, 0.4, 0.3, -0.2], requires_grad=True)
            optimiser = getattr(torch.optim, name)([p], **settings)
            path = []
            for _ in range(25):
                optimiser.zero_grad()
                rosenbrock(p).backward()
                if clip and clip[0] == "norm":
                    p.grad *= min(1.0, clip[1] / p.grad.norm().item())
                elif clip:
                    torch.nn.utils.clip_grad_value_([p], clip[1])
                optimiser.step()
                path.append(p.tolist())
            runs.append({"optimiser": name, "settings": settings, "clip": clip, "path": path[:3] + path[9::5]})

content = {"torch": torch.__version__, "losses": cases, "optimisers": runs}
path = pathlib.Path(__file__).with_name("torch.json")
path.write_text(json.dumps(content, indent=None, separators=(",", ":")) + "\n")
print(len(cases), "losses and", len(runs), "runs written to", path.name)

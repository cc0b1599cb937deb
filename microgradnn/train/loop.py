"""The training loop: epochs of mini-batches, and what is looked at between them."""

from __future__ import annotations

from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from microgradnn.errors import SettingError
from microgradnn.losses import Loss, loss_function
from microgradnn.nn.module import Module
from microgradnn.optim.clipping import Clip
from microgradnn.optim.descent import SGD
from microgradnn.optim.optimizer import Optimizer
from microgradnn.optim.schedules import Schedule
from microgradnn.train.choice import Compile, chosen
from microgradnn.train.history import History
from microgradnn.train.job import Job, Losses
from microgradnn.train.progress import Progress, bar
from microgradnn.train.samples import chance, samples, size_of_batch, whole
from microgradnn.train.step import Trainer
from microgradnn.train.stopping import Patience

fitted: WeakKeyDictionary[Module, Loss] = WeakKeyDictionary()  # the loss that a model was last fitted to


def fit(
    model: Module,
    X: Any,
    Y: Any,
    loss: str | Loss = "mse",
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    validation: tuple[Any, Any] | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    clip: Clip = None,
    schedule: Schedule | None = None,
    shuffle: bool = False,
    patience: int | None = None,
    seed: int | Random | None = None,
    progress: Progress = None,
    compile: Compile = "auto",
) -> History:
    """Fit a model's parameters to samples, so that the mean loss, with its penalties, becomes small.

    A step takes the mean of the single samples' gradients over a mini-batch (of all samples where `batch_size`
    is None), sample k being added to lane k mod 8 and the lanes to each other; adds the gradient of
    l1·Σ|p| + l2·Σp² over all parameters; clips it; and lets the optimiser (SGD by default) move the parameters.

    loss         a name (see `microgradnn.losses`) or a function (prediction, target) -> Value of one sample
    validation   a pair X, Y on which the loss is taken after each epoch
    clip         the largest norm of a gradient; ("value", c) cuts each number of it to [−c, c] instead
    schedule     the factor on the learning rate, a function of the optimiser's steps so far
    shuffle      a new order of the samples in every epoch, from `seed` (0 unless given)
    patience     stop when the validation loss (the epoch loss, without validation) has not become less for so
                 many epochs, and put back the parameters of the best one
    progress     None: a bar where stderr is a terminal; True, False; or a function (step, steps, loss)
    compile      "auto": compiled where the loss can be traced and there is enough to do, which `history.compiled`
                 tells; True: compiled, or an error that says why not; False: by the eager engine. The numbers are
                 the same

    The same arguments give the same bits. nan and infinity raise Divergence, with the `history` so far, the model
    being left as it was before the step that met them.
    """
    rows, targets = samples(X, Y)
    held_out = samples(*_pair(validation), ("validation X", "validation Y")) if validation is not None else None
    epochs = whole(epochs, "epochs", 0)
    size, rng = size_of_batch(batch_size), chance(shuffle, seed)
    of_pair = loss_function(loss)
    if not isinstance(model, Module):
        raise SettingError(f"a model to fit is a microgradnn.nn.Module, not one {type(model).__name__}")
    fitted[model] = of_pair
    trainer = Trainer(model, SGD() if optimizer is None else optimizer, l1, l2, clip, schedule)
    seen = Losses(of_pair, model, rows, targets)
    unseen = None if held_out is None else Losses(of_pair, model, *held_out)
    job = Job(model, seen, unseen, trainer, Patience(patience, trainer.values), epochs, size, rng)
    with bar(progress, job.epochs * job.each) as job.report, job.running():
        job.way = chosen(job, compile, watched=callable(progress))
        while not job.done:
            job.way.go(job)
    return job.finish()


def _pair(validation: Any) -> tuple[Any, Any]:
    if not isinstance(validation, list | tuple) or len(validation) != 2:
        raise SettingError(
            "validation is a pair (X, Y) of inputs and targets; microgradnn.data.split makes one of a fraction"
        )
    return validation[0], validation[1]

"""Networks that compute their own loss, trained by the engine."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor, nn

from deepstat.architectures.check_options import check_count, check_positive
from deepstat.data.tensors import TensorTable
from deepstat.optimizers.adam import adam
from deepstat.schedules.linear import linear
from deepstat.training.plan import Objective, Plan
from deepstat.training.population import settle
from deepstat.training.together import train_together


def train_networks(
    networks: Sequence[nn.Module],
    rows: Tensor,
    *,
    recipe: Hashable,
    seeds: Sequence[int],
    learning_rate: float,
    max_epochs: int,
    batch_size: int = 1,
    patience: int | None = None,
    decay: bool = False,
    verbose: int = 0,
) -> list[nn.Module]:
    """Train by Adam networks whose outputs (m, 1) are the losses of the m rows that they are given.

    Parameters
    ----------
    networks : sequence of nn.Module
        Of one shape, initialised, on the device of `rows`: they train as one population.
    rows : Tensor of shape (n, width)
        A network that always looks at the whole graph has a single row, which it ignores.
    recipe : hashable
        What networks must share to be one computation that differs in parameters and buffers alone.
    seeds : sequence of int
        Of the order of rows and of the noise, one a network.
    learning_rate : float
    max_epochs, batch_size : int
    patience : int or None
        Epochs in which the loss, with the noise held still, may fail to fall before the best weights are taken.
        None: no such rule.
    decay : bool
        Whether the learning rate falls linearly to zero.
    verbose : int
        1: a progress bar; 2: a line for each epoch.

    Returns
    -------
    list of nn.Module
        Trained, in prediction mode, with memory of their own.

    Raises
    ------
    ValueError
        If an option is out of range.

    Examples
    --------
    A loss (a - row)^2 is least at the mean of the rows:

    >>> class Middle(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.a = nn.Parameter(torch.zeros(1))
    ...
    ...     def forward(self, x):
    ...         return (self.a - x) ** 2
    >>> rows = torch.tensor([[1.0], [3.0]])
    >>> options = {"learning_rate": 0.1, "max_epochs": 200, "batch_size": 2}
    >>> (network,) = train_networks([Middle()], rows, recipe="middle", seeds=[0], **options)
    >>> round(network.a.item(), 2)
    2.0
    """
    check_positive("learning_rate", learning_rate)
    for name, count in (("max_epochs", max_epochs), ("batch_size", batch_size)):
        check_count(name, count)
    if patience is not None:
        check_count("patience", patience)
    device = rows.device
    dtype = next(networks[0].parameters()).dtype
    table = TensorTable(rows, torch.zeros(len(rows), 1, dtype=dtype, device=device))
    everything = np.arange(len(rows), dtype=np.int32)
    plans = [
        Plan(
            table=table,
            rows=everything,
            validation_rows=None if patience is None else everything,
            network=network,
            recipe=recipe,
            objective=Objective(loss=own_loss),
            raw_start=torch.tensor([torch.inf], device=device),  # of no constant is anything known
            rule=adam,
            hyper={"learning_rate": float(learning_rate), **adam.defaults},
            schedule=linear if decay else None,
            batch_size=int(batch_size),
            max_epochs=int(max_epochs),
            patience=patience,
            seed=seed,
            verbose=verbose,
        )
        for network, seed in zip(networks, seeds, strict=True)
    ]
    results = train_together(plans)
    for result in results:
        if result.stopped == "nan":
            warnings.warn(
                f"Training stopped in epoch {len(result.history)} because the loss became NaN or infinite; the last "
                "good weights are kept. Try a smaller learning_rate.",
                ConvergenceWarning,
                stacklevel=2,
            )
    return [settle(plan.network, result.state) for plan, result in zip(plans, results, strict=True)]


def own_loss(raw: Tensor, target: Tensor) -> Tensor:
    """Return (m,) losses, which are the outputs (m, 1) themselves.

    Examples
    --------
    >>> own_loss(torch.tensor([[2.0], [3.0]]), torch.zeros(2, 1))
    tensor([2., 3.])
    """
    return raw[:, 0]

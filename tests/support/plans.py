"""Plans for the tests of the engine, built without estimators."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from deepstat.data.tensors import TensorTable
from deepstat.layers.dropout import Dropout
from deepstat.losses.squared import squared
from deepstat.optimizers.adam import adam
from deepstat.training.plan import Objective, Plan


def table(n=200, p=5, k=1, dtype=torch.float64, seed=0, weight=None):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, p))
    y = np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3] + 0.1 * draw.normal(size=(n, k))
    weight = None if weight is None else torch.tensor(weight, dtype=dtype)
    return TensorTable(torch.tensor(x, dtype=dtype), torch.tensor(y, dtype=dtype), weight)


def network(p=5, hidden=(8, 8), k=1, seed=0, dtype=torch.float64, dropout=0.0, batch_norm=False):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers, last = [], p
        for width in hidden:
            layers.append(nn.Linear(last, width, bias=not batch_norm))
            if batch_norm:
                layers.append(nn.BatchNorm1d(width))
            layers.append(nn.ReLU())
            if dropout:
                layers.append(Dropout(dropout))
            last = width
        return nn.Sequential(*layers, nn.Linear(last, k)).to(dtype)


def plan(
    own=None,
    *,
    seed=0,
    rows=None,
    hidden=(8, 8),
    dropout=0.0,
    batch_norm=False,
    learning_rate=1e-3,
    rule=adam,
    loss=squared,
    options=None,
    constants=(),
    residual_scale=None,
    net=None,
    **settings,
):
    own = table() if own is None else own
    n, p, k = len(own.y), own.x.shape[1], own.y.shape[1]
    net = net or network(p, hidden, k, seed, own.y.dtype, dropout, batch_norm)
    defaults = {"batch_size": 32, "max_epochs": 10}
    return Plan(
        table=own,
        rows=np.arange(n) if rows is None else np.asarray(rows),
        network=net,
        recipe=(type(net), hidden, bool(dropout), batch_norm, p, k),
        objective=Objective(loss=loss, options=options or {}, constants=constants, scale=residual_scale),
        rule=rule,
        hyper={"learning_rate": learning_rate, **rule.defaults},
        seed=seed,
        **{**defaults, **settings},
    )


def distance(a, b):
    """Largest difference of weights and buffers of two results."""
    found = [float((a.state.flat - b.state.flat).abs().max())]
    for name, value in a.state.buffers.items():
        if value.is_floating_point():
            found.append(float((value - b.state.buffers[name]).abs().max()))
    return max(found)

"""Networks that look at the whole graph at each step."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import torch
from torch import nn

from deepstat.embedding.train_networks import train_networks
from deepstat.layers.graph.edges import Edges
from deepstat.training.seed import INITIAL, mix, own_noise


def train_on_graph(
    build: Callable[[], nn.Module],
    edges: Edges,
    dtype: torch.dtype,
    *,
    recipe: Hashable,
    seeds: Sequence[int],
    **settings: Any,
) -> list[nn.Module]:
    """Build a network for each seed and train them as one population; an epoch is one step.

    Parameters
    ----------
    build : callable
        ``build() -> nn.Module`` whose output, whatever the input, is its own loss (1, 1).
    edges : Edges
        Where they lie is where it runs.
    dtype : torch.dtype
    recipe : hashable
        What the networks share, see :func:`deepstat.embedding.train_networks.train_networks`.
    seeds : sequence of int
        Of initial weights and noise.
    **settings
        ``learning_rate``, ``max_epochs``, ``patience``, ``verbose``.

    Returns
    -------
    list of nn.Module
        In prediction mode.

    Examples
    --------
    >>> class Decay(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.weight = nn.Parameter(torch.rand(1, 1))
    ...
    ...     def forward(self, x):
    ...         return self.weight**2
    >>> edges = Edges(torch.tensor([1]), torch.tensor([0]), n_nodes=2)
    >>> settings = {"learning_rate": 0.1, "max_epochs": 200}
    >>> found = train_on_graph(Decay, edges, torch.float32, recipe="decay", seeds=[0, 1], **settings)
    >>> [abs(network.weight.item()) < 0.01 for network in found]
    [True, True]
    """
    networks = []
    for seed in seeds:
        with own_noise(mix(seed, INITIAL), torch.device("cpu")):
            networks.append(build().to(device=edges.source.device, dtype=dtype))
    row = torch.zeros(1, 1, dtype=torch.int64, device=edges.source.device)
    return train_networks(networks, row, recipe=recipe, seeds=seeds, **settings)

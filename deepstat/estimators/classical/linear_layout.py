"""How the coefficients of a classical fit lie in the weights of its linear network."""

from __future__ import annotations

import functools

import torch

from deepstat.data.inputs import inputs_of
from deepstat.estimators.components import resolve_architecture
from deepstat.estimators.network import build_network
from deepstat.training.layout import Layout


@functools.lru_cache(256)
def linear_layout(p: int, q: int, n_constants: int) -> Layout:
    """Return the layout of a linear network of p columns and q outputs, with trained constants beside them.

    Pieces are called ``"...weight"`` (q, p), ``"...bias"`` (q,) and ``"constants"``.

    Examples
    --------
    >>> linear_layout(3, 2, 1).size
    9
    """
    architecture, _ = resolve_architecture("linear", None)
    network = build_network(
        architecture,
        inputs_of(p, (), None),
        q,
        n_constants=n_constants,
        seed=0,
        dtype=torch.float64,
        device=torch.device("cpu"),
    )
    return Layout.of(network)

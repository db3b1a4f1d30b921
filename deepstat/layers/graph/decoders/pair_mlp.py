"""A multilayer perceptron of both embeddings and of what the pair carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.layers.activation import make_activation
from deepstat.layers.dropout import Dropout


class PairMLP(nn.Module):
    """``f([u, v, e])``; symmetric: ``(f([u, v, e]) + f([v, u, e])) / 2``, which can be any symmetric function.

    The symmetric one costs two passes of f.

    Parameters
    ----------
    n_in : int
        Width of an embedding.
    n_outputs : int
    symmetric : bool
        Whether (u, v) and (v, u) shall have the same outputs.
    n_features : int
        Width of the features e of pairs; zero: there are none.
    hidden_layer_sizes : sequence of int, default=(32,)
    activation : callable
    activation_params : mapping or None
    dropout : float, default=0.0
        Probability of dropping a hidden unit.

    Examples
    --------
    >>> u, v, e = torch.randn(3, 5, 4)
    >>> decoder = PairMLP(4, 2, symmetric=True, n_features=4)
    >>> bool(torch.allclose(decoder(u, v, e), decoder(v, u, e)))
    True
    """

    def __init__(
        self,
        n_in: int,
        n_outputs: int,
        *,
        symmetric: bool = True,
        n_features: int = 0,
        hidden_layer_sizes: Sequence[int] = (32,),
        activation: Callable[..., Any] = torch.relu,
        activation_params: Mapping[str, Any] | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 2 * n_in + n_features
        for size in hidden_layer_sizes:
            layers += [nn.Linear(width, size), make_activation(activation, activation_params)]
            layers += [Dropout(dropout)] if dropout else []
            width = size
        self.layers = nn.Sequential(*layers, nn.Linear(width, n_outputs))
        self.symmetric = symmetric

    def forward(self, source: Tensor, target: Tensor, features: Tensor | None = None) -> Tensor:
        """Map embeddings (m, n_in) of both ends, and features (m, n_features), to (m, n_outputs)."""
        carried = [] if features is None else [features]
        x = torch.cat([source, target, *carried], 1)
        if not self.symmetric:
            return self.layers(x)
        turned = torch.cat([target, source, *carried], 1)
        there, back = self.layers(torch.cat([x, turned])).chunk(2)
        return 0.5 * (there + back)

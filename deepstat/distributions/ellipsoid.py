"""Ellipsoids, one for each row."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Ellipsoid:
    """The points within a Mahalanobis distance of a centre.

    Attributes
    ----------
    center : Tensor of shape (n, k)
    scale_tril : Tensor of shape (n, k, k)
        Lower triangle of which the product with its transpose measures distance.
    radius : float
        The distance.

    Examples
    --------
    >>> ellipse = Ellipsoid(torch.zeros(1, 2), torch.diag(torch.tensor([1.0, 3.0]))[None], 2.0)
    >>> ellipse.contains(torch.tensor([[0.0, 5.0]])), ellipse.axes().norm(dim=1)
    (tensor([True]), tensor([[2., 6.]]))
    >>> ellipse.volume()  # 12 pi
    tensor([37.6991])
    """

    center: Tensor
    scale_tril: Tensor
    radius: float

    def contains(self, value: Tensor) -> Tensor:
        """Return whether points (..., n, k) lie inside or on the surface."""
        away = (value - self.center).unsqueeze(-1)
        distance = torch.linalg.solve_triangular(self.scale_tril, away, upper=False).squeeze(-1).norm(dim=-1)
        return distance <= self.radius

    def axes(self) -> Tensor:
        """Return the half axes as columns (n, k, k), the shortest first."""
        vectors, lengths, _ = torch.linalg.svd(self.scale_tril)
        return (vectors * lengths.unsqueeze(-2)).flip(-1) * self.radius

    def volume(self) -> Tensor:
        """Return the volumes (n,)."""
        k = self.center.shape[-1]
        ball = math.pi ** (k / 2) / math.gamma(k / 2 + 1) * self.radius**k
        return self.scale_tril.diagonal(dim1=-2, dim2=-1).prod(dim=-1) * ball

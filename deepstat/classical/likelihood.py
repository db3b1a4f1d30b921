"""Maximum likelihood for any family, many weightings or responses of the same rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor

from deepstat.classical.basis import Basis, basis_of
from deepstat.classical.row_derivatives import row_derivatives
from deepstat.distributions.family import Family
from deepstat.solvers.gram import gram

# Numbers held at once while members are differentiated: 2**22 doubles are 32 MB.
_ENTRIES = 2**22


def likelihood_of(
    family: Family,
    designs: Sequence[Tensor],
    y: Tensor,
    *,
    weight: Tensor | None = None,
    offset: Tensor | None = None,
    names: Sequence[Sequence[str]] | None = None,
) -> Likelihood:
    """Set up the likelihood of a family whose raw numbers are linear in designs.

    Parameters
    ----------
    family : Family
        Its `n_row` raw numbers each have a design, in the order of `family.row_parameters`; its constants have none.
    designs : sequence of Tensor of shape (n, p_j)
        With the column of ones, where one is wanted. One object given several times is orthogonalised once.
    y : Tensor of shape (n,) or (n, columns); for a response of each member (K, n) or (K, n, columns)
    weight : Tensor of shape (n,) or (K, n), optional
        Frequencies: weight 2 is the row twice.
    offset : Tensor of shape (n,), optional
        Added to the first raw number (log exposure).
    names : sequence of sequences of str, optional
        Of the columns of each design; ``"x0"``, ... by default.

    Raises
    ------
    ValueError
        Designs are too many or few, their rows or those of y, weight or offset differ, or a design has not full rank.

    Examples
    --------
    See :func:`deepstat.classical.maximise_likelihood.maximise_likelihood`.
    """
    if len(designs) != family.n_row:
        raise ValueError(
            f"{len(designs)} design(s) were given, but {family.name!r} has {family.n_row} raw number(s) of a row: give "
            "one design for each."
        )
    n = len(designs[0])
    wide = int(family.columns > 1)
    y = torch.as_tensor(y, dtype=torch.float64)
    shared = y.dim() == 1 + wide
    rows = {"designs": {len(X) for X in designs}, "y": {y.shape[0 if shared else 1]}}
    if weight is not None:
        weight = torch.atleast_2d(torch.as_tensor(weight, dtype=torch.float64))
        rows["weight"] = {weight.shape[1]}
    if offset is not None:
        offset = torch.as_tensor(offset, dtype=torch.float64)
        rows["offset"] = {len(offset)}
    for what, counts in rows.items():
        if counts != {n}:
            raise ValueError(
                f"{what} has {sorted(counts)} rows, but the first design has {n}: give the same rows."
            )
    if names is None:
        names = [tuple(f"x{j}" for j in range(X.shape[1])) for X in designs]
    made: dict[int, Basis] = {}
    for X, labels in zip(designs, names, strict=True):
        if id(X) not in made:
            made[id(X)] = basis_of(X, labels)
    bases = tuple(made[id(X)] for X in designs)
    return Likelihood(family, bases, y if not shared else y[None], weight, offset)


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The negative log-likelihood of K members as an objective for solvers; see :func:`likelihood_of`.

    Its unknowns are the coordinates of each design's coefficients in its basis, then the raw constants.

    Attributes
    ----------
    family : Family
    bases : tuple of Basis
        One for each raw number of a row.
    y : Tensor of shape (1 or K, n) or (1 or K, n, columns)
    weight : Tensor of shape (1 or K, n) or None
    offset : Tensor of shape (n,) or None
    """

    family: Family
    bases: tuple[Basis, ...]
    y: Tensor
    weight: Tensor | None
    offset: Tensor | None

    @property
    def n_members(self) -> int:
        """K."""
        return max(len(self.y), 1 if self.weight is None else len(self.weight))

    @property
    def n_rows(self) -> int:
        """Rows of the designs."""
        return len(self.bases[0].columns)

    @property
    def blocks(self) -> tuple[slice, ...]:
        """The place of each design's coordinates among the unknowns."""
        ends = torch.tensor([0, *(basis.columns.shape[1] for basis in self.bases)]).cumsum(0).tolist()
        return tuple(slice(first, last) for first, last in pairwise(ends))

    @property
    def n_unknowns(self) -> int:
        """P."""
        return self.blocks[-1].stop + self.family.n_constant

    @property
    def transform(self) -> Tensor:
        """The matrix (P, P) from unknowns to coefficients in the units of the data; constants stay raw."""
        return torch.block_diag(
            *(basis.transform for basis in self.bases), torch.eye(self.family.n_constant, dtype=torch.float64)
        )

    def members(self, index: Tensor | slice) -> Likelihood:
        """Return the likelihood of some members alone."""
        return replace(
            self,
            y=self.y[index] if len(self.y) > 1 else self.y,
            weight=self.weight[index] if self.weight is not None and len(self.weight) > 1 else self.weight,
        )

    def raw(self, x: Tensor) -> Tensor:
        """Return the raw numbers (K, n, d) at unknowns x (K, P)."""
        heads = [x[:, block] @ basis.columns.T for block, basis in zip(self.blocks, self.bases, strict=True)]
        if self.offset is not None:
            heads[0] = heads[0] + self.offset
        constants = x[:, self.blocks[-1].stop :, None].expand(-1, -1, self.n_rows)
        return torch.cat([torch.stack(heads, 1), constants], 1).transpose(1, 2)

    def rows(self, x: Tensor, order: int) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Return the log-likelihood of rows (K, n) and its raw derivatives (K, n, d), (K, n, d, d), unweighted."""
        raw = self.raw(x)
        y = self.y.expand(len(x), *self.y.shape[1:]).flatten(0, 1)
        parts = row_derivatives(self.family, raw.flatten(0, 1), y, order)
        shape = raw.shape[:2]
        return tuple(None if part is None else part.unflatten(0, shape) for part in parts)  # type: ignore[return-value]

    def __call__(self, x: Tensor, order: int) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Return the negative log-likelihood (K,), gradient (K, P) and Hessian (K, P, P) at unknowns x (K, P)."""
        size = max(1, _ENTRIES // (self.n_rows * (self.family.n_row + self.family.n_constant) ** 2))
        if len(x) <= size:
            return self._at(x, order)
        parts = [self.members(slice(i, i + size))._at(x[i : i + size], order) for i in range(0, len(x), size)]
        return tuple(None if part[0] is None else torch.cat(part) for part in zip(*parts, strict=True))  # type: ignore[return-value]

    def _at(self, x: Tensor, order: int) -> tuple[Tensor, Tensor | None, Tensor | None]:
        value, gradient, hessian = self.rows(x, order)
        if self.weight is not None:
            value = value * self.weight
            gradient = None if gradient is None else gradient * self.weight[..., None]
            hessian = None if hessian is None else hessian * self.weight[..., None, None]
        return (
            -value.sum(1),
            None if gradient is None else -self.assembled_gradient(gradient),
            None if hessian is None else -self.assembled_hessian(hessian),
        )

    @property
    def _columns(self) -> list[Tensor]:
        """The column matrix of each raw number: a column of ones for constants."""
        one = torch.ones(self.n_rows, 1, dtype=torch.float64)
        return [basis.columns for basis in self.bases] + [one] * self.family.n_constant

    def assembled_gradient(self, gradient: Tensor) -> Tensor:
        """Sum raw gradients of rows (K, n, d) to a gradient (K, P)."""
        return torch.cat([gradient[..., a] @ Q for a, Q in enumerate(self._columns)], dim=-1)

    def assembled_hessian(self, hessian: Tensor) -> Tensor:
        """Sum raw Hessians of rows (K, n, d, d) to a Hessian (K, P, P)."""
        columns = self._columns
        blocks: list[list[Tensor]] = [[] for _ in columns]
        for a, left in enumerate(columns):
            for b, right in enumerate(columns):
                if b < a:
                    blocks[a].append(blocks[b][a].mT)
                elif left is right:
                    blocks[a].append(gram(left, hessian[..., a, b]))
                else:
                    blocks[a].append((left.T * hessian[..., None, :, a, b]) @ right)
        return torch.cat([torch.cat(row, dim=-1) for row in blocks], dim=-2)

    def row_scores(self, gradient: Tensor) -> Tensor:
        """Return the scores (n, P) of one member's rows from their raw gradients (n, d)."""
        return torch.cat([gradient[:, [a]] * Q for a, Q in enumerate(self._columns)], dim=1)

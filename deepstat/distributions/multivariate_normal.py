"""The multivariate normal distribution, by its mean and the Cholesky factor of its covariance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from scipy import stats
from torch import Tensor

from deepstat.distributions.ellipsoid import Ellipsoid
from deepstat.distributions.normal import Normal
from deepstat.distributions.normal_norm import normal_norm


class MultivariateNormal(torch.distributions.MultivariateNormal):
    """Several numbers with a full covariance.

    Parameters
    ----------
    loc : Tensor of shape (n, k)
    scale_tril : Tensor of shape (n, k, k)
        Lower triangular with positive diagonal: its product with its transpose is the covariance.

    Examples
    --------
    >>> pair = MultivariateNormal(torch.zeros(1, 2), torch.tensor([[[1.0, 0.0], [3.0, 4.0]]]))
    >>> pair.covariance_matrix
    tensor([[[ 1.,  3.],
             [ 3., 25.]]])
    >>> given = pair.conditional(1, {0: torch.tensor([2.0])})
    >>> given.mean, given.stddev
    (tensor([6.]), tensor([4.]))

    References
    ----------
    Williams (1996), Using neural networks to model conditional multivariate densities; Gneiting and Raftery (2007),
    Strictly proper scoring rules, prediction, and estimation (the energy score).
    """

    def __init__(self, loc: Tensor, scale_tril: Tensor, validate_args: bool | None = None) -> None:
        super().__init__(loc, scale_tril=scale_tril, validate_args=validate_args)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density at (..., n, k)."""
        away = (value - self.loc).unsqueeze(-1)
        standard = torch.linalg.solve_triangular(self.scale_tril, away, upper=False).squeeze(-1)
        log_det = self.scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
        return (
            -0.5 * standard.square().sum(dim=-1) - log_det - 0.5 * math.log(2 * math.pi) * self.loc.shape[-1]
        )

    def crps(self, value: Tensor) -> Tensor:
        """Return the energy score E‖Y - value‖ - E‖Y - Y'‖ / 2, exactly, for one column the CRPS.

        It adds lengths of all columns, so columns in units of their own are better divided by a scale first.
        """
        covariance = self.covariance_matrix
        return normal_norm(value - self.loc, covariance) - 0.5 * normal_norm(0.0 * self.loc, 2 * covariance)

    def marginal(self, columns: int | Sequence[int]) -> Normal | MultivariateNormal:
        """Return the distribution of one column (normal), or of several.

        Parameters
        ----------
        columns : int or sequence of int
        """
        if isinstance(columns, int):
            return Normal(self.loc[..., columns], self.stddev[..., columns], validate_args=False)
        chosen = list(columns)
        covariance = self.covariance_matrix[..., chosen, :][..., chosen]
        return MultivariateNormal(
            self.loc[..., chosen], torch.linalg.cholesky(covariance), validate_args=False
        )

    def conditional(
        self, columns: int | Sequence[int], given: Mapping[int, Tensor]
    ) -> Normal | MultivariateNormal:
        """Return the distribution of one column or several where others are known.

        Parameters
        ----------
        columns : int or sequence of int
            Those that are asked for.
        given : mapping of int to Tensor of shape (n,)
            Values of known columns. Columns neither asked for nor known are integrated out.

        Raises
        ------
        ValueError
            A column is both asked for and known.
        """
        asked, known = [columns] if isinstance(columns, int) else list(columns), list(given)
        if set(asked) & set(known):
            raise ValueError(
                f"Columns {sorted(set(asked) & set(known))} are asked for and given: leave them out of one."
            )
        # With the known columns first, the Cholesky factor holds the weights of the mean and the conditional factor.
        joint = self.marginal([*known, *asked])
        n = len(known)
        if not n:
            return self.marginal(columns)
        away = torch.stack([torch.as_tensor(given[j]) for j in known], dim=-1) - joint.loc[..., :n]
        factor = joint.scale_tril
        standard = torch.linalg.solve_triangular(factor[..., :n, :n], away.unsqueeze(-1), upper=False)
        loc = joint.loc[..., n:] + (factor[..., n:, :n] @ standard).squeeze(-1)
        scale = factor[..., n:, n:]
        if isinstance(columns, int):
            return Normal(loc[..., 0], scale[..., 0, 0], validate_args=False)
        return MultivariateNormal(loc, scale, validate_args=False)

    def region(self, level: float = 0.95) -> Ellipsoid:
        """Return the ellipsoid of highest density that holds Y with probability `level`."""
        if not 0 < level < 1:
            raise ValueError(f"level={level!r} is not allowed; give a number in (0, 1).")
        radius = math.sqrt(stats.chi2.ppf(level, self.loc.shape[-1]))
        return Ellipsoid(self.loc, self.scale_tril, radius)

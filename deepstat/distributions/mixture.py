"""Mixtures of one family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Size, Tensor
from torch.distributions import Distribution, Normal, constraints

from deepstat.distributions.blend import inner_breaks
from deepstat.distributions.family import Family
from deepstat.distributions.inversion import invert
from deepstat.distributions.marginal_fit import marginal_fit
from deepstat.distributions.normal_mixture_crps import normal_mixture_crps
from deepstat.distributions.quantile import quantile
from deepstat.distributions.support_ends import support_ends
from deepstat.distributions.wrapping import LINE, check_wrappable, split_raw, wrap
from deepstat.records import Parameter

# Of every row's weight, what counts in groups other than its own when a mixture starts: keeps scales from collapsing.
SHARED = 0.1


def mixture(family: Family, *, n_components: int = 2) -> Family:
    """Return the mixtures of `n_components` members of a family, with weights that may depend on the row.

    The density is the weighted sum of the components'. Each parameter of the inner family becomes a vector, and keeps
    its link and its floor: without a floor of the scale the likelihood of a mixture of normals has no maximum.
    Components have no names: those of two fits need not come in the same order, so report the density, the mean,
    quantiles and regions of highest density, not a component. Fits start from the components' fits to groups of y
    between its quantiles.

    Parameters
    ----------
    family : Family
        On the line, with numbers as parameters.
    n_components : int >= 2

    References
    ----------
    McLachlan and Peel (2000), Finite Mixture Models. Bishop (1994), Mixture density networks.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution
    >>> record = Distribution(name="normal", target=Normal, parameters=(Parameter("loc"), Parameter("scale", "exp")))
    >>> family = mixture(family_of(record, Normal), n_components=3)
    >>> family.name, [(p.name, p.size) for p in family.parameters]
    ('mixture(normal)', [('loc', 3), ('scale', 3), ('weights', 3)])
    """
    check_mixture(n_components=n_components)
    check_wrappable("mixture", family, LINE, "it takes families of one number with an order, and no angles")
    vectors = [parameter.name for parameter in family.parameters if parameter.size]
    if vectors:
        raise ValueError(
            f"mixture cannot wrap {family.name!r}: its {vectors[0]!r} is a vector; wrap a family with numbers only."
        )
    parameters = tuple(replace(parameter, size=n_components) for parameter in family.parameters)
    weights = Parameter("weights", "simplex", size=n_components)
    return wrap("mixture", Mixture, family, parameters=parameters, own=(weights,))


def check_mixture(*, n_components: int = 2) -> None:
    """Raise ``ValueError`` for options outside their range."""
    if isinstance(n_components, bool) or not isinstance(n_components, int) or n_components < 2:
        raise ValueError(f"mixture: n_components={n_components!r} is not allowed; give a whole number >= 2.")


class Mixture(Distribution):
    """The mixture of the components that a distribution has in its last batch dimension.

    Parameters
    ----------
    base : torch.distributions.Distribution of batch shape (n, k)
    weights : Tensor of shape (n, k)
        Non-negative; each row sums to one.

    References
    ----------
    McLachlan and Peel (2000), Finite Mixture Models.

    Examples
    --------
    >>> both = Mixture(Normal(torch.tensor([[-2.0, 2.0]]), torch.ones(1, 2)), torch.tensor([[0.5, 0.5]]))
    >>> both.mean, both.variance, both.cdf(torch.zeros(1))
    (tensor([0.]), tensor([5.]), tensor([0.5000]))
    """

    arg_constraints: ClassVar[dict[str, Any]] = {}

    def __init__(self, base: Any, weights: Tensor) -> None:
        self.base, self.weights = base, weights
        super().__init__(torch.broadcast_shapes(base.batch_shape, weights.shape)[:-1], validate_args=False)

    @property
    def support(self) -> Any:
        """The union of the components' supports, taken as one piece."""
        support = self.base.support
        low, high = support_ends(support)
        if isinstance(low, Tensor) and low.ndim:
            low = low.amin(-1)
        if isinstance(high, Tensor) and high.ndim:
            high = high.amax(-1)
        if not isinstance(low, Tensor) and not isinstance(high, Tensor):
            return support
        return (constraints.integer_interval if support.is_discrete else constraints.interval)(low, high)

    @property
    def log_weights(self) -> Tensor:
        """Logarithms of the weights, finite also where one has underflowed."""
        return self.weights.clamp_min(torch.finfo(self.weights.dtype).tiny).log()

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the log density."""
        return (self.log_weights + self.base.log_prob(value[..., None])).logsumexp(-1)

    def log_cdf(self, value: Tensor) -> Tensor:
        """Return log P(Y <= value)."""
        return (self.log_weights + self.base.log_cdf(value[..., None])).logsumexp(-1)

    def log_survival(self, value: Tensor) -> Tensor:
        """Return log P(Y > value)."""
        return (self.log_weights + self.base.log_survival(value[..., None])).logsumexp(-1)

    @property
    def mean(self) -> Tensor:
        """The weighted mean of the means."""
        return (self.weights * self.base.mean).sum(-1)

    @property
    def variance(self) -> Tensor:
        """The variance within components and between their means."""
        away = self.base.mean - self.mean[..., None]
        return (self.weights * (self.base.variance + away.square())).sum(-1)

    def cdf(self, value: Tensor) -> Tensor:
        """Return P(Y <= value)."""
        return (self.weights * self.base.cdf(value[..., None])).sum(-1)

    def icdf(self, value: Tensor) -> Tensor:
        """Return the quantiles: between the least and the greatest of the components'."""
        of_components = quantile(self.base, value[..., None])
        start = (of_components.amin(-1), of_components.amax(-1))
        support = self.support
        return invert(self.cdf, value, start, support_ends(support), is_discrete=support.is_discrete)

    def breaks(self, levels: Tensor) -> Tensor:
        """Return places (b, n) where the density may change its course: those of all components."""
        return inner_breaks(self.base, levels[..., None]).movedim(-1, 1).flatten(0, 1)

    def nodes(self, q: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return places (p, n) and weights of a mean, given probabilities and weights (p, n) of one for a component."""
        places = quantile(self.base, q[..., None]).movedim(-1, 1).flatten(0, 1)
        return places, (weight[..., None] * self.weights).movedim(-1, 1).flatten(0, 1)

    def crps(self, value: Tensor) -> Tensor:
        """Return the continuous ranked probability score, where the components are normal."""
        if not isinstance(self.base, Normal):
            raise NotImplementedError("The CRPS of a mixture has a closed form for normal components only.")
        return normal_mixture_crps(value, self.weights, self.base.loc, self.base.scale)

    def sample(self, sample_shape: Size | tuple[int, ...] = ()) -> Tensor:
        """Draw a component for each row, then from it."""
        shape = Size(sample_shape)
        with torch.no_grad():
            draws = self.base.sample(shape)
            weights = self.weights.expand(draws.shape[len(shape) :])
            chosen = torch.distributions.Categorical(probs=weights, validate_args=False).sample(shape)
            return draws.gather(-1, chosen[..., None])[..., 0]

    @staticmethod
    def start(
        inner: Family, n_components: int, y: Tensor, weight: Tensor, options: Mapping[str, Any]
    ) -> dict[str, Tensor]:
        """Fit each component to the rows between two quantiles of y, and a little to all others."""
        order = y.argsort()
        below = torch.empty_like(weight)
        below[order] = weight[order].cumsum(0) - weight[order] / 2
        group = (below / weight.sum() * n_components).floor()
        fits = []
        for k in range(n_components):
            own = weight * ((group == k) + SHARED / n_components)
            fits.append(split_raw(inner, torch.from_numpy(marginal_fit(inner, y[:, None], own, options))))
        pieces = {p.name: torch.cat([fit[p.name] for fit in fits]) for p in inner.parameters}
        return {**pieces, "weights": torch.zeros(n_components, dtype=y.dtype)}

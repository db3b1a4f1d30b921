"""Predicted distributions, one for each row, with NumPy in and out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from deepstat.distributions.angular_crps import angular_crps
from deepstat.distributions.at_places import at_places
from deepstat.distributions.blend import Blend
from deepstat.distributions.central_arc import central_arc
from deepstat.distributions.characteristic import on_circle
from deepstat.distributions.densest_region import densest_region
from deepstat.distributions.draw import draw
from deepstat.distributions.family import Family, as_tensor
from deepstat.distributions.family_of_part import family_of_part
from deepstat.distributions.normal_components import normal_components
from deepstat.distributions.normal_mixture_crps import normal_mixture_crps
from deepstat.distributions.numeric_crps import numeric_crps
from deepstat.distributions.numeric_entropy import numeric_entropy
from deepstat.distributions.shortest_interval import shortest_interval

Array = NDArray[np.float64]
ROWS = 1_000  # of which integrals are taken at a time


class PredictedDistribution:
    """The distributions that a model predicts for n rows.

    With several members (an ensemble) it is their equal-weight mixture. All numbers are float64, and nothing is drawn
    at random, except by :meth:`sample`. What a family does not have raises ``NotImplementedError``.

    Parameters
    ----------
    family : Family
    values : sequence of mappings
        The parameters of each member by name, with an entry or a vector for each row, or one for all rows.
    options : mapping or None
        Options that replace the family's, the same for all rows.
    by_row : mapping or None
        Options with an entry for each row, such as ``total_count``.
    observed : bool
        Whether to predict what will be seen of a censored variable, and not the variable.

    Notes
    -----
    Univariate methods take y as a number, (n,), or (n, m) for m places in each row. For a censored family everything is
    that of the latent variable, but ``log_prob``, which is the log-likelihood of what was seen.

    References
    ----------
    Gneiting and Raftery (2007), Strictly proper scoring rules, prediction, and estimation, JASA 102.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.distributions.normal import Normal
    >>> from deepstat.records import Distribution
    >>> family = family_of(Distribution(name="normal", target=Normal), Normal)
    >>> predicted = PredictedDistribution(family, [{"loc": [0.0, 5.0], "scale": [1.0, 2.0]}])
    >>> predicted.mean, predicted.std
    (array([0., 5.]), array([1., 2.]))
    >>> predicted.interval(0.9).round(2)
    array([[-1.64,  1.64],
           [ 1.71,  8.29]])
    >>> predicted[1].cdf(5.0)
    array([0.5])
    """

    def __init__(
        self,
        family: Family,
        values: Sequence[Mapping[str, Any]],
        options: Mapping[str, Any] | None = None,
        by_row: Mapping[str, Any] | None = None,
        *,
        observed: bool = False,
    ) -> None:
        if not values:
            raise ValueError(
                "A predicted distribution needs the parameters of one member or more: values is empty."
            )
        self.family = family
        self._values = [{name: as_tensor(value) for name, value in each.items()} for each in values]
        fixed = dict(options or {})
        self._options = {k: as_tensor(v) if isinstance(v, np.ndarray) else v for k, v in fixed.items()}
        self._by_row = {name: as_tensor(value) for name, value in (by_row or {}).items()}
        self._observed = observed
        rows = [*(value for each in self._values for value in each.values()), *self._by_row.values()]
        self._n = max(len(value) for value in rows)
        self._values = [{k: self._to_rows(v) for k, v in each.items()} for each in self._values]
        self._by_row = {name: self._to_rows(value) for name, value in self._by_row.items()}

    def _to_rows(self, value: Tensor) -> Tensor:
        if len(value) not in (1, self._n):
            raise ValueError(f"A parameter has {len(value)} rows, but another one has {self._n}.")
        return value.expand(self._n, *value.shape[1:])

    def __len__(self) -> int:
        return self._n

    def __repr__(self) -> str:
        members = f", {self.n_members} members" if self.n_members > 1 else ""
        return f"<PredictedDistribution: {self.family.name}, {self._n} rows{members}>"

    def __getitem__(self, rows: Any) -> PredictedDistribution:
        """Return the distributions of some rows: an int (one row), slice, mask or array of indices."""
        index = np.atleast_1d(np.arange(self._n)[rows])
        return PredictedDistribution(
            self.family,
            [{name: value[index] for name, value in each.items()} for each in self._values],
            self._options,
            {name: value[index] for name, value in self._by_row.items()},
            observed=self._observed,
        )

    @property
    def n_members(self) -> int:
        """Members of the mixture: 1 for a single model."""
        return len(self._values)

    @cached_property
    def members(self) -> list[Any]:
        """The members as ``torch.distributions`` objects over the rows, as they were trained."""
        options = {**self._options, **self._by_row}
        members = [self.family.at(each, **options) for each in self._values]
        return [member.observed() for member in members] if self._observed else members

    @cached_property
    def _blend(self) -> Blend:
        return Blend([getattr(member, "latent", member) for member in self.members])

    @property
    def parameters(self) -> Any:
        """The parameters by name, in units of the target; of several members, a list of them."""
        arrays = [{name: value.numpy() for name, value in each.items()} for each in self._values]
        return arrays[0] if len(arrays) == 1 else arrays

    def observed(self) -> PredictedDistribution:
        """Return the distribution of what will be seen of a censored variable."""
        if not hasattr(self.members[0], "observed"):
            raise self._missing("observed")
        with self._has("observed"):
            self.members[0].observed()
        return PredictedDistribution(self.family, self._values, self._options, self._by_row, observed=True)

    @property
    def mean(self) -> Array:
        """The means, (n,) or (n, k); of directions the mean direction, in (-pi, pi]."""
        with self._has("mean"):
            if self._is_circular:
                return self._resultant.angle().numpy()
            return torch.stack([member.mean for member in self._blend.members]).mean(0).numpy()

    @property
    def variance(self) -> Array:
        """The variances, (n,) or (n, k): within members and between their means; circular for directions."""
        with self._has("variance"):
            if self._is_circular:
                return (1 - self._resultant.abs()).numpy()
            means = torch.stack([member.mean for member in self._blend.members])
            within = torch.stack([member.variance for member in self._blend.members]).mean(0)
            return (within + means.var(0, correction=0)).numpy()

    @property
    def std(self) -> Array:
        """The standard deviations; of directions sqrt(-2 log(1 - variance))."""
        return np.sqrt(-2 * np.log1p(-self.variance) if self._is_circular else self.variance)

    @property
    def median(self) -> Array:
        """The medians, (n,)."""
        return self.icdf(0.5)

    @property
    def center(self) -> Array:
        """What ``predict`` returns: what the family's record calls its centre."""
        return self.median if self.family.record.center == "median" else self.mean

    def log_prob(self, y: ArrayLike) -> Array:
        """Return the log density, or log probability, of targets as the model was trained on."""
        several = self.family.columns > 1 and not self._observed
        if several and not (self.family.record.domain == "trials" and np.ndim(y) < 2):
            value = as_tensor(np.asarray(y, dtype=np.float64))
            each = torch.stack([member.log_prob(value) for member in self.members])
            return (each.logsumexp(0) - math.log(self.n_members)).numpy()
        return self._at(Blend(self.members).log_prob, y)

    def pdf(self, y: ArrayLike) -> Array:
        """Return the densities of continuous families."""
        if self._is_discrete:
            raise NotImplementedError(f"{self.family.name!r} has probabilities, not densities: use pmf.")
        return self._density(y)

    def pmf(self, y: ArrayLike) -> Array:
        """Return the probabilities of values of discrete families."""
        if not self._is_discrete:
            raise NotImplementedError(
                f"{self.family.name!r} has a density, not probabilities of values: use pdf."
            )
        return self._density(y)

    def _density(self, y: ArrayLike) -> Array:
        return np.exp(self.log_prob(y) if self._is_vector else self._at(self._blend.log_prob, y))

    def cdf(self, y: ArrayLike) -> Array:
        """Return P(Y <= y)."""
        with self._has("cdf"):
            self._refuse_circles()
            return self._at(self._blend.cdf, y)

    def icdf(self, q: ArrayLike) -> Array:
        """Return quantiles, the smallest values with P(Y <= value) >= q: (n,) for a number, (n, m) for m of them."""
        with self._has("icdf"):
            self._refuse_circles()
            level = as_tensor(np.asarray(q, dtype=np.float64))
            found = self._blend.quantile(level.reshape(-1, 1)).expand(-1, self._n)
            return (found[0] if level.ndim == 0 else found.T).numpy()

    def interval(self, level: float = 0.95) -> Array:
        """Return intervals that hold Y with probability `level`, (n, 2).

        Continuous: equal-tailed. Discrete: the shortest with at least that probability (see :meth:`attained`).
        Directions: an arc around the mean direction, with an upper end that may exceed pi. Several columns: (n, k, 2),
        for each column by itself.
        """
        level = _level(level)
        with self._has("interval"):
            if self._is_vector:
                return np.stack([self.marginal(j).interval(level) for j in range(self.family.columns)], 1)
            if self._is_circular and self.n_members > 1:
                return central_arc(self._on_circle[1], level).numpy()
            if self._is_discrete:
                return np.array(self._in_parts(lambda part, rows: shortest_interval(part, level).numpy()))
            return self.icdf(np.array([(1 - level) / 2, (1 + level) / 2]))

    def attained(self, level: float = 0.95) -> Array:
        """Return the probability of each of the intervals that ``interval(level)`` gives."""
        if self._is_vector or self._is_circular or not self._is_discrete:
            return np.full(self._n, _level(level))
        low, high = self.interval(level).T
        return self.cdf(high) - self.cdf(np.nextafter(low, -np.inf))

    def hdr(self, level: float = 0.95) -> list[Array]:
        """Return the region of highest density of each row: its intervals, (j, 2), several for several modes."""
        if self._is_vector or self._is_circular:
            raise self._missing("hdr")
        with self._has("hdr"):
            return self._in_parts(lambda part, rows: densest_region(part, _level(level)))

    def entropy(self) -> Array:
        """Return the entropies, in nats: in closed form where the family has one, else by quadrature or summation."""
        with self._has("entropy"):
            if self.n_members == 1:
                try:
                    return self._blend.members[0].entropy().numpy()
                except NotImplementedError:
                    pass
            if self._is_vector:
                raise NotImplementedError
            if self._is_circular:
                log_density = self._on_circle[0]
                return -(log_density.exp() * log_density).mean(0).numpy() * 2 * math.pi
            return np.array(self._in_parts(lambda part, rows: numeric_entropy(part).numpy()))

    def crps(self, y: ArrayLike) -> Array:
        """Return the continuous ranked probability scores, (n,): small is good, in units of y.

        In closed form where there is one, else by quadrature or summation. Ordinal: the ranked probability score;
        directions: the angular one, in radians; several columns: the energy score.
        """
        value = as_tensor(np.asarray(y, dtype=np.float64))
        with self._has("crps"):
            if not self._is_vector:
                value = value.expand(self._n)
            own = getattr(self._blend.members[0], "crps", None)
            if self.n_members == 1 and own is not None:
                try:
                    return own(value).numpy()
                except NotImplementedError:
                    pass
            if self._is_vector:
                raise NotImplementedError
            normals = normal_components(self._blend.members)
            if normals is not None:
                return normal_mixture_crps(value, *normals).numpy()
            if self._is_circular:
                return angular_crps(self._on_circle[1], value).numpy()
            return np.array(self._in_parts(lambda part, rows: numeric_crps(part, value[rows]).numpy()))

    def sample(self, size: int | None = None, random_state: Any = None) -> Array:
        """Draw once for each row, (n, ...), or `size` times, (size, n, ...); `random_state` as NumPy takes it."""
        with self._has("sample"):
            return draw(self._blend.members, size, random_state).double().numpy()

    def marginal(self, columns: int | Sequence[int]) -> PredictedDistribution:
        """Return the distributions of one column of several, or of some."""
        return self._of_parts("marginal", columns)

    def conditional(
        self, columns: int | Sequence[int], given: Mapping[int, ArrayLike]
    ) -> PredictedDistribution:
        """Return the distributions of columns where others are known, {column: (n,)}; of a single model only."""
        if self.n_members > 1:  # the weights of the members would depend on what is known
            raise self._missing("conditional")
        known = {column: as_tensor(value).expand(self._n) for column, value in given.items()}
        return self._of_parts("conditional", columns, known)

    def region(self, level: float = 0.95) -> Any:
        """Return the regions of highest density of several columns: ellipsoids; of a single model only."""
        if self.n_members > 1 or not hasattr(self._blend.members[0], "region"):
            raise self._missing("region")
        return self._blend.members[0].region(_level(level))

    def top(self, m: int = 1) -> Array:
        """Return the probability that each item of a ranking is among the first m, (n, k)."""
        if not hasattr(self._blend.members[0], "top"):
            raise self._missing("top")
        return torch.stack([member.top(m) for member in self._blend.members]).mean(0).numpy()

    def _of_parts(self, method: str, *arguments: Any) -> PredictedDistribution:
        if not hasattr(self._blend.members[0], method):
            raise self._missing(method)
        parts = [getattr(member, method)(*arguments) for member in self._blend.members]
        return PredictedDistribution(*family_of_part(self.family, method, parts))

    def _in_parts(self, function: Callable[[Blend, Array], Any]) -> list[Any]:
        """Apply a function of a blend and its rows to parts whose tables fit into memory.

        Of counts, rows whose tables are about as long go together.
        """
        size = np.zeros(self._n)
        if self._is_discrete and not self._blend.is_finite:
            low, high = self.icdf([0.005, 0.995]).T
            size = np.ceil(np.log2(high - low + 8))
        groups = [np.flatnonzero(size == each) for each in np.unique(size)]
        parts = [rows for group in groups for rows in np.array_split(group, -(-len(group) // ROWS))]
        results = [each for rows in parts for each in function(self[rows]._blend, rows)]
        return [results[place] for place in np.argsort(np.concatenate(parts))]

    @property
    def _is_discrete(self) -> bool:
        return self._blend.is_discrete

    @property
    def _is_vector(self) -> bool:
        return len(self._blend.members[0].event_shape) > 0

    @property
    def _is_circular(self) -> bool:
        return self.family.record.center == "direction"

    def _refuse_circles(self) -> None:
        if self._is_circular and self.n_members > 1:
            raise NotImplementedError  # each member opens the circle opposite to its own direction

    @cached_property
    def _on_circle(self) -> tuple[Tensor, Tensor]:
        return on_circle(self._blend)

    @property
    def _resultant(self) -> Tensor:
        """E exp(i Y) from the members' mean directions and circular variances."""
        return torch.stack(
            [torch.polar(1 - member.variance, member.mean) for member in self._blend.members]
        ).mean(0)

    def _at(self, function: Callable[[Tensor], Tensor], y: ArrayLike) -> Array:
        return at_places(function, as_tensor(np.asarray(y, dtype=np.float64)), self._n).numpy()

    def _missing(self, what: str) -> NotImplementedError:
        members = " of several members" if self.n_members > 1 else ""
        return NotImplementedError(f"The distribution {self.family.name!r} has no {what}{members}.")

    @contextmanager
    def _has(self, what: str) -> Iterator[None]:
        """Refuse what the family's record says it lacks, and name the family in what its distribution refuses."""
        if what in self.family.record.lacks:
            raise self._missing(what)
        try:
            yield
        except NotImplementedError as error:
            if str(error).startswith("The distribution "):
                raise
            raise self._missing(what) from error


def _level(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level={level!r} is not allowed: give a probability between 0 and 1, such as 0.95.")
    return float(level)

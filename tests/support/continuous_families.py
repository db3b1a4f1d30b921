"""The continuous families with SciPy's names for them, and checks that raise where the two differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.stats
import torch

from deepstat.distributions.beta import Beta
from deepstat.distributions.exponential import Exponential
from deepstat.distributions.gamma import Gamma
from deepstat.distributions.generalized_pareto import GeneralizedPareto
from deepstat.distributions.inverse_gaussian import InverseGaussian
from deepstat.distributions.laplace import Laplace
from deepstat.distributions.lognormal import LogNormal
from deepstat.distributions.normal import Normal
from deepstat.distributions.student_t import StudentT
from deepstat.distributions.von_mises import VonMises
from deepstat.distributions.weibull import Weibull

PROBABILITIES = np.array([1e-6, 0.01, 0.3, 0.5, 0.8, 0.99, 1 - 1e-6])
# Edges of panels on which to integrate: places with these probabilities below, or above.
_EDGES = np.concatenate([10.0 ** np.arange(-15, -1, 0.25), np.arange(0.05, 0.51, 0.05)])
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(30)


@dataclass(frozen=True)
class Case:
    """A family, settings of its parameters, and SciPy's distribution of the same."""

    distribution: Callable[..., Any]
    parameters: dict[str, list[float]]
    reference: Callable[..., Any]
    extremes: dict[str, list[float]]
    values: list[float]
    lacks: tuple[str, ...] = ()

    @property
    def name(self):
        return self.distribution.__name__

    def arrays(self):
        return {name: np.array(each) for name, each in self.parameters.items()}

    def at(self, dtype=torch.float64, **changed):
        given = {name: torch.tensor(each, dtype=dtype) for name, each in self.parameters.items()}
        return self.distribution(**{**given, **changed}, validate_args=False)

    def frozen(self, row=None):
        arrays = self.arrays()
        return self.reference(**(arrays if row is None else {k: v[row] for k, v in arrays.items()}))

    @property
    def n(self):
        return len(next(iter(self.parameters.values())))

    def places(self):
        """Return values (m, n) at the reference's quantiles."""
        return self.frozen().ppf(PROBABILITIES[:, None])

    def instead(self, distribution):
        return replace(self, distribution=distribution)


_WIDE = [1e-6, 1e-3, 1.0, 1e3, 1e6]
_REAL = [-1e6, -1.0, 0.0, 1e-6, 1e6]
_POSITIVE = [1e-12, 1e-6, 0.5, 1.0, 30.0, 1e6]

CASES = [
    Case(
        Normal,
        {"loc": [0.0, -3.0, 100.0], "scale": [1.0, 0.01, 20.0]},
        lambda loc, scale: scipy.stats.norm(loc, scale),
        {"loc": _REAL, "scale": _WIDE[1:]},
        _REAL,
    ),
    Case(
        Laplace,
        {"loc": [0.0, -3.0, 100.0], "scale": [1.0, 0.01, 20.0]},
        lambda loc, scale: scipy.stats.laplace(loc, scale),
        {"loc": _REAL, "scale": _WIDE[1:]},
        _REAL,
    ),
    Case(
        StudentT,
        {
            "df": [0.8, 1.0, 1.5, 2.5, 4.0, 30.0, 1e4],
            "loc": [0.0, 1.0, -3.0, 0.0, 2.0, 5.0, 1.0],
            "scale": [1.0, 0.5, 2.0, 1.0, 0.1, 3.0, 1.0],
        },
        lambda df, loc, scale: scipy.stats.t(df, loc, scale),
        {"df": [0.01, 1.0, 50.0, 1e4, 1e8], "loc": [-1e6, 0.0, 1.0], "scale": _WIDE[1:]},
        _REAL,
    ),
    Case(
        LogNormal,
        {"loc": [0.0, -2.0, 3.0], "scale": [1.0, 0.05, 2.0]},
        lambda loc, scale: scipy.stats.lognorm(scale, scale=np.exp(loc)),
        {"loc": [-20.0, 0.0, 20.0], "scale": [1e-3, 1.0, 1e3]},
        _POSITIVE,
    ),
    Case(
        Exponential,
        {"scale": [1.0, 0.01, 50.0]},
        lambda scale: scipy.stats.expon(scale=scale),
        {"scale": _WIDE},
        [0.0, *_POSITIVE],
    ),
    Case(
        Gamma,
        {"mean": [1.0, 5.0, 0.2, 10.0, 3.0], "concentration": [1.0, 0.3, 2.5, 40.0, 2e3]},
        lambda mean, concentration: scipy.stats.gamma(concentration, scale=mean / concentration),
        {"mean": _WIDE, "concentration": [1e-3, 0.5, 1.0, 50.0, 1e6]},
        _POSITIVE,
    ),
    Case(
        Weibull,
        {"scale": [1.0, 5.0, 0.2], "concentration": [1.0, 0.6, 12.0]},
        lambda scale, concentration: scipy.stats.weibull_min(concentration, scale=scale),
        {"scale": _WIDE, "concentration": [1e-2, 1.0, 50.0]},
        _POSITIVE,
    ),
    Case(
        InverseGaussian,
        {"mean": [1.0, 5.0, 0.2, 3.0], "concentration": [1.0, 0.5, 2.0, 90.0]},
        lambda mean, concentration: scipy.stats.invgauss(mean / concentration, scale=concentration),
        {"mean": _WIDE, "concentration": _WIDE},
        [1e-6, 0.5, 1.0, 30.0, 1e6],
        lacks=("crps",),
    ),
    Case(
        Beta,
        {"mean": [0.5, 0.1, 0.7, 0.3, 0.5], "precision": [2.0, 5.0, 3.0, 2e3, 1.3]},
        lambda mean, precision: scipy.stats.beta(mean * precision, (1 - mean) * precision),
        {"mean": [0.0, 1e-6, 0.5, 1.0], "precision": [1e-2, 1.0, 1e2, 1e6]},
        [1e-12, 1e-3, 0.5, 1 - 1e-6],
    ),
    Case(
        GeneralizedPareto,
        {"scale": [1.0, 5.0, 0.2, 1.0, 2.0, 1.0], "concentration": [0.0, 0.3, -0.3, 1e-7, 1.0, 1.2]},
        lambda scale, concentration: scipy.stats.genpareto(concentration, scale=scale),
        {"scale": _WIDE, "concentration": [-2.0, -0.5, -1e-8, 0.0, 1e-8, 0.5, 3.0]},
        [0.0, 1e-12, 0.5, 30.0, 1e6],
    ),
    Case(
        VonMises,
        {"loc": [0.0, 3.0, -1.0, 10.0], "concentration": [1e-3, 1.0, 8.0, 300.0]},
        lambda loc, concentration: scipy.stats.vonmises(concentration, loc),
        {"loc": [-100.0, 0.0, 3.0], "concentration": [0.0, 1e-6, 1.0, 99.0, 101.0, 1e8]},
        [-100.0, -3.0, 0.0, 1.0, 1e3],
        lacks=("log_cdf", "log_survival", "variance", "mean", "crps"),  # circular: checked on their own
    ),
]
LINEAR = [case for case in CASES if case.distribution is not VonMises]
TAILED = [case for case in CASES if "log_cdf" not in case.lacks]
SCORED = [case for case in CASES if "crps" not in case.lacks]


def named(cases):
    """Return keywords of ``pytest.mark.parametrize`` for cases."""
    return {"argnames": "case", "argvalues": cases, "ids": [case.name for case in cases]}


def tensor(values):
    return torch.as_tensor(np.asarray(values), dtype=torch.float64)


def panels(frozen, *, more=()):
    """Return nodes and weights over all but 1e-15 of each tail of a single distribution."""
    edges = np.concatenate([frozen.ppf(_EDGES), frozen.isf(_EDGES), np.asarray(more, dtype=float)])
    low, high = frozen.support()
    # Next to an upper end float64 has no room for nodes.
    return between(np.unique(np.clip(edges, low, high - 1e-13 if np.isfinite(high) else high)))


def between(edges):
    """Return nodes and weights of Gauss and Legendre on the panels between increasing edges."""
    half, middle = 0.5 * np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
    return (middle[:, None] + half[:, None] * _NODES).ravel(), (half[:, None] * _WEIGHTS).ravel()


def row(distribution, index):
    """Return the distribution of one row, for any number of values."""
    names = distribution.arg_constraints
    return type(distribution)(
        **{name: getattr(distribution, name)[index] for name in names}, validate_args=False
    )


def check_density(case, tolerance=1e-9):
    """Compare the log density with SciPy's, and its integral with one."""
    given, y = case.at(), case.places()
    np.testing.assert_allclose(
        given.log_prob(tensor(y)), case.frozen().logpdf(y), rtol=tolerance, atol=tolerance
    )
    for i in range(case.n):
        nodes, weights = panels(case.frozen(i))
        mass = weights @ row(given, i).log_prob(tensor(nodes)).exp().numpy()
        np.testing.assert_allclose(mass, 1.0, rtol=max(tolerance, 1e-8))


def check_quantiles(case, tolerance=1e-9):
    """Compare cdf and quantiles with SciPy's, and the cdf with an integral of our density."""
    given, y = case.at(), case.places()
    np.testing.assert_allclose(given.cdf(tensor(y)), case.frozen().cdf(y), rtol=tolerance, atol=1e-15)
    np.testing.assert_allclose(given.icdf(tensor(PROBABILITIES[:, None])), y, rtol=tolerance, atol=1e-12)
    for i in range(case.n):
        one = row(given, i)
        edges = case.frozen(i).ppf([0.2, 0.3, 0.4, 0.5, 0.65, 0.8])
        nodes, weights = between(edges)
        mass = weights @ one.log_prob(tensor(nodes)).exp().numpy()
        difference = one.cdf(tensor(edges[-1])) - one.cdf(tensor(edges[0]))
        np.testing.assert_allclose(difference, mass, rtol=1e-8)


def check_moments(case, tolerance=1e-8):
    """Compare mean and variance with SciPy's, and the entropy with an integral."""
    given = case.at()
    for name, expected in (("mean", case.frozen().mean()), ("variance", case.frozen().var())):
        if name not in case.lacks:
            expected = np.where(
                np.isfinite(expected), expected, getattr(given, name)
            )  # SciPy mixes inf and nan
            np.testing.assert_allclose(getattr(given, name), expected, rtol=tolerance)
    for i in range(case.n):
        nodes, weights = panels(case.frozen(i))
        log_density = case.frozen(i).logpdf(nodes)
        entropy = -weights @ (np.exp(log_density) * log_density)
        np.testing.assert_allclose(given.entropy()[i], entropy, rtol=1e-7, atol=1e-7)


def check_crps(case, tolerance=1e-7):
    """Compare the score with an integral of (F - 1{y <= .})²."""
    given = case.at()
    for i in range(case.n):
        frozen, one = case.frozen(i), row(given, i)
        for y in frozen.ppf([1e-4, 0.2, 0.5, 0.97, 0.9999]):
            nodes, weights = panels(frozen, more=[y])
            wrong = np.where(nodes < y, frozen.cdf(nodes), frozen.sf(nodes))
            np.testing.assert_allclose(one.crps(tensor(y)), weights @ wrong**2, rtol=tolerance)


def check_sample(case, size=4000, seed=0):
    """Compare draws with SciPy's cdf by Kolmogorov and Smirnov."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        drawn = case.at().sample((size,))
    assert drawn.shape == (size, case.n)
    assert not drawn.requires_grad
    for i in range(case.n):
        assert scipy.stats.kstest(drawn[:, i].numpy(), case.frozen(i).cdf).pvalue > 1e-3

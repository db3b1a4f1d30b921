"""A small regression for every built-in distribution: the same covariates, and targets that depend on the first."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import truncnorm

ROWS = 240


@dataclass(frozen=True)
class Case:
    """A distribution with its options, and a target that it describes.

    `unit` says how the target may be changed so that nothing but units changes: "affine", "scale" or "none";
    `columns` how often the logarithm of a unit enters the log-likelihood of a row.
    """

    y: Any
    distribution: str
    params: dict[str, Any] = field(default_factory=dict)
    unit: str = "none"
    columns: int = 1

    @property
    def settings(self) -> dict[str, Any]:
        return {"distribution": self.distribution, "distribution_params": self.params or None}


def covariates(n=ROWS):
    return np.random.default_rng(0).normal(size=(n, 3))


def cases(n=ROWS) -> dict[str, Case]:
    rng = np.random.default_rng(1)
    f = np.tanh(covariates(n)[:, 0])
    positive = np.exp(f) * rng.gamma(3.0, 1 / 3, n)
    count = rng.poisson(2 * np.exp(f))
    over = rng.poisson(2 * np.exp(f) * rng.gamma(2.0, 0.5, n))
    normal = f + 0.7 * rng.normal(size=n)
    zero = rng.random(n) < 0.3
    low = np.floor(2 * normal) / 2
    gumbel = np.column_stack([f, -f, 0 * f]) + rng.gumbel(size=(n, 3))
    places = (np.argsort(np.argsort(-gumbel, axis=1), axis=1) + 1).astype(float)
    places[: n // 4][places[: n // 4] == 3] = 0  # the last was not ranked
    places[n // 4 : n // 2][places[n // 4 : n // 2] == 3] = np.nan
    places[-n // 4 :][places[-n // 4 :] == 2] = 1  # the first two tie
    interval = np.column_stack([low, low + 0.5])
    interval[: n // 5] = normal[: n // 5, None]  # known exactly
    interval[-n // 5 :, 1] = np.inf
    return {
        "normal": Case(normal, "normal", unit="affine"),
        "laplace": Case(f + rng.laplace(size=n), "laplace", unit="affine"),
        "student_t": Case(f + rng.standard_t(4, n), "student_t", unit="affine"),
        "lognormal": Case(positive, "lognormal"),
        "exponential": Case(np.exp(f) * rng.exponential(size=n), "exponential", unit="scale"),
        "gamma": Case(positive, "gamma", unit="scale"),
        "weibull": Case(positive, "weibull", unit="scale"),
        "inverse_gaussian": Case(np.exp(f) * rng.wald(1.0, 2.0, n), "inverse_gaussian", unit="scale"),
        "beta": Case(rng.beta(4 * (1.2 + f), 4 * (1.2 - f)), "beta"),
        "von_mises": Case(rng.vonmises(2 * f, 4.0), "von_mises"),
        "generalized_pareto": Case(np.exp(f) * (rng.pareto(4.0, n)), "generalized_pareto", unit="scale"),
        "poisson": Case(count, "poisson"),
        "negative_binomial": Case(over, "negative_binomial"),
        "binomial": Case(np.column_stack([b := rng.binomial(6, 1 / (1 + np.exp(-f))), 6 - b]), "binomial"),
        "ordinal": Case(2.0 * np.digitize(f + 0.5 * rng.logistic(size=n), [-0.5, 0.5]) + 1, "ordinal"),
        "ordinal(normal)": Case(np.digitize(normal, [-0.5, 0.5]), "ordinal", {"latent": "normal"}),
        "tweedie": Case(rng.poisson(np.exp(f)) * positive, "tweedie", {"power": 1.4}),
        "dirichlet": Case(np.stack([rng.dirichlet([2 + each, 2, 3]) for each in f]), "dirichlet"),
        "multivariate_normal": Case(
            np.column_stack([f, 2 * f]) + rng.normal(size=(n, 2)) @ [[1.0, 0.5], [0.0, 1.0]],
            "multivariate_normal",
            unit="affine",
            columns=2,
        ),
        "plackett_luce": Case(places, "plackett_luce"),
        "plackett_luce(breslow)": Case(places, "plackett_luce", {"ties": "breslow"}),
        "mixture(normal)": Case(
            np.where(rng.random(n) < 0.5, -3.0, 3.0) + normal, "mixture", {"family": "normal"}, unit="affine"
        ),
        "mixture(poisson)": Case(
            count + 10 * (rng.random(n) < 0.5), "mixture", {"family": "poisson", "n_components": 2}
        ),
        "zero_inflated(poisson)": Case(np.where(zero, 0, count), "zero_inflated", {"family": "poisson"}),
        "hurdle(negative_binomial)": Case(np.where(zero, 0, over), "hurdle", {"family": "negative_binomial"}),
        "hurdle(gamma)": Case(np.where(zero, 0.0, positive), "hurdle", {"family": "gamma"}),
        "censored(normal)": Case(
            np.maximum(normal, -0.5), "censored", {"family": "normal", "low": -0.5}, unit="affine"
        ),
        "censored(gamma)": Case(
            np.clip(positive, 0.3, 2.0),
            "censored",
            {"family": "gamma", "low": 0.3, "high": 2.0},
            unit="scale",
        ),
        "censored(normal) ends": Case(interval, "censored", {"family": "normal"}),
        "censored(mixture(normal)) ends": Case(
            interval, "censored", {"family": "mixture", "family_params": {"family": "normal"}}
        ),
        "truncated(normal)": Case(
            f + 0.7 * truncnorm.ppf(rng.random(n), (-0.5 - f) / 0.7, np.inf),
            "truncated",
            {"family": "normal", "low": -0.5},
            unit="affine",
        ),
        "truncated(poisson)": Case(1 + rng.poisson(np.exp(f)), "truncated", {"family": "poisson", "low": 1}),
        "censored(hurdle(gamma))": Case(
            np.where(zero, 0.0, positive).clip(max=2.0),
            "censored",
            {"family": "hurdle", "family_params": {"family": "gamma"}, "high": 2.0},
            unit="scale",
        ),
    }

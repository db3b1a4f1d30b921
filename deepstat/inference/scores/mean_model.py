"""How the mean of y follows from the linear predictor, and the variance from the mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr, logit, ndtr, ndtri

from deepstat.errors import suggest

Array = np.ndarray
# Estimated means are taken to be within e^6 = 400 times the marginal mean (odds), up or down: beyond, their logarithms
# are noise.
REACH = 6.0
# A residual counts as at most so many dispersions (root mean square of Pearson's residuals) in a working response: an
# estimated mean far too small would make it as large as it likes.
FAR = 10.0


@dataclass(frozen=True)
class Link:
    """The linear predictor of a mean, its inverse and the inverse's derivative."""

    predictor: Callable[[Array], Array]
    mean: Callable[[Array], Array]
    slope: Callable[[Array], Array]


@dataclass(frozen=True)
class Family:
    """Variance of a mean, links allowed (the first is the default), and the values that y may take."""

    variance: Callable[[Array], Array]
    links: tuple[str, ...]
    holds: Callable[[Array], Array]
    values: str


LINKS: dict[str, Link] = {
    "identity": Link(lambda mean: mean, lambda eta: eta, np.ones_like),
    "log": Link(np.log, np.exp, np.exp),
    "logit": Link(logit, expit, lambda eta: expit(eta) * expit(-eta)),
    "probit": Link(ndtri, ndtr, lambda eta: np.exp(-0.5 * eta**2) / np.sqrt(2 * np.pi)),
    "cloglog": Link(
        lambda mean: np.log(-np.log1p(-mean)),
        lambda eta: -np.expm1(-np.exp(eta)),
        lambda eta: np.exp(eta - np.exp(eta)),
    ),
}
FAMILIES: dict[str, Family] = {
    "normal": Family(np.ones_like, ("identity", "log"), np.isfinite, "numbers"),
    "binomial": Family(
        lambda mean: mean * (1 - mean),
        ("logit", "probit", "cloglog"),
        lambda y: (y == 0) | (y == 1),
        "0 and 1",
    ),
    "poisson": Family(lambda mean: mean, ("log",), lambda y: y >= 0, "numbers from 0"),
    "gamma": Family(np.square, ("log",), lambda y: y > 0, "positive numbers"),
    "inverse_gaussian": Family(lambda mean: mean**3, ("log",), lambda y: y > 0, "positive numbers"),
}


@dataclass(frozen=True)
class MeanModel:
    """Mean and variance of y given the linear predictor.

    Attributes
    ----------
    family, link : str

    Examples
    --------
    >>> model = MeanModel("poisson", "log")
    >>> model.working(np.array([0.0, 3.0]), np.ones(2), np.ones(2))  # log(mean), (y - mean) / mean, mean
    (array([0., 0.]), array([-1.,  2.]), array([1., 1.]))
    """

    family: str
    link: str

    def predictor(self, mean: Array) -> Array:
        """Return the linear predictor of a mean."""
        return LINKS[self.link].predictor(mean)

    def mean(self, eta: Array) -> Array:
        """Return the mean."""
        return LINKS[self.link].mean(eta)

    def slope(self, eta: Array) -> Array:
        """Return the derivative of the mean."""
        return LINKS[self.link].slope(eta)

    def gain(self, eta: Array) -> Array:
        """Return slope / variance: what a residual of y counts in the efficient score."""
        if self.link == "logit":
            return np.ones_like(eta)
        if self.link == "probit":  # the quotient of two numbers that underflow in the tails
            log_density = -0.5 * eta**2 - 0.5 * np.log(2 * np.pi)
            return np.exp(log_density - log_ndtr(eta) - log_ndtr(-eta))
        if self.link == "cloglog":  # e^eta / (1 - exp(-e^eta))
            return np.exp(eta) / -np.expm1(-np.exp(eta))
        return self.slope(eta) / FAMILIES[self.family].variance(self.mean(eta))

    def working(self, y: Array, mean: Array, weight: Array) -> tuple[Array, Array, Array]:
        """Return predictors eta of means, steps (y - mean) / slope, and weights slope^2 / variance of mean one.

        eta + step is the working response of iteratively reweighted least squares. Means are brought within reach of
        the marginal one, and residuals within ten dispersions.
        """
        low, high = self._window(float(np.average(y, weights=weight)))
        eta = np.clip(self.predictor(np.clip(mean, *self.mean(np.array([low, high])))), low, high)
        slope, gain = self.slope(eta), self.gain(eta)
        information = slope * gain
        pearson = (y - self.mean(eta)) * np.sqrt(gain / slope)
        most = FAR * np.sqrt(np.average(pearson**2, weights=weight))
        step = np.clip(pearson, -most, most) / np.sqrt(information)
        return eta, step, information / np.average(information, weights=weight)

    def _window(self, average: float) -> tuple[float, float]:
        """Return the least and the largest linear predictor that is believed, given the marginal mean."""
        if self.link == "identity":
            return -np.inf, np.inf
        if self.family == "binomial":
            low, high = self.predictor(expit(logit(average) + np.array([-REACH, REACH])))
            return float(low), float(high)
        middle = float(np.log(average))
        return middle - REACH, middle + REACH

    def check(self, y: Array) -> None:
        """Check that y can come from the family and is not constant.

        Raises
        ------
        ValueError
        """
        family = FAMILIES[self.family]
        outside = ~family.holds(y)
        if outside.any():
            raise ValueError(
                f"family={self.family!r} takes {family.values} as y, but {int(outside.sum())} entries are not, such "
                f"as {y[outside][0]:g}; choose another family."
            )
        if (y == y[0]).all():
            raise ValueError(f"y is {y[0]:g} in all rows; a constant has nothing to explain.")
        if self.link == "log" and y.mean() <= 0:
            raise ValueError("The mean of y is not positive, so it has no log link; choose link='identity'.")


def mean_model(family: str, link: str | None = None) -> MeanModel:
    """Look a family and a link up.

    Parameters
    ----------
    family : {"normal", "binomial", "poisson", "gamma", "inverse_gaussian"}
    link : {"identity", "log", "logit", "probit", "cloglog"} or None
        None: identity for normal, logit for binomial, else log.

    Returns
    -------
    MeanModel

    Raises
    ------
    ValueError
        No orthogonal score for that family is offered, or the link leaves the family's means.

    Examples
    --------
    >>> mean_model("binomial")
    MeanModel(family='binomial', link='logit')
    """
    if family not in FAMILIES:
        raise ValueError(
            f"There is no standard error for family={family!r}: quantiles, scales and other parameters than the mean "
            f"have no orthogonal score here; choose one of {', '.join(FAMILIES)}.{suggest(str(family), FAMILIES)}"
        )
    links = FAMILIES[family].links
    link = links[0] if link is None else link
    if link not in links:
        raise ValueError(f"family={family!r} has no link {link!r} here; choose one of {', '.join(links)}.")
    return MeanModel(family, link)

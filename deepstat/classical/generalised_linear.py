"""What makes a family a generalised linear model: mean, variance function, deviance, dispersion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from deepstat.distributions.family import Family
from deepstat.distributions.parameters import LINKS

# Links of the mean that are not links of a parameter.
MEAN_LINKS: dict[str, Callable[[Tensor], Tensor]] = {**LINKS, "probit": torch.special.ndtr}


def generalised_linear(family: Family) -> GeneralisedLinear | None:
    """Return the parts of a generalised linear model, or None where the family is none.

    Examples
    --------
    >>> from deepstat.classical.classes import class_family
    >>> model = generalised_linear(class_family(2))
    >>> model.link, model.variance(torch.tensor(0.5), None)
    ('sigmoid', tensor(0.2500))
    >>> generalised_linear(class_family(3)) is None
    True
    """
    if family.n_row != 1 or family.name not in _MODELS:
        return None
    model = _MODELS[family.name](family)
    if model.parameter != family.row_parameters[0].name:
        return None
    return model


@dataclass(frozen=True)
class GeneralisedLinear:
    """A mean by a link, a variance function V and a dispersion φ: var(y) = φ V(mean) / trials.

    Attributes
    ----------
    parameter : str
        The row parameter that gives the mean.
    link : str
        From its raw number to the mean.
    variance : callable
        ``variance(mean, constants)`` with the family's constant parameters by name.
    deviance : callable
        ``deviance(y, mean, constants)``: of each row, for φ = 1 and one trial.
    dispersion : str
        The constant that holds φ; empty where φ = 1.
    power : float
        That constant is φ to this power.
    in_trials : bool
        Whether the target is successes and failures, and y their share.
    observed : bool
        Whether reports use the observed information by default, as is the custom for these models.
    """

    parameter: str
    link: str
    variance: Callable[[Tensor, dict[str, Tensor]], Tensor]
    deviance: Callable[[Tensor, Tensor, dict[str, Tensor]], Tensor]
    dispersion: str = ""
    power: float = 1.0
    in_trials: bool = False
    observed: bool = False

    def response(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return y as a number (n,) and the trials (n,) that it is a mean of."""
        if self.in_trials:
            trials = y.sum(-1)
            return y[..., 0] / trials.clamp(min=1.0), trials
        return y, torch.ones_like(y)

    def mean(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean and its derivative by the raw number, (n,) each."""
        with torch.enable_grad():
            at = raw.detach().requires_grad_()
            mean = MEAN_LINKS[self.link](at)
            (slope,) = torch.autograd.grad(mean.sum(), at)
        return mean.detach(), slope

    def mean_weights(self, y: Tensor, raw: Tensor, constants: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Return each row's score and expected information by its raw number, for φ = 1, (n,) each."""
        value, trials = self.response(y)
        mean, slope = self.mean(raw)
        per_unit = trials * slope / self.variance(mean, constants)
        return (value - mean) * per_unit, slope * per_unit

    def deviance_rows(self, y: Tensor, raw: Tensor, constants: dict[str, Tensor]) -> Tensor:
        """Return each row's deviance for φ = 1, (n,)."""
        value, trials = self.response(y)
        return trials * self.deviance(value, self.mean(raw)[0], constants)

    def pearson_rows(self, y: Tensor, raw: Tensor, constants: dict[str, Tensor]) -> Tensor:
        """Return each row's squared Pearson residual for φ = 1, (n,)."""
        value, trials = self.response(y)
        mean = self.mean(raw)[0]
        return trials * (value - mean).square() / self.variance(mean, constants)


def _by_link(family: Family) -> dict[str, str]:
    parameter = family.row_parameters[0]
    return {"parameter": parameter.name, "link": parameter.link}


def _normal(family: Family) -> GeneralisedLinear:
    return GeneralisedLinear(
        **_by_link(family) | {"parameter": "loc"},
        variance=lambda mean, _: torch.ones_like(mean),
        deviance=lambda y, mean, _: (y - mean).square(),
        dispersion="scale",
        power=0.5,
    )


def _poisson(family: Family) -> GeneralisedLinear:
    return GeneralisedLinear(
        **_by_link(family) | {"parameter": "rate"},
        variance=lambda mean, _: mean,
        deviance=lambda y, mean, _: 2.0 * (torch.xlogy(y, y / mean) - (y - mean)),
    )


def _gamma(family: Family) -> GeneralisedLinear:
    return GeneralisedLinear(
        **_by_link(family) | {"parameter": "mean"},
        variance=lambda mean, _: mean.square(),
        deviance=lambda y, mean, _: 2.0 * ((y - mean) / mean - (y / mean).log()),
        dispersion="concentration",
        power=-1.0,
    )


def _inverse_gaussian(family: Family) -> GeneralisedLinear:
    return GeneralisedLinear(
        **_by_link(family) | {"parameter": "mean"},
        variance=lambda mean, _: mean**3,
        deviance=lambda y, mean, _: (y - mean).square() / (y * mean.square()),
        dispersion="concentration",
        power=-1.0,
    )


def _tweedie(family: Family) -> GeneralisedLinear:
    p = float(dict(family.options).get("power", 1.5))
    return GeneralisedLinear(
        **_by_link(family) | {"parameter": "mean"},
        variance=lambda mean, _: mean**p,
        deviance=lambda y, mean, _: (
            2.0
            * (y ** (2 - p) / ((1 - p) * (2 - p)) - y * mean ** (1 - p) / (1 - p) + mean ** (2 - p) / (2 - p))
        ),
        dispersion="dispersion",
    )


def _binomial(family: Family) -> GeneralisedLinear:
    return GeneralisedLinear(
        parameter="logits", link="sigmoid", variance=_two_way, deviance=_two_way_deviance, in_trials=True
    )


def _bernoulli(family: Family) -> GeneralisedLinear:
    return GeneralisedLinear(
        parameter="logits", link="sigmoid", variance=_two_way, deviance=_two_way_deviance
    )


def _probit(family: Family) -> GeneralisedLinear:
    return GeneralisedLinear(
        parameter="location", link="probit", variance=_two_way, deviance=_two_way_deviance, observed=True
    )


def _negative_binomial(family: Family) -> GeneralisedLinear:
    def deviance(y: Tensor, mean: Tensor, constants: dict[str, Tensor]) -> Tensor:
        size = 1.0 / constants["dispersion"]
        return 2.0 * (torch.xlogy(y, y / mean) - (y + size) * ((y + size) / (mean + size)).log())

    return GeneralisedLinear(
        **_by_link(family) | {"parameter": "mean"},
        variance=lambda mean, constants: mean + constants["dispersion"] * mean.square(),
        deviance=deviance,
        observed=True,
    )


def _two_way(mean: Tensor, _: object) -> Tensor:
    return mean * (1.0 - mean)


def _two_way_deviance(y: Tensor, mean: Tensor, _: object) -> Tensor:
    return 2.0 * (torch.xlogy(y, y / mean) + torch.xlogy(1 - y, (1 - y) / (1 - mean)))


_MODELS: dict[str, Callable[[Family], GeneralisedLinear]] = {
    "normal": _normal,
    "poisson": _poisson,
    "gamma": _gamma,
    "inverse_gaussian": _inverse_gaussian,
    "tweedie": _tweedie,
    "binomial": _binomial,
    "bernoulli": _bernoulli,
    "probit": _probit,
    "negative_binomial": _negative_binomial,
}

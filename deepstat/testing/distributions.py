"""Conformance of distributions."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Distribution as TorchDistribution
from torch.distributions import biject_to, transform_to

from deepstat.records import Distribution
from deepstat.registry import resolve
from deepstat.testing.claim import attempt, claim

RAW = (-0.5, 0.0, 0.5)  # raw network outputs, one row each
DIMENSION = 3  # of vector-valued parameters
DRAWS = 20_000
NODES = 80_001  # enough for a kink, where the rule is of second order only
# Of parameters that say the same thing, the one that an unbounded raw output maps to most directly.
INSTEAD = {"probs": "logits", "covariance_matrix": "scale_tril", "precision_matrix": "scale_tril"}


def check_distribution(record: Distribution) -> None:
    """Check that a distribution keeps the contract of :class:`deepstat.records.Distribution`.

    Raw outputs become parameters by ``transform_to(arg_constraints[name])``. Then draws lie in the support, and
    log_prob is finite there, one number a row, with finite gradients in the raw outputs; in one dimension the
    density integrates, or the probabilities sum, to one (1e-6), and agrees with the draws.

    Parameters
    ----------
    record : Distribution

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> check_distribution(Distribution(name="gumbel", target="torch.distributions:Gumbel"))
    >>> class Doubled(torch.distributions.Normal):
    ...     def log_prob(self, value):
    ...         return 2.0 * super().log_prob(value)
    >>> check_distribution(Distribution(name="doubled", target=Doubled))
    Traceback (most recent call last):
        ...
    AssertionError: distribution 'doubled' has total probability 0.627814, not one; normalise its log_prob.
    """
    with attempt(record, "to resolve"):
        family = resolve(record)
    raw = torch.tensor(RAW, dtype=torch.float64)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        distribution = _distribution(record, family, raw)
        with attempt(record, "to draw samples"):
            draws = distribution.sample(torch.Size((DRAWS,)))
    _check_draws(record, family, distribution, draws, raw)
    if len(distribution.event_shape) == 0:
        _check_mass(record, family, draws.double())


def _distribution(record: Distribution, family: Any, raw: Tensor) -> TorchDistribution:
    """Build the distribution of each row; all parameters of a row share its raw output."""
    constraints = getattr(family, "arg_constraints", None)
    if constraints is None or not isinstance(constraints, dict):
        raise AssertionError(
            f"distribution {record.name!r} has no dict arg_constraints; it says how raw outputs become parameters."
        )
    taken = inspect.signature(family).parameters
    names = {INSTEAD.get(name, name) if INSTEAD.get(name) in constraints else name for name in constraints}
    with attempt(record, "to be built from raw outputs by transform_to of its arg_constraints"):
        parameters = {}
        for name in sorted(names & taken.keys()):
            constraint = constraints[name]
            shape = (len(raw), *[DIMENSION] * constraint.event_dim)
            start = torch.linspace(-0.3, 0.3, max(1, DIMENSION**constraint.event_dim), dtype=torch.float64)
            own = raw.view(-1, *[1] * constraint.event_dim) + start.view(shape[1:])
            parameters[name] = transform_to(constraint)(own)
        return family(**parameters, validate_args=True)


def _check_draws(
    record: Distribution, family: Any, distribution: TorchDistribution, draws: Tensor, raw: Tensor
) -> None:
    claim(
        record,
        tuple(distribution.batch_shape) == (len(raw),),
        f"has batch shape {tuple(distribution.batch_shape)} for {len(raw)} rows of parameters.",
    )
    inside = distribution.support.check(draws).all()
    claim(record, inside, "draws values outside its support.")
    given = raw.clone().requires_grad_()
    with attempt(record, "to give log probabilities"):
        log_prob = _distribution(record, family, given).log_prob(draws[:50])
        (gradient,) = torch.autograd.grad(log_prob.sum(), given)
    shape = tuple(log_prob.shape) == (50, len(raw))
    claim(record, shape, f"gives log_prob of shape {tuple(log_prob.shape)} for 50 draws of {len(raw)} rows.")
    claim(record, log_prob.isfinite().all(), "has a log_prob that is not finite at its own draws.")
    claim(
        record, gradient.isfinite().all(), "has a log_prob whose gradient is not finite in the raw outputs."
    )


def _check_mass(record: Distribution, family: Any, draws: Tensor) -> None:
    """Compare the total probability with one, and bounded means with those of the draws, row by row."""
    for row, value in enumerate(RAW):
        single = _distribution(record, family, torch.tensor([value], dtype=torch.float64))
        with attempt(record, "to be integrated over its support"), torch.no_grad():
            points, weight = _nodes(single)
            probability = single.log_prob(points[:, None])[:, 0].exp() * weight
        total = probability.sum().item()
        claim(
            record,
            abs(total - 1.0) < 1e-6,
            f"has total probability {total:.6g}, not one; normalise its log_prob.",
        )
        low, middle, high = draws[:, row].quantile(torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64))
        spread = (high - low).clamp(min=0.5)
        for bounded in (torch.sigmoid, lambda z: (-z.square()).exp()):
            drawn = bounded((draws[:, row] - middle) / spread)
            expected = (probability * bounded((points - middle) / spread)).sum()
            error = drawn.std() / DRAWS**0.5 + 1e-9
            agrees = (drawn.mean() - expected).abs() < 5 * error
            claim(record, agrees, "draws samples that do not follow its log_prob.")


def _nodes(single: TorchDistribution) -> tuple[Tensor, Tensor]:
    """Return points and weights whose sum is the integral over the support of one row.

    Continuous: the trapezoidal rule after x = support(sinh t), which takes heavy tails and ends of the support.
    Discrete: every value, or the first 100,000 counts.
    """
    support = single.support
    if support.is_discrete:
        if single.has_enumerate_support:
            points = single.enumerate_support(expand=False).reshape(-1)
        else:
            points = torch.arange(100_000, dtype=torch.float64)
        return points, torch.ones_like(points)
    transform = biject_to(support)
    end = 40.0 if support is torch.distributions.constraints.real else 6.0
    t = torch.linspace(-end, end, NODES, dtype=torch.float64)
    line = t.sinh()
    points = transform(line)
    jacobian = transform.log_abs_det_jacobian(line, points).exp() * t.cosh()
    weight = jacobian * (2 * end / (NODES - 1))
    inside = support.check(points) & weight.isfinite() & (weight > 0)
    return points[inside], weight[inside]

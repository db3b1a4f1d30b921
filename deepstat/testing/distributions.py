"""Conformance of distributions."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.func import grad_and_value, vmap

from deepstat.distributions.family import Family, family_of
from deepstat.distributions.parameters import n_raw
from deepstat.records import Distribution, Parameter
from deepstat.registry import resolve, resolve_target
from deepstat.testing.claim import attempt, claim
from deepstat.testing.predictions import check_predictions

RAW = (-0.5, 0.0, 0.5)  # raw network outputs, one row each
COLUMNS = 3  # of families that take any number of columns
LEVELS = 4
DRAWS = 20_000
# Families that wrappers are tried on: on the line, positive, counts.
INNER = (
    Distribution(
        name="normal",
        target="deepstat.distributions.normal:Normal",
        parameters=(Parameter("loc", shifts=True, power=1.0), Parameter("scale", "exp", power=1.0)),
        rescale="affine",
    ),
    Distribution(
        name="gamma",
        target="deepstat.distributions.gamma:Gamma",
        domain="positive",
        parameters=(Parameter("mean", "exp", power=1.0), Parameter("concentration", "exp")),
        rescale="scale",
    ),
    Distribution(
        name="poisson",
        target="deepstat.distributions.poisson:Poisson",
        domain="count",
        parameters=(Parameter("rate", "exp"),),
    ),
)


def check_distribution(record: Distribution) -> None:
    """Check that a distribution keeps the contract of :class:`deepstat.records.Distribution`.

    Raw outputs become parameters by the record's links. Then draws lie in the support, and log_prob is finite there,
    one number a row, with finite gradients in the raw outputs, the same under ``vmap``, which trains
    populations. In one dimension the density integrates, or the probabilities sum, to one (1e-6) and
    agrees with the draws; what a prediction has of mean, variance, cdf, icdf, entropy and crps agrees with the density,
    and what it has not is what the record says that it lacks. A wrapper is tried on a normal, a gamma and a Poisson
    family, with its defaults and with the record's example; it must take one of them, and refuse others in one line.

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
    AssertionError: distribution 'doubled' has total probability 0.465096, not one; normalise its log_prob.
    """
    with attempt(record, "to resolve"):
        target = resolve(record)
    _check_options(record)
    for family in _families(record, target):
        _check_family(record, family)


def _check_options(record: Distribution) -> None:
    """Check that the record's own check lets the example pass."""
    if record.check:
        with attempt(record, "its own check of its example"):
            resolve_target(record.check, f"distribution {record.name!r}")(**record.example)


def _families(record: Distribution, target: Any) -> list[Family]:
    if record.wraps:
        return _wrapped(record, target)
    columns = COLUMNS if record.columns is None else record.columns
    families = []
    for options in [{}, dict(record.example)] if record.example else [{}]:
        with attempt(record, "to say what its parameters are"):
            families.append(family_of(record, target, columns=columns, levels=LEVELS, options=options))
    return families


def _wrapped(record: Distribution, wrapper: Any) -> list[Family]:
    families = []
    for each in INNER:
        inner = family_of(each, resolve(each))
        for options in [{}, dict(record.example)] if record.example else [{}]:
            with attempt(record, f"to wrap {each.name!r} (a family that it cannot take is a ValueError)"):
                try:
                    made, again = wrapper(inner, **options), wrapper(inner, **options)
                except ValueError as error:
                    claim(record, "\n" not in str(error), "refuses a family in more than one line.")
                    continue
            claim(
                record,
                isinstance(made, Family),
                f"returns {type(made).__name__} for a family; return a Family.",
            )
            with attempt(record, "to be hashed, which groups fits"):
                same = made == again and hash(made) == hash(again)
            claim(record, same, "returns families that differ for equal settings; let them compare by value.")
            families.append(made)
    names = ", ".join(each.name for each in INNER)
    claim(record, families, f"refuses all of {names}: give options in its example with which it takes one.")
    return families


def raw_rows(family: Family, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return raw numbers (3, n_row + n_constant); those of a row lie around one of -0.5, 0 and 0.5."""
    pieces = []
    for parameter in family.row_parameters + family.constant_parameters:
        size = n_raw(parameter)
        spread = torch.linspace(-0.3, 0.3, size) if size > 1 else torch.zeros(1)
        # These links are for positive raw numbers only.
        away = 2.0 if parameter.link in ("inverse", "inverse_squared") else 0.0
        pieces.append(torch.tensor(RAW)[:, None] + spread + away)
    return torch.cat(pieces, 1).to(dtype)


def _check_family(record: Distribution, family: Family) -> None:
    raw = raw_rows(family)
    with attempt(record, "to be built from raw outputs by the links of its parameters"):
        distribution = family.build(raw)
    claim(
        record,
        tuple(distribution.batch_shape) == (len(raw),),
        f"has batch shape {tuple(distribution.batch_shape)} for {len(raw)} rows of parameters.",
    )
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        seen = _as_seen(distribution, family)
        with attempt(record, "to draw samples, without which nothing is checked"):
            draws = seen.sample(torch.Size((DRAWS,)))
        with attempt(record, "to check its support"):
            inside = seen.support.check(draws).all()
    claim(record, inside, "draws values outside its support.")
    _check_training(record, family, _targets(family, seen, draws[:20]))
    check_predictions(record, family, raw, draws.double())


def _as_seen(distribution: Any, family: Family) -> Any:
    """Return the distribution of the target: of a censored variable, what is seen of it."""
    return (
        distribution.observed() if hasattr(distribution, "observed") and family.columns == 1 else distribution
    )


def _targets(family: Family, distribution: Any, draws: Tensor) -> Tensor:
    """Return targets (m, n) or (m, n, columns) as they are trained on."""
    if family.record.domain == "interval":
        return torch.stack([draws, draws], -1)
    if family.record.domain == "trials":
        return torch.stack([draws, distribution.total_count - draws], -1)
    return draws


def _check_training(record: Distribution, family: Family, targets: Tensor) -> None:
    """Check log_prob as it is trained: finite values and gradients, under vmap, in both precisions."""
    for dtype in (torch.float64, torch.float32):
        raw = raw_rows(family, dtype)
        y = targets.to(dtype)
        with attempt(record, f"to give log probabilities of targets {tuple(y[0].shape)} in {dtype}"):
            given = raw.clone().requires_grad_()
            log_prob = torch.stack([family.build(given).log_prob(each) for each in y])
            shape = tuple(log_prob.shape) == (len(y), len(raw))
            claim(record, shape, f"gives log_prob of shape {tuple(log_prob.shape[1:])} for {len(raw)} rows.")
            (gradient,) = torch.autograd.grad(log_prob.sum(), given)
        claim(
            record,
            log_prob.isfinite().all(),
            f"has a log_prob that is not finite at its own draws in {dtype}.",
        )
        claim(
            record,
            gradient.isfinite().all(),
            f"has a log_prob whose gradient is not finite in the raw outputs in {dtype}.",
        )

    def loss(raw: Tensor, y: Tensor) -> Tensor:
        total: Tensor = -family.build(raw).log_prob(y).sum()
        return total

    raw, y = raw_rows(family), targets[:2].double()
    members = torch.stack([raw, raw + 0.1])
    with attempt(record, "under torch.func.vmap, which trains populations"):
        gradients, values = vmap(grad_and_value(loss))(members, y)
    for member in range(len(members)):
        gradient, value = grad_and_value(loss)(members[member], y[member])
        same = torch.allclose(values[member], value, rtol=1e-9, atol=1e-12)
        same = same and torch.allclose(gradients[member], gradient, rtol=1e-9, atol=1e-12)
        claim(record, same, "gives a member of a population another result than the member alone.")

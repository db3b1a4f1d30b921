"""From the name of a distribution to its family; wrappers take the name of another in their options."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np

from deepstat.distributions.family import Family, family_of
from deepstat.estimators.components import Resolved, as_number, check_options, find, options_of
from deepstat.records import Distribution
from deepstat.registry import resolve, resolve_target

# Arguments of a distribution that are no option of a fit: the inner family, and what rows and predictions bring.
NO_OPTIONS = ("family", "validate_args", "levels", "total_count")


def resolve_distribution(
    distribution: str | Callable[..., Any] | Distribution, params: Mapping[str, Any] | None
) -> Resolved:
    """Resolve a distribution and check its options; those of a wrapper hold the resolved inner one as ``"family"``."""
    name, record = find("distribution", distribution, lambda own: Distribution(name=own, target=distribution))
    assert isinstance(record, Distribution)
    target = resolve(record)
    skip = (*NO_OPTIONS, *(parameter.name for parameter in record.parameters))
    allowed = options_of(target, skip)
    if record.links:
        allowed["link"] = None
    # NumPy's numbers, of a grid for example, are numbers like any other.
    given = {key: value.item() if isinstance(value, np.generic) else value for key, value in _pairs(params)}
    inner: dict[str, Any] = {}
    if record.wraps:
        if "family" not in given:
            raise ValueError(
                f"distribution={record.name!r} needs the distribution that it changes: give "
                "distribution_params={'family': 'poisson'}, for example."
            )
        own = given.pop("family_params", None)
        inner["family"] = resolve_distribution(given.pop("family"), own)
    check_options("distribution", record.name, given, allowed)
    options = {key: as_number(value, allowed[key]) for key, value in given.items()}
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    if record.check:
        resolve_target(record.check, f"distribution {record.name!r}")(
            **{key: value for key, value in options.items() if key != "link"}
        )
    for key, value in options.items():
        if not isinstance(value, Hashable):
            raise TypeError(
                f"distribution {record.name!r}: {key}={value!r} must be a number, a word or a tuple of them."
            )
    link = options.get("link")
    if link is not None and link not in (record.parameters[0].link, *record.links):
        known = ", ".join(map(repr, (record.parameters[0].link, *record.links)))
        raise ValueError(f"distribution {record.name!r}: link={link!r} is not among {known}.")
    return Resolved(name, record, target, {**options, **inner})


def family_for(resolved: Resolved, columns: int, levels: int) -> Family:
    """Return the family of a resolved distribution for a target with so many columns and levels.

    A family that has columns of its own keeps them: the two ends of a censored target are of one number.
    """
    options = {k: v for k, v in resolved.options.items() if k not in ("constant", "nll_beta")}
    constant = resolved.options.get("constant")
    inner = options.pop("family", None)
    made = _family(
        resolved.record,
        resolved.target,
        None if inner is None else family_for(inner, columns, levels),
        columns,
        levels,
        tuple(sorted(options.items())),
    )
    return made if constant is None else made.with_constant(tuple(constant))


def _pairs(params: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    if params is not None and not isinstance(params, Mapping):
        raise TypeError(f"distribution_params must be a dict of options, got {params!r}.")
    return list((params or {}).items())


@functools.lru_cache(256)
def _family(
    record: Distribution,
    target: Any,
    inner: Family | None,
    columns: int,
    levels: int,
    options: tuple[tuple[str, Any], ...],
) -> Family:
    given = dict(options)
    link = given.pop("link", None)
    if inner is not None:
        return target(inner, **given)
    columns = columns if record.columns is None else record.columns
    return family_of(record, target, columns=columns, levels=levels, options=given, link=link)

"""What wrappers share: a family made from another, with its parameters, its options and its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepstat.distributions.family import Family
from deepstat.distributions.marginal_fit import marginal_fit
from deepstat.distributions.parameters import n_raw
from deepstat.records import Parameter


@dataclass(frozen=True)
class Wrapping:
    """Builds a wrapper's distribution around one of the inner family; equal settings give equal, hashable wrappings.

    Attributes
    ----------
    wrapper : class
        ``wrapper(base, **parameters, **options)`` with a distribution of the inner family as `base`.
    inner : Family
    names : tuple of (name, inner name)
        The inner family's options, as they are called among the options of the wrapped one.
    """

    wrapper: type
    inner: Family
    names: tuple[tuple[str, str], ...] = ()

    def __call__(self, *, validate_args: bool | None = None, **given: Any) -> Any:
        """Return the distribution."""
        options = {inner: given.pop(name) for name, inner in self.names if name in given}
        values = {parameter.name: given.pop(parameter.name) for parameter in self.inner.parameters}
        return self.wrapper(self.inner.at(values, **options), **given)

    def inner_options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the wrapped family's options that are the inner family's."""
        return {inner: options[name] for name, inner in self.names if name in options}


@dataclass(frozen=True)
class Started(Wrapping):
    """A wrapping with a start of its own: that of a mixture, in whatever it is wrapped."""

    def start(
        self,
        family: Family,
        y: Tensor,
        weight: Tensor | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> np.ndarray:
        """Return raw numbers (n_row + n_constant,) to start from.

        Parameters
        ----------
        family : Family
            The wrapped family, whose parameters may have been made constant since.
        y : Tensor of shape (n, columns)
        weight : Tensor of shape (n,) or None
        options : mapping or None
            Options that replace the family's, such as limits on the axis of y.
        """
        y, weight = _on_one_axis(y, weight, self.inner)
        given = self.inner_options({**dict(family.options), **(options or {})})
        if hasattr(self.wrapper, "start"):
            size = next(int(p.size) for p in family.parameters if p.name == "weights")
            pieces = self.wrapper.start(self.inner, size, y, weight, given)
        else:
            raw = torch.from_numpy(marginal_fit(self.inner, y[:, None], weight, given))
            pieces = split_raw(self.inner, raw)
        ordered = family.row_parameters + family.constant_parameters
        filled = [pieces.get(p.name, torch.zeros(n_raw(p), dtype=torch.float64)) for p in ordered]
        return torch.cat(filled).numpy()


def split_raw(family: Family, raw: Tensor) -> dict[str, Tensor]:
    """Return the pieces of raw numbers (n_row + n_constant,) by the name of the parameter that they belong to."""
    ordered = family.row_parameters + family.constant_parameters
    pieces = raw.split([n_raw(parameter) for parameter in ordered])
    return {parameter.name: piece for parameter, piece in zip(ordered, pieces, strict=True)}


def wrap(
    name: str,
    wrapper: type,
    family: Family,
    *,
    parameters: tuple[Parameter, ...] | None = None,
    own: tuple[Parameter, ...] = (),
    limits: Mapping[str, float | None] | None = None,
    columns: int = 1,
    **changes: Any,
) -> Family:
    """Return the family of a wrapper around `family`.

    Parameters
    ----------
    name : str
        What the wrapper is called.
    wrapper : class
        See :class:`Wrapping`.
    family : Family
        The inner one.
    parameters : tuple of Parameter or None
        The inner family's, as changed; None: as they are.
    own : tuple of Parameter
        The wrapper's own.
    limits : mapping or None
        The wrapper's options; all are places on the axis of the target, and None is left out.
    columns : int
        Columns of the target.
    **changes
        Fields of the record that differ from the inner one's.
    """
    given = {key: float(value) for key, value in (limits or {}).items() if value is not None}
    taken = {*(limits or {}), *(parameter.name for parameter in own)}
    clash = [parameter.name for parameter in family.parameters if parameter.name in taken]
    if clash:
        raise ValueError(
            f"{name}({family.name}) would have two parameters called {clash[0]!r}: leave one wrapper out."
        )
    names = []
    for key, _ in family.options:
        free = key
        while free in taken:
            free = f"inner_{free}"
        taken.add(free)
        names.append((free, key))
    renamed = {inner: outer for outer, inner in names}
    starts = hasattr(wrapper, "start") or hasattr(family.distribution, "start")
    distribution = (Started if starts else Wrapping)(wrapper, family, tuple(names))
    parameters = (family.parameters if parameters is None else parameters) + own
    record = replace(
        family.record,
        **{
            "name": f"{name}({family.name})",
            "target": distribution,
            "parameters": parameters,
            "limits": (*given, *(renamed[limit] for limit in family.limits)),
            "columns": columns,
            "links": (),
            "check": "",
            "example": {},
            **changes,
        },
    )
    options = tuple(sorted({**given, **{renamed[key]: value for key, value in family.options}}.items()))
    return Family(record, distribution, parameters, options, columns)


LINE = ("real", "nonnegative", "positive", "count", "unit_interval", "open_unit_interval")


def check_wrappable(name: str, family: Family, domains: tuple[str, ...], why: str) -> None:
    """Raise ``ValueError`` unless the family has one column in one of the domains and may be wrapped at all.

    Parameters
    ----------
    name : str
        The wrapper's.
    family : Family
    domains : tuple of str
        Those that the wrapper allows.
    why : str
        What it needs, for the message.
    """
    if not isinstance(family, Family):
        raise TypeError(f"{name} wraps a Family, not {type(family).__name__}: name a distribution.")
    if getattr(getattr(family.distribution, "wrapper", None), "outermost", False):
        inner = family.distribution.inner.name  # type: ignore[attr-defined]
        raise ValueError(
            f"{name}({family.name}) is not possible: what is not seen exactly comes last, write censored around "
            f"{name}({inner})."
        )
    single = family.columns == 1 and family.record.center != "direction"
    if family.record.domain not in domains or not single:
        raise ValueError(f"{name} cannot wrap {family.name!r}: {why}.")


def has_tails(family: Family) -> bool:
    """Return whether the family's distributions have ``log_cdf`` and ``log_survival``, by asking one of them."""
    raw = torch.ones(1, family.n_row + family.n_constant, dtype=torch.float64)
    distribution = family.build(raw)
    try:
        for name in ("log_cdf", "log_survival"):
            getattr(distribution, name)(torch.full((1,), 0.5, dtype=torch.float64))
    except (AttributeError, NotImplementedError):
        return False
    return True


def _on_one_axis(y: Tensor, weight: Tensor | None, inner: Family) -> tuple[Tensor, Tensor]:
    """Return one number for each row that the inner family allows; ends of intervals give their middle."""
    weight = torch.ones(len(y), dtype=y.dtype) if weight is None else weight
    if y.shape[1] == 2:
        other = torch.where(y.isfinite(), y, y.flip(1))
        y = other.mean(dim=1, keepdim=True)
    inside = y[:, 0] > 0 if inner.record.domain == "positive" else y[:, 0].isfinite()
    return y[inside, 0], weight[inside]

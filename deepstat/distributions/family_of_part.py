"""The family of a marginal or conditional distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from deepstat.distributions.family import Family, family_of
from deepstat.records import Distribution


def family_of_part(family: Family, what: str, parts: Sequence[Any]) -> tuple[Family, list[dict[str, Tensor]]]:
    """Return a family and the parameters with which it gives `parts` again.

    Parameters
    ----------
    family : Family
        Of several columns.
    what : str
        "marginal" or "conditional", for the name.
    parts : sequence of torch.distributions.Distribution
        One for each member: of the same class as the family's with fewer columns, or of another class.

    Examples
    --------
    >>> import torch
    >>> from deepstat.distributions.normal import Normal
    >>> whole = family_of(Distribution(name="two", target=Normal), Normal)
    >>> part, values = family_of_part(whole, "marginal", [Normal(torch.zeros(1), torch.ones(1))])
    >>> part.name, sorted(values[0])
    ('marginal of two', ['loc', 'scale'])
    """
    target, name = type(parts[0]), f"{what} of {family.name}"
    if target is family.distribution and parts[0].event_shape:
        k = int(parts[0].event_shape[0])
        parameters = tuple(replace(p, size=k if p.size else 0) for p in family.parameters)
        made = replace(family, record=replace(family.record, name=name), parameters=parameters, columns=k)
    else:
        made = family_of(Distribution(name=name, target=target), target)
    return made, [{p.name: getattr(part, p.name) for p in made.parameters} for part in parts]

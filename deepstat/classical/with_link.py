"""Another link of a family's first parameter, such as the canonical one."""

from __future__ import annotations

from dataclasses import replace

from deepstat.distributions.family import Family

# How statisticians name the map from the mean to the raw number.
LINK_NAMES = {
    "identity": "identity",
    "exp": "log",
    "sigmoid": "logit",
    "inverse": "inverse",
    "inverse_squared": "inverse squared",
    "probit": "probit",
}


def with_link(family: Family, link: str) -> Family:
    """Return the family with another link of its first parameter.

    Parameters
    ----------
    family : Family
    link : str
        Its own, or one that its record lists in `links`: canonical links such as ``"inverse"`` of the gamma leave the
        domain of the mean for some raw numbers, which a solver's line search avoids and a network would not.

    Raises
    ------
    ValueError
        The record does not list it.

    Examples
    --------
    >>> import torch
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.records import Distribution, Parameter
    >>> record = Distribution(
    ...     name="exponential", target=torch.distributions.Exponential, parameters=(Parameter("rate", "exp"),),
    ...     links=("identity",),
    ... )
    >>> with_link(family_of(record, torch.distributions.Exponential), "identity").parameters[0].link
    'identity'
    """
    first = family.row_parameters[0]
    allowed = (first.link, *family.record.links)
    if link not in allowed:
        raise ValueError(
            f"link={link!r} is not one of {family.name!r}: choose one of {', '.join(dict.fromkeys(allowed))}."
        )
    parameters = tuple(replace(p, link=link) if p is first else p for p in family.parameters)  # type: ignore[arg-type]
    return replace(family, parameters=parameters)

"""A family ready for a target: its distribution, its parameters with their sizes, its options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import constraints

from deepstat.distributions.parameters import n_raw, to_parameter
from deepstat.records import Distribution, Parameter


@dataclass(frozen=True)
class Family:
    """A family of distributions with everything about the target settled.

    Raw numbers come in the order of `parameters`, those of rows first, then constants.

    Attributes
    ----------
    record : Distribution
        What the family's record says; wrappers change a copy.
    distribution : callable
        ``distribution(**parameters, **options, validate_args=...)`` returns a ``torch.distributions.Distribution``.
    parameters : tuple of Parameter
        With sizes in numbers.
    options : tuple of (name, value)
        Fixed numbers and words (Tweedie's power, limits of censoring, trials).
    columns : int
        Columns of the target.

    Examples
    --------
    >>> from deepstat.records import Distribution, Parameter
    >>> record = Distribution(name="normal", target=torch.distributions.Normal, parameters=(
    ...     Parameter("loc", shifts=True, power=1.0), Parameter("scale", "exp", per="constant", power=1.0)))
    >>> family = family_of(record, torch.distributions.Normal)
    >>> family.n_row, family.n_constant
    (1, 1)
    >>> family.build(torch.tensor([[2.0, 0.0]])).log_prob(torch.tensor([2.0]))
    tensor([-0.9189])
    """

    record: Distribution
    distribution: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    options: tuple[tuple[str, Any], ...] = ()
    columns: int = 1

    @property
    def name(self) -> str:
        """The family's name."""
        return self.record.name

    @property
    def row_parameters(self) -> tuple[Parameter, ...]:
        """Parameters with a value for each row."""
        return tuple(parameter for parameter in self.parameters if parameter.per == "row")

    @property
    def constant_parameters(self) -> tuple[Parameter, ...]:
        """Parameters with one value for all rows."""
        return tuple(parameter for parameter in self.parameters if parameter.per == "constant")

    @property
    def n_row(self) -> int:
        """Raw numbers of a row: outputs of the network."""
        return sum(map(n_raw, self.row_parameters))

    @property
    def n_constant(self) -> int:
        """Raw numbers of all rows."""
        return sum(map(n_raw, self.constant_parameters))

    @property
    def limits(self) -> dict[str, float]:
        """Options that are places on the axis of the target."""
        return {name: value for name, value in self.options if name in self.record.limits}

    def values(self, raw: Tensor, *, floored: bool = True) -> dict[str, Tensor]:
        """Return the parameters of raw numbers (n, n_row + n_constant), by name."""
        ordered = self.row_parameters + self.constant_parameters
        pieces = raw.split([n_raw(parameter) for parameter in ordered], dim=-1)
        return {
            parameter.name: to_parameter(piece, parameter, floored=floored)
            for parameter, piece in zip(ordered, pieces, strict=True)
        }

    def at(self, values: Mapping[str, Any], **options: Any) -> Any:
        """Return the distribution with these parameters; `options` replace the family's own."""
        return self.distribution(**values, **{**dict(self.options), **options}, validate_args=False)

    def build(self, raw: Tensor, *, floored: bool = True, **options: Any) -> Any:
        """Return the distribution of raw numbers (n, n_row + n_constant)."""
        return self.at(self.values(raw, floored=floored), **options)

    def in_units(self, values: Mapping[str, Tensor], center: Tensor, scale: Tensor) -> dict[str, Tensor]:
        """Bring parameters from the trained target ``(y - center) / scale`` to the units of y.

        Parameters
        ----------
        values : mapping of name to Tensor
        center, scale : Tensor of shape (columns,)
        """
        if self.record.domain == "interval":  # both ends lie on one axis
            center, scale = center[:1], scale[:1]
        return {p.name: _in_units(values[p.name], p, center, scale) for p in self.parameters}

    def with_constant(self, names: tuple[str, ...]) -> Family:
        """Return the family with exactly the named parameters constant."""
        known = [parameter.name for parameter in self.parameters]
        for name in names:
            if name not in known:
                raise ValueError(
                    f"constant={name!r} is no parameter of {self.name!r}: they are {', '.join(known)}."
                )
        if set(names) == set(known):
            raise ValueError(f"All parameters of {self.name!r} are constant: leave one that depends on X.")
        parameters = tuple(
            replace(parameter, per="constant" if parameter.name in names else "row")
            for parameter in self.parameters
        )
        return replace(self, parameters=parameters)


def family_of(
    record: Distribution,
    target: Any,
    *,
    columns: int = 1,
    levels: int = 0,
    options: Mapping[str, Any] | None = None,
    link: Any = None,
) -> Family:
    """Return the family of a record, without wrappers.

    Parameters
    ----------
    record : Distribution
    target : class or function
        What the record names.
    columns : int
        Columns of the target.
    levels : int
        Levels of an ordinal target.
    options : mapping or None
        Options of the target, checked.
    link : str or None
        Another link of the first parameter.
    """
    sizes = {"columns": columns, "thresholds": levels - 1}
    parameters = record.parameters or _of_constraints(record, target)
    parameters = tuple(replace(p, size=sizes.get(p.size, p.size)) for p in parameters)  # type: ignore[call-overload,arg-type]
    if link is not None:
        parameters = (replace(parameters[0], link=link), *parameters[1:])
    return Family(record, target, parameters, tuple(sorted((options or {}).items())), columns)


def _in_units(value: Tensor, parameter: Parameter, center: Tensor, scale: Tensor) -> Tensor:
    if parameter.size == 0:
        center, scale = center[0], scale[0]
    elif parameter.link == "cholesky":
        scale = scale[:, None]
    if parameter.power:
        value = value * scale**parameter.power
    return value + center if parameter.shifts else value


# A plain distribution of torch: what its constraints ask for. Of two names for one thing, the second is left out.
_BY_CONSTRAINT = {
    "Real": "identity",
    "GreaterThan": "exp",
    "GreaterThanEq": "exp",
    "Interval": "sigmoid",
    "Simplex": "simplex",
    "LowerCholesky": "cholesky",
}
_INSTEAD_OF = {
    "logits": ("probs",),
    "scale_tril": ("covariance_matrix", "precision_matrix"),
    "rate": ("scale",),
}


def _of_constraints(record: Distribution, target: Any) -> tuple[Parameter, ...]:
    given = getattr(target, "arg_constraints", None)
    if not isinstance(given, dict) or not given:
        raise TypeError(
            f"distribution {record.name!r} has neither parameters nor arg_constraints: declare one of them."
        )
    taken = inspect.signature(target).parameters
    left_out = {
        other for name, others in _INSTEAD_OF.items() if name in given and name in taken for other in others
    }
    parameters = []
    for name, constraint in given.items():
        if name not in taken or name in left_out:
            continue
        vector = constraint.event_dim > 0
        constraint = getattr(constraint, "base_constraint", constraint)
        link = _BY_CONSTRAINT.get(type(constraint).__name__.lstrip("_"))
        bounded = link != "sigmoid" or constraint is constraints.unit_interval
        above_zero = link != "exp" or float(constraint.lower_bound) == 0.0
        if link is None or not bounded or not above_zero:
            raise TypeError(
                f"distribution {record.name!r} asks for {name!r} in {constraint}, which no link gives: declare "
                "`parameters` in its record."
            )
        parameters.append(Parameter(name, link, size="columns" if vector else 0))  # type: ignore[arg-type]
    return tuple(parameters)


def as_tensor(value: Any) -> Tensor:
    """Return float64 on the CPU, in which predictions are made."""
    if isinstance(value, np.ndarray) and not value.flags.writeable:  # a pandas column; torch would warn
        value = value.copy()
    return torch.as_tensor(value, dtype=torch.float64)

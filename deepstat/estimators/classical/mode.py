"""When an estimator is a classical model, and which of its settings then mean something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

SOLVERS = ("newton", "lbfgs", "irls", "interior_point", "coordinate_descent")
# What a classical model reads; every other parameter belongs to the training of networks.
READ = (
    "architecture",
    "optimizer",
    "optimizer_params",
    "loss",
    "loss_params",
    "distribution",
    "distribution_params",
    "constant",
    "quantiles",
    "expectiles",
    "crossing",
    "formula",
    "class_weight",
    "class_weight_params",
    "l1",
    "l2",
    "random_state",
    "verbose",
)


def is_classical(parameters: Mapping[str, Any]) -> bool:
    """Say whether parameters ask for a classical solver.

    Examples
    --------
    >>> is_classical({"optimizer": "newton"}), is_classical({"optimizer": "adam"})
    (True, False)
    """
    optimizer = parameters["optimizer"]
    return isinstance(optimizer, str) and optimizer in SOLVERS


def check_mode(estimator: Any) -> None:
    """Refuse what a classical fit would have to ignore.

    Raises
    ------
    ValueError
        The architecture is not linear, or a parameter of network training differs from its default.
    """
    solver = estimator.optimizer
    if estimator.architecture != "linear":
        raise ValueError(
            f"optimizer={solver!r} solves linear models exactly: set architecture='linear' (got "
            f"{estimator.architecture!r}), or choose an optimizer of networks, such as 'adam'."
        )
    changed = []
    for field in fields(estimator):
        value = getattr(estimator, field.name)
        machine = (field.name, value) in (("device", "cpu"), ("precision", "float64"))
        if field.name in READ or machine:
            continue
        if value is not field.default and value != field.default:
            changed.append(f"{field.name}={value!r}")
    if changed:
        raise ValueError(
            f"optimizer={solver!r} uses all rows at once, in float64, without random numbers: leave out "
            f"{', '.join(changed)}."
        )


def check_options(estimator: Any, known: Sequence[str]) -> dict[str, Any]:
    """Return ``optimizer_params``, which must be among those that the model has.

    Raises
    ------
    ValueError
        An option is unknown or out of range.
    """
    given = dict(estimator.optimizer_params or {})
    for name in given:
        if name not in known:
            raise ValueError(
                f"optimizer={estimator.optimizer!r} has no option {name!r} for this model: "
                + (f"its options are {', '.join(known)}." if known else "it has none.")
            )
    if given.get("penalty_scale", "raw") not in ("raw", "standardised"):
        raise ValueError(f"penalty_scale={given['penalty_scale']!r} must be 'raw' or 'standardised'.")
    if not (given.get("tol", 1.0) > 0 and given.get("max_iter", 1) >= 1):
        raise ValueError(f"optimizer_params={given!r}: tol must be positive and max_iter at least 1.")
    return given

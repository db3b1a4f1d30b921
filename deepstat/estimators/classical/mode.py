"""When an estimator is a classical model, and which of its settings then mean something."""

from __future__ import annotations

from collections.abc import Mapping
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
    "l1",
    "l2",
    "random_state",
    "verbose",
)
_OPTIONS = {"tol": 1e-10, "max_iter": 200, "penalty_scale": "raw"}


def is_classical(parameters: Mapping[str, Any]) -> bool:
    """Say whether parameters ask for a classical solver.

    Examples
    --------
    >>> is_classical({"optimizer": "newton"}), is_classical({"optimizer": "adam"})
    (True, False)
    """
    optimizer = parameters["optimizer"]
    return isinstance(optimizer, str) and optimizer in SOLVERS


def check_mode(estimator: Any) -> dict[str, Any]:
    """Return the solver's options; refuse what a classical fit would have to ignore.

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
    given = dict(estimator.optimizer_params or {})
    unknown = sorted(set(given) - set(_OPTIONS))
    if unknown:
        raise ValueError(f"optimizer={solver!r} has no option {unknown[0]!r}: its options are {', '.join(_OPTIONS)}.")
    options = {**_OPTIONS, **given}
    if options["penalty_scale"] not in ("raw", "standardised"):
        raise ValueError(f"penalty_scale={options['penalty_scale']!r} must be 'raw' or 'standardised'.")
    if not (options["tol"] > 0 and options["max_iter"] >= 1):
        raise ValueError(f"tol={options['tol']!r} and max_iter={options['max_iter']!r} must be positive.")
    return options

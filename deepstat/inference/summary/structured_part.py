"""The structured part of a network with a formula: coefficients, with standard errors where there is a theorem."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from deepstat.formula.formulas import select_columns
from deepstat.inference.partially_linear import partially_linear
from deepstat.inference.partially_linear_result import PartiallyLinearResult
from deepstat.inference.summary.mean_model_of import mean_model_of
from deepstat.inference.summary.nuisance_learner import nuisance_learner
from deepstat.inference.summary.tables import numbered
from deepstat.inference.summary.why_no_standard_error import (
    NONE,
    deep_inputs,
    free_columns,
    why_no_standard_error,
)

JOINT = "Structured part of the joint fit (plug-in: no standard error)"


class StructuredPart(NamedTuple):
    """Tables and notes of the structured part.

    Attributes
    ----------
    tables : list
    notes : list of str
    result : PartiallyLinearResult or None
        None where there are no standard errors.
    """

    tables: list[Any]
    notes: list[str]
    result: PartiallyLinearResult | None


def structured_part(
    estimator: Any, X: Any, y: Any, *, sample_weight: Any = None, level: float = 0.95, **options: Any
) -> StructuredPart:
    """Report the structured part of a fit: by partialling out on the rows given, or why not.

    Parameters
    ----------
    estimator : fitted deep estimator
        With a formula.
    X, y, sample_weight : table, array-like or None
        Rows to estimate from, those of the fit; without them there are no standard errors.
    level : float
    **options
        Of :func:`deepstat.inference.partially_linear.partially_linear`.

    Raises
    ------
    ValueError
        A structured column turns out to be a function of the deep inputs, or the rows do not fit together.
    """
    joint = joint_coefficients(estimator)
    reason = why_no_standard_error(estimator)
    if not reason and (X is None or y is None):
        reason = f"{NONE}they are estimated anew from the rows, summary(X, y)."
    if reason:
        labels = list(joint)
        table = numbered(JOINT, ["coef"], labels, [[joint[label]] for label in labels])
        return StructuredPart([table], [reason], None)
    return _partialled_out(estimator, X, y, sample_weight, level, options)


def joint_coefficients(estimator: Any) -> dict[str, float]:
    """Return the structured coefficients of the joint fit by name; of several parameters or outputs with these."""
    found = estimator.coef_
    parts = found.items() if isinstance(found, dict) else [("", found)]
    joined = {}
    for parameter, own in parts:
        prefix = f"{parameter}: " if parameter and len(parts) > 1 else ""
        if own.ndim == 1:
            joined |= {f"{prefix}{name}": float(value) for name, value in own.items()}
            continue
        for name, values in own.iterrows():
            joined |= {f"{prefix}{name} [{output}]": float(value) for output, value in values.items()}
    return joined


def _of_mean(estimator: Any) -> Any:
    found = estimator.coef_
    return next(iter(found.values())) if isinstance(found, dict) else found


def _partialled_out(
    estimator: Any, X: Any, y: Any, sample_weight: Any, level: float, options: dict[str, Any]
) -> StructuredPart:
    import pandas as pd
    from statsmodels.iolib.table import SimpleTable

    model = mean_model_of(estimator)
    design = next(iter(estimator.schema_.parameters.values()))
    free, inputs = free_columns(estimator), deep_inputs(estimator)
    names = [design.names[j] for j in free]
    response = np.asarray(y)
    if model.family == "binomial":
        response = (response.ravel() == estimator.classes_[1]).astype(np.float64)
    name = getattr(y, "name", None)
    result = partially_linear(
        pd.Series(response.ravel(), name=name if isinstance(name, str) else "y"),
        pd.DataFrame(design.design(X)[:, free], columns=names),
        select_columns(X, inputs),
        family=model.family,
        link=model.link,
        sample_weight=sample_weight,
        level=level,
        **{"learner": nuisance_learner(estimator), "random_state": estimator.random_state, **options},
    )
    found = result.summary()
    head, table = found.tables
    head.title = "Structured part, by cross-fitted partialling out"
    table.extend_right(
        SimpleTable([[f"{value:.4f}"] for value in _of_mean(estimator)[names]], headers=["joint fit"])
    )
    notes = [
        *found.extra_txt.split("\n"),
        "coef and std err are those of the score. predict() uses the jointly fitted model, whose coefficients are in "
        "the last column.",
    ]
    others = [own for own in design.names if own not in (*names, "Intercept")]
    if others:
        notes.append(
            f"No standard errors for {', '.join(others)}: made of inputs of the deep term alone, of which an unknown "
            "function can say the same."
        )
    return StructuredPart([head, table], notes, result)

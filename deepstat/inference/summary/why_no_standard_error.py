"""Why the structured part of a network with a formula has no standard errors."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from deepstat.inference.summary.mean_model_of import mean_model_of

NONE = "There are no standard errors: "


def why_no_standard_error(estimator: Any) -> str:
    """Return the reason in one sentence; empty where cross-fitted partialling out gives them.

    Parameters
    ----------
    estimator : fitted deep estimator
        With a formula.

    Examples
    --------
    >>> import pandas as pd
    >>> from deepstat import DeepRegressor
    >>> table = pd.DataFrame({"y": [0.0, 1.0, 3.0], "x": [0.0, 1.0, 2.0], "z": [1.0, 0.0, 2.0]})
    >>> model = DeepRegressor(formula="y ~ x + deep(z)", max_epochs=1, random_state=0)
    >>> why_no_standard_error(model.fit(table))
    ''
    >>> print(why_no_standard_error(model.set_params(formula="y ~ x + deep(x)").fit(table)))
    There are no standard errors: every structured column is made of inputs of deep(x), of which an unknown function \
can say the same.
    """
    parameters = estimator.schema_.parameters
    if not any(own.deep for own in parameters.values()):
        return (
            f"{NONE}optimizer={estimator._recipe['optimizer']!r} stops near the best coefficients and not at them; fit "
            "with a classical solver (architecture='linear', optimizer='newton')."
        )
    reason = mean_model_of(estimator).reason
    if reason:
        return f"{NONE}{reason}."
    design = next(iter(parameters.values()))
    inputs = {label: set(estimator.schema_.groups[group][0]) for label, group in design.deep}
    labels = ", ".join(inputs)
    for (one, first), (other, second) in combinations(inputs.items(), 2):
        if first & second:
            return f"{NONE}{one} and {other} share inputs."
    structured = [j for j, name in enumerate(design.names) if name != "Intercept"]
    if not structured:
        return f"{NONE}the formula has no structured column beside the intercept."
    union = set().union(*inputs.values())
    if len(inputs) > 1 and any(design.structured.uses(j) & union for j in structured):
        return f"{NONE}structured columns share inputs with several deep terms ({labels})."
    if not free_columns(estimator):
        return (
            f"{NONE}every structured column is made of inputs of {labels}, of which an unknown function can say the "
            "same."
        )
    return ""


def free_columns(estimator: Any) -> list[int]:
    """Return the structured columns of the first parameter that are not made of deep terms' inputs alone."""
    design = next(iter(estimator.schema_.parameters.values()))
    union = set(deep_inputs(estimator))
    names = enumerate(design.names)
    return [j for j, name in names if name != "Intercept" and not design.structured.uses(j) <= union]


def deep_inputs(estimator: Any) -> tuple[str, ...]:
    """Return the columns inside the deep terms of the first parameter."""
    design = next(iter(estimator.schema_.parameters.values()))
    groups = [estimator.schema_.groups[group][0] for _, group in design.deep]
    return tuple(dict.fromkeys(name for names in groups for name in names))

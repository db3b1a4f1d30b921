"""Which model of the mean a fit is, where there is an orthogonal score for it."""

from __future__ import annotations

from typing import Any, NamedTuple

from deepstat.estimators.parameter_outputs import parameter_names
from deepstat.estimators.tasks.distribution import family_of_target

# Losses, and distributions with the link of their first parameter, whose fit is a mean: family and link of the score.
LOSSES = {"squared": ("normal", "identity"), "poisson": ("poisson", "log"), "gamma": ("gamma", "log")}
DISTRIBUTIONS = {
    ("normal", "identity"): ("normal", "identity"),
    ("poisson", "exp"): ("poisson", "log"),
    ("negative_binomial", "exp"): ("poisson", "log"),
    ("tweedie", "exp"): ("poisson", "log"),
    ("exponential", "exp"): ("gamma", "log"),
    ("gamma", "exp"): ("gamma", "log"),
    ("inverse_gaussian", "exp"): ("inverse_gaussian", "log"),
}


class MeanModelOf(NamedTuple):
    """A model of the mean, or why there is none.

    Attributes
    ----------
    family, link : str
        As of :func:`deepstat.inference.partially_linear.partially_linear`. The family's variance weighs the rows and
        need not be right: counts and Tweedie's numbers take Poisson's.
    reason : str
        Why there is no orthogonal score, in a part of a sentence.
    """

    family: str = ""
    link: str = ""
    reason: str = ""


def mean_model_of(estimator: Any) -> MeanModelOf:
    """Return the model of the mean that a fitted estimator is.

    Parameters
    ----------
    estimator : fitted deep estimator

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> X, y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]
    >>> mean_model_of(DeepRegressor(max_epochs=1).fit(X, y))
    MeanModelOf(family='normal', link='identity', reason='')
    >>> mean_model_of(DeepRegressor(loss="huber", max_epochs=1).fit(X, y)).reason
    "loss='huber' estimates no mean"
    """
    task = estimator._task
    if task in ("quantiles", "expectiles"):
        return MeanModelOf(reason=f"{task} have no orthogonal score here")
    resolved = estimator._resolved()
    name = resolved.record.name
    if task == "classification":
        if name != "cross_entropy":
            return MeanModelOf(reason=f"loss={name!r} is no likelihood of the classes")
        if estimator.target_.is_soft:
            return MeanModelOf(reason="probabilities as targets have no orthogonal score here")
        if len(estimator.classes_) > 2:
            return MeanModelOf(reason=f"{len(estimator.classes_)} classes have no orthogonal score here")
        return MeanModelOf("binomial", str(resolved.options.get("link", "logit")))
    if estimator.target_.n_outputs > 1:
        return MeanModelOf(
            reason=f"a target of {estimator.target_.n_outputs} columns has no orthogonal score here"
        )
    if task == "regression":
        found = LOSSES.get(name)
        return MeanModelOf(*found) if found else MeanModelOf(reason=f"loss={name!r} estimates no mean")
    mean = parameter_names(resolved)[0]
    if _others(estimator.schema_, mean):
        return MeanModelOf(reason="another parameter of the distribution than its first depends on columns")
    link = family_of_target(resolved, estimator.target_).row_parameters[0].link
    found = DISTRIBUTIONS.get((name, link))
    return (
        MeanModelOf(*found)
        if found
        else MeanModelOf(reason=f"distribution={name!r} has no orthogonal score here")
    )


def _others(schema: Any, mean: str) -> bool:
    """Say whether a formula lets other parameters than the mean vary; without one all of them do."""
    parameters = getattr(schema, "parameters", None)
    if parameters is None:
        return True
    return mean not in parameters or any(_varies(own) for name, own in parameters.items() if name != mean)


def _varies(design: Any) -> bool:
    return bool(design.width or design.deep)

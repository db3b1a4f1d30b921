"""What of a fit marginal effects are the effects on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from deepstat.estimators.tasks.distribution import family_of_target
from deepstat.estimators.tasks.quantiles import check_levels


def _itself(fitted: Any) -> Any:
    return fitted


@dataclass(frozen=True)
class Response:
    """What of a fit marginal effects are the effects on.

    Attributes
    ----------
    words : str
        "the mean", "the probability of a class"; empty where there is nothing.
    outputs : tuple of str
        Names of its columns; one empty name where it is a single number.
    first : int
        Columns left out before these: the first of two classes, whose probability is the other's complement.
    seen : callable
        ``seen(fitted)`` has a ``predict`` (a classifier's ``predict_proba``) that returns it.
    reason : str
        Why there is nothing, in one sentence.
    """

    words: str
    outputs: tuple[str, ...] = ("",)
    first: int = 0
    seen: Callable[[Any], Any] = _itself
    reason: str = ""


def response(estimator: Any) -> Response:
    """Return what marginal effects of an estimator are the effects on.

    Parameters
    ----------
    estimator : fitted deep estimator

    Examples
    --------
    >>> from deepstat import DeepClassifier
    >>> model = DeepClassifier(max_epochs=1, random_state=0).fit([[0.0], [1.0]], ["no", "yes"])
    >>> found = response(model)
    >>> found.words, found.outputs
    ('the probability', ('yes',))
    """
    if is_classifier(estimator):
        if not hasattr(estimator, "predict_proba"):
            return Response(
                "", reason="This loss gives no probabilities, on which marginal effects could be had."
            )
        names = tuple(str(label) for label in estimator.classes_)
        first = int(len(names) == 2)
        return Response("the probability", names[first:], first)
    if estimator._task in ("quantiles", "expectiles"):
        levels = check_levels(estimator._task, estimator._recipe[estimator._task])
        return Response(f"the {estimator._task}", tuple(f"{level:g}" for level in levels), seen=Curves)
    if estimator._task == "distribution":
        return _of_distribution(estimator)
    return Response("the prediction", _outputs(estimator.target_.n_outputs))


def _of_distribution(estimator: Any) -> Response:
    family = family_of_target(estimator._resolved(), estimator.target_)
    center = family.record.center
    if center == "direction":
        return Response("", reason="Differences of directions depend on where the circle is cut: no effects.")
    if family.record.domain == "trials":
        return Response("the probability of success")
    return Response(f"the {center}", _outputs(family.columns))


def _outputs(n: int) -> tuple[str, ...]:
    return ("",) if n == 1 else tuple(f"output {j + 1}" for j in range(n))


class Curves:
    """A fit of several curves, seen as a regressor that predicts all of them."""

    def __init__(self, fitted: Any) -> None:
        self.fitted = fitted

    def predict(self, X: Any) -> np.ndarray:
        """Return the curves (n, q)."""
        return self.fitted._predict_levels(X, self.fitted._recipe[self.fitted._task])

    def __sklearn_tags__(self) -> Any:
        return self.fitted.__sklearn_tags__()

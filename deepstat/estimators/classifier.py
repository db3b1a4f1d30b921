"""Deep classification, with honest probabilities whatever the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.utils.metaestimators import available_if

from deepstat.estimators.class_predictions import ClassPredictions
from deepstat.estimators.deep import DeepEstimator, has_epochs
from deepstat.estimators.parameters import CONSTRAINTS, LOSS_CONSTRAINTS, document


@dataclass(kw_only=True, eq=False, repr=False)
class DeepClassifier(ClassPredictions, DeepEstimator):
    """A neural network for classification that obeys scikit-learn's contract.

    ``predict_proba`` reports probabilities of the classes as they are in the data: what the loss distorts (focal's
    focusing, class weights, label smoothing) is undone. ``predict`` and ``decision_function`` follow the loss as
    trained, so that class weights act as costs. ``predict_raw_proba`` returns the network's own probabilities.

    Parameters
    ----------
    class_weight : dict, "balanced", "effective_number" or None
        Weights of the rows of each class, normalised to mean one over rows. "effective_number" (Cui et al. 2019)
        needs ``class_weight_params={"beta": ...}``.
    class_weight_params : dict or None
    {loss}
    {shared}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    class_weight_ : ndarray of shape (n_classes,) or None
        The weight of each class in training.
    {attributes}

    See Also
    --------
    DeepRegressor : the same for numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from deepstat import DeepClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = DeepClassifier(max_epochs=50, random_state=0).fit(X, y)
    >>> model.predict_proba(X).shape, bool(model.score(X, y) > 0.9)
    ((150, 3), True)
    """

    _task: ClassVar[str] = "classification"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CONSTRAINTS,
        **LOSS_CONSTRAINTS,
        "class_weight": [dict, str, None],
        "class_weight_params": [dict, None],
    }

    loss: Any = "auto"
    loss_params: Any = None
    class_weight: Any = None
    class_weight_params: Any = None

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> DeepClassifier:
        """Train the network.

        Parameters
        ----------
        X : table of shape (n, p)
            DataFrame (pandas, polars), array, list of lists or scipy sparse matrix.
        y : array-like of shape (n,), or (n, n_classes)
            Labels of any type; or class probabilities whose rows sum to one (soft targets), with classes 0, 1, ....
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None
            Frequencies: weight 2 counts a row twice, weight 0 leaves it out, everywhere.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    @available_if(has_epochs)
    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None
    ) -> DeepClassifier:
        """Train for one epoch on the rows given.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,)
            None: the left side of `formula`.
        classes : array-like or None
            All classes that will ever be seen; needed at the first call unless `y` has them all.
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        self
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} needs all rows at once, which partial_fit never sees: "
                "give a dict of class to weight."
            )
        if (
            classes is not None
            and hasattr(self, "classes_")
            and list(np.unique(classes)) != list(self.classes_)
        ):
            raise ValueError(
                f"classes={classes!r} differ from those of the first call, {self.classes_.tolist()}."
            )
        return self._partial_fit(X, y, sample_weight, classes)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return the share of rows whose class is predicted.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        float
        """
        return float(super().score(X, self._target_of(X, y), sample_weight))


document(DeepClassifier, "cross_entropy")

"""Conformal sets of classes of any classifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.utils import _safe_indexing, column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y, check_is_fitted

from deepstat.conformal.calibration import say
from deepstat.conformal.conformal import Conformal, document
from deepstat.conformal.prediction_sets import prediction_sets
from deepstat.conformal.scores.class_probabilities import ClassProbabilities
from deepstat.estimators.draw import Draw
from deepstat.inference.randomness import root_seed


class ConformalClassifier(ClassifierMixin, Conformal):
    """Sets of classes that hold the true one with a stated probability, whatever the model.

    The classifier's probabilities may be wrong: its sets are then large, and yet hold what they claim, if rows are
    exchangeable. The probability is over calibration samples and new rows together: that of no single x is promised.
    All fits of a deepstat estimator train as one population.

    Parameters
    ----------
    estimator : classifier with ``predict_proba``
        Of deepstat's, or any of scikit-learn's contract. In a ``FrozenEstimator`` it is not fitted, and all rows
        given calibrate ("split").
    method : {"split", "cv+", "jackknife+-after-bootstrap"}, default="split"
        Calibrate on a share of the rows that the fit did not see; on each fold in turn; or on the rows that each
        bootstrap sample missed.
    {shared}
    conformity_score : {"lac", "aps"}, default="lac"
        One minus the probability of the class: small sets, some of them empty. Or the probability of all classes at
        least as likely: sets that are large where the classifier is unsure.
    randomised : bool, default=True
        For "aps": add a random part of a class's own probability only, without which sets are larger than they claim.
        The random number is a function of `random_state` and the row's contents.
    by_class : bool, default=False
        Calibrate each class by itself, so that a rare class is covered as often as a frequent one.
    {last}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    {attributes}

    See Also
    --------
    ConformalRegressor : intervals.

    References
    ----------
    Vovk, Gammerman and Shafer (2005), Algorithmic learning in a random world. Sadinle, Lei and Wasserman (2019), Least
    ambiguous set-valued classifiers with bounded error levels. Romano, Sesia and Candes (2020), Classification with
    valid and adaptive coverage. Kim, Xu and Barber (2020), Predictive inference is free with the
    jackknife+-after-bootstrap.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> model = ConformalClassifier(LogisticRegression(max_iter=1000), method="cv+", random_state=0).fit(X, y)
    >>> model.predict_set(X[[0, 70, 133]], level=0.98)
    array([[ True, False, False],
           [False,  True,  True],
           [False,  True,  True]])
    """

    _what = "set"
    _parameter_constraints = {  # noqa: RUF012  # scikit-learn's protocol
        **Conformal._shared_constraints,
        "method": [StrOptions({"split", "cv+", "jackknife+-after-bootstrap"})],
        "conformity_score": [StrOptions({"lac", "aps"})],
        "randomised": ["boolean"],
        "by_class": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        method: str = "split",
        level: float = 0.9,
        n_folds: int = 10,
        n_resamples: int = 50,
        calibration_fraction: float = 0.2,
        conformity_score: str = "lac",
        randomised: bool = True,
        by_class: bool = False,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.estimator = estimator
        self.method = method
        self.level = level
        self.n_folds = n_folds
        self.n_resamples = n_resamples
        self.calibration_fraction = calibration_fraction
        self.conformity_score = conformity_score
        self.randomised = randomised
        self.by_class = by_class
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, mondrian: Any = None
    ) -> ConformalClassifier:
        """Fit the estimator and score rows that it did not see.

        Parameters
        ----------
        {fit}
        """
        self._validate_params()
        if not hasattr(self.estimator, "predict_proba"):
            raise TypeError(
                f"ConformalClassifier needs a classifier with predict_proba, which {type(self.estimator).__name__} has "
                "not; give one of them, or wrap it in scikit-learn's CalibratedClassifierCV."
            )
        y = column_or_1d(_check_y(y, multi_output=False, estimator=self), warn=True)
        check_classification_targets(y)
        start = self._start(X, y, sample_weight, groups, mondrian)
        classes, targets = np.unique(start["y"], return_inverse=True)
        category = start["codes"] * len(classes) + targets if self.by_class else start["codes"]
        seed = root_seed(self.random_state)
        random = self.conformity_score == "aps" and self.randomised
        score = ClassProbabilities(classes, self.conformity_score, seed if random else None)
        found = self._calibrate(start, category, score, seed)
        calibration = found["calibration_"]
        u = score.uniforms(_safe_indexing(start["X"], calibration.rows))
        own = score.of(calibration.parts, u)[np.arange(len(calibration.rows)), targets[calibration.rows]]
        found |= {"classes_": classes, "scores_": calibration.scored(own), "_by_class": self.by_class}
        self._keep(found)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the likeliest class.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,)
            Of "split" by the fit on the learning rows, of "cv+" by that on all rows, else by mean probabilities.
        """
        check_is_fitted(self, "calibration_")
        if hasattr(self, "estimator_"):
            return np.asarray(self.estimator_.predict(X))
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probabilities that :meth:`predict` goes by; conformal prediction does not change them.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        check_is_fitted(self, "calibration_")
        if hasattr(self, "estimator_"):
            return say(self._score, self.estimator_, X)
        return self._stacked(X).mean(axis=0)

    def predict_set(self, X: Any, level: float | None = None, mondrian: Any = None) -> NDArray[np.bool_]:
        """Return the set of classes of each row.

        Parameters
        ----------
        X : table of shape (n, p)
        level : float or None
            None: that of the constructor.
        mondrian : array-like of shape (n,) or None
            Category of each row, where fit was given categories.

        Returns
        -------
        ndarray of bool of shape (n, n_classes)
            Columns as in ``classes_``. A set may be empty: no class is likely enough to be common.

        Warns
        -----
        UserWarning
            There are too few calibration rows for the level, so that sets hold all classes.
        """
        check_is_fitted(self, "calibration_")
        level = self._level(level)
        probabilities = self._stacked(X)
        n, n_classes = probabilities.shape[1:]
        category = np.repeat(self._codes(mondrian, n)[:, None], n_classes, axis=1)
        if self._by_class:
            category = np.where(category < 0, -1, category * n_classes + np.arange(n_classes))
            category[category >= len(self.calibration_.sizes)] = -1
        self._warn_of_infinite(category, level)
        u = self._score.uniforms(X)

        def score(mean: NDArray[np.float64]) -> NDArray[np.float64]:
            return self._score.of(mean, u)

        return prediction_sets(self.calibration_, score, self.scores_, probabilities, category, level)

    def _fits(self, start: dict[str, Any], draws: Sequence[Draw]) -> Iterator[Any]:
        """Fit, but for draws with one class only, which many classifiers refuse: they predict that class."""
        y = start["y"]
        alone = [draw.rows is not None and len(np.unique(y[draw.rows])) == 1 for draw in draws]
        if all(alone):  # there is no other class at all: that is for the estimator to judge
            alone = [False] * len(alone)
        members = super()._fits(start, [draw for draw, one in zip(draws, alone, strict=True) if not one])
        for draw, one in zip(draws, alone, strict=True):
            if one:
                yield DummyClassifier().fit(_safe_indexing(start["X"], draw.rows[:1]), y[draw.rows[:1]])
            else:
                yield next(members)

    def _within(self) -> str | None:
        category = super()._within()
        if not self._by_class:
            return category
        return "class" if category is None else "class and category"


document(ConformalClassifier)

"""Conformal intervals of any regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, is_classifier
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _check_y, check_is_fitted

from deepstat.conformal.conformal import Conformal, document
from deepstat.conformal.intervals import intervals
from deepstat.conformal.scores.absolute import Absolute
from deepstat.conformal.scores.interval_distance import IntervalDistance
from deepstat.conformal.scores.normalised import Normalised
from deepstat.inference.randomness import root_seed


class ConformalRegressor(RegressorMixin, Conformal):
    """Intervals that hold a new target with a stated probability, whatever the model and the noise.

    The estimator may be wrong: its intervals are then wide, and yet hold what they claim, if rows are exchangeable.
    The probability is over calibration samples and new rows together: that of no single x is promised. All fits of a
    deepstat estimator train as one population.

    Parameters
    ----------
    estimator : regressor
        Of deepstat's, or any of scikit-learn's contract. In a ``FrozenEstimator`` it is not fitted, and all rows
        given calibrate ("split", "cqr").
    method : {"split", "cv+", "jackknife+-after-bootstrap", "cqr"}, default="split"
        Calibrate on a share of the rows that the fit did not see; on each fold in turn; on the rows that each
        bootstrap sample missed; or, as "split" does, the predicted quantiles of an estimator with
        ``predict_quantiles`` and ``quantiles``.
    {shared}
    conformity_score : {"absolute", "normalised"}, default="absolute"
        Residuals as they are, or in predicted standard deviations (``predict_distribution``, or ``predict`` with
        ``return_std``), so that intervals are wide where the noise is. "cqr" has a score of its own.
    {last}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    ConformalClassifier : sets of classes.

    References
    ----------
    Vovk, Gammerman and Shafer (2005), Algorithmic learning in a random world. Barber, Candes, Ramdas and Tibshirani
    (2021), Predictive inference with the jackknife+. Kim, Xu and Barber (2020), Predictive inference is free with the
    jackknife+-after-bootstrap. Romano, Patterson and Candes (2019), Conformalized quantile regression. Lee, Barber and
    Willett (2023), Distribution-free inference with hierarchical data.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 1))
    >>> y = X[:, 0] + rng.normal(size=200)
    >>> model = ConformalRegressor(LinearRegression(), method="cv+", random_state=0).fit(X, y)
    >>> model.predict_interval([[0.0], [1.0]]).round(1)
    array([[-1.6,  1.5],
           [-0.7,  2.4]])
    >>> model.claim_.split(", over")[0]
    "A new row's target lies in its interval with probability at least 0.714 (Barber et al. 2021; near 0.9 is usual)"
    """

    _what = "interval"
    _parameter_constraints = {  # noqa: RUF012  # scikit-learn's protocol
        **Conformal._shared_constraints,
        "method": [StrOptions({"split", "cv+", "jackknife+-after-bootstrap", "cqr"})],
        "conformity_score": [StrOptions({"absolute", "normalised"})],
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
        conformity_score: str = "absolute",
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
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.verbose = verbose

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None, mondrian: Any = None
    ) -> ConformalRegressor:
        """Fit the estimator and score rows that it did not see.

        Parameters
        ----------
        {fit}
        """
        self._validate_params()
        score = self._make_score()
        y = _check_y(y, y_numeric=True, estimator=self)
        start = self._start(X, y, sample_weight, groups, mondrian)
        found = self._calibrate(start, start["codes"], score, root_seed(self.random_state))
        calibration = found["calibration_"]
        targets = np.asarray(y, dtype=np.float64)[found["calibration_rows_"]]
        scores = calibration.scored(score.at(self.level).of(calibration.parts, targets))
        self._keep(found | {"scores_": scores, "_targets": targets})
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict by the estimator.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,)
            Of "split" and "cqr" the fit on the learning rows, of "cv+" that on all rows, else the mean of the fits.
        """
        check_is_fitted(self, "calibration_")
        if hasattr(self, "estimator_"):
            return np.asarray(self.estimator_.predict(X))
        return np.mean([member.predict(X) for member in self.estimators_], axis=0)

    def predict_interval(
        self, X: Any, level: float | None = None, mondrian: Any = None
    ) -> NDArray[np.float64]:
        """Return the interval of each row.

        Parameters
        ----------
        X : table of shape (n, p)
        level : float or None
            None: that of the constructor.
        mondrian : array-like of shape (n,) or None
            Category of each row, where fit was given categories.

        Returns
        -------
        ndarray of shape (n, 2)
            Lower and upper ends.

        Warns
        -----
        UserWarning
            There are too few calibration rows for the level, so that intervals are infinite.
        """
        check_is_fitted(self, "calibration_")
        level = self._level(level)
        parts = self._stacked(X)
        category = self._codes(mondrian, parts.shape[1])
        self._warn_of_infinite(category, level)
        score = self._score.at(level)
        scores = self.calibration_.scored(score.of(self.calibration_.parts, self._targets))
        return intervals(self.calibration_, score, scores, parts, category, level)

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _make_score(self) -> Any:
        if is_classifier(self.estimator):
            raise TypeError(
                f"ConformalRegressor got a {type(self.estimator).__name__}, a classifier; use ConformalClassifier."
            )
        if self.method == "cqr":
            if self.conformity_score != "absolute":
                raise ValueError(
                    f"method='cqr' has a score of its own, but conformity_score="
                    f"{self.conformity_score!r} was given; leave that out."
                )
            IntervalDistance.check(self.estimator)
            return IntervalDistance(self.estimator.quantiles, self.level)
        if self.conformity_score == "normalised":
            Normalised.check(self.estimator)
            return Normalised()
        return Absolute()


document(ConformalRegressor)

"""Deep distributional regression: the network predicts the parameters of a family of distributions."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sklearn.base import RegressorMixin
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils._param_validation import Interval
from sklearn.utils.metaestimators import available_if

from deepstat.data.weights import check_weights
from deepstat.distributions.family import Family
from deepstat.distributions.predicted import PredictedDistribution
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.classical.offsets import total_offset
from deepstat.estimators.deep import DeepEstimator, has_epochs
from deepstat.estimators.intervals import check_interval
from deepstat.estimators.parameters import CONSTRAINTS, document
from deepstat.estimators.tasks.distribution import family_of_target
from deepstat.records import Component


@dataclass(kw_only=True, eq=False, repr=False)
class DeepDistributionRegressor(RegressorMixin, DeepEstimator):
    """Choose a distribution for the target; the network predicts its parameters, and returns all of it.

    Minimises the negative log-likelihood. Every row starts at the marginal fit.

    Parameters
    ----------
    distribution : str, callable or Distribution, default="normal"
        A registered name (``deepstat list distributions``), a class of ``torch.distributions``, or a record.
    distribution_params : dict or None
        Options of the distribution, e.g. ``{"power": 1.5}``; for wrappers the distribution inside:
        ``distribution="mixture"`` with ``{"family": "normal", "n_components": 3}``.
    constant : sequence of str or None
        Parameters of the distribution that are one trained number instead of an output for each row. None: as the
        distribution declares (shapes, thresholds). ``()``: none.
    nll_beta : float in [0, 1], default=0.0
        Weight each row's loss by its predicted variance to this power, held fixed in the gradient (Seitzer et al.
        2022): helps means that are hard to learn. Above 0 the training loss is no likelihood.
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DeepQuantileRegressor : quantiles without a family.
    DeepClassifier : Bernoulli and categorical targets.

    References
    ----------
    Rigby and Stasinopoulos (2005), Generalized additive models for location, scale and shape, Applied Statistics 54.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepDistributionRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = DeepDistributionRegressor(distribution="gamma", max_epochs=20, random_state=0).fit(X, y)
    >>> predicted = model.predict_distribution(X[:3])
    >>> predicted.interval(0.9).shape, predicted.cdf(y[:3]).shape
    ((3, 2), (3,))
    """

    _task: ClassVar[str] = "distribution"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CONSTRAINTS,
        "distribution": [str, callable, Component],
        "distribution_params": [dict, None],
        "constant": [list, tuple, None],
        "nll_beta": [Interval(Real, 0, 1, closed="both")],
    }

    distribution: Any = "normal"
    distribution_params: Any = None
    constant: Any = None
    nll_beta: float = 0.0

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, offset: Any = None, exposure: Any = None
    ) -> Self:
        """Train the network, or maximise the likelihood by a classical solver.

        Parameters
        ----------
        X : table of shape (n, p)
            DataFrame (pandas, polars), array, list of lists or scipy sparse matrix.
        y : array-like of shape (n,) or (n, k)
            None: the left side of `formula`.
            What the distribution describes: see its domain (``deepstat list distributions``).
        sample_weight : array-like of shape (n,) or None
            Frequencies: weight 2 counts a row twice, weight 0 leaves it out, everywhere.
        offset : array-like of shape (n,) or None
            Of a classical solver: added to the first linear predictor.
        exposure : array-like of shape (n,) or None
            Its logarithm is an offset, for distributions whose first parameter has a log link.

        Returns
        -------
        self
        """
        offset = total_offset(self, offset, exposure)
        return self._fit(X, y, sample_weight, offset=offset)

    @available_if(has_epochs)
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train for one epoch on the rows given; columns and target scale are learned at the first call.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,) or (n, k)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        self
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(
        self,
        X: Any,
        *,
        interval: str | None = None,
        level: float = 0.95,
        offset: Any = None,
        exposure: Any = None,
    ) -> np.ndarray:
        """Predict the centre of the distribution: its mean, or what the family has instead; or intervals.

        Parameters
        ----------
        X : table of shape (n, p)
        interval : {"prediction", "confidence"} or None
            "prediction": holds a new target with probability `level`, were the predicted distribution the true one.
            "confidence": of the fitted mean, after a classical fit.
        level : float
        offset, exposure : array-like of shape (n,) or None
            As in fit.

        Returns
        -------
        ndarray of shape (n,) or (n, k); of intervals (n, 2)
            In units of the target; in X's float dtype, or float64.
        """
        shift = total_offset(self, offset, exposure)
        raw, dtype = self._shifted(X, shift)
        if interval is not None and check_interval(self, interval, level) == "confidence":
            return self._wald_interval(X, "confidence", level, shift)
        missing = np.isnan(raw).any(axis=(0, 2))  # rows that a classical fit cannot predict
        raw[:, missing] = 0.0 if missing.all() else raw[:, [missing.argmin()]]
        predicted = self._distribution(raw)
        found = (predicted.center if interval is None else predicted.interval(level)).astype(
            dtype, copy=False
        )
        found[missing] = np.nan
        return found

    def predict_distribution(
        self, X: Any, *, trials: Any = None, offset: Any = None, exposure: Any = None
    ) -> PredictedDistribution:
        """Predict the whole distribution of each row.

        Parameters
        ----------
        X : table of shape (n, p)
        trials : int, array-like of shape (n,) or None
            For "binomial": the number of trials of each row; one by default.
        offset, exposure : array-like of shape (n,) or None
            As in fit.

        Returns
        -------
        PredictedDistribution
            In units of the target. Several members are mixed with equal weights.

        Raises
        ------
        ValueError
            Rows have missing values, after a classical fit.
        """
        raw, _ = self._shifted(X, total_offset(self, offset, exposure))
        missing = np.flatnonzero(np.isnan(raw).any(axis=(0, 2)))
        if missing.size:
            raise ValueError(
                f"{missing.size} row(s) of X have missing values, the first is row {missing[0]}: a classical fit has "
                "no distribution for them; fill in the values or leave out the rows."
            )
        return self._distribution(raw, trials)

    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, offset: Any = None, exposure: Any = None
    ) -> float:
        """Return the mean log-likelihood of y, in nats a row: larger is better.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,) or (n, k)
            None: the left side of `formula`.
        sample_weight : array-like of shape (n,) or None
        offset, exposure : array-like of shape (n,) or None
            As in fit.

        Returns
        -------
        float
        """
        predicted = self.predict_distribution(X, offset=offset, exposure=exposure)
        y = self._target_of(X, y)
        check_consistent_length(predicted, y)
        checked = self.target_.check(y)
        log_prob = predicted.log_prob(checked[:, 0] if predicted.family.columns == 1 else checked)
        return float(np.average(log_prob, weights=check_weights(sample_weight, len(log_prob))))

    def _shifted(self, X: Any, offset: np.ndarray | None) -> tuple[np.ndarray, np.dtype[Any]]:
        """Return raw outputs (members, n, k), the offset added to the first, and the dtype for predictions."""
        raw, dtype = self._raw(X)
        if offset is not None:
            if np.shape(offset) not in ((), (raw.shape[1],)):
                raise ValueError(
                    f"offset and exposure have shape {np.shape(offset)}, but X has {raw.shape[1]} rows: give a number "
                    "for each row."
                )
            raw[:, :, 0] += offset
        return raw, dtype

    def _distribution(self, raw: np.ndarray, trials: Any = None) -> PredictedDistribution:
        floored = not is_classical(self._recipe)
        resolved = self._resolved()
        family = family_of_target(resolved, self.target_)
        members = []
        for own, target in zip(raw, self._targets_of(raw), strict=True):
            center, scale = (
                torch.tensor(part, dtype=torch.float64) for part in (target.center, target.scale)
            )
            members.append(
                family.in_units(family.values(torch.from_numpy(own), floored=floored), center, scale)
            )
        levels = self.target_.levels
        options = {"levels": torch.tensor(levels, dtype=torch.float64)} if levels else None
        by_row = None if trials is None else {"total_count": _check_trials(trials, len(raw[0]), family)}
        return PredictedDistribution(family, members, options, by_row)

    def __sklearn_tags__(self) -> Tags:
        """Say that the score is a log-likelihood, whose size says nothing by itself, and not R squared."""
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


def _check_trials(trials: Any, n: int, family: Family) -> np.ndarray:
    if family.record.domain != "trials":
        raise ValueError(f"trials are for distribution='binomial', not {family.name!r}: leave them out.")
    counts = np.asarray(trials)
    if counts.shape not in ((), (n,)):
        raise ValueError(
            f"trials has shape {counts.shape}, but X has {n} rows: give a number, or one for each row."
        )
    if counts.dtype.kind not in "iuf" or not (np.isfinite(counts) & (counts >= 0) & (counts % 1 == 0)).all():
        raise ValueError(f"trials={trials!r} must be whole numbers >= 0.")
    return np.full(n, counts, dtype=np.float64)


document(DeepDistributionRegressor)

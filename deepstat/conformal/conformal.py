"""What conformal regression and classification share: fits as one population, held-out scores, what is claimed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, MetaEstimatorMixin
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags, _safe_indexing, check_consistent_length, get_tags
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _num_samples, check_is_fitted

from deepstat.conformal.calibration import Calibration, calibrate, say
from deepstat.conformal.claim import SPLIT, claim
from deepstat.conformal.conformal_quantile import exact_rank, rows_needed
from deepstat.conformal.division import Division, deal_folds, hold_all, resample, split_once
from deepstat.conformal.row_keys import row_keys
from deepstat.conformal.units import Units
from deepstat.data.weights import check_weights
from deepstat.estimators.draw import Draw
from deepstat.inference.draws.join_draws import join_draws
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.with_seeds import with_seeds
from deepstat.inference.fits import check_refits, fits
from deepstat.inference.shared_seed import shared_seed

SHARED = """\
level : float, default=0.9
        Coverage aimed at; other levels can be asked for in predictions.
    n_folds : int, default=10
        Of "cv+". With as many folds as rows, or more, each row is one: the jackknife+.
    n_resamples : int, default=50
        Of "jackknife+-after-bootstrap", on average: their number is drawn too, as the guarantee demands.
    calibration_fraction : float, default=0.2
        Share of the rows (clusters) that a single split keeps from the fit."""

LAST = """\
random_state : int, RandomState or None
        Of splits, folds and resamples; of the fits too, unless the estimator's ``random_state`` is an integer.
    n_jobs : int or None
        Processes that share the fits.
    verbose : int, default=0
        1: a progress bar."""

ATTRIBUTES = """\
claim_ : str
        What is guaranteed at `level`, and under which assumption.
    estimator_ : estimator
        The fit that predicts, on the learning rows ("split") or on all ("cv+"); not for the bootstrap, whose
        predictions are averages.
    estimators_ : list of estimators
        The fits that did not see some rows.
    calibration_rows_ : ndarray of int
        Numbers of the rows that calibrate; a row of weight 2 comes twice.
    scores_ : ndarray of shape (n_calibration,)
        Their scores.
    categories_ : ndarray
        Labels of `mondrian`, where there are any.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, where X has them"""

FIT = """\
X : table of shape (n, p)
            Anything that the estimator takes. The fits see the rows in an order of their own, which depends on contents
            only.
        y : array-like of shape (n,)
        sample_weight : array-like of shape (n,) or None
            Frequencies: weight 2 is the row twice, of which either may calibrate; weight 0 is no row.
        groups : array-like of shape (n,) or None
            Clusters of rows that belong together (patients, schools). They are held out as a whole, each counts for
            one, and what is claimed is for a row of a new cluster.
        mondrian : array-like of shape (n,) or None
            Category of each row, to be calibrated by itself; then each prediction needs its own.

        Returns
        -------
        self"""


def document(cls: type) -> None:
    """Fill the shared paragraphs into the docstrings of a class and its fit."""
    for thing in (cls, cls.fit):  # type: ignore[attr-defined]
        assert thing.__doc__ is not None
        for name, text in (
            ("{shared}", SHARED),
            ("{last}", LAST),
            ("{attributes}", ATTRIBUTES),
            ("{fit}", FIT),
        ):
            thing.__doc__ = thing.__doc__.replace(name, text)


class Conformal(MetaEstimatorMixin, BaseEstimator):
    """Abstract: the plumbing of conformal prediction. Subclasses say what fits say of rows and how it is scored."""

    _what: str
    _shared_constraints = {  # noqa: RUF012  # scikit-learn's protocol
        "estimator": "no_validation",
        "level": [Interval(Real, 0, 1, closed="neither")],
        "n_folds": [Interval(Integral, 2, None, closed="left")],
        "n_resamples": [Interval(Integral, 1, None, closed="left")],
        "calibration_fraction": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
        "verbose": [Interval(Integral, 0, None, closed="left")],
    }

    def claim(self, level: float | None = None) -> str:
        """Return what is guaranteed, and under which assumption.

        Parameters
        ----------
        level : float or None
            None: that of the constructor.

        Returns
        -------
        str
        """
        check_is_fitted(self, "calibration_")
        return claim(
            level=self._level(level),
            sizes=self.calibration_.sizes,
            what=self._what,
            within=self._within(),
            **self._claimed,
        )

    # -- what subclasses say ------------------------------------------------------------------------------------------

    def _within(self) -> str | None:
        """Return what has its own calibration."""
        return "category" if hasattr(self, "categories_") else None

    # -- fit ----------------------------------------------------------------------------------------------------------

    def _start(self, X: Any, y: Any, sample_weight: Any, groups: Any, mondrian: Any) -> dict[str, Any]:
        """Return the rows there are, in canonical order, and what belongs to each."""
        if sparse.issparse(X):
            X = X.tocsr()  # others have no rows to take
        elif not hasattr(X, "__getitem__"):
            X = np.asarray(X)  # whatever else can become an array
        check_consistent_length(X, y)
        n = _num_samples(X)
        if n < 2:
            raise ValueError(
                f"n_samples={n}: give two rows at least, one to learn from and one to calibrate with."
            )
        weight = check_weights(sample_weight, n)
        clusters = None if groups is None else codes_of("groups", groups, n)
        kept = np.arange(n) if weight is None else np.flatnonzero(weight > 0)
        categories, codes = None, np.zeros(n, dtype=np.intp)
        if mondrian is not None:
            codes_of("mondrian", mondrian, n)  # complain of labels that are missing
            categories, codes[kept] = np.unique(np.asarray(mondrian)[kept], return_inverse=True)
        # Rows in an order that depends on contents alone: which rows calibrate, and what a fit learns from a set of
        # rows, then depends on the set, not on how it was sorted. The guarantees ask for fits that are symmetric.
        keys = row_keys(_safe_indexing(X, kept))
        targets = row_keys(np.asarray(y)[kept, None])
        ties = (codes[kept],) if clusters is None else (codes[kept], clusters[kept])
        order = kept[np.lexsort((*ties, targets, keys))]
        return {
            "order": order,
            "X": _safe_indexing(X, order),
            "y": np.asarray(y)[order],
            "weight": None if weight is None else weight[order],
            "clusters": None if clusters is None else np.unique(clusters[order], return_inverse=True)[1],
            "codes": codes[order],
            "categories": categories,
        }

    def _calibrate(
        self, start: dict[str, Any], category: NDArray[np.intp], score: Any, seed: int
    ) -> dict[str, Any]:
        """Train all fits as one population, and return the fitted attributes."""
        clusters = None if start["clusters"] is None else start["clusters"].astype(np.int32)
        units = Units.of(category, weight=start["weight"], clusters=clusters)
        division = self._divide(units, seed)
        bootstrap = self.method == "jackknife+-after-bootstrap"
        whole = [units.draw(np.ones(len(units.rows), dtype=np.intp))] if self.method == "cv+" else []
        if isinstance(self.estimator, FrozenEstimator):
            members: Any = iter([self.estimator])
        else:
            check_refits(self.estimator, weights=start["weight"] is not None, copies=bootstrap)
            draws = join_draws(whole, division.draws)
            own = shared_seed(self.estimator, seed)
            members = self._fits(start, with_seeds(draws, own, varying=bootstrap))
        predictor = next(members) if whole else None
        kept, calibration = calibrate(members, start["X"], units, division, score)
        if self.method in SPLIT:
            predictor = kept[0]
        n_folds, n_units = len(kept), units.n_units
        even = len(calibration.sizes) == 1 and n_units % n_folds == 0
        found = {
            "calibration_": calibration,
            "calibration_rows_": start["order"][calibration.rows],
            "estimators_": kept,
            "_score": score,
            "_claimed": {
                "method": self.method,
                "n_folds": n_folds if self.method == "cv+" and n_folds < n_units else None,
                "even": even,
                "clusters": clusters is not None,
                "whole": units.whole,
            },
        }
        names = ("n_features_in_", "feature_names_in_")
        found |= {name: getattr(kept[0], name) for name in names if hasattr(kept[0], name)}
        there = {"estimator_": predictor, "categories_": start["categories"]}
        return found | {name: value for name, value in there.items() if value is not None}

    def _keep(self, found: dict[str, Any]) -> None:
        """Set the fitted attributes at once, so that a fit that failed leaves the one before as it was."""
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        vars(self).update(found)
        self.claim_ = self.claim()

    def _divide(self, units: Units, seed: int) -> Division:
        if isinstance(self.estimator, FrozenEstimator):
            if self.method not in SPLIT:
                raise ValueError(
                    f"method={self.method!r} fits the estimator without some rows, which a FrozenEstimator does not "
                    "allow; choose 'split', for which all rows given calibrate, or give the estimator itself."
                )
            return hold_all(units)
        if self.method == "cv+":
            return deal_folds(units, n_folds=self.n_folds, seed=seed)
        if self.method == "jackknife+-after-bootstrap":
            return resample(units, n_resamples=self.n_resamples, seed=seed)
        return split_once(units, fraction=self.calibration_fraction, seed=seed)

    def _fits(self, start: dict[str, Any], draws: Sequence[Draw]) -> Iterator[Any]:
        return fits(self.estimator, start["X"], start["y"], draws, n_jobs=self.n_jobs, verbose=self.verbose)

    # -- predictions --------------------------------------------------------------------------------------------------

    def _stacked(self, X: Any) -> NDArray[np.float64]:
        """Return what each fit says of new rows, shape (M, n, q)."""
        return np.stack([say(self._score, member, X) for member in self.estimators_])

    def _level(self, level: float | None) -> float:
        level = self.level if level is None else level
        if not isinstance(level, Real) or not 0.0 < level < 1.0:
            raise ValueError(f"level={level!r} is out of range; give a number between 0 and 1.")
        return float(level)

    def _codes(self, mondrian: Any, n: int) -> NDArray[np.intp]:
        """Return the category of new rows; -1: not there in calibration."""
        if not hasattr(self, "categories_"):
            if mondrian is not None:
                raise ValueError("mondrian was given for predictions, but not to fit; give it to both.")
            return np.zeros(n, dtype=np.intp)
        if mondrian is None:
            raise ValueError(
                "fit was given mondrian categories, so predictions need them too; give mondrian."
            )
        codes = codes_of("mondrian", mondrian, n)
        known = {label: code for code, label in enumerate(self.categories_.tolist())}
        labels = np.unique(np.asarray(mondrian)).tolist()
        return np.array([known.get(label, -1) for label in labels], dtype=np.intp)[codes]

    def _warn_of_infinite(self, category: NDArray[np.intp], level: float) -> None:
        """Say which calibration sets are too small for a level, and how many rows it needs."""
        calibration: Calibration = self.calibration_
        few = [
            code
            for code in np.unique(category)
            if code < 0 or calibration.sizes[code] < exact_rank(level, float(calibration.sizes[code]))
        ]
        outcome = "intervals are infinite" if self._what == "interval" else "sets hold all classes"
        unit = "clusters" if self._claimed["clusters"] else "rows"
        if few:
            held = min(0.0 if code < 0 else calibration.sizes[code] for code in few)
            where = "" if self._within() is None else f" of a {self._within()}"
            warnings.warn(
                f"{held:g} calibration {unit}{where} are too few for level={level:g}, which needs "
                f"{rows_needed(level)}: {outcome} for {np.isin(category, few).sum()} of {category.size} predictions. "
                f"Give more {unit}, or a lower level.",
                stacklevel=3,
            )
        elif (~calibration.never).sum() < exact_rank(level, len(calibration.never)):
            warnings.warn(
                f"{calibration.never.sum()} of {len(calibration.never)} calibration rows were drawn in every "
                f"resample, so that {outcome}. Raise n_resamples.",
                stacklevel=3,
            )

    def __sklearn_tags__(self) -> Tags:
        """Return the tags; input is what the estimator takes."""
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        if tags.classifier_tags is not None and inner.classifier_tags is not None:
            tags.classifier_tags.multi_class = inner.classifier_tags.multi_class
        return tags

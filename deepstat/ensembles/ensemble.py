"""What the ensembles for regression and classification share: one population of members, weights, spread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import Tags, _safe_indexing, get_tags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from deepstat.data.split import split
from deepstat.data.table import check_table
from deepstat.data.weights import check_weights
from deepstat.ensembles.draws import HELD_OUT, member_draws
from deepstat.ensembles.greedy_selection import greedy_selection
from deepstat.ensembles.held_out_loss import Measure
from deepstat.estimators.deep import DeepEstimator
from deepstat.estimators.draw import Draw
from deepstat.estimators.network_estimator import NetworkEstimator
from deepstat.estimators.refit import refit
from deepstat.estimators.settings import draw_seed
from deepstat.estimators.targets import check_length, y_of
from deepstat.training.chunks import train_chunks
from deepstat.training.seed import mix
from deepstat.training.together import trained_by

SHARED = """\
estimator : {kind} or None
        What each member is; None: ``{kind}(n_members=1)``. With more members of its own each is an ensemble too.
    n_members : int, default=10
        Fits, all trained as one population.
    rows : {{"all", "bootstrap", "subsample", "bayesian"}}, default="all"
        Rows of each member: all of them (members then differ in their initial weights, batches and rows held out for
        early stopping); drawn with replacement (bagging); drawn without; or all, weighted at random by the Dirichlet
        distribution (Bayesian bootstrap).
    row_fraction : float or None
        Rows drawn for each member, as a share of those there are; None: all of them for "bootstrap", half of them for
        "subsample".
    batches : {{"independent", "shared"}}, default="independent"
        Whether members see different batches, or all the same ones (and hold out the same rows), which are then
        gathered once. "shared" needs ``rows="all"``.
    random_params : dict or None
        Parameter of the estimator (as in its ``set_params``) to a distribution with ``rvs`` or a list: each member
        draws its own (hyper-deep ensembles). Members that differ in learning rate, penalties, dropout or options of
        the loss still train together, others in groups.
    snapshots : int or None
        Take so many members from each fit: the weights at the end of equal parts of its epochs, over each of which the
        learning rate falls in half a cosine wave (schedule "cosine_restarts"). No rows are held out.
    selection : {{"greedy"}} or None
        Weigh members by greedy selection with replacement on rows that no member learned from, by {measure}.
    selection_fraction : float, default=0.2
        Share of the rows kept for it.
    n_selected : int, default=25
        Choices that the selection tries.
    oob_score : bool, default=False
        Predict each row by the members that did not draw it ("bootstrap", "subsample").
    n_jobs : int or None
        Processes that share the training. None: this one; inside ``deepstat.population()`` those of the population.
    random_state : int, RandomState or None
        Of everything random, that of the estimator included."""

ATTRIBUTES = """\
estimators_ : list of {kind}
        The members, fitted, each with its own ``random_state`` and parameters.
    weights_ : ndarray of shape (n_estimators,)
        Weight of each member in predictions; sums to one.
    params_ : list of dict
        What each member drew from `random_params`.
    selection_losses_ : list of float
        Held-out loss of the growing ensemble, where members were selected.
    oob_prediction_ : ndarray of shape (n,) or (n, ...)
        {oob}; NaN where every member drew the row.
    oob_score_ : float
        {score} of these, over the rows that have one.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, where X has them"""


def document(cls: type, **words: str) -> None:
    """Fill the shared paragraphs into a class's docstring."""
    assert cls.__doc__ is not None
    for name, text in (("{shared}", SHARED), ("{attributes}", ATTRIBUTES)):
        cls.__doc__ = cls.__doc__.replace(name, text.format(**words))


class Ensemble(MetaEstimatorMixin, BaseEstimator):
    """Abstract: the plumbing of ensembles. Subclasses say what members predict and how it is measured."""

    _task: str
    _member_class: type[DeepEstimator]
    _trains_networks = True
    _parameter_constraints = {  # noqa: RUF012  # scikit-learn's protocol
        "estimator": "no_validation",
        "n_members": [Interval(Integral, 1, None, closed="left")],
        "rows": [StrOptions({"all", "bootstrap", "subsample", "bayesian"})],
        "row_fraction": [Interval(Real, 0, 1, closed="right"), None],
        "batches": [StrOptions({"independent", "shared"})],
        "random_params": [dict, None],
        "snapshots": [Interval(Integral, 1, None, closed="left"), None],
        "selection": [StrOptions({"greedy"}), None],
        "selection_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_selected": [Interval(Integral, 1, None, closed="left")],
        "oob_score": ["boolean"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_members: int = 10,
        rows: str = "all",
        row_fraction: float | None = None,
        batches: str = "independent",
        random_params: Any = None,
        snapshots: int | None = None,
        selection: str | None = None,
        selection_fraction: float = 0.2,
        n_selected: int = 25,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_members = n_members
        self.rows = rows
        self.row_fraction = row_fraction
        self.batches = batches
        self.random_params = random_params
        self.snapshots = snapshots
        self.selection = selection
        self.selection_fraction = selection_fraction
        self.n_selected = n_selected
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state

    def predict_members(self, X: Any) -> NDArray[Any]:
        """Predict by each member.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n_estimators, n, ...)
            Members in the order of ``estimators_``, whatever their weight.
        """
        self._check(X)
        return np.stack([self._predict_member(member, X) for member in self.estimators_])

    def predict_spread(self, X: Any) -> NDArray[Any]:
        """Return the standard deviation between members, weighted as in predictions.

        How much the prediction depends on what differs between members (epistemic spread): no standard error, and no
        interval made of it has a coverage that could be promised. Noise of the target is not in it.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,) or (n, ...)
            In the units of :meth:`predict_members`. With equal weights the root of the sum of squares over K - 1.

        Raises
        ------
        ValueError
            Only one member has weight.
        """
        check_is_fitted(self, "estimators_")
        if (self.weights_ > 0).sum() < 2:
            raise ValueError(
                "One member alone has no spread: fit with n_members of at least 2, or, if the selection chose a single "
                "one, without it."
            )
        members = self.predict_members(X)
        deviation = members - self._mean(members)
        variance = np.tensordot(self.weights_, deviation**2, axes=1) / (1.0 - (self.weights_**2).sum())
        return np.sqrt(variance).astype(members.dtype, copy=False)

    # -- what subclasses say ------------------------------------------------------------------------------------------

    def _predict_member(self, member: Any, X: Any) -> NDArray[Any]:
        """Return what one member predicts, as it is averaged."""
        raise NotImplementedError

    def _measure(self, members: list[Any], predictions: NDArray[Any], y: Any, weight: Any) -> Measure:
        """Return the loss by which members are selected."""
        raise NotImplementedError

    def _score_out_of_bag(self, y: Any, prediction: NDArray[Any], weight: Any) -> float:
        """Return the score of predictions of rows that members did not draw."""
        raise NotImplementedError

    # -- fit ----------------------------------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Any:
        self._validate_params()
        estimator = self._prepared()
        table = check_table(X)
        check_length(self, y, table.n_rows)
        weight = check_weights(sample_weight, table.n_rows)
        seed = draw_seed(self.random_state)
        learning, held = self._set_aside(y, weight, table.n_rows, seed)
        draws = member_draws(
            self.n_members,
            self.rows,
            seed=seed,
            learning=learning,
            n_rows=table.n_rows,
            row_fraction=self.row_fraction,
            shared=self.batches == "shared",
            random_params=self.random_params,
        )
        trainer = partial(train_chunks, n_jobs=self.n_jobs)
        with contextlib.nullcontext() if self.n_jobs is None else trained_by(trainer):
            members = list(refit(estimator, X, y, draws, sample_weight, snapshots=self.snapshots or 0))
        draws = [draw for draw in draws for _ in range(self.snapshots or 1)]
        for member, draw in zip(members, draws, strict=True):
            member.set_params(random_state=draw.seed)
        fitted = clone(self)
        fitted.estimators_ = members
        fitted.params_ = [dict(draw.params or {}) for draw in draws]
        fitted.weights_ = np.full(len(members), 1.0 / len(members))
        fitted.n_features_in_ = members[0].n_features_in_
        for name in ("feature_names_in_", "classes_"):
            if hasattr(members[0], name):
                setattr(fitted, name, getattr(members[0], name))
        if held is not None:
            fitted._select(_safe_indexing(X, held), y_of(y, held), None if weight is None else weight[held])
        if self.oob_score:
            fitted._predict_out_of_bag(X, y, weight, draws, learning)
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)
        vars(self).update({name: value for name, value in vars(fitted).items() if name.endswith("_")})
        return self

    def _prepared(self) -> DeepEstimator:
        """Return a clone of the estimator, set up for what the ensemble does, or say what does not fit."""
        kind = self._member_class.__name__
        estimator = self._member_class(n_members=1) if self.estimator is None else clone(self.estimator)
        if isinstance(estimator, NetworkEstimator) and not isinstance(estimator, DeepEstimator):
            voting = "VotingClassifier" if estimator._task == "classification" else "VotingRegressor"
            raise TypeError(
                f"{type(self).__name__} draws rows of a table, and {type(estimator).__name__} reads graphs: give "
                f"copies of it with different random_state to scikit-learn's {voting}."
            )
        if not isinstance(estimator, DeepEstimator) or estimator._task != self._task:
            raise TypeError(
                f"{type(self).__name__} got a {type(estimator).__name__} as its estimator, but takes a {kind}: for "
                "others use scikit-learn's Bagging or Voting."
            )
        if self.batches == "shared" and self.rows != "all":
            raise ValueError(
                f"batches='shared' needs members with the same rows, but rows={self.rows!r}: use rows='all' or "
                "batches='independent'."
            )
        if self.row_fraction is not None and self.rows not in ("bootstrap", "subsample"):
            raise ValueError(
                f"row_fraction={self.row_fraction!r} has no meaning for rows={self.rows!r}: use rows='bootstrap' or "
                "'subsample', or leave it out."
            )
        if self.oob_score and self.rows not in ("bootstrap", "subsample"):
            raise ValueError(
                f"oob_score=True needs members that leave rows out, but rows={self.rows!r}: use rows='bootstrap' or "
                "'subsample'."
            )
        if "random_state" in (self.random_params or {}):
            raise ValueError(
                "random_params cannot draw random_state: each member has a seed of its own as it is."
            )
        estimator.set_params(random_state=self.random_state)
        return estimator if self.snapshots is None else self._cyclic(estimator, self.snapshots)

    def _cyclic(self, estimator: Any, snapshots: int) -> DeepEstimator:
        """Give an estimator the schedule of snapshot ensembles; no rows are held out, since no cycle is cut short."""
        if estimator.schedule not in ("cosine", "cosine_restarts"):
            raise ValueError(
                f"snapshots={snapshots} sets schedule='cosine_restarts' by itself, but the estimator has "
                f"schedule={estimator.schedule!r}: leave that at its default."
            )
        if estimator.early_stopping is True or estimator.average_from is not None:
            raise ValueError(
                f"snapshots={snapshots} takes the weights at the end of each cycle: leave early_stopping and "
                "average_from of the estimator at their defaults."
            )
        params = {**(estimator.schedule_params or {}), "cycles": float(snapshots)}
        estimator.set_params(schedule="cosine_restarts", schedule_params=params, early_stopping=False)
        return estimator

    def _set_aside(self, y: Any, weight: Any, n_rows: int, seed: int) -> tuple[Any, Any]:
        """Return the rows to learn from (None: all) and those to select members by (None: no selection)."""
        rows = np.arange(n_rows, dtype=np.int32)
        rows = rows if weight is None else rows[weight > 0]
        if self.selection is None:
            return (None if len(rows) == n_rows else rows), None
        strata = None
        if self._task == "classification":
            labels = np.asarray(y_of(y, rows))
            labels = labels.argmax(axis=1) if labels.ndim == 2 and labels.shape[1] > 1 else labels.ravel()
            strata = np.unique(labels, return_inverse=True)[1]
        if len(rows) < 2:
            raise ValueError(
                "selection='greedy' needs two rows at least: one to learn from, one to select by."
            )
        own = mix(seed, HELD_OUT)
        train, held = split(len(rows), fraction=self.selection_fraction, seed=own, stratify=strata)
        return rows[train], rows[held]

    def _select(self, X: Any, y: Any, weight: Any) -> None:
        predictions = self.predict_members(X)
        measure = self._measure(self.estimators_, predictions, y, weight)
        selection = greedy_selection(predictions, measure, n_selected=self.n_selected)
        self.weights_, self.selection_losses_ = selection.weights, selection.losses

    def _predict_out_of_bag(self, X: Any, y: Any, weight: Any, draws: list[Draw], learning: Any) -> None:
        """Average, for each row that members could have drawn, over those that did not."""
        members = self.predict_members(X)
        left_out = np.ones(members.shape[:2])
        for own, draw in zip(left_out, draws, strict=True):
            own[draw.rows] = 0.0
        if (
            learning is not None
        ):  # rows that the selection looked at, and rows of weight zero, are not out of bag
            left_out *= np.isin(np.arange(members.shape[1]), learning)
        shares = left_out * self.weights_[:, None]
        total = shares.sum(axis=0)
        known = total > 0
        if not known.any():
            raise ValueError(
                "No row was left out by a member with weight, so there is no out-of-bag prediction: use more members "
                "or a smaller row_fraction."
            )
        prediction = np.full(members.shape[1:], np.nan)
        shape = (*shares.shape, *[1] * (members.ndim - 2))
        sums = (shares.reshape(shape) * members).sum(axis=0)
        prediction[known] = sums[known] / total[known].reshape(-1, *[1] * (members.ndim - 2))
        self.oob_prediction_ = prediction
        own_weight = None if weight is None else weight[known]
        self.oob_score_ = self._score_out_of_bag(
            y_of(y, np.flatnonzero(known)), prediction[known], own_weight
        )

    # -- pieces -------------------------------------------------------------------------------------------------------

    def _check(self, X: Any) -> None:
        check_is_fitted(self, "estimators_")
        check_table(X)
        validate_data(self, X, skip_check_array=True, reset=False)

    def _mean(self, members: NDArray[Any]) -> NDArray[Any]:
        """Return the weighted mean over members, in their dtype."""
        return np.tensordot(self.weights_, members, axes=1).astype(members.dtype, copy=False)

    def _average(self, predict: Callable[[Any], NDArray[Any]]) -> NDArray[Any]:
        """Return the weighted mean of what is predicted by each member that has weight."""
        pairs = zip(self.weights_.tolist(), self.estimators_, strict=True)
        parts = [(weight, predict(member)) for weight, member in pairs if weight > 0]
        mean = sum(weight * part.astype(np.float64) for weight, part in parts)
        return mean.astype(parts[0][1].dtype, copy=False)  # type: ignore[union-attr]

    def __sklearn_tags__(self) -> Tags:
        """Accept what the members accept."""
        tags = super().__sklearn_tags__()
        own = get_tags(self._member_class() if self.estimator is None else self.estimator)
        tags.input_tags.allow_nan = own.input_tags.allow_nan
        tags.input_tags.sparse = own.input_tags.sparse
        tags.input_tags.categorical = own.input_tags.categorical
        tags.target_tags.multi_output = own.target_tags.multi_output
        return tags

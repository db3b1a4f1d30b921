"""Nested cross-validation in one call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate

from deepstat.inference.splits import make_splits
from deepstat.model_selection.population import population


@dataclass(frozen=True, eq=False, repr=False)
class NestedScores:
    """What a search reaches on rows that took no part in it.

    Attributes
    ----------
    outer_scores : ndarray of shape (n_outer,)
        Of the model that each search chose, on its outer test rows.
    best_scores : ndarray of shape (n_outer,)
        The inner score by which it was chosen: too good, for being the best of many.
    chosen : list of dict
        Parameters chosen in each outer split.
    inner_results : list of dict
        ``cv_results_`` of each search.
    """

    outer_scores: np.ndarray
    best_scores: np.ndarray
    chosen: list[dict[str, Any]]
    inner_results: list[dict[str, Any]]

    @property
    def optimism(self) -> float:
        """Mean best inner score minus mean outer score; inner fits have fewer rows, which counts against it."""
        return float(self.best_scores.mean() - self.outer_scores.mean())

    def __repr__(self) -> str:
        lines = [
            f"Nested cross-validation, {len(self.outer_scores)} outer splits",
            f"outer score {self.outer_scores.mean():.5g} (sd over splits {self.outer_scores.std(ddof=1):.3g})",
            f"best inner score {self.best_scores.mean():.5g}, optimism {self.optimism:.3g}",
        ]
        counts = Counter(str(params) for params in self.chosen)
        lines += [f"chosen {count} times: {params}" for params, count in counts.most_common()]
        return "\n".join(lines)


def nested_cross_validate(
    estimator: Any,
    param_grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]],
    X: Any,
    y: Any,
    *,
    inner_cv: Any = 5,
    outer_cv: Any = 5,
    scoring: Any = None,
    groups: Any = None,
    random_state: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> NestedScores:
    """Search a grid within the training rows of every outer split and score what was chosen on its test rows.

    The fits of all inner searches train together.

    Parameters
    ----------
    estimator : estimator
    param_grid : as for scikit-learn's ``GridSearchCV``
    X, y : as for its fit
    inner_cv, outer_cv : int, splitter or iterable of splits, default=5
        A number of outer folds is shuffled by `random_state`; a number of inner folds goes by group where there are
        groups.
    scoring : str, callable or None
        One score, as in scikit-learn.
    groups : array-like of shape (n,) or None
        Groups stay whole, outside and inside.
    random_state : int, RandomState or None
        Of the outer splits.
    n_jobs : int or None
        Processes for deepstat's fits.
    verbose : int, default=0

    Returns
    -------
    NestedScores

    References
    ----------
    Cawley and Talbot (2010), On over-fitting in model selection and subsequent selection bias in performance
    evaluation.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_diabetes(return_X_y=True)
    >>> nested_cross_validate(Ridge(), {"alpha": [0.01, 100.0]}, X, y, random_state=0)
    Nested cross-validation, 5 outer splits
    outer score 0.48941 (sd over splits 0.103)
    best inner score 0.47429, optimism -0.0151
    chosen 5 times: {'alpha': 0.01}
    """
    classifier = is_classifier(estimator)
    splits = make_splits(X, y, cv=outer_cv, classifier=classifier, groups=groups, random_state=random_state)
    if groups is not None and isinstance(inner_cv, int):
        inner_cv = GroupKFold(inner_cv)
    search = GridSearchCV(estimator, param_grid, scoring=scoring, cv=inner_cv, error_score="raise")
    with population(n_jobs=n_jobs, verbose=verbose):
        found = cross_validate(
            search,
            X,
            y,
            scoring=scoring,
            cv=splits,
            params=None if groups is None else {"groups": groups},
            return_estimator=True,
            error_score="raise",
        )
    searches = found["estimator"]
    return NestedScores(
        outer_scores=found["test_score"],
        best_scores=np.array([one.best_score_ for one in searches]),
        chosen=[dict(one.best_params_) for one in searches],
        inner_results=[one.cv_results_ for one in searches],
    )

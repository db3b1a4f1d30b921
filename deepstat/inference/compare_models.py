"""Compare models by repeated cross-validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import cross_val_score
from sklearn.utils.parallel import Parallel, delayed

from deepstat.inference.corrected_t import CorrectedT, corrected_t
from deepstat.inference.intervals.levels import tails
from deepstat.inference.multiplicity.holm import holm
from deepstat.inference.splits import make_splits
from deepstat.model_selection.population import population


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Scores of models on the same splits, and their differences.

    Attributes
    ----------
    scores : dict of str to ndarray of shape (J,)
        For each model its scores, split by split.
    differences : dict of (str, str) to CorrectedT
        For each pair the first model's scores minus the second's.
    p_holm : dict of (str, str) to float
        p-values of all pairs, adjusted by Holm.
    level : float
        Of the intervals, which are each for itself.
    test_fraction : float
        Test rows / training rows.
    """

    scores: dict[str, np.ndarray]
    differences: dict[tuple[str, str], CorrectedT]
    level: float
    test_fraction: float
    p_holm: dict[tuple[str, str], float] = field(init=False)

    def __post_init__(self) -> None:
        adjusted = holm([test.p_value for test in self.differences.values()])
        values = {pair: float(p) for pair, p in zip(self.differences, adjusted, strict=True)}
        object.__setattr__(self, "p_holm", values)

    @property
    def means(self) -> dict[str, float]:
        """Mean score of each model, best first."""
        means = {name: float(values.mean()) for name, values in self.scores.items()}
        return dict(sorted(means.items(), key=lambda item: -item[1]))

    def __repr__(self) -> str:
        n_splits = len(next(iter(self.scores.values())))
        width = max(len(name) for name in self.scores) + 2
        lines = [f"Mean score over {n_splits} splits"]
        lines += [f"{name.ljust(width)}{mean:12.5g}" for name, mean in self.means.items()]
        percent = f"{100 * self.level:g}%"
        names = ("difference", f"low {percent}", f"high {percent}", "p", "p (Holm)")
        lines += ["", "Corrected resampled t-test".ljust(2 * width + 3) + "".join(n.rjust(12) for n in names)]
        for pair, test in self.differences.items():
            numbers = (test.mean, test.low, test.high, test.p_value, self.p_holm[pair])
            label = " - ".join(pair).ljust(max(2 * width + 3, 26))
            lines.append(label + "".join(f"{number:12.4g}" for number in numbers))
        return "\n".join(lines)


def compare_models(
    models: Mapping[str, Any],
    X: Any,
    y: Any,
    *,
    cv: Any = 5,
    n_repeats: int = 5,
    scoring: Any = None,
    groups: Any = None,
    level: float = 0.95,
    random_state: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Comparison:
    """Score models on the same splits and test their differences; all fits train together.

    The differences speak of training sets of the size used, drawn anew, not of the winner's score, which is too good
    for having been picked.

    Parameters
    ----------
    models : mapping of str to estimator
        At least two.
    X, y : as for their fit
    cv : int, splitter or iterable of splits, default=5
    n_repeats : int, default=5
        Repetitions of a number of folds.
    scoring : str, callable or None
        As in scikit-learn: greater is better. None: the estimators' own score.
    groups : array-like of shape (n,) or None
        Groups stay whole.
    level : float, default=0.95
    random_state : int, RandomState or None
        Of the splits.
    n_jobs : int or None
        Processes for deepstat's fits.
    verbose : int, default=0

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError, TypeError
        There are fewer than two models, they are of different kinds, or the options do not fit.

    References
    ----------
    Nadeau and Bengio (2003), Inference for the generalization error.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.dummy import DummyRegressor
    >>> from sklearn.linear_model import LinearRegression
    >>> X, y = load_diabetes(return_X_y=True)
    >>> compare_models({"mean": DummyRegressor(), "linear": LinearRegression()}, X, y, n_repeats=2, random_state=0)
    Mean score over 10 splits
    linear       0.49077
    mean      -0.0011646
    <BLANKLINE>
    Corrected resampled t-test  difference     low 95%    high 95%           p    p (Holm)
    mean - linear                  -0.4919      -0.593     -0.3909   1.592e-06   1.592e-06
    """
    if not isinstance(models, Mapping) or len(models) < 2:
        raise ValueError("models must be a dictionary of at least two estimators by name.")
    if not isinstance(n_repeats, int) or n_repeats < 1:
        raise ValueError(f"n_repeats={n_repeats!r} is out of range; give a whole number from 1.")
    kinds = {is_classifier(model) for model in models.values()}
    if len(kinds) == 2:
        raise ValueError("models holds classifiers and regressors, whose scores differ; compare one kind.")
    tails(level)
    splits = make_splits(
        X, y, cv=cv, n_repeats=n_repeats, classifier=kinds.pop(), groups=groups, random_state=random_state
    )
    if len(splits) < 2:
        raise ValueError("There is one split only, which says nothing about variation; give at least two.")
    with population(n_jobs=n_jobs, verbose=verbose):
        found = Parallel()(
            delayed(cross_val_score)(model, X, y, scoring=scoring, cv=splits, error_score="raise")
            for model in models.values()
        )
    scores = dict(zip(models, found, strict=True))
    fraction = float(np.mean([len(test) / len(train) for train, test in splits]))
    differences = {
        (one, other): corrected_t(scores[one] - scores[other], test_fraction=fraction, level=level)
        for one, other in combinations(models, 2)
    }
    return Comparison(scores=scores, differences=differences, level=level, test_fraction=fraction)

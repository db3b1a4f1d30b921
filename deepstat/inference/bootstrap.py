"""The bootstrap of any estimator, as one training."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing

from deepstat.data.weights import check_weights
from deepstat.estimators.draw import Draw
from deepstat.inference.bootstrap_result import METHODS, BootstrapResult
from deepstat.inference.claims import kind_of
from deepstat.inference.draws.delete_group import delete_group
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.draws.join_draws import join_draws
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.with_seeds import with_seeds
from deepstat.inference.fits import check_independent, check_refits, fits
from deepstat.inference.full_batch import check_delete_one
from deepstat.inference.intervals.levels import tails
from deepstat.inference.out_of_bag import OutOfBag, default_loss
from deepstat.inference.randomness import SEEDS, derived_seed, root_seed
from deepstat.inference.row_losses import row_loss
from deepstat.inference.scheme_draws import GIVEN, Scheme, check_scheme, scheme_draws
from deepstat.inference.shared_seed import shared_seed
from deepstat.inference.simulator import check_family
from deepstat.inference.values import Values


def bootstrap(
    estimator: Any,
    X: Any,
    y: Any,
    statistic: Callable[[Any], Any],
    *,
    n_draws: int = 200,
    scheme: str | Sequence[Draw] = "pairs",
    clusters: Any = None,
    strata: Any = None,
    block_length: int | None = None,
    residuals: str | None = None,
    multiplier: str | None = None,
    family: Any = None,
    n_folds: int = 5,
    sample_weight: Any = None,
    level: float = 0.95,
    method: str = "percentile",
    n_groups: int = 30,
    seeds: str = "fixed",
    n_seeds: int = 10,
    out_of_bag: bool | str = False,
    random_state: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> BootstrapResult:
    """Refit an estimator on draws of its data and report how a statistic of the fit varies.

    All fits of a deepstat estimator train as one population; other estimators of scikit-learn's contract are refitted
    one by one. Rows held out inside a fit (early stopping) are chosen by original row or cluster, so that no copy of a
    row is on both sides.

    Parameters
    ----------
    estimator : estimator
        Fitted or not; it stays as it is.
    X, y : as for its fit
    statistic : callable
        ``statistic(fitted) -> number or array``, such as ``prediction(X_new)``, ``contrast(X_a, X_b)``,
        ``average_derivative(X, column)`` and ``score(X, y)`` of this package. For ``method="studentised"``:
        ``(value, standard error)``.
    n_draws : int, default=200
        For 95% intervals by quantiles a thousand are better; ignored where `scheme` is a list.
    scheme : str or sequence of Draw, default="pairs"
        "pairs", "stratified", "cluster"; "block", "circular-block", "stationary-block" for rows in time order;
        "residual", "wild" (additive regression); "parametric"; "bayesian" (Dirichlet weights).
    clusters, strata : array-like of shape (n,) or None
        For "cluster", "wild", "bayesian"; for "stratified".
    block_length : int or None
    residuals : {"cross-fitted", "leverage"} or None
        For "residual" and "wild"; "leverage" is exact for least squares only. None: "cross-fitted".
    multiplier : {"rademacher", "mammon"} or None
        For "wild". None: "rademacher".
    family : {"normal", "poisson", "bernoulli", "categorical"}, callable or None
        For "parametric", or ``family(prediction, rng) -> y``.
    n_folds : int, default=5
        Of the cross-fitted residuals.
    sample_weight : array-like of shape (n,) or None
        Frequencies; a row travels with its weight.
    level : float, default=0.95
    method : {"percentile", "basic", "normal", "bca", "studentised"}, default="percentile"
    n_groups : int, default=30
        Groups of rows (or clusters) left out for the acceleration of "bca".
    seeds : {"fixed", "varying"}, default="fixed"
        One seed for all fits; or one for each draw, so that the draws' variance holds the seed's.
    n_seeds : int, default=10
        Fits on the original rows with different seeds, for the variance of the seed; 0: none.
    out_of_bag : bool or {"squared", "absolute", "zero_one", "log"}, default=False
        Estimate the prediction error; True: "squared", or "zero_one" for classifiers.
    random_state : int, RandomState or None
        Of the draws; of the fits too, unless the estimator's ``random_state`` is an integer.
    n_jobs : int or None
        Processes.
    verbose : int, default=0
        1: a progress bar.

    Returns
    -------
    BootstrapResult

    Raises
    ------
    ValueError, TypeError
        Something given does not fit together; nothing was trained.

    Warns
    -----
    UserWarning
        After Ctrl-C with two draws finished: these are returned, in order.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 2))
    >>> y = X @ [1.0, 0.0] + rng.normal(size=100)
    >>> result = bootstrap(LinearRegression(), X, y, lambda fitted: fitted.coef_, random_state=0)
    >>> result.interval().round(1)
    array([[ 0.7, -0. ],
           [ 1.1,  0.4]])
    """
    options = {
        "clusters": clusters,
        "strata": strata,
        "block_length": block_length,
        "residuals": residuals,
        "multiplier": multiplier,
        "family": family,
    }
    record = check_scheme(scheme, options)
    y, weight = np.asarray(y), check_weights(sample_weight, len(y))
    if (
        weight is not None and not weight.all() and isinstance(scheme, str)
    ):  # rows of weight zero are not there: no draw shall hold them
        kept = np.flatnonzero(weight > 0)
        X, y, weight = _safe_indexing(X, kept), y[kept], weight[kept]
        options |= {
            name: None if options[name] is None else np.asarray(options[name])[kept]
            for name in ("clusters", "strata")
        }
    for name in ("clusters", "strata"):
        if options[name] is not None:
            options[name] = codes_of(name, options[name], len(y))
    n_draws = n_draws if isinstance(scheme, str) else len(scheme)
    _check_options(estimator, y, weight, record, options, n_draws, level, method, seeds, n_seeds)
    seed = root_seed(random_state)
    fit_seed = shared_seed(estimator, seed)
    jackknife: Sequence[Draw] = []
    if method == "bca":
        check_delete_one(estimator, n_groups, len(y))
        in_order = block_length is not None
        labels = deletion_labels(
            len(y),
            n_groups,
            seed=seed,
            clusters=options["clusters"],
            strata=options["strata"],
            in_order=in_order,
        )
        jackknife = delete_group(labels, groups=options["clusters"])
    oob = None
    if out_of_bag:
        name = default_loss(estimator) if out_of_bag is True else out_of_bag
        _check_out_of_bag(estimator, name, record, scheme)
        oob = OutOfBag(name, X, y, weight)

    draws: Sequence[Draw] = scheme  # type: ignore[assignment]
    if isinstance(scheme, str):
        draws = scheme_draws(
            scheme,
            estimator,
            X,
            y,
            n_draws,
            options,
            seed=seed,
            fit_seed=fit_seed,
            sample_weight=weight,
            n_folds=n_folds,
            n_jobs=n_jobs,
        )
    whole = Draw(groups=options["clusters"])
    seeded = (
        [] if fit_seed is None else [Draw(groups=whole.groups, seed=s) for s in _seeds(fit_seed, n_seeds)]
    )
    parts = [[whole], seeded, jackknife]
    tasks = join_draws(
        *[with_seeds(part, fit_seed, varying=False) for part in parts],
        with_seeds(draws, fit_seed, varying=seeds == "varying"),
    )
    members = fits(estimator, X, y, tasks, weight, n_jobs=n_jobs, verbose=verbose)
    values = Values(statistic, with_errors=method == "studentised")
    _collect(members, values, tasks, sum(map(len, parts)), oob)

    first = 1 + len(seeded)
    drawn = slice(first + len(jackknife), None)
    found, errors = values.arrays()
    return BootstrapResult(
        estimate=found[0],
        draws=found[drawn],
        scheme=scheme if isinstance(scheme, str) else "given",
        seeds=seeds,
        level=level,
        method=method,
        kind=kind_of(estimator),
        n_asked=len(draws),
        seed_values=None if fit_seed is None else found[: min(first, n_seeds)],
        estimate_error=None if errors is None else errors[0],
        draw_errors=None if errors is None else errors[drawn],
        jackknife=found[first : drawn.start] if jackknife else None,
        out_of_bag=None if oob is None else oob.error(),
    )


def _collect(
    members: Iterator[Any], values: Values, tasks: Sequence[Draw], n_before: int, oob: OutOfBag | None
) -> None:
    """Take the statistic of each fit as it comes; after an interrupt keep what is finished, if two draws are."""
    try:
        for number, member in enumerate(members):
            values.add(member)
            if oob is not None and number == 0:
                oob.set_original(member)
            elif oob is not None and number >= n_before:
                oob.add(member, tasks[number].rows)  # type: ignore[arg-type]
    except KeyboardInterrupt:
        finished = len(values) - n_before
        if finished < 2:
            raise
        warnings.warn(
            f"Interrupted: the result holds the first {finished} of {len(tasks) - n_before} draws.",
            stacklevel=3,
        )


def _check_options(
    estimator: Any,
    y: np.ndarray,
    weight: np.ndarray | None,
    record: Scheme,
    options: dict[str, Any],
    n_draws: int,
    level: float,
    method: str,
    seeds: str,
    n_seeds: int,
) -> None:
    """Check what does not need a fit."""
    check_refits(
        estimator, weights=weight is not None or record.draws == "weight", copies=record.draws == "rows"
    )
    if record is not GIVEN and record.draws != "y" and options["clusters"] is None:
        check_independent(estimator)
    tails(level)
    if not isinstance(n_draws, Integral) or n_draws < 2:
        raise ValueError(f"n_draws={n_draws!r} is out of range; give a whole number from 2.")
    if not isinstance(n_seeds, Integral) or n_seeds < 0 or n_seeds == 1:
        raise ValueError(f"n_seeds={n_seeds!r} is out of range; give 0, or a whole number from 2.")
    for name, value, allowed in [
        ("method", method, METHODS),
        ("seeds", seeds, ("fixed", "varying")),
        ("residuals", options["residuals"], (None, "cross-fitted", "leverage")),
        ("multiplier", options["multiplier"], (None, "rademacher", "mammon")),
    ]:
        if value not in allowed:
            words = ", ".join(word for word in allowed if word is not None)
            raise ValueError(f"Unknown {name} {value!r}; choose one of {words}.")
    if record.draws == "y":
        if weight is not None:
            raise ValueError("A scheme that draws targets takes no sample_weight; repeat the rows instead.")
        if options["family"] is not None:
            check_family(options["family"], np.unique(y) if is_classifier(estimator) else None)
        elif is_classifier(estimator) or y.dtype.kind not in "biuf":
            raise ValueError(
                "Residual and wild schemes add errors to a real target; for classes choose 'pairs', 'stratified' or "
                "'parametric'."
            )
    if method == "bca" and record.draws != "rows":
        raise ValueError(
            "method='bca' takes its acceleration from rows left out, so it needs a scheme that draws rows; "
            "choose 'percentile'."
        )


def _check_out_of_bag(estimator: Any, name: str, record: Scheme, scheme: Any) -> None:
    loss = row_loss(name)
    if not record.independent:
        raise ValueError(
            f"scheme={scheme!r} leaves no independent rows out, so there is no out-of-bag error; "
            "choose 'pairs', 'stratified' or 'cluster'."
        )
    if loss.of_classes != is_classifier(estimator):
        needs = "a classifier" if loss.of_classes else "a regressor"
        raise ValueError(
            f"out_of_bag={name!r} needs {needs}; {default_loss(estimator)!r} is for this estimator."
        )
    if loss.probabilities and not hasattr(estimator, "predict_proba"):
        raise ValueError(f"out_of_bag={name!r} needs predict_proba; choose 'zero_one'.")


def _seeds(fit_seed: int, n_seeds: int) -> list[int]:
    """Return further seeds; the fit on the original rows itself is the first of n_seeds."""
    return [derived_seed(fit_seed, SEEDS, number) for number in range(1, n_seeds)]

"""Coefficients beside an unknown function, with standard errors."""

from __future__ import annotations

from functools import partial
from numbers import Integral
from typing import Any

import narwhals as nw
import numpy as np
from sklearn.utils import _safe_indexing

from deepstat.data.weights import check_weights
from deepstat.estimators.regressor import DeepRegressor
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.intervals.levels import tails
from deepstat.inference.nuisances.check_learner import check_learner
from deepstat.inference.nuisances.cross_fitted import cross_fitted
from deepstat.inference.nuisances.joint_table import joint_table
from deepstat.inference.nuisances.mean_learner import mean_learner_for
from deepstat.inference.nuisances.parts import make_parts
from deepstat.inference.nuisances.regressions import Regressions
from deepstat.inference.nuisances.working_responses import INNER_FOLDS, working_responses
from deepstat.inference.partially_linear_result import PartiallyLinearResult
from deepstat.inference.randomness import root_seed
from deepstat.inference.scores.efficient import efficient
from deepstat.inference.scores.logistic import logistic
from deepstat.inference.scores.mean_model import mean_model
from deepstat.inference.scores.median_rule import median_rule
from deepstat.inference.scores.partialling_out import partialling_out
from deepstat.inference.scores.sandwich import sandwich
from deepstat.inference.scores.solve_score import solve_score
from deepstat.inference.shared_seed import shared_seed

Array = np.ndarray
# With fewer, neither folds by cluster nor a sum of squares over clusters mean much.
MIN_CLUSTERS = 10
# Of a column's variance: what is left of it given Z is rounding.
NOTHING_LEFT = 1e-8
# A step from E[eta | z] to that of the working response is believed up to here, a factor e with the log link: where
# there is next to no information, it is noise.
MOST = 1.0
SCORES: dict[str, Any] = {"partialling out": partialling_out, "logistic": logistic, "efficient": efficient}


def partially_linear(
    y: Any,
    D: Any,
    Z: Any,
    *,
    learner: Any = None,
    mean_learner: Any = None,
    family: str = "normal",
    link: str | None = None,
    n_folds: int = 5,
    n_repetitions: int = 5,
    clusters: Any = None,
    sample_weight: Any = None,
    level: float = 0.95,
    random_state: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> PartiallyLinearResult:
    """Estimate b in ``link(E[y | D, Z]) = D b + g(Z)`` for an unknown g, with standard errors.

    Every column of D is freed of what Z says about it by cross-fitted regressions, and b solves a score that errors of
    these regressions change in second order only: partialling out (identity link), the logistic score (logit), the
    efficient score (other links). D and Z may be correlated. Repeated sample splits are joined by the median rule. The
    regressions of a deepstat learner (columns x folds x repetitions) train as one population; with a link, those of
    y on D and Z, five in each fold, are another one before.

    Parameters
    ----------
    y : array-like of shape (n,)
        0 and 1 for "binomial".
    D : array-like of shape (n, q) or (n,), or data frame
        Design columns, without the intercept, which is in g: numbers, dummies, columns of a spline.
    Z : table of shape (n, p)
        Anything that the learner takes.
    learner : regressor or None
        Of conditional means, of deepstat's or scikit-learn's contract. With a link its fit must take
        ``sample_weight``. None: ``DeepRegressor()``.
    mean_learner : regressor or classifier, or None
        With a link: of E[y | D, Z], at which y is linearised. None: `learner` with the loss of the family,
        where it is a ``DeepRegressor``.
    family : {"normal", "binomial", "poisson", "gamma", "inverse_gaussian"}, default="normal"
        The efficient score weighs rows by its variance, which need not be right.
    link : {"identity", "log", "logit", "probit", "cloglog"} or None
        None: identity for normal, logit for binomial, else log.
    n_folds : int, default=5
    n_repetitions : int, default=5
        Sample splits; one alone makes the result depend on its seed.
    clusters : array-like of shape (n,) or None
        Folds and standard errors are by cluster.
    sample_weight : array-like of shape (n,) or None
        Frequencies.
    level : float, default=0.95
    random_state : int, RandomState or None
        Of the splits; of the fits too, unless the learner's ``random_state`` is an integer.
    n_jobs : int or None
        Processes.
    verbose : int, default=0
        1: a progress bar.

    Returns
    -------
    PartiallyLinearResult

    Raises
    ------
    ValueError, TypeError
        Something given does not fit together, and nothing was trained; or a column of D turns out to be a function of
        Z, or the score has no root.

    References
    ----------
    Robinson (1988), Root-n-consistent semiparametric regression; Chernozhukov et al. (2018), Double/debiased machine
    learning for treatment and structural parameters; Liu, Zhang and Zhou (2021), Double/debiased machine learning for
    logistic partially linear model; Severini and Staniswalis (1994), Quasi-likelihood estimation in semiparametric
    models.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(400, 2))
    >>> d = z[:, 0] + rng.normal(size=400)
    >>> y = 0.5 * d + z.sum(axis=1) + rng.normal(size=400)
    >>> result = partially_linear(y, d, z, learner=LinearRegression(), random_state=0)
    >>> result.coef.round(1), result.conf_int().round(1)
    (array([0.5]), array([[0.4, 0.6]]))
    """
    model = mean_model(family, link)
    y, y_name = _target(y)
    D, names = _design(D, len(y))
    weight = check_weights(sample_weight, len(y))
    codes = None if clusters is None else codes_of("clusters", clusters, len(y))
    if np.shape(Z)[0] != len(y):
        raise ValueError(f"Z has {np.shape(Z)[0]} rows and y has {len(y)}; give as many.")
    if weight is not None and not weight.all():  # rows of weight zero are not there
        kept = np.flatnonzero(weight > 0)
        y, D, Z, weight = y[kept], D[kept], _safe_indexing(Z, kept), weight[kept]
        codes = None if codes is None else codes_of("clusters", codes[kept])
    model.check(y)
    score = {"identity": "partialling out", "logit": "logistic"}.get(model.link, "efficient")
    learner = DeepRegressor() if learner is None else learner
    check_learner(learner, weighted=weight is not None or score != "partialling out")
    if score == "partialling out":
        if mean_learner is not None:
            raise ValueError("mean_learner is for models with a link; leave it out with link='identity'.")
    else:
        mean_learner = mean_learner_for(learner, mean_learner, model.family, weighted=weight is not None)
    _check_design(D, names)
    _check_numbers(codes, n_folds, n_repetitions, level)
    seed = root_seed(random_state)
    seeds = [shared_seed(own, seed) for own in (learner, mean_learner) if own is not None]
    parts = make_parts(
        len(y),
        n_folds,
        n_repetitions,
        seed=seed,
        fit_seed=next((own for own in seeds if own is not None), None),
        clusters=codes,
        strata=y.astype(np.int32) if model.family == "binomial" and codes is None else None,
        n_inner=0 if score == "partialling out" else INNER_FOLDS,
    )
    regressions = partial(Regressions, sample_weight=weight, clusters=codes, n_jobs=n_jobs, verbose=verbose)
    weight = np.ones(len(y)) if weight is None else weight.astype(np.float64)
    of_y: list[tuple[Any, ...]] = [(y, None)] * len(parts)  # targets, the last entry their weight
    if score != "partialling out":
        of_y = list(working_responses(regressions(mean_learner, joint_table(D, Z)), y, model, parts, weight))
    tasks = [
        [(target, part.train, own) for target in (*of_part, *D.T)]
        for part, (*of_part, own) in zip(parts, of_y, strict=True)
    ]
    if score == "logistic":  # and d given z among the rows with y = 0
        for part, of_part in zip(parts, tasks, strict=True):
            of_part += [(target, part.train[y[part.train] == 0], None) for target in D.T]
    found = cross_fitted(regressions(learner, Z), parts, tasks, len(y))
    first, given_z, given_zero = np.split(found, [len(of_y[0]) - 1, len(of_y[0]) - 1 + D.shape[1]], axis=2)
    expected = first[:, :, 0] + np.clip(first[:, :, 1:], -MOST, MOST).sum(axis=2)

    shape = (n_repetitions, D.shape[1])
    coefs, covs, r2 = np.empty(shape), np.empty((*shape, shape[1])), np.empty((shape[0], shape[1] + 1))
    targets = np.column_stack([y, D])
    for repetition in range(n_repetitions):
        predicted = np.column_stack([model.mean(expected[repetition]), given_z[repetition]])
        r2[repetition] = _r2(targets, predicted, weight)
        _check_left(names, r2[repetition, 1:])
        parameters: dict[str, Any] = {
            "y": y,
            "expected": expected[repetition],
            "residual": D - given_z[repetition],
            "weight": weight,
        }
        if score == "logistic":
            parameters["instrument"] = D - given_zero[repetition]
        elif score == "efficient":
            parameters["model"] = model
        equation = partial(SCORES[score], **parameters)
        coefs[repetition], rows, jacobian = solve_score(equation, np.zeros(D.shape[1]), weight)
        covs[repetition] = sandwich(rows, jacobian, weight, codes)
    coef, cov = median_rule(coefs, covs)
    return PartiallyLinearResult(
        coef=coef,
        cov_params=cov,
        names=names,
        family=model.family,
        link=model.link,
        score=score,
        coefs=coefs,
        bses=np.sqrt(np.diagonal(covs, axis1=1, axis2=2)),
        nuisance_r2=r2,
        level=level,
        n_rows=len(y),
        n_obs=float(weight.sum()),
        n_clusters=None if codes is None else int(codes.max()) + 1,
        n_folds=n_folds,
        learner=type(learner).__name__,
        y_name=y_name,
    )


def _r2(targets: Array, predicted: Array, weight: Array) -> Array:
    centre = np.average(targets, axis=0, weights=weight)
    return 1 - weight @ (targets - predicted) ** 2 / (weight @ (targets - centre) ** 2)


def _target(y: Any) -> tuple[Array, str]:
    name = getattr(y, "name", None)
    array = np.asarray(y)
    if array.ndim != 1 or array.dtype.kind not in "biuf":
        raise ValueError(
            f"y has shape {array.shape} and dtype {array.dtype}; give one number for each row (0 and 1 for classes)."
        )
    array = array.astype(np.float64)
    _check_finite("y", array)
    return array, name if isinstance(name, str) else "y"


def _design(D: Any, n_rows: int) -> tuple[Array, list[str]]:
    """Return the columns as numbers (n, q), and their names."""
    native = nw.from_native(D, eager_only=True, allow_series=True, pass_through=True)
    if isinstance(native, nw.DataFrame):
        names = [str(name) for name in native.columns]
    elif isinstance(native, nw.Series) and native.name is not None:
        names = [str(native.name)]
    else:
        names = []
    array = np.asarray(D)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) != n_rows or array.shape[1] == 0:
        raise ValueError(f"D has shape {np.shape(D)}; give {n_rows} rows, as y has, and at least one column.")
    try:
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "D holds other things than numbers; code categories as dummies, less one level."
        ) from error
    _check_finite("D", array)
    return array, names or [f"x{number + 1}" for number in range(array.shape[1])]


def _check_finite(name: str, array: Array) -> None:
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise ValueError(f"{name} has {bad} missing or infinite entries; leave those rows out.")


def _check_numbers(codes: Array | None, n_folds: int, n_repetitions: int, level: float) -> None:
    tails(level)
    for name, value, least in (("n_folds", n_folds, 2), ("n_repetitions", n_repetitions, 1)):
        if not isinstance(value, Integral) or value < least:
            raise ValueError(f"{name}={value!r} is out of range; give a whole number from {least}.")
    least = max(MIN_CLUSTERS, n_folds)
    if codes is not None and codes.max() + 1 < least:
        raise ValueError(
            f"There are {codes.max() + 1} clusters, too few for folds and standard errors by cluster; at least "
            f"{least} are needed."
        )


def _check_design(D: Array, names: list[str]) -> None:
    centred = D - D.mean(axis=0)
    spread = centred.std(axis=0)
    constant = spread <= 1e-12 * np.abs(D).max(axis=0)
    if constant.any():
        raise ValueError(
            f"Column {names[int(constant.argmax())]!r} of D is constant; leave it out: the intercept is in g(Z)."
        )
    if np.linalg.matrix_rank(centred / spread) < D.shape[1]:
        raise ValueError(
            "Columns of D and the intercept, which is in g(Z), are linearly dependent; leave out one level of the "
            "dummies, or a column that follows from others."
        )


def _check_left(names: list[str], r2: Array) -> None:
    nothing = [name for name, own in zip(names, r2, strict=True) if own > 1 - NOTHING_LEFT]
    if nothing:
        raise ValueError(
            f"Column {nothing[0]!r} of D is a function of Z, so its effect cannot be told from g(Z); take it out of D, "
            "or what it follows from out of Z."
        )

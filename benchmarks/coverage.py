"""Coverage of standard errors and intervals over simulated data sets, with n, p and noise stated.

``python -m benchmarks.coverage``

Each line is a design of 2,000 data sets. The nominal level has to lie in the 99% Wilson interval of the coverage
observed, and the mean standard error within 5% of the standard deviation of the estimates. Classical fits keep one
design matrix and draw responses: all data sets of a line are one batched computation. Partially linear: data sets lie
one below the other in one table, and the regressions of y and d on z, in each fold of each data set, train as
populations. Conformal intervals are judged by one new row for each data set, since they promise marginal coverage.
Bootstrap: percentile intervals of 999 pairs draws of a least squares fit, each data set's draws solved at once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from benchmarks.timing import Report, head, options, parse

LEVEL = 0.95
Array = np.ndarray


@dataclass(frozen=True)
class Found:
    """Of each data set an estimate and its standard error (empty where there is none), and an interval."""

    estimate: Array
    error: Array
    interval: Array
    truth: Array


def wilson(hits: int, n: int, level: float = 0.99) -> tuple[float, float]:
    """Return Wilson's interval of a proportion."""
    z = ndtri((1 + level) / 2)
    share, shrink = hits / n, 1 + z**2 / n
    width = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / shrink
    centre = (share + z**2 / (2 * n)) / shrink
    return centre - width, centre + width


# -- classical standard errors: one design, many responses ------------------------------------------------------------


def of_classical(
    model: Any,
    covariance: str,
    n: int,
    beta: Sequence[float],
    draw: Callable[[np.random.Generator, Array, Array], Array],
    n_sets: int,
    **options: Any,
) -> Found:
    """Fit all responses at once and look at the first slope."""
    from deepstat.estimators.draw import Draw
    from deepstat.estimators.refit import refit

    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, len(beta) - 1))
    linear = beta[0] + X @ np.array(beta[1:])
    responses = [draw(np.random.default_rng([number, 1]), X, linear) for number in range(n_sets)]
    estimates, errors, intervals = [], [], []
    for fitted in refit(model, X, responses[0], (Draw(y=y) for y in responses)):
        result = fitted.inference(covariance=covariance, **options)
        estimates.append(np.asarray(result.params)[1])
        errors.append(np.asarray(result.bse)[1])
        intervals.append(np.asarray(result.conf_int(LEVEL))[1])
    return Found(np.array(estimates), np.array(errors), np.array(intervals), np.full(n_sets, beta[1]))


def classical_lines() -> dict[str, Callable[[int], Found]]:
    """Return the designs, by their description."""
    from deepstat import DeepClassifier, DeepDistributionRegressor, DeepRegressor

    newton = {"architecture": "linear", "optimizer": "newton"}

    def family(name: str) -> Any:
        return DeepDistributionRegressor(distribution=name, **newton)

    def normal(rng: np.random.Generator, X: Array, linear: Array) -> Array:
        return linear + rng.standard_normal(len(linear))

    def uneven(rng: np.random.Generator, X: Array, linear: Array) -> Array:
        return linear + np.exp(X[:, 0] / 2) * rng.standard_normal(len(linear))

    def counts(rng: np.random.Generator, X: Array, linear: Array) -> Array:
        return rng.poisson(np.exp(linear))

    def overdispersed(rng: np.random.Generator, X: Array, linear: Array) -> Array:
        return rng.poisson(np.exp(linear) * rng.gamma(2.0, 0.5, len(linear)))

    def gammas(rng: np.random.Generator, X: Array, linear: Array) -> Array:
        return rng.gamma(3.0, np.exp(linear) / 3.0)

    def classes(rng: np.random.Generator, X: Array, linear: Array) -> Array:
        return (rng.random(len(linear)) < 1 / (1 + np.exp(-linear))).astype(int)

    slopes = (0.5, 0.5, -0.3, 0.2)
    return {
        "OLS, t; n=30 p=3, normal noise": lambda k: of_classical(
            DeepRegressor(**newton), "nonrobust", 30, slopes, normal, k
        ),
        "OLS, HC3, t; n=200 p=3, sd exp(x1/2)": lambda k: of_classical(
            DeepRegressor(**newton), "HC3", 200, slopes, uneven, k
        ),
        "logit; n=500 p=3": lambda k: of_classical(
            DeepClassifier(**newton), "nonrobust", 500, slopes, classes, k
        ),
        "Poisson; n=200 p=3": lambda k: of_classical(family("poisson"), "nonrobust", 200, slopes, counts, k),
        "Poisson, HC3; n=500 p=3, gamma mixed counts": lambda k: of_classical(
            family("poisson"), "HC3", 500, slopes, overdispersed, k
        ),
        "NB2; n=500 p=3": lambda k: of_classical(
            family("negative_binomial"), "nonrobust", 500, slopes, overdispersed, k
        ),
        "gamma, log link, Pearson scale, t; n=200 p=3, shape 3": lambda k: of_classical(
            family("gamma"), "nonrobust", 200, slopes, gammas, k, use_t=True
        ),
    }


# -- bootstrap of linear fits -----------------------------------------------------------------------------------------


def of_bootstrap(n_sets: int, n_draws: int) -> Found:
    """Return percentile intervals of a slope by pairs draws of least squares, n=200, p=3, normal noise."""
    import torch

    from deepstat.classical.least_squares import least_squares_fit
    from deepstat.inference.draws.pairs import pairs
    from deepstat.inference.intervals.percentile import percentile

    n, beta = 200, np.array([0.5, 0.5, -0.3, 0.2])
    estimates, errors, intervals = [], [], []
    for number in range(n_sets):
        rng = np.random.default_rng([number, 2])
        X = np.column_stack([np.ones(n), rng.standard_normal((n, 3))])
        y = X @ beta + rng.standard_normal(n)
        drawn = [np.bincount(draw.rows, minlength=n) for draw in pairs(n, n_draws, seed=number)]
        weight = np.vstack([np.ones(n), *drawn])
        fit = least_squares_fit(torch.from_numpy(X), torch.from_numpy(y), weight=torch.from_numpy(weight))
        slopes = fit.coefficients[:, 1].numpy()
        estimates.append(slopes[0])
        errors.append(slopes[1:].std(ddof=1))
        intervals.append(percentile(slopes[1:], LEVEL))
    return Found(np.array(estimates), np.array(errors), np.array(intervals), np.full(n_sets, beta[1]))


# -- partially linear: networks as nuisances --------------------------------------------------------------------------


def of_partially_linear(n_sets: int, n: int = 500, n_folds: int = 5) -> Found:
    """Return partialling-out estimates of b in y = b d + g(z) + e, with d = m(z) + v, all nets in populations."""
    from deepstat import DeepRegressor
    from deepstat.estimators.draw import Draw
    from deepstat.estimators.refit import refit
    from deepstat.inference.scores.partialling_out import partialling_out
    from deepstat.inference.scores.sandwich import sandwich
    from deepstat.inference.scores.solve_score import solve_score

    truth = 1.0
    Z, d, y = [], [], []
    for number in range(n_sets):
        rng = np.random.default_rng([number, 3])
        z = rng.standard_normal((n, 2))
        own = np.tanh(z[:, 0]) + 0.5 * z[:, 1] + rng.standard_normal(n)
        Z.append(z)
        d.append(own)
        y.append(truth * own + np.sin(z[:, 0]) + 0.3 * z[:, 1] ** 2 + rng.standard_normal(n))
    table, responses = np.concatenate(Z), (np.concatenate(y), np.concatenate(d))
    folds = np.random.default_rng(4).permuted(np.tile(np.arange(n) % n_folds, (n_sets, 1)), axis=1).ravel()
    starts = np.arange(n_sets) * n
    learner = DeepRegressor(
        architecture="mlp",
        architecture_params={"hidden_layer_sizes": (16,), "activation": "tanh"},
        batch_size=50,
        max_epochs=60,
        learning_rate=0.01,
        early_stopping=False,
        precision="float64",
        random_state=0,
    )
    held = [
        (start + np.flatnonzero(folds[start : start + n] == fold))
        for start in starts
        for fold in range(n_folds)
    ]
    whole = [np.arange(start, start + n) for start in starts for _ in range(n_folds)]
    nuisances = []
    for response in responses:
        draws = (
            Draw(rows=np.setdiff1d(rows, out).astype(np.int32), seed=k)
            for k, (rows, out) in enumerate(zip(whole, held, strict=True))
        )
        predicted = np.empty(len(table))
        for out, fitted in zip(held, refit(learner, table, response, draws), strict=True):
            predicted[out] = fitted.predict(table[out])
        nuisances.append(predicted)
    estimates, errors = np.empty(n_sets), np.empty(n_sets)
    weight = np.ones(n)
    for k, start in enumerate(starts):
        rows = slice(start, start + n)
        residual = (responses[1] - nuisances[1])[rows, None]

        def score(coef: Array, rows: slice = rows, residual: Array = residual) -> tuple[Array, Array]:
            return partialling_out(coef, responses[0][rows], nuisances[0][rows], residual, weight)

        coef, scores, jacobian = solve_score(score, np.zeros(1), weight)
        estimates[k], errors[k] = coef[0], math.sqrt(sandwich(scores, jacobian, weight)[0, 0])
    width = ndtri((1 + LEVEL) / 2) * errors
    return Found(
        estimates, errors, np.column_stack([estimates - width, estimates + width]), np.full(n_sets, truth)
    )


# -- conformal: one new row for each data set -------------------------------------------------------------------------


def of_conformal(n_sets: int, method: str, n: int) -> Found:
    """Return intervals for a new row, after a straight line to a curve with uneven, skewed noise."""
    from deepstat import ConformalRegressor, DeepRegressor

    line = DeepRegressor(architecture="linear", optimizer="newton")
    intervals, truth = [], []
    for number in range(n_sets):
        rng = np.random.default_rng([number, 5])
        x = rng.uniform(0, 2, size=(n + 1, 1))
        y = x[:, 0] ** 2 + x[:, 0] * (rng.gamma(2.0, size=n + 1) - 2.0)
        # Half of 198 rows calibrate: 95 of 100 ranks hold the new score, which makes the nominal level exact.
        model = ConformalRegressor(
            line, method=method, level=LEVEL, n_folds=5, calibration_fraction=0.5, random_state=number
        )
        intervals.append(model.fit(x[:n], y[:n]).predict_interval(x[n:])[0])
        truth.append(y[n])
    return Found(np.empty(0), np.empty(0), np.array(intervals), np.array(truth))


def line_of(name: str, found: Found, seconds: float) -> tuple[list[str], bool]:
    """Return a line of the table, and whether its targets were reached."""
    inside = (found.interval[:, 0] <= found.truth) & (found.truth <= found.interval[:, 1])
    low, high = wilson(int(inside.sum()), len(inside))
    kept = low <= LEVEL <= high
    ratio, bias = "", ""
    if len(found.estimate):
        spread = found.estimate.std(ddof=1)
        value = found.error.mean() / spread
        kept = kept and 0.95 <= value <= 1.05
        ratio, bias = f"{value:.4f}", f"{(found.estimate.mean() - found.truth[0]) / spread:+.3f}"
    cells = [name, f"{inside.mean():.4f}", f"{low:.4f} to {high:.4f}", ratio, bias, f"{seconds:.1f}"]
    return [*cells, "reached" if kept else "MISSED"], kept


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument("--sets", type=int, default=2000, help="data sets of each line")
    parser.add_argument("--only", default="", help="lines whose name holds this")
    parser.add_argument("--leave-out", default=None, help="and not this")
    args = parse(parser, argv)
    n_sets, n_draws = (4, 49) if args.quick else (args.sets, 999)
    report = Report()
    head(report, f"Coverage at {LEVEL:.0%}: {n_sets} data sets a line", args)
    lines: dict[str, Callable[[int], Found]] = {
        **classical_lines(),
        "bootstrap percentile, pairs, 999 draws; OLS, n=200 p=3": lambda k: of_bootstrap(k, n_draws),
        "partially linear, networks, 5 folds; n=500, corr(d, z)": of_partially_linear,
        "conformal, split; n=198, curved and uneven": lambda k: of_conformal(k, "split", 198),
        "conformal, CV+ with 5 folds; n=198, curved and uneven": lambda k: of_conformal(k, "cv+", 198),
    }
    rows = []
    for name, run in lines.items():
        if args.only not in name or (args.leave_out is not None and args.leave_out in name):
            continue
        start = time.perf_counter()
        found = run(n_sets)
        rows.append(line_of(name, found, time.perf_counter() - start)[0])
    report.table(["", "coverage", "99% Wilson", "mean SE / sd", "bias / sd", "seconds", "targets"], rows)
    report.say()
    report.say(
        "Targets: the nominal level in the Wilson interval; mean SE / sd from 0.95 to 1.05. Split promises the nominal "
        "level, here exactly; CV+ by proof 1 - 2 alpha, and near the nominal level as a rule."
    )
    report.write(args.out)


if __name__ == "__main__":
    main()

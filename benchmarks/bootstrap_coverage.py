"""Coverage of bootstrap intervals of a linear coefficient, and their standard errors beside the truth.

``python -m benchmarks.bootstrap_coverage``

Data sets come from y = 1 + X b + e with n=200, p=5, standard normal X and e. The nominal level has to lie in the 99%
Wilson interval of the coverage observed, and the mean standard error within 5% of the standard deviation of the
estimates.

Two parts. Scheme and intervals: draws of the package's pairs bootstrap, each solved exactly as weighted least squares,
on all data sets. Networks: ``bootstrap`` of a ``DeepRegressor`` with the linear architecture, all rows in a batch, with
the same draws on the first of these data sets; each network's coefficient beside the exact one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri, stdtrit

from benchmarks.timing import Report, head, options, parse
from deepstat.inference.draws.pairs import pairs
from deepstat.inference.intervals.basic import basic
from deepstat.inference.intervals.bca import bca
from deepstat.inference.intervals.normal import normal
from deepstat.inference.intervals.percentile import percentile
from deepstat.inference.intervals.studentised import studentised

N, P, LEVEL = 200, 5, 0.9
TRUTH = np.array(
    [1.0, 0.5, -1.0, 2.0, 0.0, 0.3]
)  # the intercept and five coefficients; the second entry is looked at
METHODS = ("percentile", "basic", "normal", "bca", "studentised", "Student's t, no bootstrap")


def make_data(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return one data set."""
    rng = np.random.default_rng([number, 2026])
    X = rng.standard_normal((N, P))
    return X, TRUTH[0] + X @ TRUTH[1:] + rng.standard_normal(N)


def solve(X: np.ndarray, y: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first coefficient and its classical standard error for each row of counts (B, n)."""
    design = np.column_stack([np.ones(len(X)), X])
    k = design.shape[1]
    gram = (counts @ (design[:, :, None] * design[:, None, :]).reshape(len(X), -1)).reshape(-1, k, k)
    inverse = np.linalg.inv(gram)
    solution = np.einsum("bij,bj->bi", inverse, counts @ (design * y[:, None]))
    squares = (counts * (y - solution @ design.T) ** 2).sum(axis=1)
    error = np.sqrt(squares / (counts.sum(axis=1) - k) * inverse[:, 1, 1])
    return solution[:, 1], error


def exact_draws(number: int, n_draws: int) -> np.ndarray:
    """Return how often each row is in each draw."""
    draws = pairs(N, n_draws, seed=number)
    return np.stack([np.bincount(draw.rows, minlength=N) for draw in draws]).astype(float)


def one_set(number: int, n_draws: int) -> tuple[float, float, dict[str, np.ndarray]]:
    """Return the estimate, its bootstrap standard error and all intervals of one data set."""
    X, y = make_data(number)
    values, errors = solve(X, y, exact_draws(number, n_draws))
    (estimate,), (error,) = solve(X, y, np.ones((1, N)))
    without, _ = solve(X, y, 1 - np.eye(N))
    width = stdtrit(N - P - 1, (1 + LEVEL) / 2) * error
    found = {
        "percentile": percentile(values, LEVEL),
        "basic": basic(values, estimate, LEVEL),
        "normal": normal(values, estimate, LEVEL),
        "bca": bca(values, estimate, without, LEVEL),
        "studentised": studentised(values, errors, estimate, error, LEVEL),
        "Student's t, no bootstrap": np.array([estimate - width, estimate + width]),
    }
    return estimate, values.std(ddof=1), found


def wilson(hits: int, n: int, level: float = 0.99) -> tuple[float, float]:
    """Return Wilson's interval of a proportion."""
    z = ndtri((1 + level) / 2)
    share, shrink = hits / n, 1 + z**2 / n
    width = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / shrink
    centre = (share + z**2 / (2 * n)) / shrink
    return centre - width, centre + width


def coverage_row(name: str, intervals: np.ndarray) -> tuple[list[str], bool]:
    """Return a line of the table, and whether the nominal level lies in the Wilson interval."""
    inside = (intervals[:, 0] <= TRUTH[1]) & (TRUTH[1] <= intervals[:, 1])
    low, high = wilson(int(inside.sum()), len(inside))
    kept = low <= LEVEL <= high
    width = (intervals[:, 1] - intervals[:, 0]).mean()
    return [
        name,
        f"{inside.mean():.4f}",
        f"{low:.4f} to {high:.4f}",
        "yes" if kept else "NO",
        f"{width:.4f}",
    ], kept


def networks(report: Report, n_sets: int, n_draws: int, estimates: np.ndarray, spread: float) -> None:
    """Bootstrap linear networks and compare every draw with the exact solution."""
    from deepstat import DeepRegressor
    from deepstat.inference import average_derivative, bootstrap

    network = DeepRegressor(
        architecture="linear",
        batch_size=N,
        early_stopping=False,
        max_epochs=200,
        learning_rate=0.1,
        compile=False,
        random_state=0,
    )
    intervals, off, errors, exact_errors = [], [], [], []
    start = time.perf_counter()
    for number in range(n_sets):
        X, y = make_data(number)
        draws = pairs(N, n_draws, seed=number)
        result = bootstrap(
            network, X, y, average_derivative(X, 0), scheme=draws, n_seeds=0, level=LEVEL, random_state=0
        )
        exact, _ = solve(X, y, exact_draws(number, n_draws))
        intervals.append(result.interval())
        errors.append(result.standard_error)
        exact_errors.append(exact.std(ddof=1))
        off.append(max(np.abs(result.draws - exact).max(), abs(result.estimate - estimates[number])))
    seconds = time.perf_counter() - start
    report.say(
        f"Networks: bootstrap(DeepRegressor(architecture='linear', batch_size={N}, early_stopping=False, "
        f"max_epochs={network.max_epochs}, learning_rate={network.learning_rate}, float64)),"
    )
    each = 1e3 * seconds / (n_sets * (n_draws + 1))
    report.say(f"{n_sets} data sets, {n_draws} draws each: {seconds:.0f} s, {each:.2f} ms a fit.")
    apart = np.abs(np.divide(errors, exact_errors) - 1).max()
    report.say(f"Largest |coefficient - exact| of any draw, in standard errors: {max(off) / spread:.2g}")
    report.say(f"Largest relative difference of a set's standard error: {apart:.2g}")
    report.say()
    row, _ = coverage_row("percentile, networks", np.array(intervals))
    report.table(["", "coverage", "99% Wilson", "holds nominal", "mean width"], [row])
    report.say()


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument("--sets", type=int, default=2000, help="data sets solved exactly")
    parser.add_argument("--draws", type=int, default=999, help="draws of each of them")
    parser.add_argument(
        "--network-sets", type=int, default=200, help="data sets on which networks are trained"
    )
    parser.add_argument("--network-draws", type=int, default=199, help="draws of each of them")
    args = parse(parser, argv)
    n_sets, n_draws, network_sets, network_draws = (
        args.sets,
        args.draws,
        args.network_sets,
        args.network_draws,
    )
    if args.quick:
        n_sets, n_draws, network_sets, network_draws = 20, 99, 2, 10
    report = Report()
    head(
        report,
        f"Coverage of nominal {LEVEL:.0%} intervals of a linear coefficient, n={N}, p={P}, normal noise",
        args,
    )
    start = time.perf_counter()
    found = [one_set(number, n_draws) for number in range(n_sets)]
    estimates, errors = np.array([one[0] for one in found]), np.array([one[1] for one in found])
    report.say(
        f"Scheme and intervals: pairs bootstrap, {n_sets} data sets, {n_draws} draws each, least squares solved "
        f"exactly: {time.perf_counter() - start:.0f} s."
    )
    report.say()
    rows = [coverage_row(name, np.array([one[2][name] for one in found])) for name in METHODS]
    report.table(["", "coverage", "99% Wilson", "holds nominal", "mean width"], [row for row, _ in rows])
    report.say()
    spread = float(estimates.std(ddof=1))
    ratio = float(errors.mean()) / spread
    verdict = "reached" if 0.95 <= ratio <= 1.05 else "MISSED"
    report.say(f"mean standard error / sd of estimates: {ratio:.4f}, target 0.95 to 1.05: {verdict}")
    kept = dict(zip(METHODS, (kept for _, kept in rows), strict=True))["percentile"]
    report.say(
        f"nominal {LEVEL:.0%} in the 99% Wilson interval, percentile: {'reached' if kept else 'MISSED'}"
    )
    report.say()
    networks(report, network_sets, network_draws, estimates, spread)
    report.write(args.out)


if __name__ == "__main__":
    main()

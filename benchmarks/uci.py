"""Likelihood of predicted distributions: five UCI sets on their twenty published splits, beside NGBoost.

``python -m benchmarks.uci``

deepstat: a normal distribution for each row by five networks, whose equal-weight mixture is judged. All splits and both
candidates of `CANDIDATES` are one call of ``refit``. A split's candidate is the one with the lower mean of its
members' best loss on the rows that they hold out of the training part. Test rows choose nothing here; but the
list, the learning rate and the number of steps were settled in development, with test figures of these sets in sight.
NGBoost gets the same rows: once with its defaults (normal, 500 iterations, learning rate 0.01), once with four times
the learning rate and its own early stopping on a tenth of the training rows. Seconds hold everything: both candidates,
the choice, the predictions; NGBoost's trees take one core, whatever `--threads`.

NLL and RMSE are in units of the target, means over splits; after the sign +- stands what the source gives: its standard
deviation over splits, or (MC dropout tuned, and all that is measured here) the standard error of the mean. The splits
share most of their rows, so standard errors are too small by an unknown factor; paired differences suffer least.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.datasets import data_folder
from benchmarks.timing import Report, head, options, parse

# Both with five members of two hidden layers of 64: smooth units, or bins of each column for targets with kinks.
CANDIDATES: dict[str, dict[str, Any]] = {
    "smooth": {"activation": "silu"},
    "binned": {"numeric_embedding": "piecewise_linear"},
}
LEARNING_RATE, N_MEMBERS = 0.005, 5
# A member's training ends after so many steps or epochs, whatever the set; patience is a quarter of that.
STEPS, EPOCHS = 3_000, 200
# Training rows from which on batches have 128 rows instead of 32.
LARGE = 2_000

SETS = ("concrete", "energy", "kin8nm", "power", "yacht")
# By set, in the order above. The first three: Lakshminarayanan et al. (2017), Table 1; MC dropout tuned: Gal's
# published re-run of a grid search on exactly these splits; NGBoost: Duan et al. (2020), on random splits of its own;
# evidential regression: Amini et al. (2020).
NLL = {
    "PBP": ("3.16", "2.04", "-0.90", "2.84", "1.63"),
    "MC dropout": ("3.04 +- 0.09", "1.99 +- 0.09", "-0.95 +- 0.03", "2.80 +- 0.05", "1.55 +- 0.12"),
    "Deep Ensembles": ("3.06 +- 0.18", "1.38 +- 0.22", "-1.20 +- 0.02", "2.79 +- 0.04", "1.18 +- 0.21"),
    "MC dropout tuned": ("2.93 +- 0.02", "1.21 +- 0.01", "-1.14 +- 0.01", "2.80 +- 0.01", "1.25 +- 0.01"),
    "NGBoost, its paper": ("3.04 +- 0.17", "0.60 +- 0.45", "-0.49 +- 0.02", "2.79 +- 0.11", "0.20 +- 0.26"),
    "Evidential": ("3.01", "1.39", "-1.24", "2.81", "1.03"),
}
RMSE = {
    "PBP": ("5.67", "1.80", "0.10", "4.12", "1.02"),
    "MC dropout": ("5.23 +- 0.53", "1.66 +- 0.19", "0.10", "4.02 +- 0.18", "1.11 +- 0.38"),
    "Deep Ensembles": ("6.03 +- 0.58", "2.09 +- 0.29", "0.09", "4.11 +- 0.17", "1.58 +- 0.48"),
    "MC dropout tuned": ("4.82 +- 0.16", "0.54 +- 0.06", "0.08", "4.01 +- 0.04", "0.67 +- 0.05"),
    "NGBoost, its paper": ("5.06 +- 0.61", "0.46 +- 0.06", "0.16", "3.79 +- 0.18", "0.50 +- 0.20"),
}
OURS, NGBOOST, STOPPED = "deepstat", "NGBoost, 500", "NGBoost, stopped"


@dataclass(frozen=True)
class Measured:
    """What one method reached on the splits of one set.

    Attributes
    ----------
    nll, rmse : ndarray of shape (n_splits,)
    seconds : float
        Of all splits.
    chosen : tuple of str
        The candidate of each split; empty where there is no choice.
    """

    nll: np.ndarray
    rmse: np.ndarray
    seconds: float
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Split:
    """Row numbers of one published split."""

    train: np.ndarray
    test: np.ndarray


def load(name: str, n_splits: int) -> tuple[np.ndarray, np.ndarray, list[Split]]:
    """Return float32 columns, the target and the first splits of a set."""
    folder = data_folder()
    assert folder is not None
    with np.load(folder / "uci_regression" / f"{name}.npz", allow_pickle=False) as stored:
        X, y, test = stored["X"].astype(np.float32), stored["y"].ravel(), stored["test_idx"]
    rows = np.arange(len(y), dtype=np.int32)
    return X, y, [Split(np.setdiff1d(rows, own), own) for own in test[:n_splits]]


def settings(n_rows: int, steps: int) -> dict[str, Any]:
    """Return what all candidates share, for training parts of so many rows."""
    batch_size = 32 if n_rows < LARGE else 128
    max_epochs = min(EPOCHS, max(1, round(steps * batch_size / n_rows)))
    return {
        "n_members": N_MEMBERS,
        "learning_rate": LEARNING_RATE,
        "batch_size": batch_size,
        "max_epochs": max_epochs,
        "patience": max(1, max_epochs // 4),
    }


def held_out_loss(model: Any) -> float:
    """Return the members' mean of the best loss on the rows that each held out, in standard deviations of y."""
    best = [np.inf] * model.n_members
    for entry in model.history_:
        best[entry["member"]] = min(best[entry["member"]], entry["validation_loss"])
    return float(np.mean(best))


def ours(X: np.ndarray, y: np.ndarray, splits: Sequence[Split], steps: int) -> Measured:
    """Train both candidates on all splits as one call of refit; choose for each split; judge the mixture."""
    from deepstat import DeepDistributionRegressor
    from deepstat.estimators.refit import Draw, refit

    start = time.perf_counter()
    model = DeepDistributionRegressor(distribution="normal", **settings(len(splits[0].train), steps))
    draws = [
        Draw(rows=split.train, seed=number, params={"architecture_params": params})
        for params in CANDIDATES.values()
        for number, split in enumerate(splits)
    ]
    fitted = list(refit(model, X, y, draws))
    chosen, nll, rmse = [], [], []
    for number, split in enumerate(splits):
        own = dict(zip(CANDIDATES, fitted[number :: len(splits)], strict=True))
        name = min(own, key=lambda each: held_out_loss(own[each]))
        predicted = own[name].predict_distribution(X[split.test])
        chosen.append(name)
        nll.append(-predicted.log_prob(y[split.test]).mean())
        rmse.append(np.sqrt(np.mean((predicted.mean - y[split.test]) ** 2)))
    return Measured(np.array(nll), np.array(rmse), time.perf_counter() - start, tuple(chosen))


def ngboost(
    X: np.ndarray, y: np.ndarray, splits: Sequence[Split], iterations: int, stopped: bool
) -> Measured:
    """Fit NGBoost to every split: its defaults, or faster steps and its own early stopping."""
    from ngboost import NGBRegressor

    own = {"learning_rate": 0.04, "validation_fraction": 0.1, "early_stopping_rounds": 50} if stopped else {}
    nll, rmse = [], []
    start = time.perf_counter()
    # It prints whether or not it is verbose, and warns of logarithms.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for number, split in enumerate(splits):
            model = NGBRegressor(n_estimators=iterations, random_state=number, verbose=False, **own)
            model.fit(X[split.train], y[split.train])
            predicted = model.pred_dist(X[split.test], max_iter=model.best_val_loss_itr)
            nll.append(-predicted.logpdf(y[split.test]).mean())
            rmse.append(np.sqrt(np.mean((predicted.mean() - y[split.test]) ** 2)))
    return Measured(np.array(nll), np.array(rmse), time.perf_counter() - start)


def standard_error(values: np.ndarray) -> float:
    """Return the standard error of a mean over splits."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def published(rows: Mapping[str, Sequence[str]], method: str, name: str) -> float:
    """Return a method's published mean on a set."""
    return float(rows[method][SETS.index(name)].split()[0])


def show(report: Report, sets: Sequence[str], found: dict[str, dict[str, Measured]]) -> None:
    """Print NLL and RMSE beside the published rows, paired differences, seconds, choices and targets."""
    methods = [name for name in (OURS, NGBOOST, STOPPED) if name in found]
    for title, known, what, digits in (("NLL", NLL, "nll", 3), ("RMSE", RMSE, "rmse", 4)):
        report.say(
            f"{title}, mean over splits +- what the source gives (above), or standard error (measured here):"
        )
        rows = [[name, *(cells[SETS.index(each)] for each in sets)] for name, cells in known.items()]
        for name in methods:
            values = [getattr(found[name][each], what) for each in sets]
            rows.append([name, *(f"{v.mean():.{digits}f} +- {standard_error(v):.{digits}f}" for v in values)])
        report.table(["", *sets], rows)
        report.say()
    for name in methods[1:]:
        differences = [found[OURS][each].nll - found[name][each].nll for each in sets]
        report.say(f"NLL of deepstat less that of {name}, paired, mean +- 2 standard errors:")
        rows = []
        for each, own in zip(sets, differences, strict=True):
            low, high = (own.mean() + sign * 2 * standard_error(own) for sign in (-1, 1))
            verdict = "lower" if high < 0 else "higher" if low > 0 else "no difference seen"
            wins = f"{(own < 0).sum()} of {len(own)}"
            rows.append([each, f"{own.mean():.3f} +- {2 * standard_error(own):.3f}", wins, verdict])
        report.table(["", "difference", "splits lower", ""], rows)
        report.say()
    report.say("Seconds, all splits of a set, predictions included:")
    rows = [[name, *(f"{found[name][each].seconds:.1f}" for each in sets)] for name in methods]
    report.table(["", *sets], rows)
    report.say()
    report.say("Candidates chosen by held-out training rows:")
    rows = [[name, *(str(found[OURS][each].chosen.count(name)) for each in sets)] for name in CANDIDATES]
    report.table(["", *sets], rows)
    report.say()
    judge(report, sets, found)


def judge(report: Report, sets: Sequence[str], found: dict[str, dict[str, Measured]]) -> None:
    """Print each target and how many sets reach it."""

    def say(what: str, reached: Sequence[str], needed: int | None) -> None:
        line = f"{what}: {len(reached)} of {len(sets)} sets ({', '.join(reached) or 'none'})"
        if needed is not None:
            line += f", target {needed}: {'reached' if len(reached) >= needed else 'MISSED'}"
        report.say(line)

    mean = {each: found[OURS][each].nll.mean() for each in sets}
    best = {each: min(published(NLL, method, each) for method in NLL) for each in sets}
    lower = [each for each in sets if mean[each] < published(NLL, "Deep Ensembles", each)]
    say("mean NLL below Deep Ensembles'", lower, len(sets))
    say("mean NLL below the best published row", [e for e in sets if mean[e] < best[e]], -(-len(sets) // 2))
    for name, needed in ((NGBOOST, len(sets)), (STOPPED, None)):
        if name in found:
            faster = [each for each in sets if found[OURS][each].seconds < found[name][each].seconds]
            say(f"seconds below those of {name}", faster, needed)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument("--sets", default=",".join(SETS), help="sets, separated by commas")
    parser.add_argument("--splits", type=int, default=20, help="the first so many of the published splits")
    parser.add_argument("--no-ngboost", action="store_true", help="leave NGBoost out")
    args = parse(parser, argv)
    report = Report()
    head(report, "UCI regression: likelihood of predicted distributions, published splits", args)
    if data_folder() is None:
        report.say("The folder of tables was not found: set DEEPSTAT_DATA to it. Nothing was measured.")
        report.write(args.out)
        return
    if args.quick:
        args.sets, args.splits = "yacht", 2
    sets = args.sets.split(",")
    if unknown := [name for name in sets if name not in SETS]:
        parser.error(f"unknown set {unknown[0]!r}: choose of {', '.join(SETS)}")
    steps, iterations = (10, 5) if args.quick else (STEPS, 500)
    peers = not args.no_ngboost
    if peers and find_spec("ngboost") is None:
        report.say(
            "NGBoost is not installed (pip install ngboost): its rows and the comparisons with it are left out."
        )
        peers = False
    if peers:
        report.say(f"peer      ngboost {version('ngboost')}")
    report.say(
        f"first {args.splits} splits; {N_MEMBERS} members, two candidates, at most {steps} steps, {EPOCHS} epochs"
    )
    report.say()
    methods: dict[str, Callable[..., Measured]] = {OURS: partial(ours, steps=steps)}
    if peers:
        methods[NGBOOST] = partial(ngboost, iterations=iterations, stopped=False)
        methods[STOPPED] = partial(ngboost, iterations=iterations, stopped=True)
    found: dict[str, dict[str, Measured]] = {method: {} for method in methods}
    for name in sets:
        X, y, splits = load(name, args.splits)
        for method, measure in methods.items():
            own = found[method][name] = measure(X, y, splits)
            done = f"{name}, {method}: NLL {own.nll.mean():.3f} in {own.seconds:.1f} s"
            print(f"  {done}", file=sys.stderr, flush=True)
    show(report, sets, found)
    report.write(args.out)


if __name__ == "__main__":
    main()

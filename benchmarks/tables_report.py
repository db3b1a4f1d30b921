"""The tables of the benchmark of tables, from what was measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from benchmarks.datasets import TEST_SHARE
from benchmarks.tables_measure import Found
from benchmarks.tables_models import BOOSTING, LINEAR, REALMLP
from benchmarks.timing import Report

LEVEL = 0.95
NOTHING = "-"


def geometric_mean(values: Iterable[float]) -> float:
    """Return the geometric mean."""
    return math.exp(statistics.fmean(math.log(value) for value in values))


class Tables:
    """Prints what was found.

    Parameters
    ----------
    report : Report
    found : Found
    sets, columns : sequence of str
    peers : sequence of str
        The columns that are no setting of deepstat.
    splits : int
        That were asked for.
    """

    def __init__(
        self,
        report: Report,
        found: Found,
        sets: Sequence[str],
        columns: Sequence[str],
        peers: Sequence[str],
        splits: int,
    ) -> None:
        self.report, self.found, self.sets, self.splits = report, found, sets, splits
        self.columns = [c for c in columns if any((name, c) in found.measured for name in sets)]
        self.peers = [c for c in peers if c in self.columns]
        self.ours = [c for c in self.columns if c not in peers]

    def values(self, name: str, column: str, what: str = "error") -> dict[int, float]:
        """Return a number by split, of the splits where it is known."""
        measured = self.found.measured.get((name, column), {})
        return {split: each[what] for split, each in measured.items() if each.get(what) is not None}

    def paired(self, name: str, columns: Sequence[str]) -> np.ndarray:
        """Return the errors (columns, splits) of the splits on which all columns were measured."""
        each = [self.values(name, column) for column in columns]
        shared = sorted(set.intersection(*map(set, each))) if each else []
        return np.array([[one[split] for split in shared] for one in each]).reshape(len(each), len(shared))

    def ratio(self, name: str, over: str, under: Sequence[str]) -> float | None:
        """Return a mean error over the smallest of other mean errors, on the splits that all share."""
        errors = self.paired(name, [over, *under])
        return float(errors[0].mean() / errors[1:].mean(axis=1).min()) if errors.size else None

    def say(self) -> None:
        """Print everything that the measurements allow."""
        if not self.columns:
            self.report.say("Nothing is known of these sets and models.")
            return
        self.errors()
        if BOOSTING in self.columns:
            self.relative(f"Error relative to {BOOSTING}", [BOOSTING])
        if BOOSTING in self.columns and LINEAR in self.columns:
            self.relative(f"Error relative to the better of {LINEAR} and {BOOSTING}", [LINEAR, BOOSTING])
        self.ranks()
        self.best_peer()
        self.intervals()
        self.classes()
        self.seconds()

    def table(self, title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a title, a table and an empty line."""
        self.report.say(title + ":")
        self.report.table(names, rows)
        self.report.say()

    def errors(self) -> None:
        """Print the mean errors."""
        rows = []
        for name in self.sets:
            if name not in self.found.task:
                continue
            cells = []
            for column in self.columns:
                known = list(self.values(name, column).values())
                few = f" ({len(known)})" if 0 < len(known) < self.splits else ""
                cells.append(f"{statistics.fmean(known):.4f}{few}" if known else NOTHING)
            measure = "RMSE/sd" if self.found.task[name] == "regression" else "log-loss"
            rows.append([name, measure, *cells])
        self.table("Error, mean over splits (how many, where fewer)", ["set", "", *self.columns], rows)

    def relative(self, title: str, under: Sequence[str]) -> None:
        """Print errors relative to that of a column, or to the smaller of several, and their summaries."""
        ratios = {c: [self.ratio(name, c, under) for name in self.sets] for c in self.columns}
        rows = [
            [name, *(_cell(ratios[c][i], ".3f") for c in self.columns)] for i, name in enumerate(self.sets)
        ]
        known = {c: [ratio for ratio in ratios[c] if ratio is not None] for c in self.columns}
        summaries: dict[str, Callable[[list[float]], float]] = {
            "geometric mean": geometric_mean,
            "median": statistics.median,
            "worst": max,
        }
        for what, summary in summaries.items():
            cells = (_cell(summary(known[c]) if known[c] else None, ".3f") for c in self.columns)
            rows.append([what, *cells])
        rows.append(["sets", *(str(len(known[c])) for c in self.columns)])
        self.table(title, ["set", *self.columns], rows)

    def ranks(self) -> None:
        """Print the mean ranks, of the sets and splits on which every column was measured."""
        from scipy.stats import rankdata

        by_set, by_split = [], []
        for name in self.sets:
            errors = self.paired(name, self.columns)
            if errors.size:
                by_set.append(rankdata(errors.mean(axis=1)))
                by_split.append(rankdata(errors, axis=0).mean(axis=1))
        if not by_set or len(self.columns) < 2:
            return
        rows = [
            [what, *(f"{rank:.2f}" for rank in np.mean(ranks, axis=0))]
            for what, ranks in (("over sets", by_set), ("over splits", by_split))
        ]
        title = f"Mean rank of {len(self.columns)}, 1 is best, on the {len(by_set)} set(s) where all were measured"
        self.table(title, ["", *self.columns], rows)

    def best_peer(self) -> None:
        """Print the peer with the smallest test error of each set: an oracle, which nobody has."""
        if not self.peers or not self.ours:
            return
        rows, ratios = [], {c: [] for c in self.ours}
        for name in self.sets:
            own = {p: statistics.fmean(v) for p in self.peers if (v := self.values(name, p).values())}
            if not own:
                continue
            best = min(own, key=own.__getitem__)
            each = [self.ratio(name, c, list(own)) for c in self.ours]
            for column, ratio in zip(self.ours, each, strict=True):
                ratios[column] += [] if ratio is None else [ratio]
            rows.append([name, best, f"{own[best]:.4f}", *(_cell(ratio, ".3f") for ratio in each)])
        means = (_cell(geometric_mean(ratios[c]) if ratios[c] else None, ".3f") for c in self.ours)
        rows.append(["geometric mean", "", "", *means])
        title = "Best peer by test error (an oracle) and error relative to it"
        self.table(title, ["set", "best peer", "error", *self.ours], rows)

    def intervals(self) -> None:
        """Print paired differences of errors with intervals, for each column of deepstat."""
        if not self.ours or not self.peers or self.splits < 2:
            return
        for own in self.ours:
            rows, counts = [], {peer: [0, 0, 0] for peer in self.peers}
            for name in self.sets:
                cells = []
                for peer in self.peers:
                    cell, verdict = self.difference(name, own, peer)
                    cells.append(cell)
                    if verdict is not None:
                        counts[peer][verdict] += 1
                rows.append([name, *cells])
            rows.append(["lower / higher / unclear", *(" / ".join(map(str, c)) for c in counts.values())])
            title = f"Error of {own} less the peer's, mean over splits and {LEVEL:.0%} interval"
            self.table(f"{title} (* lower, ! higher)", ["set", *self.peers], rows)

    def difference(self, name: str, own: str, peer: str) -> tuple[str, int | None]:
        """Return a paired difference with its interval, and whether it is lower (0), higher (1) or unclear (2)."""
        from deepstat.inference.corrected_t import corrected_t

        errors = self.paired(name, [own, peer])
        if errors.shape[1] < 2:
            return NOTHING, None
        # Test over training rows of the whole table: with fewer training rows splits share less, not more.
        fraction = TEST_SHARE / (1 - TEST_SHARE)
        test = corrected_t(errors[0] - errors[1], test_fraction=fraction, level=LEVEL)
        verdict = 0 if test.high < 0 else 1 if test.low > 0 else 2
        return f"{test.mean:+.4f} [{test.low:+.4f}, {test.high:+.4f}]{'*! '[verdict]}", verdict

    def classes(self) -> None:
        """Print AUC, accuracy and calibration error of the sets with classes."""
        rows = []
        for name in self.sets:
            if self.found.task.get(name) == "classification":
                for what in ("auc", "accuracy", "calibration"):
                    values = (self.values(name, c, what).values() for c in self.columns)
                    cells = (_cell(statistics.fmean(v) if v else None, ".4f") for v in values)
                    rows.append([name, {"auc": "AUC"}.get(what, what), *cells])
        if rows:
            title = "Classes, mean over splits (calibration: expected error, 10 bins, predicted class)"
            self.table(title, ["set", "", *self.columns], rows)

    def seconds(self) -> None:
        """Print median seconds of a fit, and those over RealMLP's."""
        medians: dict[tuple[str, str], float] = {}
        rows = []
        for name in self.sets:
            cells = []
            for column in self.columns:
                if known := list(self.values(name, column, "seconds").values()):
                    medians[name, column] = statistics.median(known)
                epochs = self.values(name, column, "epochs").values()
                after = f" ({statistics.fmean(epochs):.0f})" if epochs else ""
                cells.append(_cell(medians.get((name, column)), ".2f", after))
            rows.append([name, *cells])
        timed = [c for c in self.columns if any((name, c) in medians for name in self.sets)]
        whole = [name for name in self.sets if all((name, c) in medians for c in timed)]
        if not timed:
            self.report.say("Seconds: none was measured with this number of threads and processes.")
            self.report.say()
            return
        total = {
            c: sum(medians[name, c] for name in whole) if c in timed and whole else None for c in self.columns
        }
        rows.append([f"sum of {len(whole)} set(s)", *(_cell(total[c], ".1f") for c in self.columns)])
        self.table("Seconds of a fit, median over splits (epochs)", ["set", *self.columns], rows)
        if REALMLP not in timed:
            return
        rows, ratios = [], {c: [] for c in timed}
        for name in self.sets:
            cells = []
            for column in timed:
                pair = medians.get((name, column)), medians.get((name, REALMLP))
                ratio = None if None in pair else pair[0] / pair[1]
                ratios[column] += [] if ratio is None else [ratio]
                cells.append(_cell(ratio, ".3f"))
            rows.append([name, *cells])
        means = (_cell(geometric_mean(ratios[c]) if ratios[c] else None, ".3f") for c in timed)
        rows.append(["geometric mean", *means])
        self.table(f"Seconds relative to {REALMLP}", ["set", *timed], rows)


def _cell(value: float | None, form: str, after: str = "") -> str:
    return NOTHING if value is None else f"{value:{form}}{after}"

"""What the benchmarks share: options, interleaved rounds, ratios within a round, the report that says where it ran."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("torch", "numpy", "scikit-learn", "skorch", "pandas")


@dataclass(frozen=True)
class Claim:
    """A ratio of two rows and the bound it should keep.

    Attributes
    ----------
    over, under : str
        Names of the rows divided.
    at_most, at_least : float or None
        The bound; one of the two.
    """

    over: str
    under: str
    at_most: float | None = None
    at_least: float | None = None

    def line(self, ratio: float, low: float, high: float) -> str:
        """Return the claim's line of a report."""
        if self.at_most is not None:
            bound, kept = f"<= {self.at_most:g}", ratio <= self.at_most
        else:
            assert self.at_least is not None
            bound, kept = f">= {self.at_least:g}", ratio >= self.at_least
        verdict = "reached" if kept else "MISSED"
        return f"{self.over} / {self.under}: {ratio:.3g} [{low:.3g}, {high:.3g}], target {bound}: {verdict}"


@dataclass
class Report:
    """Lines printed as they come and written to a file at the end."""

    lines: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        """Print a line and keep it."""
        print(text, flush=True)
        self.lines.append(text)

    def table(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print rows under names: the first column to the left, the others to the right."""
        widths = [max(len(row[j]) for row in [names, *rows]) for j in range(len(names))]
        for row in [names, ["-" * width for width in widths], *rows]:
            cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
            self.say("  ".join(cells).rstrip())

    def write(self, path: str | None) -> None:
        """Write the lines to a file, if one is wanted."""
        if path is not None:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text("\n".join(self.lines) + "\n", encoding="utf-8")


def options(claim: str, repeats: int) -> argparse.ArgumentParser:
    """Return the options that every benchmark has.

    Parameters
    ----------
    claim : str
        What is measured.
    repeats : int
        Rounds by default.
    """
    parser = argparse.ArgumentParser(
        description=claim, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes and one round, to try the script")
    parser.add_argument("--repeats", type=int, default=repeats, help="rounds; every row runs once a round")
    parser.add_argument(
        "--threads", type=int, default=None, help="threads of torch and BLAS; all cores if left out"
    )
    parser.add_argument("--out", default=None, help="file to write the report to")
    return parser


def parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse, and set the number of threads: of what is loaded, of what will be, and of processes started later."""
    args = parser.parse_args(argv)
    if args.quick:
        args.repeats = 1
    if args.threads is not None:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(args.threads)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(args.threads)
        threadpool_limits(args.threads)
    return args


def head(report: Report, title: str, args: argparse.Namespace) -> None:
    """Print what is measured, on which machine, with which versions and how many threads."""
    report.say(f"# {title}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    threads = args.threads or os.environ.get("OMP_NUM_THREADS") or "as many as cores"
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    report.say(
        f"machine   {_processor()}, {cores} cores, {platform.system()} {platform.machine()}, load before {load}"
    )
    report.say(f"versions  Python {platform.python_version()}, {', '.join(_versions())}")
    report.say(
        f"threads   {threads}; {args.repeats} interleaved rounds{' (QUICK: no result)' if args.quick else ''}"
    )
    report.say(f"date      {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC")
    report.say()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _versions() -> list[str]:
    found = [f"deepstat {_commit()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return found


def _commit() -> str:
    """Return the version, and the commit where the sources are a checkout ("+": with changes on top)."""
    from deepstat import __version__

    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return __version__
    return f"{__version__} ({done.stdout.strip()})"


def interleave(tasks: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Run every task once a round and return its numbers, one a round.

    The order turns from round to round, so that nobody always follows the same neighbour; what the machine does
    meanwhile hits all rows of a round alike, which is why ratios are taken within rounds.

    Parameters
    ----------
    tasks : mapping of str to callable
        Each measures itself and returns its number (seconds, bytes).
    rounds : int

    Returns
    -------
    dict of list of float
    """
    names = list(tasks)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(tasks[name]())
    return found


def ratio(found: Mapping[str, list[float]], over: str, under: str) -> tuple[float, float, float]:
    """Return the median, smallest and largest of the rounds' ratios of two rows."""
    each = [a / b for a, b in zip(found[over], found[under], strict=True)]
    return statistics.median(each), min(each), max(each)


def show(
    report: Report,
    found: Mapping[str, list[float]],
    reference: str,
    claims: Sequence[Claim],
    *,
    unit: float = 1e-3,
    unit_name: str = "ms",
) -> None:
    """Print the table of medians and of ratios to `reference`, then each claim with its rows present.

    Parameters
    ----------
    report : Report
    found : mapping of str to list of float
        From :func:`interleave`.
    reference : str
        The row that the ratio column divides by.
    claims : sequence of Claim
    unit : float
        What one printed unit is worth.
    unit_name : str
    """
    rows = []
    for name, values in found.items():
        middle, low, high = ratio(found, name, reference)
        span = f"{min(values) / unit:.4g} to {max(values) / unit:.4g}"
        rows.append(
            [
                name,
                f"{statistics.median(values) / unit:.4g}",
                span,
                f"{middle:.3g}",
                f"{low:.3g} to {high:.3g}",
            ]
        )
    report.table(["", f"median {unit_name}", "range", f"x {reference}", "range of ratios"], rows)
    report.say()
    for claim in claims:
        if claim.over in found and claim.under in found:
            report.say(claim.line(*ratio(found, claim.over, claim.under)))
    report.say()


def worker(module: str, *arguments: str) -> str:
    """Run ``python -m module arguments`` in a fresh process, warnings off, and return what it printed last."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done.stdout.strip().splitlines()[-1]

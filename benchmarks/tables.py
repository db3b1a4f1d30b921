"""Default models on tables: deepstat beside boosting, RealMLP-TD, TabM-D, an MLP and linear models.

``python -m benchmarks.tables``

Every model has its defaults, and the number of the split as random state, with these exceptions. RealMLP-TD smooths
labels by default, which spoils log-loss: with classes it gets ``use_ls=False``, which its authors advise for that
measure (the same advice also chooses the epoch by cross-entropy: ``--models realmlp-ce``, and ``tabm-ce`` likewise).
The linear models choose their penalty by cross-validation, the MLP stops early, and the networks of pytabkit get
means in place of missing numbers, which they refuse. All take the table as it is, with pandas categories, but the MLP
and the linear models: these get standardised and one-hot columns, the MLP a standardised target.

Random 75/25 splits (seed 7), at most 4,000 training rows. Error is RMSE / sd(y) of the test part, or log-loss.
Intervals are those of the corrected resampled t-test, since splits of a table share rows.

Each measurement is kept as soon as it is made, in a file of the folder ``--cache``: a run may be interrupted and
continued, and peers may be measured by another interpreter that has them (``--models realmlp,tabm``, from the checkout;
deepstat is imported only where it is measured or compared). ``--only-cached`` prints what is known. Errors may have
been measured with any number of threads; seconds are only printed where threads and processes are those asked for.

To try settings: ``--estimator-params '{"learning_rate": 0.001}'``, repeated for several columns. What one chooses by
looking at these tables is too good on these tables: see ``benchmarks.choose_defaults``.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.datasets import NAMES, data_folder
from benchmarks.tables_measure import Found, gather, measuring_options, n_threads, names_of
from benchmarks.tables_models import BOOSTING, COLUMNS, DEFAULT, OURS, Column, legend, ours, version_of
from benchmarks.tables_report import Tables, geometric_mean
from benchmarks.timing import Report, head, options, parse

TARGET = 1.0


def columns_of(models: Sequence[str], settings: Sequence[str]) -> list[Column]:
    """Return the columns: settings of deepstat tried first, then the models asked for."""
    tried = [ours(f"setting {number}", json.loads(text)) for number, text in enumerate(settings)]
    return [*tried, *(COLUMNS[name] for name in models)]


def missing(columns: Sequence[Column]) -> str | None:
    """Return the line that says which packages are not installed, if any."""
    absent: dict[str, list[str]] = {}
    for column in columns:
        if version_of(column.package) is None:
            absent.setdefault(column.package, []).append(column.name)
    if not absent:
        return None
    names = ", ".join(f"{package} ({', '.join(own)})" for package, own in absent.items())
    return f"not installed: {names}; printed is what another interpreter has measured"


def say_columns(report: Report, columns: Sequence[Column], found: Found) -> None:
    """Print what each column is."""
    width = max(len(column.name) for column in columns)
    for column in columns:
        report.say(f"{column.name.ljust(width)}  {legend(column, found.versions.get(column.name, set()))}")
    report.say()


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument("--sets", default=",".join(NAMES), help="names, or file:target[:task], by commas")
    parser.add_argument("--models", default=",".join(DEFAULT), help=f"of {', '.join(COLUMNS)}")
    parser.add_argument(
        "--estimator-params",
        action="append",
        default=[],
        metavar="JSON",
        help="a setting to try; may be repeated",
    )
    measuring_options(parser, splits=10)
    args = parse(parser, argv)
    report = Report()
    head(report, "Tables: default models, deepstat beside its peers", args)
    if args.quick:
        args.sets, args.splits, args.models = "yacht,german", 2, "hgb,linear"
        args.estimator_params = ['{"max_epochs": 2}']
    models = [name for name in args.models.split(",") if name]
    if unknown := [name for name in models if name not in COLUMNS]:
        parser.error(f"unknown model {unknown[0]!r}: choose of {', '.join(COLUMNS)}")
    if data_folder() is None and set(args.sets.split(",")) & set(NAMES):
        report.say("The folder of tables was not found: set DEEPSTAT_DATA to it. Nothing was measured.")
        report.write(args.out)
        return
    sets, columns = names_of(args.sets, parser), columns_of(models, args.estimator_params)
    if args.quick:
        with tempfile.TemporaryDirectory() as folder:
            args.cache = Path(folder)
            found = gather(columns, sets, args)
    else:
        found = gather(columns, sets, args)
    rows = "all" if args.rows is None else f"at most {args.rows}"
    report.say(
        f"{args.splits} split(s) 75/25, seed 7, {rows} training rows; "
        f"{n_threads(args)} thread(s), {args.jobs} process(es)"
    )
    if line := missing(columns):
        report.say(line)
    say_columns(report, columns, found)
    names = [column.name for column in columns]
    peers = [column.name for column in columns if column.model != OURS]
    tables = Tables(report, found, list(sets), names, peers, args.splits)
    tables.say()
    if OURS in tables.columns and BOOSTING in tables.columns:
        ratios = [ratio for name in sets if (ratio := tables.ratio(name, OURS, [BOOSTING])) is not None]
        if ratios:
            middle = geometric_mean(ratios)
            report.say(
                f"geometric mean of deepstat / {BOOSTING} on {len(ratios)} set(s): {middle:.3f}, "
                f"target <= {TARGET:.2f}: {'reached' if middle <= TARGET else 'MISSED'}"
            )
    report.write(args.out)


if __name__ == "__main__":
    main()

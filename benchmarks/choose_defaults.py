"""Settings chosen on some families of tables and judged on another: how good the way of choosing is.

``python -m benchmarks.choose_defaults --candidates candidates.json``

The file names the candidates: ``{"plain": {}, "slow": {"learning_rate": 0.0005}}``, or by task
``{"mixed": {"regression": {...}, "classification": {...}}}``. A candidate's score is the geometric mean over sets of
its error relative to HistGradientBoosting's. The best score of many candidates is too good, since it was looked for:
the honest score takes each set's error from the candidate chosen without any set of its family (nested
cross-validation over families). The optimism is the difference of the two. Neither knows of what was seen before the
list was made: candidates made up after looking at all sets know something of every family.

Measurements are made and kept as those of ``benchmarks.tables``, in the same folder.

References
----------
Cawley and Talbot (2010), On over-fitting in model selection and subsequent selection bias in performance evaluation.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.datasets import NAMES, data_folder
from benchmarks.own_tables import OWN, family_of
from benchmarks.tables_measure import gather, measuring_options, names_of
from benchmarks.tables_models import BOOSTING, COLUMNS, ours
from benchmarks.tables_report import Tables, geometric_mean
from benchmarks.timing import Report, head, options, parse

# By set: by candidate, error relative to boosting's.
Ratios = Mapping[str, Mapping[str, float]]
QUICK = {"two epochs": {"max_epochs": 2}, "three epochs": {"max_epochs": 3}}


@dataclass(frozen=True)
class Rotation:
    """A family left out.

    Attributes
    ----------
    family : str
    chosen : str
        The best candidate on all other families.
    score : float
        Its score there.
    judged : float
        Its score on the family.
    best : str
        The best candidate on the family, known only afterwards.
    """

    family: str
    chosen: str
    score: float
    judged: float
    best: str


def scores(ratios: Ratios) -> dict[str, float]:
    """Return each candidate's geometric mean over sets."""
    candidates = next(iter(ratios.values()))
    return {name: geometric_mean(own[name] for own in ratios.values()) for name in candidates}


def rotate(ratios: Ratios) -> list[Rotation]:
    """Return the rotations: for each family, the choice without it and how it does on it.

    Parameters
    ----------
    ratios : mapping
        Of sets of at least two families; the same candidates in each.
    """
    families = list(dict.fromkeys(family_of(name) for name in ratios))
    if len(families) < 2:
        raise ValueError(f"Sets of at least two families are needed, but all are of {families[0]}.")
    found = []
    for family in families:
        inside = scores({name: own for name, own in ratios.items() if family_of(name) == family})
        outside = scores({name: own for name, own in ratios.items() if family_of(name) != family})
        chosen = min(outside, key=outside.__getitem__)
        best = min(inside, key=inside.__getitem__)
        found.append(Rotation(family, chosen, outside[chosen], inside[chosen], best))
    return found


def honest_score(ratios: Ratios, rotations: Sequence[Rotation]) -> float:
    """Return the geometric mean over sets, each with the candidate chosen without its family."""
    chosen = {rotation.family: rotation.chosen for rotation in rotations}
    return geometric_mean(own[chosen[family_of(name)]] for name, own in ratios.items())


def show(report: Report, ratios: Ratios) -> None:
    """Print the scores, the rotations, the honest score and the optimism."""
    overall = scores(ratios)
    order = sorted(overall, key=overall.__getitem__)
    report.say(f"Error relative to {BOOSTING}, and each candidate's score (best first):")
    rows = [[name, family_of(name), *(f"{own[c]:.3f}" for c in order)] for name, own in ratios.items()]
    rows.append(["geometric mean", "", *(f"{overall[c]:.4f}" for c in order)])
    rows.append(["worst", "", *(f"{max(own[c] for own in ratios.values()):.3f}" for c in order)])
    report.table(["set", "family", *order], rows)
    report.say()
    rotations = rotate(ratios)
    report.say("Chosen on all families but one, judged on that one:")
    rows = [[r.family, r.chosen, f"{r.score:.4f}", f"{r.judged:.4f}", r.best] for r in rotations]
    report.table(["left out", "chosen", "score in choosing", "judged", "best there (an oracle)"], rows)
    report.say()
    honest, best = honest_score(ratios, rotations), overall[order[0]]
    agreed = sum(rotation.chosen == order[0] for rotation in rotations)
    report.say(
        f"chosen on all sets: {order[0]}, score {best:.4f}; the same in {agreed} of {len(rotations)} rotations"
    )
    report.say(
        f"honest score of the way of choosing: {honest:.4f}, on {len(ratios)} sets, each weighted alike"
    )
    report.say(f"optimism: {honest - best:+.4f} (honest / score of the best: {honest / best:.4f})")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the comparison."""
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument(
        "--candidates", type=Path, default=None, help="JSON file: name -> estimator parameters"
    )
    parser.add_argument(
        "--sets", default=",".join([*NAMES, *OWN]), help="names, or file:target[:task], by commas"
    )
    measuring_options(parser, splits=3)
    args = parse(parser, argv)
    if args.candidates is None and not args.quick:
        parser.error("--candidates is needed: a JSON file that maps names to estimator parameters")
    candidates: dict[str, Any] = (
        QUICK if args.candidates is None else json.loads(args.candidates.read_text(encoding="utf-8"))
    )
    report = Report()
    head(report, "Choosing defaults: the score of the procedure", args)
    if args.quick:
        args.sets, args.splits, args.rows = "diabetes,friedman", 1, 100
    elif data_folder() is None and set(args.sets.split(",")) & set(NAMES):
        report.say(
            "The folder of tables was not found: the sets in it are left out (set DEEPSTAT_DATA to it)."
        )
        args.sets = ",".join(name for name in args.sets.split(",") if name not in NAMES)
    sets = names_of(args.sets, parser)
    columns = [*(ours(name, params) for name, params in candidates.items()), COLUMNS[BOOSTING]]
    if args.quick:
        with tempfile.TemporaryDirectory() as folder:
            args.cache = Path(folder)
            found = gather(columns, sets, args)
    else:
        found = gather(columns, sets, args)
    tables = Tables(report, found, list(sets), [c.name for c in columns], [BOOSTING], args.splits)
    each = {name: {c: tables.ratio(name, c, [BOOSTING]) for c in candidates} for name in sets}
    ratios = {name: own for name, own in each.items() if None not in own.values()}
    for name in each.keys() - ratios.keys():
        report.say(f"left out: {name}, where not every candidate is known")
    for name, params in candidates.items():
        report.say(f"{name}: {json.dumps(params)}")
    rows = "all" if args.rows is None else f"at most {args.rows}"
    report.say(f"{args.splits} split(s) 75/25, seed 7, {rows} training rows")
    report.say()
    if len({family_of(name) for name in ratios}) < 2:
        report.say("Sets of at least two families are needed: nothing can be chosen.")
    else:
        show(report, ratios)
    report.write(args.out)


if __name__ == "__main__":
    main()

"""Classical models through the estimators beside their references, model by model.

``python -m benchmarks.classical``; tables of R's packages are read from the folder that ``DEEPSTAT_DATA`` names.

Targets: coefficients within 1e-5 standard errors, standard errors within 1e-4 relative under the definition named,
log-likelihoods within 1e-6 max(1, |llf|), and a score no larger than the reference's, both by the reference's own score
function. Both end in rounding, which decides of the last digits of a score: one counts as zero below what four units in
the last place of the coefficients move it plus the error bound of a pairwise sum over rows, log2(n) u sum |s_i|.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import chain, islice
from typing import Any

import numpy as np

from benchmarks.datasets import data_folder
from benchmarks.timing import Report, head, options, parse
from benchmarks.twins import glm_twins, likelihood_twins, linear_twins
from benchmarks.twins.reference import Case, Reference, quiet

TARGETS = {"b": 1e-5, "se": 1e-4, "llf": 1e-6}
PARTS = (
    linear_twins.least_squares,
    likelihood_twins.classes,
    glm_twins.generalised,
    likelihood_twins.counts,
    likelihood_twins.ordinal,
    likelihood_twins.beta,
    likelihood_twins.student_t,
    linear_twins.quantiles,
    linear_twins.expectiles,
    linear_twins.robust,
    linear_twins.penalised,
)
COLUMNS = ("model", "data", "n", "SE by", "|b-b0|/SE", "SE", "llf", "score", "theirs", "rounding", "")
# R 4, package ordinal: clm(rating ~ temp + contact), as printed.
CLM = {"estimates": (2.503, 1.528, -1.344, 1.251, 3.467, 5.006), "llf": -86.4919}


def cases(quick: bool) -> Iterator[Case]:
    """Yield all cases; with `quick` the first ones of the first parts."""
    parts = (islice(part(), 2) for part in PARTS[:2]) if quick else (part() for part in PARTS)
    return chain.from_iterable(parts)


def compare(case: Case) -> tuple[list[str], bool, str]:
    """Return a row of the table, whether all targets are met, and who the reference is."""
    ours, theirs = case.ours(), case.reference()
    params = ours.estimate
    found: dict[str, float] = {"b": float(np.max(np.abs(params - theirs.params) / theirs.bse))}
    if case.has_errors:
        found["se"] = float(np.max(np.abs(np.asarray(ours.bse) / theirs.bse - 1.0)))
    if theirs.llf is not None:
        value = getattr(ours, case.what)
        found["llf"] = abs(value - theirs.llf) / max(1.0, abs(theirs.llf))
    good = all(value <= TARGETS[name] for name, value in found.items()) and ours.converged
    scores = ["-", "-", "-"]
    if theirs.score is not None:
        own, other, least = _scores(theirs, ours)
        good = good and own <= max(other, least)
        scores = [f"{own:.1e}", f"{other:.1e}", f"{least:.1e}"]
    shown = [f"{found[name]:.1e}" if name in found else "-" for name in TARGETS]
    if theirs.llf is not None and case.what == "objective":
        shown[2] += "*"
    row = [case.model, case.data, f"{ours.n_obs:g}", case.errors, *shown, *scores, "ok" if good else "MISSED"]
    return row, good, theirs.by


def _scores(theirs: Reference, ours: Any) -> tuple[float, float, float]:
    """Return the norm of the score at our and at their solution, and below what it is rounding."""
    score, params = theirs.score, ours.estimate
    assert score is not None
    norm = lambda at: float(np.linalg.norm(quiet(lambda: score(at))))  # noqa: E731
    own = norm(params) if theirs.score_of is None else float(np.linalg.norm(theirs.score_of(ours)))
    at, moved = np.asarray(score(params)), 0.0
    for j in np.flatnonzero(params):
        for sign in (-np.inf, np.inf):
            nearby = params.copy()
            nearby[j] = np.nextafter(params[j], sign)
            moved += float(np.sum((np.asarray(score(nearby)) - at) ** 2)) / 2
    summed = 0.0
    if theirs.rows is not None:
        rows = np.asarray(theirs.rows(params))
        summed = np.log2(len(rows)) * np.finfo(float).eps / 2 * np.linalg.norm(np.abs(rows).sum(0))
    return own, norm(theirs.params), 4 * moved**0.5 + float(summed)


def clm(report: Report) -> None:
    """Print the wine data beside R's figures."""
    for case in likelihood_twins.ordinal():
        if (case.data, case.model) == ("wine", "Ordinal, logit"):
            ours = case.ours()
            shown = "  ".join(f"{value:.3f}" for value in ours.estimate)
            same = (
                np.round(ours.estimate, 3).tolist() == list(CLM["estimates"])
                and round(ours.llf, 4) == CLM["llf"]
            )
            report.say(
                f"wine, R's clm as printed: {shown}; llf {ours.llf:.4f}: {'the same' if same else 'DIFFERENT'}"
            )


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    args = parse(options(__doc__.splitlines()[0], repeats=1), argv)
    report = Report()
    head(report, "Classical models beside their references", args)
    beside = ", ".join(f"{name} {version(name)}" for name in ("statsmodels", "scipy"))
    report.say(
        f"Beside {beside} and scikit-learn; through the estimators, with architecture='linear' and a solver."
    )
    report.say()
    rows: list[list[str]] = []
    references: dict[str, list[str]] = {}
    missed = 0
    for case in cases(args.quick):
        row, good, by = compare(case)
        rows.append(row)
        missed += not good
        references.setdefault(by, []).append(case.model)
    report.table(COLUMNS, rows)
    report.say()
    for line in _legend():
        report.say(line)
    if data_folder() is None:
        report.say("Left out, for DEEPSTAT_DATA is not set: ships, bioChemists, wine, LossAversion.")
    report.say()
    clm(report)
    report.say(f"{len(rows)} rows, {missed} missed: {'all targets reached' if not missed else 'MISSED'}")
    report.say()
    report.say("References, refitted with these options:")
    for by, models in references.items():
        report.say(f"  {by}: {'; '.join(dict.fromkeys(models))}")
    report.write(args.out)


def _legend() -> Sequence[str]:
    return (
        "|b-b0|/SE: largest over coefficients and constants, in the reference's standard errors (of penalised fits: in",
        "those of least squares), target <= 1e-05. SE: largest relative difference under the definition beside it,",
        "target <= 1e-04. llf: |llf - llf0| / max(1, |llf0|), target <= 1e-06; *: of the objective, where there is no",
        "likelihood. score, theirs: norm of the reference's score function at our and at its own solution, in units of",
        "the data; target: ours is no larger, or within rounding: what four units in the last place of the",
        "coefficients move it, and the error bound of a pairwise sum of n rows, log2(n) u sum |s_i|.",
        "Proportional hazards and accelerated failure times have no classical fit here.",
    )


if __name__ == "__main__":
    main()

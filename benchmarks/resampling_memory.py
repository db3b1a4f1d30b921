"""Peak resident memory of 200 bootstrap members of one large table, beside that of one fit.

``python -m benchmarks.resampling_memory``

Each measurement is a process of its own; peaks are above what is resident after importing torch, the caller's array
counted. The bound: 1.5 times one fit, 4 bytes for each member and row (row order), and the members' weights.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from benchmarks.memory import peak_bytes, resident_bytes
from benchmarks.timing import Report, head, interleave, options, parse, worker

HIDDEN, BATCH = (64, 64), 256


def measure(name: str, n: int, p: int, members: int) -> None:
    """Print the peak above the base and the bytes of the weights, as JSON."""
    import numpy as np
    import torch  # noqa: F401

    base = resident_bytes()
    from benchmarks.peers import make_deepstat
    from deepstat.estimators.refit import refit
    from deepstat.inference.draws.pairs import pairs

    X = np.empty((n, p), dtype=np.float32)
    rng = np.random.default_rng(0)
    for start in range(0, n, 10_000):
        X[start : start + 10_000] = rng.standard_normal((min(10_000, n - start), p), dtype=np.float32)
    y = X[:, 0] * X[:, 1]
    model = make_deepstat(HIDDEN, BATCH, max_epochs=1)
    if name == "one fit":
        size = model.fit(X, y).members_[0].flat.numel() * 4
        model.predict(X[:10])
    else:
        kept = []
        for fitted in refit(model, X, y, pairs(n, members, seed=0)):
            kept.append(fitted.members_[0].flat)
            fitted.predict(X[:10])
        size = sum(flat.numel() * 4 for flat in kept)
    print(json.dumps({"peak": peak_bytes() - base, "weights": size}))


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=2)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--measure", default=None, help="measure this row in this process and stop")
    args = parse(parser, argv)
    n, members = (5_000, 4) if args.quick else (args.rows, args.members)
    if args.measure is not None:
        measure(args.measure, args.rows, args.columns, args.members)
        return
    details: dict[str, dict[str, int]] = {}
    sizes = ["--rows", str(n), "--columns", str(args.columns), "--members", str(members)]

    def task(name: str) -> Callable[[], float]:
        def run() -> float:
            details[name] = json.loads(worker("benchmarks.resampling_memory", "--measure", name, *sizes))
            return float(details[name]["peak"])

        return run

    report = Report()
    head(
        report,
        f"Memory of {members} bootstrap members: n={n}, p={args.columns}, float32, hidden {HIDDEN}",
        args,
    )
    found = interleave({name: task(name) for name in ("one fit", "members")}, args.repeats)
    peaks = {name: max(values) for name, values in found.items()}
    bound = 1.5 * min(found["one fit"]) + 4.0 * members * n + details["members"]["weights"]
    report.table(
        ["largest of the rounds", "peak MiB"], [[name, f"{peak / 2**20:.0f}"] for name, peak in peaks.items()]
    )
    report.say()
    verdict = "reached" if peaks["members"] <= bound else "MISSED"
    report.say(
        f"members: {peaks['members'] / 2**20:.0f} MiB; 1.5 x one fit + 4 K n + weights: {bound / 2**20:.0f} MiB: "
        f"{verdict}"
    )
    report.write(args.out)


if __name__ == "__main__":
    main()

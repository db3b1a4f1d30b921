"""A grid of 60 candidates on five folds: the whole call of GridSearchCV, beside skorch on two processes.

``python -m benchmarks.grid``

skorch takes minutes: with ``--peer-candidates`` it does a part of the candidates and its time is scaled up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.timing import Claim, Report, head, interleave, options, parse, show, worker

HIDDEN, BATCH = (64, 64), 32
RATES = np.geomspace(3e-4, 1e-2, 5).tolist()
PENALTIES = [0.0, 1e-4, 1e-3, 1e-2]
DROPOUTS = [0.1, 0.3, 0.5]
CLAIMS = [Claim("skorch, n_jobs=2", "deepstat", at_least=15.0)]


def make(name: str, n: int, epochs: int, share: int) -> tuple[Any, Any, Any, float]:
    """Return a search, its data, and how many times the whole work is the work done."""
    from benchmarks.peers import make_data, make_deepstat

    X, y = make_data(n)
    if name.startswith("deepstat"):
        from deepstat.model_selection import GridSearchCV

        model = make_deepstat(
            HIDDEN,
            BATCH,
            max_epochs=epochs,
            architecture_params={"hidden_layer_sizes": HIDDEN, "dropout": 0.1},
            compile=False if name.endswith("eager") else "auto",
        )
        grid = {"learning_rate": RATES, "l2": PENALTIES, "architecture_params__dropout": DROPOUTS}
        return GridSearchCV(model, grid, cv=5, refit=False), X, y, 1.0
    import torch
    from sklearn.model_selection import GridSearchCV as Plain
    from skorch import NeuralNetRegressor
    from torch import nn

    class Network(nn.Module):
        def __init__(self, dropout: float = 0.1) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                nn.Linear(20, 64), nn.ReLU(), nn.Dropout(dropout),
                nn.Linear(64, 64), nn.ReLU(), nn.Dropout(dropout), nn.Linear(64, 1),
            )  # fmt: skip

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layers(x)

    model = NeuralNetRegressor(
        Network,
        optimizer=torch.optim.Adam,
        batch_size=BATCH,
        max_epochs=epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )
    rates = RATES[:: max(1, share)]
    grid = {"lr": rates, "optimizer__weight_decay": PENALTIES, "module__dropout": DROPOUTS}
    return Plain(model, grid, cv=5, refit=False, n_jobs=2), X, y[:, None], len(RATES) / len(rates)


def measure(name: str, n: int, epochs: int, share: int) -> None:
    """Print the seconds of a call and the best score, as JSON."""
    from benchmarks.peers import quiet

    quiet()
    search, X, y, times = make(name, n, epochs, share)
    start = time.perf_counter()
    search.fit(X, y)
    seconds = (time.perf_counter() - start) * times
    print(json.dumps({"seconds": seconds, "best": search.best_score_}))


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=3)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--peer-share", type=int, default=5, help="skorch does one learning rate in so many")
    parser.add_argument("--measure", default=None, help="measure this row in this process and stop")
    args = parse(parser, argv)
    if args.measure is not None:
        measure(args.measure, args.rows, args.epochs, args.peer_share)
        return
    n, epochs = (100, 1) if args.quick else (args.rows, args.epochs)
    best: dict[str, float] = {}
    sizes = ["--rows", str(n), "--epochs", str(epochs), "--peer-share", str(args.peer_share)]

    def task(name: str) -> Callable[[], float]:
        def run() -> float:
            found = json.loads(worker("benchmarks.grid", "--measure", name, *sizes))
            best[name] = found["best"]
            return float(found["seconds"])

        return run

    rows = ["deepstat, eager"] if args.quick else ["deepstat", "deepstat, eager", "skorch, n_jobs=2"]
    report = Report()
    head(
        report,
        f"Grid: 60 candidates x 5 folds, n={n}, p=20, hidden {HIDDEN}, batch {BATCH}, {epochs} epochs",
        args,
    )
    report.say(
        f"Seconds of the whole call in a fresh process, imports before, no refit. skorch does one learning rate in "
        f"{args.peer_share}, and its time is multiplied. deepstat decides itself whether to compile; its cache is warm."
    )
    report.say()
    tasks = {name: task(name) for name in rows}
    if not args.quick:
        tasks["deepstat"]()
    show(report, interleave(tasks, args.repeats), rows[0], CLAIMS, unit=1.0, unit_name="s")
    report.say("Best mean score (R2): " + ", ".join(f"{k} {v:.3f}" for k, v in best.items()))
    report.write(args.out)


if __name__ == "__main__":
    main()

"""One long fit: seconds an epoch after warm-up, beside skorch, scikit-learn and the bare matrix products.

``python -m benchmarks.one_fit_long``
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from benchmarks.peers import (
    deepstat_epochs,
    make_data,
    make_deepstat,
    make_network,
    make_sklearn,
    make_skorch,
    quiet,
    timed_epochs,
)
from benchmarks.timing import Claim, Report, head, interleave, options, parse, show

HIDDEN, BATCH = (128, 128), 128
CLAIMS = [
    Claim(ours, peer, at_most=bound)
    for ours in ("deepstat compiled", "deepstat eager")
    for peer, bound in (("skorch", 0.2), ("MLPRegressor", 0.5), ("bare products", 1.8))
]


def bare_products(n: int, p: int) -> Callable[[], None]:
    """Return one epoch of the matrix products of forward and backward pass alone, into tensors made beforehand.

    No bias, activation, loss, update, or shuffled rows: what no implementation of this network can leave out. The
    gradient with respect to the rows is not needed, so it is not computed.
    """
    weights = [
        layer.weight.detach() for layer in make_network(p, HIDDEN) if isinstance(layer, torch.nn.Linear)
    ]
    sizes = [BATCH] * (n // BATCH) + ([n % BATCH] if n % BATCH else [])
    buffers = {}
    for size in set(sizes):
        inputs = [torch.randn(size, w.shape[1]) for w in weights]
        outputs = [torch.randn(size, w.shape[0]) for w in weights]
        back = [torch.empty(size, w.shape[1]) for w in weights]
        buffers[size] = (inputs, outputs, back)
    gradients = [torch.empty_like(w) for w in weights]

    @torch.no_grad()
    def epoch() -> None:
        for size in sizes:
            inputs, outputs, back = buffers[size]
            for x, w, out in zip(inputs, weights, outputs, strict=True):
                torch.mm(x, w.t(), out=out)
            for j in reversed(range(len(weights))):
                torch.mm(outputs[j].t(), inputs[j], out=gradients[j])
                if j:
                    torch.mm(outputs[j], weights[j], out=back[j])

    return epoch


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    args = parse(options(__doc__.splitlines()[0], repeats=7), argv)
    quiet()
    n, n_epochs = (1_000, 1) if args.quick else (50_000, 3)
    X, y = make_data(n)
    skorch, sklearn, products = (
        make_skorch(X.shape[1], HIDDEN, BATCH),
        make_sklearn(HIDDEN, BATCH),
        bare_products(n, X.shape[1]),
    )
    skorch.initialize()
    columns = y[:, None]
    tasks = {
        "deepstat compiled": lambda: deepstat_epochs(
            make_deepstat(HIDDEN, BATCH, compile=True), X, y, n_epochs
        ),
        "deepstat eager": lambda: deepstat_epochs(
            make_deepstat(HIDDEN, BATCH, compile=False), X, y, n_epochs
        ),
        "skorch": lambda: timed_epochs(lambda: skorch.partial_fit(X, columns), n_epochs),
        "MLPRegressor": lambda: timed_epochs(lambda: sklearn.partial_fit(X, y), n_epochs),
        "bare products": lambda: timed_epochs(products, n_epochs),
    }
    if args.quick:
        del tasks["deepstat compiled"]  # compiling takes longer than all the rest
    report = Report()
    head(report, f"One long fit: n={n}, p={X.shape[1]}, hidden {HIDDEN}, batch {BATCH}, Adam, float32", args)
    report.say(
        f"Time of one epoch: median of {n_epochs} after warm-up in each round; no validation part, constant rate."
    )
    report.say()
    interleave(tasks, 1)  # warm-up, compilation
    show(report, interleave(tasks, args.repeats), "bare products", CLAIMS)
    report.write(args.out)


if __name__ == "__main__":
    main()

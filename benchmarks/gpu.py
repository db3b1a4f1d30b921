"""The long fit and the hundred small networks on a GPU, beside a plain torch loop there.

``python -m benchmarks.gpu``
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from benchmarks.peers import PlainLoop, deepstat_epochs, make_data, make_deepstat, quiet, timed_epochs
from benchmarks.timing import Claim, Report, head, interleave, options, parse, show

MODES = {"eager": False, "compiled": True}


def compare(
    report: Report,
    title: str,
    at_least: float,
    *,
    n: int,
    hidden: tuple[int, ...],
    batch_size: int,
    n_members: int,
    n_epochs: int,
    device: str,
    rounds: int,
    modes: Sequence[str],
) -> None:
    """Print one claim: seconds a model and epoch of the plain loop and of deepstat."""
    X, y = make_data(n)
    wait = torch.cuda.synchronize if device == "cuda" else None
    loops = {
        "plain loop": PlainLoop(X, y, hidden, batch_size, device),
        "plain loop, fused Adam": PlainLoop(X, y, hidden, batch_size, device, fused=True),
    }

    def plain(loop: PlainLoop) -> Callable[[], float]:
        return lambda: timed_epochs(loop.epoch, n_epochs, wait)

    def ours(compile_: bool) -> Callable[[], float]:
        params: dict[str, Any] = {
            "n_members": n_members,
            "compile": compile_,
            "device": device,
            "precision": "float32",
        }
        return lambda: (
            deepstat_epochs(make_deepstat(hidden, batch_size, **params), X, y, n_epochs) / n_members
        )

    tasks = {name: plain(loop) for name, loop in loops.items()}
    tasks |= {f"deepstat {mode}": ours(MODES[mode]) for mode in modes}
    report.say(
        f"{title}: n={n}, p={X.shape[1]}, hidden {hidden}, batch {batch_size}, {n_members} member(s), float32"
    )
    report.say()
    interleave(tasks, 1)  # warm-up, compilation
    claims = [Claim("plain loop", f"deepstat {mode}", at_least=at_least) for mode in modes]
    show(report, interleave(tasks, rounds), "plain loop", claims)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=5)
    parser.add_argument(
        "--device", default="cuda", choices=["cuda", "cpu"], help="cpu only to try the script"
    )
    args = parse(parser, argv)
    quiet()
    report = Report()
    head(report, "GPU: time of one model and epoch after warm-up", args)
    if args.device == "cuda" and not torch.cuda.is_available():
        report.say("There is no CUDA device here. Nothing was measured.")
        report.write(args.out)
        return
    if args.device == "cuda":
        report.say(f"device    {torch.cuda.get_device_name()}, CUDA {torch.version.cuda}")
        report.say()
    modes = ["eager"] if args.quick else list(MODES)
    common: dict[str, Any] = {"device": args.device, "rounds": args.repeats, "modes": modes}
    long = {"n": 300 if args.quick else 50_000, "n_epochs": 1 if args.quick else 2}
    compare(report, "One long fit", 3.0, hidden=(128, 128), batch_size=128, n_members=1, **long, **common)
    small = {
        "n": 100 if args.quick else 2_000,
        "n_epochs": 1 if args.quick else 5,
        "n_members": 3 if args.quick else 100,
    }
    compare(report, "Many small", 50.0, hidden=(16, 16), batch_size=32, **small, **common)
    report.write(args.out)


if __name__ == "__main__":
    main()

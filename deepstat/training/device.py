"""Where a fit runs and in which precision."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

PRECISIONS = ("auto", "float32", "float64", "bfloat16")


def choose_device(device: str) -> torch.device:
    """Return the device for ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.

    ``"auto"`` takes CUDA, then Apple's MPS, then the CPU.
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise ValueError(
            f"device={device!r} is not a device: use 'auto', 'cpu', 'cuda', 'cuda:<index>' or 'mps'."
        ) from error
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and (chosen.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not available.get(chosen.type, False):
        raise ValueError(f"device={device!r} is not available on this machine: use 'auto' or 'cpu'.")
    return chosen


def choose_precision(precision: str, device: torch.device, float32_table: bool) -> tuple[torch.dtype, bool]:
    """Return the dtype of weights and rows, and whether matrix products run in bfloat16.

    ``"auto"``: float32 for a float32 table and on accelerators, else float64. ``"bfloat16"`` keeps weights, losses
    and updates in float32 and lets the matrix products run in bfloat16 (mixed precision).
    """
    if precision not in PRECISIONS:
        raise ValueError(
            f"precision={precision!r} is unknown: use one of {', '.join(map(repr, PRECISIONS))}."
        )
    if precision == "float64" and device.type == "mps":
        raise ValueError("precision='float64' does not exist on device 'mps': use 'float32' or device='cpu'.")
    if precision == "auto":
        single = float32_table or device.type != "cpu"
        return (torch.float32 if single else torch.float64), False
    return (torch.float64 if precision == "float64" else torch.float32), precision == "bfloat16"


# Multiply-adds in one product of a small network's step; below it a second thread costs more than it does, and on a
# busy machine a hundred times more.
WORK_FOR_THREADS = 1_500_000
# Arcs and entries of sparse features: members' products with them are done one by one, each too small for two threads.
ENTRIES_FOR_THREADS = 1_000_000


@contextlib.contextmanager
def threads_for(
    n_members: int, batch_size: int, n_parameters: int, entries: int | None = None
) -> Iterator[None]:
    """Run small networks, all members together, on one thread; others on as many as torch has. Restores the number.

    With `entries`, those of a graph's sparse matrices, a network is large by them alone.
    """
    before = torch.get_num_threads()
    large = n_members * batch_size * n_parameters >= WORK_FOR_THREADS
    if entries is not None:
        large = entries >= ENTRIES_FOR_THREADS
    if large or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

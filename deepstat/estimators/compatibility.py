"""Do loss, architecture, target and settings fit together? Fail now, in one sentence."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import torch


def check_trainable(trainable: bool, name: object) -> None:
    """Refuse to train a network whose units have zero gradient everywhere."""
    if not trainable:
        raise ValueError(
            f"activation={name!r} has zero gradient everywhere, so a network with it cannot be trained: "
            "train with 'sigmoid' or 'tanh', or use it for inference in a network of your own."
        )


def check_checkpoint(folder: str | os.PathLike[str] | None, random_state: object) -> str | None:
    """Make the folder of checkpoints now; a fit can be resumed only if its randomness can be repeated."""
    if folder is None:
        return None
    if not isinstance(random_state, int):
        raise ValueError(
            f"checkpoint={os.fspath(folder)!r} needs random_state to be an integer (got {random_state!r}), "
            "so that a killed fit can be repeated."
        )
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ValueError(
            f"checkpoint={os.fspath(folder)!r} cannot be written ({error.strerror}): give a folder that can."
        ) from error
    return os.fspath(path)


def check_network(network: torch.nn.Module, width: int, n_outputs: int, dtype: torch.dtype, device: torch.device) -> None:
    """Run two rows through a network in prediction mode and check the shape of what comes out."""
    network.eval()
    with torch.no_grad():
        raw = network(torch.zeros(2, width, dtype=dtype, device=device))
    network.train()
    if tuple(raw.shape) != (2, n_outputs):
        raise ValueError(
            f"The network returned shape {tuple(raw.shape)} for 2 rows, but this target needs (2, {n_outputs}): "
            "build the last layer with n_outputs outputs."
        )


def compiler() -> str | None:
    """Return the C++ compiler that ``torch.compile`` would use on the CPU, or None."""
    return next((path for name in (os.environ.get("CXX"), "g++", "clang++") if name and (path := shutil.which(name))), None)

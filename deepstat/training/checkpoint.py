"""Checkpoints: a killed fit, run again with the same arguments, goes on to the same weights to the bit.

All randomness is a function of (seed, epoch, step), so a checkpoint holds tensors and counters alone. Its file name
is a fingerprint of data, settings and versions: fits in one folder never mix, and one whose arguments changed starts
afresh. A finished fit removes its file.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from deepstat.data.tensors import SparseRows
from deepstat.training.plan import MemberState, Plan, TrainResult

# Seconds between files. Costs at most this much work after a kill, and nothing for short fits.
INTERVAL = 1.0
FORMAT = 3
_POPULATION = ("flat", "step", "count", "live")
_BEST = ("score", "epoch", "reference", "progress", "bound", "recent")


class Checkpoint:
    """The file of one population."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.saved = time.monotonic()

    @classmethod
    def of(cls, plans: list[Plan]) -> Checkpoint | None:
        """Return the checkpoint of a population, or None where no plan asks for one."""
        folder = plans[0].checkpoint
        if folder is None:
            return None
        digest = hashlib.blake2b(digest_size=16)
        for plan in plans:
            for piece in _describe(plan):
                digest.update(piece)
        return cls(Path(folder) / f"{digest.hexdigest()}.checkpoint")

    def save(self, run: Any) -> None:
        """Write the state between two epochs, atomically, if enough time has passed."""
        if not run.alive or (run.n_epochs > 1 and time.monotonic() - self.saved < INTERVAL):
            return
        tensors = {f"population.{name}": getattr(run.population, name) for name in _POPULATION}
        tensors |= {f"buffers.{name}": rows for name, rows in run.population.buffers.items()}
        tensors |= {f"optimizer.{name}": rows for name, rows in run.population.optimizer.items()}
        if run.population.scale is not None:
            tensors["population.scale"] = run.population.scale
        tensors["best.flat"] = run.best.flat
        tensors |= {f"best.{name}": torch.from_numpy(getattr(run.best, name)) for name in _BEST}
        tensors |= {f"best.buffers.{name}": rows for name, rows in run.best.buffers.items()}
        tensors |= {"average.flat": run.average.flat, "average.count": torch.from_numpy(run.average.count)}
        snapshots = [(i, epoch, state) for i, own in run.snapshots.items() for epoch, state in own.items()]
        for i, epoch, state in snapshots:
            tensors |= {f"snapshot.{i}.{epoch}.{name}": value for name, value in state.tensors().items()}
        results = {}
        for index, result in run.results.items():
            results[index] = {
                "history": result.history,
                "best_epoch": result.best_epoch,
                "stopped": result.stopped,
            }
            results[index]["n_steps"] = result.state.n_steps
            tensors |= {f"result.{index}.{name}": value for name, value in result.state.tensors().items()}
        meta = {
            "format": FORMAT,
            "n_epochs": run.n_epochs,
            "indices": run.indices,
            "histories": run.histories,
            "results": results,
            "snapshots": [(i, epoch, state.n_steps) for i, epoch, state in snapshots],
            "time": None if run.deadline is None else run.deadline.state,
        }
        data = save(
            {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()},
            {"run": json.dumps(meta)},
        )
        write_atomically(self.path, [data])
        self.saved = time.monotonic()

    def restore(self, run: Any) -> None:
        """Put a freshly built run into the saved state, if there is one."""
        if not self.path.exists():
            return
        with safe_open(str(self.path), framework="pt") as file:
            meta = json.loads(file.metadata()["run"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
        run.n_epochs = meta["n_epochs"]
        if run.deadline is not None:
            run.deadline.go_on(meta["time"])
        kept = [run.indices.index(i) for i in meta["indices"]]
        device = run.population.flat.device
        if len(kept) < len(run.indices):
            index = torch.tensor(kept, device=device)
            run.population = run.population.select(index)
            run.best.select(index)
            run.average.select(index)
            run.rows.select(kept)
            run.plans = [run.plans[k] for k in kept]
        run.indices, run.histories = meta["indices"], meta["histories"]
        population, best = run.population, run.best
        for name in _POPULATION:
            getattr(population, name).copy_(tensors[f"population.{name}"])
        if "population.scale" in tensors:
            population.scale = tensors["population.scale"].to(device)
        best.flat.copy_(tensors["best.flat"])
        run.average.flat.copy_(tensors["average.flat"])
        run.average.count = tensors["average.count"].numpy()
        for name in _BEST:
            setattr(best, name, tensors[f"best.{name}"].numpy())
        for rows, prefix in (
            (population.buffers, "buffers"),
            (population.optimizer, "optimizer"),
            (best.buffers, "best.buffers"),
        ):
            for name, value in rows.items():
                value.copy_(tensors[f"{prefix}.{name}"])

        def state_at(prefix: str, n_steps: int) -> MemberState:
            own = {n.removeprefix(prefix): t.to(device) for n, t in tensors.items() if n.startswith(prefix)}
            return MemberState.from_tensors(own, n_steps)

        for i, epoch, n_steps in meta["snapshots"]:
            run.snapshots[i][epoch] = state_at(f"snapshot.{i}.{epoch}.", n_steps)
        for key, entry in meta["results"].items():
            run.results[int(key)] = TrainResult(
                state=state_at(f"result.{key}.", entry["n_steps"]),
                history=entry["history"],
                best_epoch=entry["best_epoch"],
                stopped=entry["stopped"],
                snapshots=run.snapshots[int(key)],
            )

    def remove(self) -> None:
        """Delete the file of a finished fit."""
        self.path.unlink(missing_ok=True)


def write_atomically(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file so that at any moment either the old or the new one is there, whole."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _describe(plan: Plan) -> Iterable[bytes]:
    """Yield everything that decides the result of a fit, the same in every process."""
    from deepstat import __version__

    x = plan.table.x
    arrays: list[Any] = [x.pointers, x.columns, x.values] if isinstance(x, SparseRows) else [x]
    arrays += [plan.table.y, plan.table.weight, plan.rows, plan.validation_rows, plan.center, plan.scale]
    arrays += [*plan.network.parameters(), *plan.network.buffers(), plan.learning_rates]
    if plan.state is not None:
        arrays += list(plan.state.tensors().values())
    for array in arrays:
        if array is None:
            yield b"none"
            continue
        array = array.detach().cpu().numpy() if isinstance(array, Tensor) else np.asarray(array)
        yield f"{array.dtype}{array.shape}".encode()
        yield np.ascontiguousarray(array).data
    objective = plan.objective
    settings = [
        __version__, torch.__version__, FORMAT, str(x.device), torch.get_num_threads(), plan.recipe, objective.loss,
        sorted(objective.options.items()), objective.constants, objective.scale, plan.rule, sorted(plan.hyper.items()),
        plan.schedule, sorted(plan.schedule_options.items()), plan.batch_size, plan.max_epochs, plan.patience, plan.tol,
        plan.average_from, plan.stop_by, plan.snapshot_epochs, plan.l1, plan.l2, plan.clip, plan.seed, plan.order_seed,
        plan.compiled, plan.autocast, None if plan.time_limit is None else plan.time_limit.seconds,
    ]  # fmt: skip
    yield repr([_stable(setting) for setting in settings]).encode()


def _stable(value: Any) -> Any:
    """Return a description of a setting that does not change between processes (functions by name)."""
    if isinstance(value, (list, tuple)):
        return [_stable(item) for item in value]
    if isinstance(value, dict):
        return {key: _stable(item) for key, item in sorted(value.items())}
    if callable(value):
        owner = value if hasattr(value, "__qualname__") else type(value)
        return f"{owner.__module__}.{owner.__qualname__}"
    return repr(value)

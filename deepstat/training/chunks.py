"""One population over several processes: chunks of members, each trained by a worker of joblib's."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import joblib
import numpy as np
import torch
from joblib.parallel import get_active_backend
from torch import Tensor

from deepstat.data.tensors import SparseRows, TensorTable
from deepstat.training.gradients import can_batch
from deepstat.training.loop import train
from deepstat.training.multiply_adds import multiply_adds
from deepstat.training.plan import MemberState, Plan, TrainResult

ATTEMPTS = 3
# How loky and Ray say that a worker was killed; by name, since neither is loaded unless used. Dask retries itself.
LOST = {"TerminatedWorkerError", "RayActorError", "OutOfMemoryError"}


def train_chunks(
    plans: Sequence[Plan],
    *,
    n_jobs: int | None = None,
    backend: Any = None,
    report: Callable[[int], object] | None = None,
) -> list[TrainResult]:
    """Train plans as :func:`~deepstat.training.loop.train` does, in chunks beside each other.

    There are as many chunks as workers, of about equal work; a population is cut into parts of two members at least.
    In float64 the results are those of one process to 1e-9. A killed worker costs the work of the chunks that were
    not finished: they are trained again, with the same result to the bit (from their checkpoints, if they have any).
    Time limits are those of each chunk: it may take the sum of the limits of its plans, counted from when its worker
    begins.

    Parameters
    ----------
    plans : sequence of Plan
        Their functions must be picklable. ``on_epoch`` runs in the worker, so what it changes stays there. Workers
        show no progress.
    n_jobs : int or None
        Number of workers; -1: all. None: what ``joblib.parallel_config`` around the call says, else 1: train here.
    backend : str, joblib backend or None
        ``"loky"`` (processes on this machine), ``"dask"``, ``"ray"`` or any other that joblib knows. None: what
        ``joblib.parallel_config`` around the call says, else loky.
    report : callable or None
        Called with the member epochs (the sum of ``max_epochs``) of each finished chunk.

    Returns
    -------
    list of TrainResult
        In the order of `plans`.

    Raises
    ------
    ValueError
        If plans to be cut into chunks lie on an accelerator.
    RuntimeError
        If workers were killed three times.

    Examples
    --------
    >>> train_chunks([], n_jobs=2)
    []
    """
    given = {name: value for name, value in (("n_jobs", n_jobs), ("backend", backend)) if value is not None}
    with joblib.parallel_config(**given):
        active, configured = get_active_backend()
        asked = active.default_n_jobs if configured is None else configured
        there = joblib.effective_n_jobs(asked)  # Dask says all that it has, whatever is asked for
        n_workers = min(there, asked, len(plans)) if asked > 0 else min(there, len(plans))
        chunks = _cut(plans, n_workers) if n_workers > 1 else []
        return _train_all(plans, chunks, active, report) if len(chunks) > 1 else train(plans, report)


def _cut(plans: Sequence[Plan], n_chunks: int) -> list[list[int]]:
    """Cut the plans, ordered by key, into at most `n_chunks` runs of about equal work."""
    groups: dict[Hashable, list[int]] = {}
    for i, plan in enumerate(plans):
        groups.setdefault(plan.key, []).append(i)
    order: list[int] = []
    work: list[float] = []
    edges, inner = {0}, set()
    for group in groups.values():
        first, last = len(order), len(order) + len(group)
        # A single member is trained by other arithmetic than a population, so none is cut off.
        batched = len(group) > 1 and can_batch(plans[group[0]])
        edges |= {last} if batched else set(range(first, last + 1))
        inner |= set(range(first + 2, last - 1)) if batched else set()
        order += group
        work += [multiply_adds(plans[i], len(group) if batched else 1) for i in group]
    done = [0.0, *accumulate(work)]
    cuts = {0, len(order)}
    for j in range(1, n_chunks):
        ideal = done[-1] * j / n_chunks
        _, cut = min((abs(done[place] - ideal), place) for place in edges | inner)
        cuts.add(cut)
        inner -= {cut - 1, cut + 1}
    return [order[a:b] for a, b in pairwise(sorted(cuts))]


def _train_all(
    plans: Sequence[Plan], chunks: list[list[int]], active: Any, report: Callable[[int], object] | None
) -> list[TrainResult]:
    results: dict[int, TrainResult] = {}
    sent = _exchange([_for_worker(plan, i) for i, plan in enumerate(plans)])
    for _ in range(ATTEMPTS):
        outputs = _outputs(sent, [chunk for chunk in chunks if chunk[0] not in results], active)
        try:
            for chunk, trained in outputs:
                results.update(zip(chunk, _exchange(trained), strict=True))
                if report is not None:
                    report(sum(plans[i].max_epochs for i in chunk))
        except BaseException as error:
            if LOST.isdisjoint(kind.__name__ for kind in type(error).__mro__):
                outputs.throw(error)  # where joblib has not seen it, as in `report`: it ends the workers
            lost = error
        else:
            return [results[i] for i in range(len(plans))]
    raise RuntimeError(
        f"Workers were killed {ATTEMPTS} times, with {len(results)} of {len(plans)} members trained: if memory ran "
        "out, use fewer n_jobs, fewer members or a smaller batch_size."
    ) from lost


def _for_worker(plan: Plan, member: int) -> Plan:
    """Return a plan that shows no progress and whose callback is told the place among all members."""
    device = plan.table.y.device
    if device.type != "cpu":
        raise ValueError(
            f"Several jobs share the cores of the CPU, but a fit is on device {str(device)!r}: use n_jobs=1 (one "
            "population fills the device) or device='cpu'."
        )
    told = None if plan.on_epoch is None else partial(_tell, plan.on_epoch, member)
    return replace(plan, on_epoch=told, verbose=0)


def _tell(on_epoch: Callable[..., object], member: int, _place: int, entry: Mapping[str, float]) -> object:
    return on_epoch(member, entry)


def _outputs(sent: list[Plan], chunks: list[list[int]], active: Any) -> Generator[Any, None, None]:
    """Yield chunks and their results as they come, or all at the end where the backend cannot do better."""
    if type(active).__name__ == "DaskDistributedBackend":
        active.submit = partial(_submit_to_dask, active)
    parallel = joblib.Parallel(
        # No more workers than there is work for; but one chunk left, whose worker was killed, is not trained here.
        n_jobs=max(2, len(chunks)),
        return_as="generator_unordered" if active.supports_return_generator else "list",
        batch_size=1,
        mmap_mode="c",  # large arrays lie in memory once for all workers; private, since torch wants them writable
    )
    yield from parallel(joblib.delayed(_train_chunk)(chunk, [sent[i] for i in chunk]) for chunk in chunks)


def _submit_to_dask(backend: Any, task: Any, callback: Callable[[Any], object]) -> Future[Any]:
    """Submit a task, and tell joblib also where Dask gives it up: joblib 1.6 would wait for it for ever."""
    future: Future[Any] = type(backend).submit(backend, task, callback)
    future.add_done_callback(lambda done: done.exception() and callback(done.exception()))
    return future


def _train_chunk(chunk: list[int], sent: list[Plan]) -> tuple[list[int], list[TrainResult]]:
    return chunk, _exchange(train(_exchange(sent)))


@dataclass(frozen=True, eq=False)
class _Array:
    """A tensor on its way: torch pickles a tensor's whole storage, and joblib shares the memory of arrays only."""

    values: np.ndarray


def _exchange(records: Iterable[Any]) -> list[Any]:
    """Return plans or results with arrays for tensors, or the reverse; what was one object stays one object."""
    done: dict[int, tuple[Any, Any]] = {}  # by id; with the object, so that no other takes its id

    def exchanged(value: Any) -> Any:
        if id(value) not in done:
            done[id(value)] = value, exchange(value)
        return done[id(value)][1]

    def exchange(value: Any) -> Any:
        if isinstance(value, Tensor):
            return _Array(value.detach().numpy())
        if isinstance(value, _Array):
            return torch.from_numpy(value.values if value.values.flags.writeable else value.values.copy())
        if isinstance(value, dict):
            return {name: exchanged(item) for name, item in value.items()}
        if isinstance(value, (Plan, TensorTable, SparseRows, MemberState, TrainResult)):
            return replace(value, **{name: exchanged(item) for name, item in vars(value).items()})
        return value

    return [exchanged(record) for record in records]

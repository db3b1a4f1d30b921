"""The joblib backend: tasks that hold deepstat estimators go to the meeting, all others where they always went."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import joblib
import sklearn
import torch
from joblib._parallel_backends import FallbackToBackend
from joblib.parallel import ParallelBackendBase

from deepstat.model_selection.holds_deep import asked_for_deep, holds_deep
from deepstat.model_selection.meeting import Meeting
from deepstat.model_selection.outside import ForeignJob, Outside, OutsideCalls
from deepstat.model_selection.task import Ended, Group, Task, current_task
from deepstat.training.together import trained_by

# What we answer to "how many jobs?". joblib keeps twice as many tasks under way.
WORKERS = 512


class PopulationBackend(ParallelBackendBase):
    """What joblib's configuration holds under ``deepstat.population()``; each call gets a backend of its own from it.

    Parameters
    ----------
    meeting : Meeting
    outside : Outside
        What would be in force without us.
    """

    uses_threads = True
    supports_sharedmem = True
    supports_timeout = True  # where tasks run outside; fits in a population tell that they cannot
    # Results are taken in by the thread that waits for them, and that is the one that trains.
    supports_retrieve_callback = False
    supports_return_generator = True

    def __init__(self, meeting: Meeting, outside: Outside) -> None:
        super().__init__(nesting_level=outside.nesting_level)
        self.meeting, self.outside = meeting, outside
        self.default_n_jobs = outside.default_n_jobs

    def configure(self, n_jobs: int = 1, parallel: Any = None, **options: Any) -> int:
        """Give a call its own backend."""
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        raise FallbackToBackend(PopulationCall(self.meeting, self.outside))

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return how many tasks may be under way: many of ours, so that callers cut their work finely."""
        return WORKERS if asked_for_deep() else self.outside.effective_n_jobs(n_jobs)

    def apply_async(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:
        """Submit tasks, as joblib says before its version 1.5."""
        return self.submit(func, callback)

    def get_nested_backend(self) -> tuple[ParallelBackendBase, None]:
        """Return what calls inside the tasks use: the same meeting."""
        return PopulationBackend(self.meeting, self.outside), None


class PopulationCall(PopulationBackend):
    """One call of ``joblib.Parallel``."""

    def configure(self, n_jobs: int = 1, parallel: Any = None, **options: Any) -> int:
        """Take note of what the call asks for."""
        if (task := current_task()) is not None and task.ended:
            raise Ended
        parallel.return_ordered = True  # in order is one of the orders that "generator_unordered" allows
        self.parallel = parallel
        self.group = Group()
        self.config = sklearn.get_config()  # of this thread
        self.foreign = OutsideCalls(parallel, self.outside, options)
        self.untimed = parallel.timeout is None
        return WORKERS

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return how many tasks the call keeps under way; whose they are shows when they come."""
        return WORKERS

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> ForeignJob | _Job:
        """Give tasks to the meeting, or to those who run them without us."""
        if not any(holds_deep(item) for item in func.items):
            return self.foreign.submit(func.items, callback)
        if not self.untimed:
            self.untimed = True
            warnings.warn(
                f"timeout={self.parallel.timeout} is not used: fits that train in one population all end together.",
                UserWarning,
                stacklevel=2,
            )
        return _Job(
            self.meeting,
            [self.meeting.submit(self._task(*item), self.group) for item in func.items],
            callback,
        )

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """End all tasks: one has failed, or the caller wants no more results."""
        self.meeting.end(self.group)
        self.foreign.close()
        self.group = Group()

    def _task(self, function: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Callable[[], Any]:
        nested, _ = self.get_nested_backend()

        def call() -> Any:
            # A thread that does one operation in parallel keeps OpenMP workers for as long as it lives. With more of
            # them than cores, all threads sleep at their barriers, and training takes four times as long.
            torch.set_num_threads(1)
            with (
                joblib.parallel_config(backend=nested, n_jobs=None),
                sklearn.config_context(**self.config),
                trained_by(self.meeting.hand_in),
            ):
                return _with_own_time(function(*args, **kwargs))

        return call


class _Job:
    """What joblib holds of submitted tasks (one, unless the caller has set a batch size)."""

    def __init__(self, meeting: Meeting, tasks: list[Task], callback: Callable[[Any], None] | None) -> None:
        self.meeting, self.tasks, self.callback = meeting, tasks, callback

    def get(self, timeout: float | None = None) -> list[Any]:
        """Return the results, and have joblib submit further tasks."""
        results = [self.meeting.result(task) for task in self.tasks]
        if self.callback is not None:
            self.callback(self)
        return results


def _with_own_time(result: Any) -> Any:
    """Put a fit's own time into what scikit-learn's ``_fit_and_score`` returns: without its waits, with its shares."""
    task = current_task()
    if task is not None and isinstance(result, dict) and isinstance(result.get("fit_time"), float):
        result["fit_time"] = max(0.0, result["fit_time"] - task.waited + task.charged)
    return result

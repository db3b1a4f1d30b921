"""What joblib would do if deepstat.population() were not there."""

from __future__ import annotations

import contextlib
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import joblib
from joblib.parallel import get_active_backend


class Outside:
    """The configuration of joblib in force where this is built."""

    def __init__(self) -> None:
        self._backend, self.n_jobs = get_active_backend()
        # joblib builds a new backend each time unless the user has chosen one.
        self._chosen = self._backend is get_active_backend()[0]
        self.default_n_jobs = self._backend.default_n_jobs
        self.nesting_level = self._backend.nesting_level

    def effective_n_jobs(self, n_jobs: int | None) -> int:
        """Return how many workers a call would have."""
        return int(self._backend.effective_n_jobs(n_jobs))

    def backend(self, prefer: str | None = None, require: str | None = None) -> Any:
        """Return the backend that a call with these hints would run on, or its name."""
        if self._chosen and not (require == "sharedmem" and not self._backend.supports_sharedmem):
            return self._backend
        if require == "sharedmem" or prefer == "threads":
            return "threading"
        return joblib.parallel.DEFAULT_BACKEND

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Let joblib's calls inside the context run as they would outside."""
        with joblib.parallel_config(backend=self.backend(), n_jobs=self.n_jobs):
            yield


class ForeignJob:
    """Functions to call without us, and where their values go."""

    def __init__(self, calls: OutsideCalls, items: Sequence[Any], callback: Any) -> None:
        self.calls, self.items, self.callback = calls, items, callback
        self.values: list[Any] = []

    def get(self, timeout: float | None = None) -> list[Any]:
        """Return the values; joblib's `timeout` is passed on where the functions run."""
        self.calls.run_until(self)
        if self.callback is not None:
            self.callback(self)
        return self.values


class OutsideCalls:
    """The functions of one ``Parallel`` call that have nothing to do with us: a ``Parallel`` of their own runs them.

    They start when their first result is asked for, in the order in which they came. One after the other, they run
    on the thread that asks.
    """

    def __init__(self, parallel: Any, outside: Outside, options: dict[str, Any]) -> None:
        hints = {"prefer": options.get("prefer"), "require": options.get("require")}
        backend = outside.backend(**hints)
        streams = isinstance(backend, str) or backend.supports_return_generator
        self._make = lambda: joblib.Parallel(
            n_jobs=parallel.n_jobs,
            backend=backend,
            timeout=parallel.timeout,
            batch_size=parallel.batch_size,
            return_as="generator" if streams else "list",
            **{name: options[name] for name in ("max_nbytes", "temp_folder", "mmap_mode") if name in options},
            **hints,
        )
        self._submitted: deque[ForeignJob] = deque()
        self._running: deque[ForeignJob] = deque()
        self._values: Iterator[Any] = iter(())

    def submit(self, items: Sequence[Any], callback: Any) -> ForeignJob:
        """Note down functions to be called."""
        job = ForeignJob(self, items, callback)
        self._submitted.append(job)
        return job

    def run_until(self, job: ForeignJob) -> None:
        """Take in values until those of `job` are complete."""
        while len(job.values) < len(job.items):
            if not self._running:
                self._running, self._submitted = self._submitted, deque()
                items = [item for each in self._running for item in each.items]
                self._values = iter(self._make()(items))
            first = self._running[0]
            first.values.append(next(self._values))
            if len(first.values) == len(first.items):
                self._running.popleft()
            if not self._running:
                next(self._values, None)  # lets the call end
                self._values = iter(())

    def close(self) -> None:
        """Give up what runs."""
        self._submitted.clear()
        self._running.clear()
        values, self._values = self._values, iter(())
        if hasattr(values, "close"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # joblib tells of results that nobody asked for
                values.close()

"""The rendezvous: tasks run one at a time, each until its fit hands in plans; then all plans train at once."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from deepstat.model_selection.round import HandIn, Round
from deepstat.model_selection.surroundings import surroundings_kept
from deepstat.model_selection.task import Ended, Group, State, Task, current_task

# Seconds given to a task that is ended while it runs: threads cannot be killed.
GRACE = 5.0
# Threads alive at one time.
MOST_TASKS = 1024


class Ledger(Protocol):
    """Counts what waiting plans hold."""

    def add(self, plans: Sequence[Any]) -> None:
        """Count the plans of one more fit."""

    def clear(self) -> None:
        """Forget them: they are trained."""

    @property
    def full(self) -> bool:
        """Whether one fit more may be too much."""


class Meeting:
    """Tasks, and the plans they wait with.

    Only one task runs at a time, in the order in which a plain loop would come to them, so tasks need not be safe
    for threads. Whoever waits for a result outside all tasks *drives*: starts tasks, continues them, and trains, on
    its own thread.

    Parameters
    ----------
    train : callable
        ``train(fits) -> results``: for a list of lists of plans, one list of results each.
    ledger : Ledger
    work : callable
        ``work(plan, result) -> float``: by it the seconds of a round are shared.
    patience : float
        Seconds that a running task may keep the others waiting. Then it is left to itself, with one warning.

    Attributes
    ----------
    rounds : list of Round
        What was trained together.
    """

    def __init__(
        self,
        train: Callable[[list[Sequence[Any]]], list[Sequence[Any]]],
        *,
        ledger: Ledger,
        work: Callable[[Any, Any], float],
        patience: float = 60.0,
    ) -> None:
        self.rounds: list[Round] = []
        self._train_fits, self._ledger, self._work, self._patience = train, ledger, work, patience
        self._changed = threading.Condition()
        self._driving = threading.RLock()
        self._numbers = itertools.count()
        self._new: list[tuple[tuple[int, ...], Task]] = []  # heaps by order
        self._ready: list[tuple[tuple[int, ...], Task]] = []
        self._handed_in: list[HandIn] = []
        self._alive: set[Task] = set()
        self._warned = False

    # -- what tasks and those who wait for them call ------------------------------------------------------------------

    def submit(self, function: Callable[[], Any], group: Group) -> Task:
        """Note down a function to be called; it runs when somebody waits for it or for another task."""
        parent = current_task()
        if parent is not None and parent.ended:
            raise Ended
        with self._changed:
            task = Task(self, function, group, parent, next(self._numbers))
            group.tasks.add(task)
            heapq.heappush(self._new, (task.order, task))
        return task

    def result(self, task: Task) -> Any:
        """Wait for a task, driving the others; return its value, or raise the first error of its group."""
        group, me = task.group, current_task()
        if me is None:
            self._drive(task)
        else:
            self._pause(me, State.PARENT, lambda: self._await(me, task))
        if group.failed is not None:
            raise group.failed.error  # type: ignore[misc]
        group.tasks.discard(task)
        if task.ended:
            raise RuntimeError(
                "The tasks of this call were ended before their results were asked for: read a generator inside the "
                "population that made it."
            )
        task.join()
        return task.value

    def hand_in(self, plans: Sequence[Any]) -> list[Any]:
        """Hand in the plans of a fit, from a task's thread; return their results once a round has trained them."""
        task = current_task()
        assert task is not None
        mine = HandIn(task, plans)

        def wait() -> bool:
            self._ledger.add(plans)
            self._handed_in.append(mine)
            return True

        self._pause(task, State.HANDED_IN, wait)
        if mine.error is not None:
            raise mine.error
        return list(mine.results)

    def end(self, group: Group | None = None) -> None:
        """End the tasks of a group (None: all that are left), one after the other, and wait for their threads."""
        with self._changed:
            tasks = {*self._alive, *(task for _, task in self._new)} if group is None else group.tasks
            left = sorted((t for t in tasks if t.state is not State.DONE), key=lambda task: task.order)
            for task in left:
                task.ended, task.group.awaiting = True, None
                if task.state is State.NEW:
                    task.state, task.function = State.DONE, None
            gone = set(left)
            self._handed_in = [mine for mine in self._handed_in if mine.task not in gone]
            if not self._handed_in:
                self._ledger.clear()
            self._ready = [(order, task) for order, task in self._ready if task not in gone]
            heapq.heapify(self._ready)
        with surroundings_kept():  # ended tasks put back what they found
            for task in left:
                task.end(GRACE)

    @property
    def n_pending(self) -> int:
        """Tasks that have not started."""
        return sum(task.state is State.NEW for _, task in self._new)

    # -- the driver ---------------------------------------------------------------------------------------------------

    def _drive(self, wanted: Task) -> None:
        with self._driving, surroundings_kept():
            while wanted.state is not State.DONE and wanted.group.failed is None:
                with self._changed:
                    task, reason = self._choose()
                    if task is None and not reason:  # those that run late may still come
                        if not self._alive:
                            raise RuntimeError("A task is waited for that nobody can run.")
                        self._changed.wait(1.0)
                        continue
                if task is None:
                    self._train(reason)
                else:
                    self._let_run(task)

    def _choose(self) -> tuple[Task | None, str]:
        """Return the task to run now, or else why to train now ("": neither)."""
        if self._ready:
            return heapq.heappop(self._ready)[1], ""
        while self._new and self._new[0][1].state is not State.NEW:
            heapq.heappop(self._new)
        reason = ""
        if self._handed_in:
            if self._new and self._ledger.full:
                reason = "memory"
            elif self._new and len(self._alive) >= MOST_TASKS:
                reason = "threads"
            elif not self._new:
                reason = "stall" if any(task.late for task in self._alive) else "all wait"
        if reason or not self._new:
            return None, reason
        return heapq.heappop(self._new)[1], ""

    def _let_run(self, task: Task) -> None:
        """Let a task run until it waits, ends or has kept the others waiting for too long."""
        with surroundings_kept():  # a task's own are put back when it goes on, and ours here
            with self._changed:
                task.state = State.RUNNING
                self._alive.add(task)
            task.go(self._done)
            with self._changed:
                while not self._changed.wait_for(lambda: task.state is not State.RUNNING, self._patience):
                    if self._handed_in or self._ready or any(t.state is State.NEW for _, t in self._new):
                        task.late = True
                        break
        if task.late and not self._warned:
            self._warned = True
            warnings.warn(
                f"A fit under deepstat.population() kept the others waiting for {self._patience:g} seconds, so they go "
                "on without it, on threads beside it, and train without its networks. If its preprocessing is slow, "
                "raise patience=; if it waits for another fit, it cannot be trained in one population with that.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _train(self, reason: str) -> None:
        """Train everything that was handed in, share the seconds, and make the tasks ready."""
        with self._changed:
            fits, self._handed_in = self._handed_in, []
            self._ledger.clear()
        started = time.perf_counter()
        try:
            error = self._attempt(fits)
        except BaseException:  # an interrupt: the tasks go on waiting until somebody ends them
            self._handed_in = fits + self._handed_in
            raise
        seconds = time.perf_counter() - started
        self.rounds.append(Round(len(fits), sum(len(mine.plans) for mine in fits), seconds, reason))
        work = [sum(map(self._work, mine.plans, mine.results)) for mine in fits]
        total = sum(work)
        with self._changed:
            for mine, part in zip(fits, work, strict=True):
                mine.task.charged += seconds * (part / total if total else 1 / len(fits))
                self._make_ready(mine.task)
        if error is not None and all(mine.error is None for mine in fits):
            warnings.warn(
                f"{type(error).__name__} ({error}) ended the training of {len(fits)} fits together. In parts, all of "
                "them came through.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _attempt(self, fits: list[HandIn]) -> Exception | None:
        """Train fits together; where that fails, halve them until each error is with the fit that causes it.

        Halves cost less than trying every fit alone, and a population too large for memory comes through in parts.
        Returns the error of all together.
        """
        try:
            results = self._train_fits([mine.plans for mine in fits])
        except Exception as error:
            if len(fits) == 1:
                fits[0].error = error
                return error
            half, failed = len(fits) // 2, error
        else:
            for mine, own in zip(fits, results, strict=True):
                mine.results = own
            return None
        self._attempt(fits[:half])
        self._attempt(fits[half:])
        return failed

    # -- the tasks' side ----------------------------------------------------------------------------------------------

    def _pause(self, task: Task, state: State, wait: Callable[[], bool]) -> None:
        """Let others run until this task is made ready, unless ``wait()``, called under the lock, finds no need."""
        if task.ended:
            raise Ended
        with surroundings_kept():
            with self._changed:
                if not wait():
                    return
                task.state, task.late = state, False
                self._changed.notify_all()
            task.stand_still()

    def _await(self, me: Task, task: Task) -> bool:
        if task.state is State.DONE or task.group.failed is not None:
            return False
        task.group.awaiting = me, task
        return True

    def _make_ready(self, task: Task) -> None:
        if task.ended:
            return
        task.state = State.READY
        heapq.heappush(self._ready, (task.order, task))

    def _done(self, task: Task) -> None:
        with self._changed:
            task.state, task.late = State.DONE, False
            self._alive.discard(task)
            group = task.group
            if task.error is not None and not task.ended and group.failed is None:
                group.failed = task
            if group.awaiting is not None:
                parent, awaited = group.awaiting
                if awaited.state is State.DONE or group.failed is not None:
                    group.awaiting = None
                    self._make_ready(parent)
            self._changed.notify_all()

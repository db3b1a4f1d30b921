"""A task: one call of somebody's function on a thread of its own, which stops where it has to wait."""

from __future__ import annotations

import contextvars
import enum
import threading
import time
from collections.abc import Callable
from typing import Any

_HERE = threading.local()


class Ended(BaseException):
    """Raised in a task whose result nobody wants any more; passes every ``except Exception`` and unwinds it."""


class State(enum.Enum):
    """What a task is doing."""

    NEW = "not started"
    RUNNING = "running"
    HANDED_IN = "waits for its plans to be trained"
    PARENT = "waits for tasks of its own"
    READY = "can go on"
    DONE = "done"


class Group:
    """The tasks of one call: an error in one of them ends them all."""

    def __init__(self) -> None:
        self.tasks: set[Task] = set()
        self.failed: Task | None = None
        self.awaiting: tuple[Task, Task] | None = None  # who of another call waits here, and for which task


class Task:
    """One function to call.

    Attributes
    ----------
    meeting : Meeting
        Where it takes part.
    order : tuple of int
        Where the task would stand if everything ran one after the other: by it tasks are started and continued.
    waited : float
        Seconds for which it stood still.
    charged : float
        Seconds that others worked for it: its shares of training, and the work of its own tasks.
    """

    def __init__(
        self, meeting: Any, function: Callable[[], Any], group: Group, parent: Task | None, number: int
    ) -> None:
        self.meeting = meeting
        self.function: Callable[[], Any] | None = function
        self.group = group
        self.parent = parent
        self.order: tuple[int, ...] = (*(parent.order if parent else ()), number)
        self.state = State.NEW
        self.value: Any = None
        self.error: BaseException | None = None
        self.ended = False
        self.late = False  # did not yield in time, so that others run beside it
        self.waited = 0.0
        self.charged = 0.0
        self._turn = threading.Semaphore(0)
        # numpy's error state, decimal's precision and their like are those of who asked for the task.
        self._context = contextvars.copy_context()
        self._thread = threading.Thread(target=self._call, name=f"deepstat-task-{number}", daemon=True)
        self._begun = False
        self._finished = threading.Event()
        self._when_done: Callable[[Task], None]

    def go(self, when_done: Callable[[Task], None]) -> None:
        """Start the task, or let it go on."""
        if not self._begun:
            self._begun, self._when_done = True, when_done
            self._thread.start()
        else:
            self._turn.release()

    def stand_still(self) -> None:
        """Wait, on the task's own thread, until it may go on.

        Raises
        ------
        Ended
            If nobody wants the result any more.
        """
        before = time.perf_counter()
        self._turn.acquire()
        self.waited += time.perf_counter() - before
        if self.ended:
            raise Ended

    def end(self, seconds: float) -> None:
        """Have the task unwind, and wait so long for it."""
        self.ended = True
        if self._begun and self._thread is not threading.current_thread():
            self._turn.release()
            if self._finished.wait(seconds):
                self.join()

    def join(self) -> None:
        """Wait for the thread of a finished task."""
        self._thread.join()

    def _call(self) -> None:
        _HERE.task = self
        started = time.perf_counter()
        try:
            if self.ended:
                raise Ended
            self.value = self._context.run(self.function)  # type: ignore[arg-type]
        except BaseException as error:  # an interrupt too is for those who wait for the result
            self.error = error
        if self.parent is not None:
            self.parent.charged += time.perf_counter() - started - self.waited + self.charged
        self.function = None  # lets go of the rows
        self._when_done(self)
        self._finished.set()


def current_task() -> Task | None:
    """Return the task on whose thread this is called, or None.

    Examples
    --------
    >>> current_task() is None
    True
    """
    return getattr(_HERE, "task", None)

"""One progress bar for a whole resampling: fits done, share of the work known, time left."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

# Seconds between two drawings. The bar has no thread of its own.
INTERVAL = 0.1


class Bar:
    """Counts member epochs over all rounds.

    Parameters
    ----------
    n_pending : callable
        Returns how many tasks have not started; each is taken for a fit like those so far.
    """

    def __init__(self, n_pending: Callable[[], int]) -> None:
        self._n_pending = n_pending
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            auto_refresh=False,
        )
        self._task = self._progress.add_task("", total=None)
        self._n_done = self._epochs_done = self._drawn = 0.0
        self._running = False

    def start(self, n_fits: int, epochs: int) -> None:
        """Begin a round; the bar is shown from the first on."""
        if not self._running:
            self._progress.start()
            self._running = True
        pending = self._n_pending()
        self._progress.update(
            self._task,
            completed=self._epochs_done,
            total=self._epochs_done + epochs * (1 + pending / n_fits),
            description=f"{self._n_done:.0f} of {self._n_done + n_fits + pending:.0f} fits",
        )
        self._progress.refresh()
        self._epochs_done += epochs

    def advance(self, epochs: int) -> None:
        """Count member epochs that are settled."""
        self._progress.advance(self._task, epochs)
        if time.monotonic() - self._drawn > INTERVAL:
            self._drawn = time.monotonic()
            self._progress.refresh()

    def finish(self, n_fits: int) -> None:
        """End a round."""
        self._n_done += n_fits
        self._progress.update(self._task, completed=self._epochs_done)

    def close(self) -> None:
        """Show the end and take the bar down."""
        if self._running:
            self._progress.update(self._task, description=f"{self._n_done:.0f} fits", total=self._epochs_done)
            self._progress.refresh()
            self._progress.stop()
            self._running = False

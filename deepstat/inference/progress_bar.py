"""One progress bar for a whole resampling, with the time left."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(total: int, unit: str, *, shown: bool) -> Iterator[Callable[[int], object]]:
    """Show a bar inside the context; yields the function that advances it.

    Parameters
    ----------
    total : int
    unit : str
        What is counted.
    shown : bool
        Nothing is shown, or imported, unless asked for.

    Yields
    ------
    callable
        ``advance(amount)``.

    Examples
    --------
    >>> with progress_bar(3, "fits", shown=False) as advance:
    ...     advance(1)
    """
    if not shown:
        yield lambda amount: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn(unit), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task(unit, total=total)
        yield lambda amount: bar.advance(task, amount)

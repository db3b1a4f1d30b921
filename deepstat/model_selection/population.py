"""``with deepstat.population():`` the fits of scikit-learn's tools train as one population."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import joblib
import torch

from deepstat.model_selection.backend import PopulationBackend
from deepstat.model_selection.bar import Bar
from deepstat.model_selection.ledger import Ledger
from deepstat.model_selection.meeting import Meeting
from deepstat.model_selection.outside import Outside
from deepstat.model_selection.task import current_task
from deepstat.model_selection.trainer import Trainer, work_of

_HERE = threading.local()


@contextlib.contextmanager
def population(
    *,
    n_jobs: int | None = None,
    backend: Any = None,
    memory: int | None = None,
    patience: float = 60.0,
    verbose: int = 0,
) -> Iterator[Meeting]:
    """Train the deepstat fits of scikit-learn's tools together, as one population, for as long as the context lasts.

    Works for everything that runs its fits through joblib: cross-validation, searches, learning curves, permutation
    tests, bagging, stacking, meta-estimators from elsewhere, one inside the other. Scores are those of the same call
    without the context. Estimators that are not deepstat's run as they would without it. ``fit_time`` is a fit's
    share of the joint training.

    Each fit waits on a thread of its own until all have handed in what they want trained. A context inside another
    one is the same population.

    Parameters
    ----------
    n_jobs : int or None
        Processes that share the training of a population. None: what ``joblib.parallel_config`` around the context
        says, else 1. The ``n_jobs`` of scikit-learn's tools does not matter for deepstat's fits.
    backend : str, joblib backend or None
        Where those processes are: ``"loky"``, ``"dask"``, ...; None: as for `n_jobs`.
    memory : int or None
        Bytes that waiting fits may hold (on each device); what goes beyond it trains in several rounds, with the same
        results. None: a quarter of the device's memory.
    patience : float
        Seconds for which a fit may keep the others waiting before it trains. Then they go on without it, with a
        warning.
    verbose : int
        1: one progress bar for all fits.

    Yields
    ------
    Meeting
        Its ``rounds`` tell what was trained together.

    Raises
    ------
    ValueError
        If `memory` or `patience` is not positive.

    Notes
    -----
    A tool told ``n_jobs=1`` may run its fits in one task, one after the other (bagging does): leave it None. Fits
    outside any joblib call, such as a search's last one, train at once.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.model_selection import cross_val_score
    >>> from deepstat import DeepRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> with population() as together:
    ...     scores = cross_val_score(DeepRegressor(max_epochs=5, random_state=0), X, y, cv=4)
    >>> [each.n_fits for each in together.rounds]
    [4]
    """
    around = _current()
    if around is not None:
        yield around
        return
    for name, value in (("memory", memory), ("patience", patience)):
        if value is not None and not value > 0:
            raise ValueError(f"{name} must be positive, got {value!r}: leave it out for the default.")
    outside = Outside()
    bar = Bar(lambda: meeting.n_pending) if verbose else None
    trainer = Trainer(outside, n_jobs, backend, bar)
    meeting = Meeting(trainer, ledger=Ledger(memory), work=work_of, patience=patience)
    _HERE.meeting = meeting
    n_threads = torch.get_num_threads()
    try:
        with joblib.parallel_config(backend=PopulationBackend(meeting, outside)):
            yield meeting
    finally:
        _HERE.meeting = None
        meeting.end()
        torch.set_num_threads(n_threads)  # tasks have one each, and new threads take after the last one told
        if bar is not None:
            bar.close()


def _current() -> Meeting | None:
    """Return the meeting of this thread: entered here, or that of the task which runs here."""
    task = current_task()
    return getattr(_HERE, "meeting", None) if task is None else task.meeting

"""scikit-learn's functions for model selection, each under :func:`~deepstat.model_selection.population.population`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from sklearn import model_selection

from deepstat.model_selection.population import population

NOTE = """The deepstat fits train together, as under ``deepstat.population()``; `n_jobs` splits the training over
so many processes. Everything else is scikit-learn's."""


def _in_one_population(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function of scikit-learn; `n_jobs` splits the population over so many processes."""

    @functools.wraps(function)
    def wrapped(*args: Any, n_jobs: int | None = None, **kwargs: Any) -> Any:
        with population(n_jobs=n_jobs):
            return function(*args, n_jobs=n_jobs, **kwargs)

    wrapped.__module__ = __name__
    # scikit-learn's text without its examples, which are of its own functions.
    text = (inspect.getdoc(function) or "").partition("\nExamples\n--------")[0]
    summary, _, rest = text.partition("\n")
    wrapped.__doc__ = f"{summary}\n\n{NOTE}\n{rest}"
    return wrapped


cross_validate = _in_one_population(model_selection.cross_validate)
cross_val_score = _in_one_population(model_selection.cross_val_score)
cross_val_predict = _in_one_population(model_selection.cross_val_predict)
learning_curve = _in_one_population(model_selection.learning_curve)
validation_curve = _in_one_population(model_selection.validation_curve)
permutation_test_score = _in_one_population(model_selection.permutation_test_score)

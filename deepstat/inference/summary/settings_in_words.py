"""The settings of a fit, in words."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

# Shown elsewhere in the report, or of the run and not of the model.
LEFT_OUT = (
    "architecture",
    "architecture_params",
    "loss",
    "loss_params",
    "distribution",
    "distribution_params",
    "quantiles",
    "expectiles",
    "formula",
    "n_members",
    "on_epoch",
    "checkpoint",
    "verbose",
)
LONGEST = 60  # letters of a value


def settings_in_words(estimator: Any) -> str:
    """Return the settings that differ from their defaults, beside those that the header of a report shows.

    Parameters
    ----------
    estimator : deep estimator

    Returns
    -------
    str

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> settings_in_words(DeepRegressor(max_epochs=20, random_state=0, verbose=1))
    'max_epochs=20, random_state=0'
    """
    found = []
    for field in fields(estimator):
        value = getattr(estimator, field.name)
        if field.name in LEFT_OUT or value is field.default or _equal(value, field.default):
            continue
        found.append(f"{field.name}={shown(value)}")
    return ", ".join(found)


def named(name: Any, options: Mapping[str, Any] | None) -> str:
    """Return a component's name with its options: ``"huber(delta=1.5)"``.

    Examples
    --------
    >>> named("huber", {"delta": 1.5}), named("mlp", None)
    ('huber(delta=1.5)', 'mlp')
    """
    words = name if isinstance(name, str) else getattr(name, "name", getattr(name, "__name__", shown(name)))
    words = str(words).removeprefix("deepstat/")  # loaded models name the plugin too
    inside = ", ".join(f"{key}={shown(value)}" for key, value in (options or {}).items())
    return f"{words}({inside})" if inside else words


def shown(value: Any) -> str:
    """Return a value as text of a bounded length."""
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    short = reprlib.Repr()
    short.maxstring = short.maxother = LONGEST
    short.maxdict = short.maxlist = short.maxtuple = 10
    return short.repr(value)


def _equal(value: Any, default: Any) -> bool:
    try:
        return type(value) is type(default) and bool(value == default)
    except (TypeError, ValueError):  # arrays
        return False

"""Checks that recipes make of their options before they build anything."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real

from deepstat.errors import unknown


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Raise unless `value` is one of `choices`.

    Examples
    --------
    >>> check_choice("normalization", "batch", ["batch", "layer", "none"])
    """
    if value not in choices:
        raise unknown(name, str(value), choices)


def check_count(name: str, value: object, least: int = 1) -> None:
    """Raise unless `value` is an integer of at least `least`.

    Examples
    --------
    >>> check_count("width", 0)
    Traceback (most recent call last):
    ValueError: width is 0; give an integer of at least 1.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is {value!r}; give an integer of at least {least}.")


def check_counts(name: str, values: object) -> None:
    """Raise unless `values` is a sequence of positive integers; it may be empty.

    Examples
    --------
    >>> check_counts("hidden_layer_sizes", (64, 0))
    Traceback (most recent call last):
    ValueError: hidden_layer_sizes is (64, 0); give a sequence of positive integers, such as (64, 64).
    """
    counts = [] if isinstance(values, str) or not isinstance(values, Iterable) else list(values)
    whole = all(isinstance(each, Integral) and not isinstance(each, bool) and each >= 1 for each in counts)
    if isinstance(values, str) or not isinstance(values, Iterable) or not whole:
        raise ValueError(f"{name} is {values!r}; give a sequence of positive integers, such as (64, 64).")


def check_dropout(name: str, value: object) -> None:
    """Raise unless `value` is a probability below one.

    Examples
    --------
    >>> check_dropout("dropout", 1.0)
    Traceback (most recent call last):
    ValueError: dropout is 1.0; give a number with 0 <= dropout < 1.
    """
    if not isinstance(value, Real) or isinstance(value, bool) or not 0.0 <= value < 1.0:
        raise ValueError(f"{name} is {value!r}; give a number with 0 <= {name} < 1.")


def check_positive(name: str, value: object) -> None:
    """Raise unless `value` is a positive finite number.

    Examples
    --------
    >>> check_positive("hidden_factor", -1.0)
    Traceback (most recent call last):
    ValueError: hidden_factor is -1.0; give a positive number.
    """
    if not isinstance(value, Real) or isinstance(value, bool) or not 0.0 < value < float("inf"):
        raise ValueError(f"{name} is {value!r}; give a positive number.")

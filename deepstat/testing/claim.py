"""How a conformance check speaks: one sentence that names the component and says what to change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from deepstat.records import Component


def claim(record: Component, holds: object, sentence: str) -> None:
    """Raise ``AssertionError`` with the component's kind and name before `sentence`, unless the claim holds.

    Parameters
    ----------
    record : Component
    holds : object
        What must be true; a tensor must have one element.
    sentence : str
        What is wrong and what to do, as the predicate of the component.

    Examples
    --------
    >>> from deepstat.records import Loss
    >>> claim(Loss(name="mine", target="mine:mine"), 1 + 1 == 3, "cannot count; use fingers.")
    Traceback (most recent call last):
        ...
    AssertionError: loss 'mine' cannot count; use fingers.
    """
    if not holds:
        raise AssertionError(f"{record.kind} {record.name!r} {sentence}")


@contextmanager
def attempt(record: Component, doing: str) -> Iterator[None]:
    """Turn whatever the block raises into an ``AssertionError`` of one sentence.

    Examples
    --------
    >>> from deepstat.records import Loss
    >>> with attempt(Loss(name="mine", target="mine:mine"), "to divide"):
    ...     1 / 0
    Traceback (most recent call last):
        ...
    AssertionError: loss 'mine' fails to divide (ZeroDivisionError: division by zero).
    """
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:  # a plugin may raise anything
        lines = str(error).strip().splitlines() or [""]
        raise AssertionError(
            f"{record.kind} {record.name!r} fails {doing} ({type(error).__name__}: {lines[0].rstrip('.')})."
        ) from error


@contextmanager
def no_global_noise(record: Component) -> Iterator[None]:
    """Raise ``AssertionError`` if the block moves torch's global generator.

    Examples
    --------
    >>> from deepstat.records import Loss
    >>> with no_global_noise(Loss(name="mine", target="mine:mine")):
    ...     _ = torch.rand(1)
    Traceback (most recent call last):
        ...
    AssertionError: loss 'mine' draws from torch's global generator; fits would not be reproducible.
    """
    before = torch.get_rng_state()
    yield
    untouched = torch.equal(before, torch.get_rng_state())
    claim(record, untouched, "draws from torch's global generator; fits would not be reproducible.")

"""The errors that deepstat raises: one sentence each, what was given, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class DeepstatError(Exception):
    """Any error that is deepstat's own."""


class UnknownName(DeepstatError, ValueError):
    """A name that no plugin registers (also a ``ValueError``, as scikit-learn's tools expect)."""


class PluginError(DeepstatError):
    """A plugin or one of its records that cannot be used."""


class FileError(DeepstatError, ValueError):
    """A saved model that cannot be written, or read and trusted."""


def suggest(name: str, choices: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the choice nearest to `name`, or nothing.

    Examples
    --------
    >>> suggest("hubber", ["huber", "squared"])
    " Did you mean 'huber'?"
    """
    close = difflib.get_close_matches(name, list(choices), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""


def unknown(what: str, name: str, choices: Iterable[str], more: str = "") -> UnknownName:
    """Build the error for an unknown name: the sorted choices, a suggestion, and what else may explain it.

    Examples
    --------
    >>> unknown("loss", "hubber", ["squared", "huber"])
    UnknownName("Unknown loss 'hubber': choose one of huber, squared. Did you mean 'huber'?")
    """
    known = sorted(choices)
    allowed = f"choose one of {', '.join(known)}." if known else "there is none to choose from."
    return UnknownName(f"Unknown {what} {name!r}: {allowed}{suggest(name, known)}{more}")

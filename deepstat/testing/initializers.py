"""Conformance of initializers."""

from __future__ import annotations

import torch

from deepstat.estimators.components import resolve_initializer
from deepstat.records import Initializer
from deepstat.testing.claim import attempt, claim, no_global_noise


def check_initializer(record: Initializer) -> None:
    """Check that an initializer keeps the contract of :class:`deepstat.records.Initializer`.

    With its default options and with those of ``record.example``, for weights of two and more axes: the shape and
    the dtype asked for, finite, drawn from the generator given and from no other.

    Parameters
    ----------
    record : Initializer

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> def uniform(shape, *, generator, gain=1.0, dtype=None):
    ...     return gain * torch.rand(shape, generator=generator, dtype=dtype)
    >>> check_initializer(Initializer(name="uniform", target=uniform))
    >>> def noisy(shape, *, generator, gain=1.0, dtype=None):
    ...     return gain * torch.rand(shape, dtype=dtype)
    >>> check_initializer(Initializer(name="noisy", target=noisy))
    Traceback (most recent call last):
        ...
    AssertionError: initializer 'noisy' draws from torch's global generator; fits would not be reproducible.
    """
    for params in (None, dict(record.example)):
        with attempt(record, "to resolve"):
            resolved = resolve_initializer(record, params)
        options = {name: value for name, value in resolved.options.items() if name != "bias"}
        for shape in ((7, 3), (3, 7), (4, 4), (5, 2, 3)):
            for dtype in (torch.float32, torch.float64):
                draws = []
                for _ in range(2):
                    generator = torch.Generator().manual_seed(5)
                    with attempt(record, f"for weights of shape {shape}"), no_global_noise(record):
                        draws.append(resolved.target(shape, generator=generator, dtype=dtype, **options))
                weight = draws[0]
                claim(record, isinstance(weight, torch.Tensor), "does not return a tensor.")
                claim(
                    record,
                    tuple(weight.shape) == shape,
                    f"returns shape {tuple(weight.shape)} when asked for {shape}.",
                )
                claim(record, weight.dtype == dtype, f"returns {weight.dtype} when asked for {dtype}.")
                claim(record, weight.isfinite().all(), "returns weights that are not finite.")
                claim(record, torch.equal(*draws), "returns other weights for the same generator.")

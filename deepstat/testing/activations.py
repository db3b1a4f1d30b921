"""Conformance of activations."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import vmap

from deepstat.layers.activation import make_activation
from deepstat.records import Activation
from deepstat.registry import resolve
from deepstat.testing.claim import attempt, claim, no_global_noise

STEP = 1e-6


def check_activation(record: Activation) -> None:
    """Check that an activation keeps the contract of :class:`deepstat.records.Activation`.

    With its default options and with those of ``record.example``: shape and dtype kept; finite, with finite
    gradients, from -50 to 50; a function works elementwise (a module: row by row); the gradient is the derivative,
    and zero everywhere exactly where the record says ``trainable=False``; members can be batched.

    Parameters
    ----------
    record : Activation

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> check_activation(Activation(name="softsign", target="torch.nn.functional:softsign"))
    >>> check_activation(Activation(name="centred", target=lambda x: x - x.mean()))
    Traceback (most recent call last):
        ...
    AssertionError: activation 'centred' gives a row other values when other rows are present.
    """
    with attempt(record, "to resolve"):
        layers = [make_activation(resolve(record), params) for params in (None, dict(record.example))]
    claim(record, record.gain > 0, f"has gain {record.gain}; give a positive factor.")
    draws = torch.Generator().manual_seed(0)
    x = 2.0 * torch.randn(6, 4, generator=draws, dtype=torch.float64)
    for layer in layers:
        _check_values(record, layer, x)
        layer.double()
        _check_rows(record, layer, x)
        _check_gradient(record, layer, x)
        with attempt(record, "under torch.func.vmap, which trains populations"):
            batched = vmap(layer)(x.view(2, 3, 4)).view(6, 4)
        claim(record, torch.allclose(batched, layer(x)), "computes something else for a batched member.")
    if record.example:
        changed = not torch.equal(layers[0](x), layers[1](x))
        claim(record, changed, "does not change with the options of its example.")


def _check_values(record: Activation, layer: nn.Module, x: Tensor) -> None:
    for dtype in (torch.float32, torch.float64):
        layer.to(dtype)
        given = torch.cat([x, torch.full_like(x, -50.0), torch.zeros_like(x), torch.full_like(x, 50.0)]).to(
            dtype
        )
        given.requires_grad_()
        with attempt(record, f"on {dtype} numbers"), no_global_noise(record):
            out = layer(given)
        claim(
            record,
            out.shape == given.shape,
            f"turns shape {tuple(given.shape)} into {tuple(out.shape)}; keep it.",
        )
        claim(record, out.dtype == dtype, f"turns {dtype} into {out.dtype}; keep the dtype.")
        claim(record, out.isfinite().all(), f"is not finite between -50 and 50 in {dtype}.")
        if record.trainable:
            claim(
                record,
                out.requires_grad,
                "has no gradient; write it in torch operations or say trainable=False.",
            )
            (gradient,) = torch.autograd.grad(out.sum(), given)
            claim(record, gradient.isfinite().all(), f"has a gradient that is not finite in {dtype}.")


def _check_rows(record: Activation, layer: nn.Module, x: Tensor) -> None:
    whole = layer(x)
    separate = torch.allclose(layer(x[:2]), whole[:2])
    claim(record, separate, "gives a row other values when other rows are present.")
    if not isinstance(resolve(record), type):
        elementwise = torch.allclose(layer(x[:, :1]), whole[:, :1])
        claim(
            record,
            elementwise,
            "is not elementwise; a function must be, a module may mix the columns of a row.",
        )


def _check_gradient(record: Activation, layer: nn.Module, x: Tensor) -> None:
    if not record.trainable:
        given = x.clone().requires_grad_()
        out = layer(given).sum()
        flat = not out.requires_grad or not torch.autograd.grad(out, given)[0].any()
        claim(record, flat, "says trainable=False but has a gradient; say trainable=True.")
        return
    given = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(layer(given).sum(), given)
    claim(record, gradient.any(), "has zero gradient everywhere; say trainable=False.")
    numeric = torch.zeros_like(x)
    with torch.no_grad():
        for column in range(x.shape[1]):
            shift = torch.zeros_like(x)
            shift[:, column] = STEP
            numeric[:, column] = ((layer(x + shift) - layer(x - shift)) / (2 * STEP)).sum(dim=1)
    close = torch.allclose(gradient, numeric, rtol=1e-5, atol=1e-6)
    claim(record, close, "has a gradient that differs from finite differences.")

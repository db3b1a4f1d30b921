"""Conformance of embeddings of numeric columns."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.data.inputs import Inputs
from deepstat.layers.build_numeric_embedding import build_numeric_embedding
from deepstat.records import NumericEmbedding
from deepstat.registry import resolve
from deepstat.testing.claim import attempt, claim, no_global_noise
from deepstat.testing.networks import check_gradients, check_members, check_seed, check_weights
from deepstat.training.seed import own_noise

N = 24  # rows
CPU = torch.device("cpu")


def check_numeric_embedding(record: NumericEmbedding) -> None:
    """Check that an embedding keeps the contract of :class:`deepstat.records.NumericEmbedding`.

    With its default options and with those of ``record.example``, for one column and for three, one of them constant:
    a module that maps (n, n_numeric) to (n, n_features_out) in float32 and float64, finite, with finite gradients;
    a row's outputs do not depend on the other rows; the seed alone decides the initial weights; without a target,
    or without a sample, the shapes are the same, so that a network can be rebuilt and read its weights; samples of
    one row will do; members with different samples, batched by ``torch.func.vmap``, compute what each computes alone.

    Parameters
    ----------
    record : NumericEmbedding

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> class Squares(nn.Module):
    ...     def __init__(self, inputs):
    ...         super().__init__()
    ...         self.n_features_out = inputs.n_numeric
    ...     def forward(self, x):
    ...         return x.square()
    >>> check_numeric_embedding(NumericEmbedding(name="squares", target=Squares))
    >>> class Centred(Squares):
    ...     def forward(self, x):
    ...         return x - x.mean()
    >>> check_numeric_embedding(NumericEmbedding(name="centred", target=Centred))
    Traceback (most recent call last):
        ...
    AssertionError: numeric_embedding 'centred' gives a row other values when other rows are present.
    """
    with attempt(record, "to resolve"):
        resolve(record)
    x = {n_numeric: _table(n_numeric, seed=1) for n_numeric in (1, 3)}
    for options in ({}, dict(record.example)):
        for n_numeric, n_targets in ((1, 1), (3, 2)):
            given = x[n_numeric]
            layer = _build(record, options, _inputs(n_numeric, n_targets))
            for dtype in (torch.float32, torch.float64):
                _check_output(record, layer.to(dtype), given.to(dtype))
            _check_rows(record, layer, given)
            _check_training(record, layer, given)
            check_seed(record, partial(_of_seed, record, options, n_numeric, n_targets, seed_of_sample=0))
            _check_rebuilt(record, options, layer, n_targets, given)
            single = _build(record, options, _inputs(n_numeric, n_targets, rows=1))
            with torch.no_grad():
                finite = single(given).isfinite().all()
            claim(record, finite, "gives numbers that are not finite after a sample of one row.")
            members = partial(_of_seed, record, options, n_numeric, n_targets)
            check_members(record, members, ((given,), (given.flip(0),)))
    if record.example:
        default, example = (_build(record, options, _inputs(3, 2)) for options in ({}, dict(record.example)))
        same = default.n_features_out == example.n_features_out and torch.equal(default(x[3]), example(x[3]))
        claim(record, not same, "does not change with the options of its example.")


def _table(n_numeric: int, seed: int, rows: int = N) -> Tensor:
    """Return rows of standard normal numbers, with ties; of three columns the last is constant."""
    draws = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, n_numeric, generator=draws, dtype=torch.float64)
    x[: rows // 4] = x[:1]
    if n_numeric == 3:
        x[:, 2] = 0.0
    return x


def _inputs(n_numeric: int, n_targets: int, seed: int = 0, rows: int = N) -> Inputs:
    x = _table(n_numeric, seed=seed + 10, rows=rows)
    target = torch.cat([(3.0 * x[:, :1]).sin(), x[:, :1].square()], 1)[:, :n_targets]
    weight = 1.0 + torch.arange(rows, dtype=torch.float64) % 2
    return Inputs(n_numeric, (), x, target, weight, n_targets)


def _build(record: NumericEmbedding, options: dict[str, Any], inputs: Inputs, seed: int = 0) -> Any:
    what = "" if inputs.has_sample else " without a sample of rows"
    if inputs.has_sample and inputs.target is None:
        what = " without a target"
    with attempt(record, f"to build for {inputs.n_numeric} columns{what}"), own_noise(seed, CPU):
        return build_numeric_embedding(inputs, resolve(record), options).double()


def _of_seed(
    record: NumericEmbedding,
    options: dict[str, Any],
    n_numeric: int,
    n_targets: int,
    seed: int,
    seed_of_sample: int | None = None,
) -> nn.Module:
    """Return the embedding with a linear layer behind it, so that there are parameters; its sample has the seed too."""
    sample = seed if seed_of_sample is None else seed_of_sample
    layer = _build(record, options, _inputs(n_numeric, n_targets, sample), seed)
    with own_noise(seed, CPU):
        return nn.Sequential(layer, nn.Linear(layer.n_features_out, 1)).double()


def _check_output(record: NumericEmbedding, layer: Any, x: Tensor) -> None:
    before = x.clone()
    with attempt(record, f"on {x.dtype} rows of {x.shape[1]} columns"), no_global_noise(record):
        out = layer(x)
    claim(record, isinstance(out, Tensor), f"returns {type(out).__name__}; return a tensor.")
    wanted = (len(x), layer.n_features_out)
    shape = tuple(out.shape)
    claim(record, shape == wanted, f"returns shape {shape}, where n_features_out promises {wanted}.")
    claim(record, out.dtype == x.dtype, f"turns {x.dtype} into {out.dtype}; keep the dtype.")
    claim(record, out.isfinite().all(), "gives numbers that are not finite for standardised columns.")
    claim(record, torch.equal(before, x), "changes its inputs in place; work on copies.")


def _check_rows(record: NumericEmbedding, layer: nn.Module, x: Tensor) -> None:
    layer.eval()
    with torch.no_grad():
        whole = layer(x)
        separate = torch.allclose(layer(x[: N // 2]), whole[: N // 2], rtol=1e-9, atol=1e-11)
        separate = separate and torch.allclose(layer(x[-1:]), whole[-1:], rtol=1e-9, atol=1e-11)
    claim(record, separate, "gives a row other values when other rows are present.")


def _check_training(record: NumericEmbedding, layer: nn.Module, x: Tensor) -> None:
    layer.train()
    given = x.clone().requires_grad_()
    with attempt(record, "to be trained"), no_global_noise(record):
        out = layer(given)
        claim(record, out.requires_grad, "has no gradient; write it in torch operations.")
        out.square().sum().backward()
    finite = given.grad is None or given.grad.isfinite().all()
    claim(record, finite, "has a gradient in its columns that is not finite.")
    check_gradients(record, layer)


def _check_rebuilt(
    record: NumericEmbedding, options: dict[str, Any], layer: Any, n_targets: int, x: Tensor
) -> None:
    whole = _inputs(x.shape[1], n_targets)
    for how, inputs in (
        (" without a target", Inputs(x.shape[1], (), whole.sample, n_targets=n_targets)),
        (" without a sample of rows", Inputs(x.shape[1], n_targets=n_targets)),
    ):
        rebuilt = _build(record, options, inputs, seed=1)
        same = rebuilt.n_features_out == layer.n_features_out
        claim(record, same, f"has another width{how}; its shapes must not depend on the rows.")
        check_weights(record, layer, rebuilt, (x,), how)

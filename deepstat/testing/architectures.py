"""Conformance of architectures."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from deepstat.data.inputs import Inputs
from deepstat.estimators.components import Resolved, resolve_architecture
from deepstat.estimators.network import build_network
from deepstat.layers.heads_of import heads_of
from deepstat.records import Architecture
from deepstat.testing.claim import attempt, claim, no_global_noise
from deepstat.testing.graph_architectures import check_graph_architecture
from deepstat.testing.networks import check_gradients, check_members, check_seed, check_weights

N = 16  # rows
TABLES: tuple[tuple[int, tuple[int, ...]], ...] = ((5, ()), (3, (4, 30)), (0, (3,)), (1, ()))
CPU = torch.device("cpu")


def check_architecture(record: Architecture) -> None:
    """Check that an architecture keeps the contract of :class:`deepstat.records.Architecture`.

    With its default options and with those of ``record.example``, for tables of numeric, categorical and both kinds
    of columns, for one output and for three: a module that maps (n, width) to (n, n_outputs), or to (n, H, n_outputs)
    where it has an attribute ``n_heads`` = H, finite, with finite
    gradients; predictions of a row do not depend on the other rows; the seed alone decides the initial weights;
    weights saved and loaded into a network rebuilt without a sample predict the same; members batched by
    ``torch.func.vmap`` compute what each computes alone (unless the record says ``batched=False``). What is
    checked of records that take graphs says :func:`deepstat.testing.graph_architectures.check_graph_architecture`.

    Parameters
    ----------
    record : Architecture

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> def affine(inputs, n_outputs):
    ...     return nn.Linear(inputs.width, n_outputs)
    >>> check_architecture(Architecture(name="affine", target=affine))
    >>> check_architecture(Architecture(name="narrow", target=lambda inputs, n_outputs: nn.Linear(inputs.width, 1)))
    Traceback (most recent call last):
        ...
    AssertionError: architecture 'narrow' returns shape (16, 1) for 16 rows and 3 outputs; return (16, 3).
    """
    if record.takes != "table":
        check_graph_architecture(record)
        return
    with attempt(record, "to resolve"):
        resolved = {example: resolve_architecture(record, dict(record.example) if example else None)[0]
                    for example in (False, True)}  # fmt: skip
    for example in (False, True):
        for n_numeric, cardinalities in TABLES:
            x = _table(n_numeric, cardinalities, seed=1)
            inputs = Inputs(n_numeric, cardinalities, sample=_table(n_numeric, cardinalities, seed=2))
            for n_outputs in (1, 3):
                network = _build(record, resolved[example], inputs, n_outputs)
                _check_output(record, network, x, n_outputs)
                _check_rows(record, network, x)
            _check_training(record, network, x)
            build = partial(_build, record, resolved[example], inputs, 3)
            check_seed(record, build)
            rebuilt = _build(record, resolved[example], Inputs(n_numeric, cardinalities), 3, seed=1)
            check_weights(record, network, rebuilt, (x,), " without a sample of rows")
            if record.batched is not False:
                check_members(record, build, ((x,), (x.flip(0),)))


def _table(n_numeric: int, cardinalities: tuple[int, ...], seed: int) -> Tensor:
    """Return encoded rows: standard normal numbers, then codes from 0 (missing) to L."""
    draws = torch.Generator().manual_seed(seed)
    numbers = torch.randn(N, n_numeric, generator=draws, dtype=torch.float64)
    codes = [torch.randint(0, n + 1, (N, 1), generator=draws).double() for n in cardinalities]
    return torch.cat([numbers, *codes], dim=1)


def _build(
    record: Architecture, resolved: Resolved, inputs: Inputs, n_outputs: int, seed: int = 0
) -> nn.Module:
    sample = "" if inputs.sample is not None else " without a sample of rows"
    with attempt(
        record, f"to build for {inputs.n_numeric} numeric columns and levels {inputs.cardinalities}{sample}"
    ):
        return build_network(resolved, inputs, n_outputs, seed=seed, dtype=torch.float64, device=CPU)


def _check_output(record: Architecture, network: nn.Module, x: Tensor, n_outputs: int) -> None:
    for dtype in (torch.float32, torch.float64):
        network.to(dtype).eval()
        given = x.to(dtype)
        before = given.clone()
        with attempt(record, f"on {dtype} rows of width {x.shape[1]}"), no_global_noise(record):
            raw = network(given)
        claim(record, isinstance(raw, Tensor), f"returns {type(raw).__name__}; return a tensor.")
        claim(
            record,
            tuple(raw.shape) in ((N, n_outputs), (N, heads_of(network), n_outputs)),
            f"returns shape {tuple(raw.shape)} for {N} rows and {n_outputs} outputs; return {(N, n_outputs)}.",
        )
        claim(record, raw.dtype == dtype, f"turns {dtype} into {raw.dtype}; keep the dtype.")
        claim(record, raw.isfinite().all(), "returns numbers that are not finite for standardised columns.")
        claim(record, torch.equal(before, given), "changes its inputs in place; work on copies.")


def _check_rows(record: Architecture, network: nn.Module, x: Tensor) -> None:
    network.eval()
    with torch.no_grad():
        whole, part, last = network(x), network(x[: N // 2]), network(x[-1:])
        separate = torch.allclose(part, whole[: N // 2], rtol=1e-9, atol=1e-11)
        separate = separate and torch.allclose(last, whole[-1:], rtol=1e-9, atol=1e-11)
    claim(record, separate, "predicts a row differently when other rows are present; in eval mode rows must be "
          "independent.")  # fmt: skip


def _check_training(record: Architecture, network: nn.Module, x: Tensor) -> None:
    network.train()
    with attempt(record, "to be trained"), no_global_noise(record):
        network(x).square().sum().backward()
    check_gradients(record, network)

"""The hook implementations of the built-in plugin; the tables beside this file are the contents."""

from __future__ import annotations

from collections.abc import Iterable

from deepstat.builtin import (
    activations,
    architectures,
    distributions,
    initializers,
    losses,
    numeric_embeddings,
    optimizers,
    schedules,
)
from deepstat.hookspecs import hookimpl
from deepstat.records import (
    Activation,
    Architecture,
    Distribution,
    Initializer,
    Loss,
    NumericEmbedding,
    Optimizer,
    Schedule,
)


@hookimpl
def deepstat_losses() -> Iterable[Loss]:
    """Yield the built-in losses."""
    return losses.LOSSES


@hookimpl
def deepstat_architectures() -> Iterable[Architecture]:
    """Yield the built-in architectures."""
    return architectures.ARCHITECTURES


@hookimpl
def deepstat_distributions() -> Iterable[Distribution]:
    """Yield the built-in distributions."""
    return distributions.DISTRIBUTIONS


@hookimpl
def deepstat_optimizers() -> Iterable[Optimizer]:
    """Yield the built-in optimizers."""
    return optimizers.OPTIMIZERS


@hookimpl
def deepstat_activations() -> Iterable[Activation]:
    """Yield the built-in activations."""
    return activations.ACTIVATIONS


@hookimpl
def deepstat_initializers() -> Iterable[Initializer]:
    """Yield the built-in initializers."""
    return initializers.INITIALIZERS


@hookimpl
def deepstat_schedules() -> Iterable[Schedule]:
    """Yield the built-in schedules."""
    return schedules.SCHEDULES


@hookimpl
def deepstat_numeric_embeddings() -> Iterable[NumericEmbedding]:
    """Yield the built-in embeddings of numeric columns."""
    return numeric_embeddings.NUMERIC_EMBEDDINGS

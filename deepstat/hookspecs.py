"""The hooks that a plugin may implement. Each takes no argument and yields records.

A plugin is a small module that imports nothing heavy. Advertise it in your package's ``pyproject.toml``::

    [project.entry-points.deepstat]
    huberish = "deepstat_huberish.plugin"

and implement the hooks that you need::

    from deepstat import hookimpl
    from deepstat.records import Loss

    @hookimpl
    def deepstat_losses():
        yield Loss(name="huberish", target="deepstat_huberish.huberish:huberish")

The record's target is resolved when somebody uses the name, never before.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

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

hookspec = pluggy.HookspecMarker("deepstat")
hookimpl = pluggy.HookimplMarker("deepstat")


@hookspec
def deepstat_losses() -> Iterable[Loss]:  # type: ignore[empty-body]  # pluggy reads the signature only
    """Yield losses.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import Loss
    >>> def quartic(prediction, target, *, power=4.0):
    ...     return ((prediction - target).abs() ** power).mean(dim=1)
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_losses(self):
    ...         yield Loss(name="quartic", target=quartic, summary="residual to the fourth power")
    >>> from deepstat.registry import Registry
    >>> Registry.from_plugins({"mine": Plugin()}).record("loss", "quartic").summary
    'residual to the fourth power'
    """


@hookspec
def deepstat_architectures() -> Iterable[Architecture]:  # type: ignore[empty-body]  # as above
    """Yield architectures.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import Architecture
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_architectures(self):
    ...         yield Architecture(name="maxout", target="deepstat_maxout.maxout:maxout")
    >>> from deepstat.registry import Registry
    >>> Registry.from_plugins({"mine": Plugin()}).names("architecture", builtin=False)
    ['maxout']
    """


@hookspec
def deepstat_distributions() -> Iterable[Distribution]:  # type: ignore[empty-body]  # as above
    """Yield distributions.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import Distribution
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_distributions(self):
    ...         yield Distribution(name="gumbel", target="torch.distributions:Gumbel")
    >>> from deepstat.registry import Registry
    >>> Registry.from_plugins({"mine": Plugin()}).names("distribution", builtin=False)
    ['gumbel']
    """


@hookspec
def deepstat_optimizers() -> Iterable[Optimizer]:  # type: ignore[empty-body]  # as above
    """Yield optimizers: update rules, or ``torch.optim.Optimizer`` classes.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import Optimizer
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_optimizers(self):
    ...         yield Optimizer(name="torch_adamax", target="torch.optim:Adamax")
    >>> from deepstat.registry import Registry
    >>> Registry.from_plugins({"mine": Plugin()}).names("optimizer", builtin=False)
    ['torch_adamax']
    """


@hookspec
def deepstat_activations() -> Iterable[Activation]:  # type: ignore[empty-body]  # as above
    """Yield activations.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import Activation
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_activations(self):
    ...         yield Activation(name="softsign", target="torch.nn.functional:softsign")
    >>> from deepstat.registry import Registry
    >>> Registry.from_plugins({"mine": Plugin()}).names("activation", builtin=False)
    ['softsign']
    """


@hookspec
def deepstat_initializers() -> Iterable[Initializer]:  # type: ignore[empty-body]  # as above
    """Yield initializers.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import Initializer
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_initializers(self):
    ...         yield Initializer(name="identity_matrix", target="deepstat_identity.identity:identity")
    >>> from deepstat.registry import Registry
    >>> Registry.from_plugins({"mine": Plugin()}).names("initializer", builtin=False)
    ['identity_matrix']
    """


@hookspec
def deepstat_schedules() -> Iterable[Schedule]:  # type: ignore[empty-body]  # as above
    """Yield schedules of the learning rate.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import Schedule
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_schedules(self):
    ...         yield Schedule(name="halving", target="deepstat_halving.halving:halving")
    >>> from deepstat.registry import Registry
    >>> Registry.from_plugins({"mine": Plugin()}).names("schedule", builtin=False)
    ['halving']
    """


@hookspec
def deepstat_numeric_embeddings() -> Iterable[NumericEmbedding]:  # type: ignore[empty-body]  # as above
    """Yield embeddings of numeric columns: builders of layers.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import NumericEmbedding
    >>> def squares(inputs):
    ...     import torch
    ...     class Squares(torch.nn.Module):
    ...         n_features_out = 2 * inputs.n_numeric
    ...         def forward(self, x):
    ...             return torch.cat([x, x.square()], 1)
    ...     return Squares()
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_numeric_embeddings(self):
    ...         yield NumericEmbedding(name="squares", target=squares, summary="each column and its square")
    >>> from deepstat.registry import Registry
    >>> Registry.from_plugins({"mine": Plugin()}).names("numeric_embedding", builtin=False)
    ['squares']
    """

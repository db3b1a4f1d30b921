"""Claims about every network, whatever it reads: gradients, seeds, weights read back, members of a population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from deepstat.layers.dropout import dropout_layers, number_dropout_layers
from deepstat.records import Component
from deepstat.testing.claim import attempt, claim
from deepstat.training.layout import Layout

# A network from the seed of its weights.
Build = Callable[[int], nn.Module]


def check_gradients(record: Component, network: nn.Module) -> None:
    """Check that a backward pass has left every parameter a finite gradient; then clear them.

    Examples
    --------
    >>> from deepstat.records import Architecture
    >>> idle = nn.Linear(2, 1)
    >>> check_gradients(Architecture(name="idle", target=nn.Linear), idle)
    Traceback (most recent call last):
        ...
    AssertionError: architecture 'idle' does not use its parameter 'weight'; drop it.
    """
    for name, parameter in network.named_parameters():
        gradient = parameter.grad
        claim(record, gradient is not None, f"does not use its parameter {name!r}; drop it.")
        finite = gradient.isfinite().all()  # type: ignore[union-attr]
        claim(record, finite, f"gives its parameter {name!r} a gradient that is not finite.")
    network.zero_grad()


def check_seed(record: Component, build: Build) -> None:
    """Check that two networks built from one seed start alike.

    Examples
    --------
    >>> from deepstat.records import Architecture
    >>> draws = torch.Generator().manual_seed(0)
    >>> def build(seed):
    ...     network = nn.Linear(2, 1)
    ...     nn.init.normal_(network.weight, generator=draws)
    ...     return network
    >>> check_seed(Architecture(name="drifting", target=build), build)
    Traceback (most recent call last):
        ...
    AssertionError: architecture 'drifting' starts 'weight' differently with the same seed.
    """
    one, other = (build(0).state_dict() for _ in range(2))
    for name, value in one.items():
        claim(record, torch.equal(value, other[name]), f"starts {name!r} differently with the same seed.")


def check_weights(
    record: Component, network: nn.Module, rebuilt: nn.Module, given: Sequence[Any], how: str = ""
) -> None:
    """Check that a network rebuilt from another seed predicts the same once it has read the weights.

    Parameters
    ----------
    record : Component
        Of an architecture, or of anything else that builds modules.
    network, rebuilt : nn.Module
    given : sequence
        What both are called with.
    how : str
        What the rebuilt network had to do without, for the sentence.

    Examples
    --------
    >>> from deepstat.records import Architecture
    >>> one, other = nn.Linear(2, 1), nn.Linear(2, 1)
    >>> check_weights(Architecture(name="affine", target=nn.Linear), one, other, [torch.ones(3, 2)])
    """
    with attempt(record, f"to load its own weights into a network rebuilt{how}"):
        rebuilt.load_state_dict(network.state_dict())
    with torch.no_grad():
        same = torch.equal(rebuilt.eval()(*given), network.eval()(*given))
    claim(record, same, "predicts differently after its weights are saved and loaded; keep all it has learned in "
          "parameters and buffers.")  # fmt: skip


def check_members(record: Component, build: Build, given: tuple[Sequence[Any], Sequence[Any]]) -> None:
    """Compare outputs, gradients and buffers of two members under ``torch.func.vmap`` with those of each alone.

    Parameters
    ----------
    record : Component
        Of an architecture, or of anything else that builds modules.
    build : callable
        ``build(seed) -> network``.
    given : pair of sequences
        What each member is called with; an object that both hold is shared, tensors that differ are stacked.

    Examples
    --------
    >>> from deepstat.records import Architecture
    >>> build = lambda seed: nn.Linear(2, 1).double()
    >>> x = torch.ones(3, 2, dtype=torch.float64)
    >>> check_members(Architecture(name="affine", target=build), build, ([x], [2 * x]))
    """
    members = [build(seed) for seed in (3, 4)]
    for seed, network in enumerate(members):
        number_dropout_layers(network)
        for layer in dropout_layers(network).values():
            layer.seed.fill_(seed)
    template = build(0)
    number_dropout_layers(template)
    layout = Layout.of(template)
    shared = [one is other for one, other in zip(*given, strict=True)]
    axes = tuple(None if each else 0 for each in shared)
    whole = [one if each else torch.stack([one, other])
             for each, one, other in zip(shared, *given, strict=True)]  # fmt: skip
    for training in (False, True):
        for network in (template, *members):
            network.train(training)
        flat = torch.stack([layout.flatten(network) for network in members]).requires_grad_()
        buffers = {name: torch.stack([dict(m.named_buffers())[name] for m in members])
                   for name, _ in template.named_buffers()}  # fmt: skip
        with attempt(
            record,
            "under torch.func.vmap; replace what cannot be batched, or say batched=False in its record:",
        ):
            batched = vmap(lambda p, b, *own: functional_call(template, (p, b), own), in_dims=(0, 0, *axes))(
                layout.views(flat), buffers, *whole
            )
            (gradient,) = torch.autograd.grad(batched.square().sum(), flat)
        for m, network in enumerate(members):
            same = _same(network, given[m], batched[m], gradient[m])
            same = same and all(
                torch.allclose(buffers[name][m].double(), value.double())
                for name, value in network.named_buffers()
            )
            claim(record, same, "computes something else for a batched member than for the member alone; say "
                  "batched=False in its record.")  # fmt: skip


def _same(network: nn.Module, given: Sequence[Any], output: Tensor, gradient: Tensor) -> bool:
    network.zero_grad()
    alone = network(*given)
    alone.square().sum().backward()
    own = torch.cat([parameter.grad.reshape(-1) for parameter in network.parameters()])  # type: ignore[union-attr]
    return torch.allclose(output, alone, rtol=1e-8, atol=1e-10) and torch.allclose(
        gradient, own, rtol=1e-7, atol=1e-9
    )

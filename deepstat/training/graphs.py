"""A training step of K members as one graph of tensor operations, run eagerly or compiled.

The step is traced once, through vmap and autograd (some 20 ms). Run as it is, it spares the bookkeeping of both and of
module calls at every step, with the same result to the bit: a third of an eager step of ten small networks. Compiled by
inductor, with the update and the guard in the same graph, it spares most of the rest. Nothing is guarded at run time:
the key of a graph names everything that it depends on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from deepstat.training.compiled import compile_graph
from deepstat.training.objective import mean_loss, with_auxiliary
from deepstat.training.plan import Plan
from deepstat.training.population import Population
from deepstat.training.precision import autocast
from deepstat.training.tracing import trace
from deepstat.training.update import apply_update_masked, guarded, restore

Graph = Callable[..., Any]
_GRAPHS: OrderedDict[Hashable, Graph] = OrderedDict()
_KEPT = 64
_NAMED = ("optimizer", "hyper", "numbers")


def gradient_graph(plan: Plan, population: Population, x: Tensor, y: Tensor, weight: Tensor | None) -> Graph:
    """Return ``graph(population, x, y, weight) -> (losses (K,), gradient (K, P))``, eager."""
    return _cached("gradient", plan, population, x, y, weight, _trace_gradient)


def step_graph(
    plan: Plan, population: Population, x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor
) -> Graph:
    """Return ``graph(population, x, y, weight, learning_rate) -> losses (K,)``, which also updates; compiled."""

    def make(plan: Plan, population: Population, x: Tensor, y: Tensor, weight: Tensor | None) -> Graph:
        return _compile_step(plan, population, x, y, weight, learning_rate)

    return _cached(("step", tuple(learning_rate.shape)), plan, population, x, y, weight, make)


def losses_and_gradient(
    plan: Plan, population: Population, x: Tensor, y: Tensor, weight: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return (K,) losses and the (K, P) gradient, each row of it a function of its member alone."""
    layout, network, dtype = population.layout, population.network, population.flat.dtype

    def member(flat: Any, buffers: Any, numbers: Any, scale: Any, x: Any, y: Any, weight: Any) -> Tensor:
        with autocast(plan):
            raw = functional_call(network, (layout.views(flat), buffers), (x,))
        options = {**numbers, **layout.constant_values(flat)}
        return with_auxiliary(mean_loss(plan.objective, raw.to(dtype), y, weight, options, scale), network)

    with torch.enable_grad():
        flat = population.flat.detach().requires_grad_()
        arguments = (flat, population.running_buffers(), population.numbers, population.scale, x, y, weight)
        if len(population) == 1:
            losses = member(*(_first(argument) for argument in arguments))[None]
        else:
            over = tuple(None if argument is None else 0 for argument in arguments)
            losses = vmap(member, in_dims=over, randomness="different")(*arguments)
        (gradient,) = torch.autograd.grad(losses.sum(), flat)
    return losses.detach(), gradient


def _trace_gradient(plan: Plan, population: Population, x: Tensor, y: Tensor, weight: Tensor | None) -> Graph:
    batch = [x, y] if weight is None else [x, y, weight]
    template = population

    def run(*leaves: Tensor) -> tuple[Tensor, Tensor]:
        state, (x, y, *rest) = leaves[: -len(batch)], leaves[-len(batch) :]
        return losses_and_gradient(plan, _with_leaves(template, state), x, y, rest[0] if rest else None)

    graph = trace(run, [*_leaves(population), *batch])

    def call(population: Population, x: Tensor, y: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor]:
        return (
            graph(*_leaves(population), x, y) if weight is None else graph(*_leaves(population), x, y, weight)
        )

    return call


def _compile_step(
    plan: Plan, population: Population, x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor
) -> Graph:
    penalised = population.layout.penalised(population.flat.dtype, population.flat.device)
    batch = [penalised, learning_rate, x, y] if weight is None else [penalised, learning_rate, x, y, weight]
    template, names = population, guarded(population)

    def run(*leaves: Tensor) -> tuple[Tensor]:
        state, (penalised, rate, x, y, *rest) = leaves[: -len(batch)], leaves[-len(batch) :]
        own = _with_leaves(template, state)
        before = {name: own.buffers[name].clone() for name in names}
        losses, gradient = losses_and_gradient(plan, own, x, y, rest[0] if rest else None)
        apply_update_masked(own, plan.rule, losses, gradient, rate, penalised)
        restore(own, before)
        return (losses,)

    inputs = [*_leaves(population), *batch]
    graph = compile_graph(trace(run, inputs), inputs)

    def call(
        population: Population, x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor
    ) -> Tensor:
        batch = (
            (penalised, learning_rate, x, y) if weight is None else (penalised, learning_rate, x, y, weight)
        )
        (losses,) = graph([*_leaves(population), *batch])
        return losses

    return call


def _cached(
    what: Hashable,
    plan: Plan,
    population: Population,
    x: Tensor,
    y: Tensor,
    weight: Tensor | None,
    make: Callable[[Plan, Population, Tensor, Tensor, Tensor | None], Graph],
) -> Graph:
    # All that a graph takes for granted: compiled code reads memory by the strides that it was made for.
    inputs = [x, y, *([] if weight is None else [weight]), *_leaves(population)]
    shapes = tuple((tuple(leaf.shape), leaf.stride(), leaf.dtype) for leaf in inputs)
    names = tuple(population.hyper), weight is None, population.scale is None
    settings = torch.get_num_threads(), torch.is_autocast_enabled(x.device.type)
    key = (what, plan.key, population.layout, names, shapes, settings)
    graph = _GRAPHS.pop(key, None) or make(plan, population, x, y, weight)
    _GRAPHS[key] = graph
    while len(_GRAPHS) > _KEPT:
        _GRAPHS.popitem(last=False)
    return graph


def _leaves(p: Population) -> list[Tensor]:
    """Return a population's tensors in a fixed order, each once: dropout layers read the step count itself."""
    leaves = [p.flat, p.step, p.count, p.live]
    leaves += [rows for name, rows in p.buffers.items() if name not in p.dropout_steps]
    for name in _NAMED:
        leaves += getattr(p, name).values()
    return leaves if p.scale is None else [*leaves, p.scale]


def _with_leaves(template: Population, leaves: tuple[Tensor, ...]) -> Population:
    """Return the template with other tensors in the order of :func:`_leaves`."""
    rest = list(leaves)
    flat, step, count, live = rest[:4]
    del rest[:4]
    parts: dict[str, Any] = {}
    for part in ("buffers", *_NAMED):
        known = getattr(template, part)
        names = [name for name in known if part != "buffers" or name not in template.dropout_steps]
        parts[part] = {**known, **dict(zip(names, rest, strict=False))}
        del rest[: len(names)]
    return replace(
        template, flat=flat, step=step, count=count, live=live, scale=rest[0] if rest else None, **parts
    )


def _first(argument: Any) -> Any:
    if isinstance(argument, dict):
        return {name: value[0] for name, value in argument.items()}
    return None if argument is None else argument[0]

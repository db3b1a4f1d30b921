"""Losses and gradients of a population, three ways with one meaning: solo, batched, compiled.

Each backend offers ``step(population, x, y, weight, learning_rate) -> losses (K,)``, which trains on one batch, and
``raw(population, x) -> (K, m, k)``, which predicts.
"""

from __future__ import annotations

import contextlib
import types
import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, vmap

from deepstat.training.layout import Layout
from deepstat.training.objective import mean_loss
from deepstat.training.plan import Plan
from deepstat.training.population import Population, bind
from deepstat.training.update import apply_update, apply_update_masked

Step = Callable[[Population, Tensor, Tensor, Tensor | None, Tensor], Tensor]


def autocast(plan: Plan) -> contextlib.AbstractContextManager[Any]:
    """Return the context in which networks run: bfloat16 products, or nothing."""
    if plan.autocast:
        return torch.autocast(plan.table.x.device.type, torch.bfloat16)
    return contextlib.nullcontext()


def can_batch(plan: Plan) -> bool:
    """Try, once and on two rows, whether ``vmap`` can batch the plan's network and loss over members."""
    if plan.batched is not None:
        return plan.batched
    pair = Population.of([plan, plan])
    rows = torch.as_tensor(plan.rows[:2].copy(), device=plan.table.x.device)
    if len(rows) < 2:
        rows = rows.repeat(2)
    x, y = plan.table.x.index_select(0, rows), plan.table.y.index_select(0, rows)
    try:
        Batched(plan, pair).losses_and_gradient(pair, x.expand(2, -1, -1), y.expand(2, -1, -1), None)
    except (RuntimeError, ValueError):  # vmap: no batching rule, data-dependent branch, .item()
        return False
    return True


class Solo:
    """One member without vmap: its network's parameters are views of the flat row, gradients land in a flat row."""

    def __init__(self, plan: Plan, population: Population) -> None:
        self.plan = plan
        buffers = {name: rows[0] for name, rows in population.running_buffers().items()}
        self.network = bind(population.network, population.layout, population.flat[0], buffers)
        self.gradient = torch.zeros_like(population.flat)
        for name, view in population.layout.views(self.gradient[0]).items():
            self.network.get_parameter(name).grad = view
        n = len(population.layout.constants)
        self.constants = population.flat[0].detach()[population.layout.size - n :].requires_grad_()
        self.constants.grad = self.gradient[0][population.layout.size - n :]
        self.numbers = {name: value[0] for name, value in population.numbers.items()}
        self.penalised = population.layout.penalised(population.flat.dtype, population.flat.device)
        self.guarded = _guarded(population)
        self.update = apply_update if population.flat.device.type == "cpu" else apply_update_masked

    def step(self, population: Population, x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor) -> Tensor:
        """Train on one batch of shapes (1, B, width), (1, B, k), (1, B)."""
        before = {name: population.buffers[name].clone() for name in self.guarded}
        loss = self._backward(population, x, y, weight)
        self.update(population, self.plan.rule, loss, self.gradient, learning_rate, self.penalised)
        _restore(population, before)
        return loss

    def _backward(self, population: Population, x: Tensor, y: Tensor, weight: Tensor | None) -> Tensor:
        self.gradient.zero_()
        options = self.numbers
        with torch.enable_grad():
            if population.layout.constants:
                whole = torch.cat([population.flat[0, : population.layout.size - len(self.constants)], self.constants])
                options = {**options, **population.layout.constant_values(whole)}
            with autocast(self.plan):
                raw = self.network(x[0])
            loss = mean_loss(
                self.plan.objective,
                raw.to(population.flat.dtype),
                y[0],
                None if weight is None else weight[0],
                options,
                None if population.scale is None else population.scale[0],
            )
            loss.backward()
        return loss.detach()[None]

    def train(self, mode: bool) -> None:
        """Switch between training and prediction."""
        self.network.train(mode)

    def raw(self, population: Population, x: Tensor) -> Tensor:
        """Predict raw outputs, (1, m, k)."""
        with torch.no_grad(), autocast(self.plan):
            return self.network(x[0])[None].to(population.flat.dtype)


class Batched:
    """All members at once under vmap, eagerly: one backward pass through the flat leaf."""

    def __init__(self, plan: Plan, population: Population) -> None:
        self.plan = plan
        self.network, self.layout = population.network, population.layout
        self.penalised = population.layout.penalised(population.flat.dtype, population.flat.device)
        self.guarded = _guarded(population)
        self.update = apply_update if population.flat.device.type == "cpu" else apply_update_masked

    def losses_and_gradient(
        self, population: Population, x: Tensor, y: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return (K,) losses and the (K, P) gradient, each row of it a function of its member alone."""

        def member(parameters: Any, buffers: Any, options: Any, scale: Any, x: Any, y: Any, weight: Any) -> Tensor:
            with autocast(self.plan):
                raw = functional_call(self.network, (parameters, buffers), (x,))
            return mean_loss(self.plan.objective, raw.to(population.flat.dtype), y, weight, options, scale)

        over = (0, 0, 0, _dim(population.scale), 0, 0, _dim(weight))
        with torch.enable_grad():
            flat = population.flat.detach().requires_grad_()
            losses = vmap(member, in_dims=over, randomness="different")(
                self.layout.views(flat),
                population.running_buffers(),
                {**population.numbers, **self.layout.constant_values(flat)},
                population.scale,
                x,
                y,
                weight,
            )
            (gradient,) = torch.autograd.grad(losses.sum(), flat)
        return losses.detach(), gradient

    def step(self, population: Population, x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor) -> Tensor:
        """Train on one batch of shapes (K, B, width), (K, B, k), (K, B)."""
        before = {name: population.buffers[name].clone() for name in self.guarded}
        losses, gradient = self.losses_and_gradient(population, x, y, weight)
        self.update(population, self.plan.rule, losses, gradient, learning_rate, self.penalised)
        _restore(population, before)
        return losses

    def train(self, mode: bool) -> None:
        """Switch between training and prediction."""
        self.network.train(mode)

    def raw(self, population: Population, x: Tensor) -> Tensor:
        """Predict raw outputs, (K, m, k)."""
        with torch.no_grad(), autocast(self.plan):
            raw = vmap(lambda p, b, x: functional_call(self.network, (p, b), (x,)), randomness="different")(
                self.layout.views(population.flat), population.buffers, x
            )
            return raw.to(population.flat.dtype)


# Compiled steps by population key and shapes: a repeated fit of the same plan compiles nothing.
_COMPILED: OrderedDict[Hashable, Step] = OrderedDict()
_KEPT = 16


def compiled_step(plan: Plan, population: Population) -> Step:
    """Return a step whose gradient, update and guard are one compiled graph; for full batches only.

    ``vmap(grad_and_value)`` and not ``autograd.grad``, which would silently break the graph.
    """
    key = (plan.key, len(population), population.scale is None, population.layout)
    step = _COMPILED.pop(key, None) or _compile(plan, population)
    _COMPILED[key] = step
    while len(_COMPILED) > _KEPT:
        _COMPILED.popitem(last=False)
    return step


def _compile(plan: Plan, population: Population) -> Step:
    graph = torch.compile(_graph(plan, population), fullgraph=True, dynamic=False)
    ready = False

    def step(population: Population, x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor) -> Tensor:
        nonlocal ready
        p = population
        state = (p.flat, p.buffers, p.optimizer, p.step, p.count, p.hyper, p.numbers, p.scale, p.live)
        if ready:
            return graph(*state, x, y, weight, learning_rate)
        with warnings.catch_warnings():  # compiling imports parts of torch that are deprecated by torch itself
            warnings.simplefilter("ignore", DeprecationWarning)
            losses = graph(*state, x, y, weight, learning_rate)
        ready = True
        return losses

    return step


def _graph(plan: Plan, population: Population) -> Callable[..., Tensor]:
    template = replace(population)  # the names and the network; its tensors are replaced by the arguments
    layout, objective, rule, dtype = population.layout, plan.objective, plan.rule, population.flat.dtype
    guarded = _guarded(population)
    penalised = layout.penalised(dtype, population.flat.device)
    network = population.network.train()
    single = len(population) == 1

    def member(flat: Any, buffers: Any, numbers: Any, scale: Any, x: Any, y: Any, weight: Any) -> Tensor:
        with autocast(plan):
            raw = functional_call(network, (layout.views(flat), buffers), (x,))
        return mean_loss(objective, raw.to(dtype), y, weight, {**numbers, **layout.constant_values(flat)}, scale)

    def step(
        flat: Tensor,
        buffers: dict[str, Tensor],
        optimizer: dict[str, Tensor],
        step: Tensor,
        count: Tensor,
        hyper: dict[str, Tensor],
        numbers: dict[str, Tensor],
        scale: Tensor | None,
        live: Tensor,
        x: Tensor,
        y: Tensor,
        weight: Tensor | None,
        learning_rate: Tensor,
    ) -> Tensor:
        p = replace(
            template, flat=flat, buffers=buffers, optimizer=optimizer, step=step, count=count, hyper=hyper,
            numbers=numbers, scale=scale, live=live,
        )  # fmt: skip
        before = {name: buffers[name].clone() for name in guarded}
        arguments = (flat, p.running_buffers(), numbers, scale, x, y, weight)
        if single:
            first = tuple(_first(argument) for argument in arguments)
            row, loss = grad_and_value(member)(*first)
            gradient, losses = row[None], loss[None]
        else:
            over = (0, 0, 0, _dim(scale), 0, 0, _dim(weight))
            gradient, losses = vmap(grad_and_value(member), in_dims=over)(*arguments)
        apply_update_masked(p, rule, losses, gradient, learning_rate, penalised)
        _restore(p, before)
        return losses

    # torch counts recompilations by code object, and refuses after eight: each plan gets one of its own.
    return types.FunctionType(step.__code__.replace(), step.__globals__, "step", step.__defaults__, step.__closure__)


def _first(argument: Any) -> Any:
    if isinstance(argument, dict):
        return {name: value[0] for name, value in argument.items()}
    return None if argument is None else argument[0]


def _dim(argument: Tensor | None) -> int | None:
    return None if argument is None else 0


def _guarded(population: Population) -> list[str]:
    """Names of buffers that a forward pass may move (running statistics) and that a NaN must not reach."""
    moving = [
        path
        for path, module in population.network.named_modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm) or not type(module).__module__.startswith(("torch.", "deepstat."))
    ]
    return [
        name
        for name, rows in population.buffers.items()
        if name.rpartition(".")[0] in moving and rows.is_floating_point()
    ]


def _restore(population: Population, before: dict[str, Tensor]) -> None:
    for name, old in before.items():
        rows = population.buffers[name]
        keep = (population.live > 0).view(-1, *[1] * (rows.dim() - 1))
        rows.copy_(torch.where(keep, rows, old))

"""Steps of a population, three ways with one meaning: solo, batched, compiled.

Each backend offers ``stepper(population, n_steps, x, y, weight, learning_rate)``, which looks at the shapes of a first
batch and returns ``step(x, y, weight, learning_rate) -> losses (K,)`` for a run of such batches; and
``raw(population, x) -> (K, m, k)``, which predicts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from deepstat.layers.draws_rows import DrawsRows
from deepstat.layers.pooling.with_auxiliary_loss import WithAuxiliaryLoss
from deepstat.training.drawn_rows import drawn_rows
from deepstat.training.graphs import gradient_graph, losses_and_gradient, step_graph
from deepstat.training.objective import mean_loss, with_auxiliary
from deepstat.training.plan import Plan
from deepstat.training.population import Population, bind
from deepstat.training.precision import autocast
from deepstat.training.update import apply_update, apply_update_masked, guarded, restore

Step = Callable[[Tensor, Tensor, Tensor | None, Tensor], Tensor]

# Steps of one shape that earn the tracing of their graph back.
STEPS_WORTH_TRACING = 200


def can_batch(plan: Plan) -> bool:
    """Try, once and on two rows, whether ``vmap`` can batch the plan's network and loss over members."""
    if plan.batched is not None:
        return plan.batched
    pair = Population.of([plan, plan])
    rows = torch.as_tensor(plan.rows[[0, -1]], device=plan.table.y.device)
    x, y = plan.table.x.index_select(0, rows), plan.table.y.index_select(0, rows)
    batch = x.expand(2, -1, -1), y.expand(2, -1, -1), None
    try:
        losses_and_gradient(plan, pair, *batch)
        gradient_graph(plan, pair, *batch)
    except (RuntimeError, ValueError):  # vmap: no batching rule, data-dependent branch, .item()
        return False
    return True


_BY_ROW = (nn.Linear, nn.Embedding, nn.LayerNorm, nn.RMSNorm, nn.Identity, nn.Sequential, nn.ModuleList)
_ACROSS = (nn.modules.batchnorm._BatchNorm, nn.MultiheadAttention, nn.Softmax, nn.LogSoftmax, nn.Softmin)


def rows_are_independent(plan: Plan) -> bool:
    """Say whether a row's loss is known to ignore the other rows of its batch, so that a batch may be padded.

    Known are this package's layers and the common ones of torch; a class from elsewhere may do anything.

    Examples
    --------
    >>> [isinstance(layer, _BY_ROW) for layer in (nn.Linear(2, 2), nn.BatchNorm1d(2))]
    [True, False]
    """

    def by_row(module: nn.Module) -> bool:
        if isinstance(module, _ACROSS):
            return False
        home = type(module).__module__
        return type(module) in _BY_ROW or home.startswith(("deepstat.", "torch.nn.modules.activation"))

    return plan.objective.per_row and all(map(by_row, plan.network.modules()))


def worth_tracing_alone(plan: Plan) -> bool:
    """Say whether one member alone is faster by its traced graph: a graph's operations are costly to differentiate.

    Their gradients are Python functions, which autograd calls through several layers at every step: an eighth of the
    time of a small graph network.
    """
    return hasattr(getattr(plan.network, "data", None), "entries") and can_batch(plan)


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
        self.guarded = guarded(population)
        self.adds = any(isinstance(module, WithAuxiliaryLoss) for module in self.network.modules())
        self.update = apply_update if population.flat.device.type == "cpu" else apply_update_masked

    def stepper(self, population: Population, n_steps: int, *batch: Tensor | None) -> Step:
        """Return the step on batches of shapes (1, B, width), (1, B, k), (1, B)."""

        def step(x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor) -> Tensor:
            before = {name: population.buffers[name].clone() for name in self.guarded}
            loss = self._backward(population, x, y, weight)
            self.update(population, self.plan.rule, loss, self.gradient, learning_rate, self.penalised)
            restore(population, before)
            return loss

        return step

    def _backward(self, population: Population, x: Tensor, y: Tensor, weight: Tensor | None) -> Tensor:
        self.gradient.zero_()
        options = self.numbers
        with torch.enable_grad():
            if population.layout.constants:
                whole = torch.cat(
                    [population.flat[0, : population.layout.size - len(self.constants)], self.constants]
                )
                options = {**options, **population.layout.constant_values(whole)}
            own_x, own_y, own_weight = x[0], y[0], None if weight is None else weight[0]
            if isinstance(self.network, DrawsRows):
                own_x, own_y, own_weight = drawn_rows(self.network, own_x, own_y, own_weight)
            with autocast(self.plan):
                raw = self.network(own_x)
            loss = mean_loss(
                self.plan.objective,
                raw.to(population.flat.dtype),
                own_y,
                own_weight,
                options,
                None if population.scale is None else population.scale[0],
            )
            loss = with_auxiliary(loss, self.network) if self.adds else loss
            loss.backward()
        return loss.detach()[None]

    def train(self, mode: bool) -> None:
        """Switch between training and prediction."""
        if self.network.training is not mode:  # going through all modules takes as long as a small step
            self.network.train(mode)

    def raw(self, population: Population, x: Tensor) -> Tensor:
        """Predict raw outputs, (1, m, k)."""
        with torch.no_grad(), autocast(self.plan):
            return self.network(x[0])[None].to(population.flat.dtype)


class Batched:
    """All members at once, eagerly: under vmap, or by the traced graph where enough steps of one shape follow."""

    def __init__(self, plan: Plan, population: Population) -> None:
        self.plan = plan
        self.network, self.layout = population.network, population.layout
        self.penalised = population.layout.penalised(population.flat.dtype, population.flat.device)
        self.guarded = guarded(population)
        self.update = apply_update if population.flat.device.type == "cpu" else apply_update_masked

    def stepper(
        self,
        population: Population,
        n_steps: int,
        x: Tensor,
        y: Tensor,
        weight: Tensor | None,
        learning_rate: Tensor,
    ) -> Step:
        """Return the step on batches of shapes (K, B, width), (K, B, k), (K, B)."""
        run = partial(losses_and_gradient, self.plan)
        if n_steps * self.plan.max_epochs >= STEPS_WORTH_TRACING:
            run = gradient_graph(self.plan, population, x, y, weight)

        def step(x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor) -> Tensor:
            before = {name: population.buffers[name].clone() for name in self.guarded}
            losses, gradient = run(population, x, y, weight)
            self.update(population, self.plan.rule, losses, gradient, learning_rate, self.penalised)
            restore(population, before)
            return losses

        return step

    def train(self, mode: bool) -> None:
        """Switch between training and prediction."""
        if self.network.training is not mode:  # going through all modules takes as long as a small step
            self.network.train(mode)

    def raw(self, population: Population, x: Tensor) -> Tensor:
        """Predict raw outputs, (K, m, k)."""
        with torch.no_grad(), autocast(self.plan):
            raw = vmap(lambda p, b, x: functional_call(self.network, (p, b), (x,)), randomness="different")(
                self.layout.views(population.flat), population.buffers, x
            )
            return raw.to(population.flat.dtype)


def compiled_stepper(
    plan: Plan, population: Population, x: Tensor, y: Tensor, weight: Tensor | None, learning_rate: Tensor
) -> Step:
    """Return the step on full batches of all members: gradient, update and guard as one compiled graph."""
    return partial(step_graph(plan, population, x, y, weight, learning_rate), population)

"""The state of K members, one row each: parameters, buffers, optimizer, step counts, hyperparameters."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.layers.dropout import dropout_layers, number_dropout_layers
from deepstat.training.layout import Layout
from deepstat.training.plan import MemberState, Plan
from deepstat.training.seed import DROPOUT, mix


@dataclass
class Population:
    """K members of one shape.

    Attributes
    ----------
    network : nn.Module
        The code that all members share; its own values are not used.
    layout : Layout
    flat : Tensor of shape (K, P)
    buffers : dict of Tensor
        The network's buffers, stacked.
    optimizer : dict of Tensor
        The update rule's state, K rows.
    step : Tensor of shape (K, 1)
        Updates done by each member, in the dtype of `flat` (what update rules read).
    count : Tensor of shape (K,)
        The same as integers (what dropout hashes).
    hyper : dict of Tensor
        Columns (K, 1): learning rate and options of the rule, penalties, clip; ``learning_rate`` may be (K, P).
    numbers : dict of Tensor
        Float options of the loss, (K,).
    scale : Tensor of shape (K, k) or None
        Residual scales.
    live : Tensor of shape (K, 1)
        One where a member takes updates, zero where its loss is no longer finite.
    dropout_steps : frozenset of str
        Buffers of dropout layers that are the step count.
    """

    network: nn.Module
    layout: Layout
    flat: Tensor
    buffers: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    step: Tensor
    count: Tensor
    hyper: dict[str, Tensor]
    numbers: dict[str, Tensor]
    scale: Tensor | None
    live: Tensor
    dropout_steps: frozenset[str] = frozenset()

    @classmethod
    def of(cls, plans: Sequence[Plan]) -> Population:
        """Stack the starting states of plans that share a key."""
        first = plans[0]
        network = copy.deepcopy(first.network)
        number_dropout_layers(network)
        layout = Layout.of(network, first.objective.constants)
        states = [plan.state or MemberState(flat=layout.flatten(plan.network), buffers={}) for plan in plans]
        flat = torch.stack([state.flat for state in states]).detach().clone()
        buffers = _stack_buffers(plans, states)
        n_steps = torch.tensor([state.n_steps for state in states], device=flat.device)
        _seed_dropout(network, buffers, plans, n_steps)
        optimizer = first.rule.init(flat)
        for name, rows in optimizer.items():
            for k, state in enumerate(states):
                if name in state.optimizer:
                    rows[k] = state.optimizer[name]
        scale = None
        if all(state.scale is not None for state in states):
            scale = torch.stack([state.scale for state in states])  # type: ignore[misc]
        numbers = {name: [p.objective.numbers[name] for p in plans] for name in first.objective.numbers}
        return cls(
            network=network,
            layout=layout,
            flat=flat,
            buffers=buffers,
            optimizer=optimizer,
            step=n_steps.to(flat.dtype)[:, None].clone(),
            count=n_steps.clone(),
            hyper=_hyper(plans, flat),
            numbers={k: torch.tensor(v, dtype=flat.dtype, device=flat.device) for k, v in numbers.items()},
            scale=scale,
            live=flat.new_ones(len(plans), 1),
            dropout_steps=frozenset(f"{path}.step" for path in dropout_layers(network)),
        )

    def __len__(self) -> int:
        return len(self.flat)

    def select(self, members: Tensor) -> Population:
        """Copy the rows `members` into a population of their own."""
        return replace(
            self,
            flat=self.flat[members],
            buffers={name: rows[members] for name, rows in self.buffers.items()},
            optimizer={name: rows[members] for name, rows in self.optimizer.items()},
            step=self.step[members],
            count=self.count[members],
            hyper={name: column[members] for name, column in self.hyper.items()},
            numbers={name: column[members] for name, column in self.numbers.items()},
            scale=None if self.scale is None else self.scale[members],
            live=self.live[members],
        )

    def put(self, members: Tensor, part: Population) -> None:
        """Write a part's state back to the rows `members`; only the first ``len(members)`` rows of it."""
        n = len(members)
        self.flat[members] = part.flat[:n]
        for mine, its in ((self.buffers, part.buffers), (self.optimizer, part.optimizer)):
            for name, rows in mine.items():
                rows[members] = its[name][:n]
        self.step[members] = part.step[:n]
        self.count[members] = part.count[:n]
        self.live[members] = part.live[:n]

    def running_buffers(self) -> dict[str, Tensor]:
        """Return the buffers for a training step: dropout layers read the step count itself."""
        return {
            name: self.count if name in self.dropout_steps else rows for name, rows in self.buffers.items()
        }

    def constants(self) -> dict[str, Tensor]:
        """Return the trained constants, each (K,)."""
        return self.layout.constant_values(self.flat)

    def member(self, k: int) -> MemberState:
        """Copy one member's state out."""
        return MemberState(
            flat=self.flat[k].clone(),
            buffers={name: rows[k].clone() for name, rows in self.buffers.items()},
            optimizer={name: rows[k].clone() for name, rows in self.optimizer.items()},
            n_steps=int(self.count[k]),
            scale=None if self.scale is None else self.scale[k].clone(),
        )


def bind(network: nn.Module, layout: Layout, flat: Tensor, buffers: dict[str, Tensor]) -> nn.Module:
    """Make a copy of `network` whose parameters and buffers are views of one member's row; shares memory."""
    network = copy.deepcopy(network)
    views = layout.views(flat)
    for name, parameter in network.named_parameters():
        parameter.data = views[name]
    for path, value in buffers.items():
        owner, _, name = path.rpartition(".")
        network.get_submodule(owner)._buffers[name] = value
    return network


def settle(network: nn.Module, state: MemberState) -> nn.Module:
    """Put a member's weights and buffers into `network` and switch it to prediction; returns it.

    Every parameter gets memory of its own, aligned: views of one row may be added up in another order.
    """
    layout = Layout.of(network)
    device = next((p.device for p in network.parameters()), state.flat.device)
    for parameter, view in zip(
        network.parameters(), layout.views(state.flat[: layout.size]).values(), strict=True
    ):
        parameter.data = view.detach().to(device, copy=True)
    for path, value in state.buffers.items():
        owner, _, name = path.rpartition(".")
        network.get_submodule(owner)._buffers[name] = value.detach().to(device, copy=True)
    return network.eval()


def _stack_buffers(plans: Sequence[Plan], states: Sequence[MemberState]) -> dict[str, Tensor]:
    own = [
        state.buffers or dict(plan.network.named_buffers()) for plan, state in zip(plans, states, strict=True)
    ]
    return {name: torch.stack([buffers[name] for buffers in own]).detach().clone() for name in own[0]}


def _seed_dropout(
    network: nn.Module, buffers: dict[str, Tensor], plans: Sequence[Plan], n_steps: Tensor
) -> None:
    for path in dropout_layers(network):
        seeds = [mix(plan.seed, DROPOUT) for plan in plans]
        buffers[f"{path}.seed"].copy_(torch.tensor(seeds))
        buffers[f"{path}.step"].copy_(n_steps)


def _hyper(plans: Sequence[Plan], flat: Tensor) -> dict[str, Tensor]:
    def column(values: list[Any]) -> Tensor:
        return torch.tensor(values, dtype=flat.dtype, device=flat.device)[:, None]

    hyper = {name: column([plan.hyper[name] for plan in plans]) for name in plans[0].hyper}
    if plans[0].learning_rates is not None:
        factors = torch.stack([plan.learning_rates for plan in plans])  # type: ignore[misc]
        hyper["learning_rate"] = hyper["learning_rate"] * factors.to(flat)
    if any(plan.l1 for plan in plans):
        hyper["l1"] = column([plan.l1 for plan in plans])
    if any(plan.l2 for plan in plans):
        hyper["l2"] = column([plan.l2 for plan in plans])
    if any(plan.clip is not None for plan in plans):
        hyper["clip"] = column([float("inf") if plan.clip is None else plan.clip for plan in plans])
    return hyper

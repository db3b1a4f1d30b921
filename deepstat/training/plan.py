"""What one member brings to training, and what it takes away. No names are left here: everything is resolved."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor, nn

from deepstat.data.tensors import TensorTable
from deepstat.records import Constant
from deepstat.training.time_limit import TimeLimit


@dataclass(frozen=True, kw_only=True, eq=False)
class Objective:
    """A loss with its options.

    Attributes
    ----------
    loss : callable
        ``loss(raw, target, **options) -> (n,)``, or () if not `per_row` (then it also takes ``weight=``).
    options : mapping
        Float values may differ between members of a population; all others are part of its key.
    constants : tuple of Constant
        Numbers trained with the network; the loss gets them by name.
    scale : {"mad", "huber"}, tuple of k floats or None
        Residual scales: estimated, or numbers in units of the target as trained on.
    """

    loss: Callable[..., Tensor]
    options: Mapping[str, Any] = field(default_factory=dict)
    constants: tuple[Constant, ...] = ()
    scale: str | tuple[float, ...] | None = None
    per_row: bool = True

    @property
    def numbers(self) -> dict[str, float]:
        """Options that may differ between members."""
        return {name: value for name, value in self.options.items() if isinstance(value, float)}

    @property
    def key(self) -> Hashable:
        """What members of one population must share."""
        fixed = tuple(
            sorted((name, repr(value)) for name, value in self.options.items() if name not in self.numbers)
        )
        estimated = self.scale if isinstance(self.scale, str) else self.scale is not None
        return (self.loss, fixed, tuple(sorted(self.numbers)), self.constants, estimated, self.per_row)


@dataclass(kw_only=True, eq=False)
class MemberState:
    """Everything that training changes in one member: enough to go on as if it had never stopped.

    Attributes
    ----------
    flat : Tensor of shape (P,)
        Parameters of the network, then the unconstrained images of the trained constants.
    buffers : dict of Tensor
        The network's buffers.
    optimizer : dict of Tensor
        State of the update rule, without the member axis. Empty: start it afresh.
    n_steps : int
        Updates done.
    scale : Tensor of shape (k,) or None
        Residual scale.
    """

    flat: Tensor
    buffers: dict[str, Tensor]
    optimizer: dict[str, Tensor] = field(default_factory=dict)
    n_steps: int = 0
    scale: Tensor | None = None

    def tensors(self) -> dict[str, Tensor]:
        """Return all tensors by name: ``flat``, ``buffers/...``, ``optimizer/...``, ``scale``."""
        named = {"flat": self.flat}
        named |= {f"buffers/{name}": value for name, value in self.buffers.items()}
        named |= {f"optimizer/{name}": value for name, value in self.optimizer.items()}
        return named if self.scale is None else {**named, "scale": self.scale}

    @classmethod
    def from_tensors(cls, named: Mapping[str, Tensor], n_steps: int) -> MemberState:
        """Rebuild a state from what :meth:`tensors` returned."""

        def part(prefix: str) -> dict[str, Tensor]:
            return {name.removeprefix(prefix): t for name, t in named.items() if name.startswith(prefix)}

        return cls(
            flat=named["flat"],
            buffers=part("buffers/"),
            optimizer=part("optimizer/"),
            n_steps=n_steps,
            scale=named.get("scale"),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """One member's fit: its rows, its network as initialised, its objective and its settings.

    Attributes
    ----------
    table : TensorTable
        Rows of inputs, target and weight; members may share one.
    rows, validation_rows : ndarray of int
        Rows of `table` to learn from, and to stop by (None: no validation).
    center, scale : Tensor of shape (width,) or None
        Standardisation applied to each row after it is gathered: ``(x - center) * scale``.
    network : nn.Module
        Initialised, on the table's device and in its dtype.
    recipe : hashable
        Networks of equal recipes differ in parameters and buffers alone.
    state : MemberState or None
        Where to start instead of the network's own values.
    start : Plan or None
        A fit to do first; this one starts from its weights and keeps its residual scale.
    raw_start : Tensor or None
        Raw outputs of the best constant prediction, where training starts. None: zeros.
    keep_scale : bool
        Keep the residual scale of `state` instead of estimating it anew after each epoch.
    hyper : mapping
        ``learning_rate`` and the options of the update rule.
    learning_rates : Tensor of shape (P,) or None
        Factors on the learning rate by parameter; zero freezes.
    seed, order_seed : int
        Everything random in the fit; the order of its rows alone, where members shall share it (None: `seed`).
    compiled : bool or "auto"
    patience : int or None
        Epochs without improvement (by more than `tol`, relative) of the validation loss before stopping. None: never.
    stop_by : {"loss", "smoothed", "refinement"}
        What of the validation loss epochs are judged by: the loss itself, its median over the last epochs, or (for
        cross-entropy) the log-loss after temperature scaling.
    time_limit : TimeLimit or None
        Training ends when its seconds are over, within an epoch too. Plans that hold the same one share it; those of
        one population have the sum of their distinct ones.
    average_from : float or None
        Share of the epochs after which the mean of the weights is kept. Such a fit does all its epochs; validation
        rows then only choose between the average and the best epoch.
    snapshot_epochs : tuple of int
        Epochs, from one, after which the state is kept beside the result.
    """

    table: TensorTable
    rows: np.ndarray
    validation_rows: np.ndarray | None = None
    center: Tensor | None = None
    scale: Tensor | None = None
    network: nn.Module
    recipe: Hashable
    batched: bool | None = None
    objective: Objective
    state: MemberState | None = None
    start: Plan | None = None
    raw_start: Tensor | None = None
    keep_scale: bool = False
    rule: Any
    hyper: Mapping[str, float]
    learning_rates: Tensor | None = None
    schedule: Callable[..., Tensor] | None = None
    schedule_options: Mapping[str, Any] = field(default_factory=dict)
    batch_size: int
    max_epochs: int
    patience: int | None = None
    stop_by: str = "loss"
    time_limit: TimeLimit | None = None
    average_from: float | None = None
    snapshot_epochs: tuple[int, ...] = ()
    tol: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    clip: float | None = None
    seed: int
    order_seed: int | None = None
    compiled: bool | str = False
    autocast: bool = False
    on_epoch: Callable[[int, Mapping[str, float]], object] | None = None
    checkpoint: str | None = None
    verbose: int = 0

    @cached_property  # asked for at every epoch
    def key(self) -> Hashable:
        """Plans with equal keys train as one population."""
        return (
            self.recipe,
            self.objective.key,
            self.rule.init,
            self.rule.update,
            tuple(sorted(self.hyper)),
            self.batch_size,
            self.table.key,
            self.table.weight is None,
            self.keep_scale,
            self.center is None,
            self.learning_rates is None,
            self.compiled,
            self.autocast,
            self.stop_by,
            self.time_limit is None,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainResult:
    """What training gives back for one member.

    Attributes
    ----------
    state : MemberState
        The weights to predict with (the best ones, where there was validation) and the state to go on from.
    history : list of dict
        One entry an epoch: epoch, loss, and validation_loss where there was validation; refined_loss where epochs were
        judged by it. The last epoch may have been cut short by a time limit.
    best_epoch : int
        Epoch of the weights kept, counted from 1; of an average, its last epoch.
    stopped : {"max_epochs", "early_stopping", "nan", "callback", "time_limit"}
    snapshots : dict of int to MemberState
        The states after the plan's ``snapshot_epochs``, as far as they were reached.
    """

    state: MemberState
    history: list[dict[str, float]]
    best_epoch: int
    stopped: str
    snapshots: dict[int, MemberState] = field(default_factory=dict)

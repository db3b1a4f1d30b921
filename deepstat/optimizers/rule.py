"""What an optimizer is here: an update rule on the flat state of a population."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from torch import Tensor

State = dict[str, Tensor]


class UpdateRule(NamedTuple):
    """An optimizer as two functions, after optax, on K members at once.

    Attributes
    ----------
    init : callable
        ``init(flat) -> state``: tensors of K rows for parameters `flat` (K, P).
    update : callable
        ``update(flat, gradient, state, step, hyper) -> None`` changes `flat` and `state` in place. `gradient` is
        (K, P); `step` is the float tensor (K, 1) of each member's steps, this one counted (first: 1); `hyper` maps
        ``learning_rate`` and every name in `defaults` to a tensor that broadcasts against (K, P): (K, 1), for the
        learning rate possibly (K, P) or (1, P). A rule never mixes rows, never branches on values, and moves a row
        by a multiple of its learning rate, so that a learning rate of zero leaves the row as it is.
    defaults : mapping
        Options with their defaults; each may differ between members.
    compilable : bool
        Whether `update` may be part of a compiled step.
    """

    init: Callable[[Tensor], State]
    update: Callable[[Tensor, Tensor, State, Tensor, Mapping[str, Tensor]], None]
    defaults: Mapping[str, float]
    compilable: bool = True

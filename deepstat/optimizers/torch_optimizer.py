"""Any ``torch.optim.Optimizer`` class as an update rule: one optimizer per member, on the member's row."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from deepstat.errors import suggest
from deepstat.optimizers.rule import State

_STARTED = "started"
_NUMBERS = {"int": torch.int64, "float": torch.float64}
Memory = dict[str, Tensor | int | float]


def torch_rule(optimizer_class: type[Optimizer], **options: Any) -> TorchOptimizerRule:
    """Return the update rule that steps `optimizer_class` for each member.

    Equal arguments give the same object, so that fits with equal settings train as one population.

    Parameters
    ----------
    optimizer_class : subclass of ``torch.optim.Optimizer``
        Its constructor takes ``lr``, its ``step`` needs no closure, and it works on a parameter with one
        axis.
    **options
        For its constructor; numbers, strings, None, and tuples or lists of them.

    Raises
    ------
    TypeError
        Not such a class; or an option that its constructor does not take.
    ValueError
        It cannot step a row of parameters with these options.

    Examples
    --------
    >>> flat, rule = torch.tensor([[1.0], [1.0]]), torch_rule(torch.optim.Adamax, eps=1e-6)
    >>> state = rule.init(flat)
    >>> rate = {"learning_rate": torch.tensor([[0.1], [0.0]])}
    >>> rule.update(flat, torch.tensor([[3.0], [3.0]]), state, torch.ones(2, 1), rate)
    >>> flat
    tensor([[0.9000],
            [1.0000]])
    """
    if not (isinstance(optimizer_class, type) and issubclass(optimizer_class, Optimizer)):
        raise TypeError(f"optimizer is {optimizer_class!r}; give a subclass of torch.optim.Optimizer.")
    name = optimizer_class.__name__
    closure = inspect.signature(optimizer_class.step).parameters.get("closure")
    if closure is not None and closure.default is inspect.Parameter.empty:
        raise TypeError(
            f"{name} evaluates the loss itself (its step needs a closure); choose an optimizer that does not."
        )
    parameters = dict(inspect.signature(optimizer_class).parameters)
    if "lr" not in parameters:
        raise TypeError(f"{name} takes no lr; choose an optimizer with a learning rate.")
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    allowed = sorted(parameters.keys() - {"params", "lr"})
    for option in options:
        if option == "lr":
            raise TypeError(f"{name}: give lr as learning_rate, beside the options.")
        if option not in allowed and not open_ended:
            raise TypeError(
                f"{name} has no option {option!r}; choose of {', '.join(allowed)}.{suggest(option, allowed)}"
            )
    frozen = tuple(sorted((key, tuple(v) if isinstance(v, list) else v) for key, v in options.items()))
    try:
        hash(frozen)
    except TypeError:
        raise TypeError(
            f"{name}: options are numbers, strings, None, and tuples of them; got {options!r}."
        ) from None
    return _rule(optimizer_class, frozen)


@cache
def _rule(optimizer_class: type[Optimizer], options: tuple[tuple[str, Any], ...]) -> TorchOptimizerRule:
    rule = TorchOptimizerRule(optimizer_class, options)
    try:
        rule.init(torch.ones(1, 4))
    except (ValueError, RuntimeError) as error:
        given = ", ".join(f"{name}={value!r}" for name, value in options) or "its defaults"
        raise ValueError(
            f"{optimizer_class.__name__} with {given} cannot step a row of parameters ({error}); "
            "change the options or choose another optimizer."
        ) from error
    return rule


@dataclass(frozen=True, eq=False)
class TorchOptimizerRule:
    """An update rule that lets a torch optimizer move each row; made by :func:`torch_rule`.

    What an optimizer remembers lies, by torch's own contract, in ``state`` and ``param_groups``. All of it is
    kept in the population's state dict as tensors of K rows, named ``<where>.<type>.<key>``, so that members
    are dropped, copied and written to checkpoints as with every other rule. At each step and for each member
    an optimizer is built on the row, given its memory, stepped, and read out again (some 20 microseconds
    beside the step itself). Eager only: torch's optimizers cannot be part of a compiled population step.

    Attributes
    ----------
    optimizer_class : type
    options : tuple of (name, value)
        For the constructor, the same for all members.
    defaults : mapping
        Empty: the learning rate is the only number that may differ between members.
    """

    optimizer_class: type[Optimizer]
    options: tuple[tuple[str, Any], ...] = ()
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({})
    compilable: ClassVar[bool] = False

    def init(self, flat: Tensor) -> State:
        """Return K rows for everything that the optimizer will remember of a row of `flat` (K, P).

        Two trial steps on a copy of the first row show what that is.

        Raises
        ------
        TypeError
            The optimizer remembers something else than tensors and numbers, or not in the two places agreed
            on, or what it remembers changes in kind after its first step.
        """
        optimizer, parameter = self._optimizer(flat[0].detach().clone(), torch.ones_like(flat[0]), 1e-3)
        own, options = _attributes(optimizer), _fixed(optimizer, parameter)
        optimizer.step()
        memory = {name: _as_tensor(value) for name, value in _memory(optimizer, parameter).items()}
        shapes = {name: value.shape for name, value in memory.items()}
        optimizer.step()
        later = {name: _as_tensor(value).shape for name, value in _memory(optimizer, parameter).items()}
        if later != shapes or _attributes(optimizer) != own or _fixed(optimizer, parameter) != options:
            raise TypeError(
                f"{self.optimizer_class.__name__} remembers more than tensors and numbers in its state and "
                "parameter group, from step one on; write it as an UpdateRule (deepstat.optimizers.rule)."
            )
        state = {_STARTED: torch.zeros(len(flat), dtype=torch.bool, device=flat.device)}
        for name, value in memory.items():
            state[name] = torch.zeros(len(flat), *value.shape, dtype=value.dtype, device=flat.device)
        return state

    def update(
        self, flat: Tensor, gradient: Tensor, state: State, step: Tensor, hyper: Mapping[str, Tensor]
    ) -> None:
        """Step each member's optimizer; a member whose learning rate is zero sits the step out.

        Learning rates within a row may be one number, or that number and zeros (frozen parameters).

        Raises
        ------
        ValueError
            A row has two different learning rates.
        RuntimeError
            The optimizer began to remember something new.
        """
        rates = hyper["learning_rate"].expand(len(flat), -1)
        moving = rates != 0
        highest = rates.amax(dim=1, keepdim=True)
        if rates.shape[1] > 1 and not (rates == highest).logical_or_(~moving).all():
            raise ValueError(
                f"{self.optimizer_class.__name__} takes one learning rate a member (and zero for frozen "
                "parameters); give one, or use a built-in optimizer."
            )
        frozen = rates.shape[1] > 1 and not moving.all()
        started = state[_STARTED].tolist()
        columns = {name: rows.tolist() if _kind(name) in _NUMBERS else rows for name, rows in state.items()}
        del columns[_STARTED]
        for k, rate in enumerate(highest[:, 0].tolist()):
            if rate == 0.0:
                continue
            memory = {name: column[k] for name, column in columns.items()}
            before = flat[k].clone() if frozen else None
            own = torch.where(moving[k], gradient[k], 0.0) if frozen else gradient[k]
            for name, value in self._step(flat[k], own, memory, rate, started[k]).items():
                state[name][k] = value
            if before is not None:
                flat[k] = torch.where(moving[k], flat[k], before)
            state[_STARTED][k] = True

    def _step(self, row: Tensor, gradient: Tensor, memory: Memory, rate: float, started: bool) -> Memory:
        """Step one member; return what of its memory does not lie in the state's rows already."""
        optimizer, parameter = self._optimizer(row, gradient, rate)
        if started:
            _recall(optimizer, parameter, memory)
        optimizer.step()
        after = _memory(optimizer, parameter)
        if after.keys() != memory.keys():
            news = ", ".join(sorted(after.keys() ^ memory.keys()))
            raise RuntimeError(
                f"{self.optimizer_class.__name__} changed what it remembers ({news}) during training; "
                "write it as an UpdateRule (deepstat.optimizers.rule)."
            )
        if parameter.data_ptr() != row.data_ptr():  # the optimizer put a new tensor in its place
            row.copy_(parameter.detach())
        if not started:
            return after
        return {name: value for name, value in after.items() if not _same(value, memory[name])}

    def _optimizer(self, row: Tensor, gradient: Tensor, rate: float) -> tuple[Optimizer, nn.Parameter]:
        parameter = nn.Parameter(row.detach())  # shares the row's memory
        parameter.grad = gradient
        return self.optimizer_class([parameter], lr=rate, **dict(self.options)), parameter  # type: ignore[call-arg]


def _memory(optimizer: Optimizer, parameter: nn.Parameter) -> Memory:
    """Read everything that an optimizer remembers, by names ``<where>.<type>.<key>``."""
    memory: Memory = {}
    for where, entries in _places(optimizer, parameter):
        for key, value in entries.items():
            if key in ("params", "lr") or not _is_memory(value):
                continue
            if isinstance(value, Tensor):
                kind = "tensor" if value.device == parameter.device else "host"
                memory[f"{where}.{kind}.{key}"] = value.detach()
            else:
                kind = "int" if isinstance(value, int) else "float"
                memory[f"{where}.{kind}.{key}"] = value
    return memory


def _recall(optimizer: Optimizer, parameter: nn.Parameter, memory: Memory) -> None:
    """Give a fresh optimizer its memory; tensors on the row's device are the rows of the state itself."""
    places = dict(_places(optimizer, parameter))
    for name, value in memory.items():
        where, kind, key = name.split(".", 2)
        places[where][key] = value.cpu() if kind == "host" else value  # type: ignore[union-attr]


def _places(optimizer: Optimizer, parameter: nn.Parameter) -> list[tuple[str, dict[str, Any]]]:
    return [("state", optimizer.state[parameter]), ("group", optimizer.param_groups[0])]


def _is_memory(value: object) -> bool:
    return isinstance(value, (Tensor, int, float)) and not isinstance(value, bool)


def _kind(name: str) -> str:
    return name.split(".", 2)[1] if "." in name else ""


def _as_tensor(value: Tensor | int | float) -> Tensor:
    if isinstance(value, Tensor):
        return value
    return torch.tensor(value, dtype=_NUMBERS["int" if isinstance(value, int) else "float"])


def _same(value: Tensor | int | float, old: Tensor | int | float) -> bool:
    """Tell whether a number is unchanged, or a tensor the very row that it was given."""
    if isinstance(value, Tensor) and isinstance(old, Tensor):
        return value.device == old.device and value.data_ptr() == old.data_ptr()
    return value == old


def _fixed(optimizer: Optimizer, parameter: nn.Parameter) -> dict[str, Any]:
    """Copy what is neither tensor nor number: it has to stay as the constructor made it."""
    return {
        f"{where}.{key}": copy.deepcopy(value)
        for where, entries in _places(optimizer, parameter)
        for key, value in entries.items()
        if key != "params" and value is not None and not _is_memory(value)
    }


def _attributes(optimizer: Optimizer) -> dict[str, Any]:
    """Copy the attributes outside the two places; torch sets a few of its own that begin with ``_warned``."""
    own = {name: value for name, value in vars(optimizer).items() if name not in ("state", "param_groups")}
    return {name: copy.deepcopy(value) for name, value in own.items() if not name.startswith("_warned")}

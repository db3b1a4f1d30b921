"""From the names a user writes to resolved components with checked options. The one place that asks the registry."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import torch
from torch import nn

from deepstat.errors import suggest, unknown
from deepstat.optimizers.rule import UpdateRule
from deepstat.optimizers.torch_optimizer import TorchOptimizerRule, torch_rule
from deepstat.records import (
    Activation,
    Architecture,
    Component,
    Initializer,
    Loss,
    NumericEmbedding,
    Optimizer,
    Schedule,
)
from deepstat.registry import KINDS, registry, resolve, resolve_target

# What a recipe is called with besides its options.
_ARCHITECTURE_ARGUMENTS = ("inputs", "n_outputs")
_READS = {"table": "a table", "graph": "a graph", "graphs": "a list of graphs"}


@dataclass(frozen=True)
class Resolved:
    """A component ready for use.

    Attributes
    ----------
    name : str or None
        ``"plugin/name"``; None for a callable given by the user, which cannot be saved.
    record : Component
    target : object
        What the record names.
    options : mapping
        The user's options, checked against the target's signature.
    """

    name: str | None
    record: Component
    target: Any
    options: Mapping[str, Any]


def resolve_loss(loss: str | Callable[..., Any], params: Mapping[str, Any] | None, task: str) -> Resolved:
    """Resolve a loss for ``"regression"`` or ``"classification"`` and check its options."""
    name, record = find("loss", loss, lambda own: Loss(name=own, target=loss, task=task))  # type: ignore[arg-type]
    assert isinstance(record, Loss)
    if record.task != task:
        others = [n for n in registry().names("loss") if registry().record("loss", n).task == task]  # type: ignore[attr-defined]
        raise ValueError(
            f"loss={record.name!r} is a {record.task} loss: for {task} choose one of {', '.join(others)}."
        )
    target = resolve(record)
    defaults = options_of(target, skip=[constant.name for constant in record.constants] + ["weight"])
    if record.scale is not None:
        defaults["scale"] = record.scale
    options = {**defaults, **check_options("loss", record.name, params, defaults)}
    options = {key: as_number(value, defaults[key]) for key, value in options.items()}
    _check_scale(options.get("scale", 1.0))
    if record.check:
        resolve_target(record.check, f"loss {record.name!r}")(
            **{key: value for key, value in options.items() if key != "scale" or record.scale is None}
        )
    return Resolved(name, record, target, options)


def resolve_architecture(
    architecture: str | Callable[..., Any], params: Mapping[str, Any] | None, takes: str = "table"
) -> tuple[Resolved, Activation]:
    """Resolve an architecture of tables or graphs, and the components named in its options.

    Returned are the architecture, with an activation and a numeric embedding as callables among its options, and the
    record of the activation.
    """
    known = registry().entries["architecture"]
    fitting = sorted(each for each, own in known.items() if any(r.takes == takes for r in own.values()))  # type: ignore[attr-defined]
    if isinstance(architecture, str) and "/" not in architecture and architecture not in known:
        raise unknown("architecture", architecture, fitting, registry().failures())
    name, record = find(
        "architecture",
        architecture,
        lambda own: Architecture(name=own, target=architecture, takes=takes),  # type: ignore[arg-type]
    )
    assert isinstance(record, Architecture)
    if record.takes != takes:
        raise ValueError(
            f"architecture={record.name!r} reads {_READS[record.takes]}, and this estimator has {_READS[takes]}: "
            f"choose one of {', '.join(fitting)}."
        )
    target = resolve(record)
    allowed = options_of(target, _ARCHITECTURE_ARGUMENTS)
    options = dict(check_options("architecture", record.name, params, allowed))
    embedding = options.get("numeric_embedding", allowed.get("numeric_embedding"))
    if isinstance(embedding, (str, NumericEmbedding)):
        options["numeric_embedding"] = resolve(record_of("numeric_embedding", embedding))
    activation = options.get("activation", allowed.get("activation"))
    if isinstance(activation, str):
        found = registry().record("activation", activation)
        assert isinstance(found, Activation)
        options["activation"] = resolve(found)
    else:
        name_of = getattr(activation, "__name__", "identity")
        known = registry().names("activation")
        found = registry().record(
            "activation", name_of if name_of in known else "identity"
        )  # torch.relu is "relu"
    return Resolved(name, record, target, options), found  # type: ignore[return-value]


def resolve_optimizer(optimizer: str | Any, params: Mapping[str, Any] | None) -> Resolved:
    """Resolve an optimizer to an update rule; a ``torch.optim.Optimizer`` class is wrapped."""
    name, record = find("optimizer", optimizer, lambda own: Optimizer(name=own, target=optimizer))
    target = resolve(record)
    if isinstance(target, type) and issubclass(target, torch.optim.Optimizer):
        return Resolved(name, record, torch_rule(target, **(params or {})), {})
    if not isinstance(target, (UpdateRule, TorchOptimizerRule)):
        raise TypeError(
            f"optimizer={optimizer!r} is neither an update rule nor a torch.optim.Optimizer class: "
            "give a name, a deepstat.optimizers.rule.UpdateRule or such a class."
        )
    options = {**target.defaults, **check_options("optimizer", record.name, params, target.defaults)}
    for key, value in options.items():
        if not isinstance(value, Real) or isinstance(value, bool):
            raise ValueError(f"optimizer {record.name!r}: {key}={value!r} must be a number.")
    return Resolved(name, record, target, {key: float(value) for key, value in options.items()})


def resolve_schedule(schedule: str | Callable[..., Any], params: Mapping[str, Any] | None) -> Resolved:
    """Resolve a schedule of the learning rate."""
    name, record = find("schedule", schedule, lambda own: Schedule(name=own, target=schedule))
    target = resolve(record)
    options = check_options("schedule", record.name, params, options_of(target, ("progress",)))
    return Resolved(name, record, target, options)


def resolve_initializer(
    initializer: str | Callable[..., Any] | None, params: Mapping[str, Any] | None
) -> Resolved | None:
    """Resolve an initializer of weights; None leaves them to the architecture."""
    if initializer is None:
        if params:
            raise ValueError(
                f"initializer_params={params!r} needs an initializer: name one, or leave them out."
            )
        return None
    name, record = find("initializer", initializer, lambda own: Initializer(name=own, target=initializer))
    target = resolve(record)
    allowed = {**options_of(target, ("shape", "generator", "gain", "dtype")), "bias": 0.0}
    return Resolved(name, record, target, check_options("initializer", record.name, params, allowed))


def record_of(kind: str, given: Any) -> Component:
    """Return the record that a name stands for, or one made of a callable."""
    return find(kind, given, lambda own: KINDS[kind](name=own, target=given))[1]


def find(kind: str, given: Any, make: Callable[[str], Component]) -> tuple[str | None, Component]:
    """Return the qualified name and the record of a name, a record, or a callable, for which a record is made."""
    if isinstance(given, str):
        return registry().qualified(kind, given), registry().record(kind, given)
    if isinstance(given, Component):
        return None, given
    if callable(given) or isinstance(given, UpdateRule):
        return None, make(getattr(given, "__name__", type(given).__name__).lower())
    raise TypeError(
        f"{kind}={given!r} is neither a name nor a callable: choose one of {', '.join(registry().names(kind))}."
    )


def options_of(target: Any, skip: Sequence[str] = ()) -> dict[str, Any]:
    """Return the options that a target takes, with their defaults."""
    return dict(
        _signature(target, tuple(skip)) if isinstance(target, Hashable) else _read(target, tuple(skip))
    )


def _read(target: Any, skip: tuple[str, ...]) -> dict[str, Any]:
    call = target.__init__ if isinstance(target, type) else target
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature takes no options
        return {}
    if isinstance(target, type) and issubclass(target, nn.Module):
        skip = (*skip, "self")
    return {
        parameter.name: parameter.default
        for parameter in parameters
        if parameter.default is not parameter.empty and parameter.name not in skip
    }


_signature = functools.lru_cache(256)(_read)  # a grid resolves the same few components a thousand times


def check_options(
    kind: str, name: str, params: Mapping[str, Any] | None, allowed: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the options given, which must be among those allowed."""
    if params is None:
        return {}
    if not isinstance(params, Mapping):
        raise TypeError(f"{kind}_params must be a dict of options, got {params!r}.")
    for key in params:
        if key not in allowed:
            known = ", ".join(sorted(allowed)) or "none"
            raise ValueError(
                f"{kind} {name!r} has no option {key!r}: its options are {known}.{suggest(str(key), allowed)}"
            )
    return params


def as_number(value: Any, default: Any) -> Any:
    """Options that are numbers arrive as floats, so that 1 and 1.0 mean the same."""
    is_integer_option = isinstance(default, int) and not isinstance(default, bool)
    if isinstance(value, int) and not isinstance(value, bool) and not is_integer_option:
        return float(value)
    return value


def _check_scale(scale: Any) -> None:
    if isinstance(scale, str) and scale not in ("mad", "huber"):
        raise ValueError(
            f"scale={scale!r} is unknown: use 'mad', 'huber' or a positive number in units of the target."
        )
    if not isinstance(scale, str) and not (isinstance(scale, float) and scale > 0):
        raise ValueError(
            f"scale={scale!r} must be 'mad', 'huber' or a positive number in units of the target."
        )

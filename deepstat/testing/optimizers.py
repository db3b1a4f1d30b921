"""Conformance of optimizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from deepstat.estimators.components import resolve_optimizer
from deepstat.optimizers.rule import State, UpdateRule
from deepstat.records import Optimizer
from deepstat.testing.claim import attempt, claim, no_global_noise

MEMBERS, SIZE = 3, 6
RATES = (0.01, 0.003, 0.001)
STEPS = 200


def check_optimizer(record: Optimizer) -> None:
    """Check that an optimizer keeps the contract of :class:`deepstat.records.Optimizer`.

    With its default options and with those of ``record.example``, in float32 and float64, on a convex quadratic:
    every member moves downhill; a member moves as it would alone, also beside one whose gradient is not a number;
    a learning rate of zero leaves a member, or a single parameter, where it is; the gradient and the
    hyperparameters are not changed; state keeps its names, shapes and dtypes, one row a member; nothing depends on
    reading values (update rules only: a torch optimizer is never compiled).

    Parameters
    ----------
    record : Optimizer
        Its target is an update rule or a ``torch.optim.Optimizer`` class.

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> def descend(flat, gradient, state, step, hyper):
    ...     flat -= hyper["learning_rate"] * gradient
    >>> check_optimizer(Optimizer(name="descent", target=UpdateRule(lambda flat: {}, descend, {})))
    >>> def climb(flat, gradient, state, step, hyper):
    ...     flat += hyper["learning_rate"] * gradient
    >>> check_optimizer(Optimizer(name="ascent", target=UpdateRule(lambda flat: {}, climb, {})))
    Traceback (most recent call last):
        ...
    AssertionError: optimizer 'ascent' does not move member 0 downhill on a convex quadratic.
    """
    for options in (None, dict(record.example)):
        with attempt(record, "to resolve"):
            resolved = resolve_optimizer(record, options)
        rule, hyper = resolved.target, resolved.options
        for dtype in (torch.float32, torch.float64):
            _check_state(record, rule, hyper, dtype)
            _check_downhill(record, rule, hyper, dtype)
        _check_alone(record, rule, hyper)
        _check_not_a_number(record, rule, hyper)
        _check_frozen(record, rule, hyper)
        if isinstance(rule, UpdateRule):
            _check_values_unread(record, rule, hyper)
            _check_hyper(record, rule, hyper)


def _start(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return starting points of all members, away from the minimum at zero, and the curvature."""
    draws = torch.Generator().manual_seed(0)
    flat = 1.0 + torch.rand(MEMBERS, SIZE, generator=draws, dtype=torch.float64)
    curvature = torch.linspace(0.5, 2.0, SIZE, dtype=torch.float64)
    return flat.to(dtype), curvature.to(dtype)


def _columns(options: Mapping[str, float], dtype: torch.dtype, members: int = MEMBERS) -> dict[str, Tensor]:
    columns = {name: torch.full((members, 1), value, dtype=dtype) for name, value in options.items()}
    return {"learning_rate": torch.tensor(RATES[:members], dtype=dtype)[:, None], **columns}


def _run(
    rule: Any, flat: Tensor, curvature: Tensor, hyper: Mapping[str, Tensor], steps: int
) -> tuple[Tensor, State]:
    flat = flat.clone()
    state = rule.init(flat)
    for number in range(1, steps + 1):
        rule.update(flat, curvature * flat, state, flat.new_full((len(flat), 1), number), hyper)
    return flat, state


def _check_state(record: Optimizer, rule: Any, options: Mapping[str, float], dtype: torch.dtype) -> None:
    flat, curvature = _start(dtype)
    hyper = _columns(options, dtype)
    gradient = curvature * flat
    before = gradient.clone(), {name: column.clone() for name, column in hyper.items()}
    with attempt(record, f"on {dtype} members"), no_global_noise(record):
        state = rule.init(flat)
        claim(
            record,
            isinstance(state, dict),
            f"has a state of type {type(state).__name__}; return a dict of tensors.",
        )
        start = {name: (rows.shape, rows.dtype) for name, rows in state.items()}
        for name, (shape, _) in start.items():
            claim(record, shape[:1] == (MEMBERS,), f"has no row for each member in its state {name!r}.")
        for number in (1, 2):
            rule.update(flat, gradient, state, flat.new_full((MEMBERS, 1), number), hyper)
    kept = {name: (rows.shape, rows.dtype) for name, rows in state.items()} == start
    claim(record, kept, "changes the names, shapes or dtypes of its state in an update.")
    claim(record, torch.equal(gradient, before[0]), "changes the gradient in place; work on copies.")
    same = all(torch.equal(column, before[1][name]) for name, column in hyper.items())
    claim(record, same, "changes its hyperparameters in place; keep what it remembers in its state.")


def _check_downhill(record: Optimizer, rule: Any, options: Mapping[str, float], dtype: torch.dtype) -> None:
    flat, curvature = _start(dtype)
    end, _ = _run(rule, flat, curvature, _columns(options, dtype), STEPS)
    claim(record, end.isfinite().all(), f"leaves the finite numbers on a convex quadratic in {dtype}.")
    heights = [(curvature * each.square()).sum(dim=1) for each in (flat, end)]
    for m, (first, last) in enumerate(zip(*heights, strict=True)):
        claim(record, last < first, f"does not move member {m} downhill on a convex quadratic.")


def _check_alone(record: Optimizer, rule: Any, options: Mapping[str, float]) -> None:
    flat, curvature = _start(torch.float64)
    hyper = _columns(options, torch.float64)
    together, _ = _run(rule, flat, curvature, hyper, 20)
    for m in range(MEMBERS):
        own = {name: column[m : m + 1] for name, column in hyper.items()}
        alone, _ = _run(rule, flat[m : m + 1], curvature, own, 20)
        same = torch.allclose(together[m], alone[0], rtol=1e-12, atol=1e-14)
        claim(record, same, "moves a member differently when others are present; never mix rows.")


def _check_not_a_number(record: Optimizer, rule: Any, options: Mapping[str, float]) -> None:
    flat, curvature = _start(torch.float64)
    healthy, _ = _run(rule, flat, curvature, _columns(options, torch.float64), 3)
    flat[1] = float("nan")
    beside, _ = _run(rule, flat, curvature, _columns(options, torch.float64), 3)
    same = torch.equal(healthy[0], beside[0]) and torch.equal(healthy[2], beside[2])
    claim(record, same, "lets a member whose gradient is not a number move the others; never mix rows.")


def _check_frozen(record: Optimizer, rule: Any, options: Mapping[str, float]) -> None:
    flat, curvature = _start(torch.float64)
    hyper = _columns(options, torch.float64)
    hyper["learning_rate"][1] = 0.0
    end, _ = _run(rule, flat, curvature, hyper, 5)
    claim(
        record,
        torch.equal(end[1], flat[1]),
        "moves a member whose learning rate is zero; move by a multiple of it.",
    )
    entries = hyper["learning_rate"].expand(-1, SIZE).clone()
    entries[:, 0] = 0.0
    end, _ = _run(rule, flat, curvature, {**hyper, "learning_rate": entries}, 5)
    still = torch.equal(end[:, 0], flat[:, 0]) and not torch.equal(end[0, 1:], flat[0, 1:])
    claim(record, still, "moves a parameter whose learning rate is zero; rates may be (K, P).")


def _check_values_unread(record: Optimizer, rule: UpdateRule, options: Mapping[str, float]) -> None:
    """Run one update on tensors without values: what branches on values cannot, and could not be compiled."""
    flat, curvature = _start(torch.float64)
    hyper = _columns(options, torch.float64)
    with (
        attempt(
            record,
            "on tensors whose values cannot be read: do not branch on values, use .item() or boolean indices",
        ),
        FakeTensorMode() as fake,
    ):
        given = fake.from_tensor(flat)
        state = rule.init(given)
        columns = {name: fake.from_tensor(column) for name, column in hyper.items()}
        step = fake.from_tensor(torch.ones(MEMBERS, 1, dtype=torch.float64))
        rule.update(given, fake.from_tensor(curvature) * given, state, step, columns)


def _check_hyper(record: Optimizer, rule: UpdateRule, options: Mapping[str, float]) -> None:
    """Give one member the example's options and the others the defaults; each moves as with its own alone."""
    flat, curvature = _start(torch.float64)
    mixed = _columns(rule.defaults, torch.float64)
    for name, value in options.items():
        mixed[name][1] = value
    together, _ = _run(rule, flat, curvature, mixed, 20)
    for m in range(MEMBERS):
        own = {name: column[m : m + 1] for name, column in mixed.items()}
        alone, _ = _run(rule, flat[m : m + 1], curvature, own, 20)
        same = torch.allclose(together[m], alone[0], rtol=1e-12, atol=1e-14)
        claim(record, same, "does not let members have options of their own; broadcast (K, 1) columns.")
    usual = _wander(rule, rule.defaults)
    for name, value in options.items():
        if value != rule.defaults[name]:
            changed = not torch.equal(_wander(rule, {**rule.defaults, name: value}), usual)
            claim(record, changed, f"does not change with its option {name!r}; use it or drop it.")


def _wander(rule: UpdateRule, options: Mapping[str, float]) -> Tensor:
    """Return where noisy gradients take the members: their signs change, so that every kind of memory shows."""
    flat, _ = _start(torch.float64)
    draws = torch.Generator().manual_seed(1)
    state, hyper = rule.init(flat), _columns(options, torch.float64)
    for number in range(1, 21):
        gradient = torch.randn(MEMBERS, SIZE, generator=draws, dtype=torch.float64)
        rule.update(flat, gradient, state, flat.new_full((MEMBERS, 1), number), hyper)
    return flat

"""Conformance of losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import grad_and_value, vmap

from deepstat.estimators.components import resolve_loss
from deepstat.records import Loss
from deepstat.registry import registry, resolve_target
from deepstat.testing.claim import attempt, claim, no_global_noise
from deepstat.training.layout import from_line, to_line

N = 8  # rows
MEMBERS = 3
STEP = 1e-6  # of central differences, in float64
# Raw predictions that a bad start can give; a loss in residual scales is meant for outliers, so it must take those.
FAR = {"identity": 50.0, "exp": 20.0, "sigmoid": 1e3}
OUTLIER = 1e4


def check_loss(record: Loss) -> None:
    """Check that a loss keeps the contract of :class:`deepstat.records.Loss`.

    With its default options and with those of ``record.example``, for one output and for three: shape (n,) and
    never reduced; finite, with finite gradients, on the whole domain and far from the target; a row's loss depends
    on that row alone; several outputs are averaged; the gradient is the derivative; members of a population with
    options of their own get what each would get alone; every option does something. A loss with ``per_row=False``
    returns one number instead, and a weight of two counts as the row twice.

    Parameters
    ----------
    record : Loss

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> def quartic(prediction, target, *, power=4.0):
    ...     return ((prediction - target).abs() ** power).mean(dim=1)
    >>> check_loss(Loss(name="quartic", target=quartic, example={"power": 3.0}))
    >>> check_loss(Loss(name="reduced", target=lambda prediction, target: (prediction - target).square().mean()))
    Traceback (most recent call last):
        ...
    AssertionError: loss 'reduced' returns shape () for 8 rows; return (8,): average over outputs, never over rows.
    """
    _check_record(record)
    for example in (False, True):
        for k in (1, 3):
            case = _Case.of(record, k, example)
            with no_global_noise(record):
                _check_shape(case)
            _check_finite(case)
            _check_gradient(case)
            if record.per_row:
                _check_rows(case)
                if record.task == "regression" and k > 1:
                    _check_average(case)
            else:
                _check_weight(case)
            _check_members(case)
    _check_options(record)
    _check_range(record)
    _check_probabilities(record)


@dataclass(frozen=True)
class _Case:
    """One loss with one set of options and data on which to try it."""

    record: Loss
    loss: Any
    fixed: Mapping[str, Any]
    numbers: Mapping[str, float]  # float options and trained constants: what may differ between members
    prediction: Tensor
    target: Tensor

    @classmethod
    def of(cls, record: Loss, k: int, example: bool) -> _Case:
        options = _options(record, record.example if example else {})
        numbers = {name: value for name, value in options.items() if isinstance(value, float)}
        constants = {constant.name: constant.start for constant in record.constants}
        generator = torch.Generator().manual_seed(k)
        prediction = 2.0 * torch.randn(N, k, generator=generator, dtype=torch.float64)
        return cls(
            record,
            resolve_loss(record, None, record.task).target,
            {name: value for name, value in options.items() if name not in numbers},
            numbers | constants,
            prediction,
            _target(record, k, generator),
        )

    def __call__(self, prediction: Tensor, target: Tensor, **more: Any) -> Tensor:
        return self.loss(prediction, target, **{**self.fixed, **self._tensors(prediction), **more})

    def _tensors(self, like: Tensor) -> dict[str, Tensor]:
        return {name: like.new_tensor(value) for name, value in self.numbers.items()}


def _options(record: Loss, given: Mapping[str, Any]) -> dict[str, Any]:
    options = dict(resolve_loss(record, given, record.task).options)
    if record.scale is not None:
        options.pop("scale")  # the engine divides by it; the loss never sees it
    return options


def _target(record: Loss, k: int, generator: torch.Generator) -> Tensor:
    """Draw a target that meets every corner of its domain."""
    normal = 2.0 * torch.randn(N, k, generator=generator, dtype=torch.float64)
    if record.task == "classification":
        if k == 1:
            soft = normal.sigmoid()
            soft[0], soft[1] = 0.0, 1.0
            return soft
        soft = normal.softmax(dim=1)
        soft[:k] = torch.eye(k, dtype=torch.float64)
        return soft
    if record.domain in ("nonnegative", "count"):
        draws = normal.exp() if record.domain == "nonnegative" else normal.exp().floor()
        draws[0] = 0.0
        return draws
    if record.domain == "unit_interval":
        share = normal.sigmoid()
        share[0], share[1] = 0.0, 1.0
        return share
    return normal.exp() if record.domain == "positive" else normal


def _check_record(record: Loss) -> None:
    with attempt(record, "to resolve"):
        _options(record, record.example)
        for constant in record.constants:
            claim(
                record,
                constant.low < constant.start < constant.high,
                f"starts the constant {constant.name!r} at {constant.start}, outside "
                f"({constant.low}, {constant.high}).",
            )
        if record.start_from:
            registry().record("loss", record.start_from)
    if record.task == "regression" and record.rescale:
        claim(
            record,
            record.domain == "real"
            or (record.link == "exp" and record.domain in ("nonnegative", "positive")),  # only divided
            f"has domain {record.domain!r} and rescale=True, which moves the target out of its domain; "
            "set rescale=False.",
        )


def _check_shape(case: _Case) -> None:
    record, shape = case.record, (N,) if case.record.per_row else ()
    for dtype in (torch.float32, torch.float64):
        prediction, target = case.prediction.to(dtype), case.target.to(dtype)
        before = prediction.clone(), target.clone()
        with attempt(record, f"on {dtype} tensors of shape {tuple(prediction.shape)}"):
            losses = case(prediction, target)
            claim(record, isinstance(losses, Tensor), f"returns {type(losses).__name__}; return a tensor.")
            claim(
                record,
                tuple(losses.shape) == shape,
                f"returns shape {tuple(losses.shape)} for {N} rows; return {shape}: "
                + ("average over outputs, never over rows." if record.per_row else "per_row is False."),
            )
            claim(record, losses.dtype == dtype, f"turns {dtype} into {losses.dtype}; keep the dtype.")
        unchanged = torch.equal(before[0], prediction) and torch.equal(before[1], target)
        claim(record, unchanged, "changes its inputs in place; work on copies.")


def _check_finite(case: _Case) -> None:
    far = FAR[case.record.link] if case.record.scale is None else OUTLIER
    near = [case.target.clone()] if case.record.link == "identity" else []
    for dtype in (torch.float32, torch.float64):
        for prediction in [case.prediction, -far + 0 * case.prediction, far + 0 * case.prediction, *near]:
            given = prediction.to(dtype).requires_grad_()
            with attempt(case.record, "on its domain"):
                losses = case(given, case.target.to(dtype))
                (gradient,) = torch.autograd.grad(losses.sum(), given)
            where = f"predictions from {given.min().item():g} to {given.max().item():g} in {dtype}"
            claim(case.record, losses.isfinite().all(), f"is not finite on its domain for {where}.")
            claim(case.record, gradient.isfinite().all(), f"has a gradient that is not finite for {where}.")


def _check_gradient(case: _Case) -> None:
    given = case.prediction.clone().requires_grad_()
    constants = {each.name: given.new_tensor(each.start).requires_grad_() for each in case.record.constants}
    with attempt(case.record, "to be differentiated"):
        total = case(given, case.target, **constants).sum()
        gradient, *slopes = torch.autograd.grad(total, [given, *constants.values()], allow_unused=True)
    numeric = torch.zeros_like(given)
    with torch.no_grad():
        for index in range(given.numel()):
            shift = torch.zeros_like(given)
            shift.view(-1)[index] = STEP
            up, down = (case(given + sign * shift, case.target).sum() for sign in (1, -1))
            numeric.view(-1)[index] = (up - down) / (2 * STEP)
    _compare(case, gradient, numeric, "the prediction")
    for name, slope in zip(constants, slopes, strict=True):
        up, down = (
            case(given, case.target, **{name: constants[name].detach() + sign * STEP}).sum()
            for sign in (1, -1)
        )
        claim(case.record, slope is not None, f"does not depend on its constant {name!r}.")
        _compare(case, slope, ((up - down) / (2 * STEP)).detach(), f"the constant {name!r}")


def _compare(case: _Case, gradient: Tensor, numeric: Tensor, what: str) -> None:
    close = torch.allclose(gradient, numeric, rtol=1e-5, atol=1e-6)
    claim(
        case.record,
        close,
        f"has a gradient in {what} that differs from finite differences by "
        f"{(gradient - numeric).abs().max().item():.2g}.",
    )


def _check_rows(case: _Case) -> None:
    whole = case(case.prediction, case.target)
    order = torch.arange(N - 1, -1, -1)
    permuted = case(case.prediction[order], case.target[order])
    part = case(case.prediction[: N // 2], case.target[: N // 2])
    separate = torch.allclose(permuted, whole[order], rtol=1e-10, atol=1e-12) and torch.allclose(
        part, whole[: N // 2], rtol=1e-10, atol=1e-12
    )
    claim(
        case.record,
        separate,
        "gives a row another loss when other rows are present; a row's loss must depend on that row alone, "
        "or set per_row=False.",
    )


def _check_average(case: _Case) -> None:
    one = case(case.prediction[:, :1], case.target[:, :1])
    k = case.prediction.shape[1]
    repeated = case(case.prediction[:, :1].expand(-1, k), case.target[:, :1].expand(-1, k))
    equal = torch.allclose(one, repeated, rtol=1e-10, atol=1e-12)
    claim(
        case.record, equal, f"changes when an output is repeated {k} times; average over outputs, do not sum."
    )


def _check_weight(case: _Case) -> None:
    weight = torch.ones(N, dtype=torch.float64)
    with attempt(case.record, "with a weight for each row"):
        plain, unit = (
            case(case.prediction, case.target, weight=None),
            case(case.prediction, case.target, weight=weight),
        )
        weight[0] = 2.0
        weighted = case(case.prediction, case.target, weight=weight)
        rows = torch.tensor([0, *range(N)])
        repeated = case(case.prediction[rows], case.target[rows], weight=None)
    claim(case.record, torch.allclose(plain, unit), "differs between weight None and weights of one.")
    claim(
        case.record,
        torch.allclose(weighted, repeated),
        "does not count a row of weight two as the row twice.",
    )


def _check_members(case: _Case) -> None:
    """Compare a batch of members, each with its own options, with one call for each."""
    numbers = _spread(case)
    draws = torch.Generator().manual_seed(7)
    noise = torch.randn(MEMBERS, *case.prediction.shape, generator=draws, dtype=torch.float64)
    predictions = case.prediction + noise
    targets = case.target.expand(MEMBERS, -1, -1)

    def member(prediction: Tensor, target: Tensor, own: dict[str, Tensor]) -> Tensor:
        return case(prediction, target, **own).sum()

    step = grad_and_value(member)
    with attempt(case.record, "under torch.func.vmap, which trains populations"):
        gradients, values = vmap(step)(predictions, targets, numbers)
    for m in range(MEMBERS):
        alone = {name: each[m] for name, each in numbers.items()}
        gradient, value = step(predictions[m], targets[m], alone)
        same = torch.allclose(values[m], value, rtol=1e-9, atol=1e-12)
        same = same and torch.allclose(gradients[m], gradient, rtol=1e-9, atol=1e-12)
        claim(case.record, same, "gives a member of a population another result than the member alone.")


def _spread(case: _Case) -> dict[str, Tensor]:
    """Return for each number as many allowed values as there are members, from the default to the example."""
    record = case.record
    shares = torch.linspace(0.0, 1.0, MEMBERS, dtype=torch.float64)
    start, end = _options(record, {}), _options(record, record.example)
    spread = {}
    for name, value in case.numbers.items():
        low, high = (each.get(name, value) for each in (start, end))
        low, high = (bound if isinstance(bound, float) else value for bound in (low, high))
        spread[name] = low + shares * (high - low)
    for constant in record.constants:
        spread[constant.name] = from_line(to_line(constant.start, constant) + 0.1 * shares, constant)
    return spread


def _check_options(record: Loss) -> None:
    defaults = _options(record, {})
    for name, value in record.example.items():
        if value == defaults.get(name) or (name == "scale" and record.scale is not None):
            continue
        changed = False
        for k in (1, 3):
            case = _Case.of(record, k, example=False)
            one, other = (
                case(case.prediction, case.target, **{name: each}) for each in (defaults[name], value)
            )
            changed = changed or not torch.equal(one, other)
        claim(record, changed, f"does not change with its option {name!r}; use it or drop it.")


def _check_range(record: Loss) -> None:
    """Check the record's own check: it lets defaults and example pass and refuses numbers that are none."""
    if not record.check:
        return
    options = _options(record, record.example)
    with attempt(record, "its own check"):
        check = resolve_target(record.check, f"loss {record.name!r}")
        check(**_options(record, {}))
        check(**options)
    for name, value in options.items():
        if isinstance(value, float):
            try:
                check(**{**options, name: float("nan")})
            except ValueError:
                continue
            claim(record, False, f"accepts {name}=nan; let its check raise ValueError.")


def _check_probabilities(record: Loss) -> None:
    if not record.probabilities or record.probabilities == "none":
        return
    options = _options(record, record.example)
    for n_classes in (2, 3):
        draws = torch.Generator().manual_seed(n_classes)
        scores = torch.randn(N, n_classes, generator=draws, dtype=torch.float64)
        raw = (2.0 * scores).softmax(dim=1)
        with attempt(record, "to map probabilities back"):
            mapped = resolve_target(record.probabilities, f"loss {record.name!r}")(raw, **options)
            valid = mapped.shape == raw.shape and bool((mapped >= 0).all())
            valid = valid and torch.allclose(mapped.sum(dim=1), raw.new_ones(N))
        claim(
            record,
            valid,
            "maps probabilities to numbers that are none: rows must be positive and sum to one.",
        )

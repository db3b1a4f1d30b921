"""What every built-in loss promises: the claims are functions, each of which rejects a planted fault."""

import inspect

import pytest
import torch

from deepstat.builtin.losses import LOSSES
from deepstat.records import Constant, Loss
from deepstat.registry import Registry, resolve, resolve_target


def widths(record):
    return (1, 3)


CASES = [pytest.param(record, k, id=f"{record.name}-{k}") for record in LOSSES for k in widths(record)]
RECORDS = [pytest.param(record, id=record.name) for record in LOSSES]


def options_of(record):
    """Names and defaults of what a user may set."""
    constants = {constant.name for constant in record.constants} | {"weight"}
    parameters = inspect.signature(resolve(record)).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in constants}


def numbers(record, dtype=torch.float64):
    """Example options and the constants' starts, as 0-d tensors."""
    values = {**record.example, **{constant.name: 0.9 * constant.start for constant in record.constants}}
    return {name: torch.tensor(value, dtype=dtype) for name, value in values.items()}


def batch(record, k, n=6, dtype=torch.float64):
    generator = torch.Generator().manual_seed(7)
    prediction = torch.randn(n, k, dtype=dtype, generator=generator)
    if record.task == "classification":
        noise = torch.randn(n, k, dtype=dtype, generator=generator)
        return prediction, noise.sigmoid() if k == 1 else noise.softmax(dim=1)
    target = 3 * torch.randn(n, k, dtype=dtype, generator=generator)
    return prediction, target if record.domain == "real" else target.abs()


def claim_shape_and_dtype(record, k):
    for dtype in (torch.float32, torch.float64):
        prediction, target = batch(record, k, dtype=dtype)
        copies = prediction.clone(), target.clone()
        for options in ({}, dict(record.example), numbers(record, dtype)):
            out = resolve(record)(prediction, target, **options)
            assert out.shape == ((len(prediction),) if record.per_row else ())
            assert out.dtype == dtype
        assert torch.equal(prediction, copies[0])
        assert torch.equal(target, copies[1])


def claim_rows_apart(record, k):
    loss, (prediction, target) = resolve(record), batch(record, k)
    together = loss(prediction, target, **numbers(record))
    alone = [loss(prediction[[i]], target[[i]], **numbers(record)) for i in range(len(prediction))]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-12, atol=1e-14)


def claim_gradient(record, k):
    prediction, target = batch(record, k)
    values = numbers(record)
    trained = [values.pop(constant.name).requires_grad_() for constant in record.constants]
    names = [constant.name for constant in record.constants]

    def loss(prediction, *constants):
        return resolve(record)(prediction, target, **values, **dict(zip(names, constants, strict=True)))

    assert torch.autograd.gradcheck(loss, (prediction.requires_grad_(), *trained))


def claim_members(record, k):
    """Gradients under vmap, with options of each member's own, equal the loop."""
    _, target = batch(record, k)
    defaults = {**options_of(record), **{constant.name: constant.start for constant in record.constants}}
    values = numbers(record)
    stacked = {
        name: torch.stack([value, torch.full_like(value, defaults[name]), 0.5 * (value + defaults[name])])
        for name, value in values.items()
    }
    predictions = torch.stack([batch(record, k)[0] + shift for shift in (0.0, 0.3, -0.4)])

    def objective(prediction, options):
        return resolve(record)(prediction, target, **options).sum()

    step = torch.func.grad_and_value(objective)
    together = torch.func.vmap(step)(predictions, stacked)
    loop = [step(predictions[j], {name: value[j] for name, value in stacked.items()}) for j in range(3)]
    torch.testing.assert_close(
        together, tuple(torch.stack(part) for part in zip(*loop, strict=True)), rtol=1e-12, atol=1e-14
    )


def claim_extremes(record, k):
    """Far out, values and gradients are finite."""
    for dtype in (torch.float32, torch.float64):
        values = numbers(record, dtype)
        sizes = (
            (1e3,)
            if record.task == "classification"
            else (50.0,)
            if record.link == "exp"
            else (0.0, 1e4, 1e8)
        )
        for size in sizes:
            for sign in (1.0, -1.0):
                _, target = batch(record, k, dtype=dtype)
                if record.task == "classification":
                    target = target.round() if k == 1 else torch.eye(k, dtype=dtype).repeat(2, 1)
                elif record.link == "exp":
                    target = target.sign() * 1e8
                prediction = torch.full_like(target, sign * size)
                if record.task == "classification":
                    prediction[:, 0] *= torch.tensor([1.0, -1.0] * 3, dtype=dtype)
                prediction.requires_grad_()
                out = resolve(record)(prediction, target, **values)
                out.sum().backward()
                assert out.isfinite().all()
                assert prediction.grad.isfinite().all()


def claim_options_matter(record, k):
    prediction, target = batch(record, k)
    loss, values = resolve(record), numbers(record)
    default = loss(prediction, target)
    for name in options_of(record):
        if name == "alpha" and record.name == "focal":
            continue  # None by default; tests/losses/test_focal.py
        if name == "link" and record.name == "cross_entropy":
            continue  # for two classes only; tests/losses/test_classification_losses.py
        assert not torch.allclose(loss(prediction, target, **{name: values[name]}), default)


@pytest.mark.parametrize(("record", "k"), CASES)
@pytest.mark.parametrize(
    "claim", [claim_shape_and_dtype, claim_gradient, claim_members, claim_extremes, claim_options_matter]
)
def test_every_loss_keeps(claim, record, k):
    claim(record, k)


@pytest.mark.parametrize(("record", "k"), [case for case in CASES if case.values[0].per_row])
def test_the_loss_of_a_row_does_not_depend_on_other_rows(record, k):
    claim_rows_apart(record, k)


@pytest.mark.parametrize("record", [case for case in RECORDS if case.values[0].task == "regression"])
def test_regression_losses_average_over_outputs(record):
    loss, (prediction, target) = resolve(record), batch(record, 3)
    columns = [loss(prediction[:, [j]], target[:, [j]], **numbers(record)) for j in range(3)]
    torch.testing.assert_close(loss(prediction, target, **numbers(record)), torch.stack(columns).mean(dim=0))


@pytest.mark.parametrize("record", RECORDS)
def test_records_are_complete_and_resolve(record):
    registered = Registry.from_plugins({}).record("loss", record.name)
    assert registered is record
    assert record.summary
    assert record.reference
    assert set(record.example) <= set(options_of(record))
    assert bool(options_of(record)) == bool(record.example) == bool(record.check)
    assert record.start_from in {"", *(other.name for other in LOSSES)}
    if record.task == "classification":
        assert record.domain == "class"
        assert record.probabilities
        assert not record.rescale
    if record.probabilities not in ("", "none"):
        undo = resolve_target(record.probabilities, record.name)
        raw = torch.tensor([[0.3, 0.7], [0.5, 0.5]], dtype=torch.float64)
        torch.testing.assert_close(undo(raw, **record.example).sum(dim=1), torch.ones(2, dtype=torch.float64))


def test_names_are_unique():
    assert len({record.name for record in LOSSES}) == len(LOSSES)


@pytest.mark.parametrize("record", RECORDS)
def test_every_loss_is_captured_as_one_graph(record):
    k = 3 if record.task == "classification" else 1
    loss, (prediction, target) = resolve(record), batch(record, k)
    stacked = {name: value.expand(2) for name, value in numbers(record).items()}

    def objective(prediction, options):
        return loss(prediction, target, **options).sum()

    step = torch.func.vmap(torch.func.grad_and_value(objective))
    torch.compiler.reset()  # all losses share vmap's wrapper, and its number of graphs is limited
    captured = torch.compile(step, fullgraph=True, backend="eager")
    predictions = torch.stack([prediction, -prediction])
    torch.testing.assert_close(captured(predictions, stacked), step(predictions, stacked))


def branching(prediction, target, *, c=1.0):
    return (target - prediction).square().mean(dim=1) if c > 1 else (target - prediction).abs().mean(dim=1)


def centring(prediction, target):
    return (target - prediction - (target - prediction).mean()).square().mean(dim=1)


def detached(prediction, target):
    return ((target - prediction) * (target - prediction).detach()).mean(dim=1)


def overflowing(prediction, target):
    return (target - prediction).cosh().log().mean(dim=1)


def unused(prediction, target, *, c=1.0):
    return (target - prediction).square().mean(dim=1)


def reduced(prediction, target):
    return (target - prediction).square().mean()


def frozen(prediction, target, *, shape=1.0):
    return (target - prediction).abs().pow(torch.as_tensor(shape).detach()).mean(dim=1)


@pytest.mark.parametrize(
    ("claim", "record", "error"),
    [
        (claim_shape_and_dtype, Loss(name="reduced", target=reduced), AssertionError),
        (claim_rows_apart, Loss(name="centring", target=centring), AssertionError),
        (claim_gradient, Loss(name="detached", target=detached), RuntimeError),
        (
            claim_gradient,
            Loss(name="frozen", target=frozen, constants=(Constant(name="shape", start=2.0),)),
            RuntimeError,
        ),
        (claim_members, Loss(name="branching", target=branching, example={"c": 2.0}), RuntimeError),
        (claim_extremes, Loss(name="overflowing", target=overflowing), AssertionError),
        (claim_options_matter, Loss(name="unused", target=unused, example={"c": 2.0}), AssertionError),
    ],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", None)),
)
def test_every_claim_rejects_a_planted_fault(claim, record, error):
    with pytest.raises(error):
        claim(record, 1)

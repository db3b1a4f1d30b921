"""Schedules against torch's schedulers and values solved by hand."""

import inspect
import math

import pytest
import torch
from torch.optim import lr_scheduler

from deepstat.builtin.schedules import SCHEDULES
from deepstat.registry import resolve

FUNCTIONS = {record.name: resolve(record) for record in SCHEDULES}
NEVER_UP = ["constant", "linear", "cosine", "exponential", "step_decay", "flat_cosine"]


def progress_of(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def factors_of_torch(make_scheduler, n_steps: int) -> torch.Tensor:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = make_scheduler(optimizer)
    factors = []
    for _ in range(n_steps):
        factors.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return torch.tensor(factors, dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "options", "make_scheduler"),
    [
        ("constant", {}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        ("linear", {}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, total_iters=40)),
        ("linear", {"end": 0.2}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.2, total_iters=40)),
        ("cosine", {}, lambda o: lr_scheduler.CosineAnnealingLR(o, 40)),
        ("cosine", {"end": 0.2}, lambda o: lr_scheduler.CosineAnnealingLR(o, 40, eta_min=0.2)),
        ("cosine_restarts", {}, lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 8)),
        (
            "cosine_restarts",
            {"cycles": 2, "end": 0.2},
            lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 20, eta_min=0.2),
        ),
        ("exponential", {}, lambda o: lr_scheduler.ExponentialLR(o, 0.01 ** (1 / 40))),
        ("exponential", {"end": 0.5}, lambda o: lr_scheduler.ExponentialLR(o, 0.5 ** (1 / 40))),
        ("step_decay", {}, lambda o: lr_scheduler.MultiStepLR(o, [20, 30])),
        (
            "step_decay",
            {"factor": 0.5, "at": (0.25, 0.5, 0.75)},
            lambda o: lr_scheduler.StepLR(o, step_size=10, gamma=0.5),
        ),
        (
            "warmup_cosine",
            {"warmup": 0.25, "start": 0.1},
            lambda o: lr_scheduler.SequentialLR(
                o,
                [lr_scheduler.LinearLR(o, 0.1, 1.0, total_iters=10), lr_scheduler.CosineAnnealingLR(o, 30)],
                [10],
            ),
        ),
        (
            "flat_cosine",
            {"flat": 0.25, "end": 0.1},
            lambda o: lr_scheduler.SequentialLR(
                o,
                [lr_scheduler.ConstantLR(o, 1.0), lr_scheduler.CosineAnnealingLR(o, 30, eta_min=0.1)],
                [10],
            ),
        ),
    ],
)
@pytest.mark.filterwarnings(
    "ignore:The epoch parameter in `scheduler.step:UserWarning"
)  # from SequentialLR itself
def test_schedule_equals_torchs_over_forty_steps(name, options, make_scheduler):
    ours = FUNCTIONS[name](torch.arange(40, dtype=torch.float64) / 40, **options)
    torch.testing.assert_close(ours, factors_of_torch(make_scheduler, 40), rtol=1e-9, atol=1e-12)


def test_one_cycle_equals_torchs_up_to_its_last_step():
    """Torch reaches its end at the last of 51 steps and the top at step 51 * pct_start - 1 = 14."""
    ours = FUNCTIONS["one_cycle"](
        torch.arange(50, dtype=torch.float64) / 50, warmup=14 / 50, start=0.1, end=0.02
    )
    theirs = factors_of_torch(
        lambda o: lr_scheduler.OneCycleLR(
            o,
            1.0,
            total_steps=51,
            pct_start=15 / 51,
            anneal_strategy="cos",
            div_factor=10,
            final_div_factor=5,
        ),
        50,
    )
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "start", "middle", "end"),
    [
        ("constant", 1.0, 1.0, 1.0),
        ("linear", 1.0, 0.5, 0.0),
        ("cosine", 1.0, 0.5, 0.0),
        ("cosine_restarts", 1.0, 0.5, 1.0),
        ("exponential", 1.0, 0.1, 0.01),
        ("step_decay", 1.0, 0.1, 0.01),
        ("flat_cosine", 1.0, 1.0, 0.0),
        ("one_cycle", 0.04, 0.5 + 0.5 * math.cos(math.pi * 2 / 7), 0.0),
        ("warmup_cosine", 0.01, 0.5 + 0.5 * math.cos(math.pi * 4 / 9), 0.0),
        ("coslog", 0.0, 0.5 - 0.5 * math.cos(2 * math.pi * math.log2(8.5)), 0.0),
    ],
)
def test_values_at_start_middle_and_end(name, start, middle, end):
    torch.testing.assert_close(FUNCTIONS[name](progress_of(0.0, 0.5, 1.0)), progress_of(start, middle, end))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_wave_of_cosine_restarts_starts_at_the_top_whatever_the_rounding(dtype):
    for cycles in range(1, 60):
        starts = torch.arange(cycles, dtype=dtype) / cycles
        torch.testing.assert_close(
            FUNCTIONS["cosine_restarts"](starts, cycles=cycles), torch.ones_like(starts)
        )


def test_coslog_has_its_waves_between_powers_of_two():
    """With n cycles the factor is 0 where 1 + (2^n - 1) t is a power of two and 1 where it is that times sqrt(2)."""
    for cycles in (2, 4):
        ends = progress_of(*[(2.0**j - 1) / (2.0**cycles - 1) for j in range(cycles + 1)])
        tops = progress_of(*[(2.0 ** (j + 0.5) - 1) / (2.0**cycles - 1) for j in range(cycles)])
        torch.testing.assert_close(FUNCTIONS["coslog"](ends, cycles=cycles), torch.zeros_like(ends))
        torch.testing.assert_close(FUNCTIONS["coslog"](tops, cycles=cycles), torch.ones_like(tops))


@pytest.mark.parametrize("name", NEVER_UP)
def test_decay_never_goes_up(name):
    factors = FUNCTIONS[name](torch.linspace(0.0, 1.0, 101))
    assert (factors.diff() <= 0).all()
    assert (name == "constant") == bool((factors == 1.0).all())


@pytest.mark.parametrize(("name", "warmup"), [("one_cycle", 0.3), ("warmup_cosine", 0.1)])
def test_warmup_goes_up_to_one_and_then_down(name, warmup):
    steps = torch.linspace(0.0, 1.0, 101, dtype=torch.float64)
    factors = FUNCTIONS[name](steps)
    top = round(100 * warmup)
    assert (factors[: top + 1].diff() > 0).all()
    assert (factors[top:].diff() < 0).all()
    assert factors.max().item() == pytest.approx(1.0)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_factors_of_a_table_of_steps_and_members_are_those_of_its_entries(name, dtype):
    progress = torch.rand(6, 3, generator=torch.Generator().manual_seed(1), dtype=dtype)
    before = progress.clone()
    factors = FUNCTIONS[name](progress)
    assert factors.shape == progress.shape
    assert factors.dtype == dtype
    assert ((factors >= 0) & (factors <= 1)).all()
    assert torch.equal(progress, before)
    each = torch.stack([FUNCTIONS[name](value) for value in progress.flatten()]).reshape(6, 3)
    torch.testing.assert_close(factors, each)


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [(record.name, option, value) for record in SCHEDULES for option, value in record.example.items()],
)
def test_every_option_changes_the_factors(name, option, value):
    progress = torch.linspace(0.0, 0.99, 50)
    assert not torch.equal(FUNCTIONS[name](progress), FUNCTIONS[name](progress, **{option: value}))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("flat_cosine", {"flat": 0.0}),
        ("one_cycle", {"warmup": 0.0}),
        ("warmup_cosine", {"warmup": 0.0}),
    ],
)
def test_without_its_first_part_a_schedule_is_the_cosine(name, options):
    progress = torch.linspace(0.0, 0.99, 50)
    torch.testing.assert_close(FUNCTIONS[name](progress, **options), FUNCTIONS["cosine"](progress))


@pytest.mark.parametrize("name", ["flat_cosine", "one_cycle", "warmup_cosine"])
def test_a_first_part_as_long_as_the_fit_leaves_no_decay(name):
    option = "flat" if name == "flat_cosine" else "warmup"
    factors = FUNCTIONS[name](torch.linspace(0.0, 0.99, 50), **{option: 1.0})
    assert (factors.diff() >= 0).all()


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("linear", {"end": -0.1}, r"linear: end=-0.1 is not allowed; give a number from 0 to 1"),
        ("cosine", {"end": 2.0}, "cosine: end=2.0"),
        ("exponential", {"end": 0.0}, "give a number above 0"),
        ("step_decay", {"factor": -1.0}, "step_decay: factor"),
        ("step_decay", {"at": (0.5, 1.5)}, "step_decay: at=1.5"),
        ("step_decay", {"at": (0.75, 0.5)}, "give increasing fractions"),
        ("coslog", {"cycles": 0}, "coslog: cycles=0 is not allowed; give a number of at least 0.5"),
        (
            "cosine_restarts",
            {"cycles": 0.5},
            "cosine_restarts: cycles=0.5 is not allowed; give a number of at least 1",
        ),
        ("cosine_restarts", {"end": -1}, "cosine_restarts: end"),
        ("flat_cosine", {"flat": math.nan}, "flat_cosine: flat=nan"),
        ("flat_cosine", {"end": 1.1}, "flat_cosine: end"),
        ("one_cycle", {"warmup": 1.1}, "one_cycle: warmup"),
        ("one_cycle", {"start": -1}, "one_cycle: start"),
        ("warmup_cosine", {"end": -1}, "warmup_cosine: end"),
    ],
)
def test_options_out_of_range_are_refused_in_one_sentence(name, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        FUNCTIONS[name](torch.zeros(1), **options)


@pytest.mark.parametrize("record", SCHEDULES, ids=lambda record: record.name)
def test_record_is_complete_and_its_example_sets_every_option(record):
    assert record.summary
    assert record.reference
    parameters = inspect.signature(resolve(record)).parameters
    assert set(record.example) == parameters.keys() - {"progress"}

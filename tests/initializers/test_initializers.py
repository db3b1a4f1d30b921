"""Initializers against theory, torch.nn.init, and what they are for: variance through ten layers."""

import math

import pytest
import torch

from deepstat.builtin.initializers import INITIALIZERS
from deepstat.initializers.fans import fans
from deepstat.initializers.he_normal import he_normal
from deepstat.initializers.lecun_normal import lecun_normal
from deepstat.initializers.orthogonal import orthogonal
from deepstat.initializers.xavier_normal import xavier_normal
from deepstat.registry import resolve

FUNCTIONS = {record.name: resolve(record) for record in INITIALIZERS}
TORCH = {
    "zeros": lambda w, gain: torch.nn.init.zeros_(w),
    "constant": lambda w, gain: torch.nn.init.constant_(w, 0.0),
    "normal": lambda w, gain: torch.nn.init.normal_(w, 0.0, 0.01),
    "uniform": lambda w, gain: torch.nn.init.uniform_(w, -0.05, 0.05),
    "xavier_uniform": torch.nn.init.xavier_uniform_,
    "xavier_normal": torch.nn.init.xavier_normal_,
    "he_uniform": lambda w, gain: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu"),
    "he_normal": lambda w, gain: torch.nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "lecun_uniform": lambda w, gain: torch.nn.init.kaiming_uniform_(w, nonlinearity="linear").mul_(gain),
    "lecun_normal": lambda w, gain: torch.nn.init.kaiming_normal_(w, nonlinearity="linear").mul_(gain),
    "orthogonal": torch.nn.init.orthogonal_,
}
SHAPE = (300, 700)
VARIANCE = {  # at gain 1.5
    "normal": 1e-4,
    "uniform": 0.1**2 / 12,
    "xavier_uniform": 2.25 * 2 / 1000,
    "xavier_normal": 2.25 * 2 / 1000,
    "he_uniform": 2 / 700,
    "he_normal": 2 / 700,
    "lecun_uniform": 2.25 / 700,
    "lecun_normal": 2.25 / 700,
    "orthogonal": 2.25 / 700,  # 300 rows of squared length gain², over 300 x 700 entries
}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", VARIANCE)
def test_mean_is_zero_and_variance_as_in_theory(name):
    weights = FUNCTIONS[name](SHAPE, generator=seeded(), gain=1.5, dtype=torch.float64)
    assert weights.var().item() == pytest.approx(
        VARIANCE[name], rel=0.015
    )  # 210,000 draws: 5 standard errors
    assert abs(weights.mean().item()) < 5 * math.sqrt(VARIANCE[name] / weights.numel())


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("shape", [(400, 100), (64, 32, 3, 3)])
def test_spread_and_range_are_those_of_torch(name, shape):
    ours = FUNCTIONS[name](shape, generator=seeded(), gain=1.5)
    theirs = torch.empty(shape)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        TORCH[name](theirs, gain=1.5)
    assert ours.std().item() == pytest.approx(theirs.std().item(), rel=0.04)
    if "uniform" in name:
        assert ours.abs().max().item() == pytest.approx(theirs.abs().max().item(), rel=1e-3)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_generators_give_equal_weights_and_the_global_one_is_untouched(name, dtype):
    before = torch.get_rng_state()
    first, again, other = (FUNCTIONS[name]((8, 5), generator=seeded(s), dtype=dtype) for s in (7, 7, 8))
    assert torch.equal(torch.get_rng_state(), before)
    assert first.dtype == dtype
    assert first.shape == (8, 5)
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (name in ("zeros", "constant"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gain_scales_the_weights_where_the_initializer_uses_it(name):
    once, twice = (FUNCTIONS[name]((8, 5), generator=seeded(), gain=gain) for gain in (1.0, 2.0))
    used = name.startswith(("xavier", "lecun", "orthogonal"))
    torch.testing.assert_close(twice, 2 * once if used else once)


@pytest.mark.parametrize(
    ("name", "options", "low", "high", "std"),
    [
        ("constant", {"value": 0.5}, 0.5, 0.5, 0.0),
        ("normal", {"std": 0.2}, -math.inf, math.inf, 0.2),
        ("normal", {"std": 0.0}, 0.0, 0.0, 0.0),
        ("uniform", {"low": -0.01}, -0.01, 0.05, 0.06 / math.sqrt(12)),
        ("uniform", {"high": 0.15}, -0.05, 0.15, 0.2 / math.sqrt(12)),
    ],
)
def test_options_set_range_and_spread(name, options, low, high, std):
    weights = FUNCTIONS[name]((200, 100), generator=seeded(), **options)
    assert weights.min() >= low
    assert weights.max() <= high
    assert weights.std().item() == pytest.approx(std, rel=0.03)


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9), (4, 2, 3, 3), (12, 2, 2)])
def test_orthogonal_rows_or_columns_have_length_gain(shape):
    weights = orthogonal(shape, generator=seeded(), gain=1.7, dtype=torch.float64).reshape(shape[0], -1)
    product = weights @ weights.T if weights.shape[0] <= weights.shape[1] else weights.T @ weights
    torch.testing.assert_close(product, 1.7**2 * torch.eye(len(product), dtype=torch.float64))


def test_orthogonal_matrices_are_uniform_over_the_group():
    """Of a uniform rotation the trace has mean 0 and variance 1; without the signs of R the mean would be near -1."""
    generator = seeded()
    traces = torch.stack([orthogonal((4, 4), generator=generator).trace() for _ in range(2000)])
    assert abs(traces.mean().item()) < 0.1
    assert traces.var().item() == pytest.approx(1.0, abs=0.15)


def mean_square_after_ten_layers(initializer, activation, gain: float) -> float:
    generator = seeded(3)
    x = torch.randn(100, 400, generator=generator)
    before = activation(x).square().mean()
    for _ in range(10):
        x = activation(x) @ initializer((400, 400), generator=generator, gain=gain).T
    return (activation(x).square().mean() / before).item()


def test_he_keeps_the_mean_square_through_ten_relu_layers_and_xavier_loses_it():
    assert mean_square_after_ten_layers(he_normal, torch.relu, 1.0) == pytest.approx(1.0, abs=0.3)
    assert mean_square_after_ten_layers(xavier_normal, torch.relu, 1.0) == pytest.approx(2.0**-10, rel=0.3)
    assert mean_square_after_ten_layers(xavier_normal, torch.relu, math.sqrt(2)) == pytest.approx(
        1.0, abs=0.3
    )


def test_lecun_with_the_gain_of_an_activation_keeps_its_mean_square():
    gelu = torch.nn.functional.gelu
    assert mean_square_after_ten_layers(lecun_normal, gelu, 1.5335304411955353) == pytest.approx(1.0, abs=0.4)
    assert mean_square_after_ten_layers(lecun_normal, gelu, 1.0) < 0.01


@pytest.mark.parametrize("shape", [(3, 5), (16, 8, 3), (16, 8, 3, 5)])
def test_fans_are_those_of_torch(shape):
    assert fans(shape) == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


@pytest.mark.parametrize(
    "name", [n for n in FUNCTIONS if n.startswith(("xavier", "he", "lecun", "orthogonal"))]
)
def test_weights_of_one_axis_are_refused_and_layers_without_inputs_are_not(name):
    with pytest.raises(ValueError, match=r"shape \(5,\)"):
        FUNCTIONS[name]((5,), generator=seeded())
    assert FUNCTIONS[name]((3, 0), generator=seeded()).shape == (3, 0)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [("normal", {"std": -1.0}, "std=-1.0 is not allowed"), ("uniform", {"low": 1.0}, "give low <= high")],
)
def test_options_out_of_range_are_refused(name, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        FUNCTIONS[name]((2, 2), generator=seeded(), **options)


@pytest.mark.parametrize("record", INITIALIZERS, ids=lambda record: record.name)
def test_record_is_complete_and_its_example_changes_the_weights(record):
    assert record.summary
    assert record.reference
    if record.example:
        default = FUNCTIONS[record.name]((4, 4), generator=seeded())
        assert not torch.equal(default, FUNCTIONS[record.name]((4, 4), generator=seeded(), **record.example))

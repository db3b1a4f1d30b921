"""Activations against closed forms in numpy and scipy, their gains against quadrature, and under vmap."""

import math

import numpy as np
import pytest
import torch
from scipy import special, stats
from scipy.integrate import quad

from deepstat.builtin.activations import ACTIVATIONS
from deepstat.layers.activation import make_activation
from deepstat.registry import resolve

RECORDS = {record.name: record for record in ACTIVATIONS}
CUSTOMARY = {"sigmoid": 1.0, "tanh": 5 / 3, "selu": 3 / 4}
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. (2017)

CLOSED = [
    ("identity", {}, lambda x: x),
    ("sigmoid", {}, special.expit),
    ("tanh", {}, np.tanh),
    ("threshold", {}, lambda x: np.heaviside(x, 0.0)),
    ("relu", {}, lambda x: np.maximum(x, 0.0)),
    ("leaky_relu", {}, lambda x: np.maximum(x, 0.01 * x)),
    ("leaky_relu", {"negative_slope": 0.2}, lambda x: np.maximum(x, 0.2 * x)),
    ("prelu", {}, lambda x: np.maximum(x, 0.25 * x)),
    ("prelu", {"slope": 0.125}, lambda x: np.maximum(x, 0.125 * x)),
    ("softplus", {}, lambda x: np.logaddexp(0.0, x)),
    ("softplus", {"beta": 2.0}, lambda x: np.logaddexp(0.0, 2.0 * x) / 2.0),
    ("elu", {}, lambda x: np.where(x > 0, x, np.expm1(x))),
    ("elu", {"alpha": 0.5}, lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
    ("selu", {}, lambda x: SCALE * np.where(x > 0, x, ALPHA * np.expm1(x))),
    ("gelu", {}, lambda x: x * stats.norm.cdf(x)),
    (
        "gelu",
        {"approximate": "tanh"},
        lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    ("silu", {}, lambda x: x * special.expit(x)),
    ("swish", {}, lambda x: x * special.expit(x)),
    ("swish", {"beta": 0.5}, lambda x: x * special.expit(0.5 * x)),
    ("swish", {"beta": 0.0}, lambda x: 0.5 * x),
    ("mish", {}, lambda x: x * np.tanh(np.logaddexp(0.0, x))),
]


def layer(name: str, **options: object) -> torch.nn.Module:
    return make_activation(resolve(RECORDS[name]), options).double()


@pytest.mark.parametrize(("name", "options", "closed"), CLOSED)
def test_activation_equals_its_closed_form(name, options, closed):
    x = np.concatenate([np.linspace(-6.0, 6.0, 97), [-30.0, 30.0]])
    with torch.no_grad():
        ours = layer(name, **options)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(ours, closed(x), rtol=1e-12, atol=1e-12)


def test_every_activation_and_every_example_has_a_closed_form_here():
    assert {name for name, _, _ in CLOSED} == set(RECORDS)
    for record in ACTIVATIONS:
        assert not record.example or any(n == record.name and o == dict(record.example) for n, o, _ in CLOSED)


@pytest.mark.parametrize("name", [name for name in RECORDS if name not in CUSTOMARY])
def test_gain_keeps_the_mean_square_of_a_standard_normal(name):
    activation = layer(name)

    def density(z: float) -> float:
        with torch.no_grad():
            return float(activation(torch.tensor([z], dtype=torch.float64))) ** 2 * stats.norm.pdf(z)

    mean_square = quad(density, -12.0, 0.0, epsabs=1e-12)[0] + quad(density, 0.0, 12.0, epsabs=1e-12)[0]
    assert RECORDS[name].gain ** 2 * mean_square == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", ["relu", "tanh", "selu", "sigmoid"])
def test_gain_is_that_of_torch(name):
    assert RECORDS[name].gain == pytest.approx(torch.nn.init.calculate_gain(name))


def test_leaky_relu_gain_is_that_of_torch():
    assert RECORDS["leaky_relu"].gain == pytest.approx(torch.nn.init.calculate_gain("leaky_relu", 0.01))


@pytest.mark.parametrize("name", RECORDS)
def test_only_the_threshold_is_untrainable_and_has_no_gradient(name):
    x = torch.linspace(-2.0, 2.0, 10, dtype=torch.float64, requires_grad=True)
    value = layer(name)(x).sum()
    if RECORDS[name].trainable:
        value.backward()
        assert (x.grad != 0).any()
    else:
        assert name == "threshold"
        assert not value.requires_grad


@pytest.mark.parametrize("name", RECORDS)
def test_activation_under_vmap_equals_a_loop_over_members(name):
    activation = layer(name)
    x = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    torch.testing.assert_close(torch.func.vmap(activation)(x), torch.stack([activation(each) for each in x]))


def test_prelu_slopes_of_members_have_gradients_of_their_own():
    activation = layer("prelu")
    x = torch.randn(3, 20, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    slopes = torch.tensor([[0.1], [0.5], [0.9]], dtype=torch.float64)

    def total(slope, row):
        return torch.func.functional_call(activation, {"slope": slope}, (row,)).sum()

    gradient = torch.func.vmap(torch.func.grad(total))(slopes, x)
    torch.testing.assert_close(gradient[:, 0], x.clamp(max=0.0).sum(dim=1))


def test_prelu_works_where_inputs_are_of_lower_precision():
    activation = make_activation(resolve(RECORDS["prelu"]))
    assert activation(torch.tensor([-2.0], dtype=torch.bfloat16)).dtype == torch.bfloat16
    assert "slope=0.25" in repr(activation)


def test_softplus_refuses_a_beta_that_is_not_positive():
    with pytest.raises(ValueError, match=r"softplus: beta=0\.0 is not allowed; give a positive number"):
        layer("softplus", beta=0.0)(torch.zeros(1))


@pytest.mark.parametrize("record", ACTIVATIONS, ids=lambda record: record.name)
def test_record_says_what_it_is_and_whose(record):
    assert callable(resolve(record))
    assert record.summary
    assert record.reference
    assert record.gain > 0

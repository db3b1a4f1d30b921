import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap

from deepstat.layers.dropout import Dropout, dropout_layers, number_dropout_layers

N = 1 << 18


def layer_at(p=0.5, seed=0, step=0, layer=0):
    module = Dropout(p)
    module.seed.fill_(seed)
    module.step.fill_(step)
    module.layer = layer
    return module


def kept(n=N, **state):
    return layer_at(**state)(torch.ones(n)).numpy() > 0


def largest_z(masks):
    """Return the largest correlation of two masks in standard errors, and the limit of chance."""
    m = len(masks)
    correlation = np.corrcoef(np.array(masks, dtype=float)) - np.eye(m)
    return np.abs(correlation).max() * np.sqrt(len(masks[0])), stats.norm.isf(1e-4 / (m * (m - 1)))


@pytest.mark.parametrize("p", [0.001, 0.1, 0.25, 0.5, 0.9, 0.99])
def test_dropout_keeps_the_stated_fraction(p):
    count = kept(p=p, seed=11, step=3).sum()
    assert stats.binomtest(int(count), N, 1 - p).pvalue > 1e-4


def test_kept_entries_are_divided_by_the_keep_probability_and_others_are_zero():
    x = torch.randn(50, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    out = layer_at(0.3, seed=5).double()(x)
    ratio = out / x
    assert ((ratio == 0) | ((ratio - 1 / 0.7).abs() < 1e-7)).all()
    assert (out == 0).any()
    assert (out != 0).any()


def test_dropout_of_zero_returns_the_values_unchanged():
    x = torch.randn(100, 64)
    assert torch.equal(layer_at(0.0, seed=3)(x), x)


def test_evaluation_returns_the_input_itself():
    x = torch.randn(3, 4)
    assert layer_at(0.9).eval()(x) is x


def test_a_larger_p_drops_a_superset():
    assert (kept(p=0.2, seed=1) >= kept(p=0.5, seed=1)).all()


@pytest.mark.parametrize("name", ["seed", "step", "layer"])
@pytest.mark.parametrize("p", [0.1, 0.5])
def test_masks_of_neighbouring_seeds_steps_and_layers_are_uncorrelated(name, p):
    z, limit = largest_z([kept(p=p, **{name: value}) for value in range(12)])
    assert z < limit


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_neighbouring_elements_are_uncorrelated(p):
    x = kept(p=p, seed=2, step=7) - (1 - p)
    lags = [*range(1, 130), 256, 1024, 4096, 65536]
    z = [abs((x[:-lag] * x[lag:]).mean()) / (p * (1 - p)) * np.sqrt(N - lag) for lag in lags]
    assert max(z) < stats.norm.isf(1e-4 / len(lags))


@pytest.mark.parametrize("seed", [0, 1, 2**62 + 12345])
def test_bytes_of_eight_entries_are_uniform(seed):
    counts = np.bincount(np.packbits(kept(1 << 20, seed=seed, step=1)), minlength=256)
    assert 1e-4 < stats.chisquare(counts).pvalue < 1 - 1e-4


@pytest.mark.parametrize("name", ["seed", "step"])
def test_bytes_of_one_entry_over_consecutive_seeds_and_steps_are_uniform(name):
    state = {"seed": torch.tensor(9), "step": torch.tensor(4)}
    values = torch.arange(1 << 19)
    module = layer_at()

    def first_entry(value):
        return functional_call(module, {"p": module.p, **state, name: value}, (torch.ones(1),))

    mask = vmap(first_entry)(values).squeeze(1).numpy() > 0
    assert stats.chisquare(np.bincount(np.packbits(mask), minlength=256)).pvalue > 1e-4


@pytest.mark.parametrize("n_members", [2, 5])
def test_a_member_has_the_same_noise_in_any_population_and_alone(n_members):
    modules = [
        layer_at(p, seed, step=6, layer=2)
        for p, seed in zip([0.1, 0.5, 0.3, 0.0, 0.9], range(5), strict=True)
    ]
    x = torch.randn(5, 32, 8, dtype=torch.float64)
    buffers = stack_module_state(modules[:n_members])[1]
    together = vmap(lambda b, row: functional_call(modules[0], b, (row,)))(buffers, x[:n_members])
    for member, module in enumerate(modules[:n_members]):
        assert torch.equal(together[member], module(x[member]))


def test_dropout_touches_no_global_generator():
    before = torch.get_rng_state()
    layer_at(0.5)(torch.ones(100))
    assert torch.equal(before, torch.get_rng_state())


def test_the_gradient_is_the_mask_over_the_keep_probability():
    module = layer_at(0.25, seed=8).double()
    x = torch.randn(6, 5, dtype=torch.float64, requires_grad=True)
    mask = module(torch.ones(6, 5, dtype=torch.float64))
    module(x).sum().backward()
    assert torch.equal(x.grad, mask)
    assert torch.autograd.gradcheck(module, (x,))


def test_number_dropout_layers_gives_each_layer_its_own_noise():
    network = nn.Sequential(Dropout(0.5), nn.Sequential(nn.ReLU(), Dropout(0.5)))
    number_dropout_layers(network)
    layers = dropout_layers(network)
    assert list(layers) == ["0", "1.1"]
    masks = [layer(torch.ones(200)) for layer in layers.values()]
    assert not torch.equal(*masks)


@pytest.mark.parametrize("p", [-0.1, 1.0, float("nan")])
def test_a_p_outside_zero_to_one_is_refused(p):
    with pytest.raises(ValueError, match="0 <= p < 1"):
        Dropout(p)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # raised inside torch.compile
def test_compiled_dropout_equals_eager_to_the_bit():
    module = layer_at(layer=3)
    buffers = {
        "p": torch.tensor([0.1, 0.5]),
        "seed": torch.tensor([2**62 + 1, 5]),
        "step": torch.tensor([7, 8]),
    }

    def total(x, b):
        return (functional_call(module, b, (x,)) ** 2).sum()

    population = vmap(grad_and_value(total))
    x = torch.randn(2, 33, 7)
    gradient, value = torch.compile(population, fullgraph=True)(x, buffers)
    expected_gradient, expected_value = population(x, buffers)
    assert torch.equal(gradient, expected_gradient)
    torch.testing.assert_close(value, expected_value)  # a sum: the order of addition may differ

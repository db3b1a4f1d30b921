import pytest
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from deepstat.errors import UnknownName
from deepstat.layers.normalization import BatchNorm, make_normalization


def test_batch_norm_equals_torch_in_training_and_evaluation():
    ours, theirs = make_normalization("batch", 3), nn.BatchNorm1d(3)
    for _ in range(3):
        x = torch.randn(8, 3) * 2 + 1
        assert torch.equal(ours(x), theirs(x))
    assert torch.equal(ours.eval()(x), theirs.eval()(x))


def test_a_batch_of_one_row_is_normalised_by_the_running_statistics_and_leaves_them():
    layer = BatchNorm(3)
    layer(torch.randn(50, 3) * 2 + 1)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    row = torch.randn(1, 3)
    assert torch.equal(layer(row), layer.eval()(row))
    for name, value in layer.state_dict().items():
        assert torch.equal(value, before[name])


def test_batch_norm_keeps_running_statistics_by_member():
    layers = [BatchNorm(3).double() for _ in range(2)]
    parameters, buffers = stack_module_state(layers)
    x = torch.randn(2, 9, 3, dtype=torch.float64)
    out = vmap(lambda p, b, x: functional_call(layers[0], (p, b), (x,)))(parameters, buffers, x)
    for member in range(2):
        solo = nn.BatchNorm1d(3).double()
        torch.testing.assert_close(out[member], solo(x[member]), rtol=1e-12, atol=1e-12)
        for name, value in solo.named_buffers():
            torch.testing.assert_close(buffers[name][member], value, rtol=1e-12, atol=1e-12)


def test_none_is_no_layer():
    assert make_normalization("none", 3) is None


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'batch'"):
        make_normalization("bach", 3)

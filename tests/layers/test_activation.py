import copy
import pickle

import pytest
import torch
from torch import nn

from deepstat.layers.activation import ActivationLayer, make_activation


def test_a_function_becomes_a_layer_with_its_options_bound():
    x = torch.linspace(-2, 2, 9)
    layer = make_activation(nn.functional.leaky_relu, {"negative_slope": 0.3})
    assert torch.equal(layer(x), nn.LeakyReLU(0.3)(x))


def test_a_module_class_is_built_anew_for_each_place():
    first, second = make_activation(nn.PReLU, {"init": 0.1}), make_activation(nn.PReLU, {"init": 0.1})
    assert first is not second
    assert first.weight.item() == pytest.approx(0.1)


def test_a_built_module_is_refused():
    with pytest.raises(TypeError, match="give the class ReLU"):
        make_activation(nn.ReLU())


def test_what_is_not_callable_is_refused():
    with pytest.raises(TypeError, match="'relu'"):
        make_activation("relu")


@pytest.mark.parametrize("params", [None, {"alpha": 0.5}])
def test_an_activation_layer_survives_copy_and_pickle(params):
    layer = ActivationLayer(nn.functional.elu, params)
    x = torch.linspace(-1, 1, 5)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other(x), layer(x))


def test_the_name_and_the_options_are_shown():
    assert repr(ActivationLayer(nn.functional.elu, {"alpha": 0.5})) == "ActivationLayer(elu, alpha=0.5)"

import pytest
import torch
from torch import nn

from deepstat.builtin.numeric_embeddings import NUMERIC_EMBEDDINGS
from deepstat.data.inputs import Inputs
from deepstat.layers.build_numeric_embedding import BY_NAME, build_numeric_embedding
from deepstat.registry import resolve


def test_names_for_networks_built_by_hand_are_those_registered():
    assert {record.name: resolve(record) for record in NUMERIC_EMBEDDINGS} == BY_NAME


class Doubled(nn.Module):
    def __init__(self, inputs, *, factor=2.0):
        super().__init__()
        self.n_features_out, self.factor = inputs.n_numeric, factor

    def forward(self, x):
        return self.factor * x


def test_a_class_is_built_with_its_options():
    layer = build_numeric_embedding(Inputs(2), Doubled, {"factor": 3.0})
    assert torch.equal(layer(torch.ones(1, 2)), torch.full((1, 2), 3.0))
    with pytest.raises(ValueError, match="Did you mean 'factor'"):
        build_numeric_embedding(Inputs(2), Doubled, {"factors": 3.0})


@pytest.mark.parametrize("embedding", [3, nn.Identity()])
def test_what_builds_nothing_is_refused(embedding):
    with pytest.raises(TypeError, match="a callable that builds a layer"):
        build_numeric_embedding(Inputs(2), embedding)


@pytest.mark.parametrize("build", [lambda inputs: torch.relu, lambda inputs: nn.Linear(1, 1)])
def test_a_layer_of_unknown_width_is_refused(build):
    with pytest.raises(TypeError, match="n_features_out"):
        build_numeric_embedding(Inputs(2), build)

import pytest
import torch
from torch import nn

from deepstat.architectures.mlp import mlp
from deepstat.architectures.tabular import BINS_TOGETHER, EMBEDDED, bins_for, tabular
from deepstat.data.inputs import Inputs
from deepstat.layers.column_encoder import ColumnEncoder
from deepstat.layers.feature_gate import FeatureGate
from deepstat.layers.ntk_linear import NTKLinear
from deepstat.layers.numeric_embeddings.periodic import periodic
from deepstat.layers.piecewise_linear import PiecewiseLinearEmbedding


def inputs_of(n_numeric=3, cardinalities=(4, 12), n=60):
    torch.manual_seed(0)
    codes = [torch.randint(0, levels + 1, (n, 1)) for levels in cardinalities]
    sample = torch.cat([torch.randn(n, n_numeric), *codes], 1)
    return Inputs(n_numeric, cardinalities, sample, target=torch.randn(n, 1))


def built(inputs=None, **options):
    torch.manual_seed(1)
    return tabular(inputs_of() if inputs is None else inputs, 2, **options)


def test_columns_stand_beside_their_bins():
    encoder = built().get_submodule("0")
    assert isinstance(encoder, ColumnEncoder)
    assert isinstance(encoder.numeric, PiecewiseLinearEmbedding)
    assert encoder.numeric.start.shape == (3, 1, 32)
    assert encoder.numeric.n_features_out == 3 * 8 + 3
    sample = inputs_of().sample
    torch.testing.assert_close(encoder(sample)[:, 24:27], sample[:, :3])


def test_larger_tables_get_more_bins():
    embeddings = [
        built(Inputs(3, n_rows=n)).get_submodule("0").numeric for n in (4_095, 4_096, 8_191, 8_192, 10**6)
    ]
    assert [own.start.shape[-1] for own in embeddings] == [32, 64, 64, 128, 128]
    named = built(Inputs(3, n_rows=4_096), numeric_embedding_params={"n_bins": 5})
    assert named.get_submodule("0").numeric.start.shape[-1] == 5


def test_many_columns_bound_the_bins():
    for n_numeric in (8, 100, 700):
        bins = bins_for(n_numeric, 10**6)
        assert n_numeric * bins["n_bins"] <= BINS_TOGETHER
        assert bins["n_outputs"] == 1 or n_numeric * bins["n_outputs"] <= EMBEDDED


def test_without_embedding_it_is_the_perceptron():
    inputs = inputs_of()
    torch.manual_seed(1)
    twin = mlp(inputs, 2, hidden_layer_sizes=(128, 128))
    own = built(inputs, numeric_embedding="none")
    torch.testing.assert_close(own(inputs.sample), twin(inputs.sample))


OPTIONS = {
    "hidden_layer_sizes": (16,),
    "activation": torch.tanh,
    "dropout": 0.5,
    "normalization": "layer",
    "parametrization": "ntk",
    "start": "data",
    "gates": True,
    "skip": True,
    "numeric_embedding": periodic,
    "numeric_embedding_params": {"n_bins": 4},
    "embedding_dim": 3,
    "one_hot_max": 20,
    "category_encoding": "ordered",
    "numeric_scaling": "robust",
}


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_every_option_changes_the_network(name):
    inputs, option = inputs_of(), {name: OPTIONS[name]}
    plain, other = built(inputs), built(inputs, **option)
    if name == "gates":  # they start at one
        assert any(isinstance(module, FeatureGate) for module in other.modules())
        return
    torch.manual_seed(2)
    assert not torch.equal(plain(inputs.sample), other(inputs.sample))


def test_parts_of_the_embedding_given_leave_the_others_at_their_defaults():
    embedding = built(numeric_embedding_params={"n_bins": 4}).get_submodule("0.numeric")
    assert embedding.start.shape == (3, 1, 4)
    assert embedding.dense
    assert embedding.linear.relu


def test_many_columns_get_fewer_numbers_each():
    encoder = built(Inputs(400)).get_submodule("0")
    assert encoder.n_features <= EMBEDDED + 400
    assert built(Inputs(3000)).get_submodule("0").n_features == 6000  # one number each, and the column


def test_ntk_layers_replace_all_affine_maps_of_the_perceptron():
    network = built(parametrization="ntk")
    perceptron = network.get_submodule("1")
    assert sum(isinstance(module, NTKLinear) for module in perceptron.modules()) == 3
    assert not any(type(module) is nn.Linear for module in perceptron.modules())


def test_a_start_by_data_bends_at_training_rows():
    inputs = inputs_of()
    network = built(inputs, start="data")
    hidden = network.get_submodule("1.linear_0")(network.get_submodule("0")(inputs.sample))
    torch.testing.assert_close(hidden.std(0, correction=0), torch.ones(128), rtol=1e-3, atol=1e-3)


def test_it_can_be_rebuilt_without_a_sample():
    shapes = [p.shape for p in built(start="data", gates=True, category_encoding="ordered").parameters()]
    rebuilt = built(Inputs(3, (4, 12)), start="data", gates=True, category_encoding="ordered")
    assert [p.shape for p in rebuilt.parameters()] == shapes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parametrization": "mup"}, "parametrization"),
        ({"start": "zero"}, "start"),
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes"),
        ({"dropout": 1.5}, "dropout"),
        ({"one_hot_max": -1}, "one_hot_max"),
    ],
)
def test_bad_options_get_one_sentence(options, message):
    with pytest.raises(ValueError, match=message):
        built(**options)

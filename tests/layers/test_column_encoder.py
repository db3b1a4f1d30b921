import pytest
import torch

from deepstat.data.inputs import Inputs
from deepstat.errors import UnknownName
from deepstat.layers.column_encoder import NUMERIC_EMBEDDINGS, ColumnEncoder

SAMPLE = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))


def test_numeric_columns_alone_are_returned_as_they_are():
    encoder = ColumnEncoder(Inputs(n_numeric=2))
    assert encoder.identity
    assert encoder(SAMPLE) is SAMPLE
    assert encoder.n_features == 2


@pytest.mark.parametrize("numeric_embedding", NUMERIC_EMBEDDINGS)
@pytest.mark.parametrize(
    ("n_numeric", "cardinalities"), [(2, ()), (0, (3,)), (0, (30, 2)), (2, (3, 30)), (1, ())]
)
def test_n_features_is_the_width_of_the_result(numeric_embedding, n_numeric, cardinalities):
    encoder = ColumnEncoder(Inputs(n_numeric, cardinalities), numeric_embedding=numeric_embedding)
    x = torch.ones(5, n_numeric + len(cardinalities))
    assert encoder(x).shape == (5, encoder.n_features)


@pytest.mark.parametrize("numeric_embedding", ["periodic", "piecewise_linear"])
def test_numeric_columns_are_embedded_and_come_first(numeric_embedding):
    encoder = ColumnEncoder(
        Inputs(2, (3,)), numeric_embedding=numeric_embedding, numeric_embedding_params={"n_outputs": 5}
    )
    x = torch.cat([SAMPLE, torch.full((40, 1), 2.0)], 1)
    assert torch.equal(encoder(x)[:, :10], encoder.numeric(SAMPLE))
    assert encoder(x)[0, 10:].tolist() == [0.0, 1.0, 0.0]


def test_bin_edges_are_quantiles_of_the_numeric_part_of_the_sample():
    sample = torch.cat([SAMPLE, torch.ones(40, 1)], 1)
    encoder = ColumnEncoder(
        Inputs(2, (3,), sample), numeric_embedding="piecewise_linear", numeric_embedding_params={"n_bins": 4}
    )
    expected = torch.quantile(SAMPLE, torch.arange(4) / 4, dim=0).t()
    torch.testing.assert_close(encoder.numeric.start[:, 0], expected)


def test_a_rebuilt_encoder_takes_the_saved_values():
    first = ColumnEncoder(
        Inputs(2, (30,), torch.cat([SAMPLE, torch.ones(40, 1)], 1)), numeric_embedding="piecewise_linear"
    )
    second = ColumnEncoder(Inputs(2, (30,)), numeric_embedding="piecewise_linear")
    second.load_state_dict(first.state_dict())
    x = torch.cat([SAMPLE, torch.ones(40, 1)], 1)
    assert torch.equal(first(x), second(x))


def test_an_unknown_embedding_gets_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'periodic'"):
        ColumnEncoder(Inputs(1), numeric_embedding="periodical")


def test_an_unknown_option_gets_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'n_bins'"):
        ColumnEncoder(Inputs(1), numeric_embedding="piecewise_linear", numeric_embedding_params={"n_bin": 3})
    with pytest.raises(UnknownName, match="no option"):
        ColumnEncoder(Inputs(1), numeric_embedding_params={"sigma": 1.0})


@pytest.mark.parametrize("option", ["n_bins", "n_outputs"])
@pytest.mark.parametrize("value", [0, 2.5])
def test_counts_that_are_not_positive_integers_are_refused(option, value):
    with pytest.raises(ValueError, match=f"{option} of numeric_embedding"):
        ColumnEncoder(
            Inputs(1), numeric_embedding="piecewise_linear", numeric_embedding_params={option: value}
        )

import pytest
import torch

from deepstat.data.inputs import Inputs, inputs_of
from deepstat.errors import UnknownName
from deepstat.layers.build_numeric_embedding import BY_NAME
from deepstat.layers.column_encoder import ColumnEncoder
from deepstat.layers.smooth_clip import SmoothClip

SAMPLE = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))


def test_numeric_columns_alone_are_returned_as_they_are():
    encoder = ColumnEncoder(Inputs(n_numeric=2))
    assert encoder.identity
    assert encoder(SAMPLE) is SAMPLE
    assert encoder.n_features == 2


@pytest.mark.parametrize("numeric_embedding", BY_NAME)
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


def test_embeddings_see_the_columns_after_robust_scaling():
    inputs = Inputs(2, (3,), torch.cat([SAMPLE, torch.ones(40, 1)], 1))
    encoder = ColumnEncoder(
        inputs,
        numeric_embedding="piecewise_linear",
        numeric_embedding_params={"n_bins": 4},
        numeric_scaling="robust",
    )
    scaled = SmoothClip(2, SAMPLE)(SAMPLE)
    torch.testing.assert_close(encoder.scaling(SAMPLE), scaled)
    torch.testing.assert_close(
        encoder.numeric.start[:, 0], torch.quantile(scaled, torch.arange(4) / 4, dim=0).t()
    )
    assert torch.equal(encoder(inputs.sample)[:, :16], encoder.numeric(scaled))


def test_robust_scaling_alone_is_the_smoothly_clipped_table():
    encoder = ColumnEncoder(Inputs(2, (), SAMPLE), numeric_scaling="robust")
    assert not encoder.identity
    assert torch.equal(encoder(SAMPLE), SmoothClip(2, SAMPLE)(SAMPLE))
    assert ColumnEncoder(Inputs(0, (3,)), numeric_scaling="robust").scaling is None


def test_the_target_orders_large_columns_and_leaves_small_ones_indicators():
    codes = torch.tensor([[1.0, 1.0], [2.0, 1.0], [1.0, 2.0], [2.0, 3.0]])
    target = torch.tensor([[0.0], [0.0], [3.0], [9.0]])
    encoder = ColumnEncoder(Inputs(0, (2, 3), codes, target), one_hot_max=2, category_encoding="ordered")
    out = encoder(codes)
    assert torch.equal(out[:, :2], torch.eye(2)[[0, 1, 0, 1]])
    assert out[0, 2] == out[1, 2] < out[2, 2] < out[3, 2]


def test_auto_is_embedding_and_ordered_needs_a_large_column():
    torch.manual_seed(0)
    first = ColumnEncoder(Inputs(0, (30,)), category_encoding="auto")
    torch.manual_seed(0)
    second = ColumnEncoder(Inputs(0, (30,)), category_encoding="embedding")
    x = torch.arange(31.0).unsqueeze(1)
    assert torch.equal(first(x), second(x))
    small = ColumnEncoder(Inputs(0, (3,)), category_encoding="ordered")
    assert torch.equal(small(x[:4]), ColumnEncoder(Inputs(0, (3,)))(x[:4]))


@pytest.mark.parametrize("n_targets", [1, 4])
def test_numbers_of_ordered_columns_have_one_width_with_and_without_a_sample(n_targets):
    sample = torch.randint(0, 31, (50, 1)).float()
    known = Inputs(0, (30,), sample, torch.rand(50, n_targets), None, n_targets)
    first, second = (
        ColumnEncoder(inputs, category_encoding="ordered")
        for inputs in (known, Inputs(0, (30,), n_targets=n_targets))
    )
    assert first.n_features == second.n_features == n_targets
    second.load_state_dict(first.state_dict())
    assert torch.equal(first(sample), second(sample))


@pytest.mark.parametrize("option", ["numeric_scaling", "category_encoding"])
def test_unknown_choices_are_refused(option):
    with pytest.raises(UnknownName, match=f"Unknown {option} 'by_hand': choose one of"):
        ColumnEncoder(Inputs(1, (2,)), **{option: "by_hand"})


def test_the_sample_is_not_taken_by_an_encoder_that_looks_at_nothing():
    def take():
        raise AssertionError("taken")

    ColumnEncoder(inputs_of(2, (30,), take), numeric_embedding="periodic")

import pytest
import torch
from sklearn.tree import DecisionTreeRegressor

from deepstat.data.inputs import Inputs
from deepstat.errors import UnknownName
from deepstat.layers.numeric_embeddings.piecewise_linear import piecewise_linear

X = torch.randn(90, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = (4 * X[:, :1]).sin()


def test_bins_of_the_target_end_where_a_tree_splits():
    layer = piecewise_linear(Inputs(2, (), X, Y), n_bins=6, bins="target", min_leaf=4)
    tree = DecisionTreeRegressor(max_leaf_nodes=6, min_samples_leaf=4).fit(X[:, :1].numpy(), Y.numpy()).tree_
    expected = sorted([X[:, 0].min().item(), *tree.threshold[tree.children_left >= 0]])
    torch.testing.assert_close(layer.start[0, 0], torch.tensor(expected).double(), rtol=0, atol=1e-6)


def test_weights_count_in_both_kinds_of_bins():
    weight = torch.arange(90.0) % 4 + 1
    for bins in ("quantile", "target"):
        plain, weighted = (
            piecewise_linear(Inputs(2, (), X, Y, own), n_bins=6, bins=bins, min_leaf=4)
            for own in (None, weight)
        )
        assert not torch.allclose(plain.start, weighted.start)


@pytest.mark.parametrize("inputs", [Inputs(2), Inputs(2, (), X)])
def test_without_a_target_bins_of_it_are_evenly_spaced(inputs):
    layer = piecewise_linear(inputs, n_bins=3, bins="target")
    assert layer.start[:, 0].tolist() == [[-3.0, -1.0, 1.0]] * 2


def test_an_unknown_kind_of_bins_is_refused():
    with pytest.raises(UnknownName, match="Did you mean 'quantile'"):
        piecewise_linear(Inputs(1), bins="quantiles")


@pytest.mark.parametrize("option", ["n_bins", "n_outputs", "min_leaf"])
def test_counts_must_be_positive_integers(option):
    with pytest.raises(ValueError, match=f"{option} of numeric_embedding 'piecewise_linear' is 0"):
        piecewise_linear(Inputs(1), **{option: 0})

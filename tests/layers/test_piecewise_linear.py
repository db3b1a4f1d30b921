import numpy as np
import pytest
import torch
from sklearn.preprocessing import SplineTransformer

from deepstat.layers.piecewise_linear import PiecewiseLinearEmbedding
from deepstat.layers.quantile_edges import quantile_edges


def encoding(edges, x):
    return PiecewiseLinearEmbedding(torch.as_tensor(edges, dtype=torch.float64)).encode(torch.as_tensor(x))


def test_the_encoding_equals_a_hand_computed_one():
    x = torch.tensor([[-1.0], [0.5], [1.5], [3.5], [6.0]], dtype=torch.float64)
    expected = [[-1.0, 0, 0], [0.5, 0, 0], [1, 0.25, 0], [1, 1, 0.5], [1, 1, 3.0]]
    assert encoding([[0.0, 1.0, 3.0, 4.0]], x)[0].tolist() == expected


def test_the_encoding_equals_sums_of_linear_splines():
    """Entry t is the sum of the hat functions at knots t, t + 1, …: scikit-learn's splines of degree 1."""
    rng = np.random.default_rng(0)
    edges, x = np.sort(rng.normal(size=6)), rng.normal(scale=2.0, size=(200, 1))
    splines = SplineTransformer(degree=1, knots=edges[:, None], extrapolation="linear").fit(x).transform(x)
    expected = np.cumsum(splines[:, ::-1], axis=1)[:, ::-1][:, 1:]
    np.testing.assert_allclose(encoding(edges[None], x)[0].numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("tied", "distinct", "places"),
    [
        ([0, 0, 1, 1, 1, 3], [0, 1, 3], [1, 4]),
        ([0, 1, 1, 2, 2, 2], [0, 1, 2], [0, 2]),
        ([0, 0, 0, 0, 0, 5], [0, 5], [4]),
    ],
)
def test_bins_of_width_zero_are_zero_and_the_rest_is_the_encoding_on_distinct_edges(tied, distinct, places):
    x = torch.linspace(-2, 7, 50, dtype=torch.float64).unsqueeze(1)
    code = encoding([tied], x)[0]
    assert torch.equal(code[:, places], encoding([distinct], x)[0])
    assert (code[:, [t for t in range(5) if t not in places]] == 0).all()


def test_a_constant_column_is_encoded_as_zeros():
    edges = quantile_edges(torch.full((10, 1), 3.0, dtype=torch.float64), 4)
    assert (encoding(edges, torch.tensor([[2.0], [3.0], [4.0]], dtype=torch.float64)) == 0).all()


def test_a_width_whose_reciprocal_overflows_gives_no_nan():
    layer = PiecewiseLinearEmbedding(torch.tensor([[0.0, 1e-45, 1.0]]))
    assert layer.encode(torch.tensor([[0.0], [0.5], [2.0]]))[0, :, 1].tolist() == pytest.approx(
        [0.0, 0.5, 2.0]
    )
    assert layer(torch.tensor([[0.0], [0.5], [2.0]])).isfinite().all()


def test_shapes_do_not_depend_on_ties():
    tied = PiecewiseLinearEmbedding(quantile_edges(torch.tensor([[0.0], [0.0], [1.0]]), 6))
    free = PiecewiseLinearEmbedding(quantile_edges(torch.randn(30, 1), 6))
    shapes = [{name: value.shape for name, value in each.state_dict().items()} for each in (tied, free)]
    assert shapes[0] == shapes[1]


def test_outputs_are_the_linear_map_of_the_encoding():
    layer = PiecewiseLinearEmbedding(torch.tensor([[0.0, 1.0, 2.0], [0.0, 2.0, 4.0]]), n_outputs=3, relu=True)
    x = torch.randn(5, 2)
    code = layer.encode(x)
    expected = [code[j] @ layer.linear.weight[j] + layer.linear.bias[j] for j in range(2)]
    torch.testing.assert_close(layer(x), torch.cat(expected, 1).relu())


def test_falling_edges_are_refused():
    with pytest.raises(ValueError, match="ascending"):
        PiecewiseLinearEmbedding(torch.tensor([[0.0, 2.0, 1.0]]))


def test_gradients_are_right():
    layer = PiecewiseLinearEmbedding(torch.tensor([[0.0, 1.0, 1.0, 2.0]], dtype=torch.float64), 2).double()
    x = torch.tensor([[-0.5], [0.3], [1.7], [2.5]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x,))


def test_dense_lays_the_columns_beside_their_outputs() -> None:
    edges = torch.tensor([[0.0, 1.0, 2.0], [-1.0, 0.0, 1.0]])
    layer = PiecewiseLinearEmbedding(edges, n_outputs=3, dense=True)
    x = torch.randn(5, 2)
    out = layer(x)
    assert out.shape == (5, layer.n_features_out) == (5, 8)
    torch.testing.assert_close(out[:, 6:], x)
    torch.testing.assert_close(out[:, :6], layer.linear(layer.encode(x)))

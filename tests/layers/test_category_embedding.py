import pandas as pd
import pytest
import torch
from torch.func import functional_call, grad, stack_module_state, vmap

from deepstat.layers.category_embedding import CategoryEmbedding

CODES = torch.tensor(
    [[1.0, 12.0, 3.0, 0.0], [2.0, 0.0, 0.0, 20.0], [0.0, 1.0, 2.0, 1.0], [1.0, 12.0, 1.0, 7.0]]
)
CARDINALITIES = [2, 12, 3, 20]


def test_indicators_equal_those_of_pandas():
    layer = CategoryEmbedding([2, 3], one_hot_max=9)
    codes = CODES[:, [0, 2]]
    columns = [
        pd.get_dummies(
            pd.Categorical(codes[:, j].int().tolist(), categories=range(levels + 1)), dtype=float
        ).drop(columns=0)
        for j, levels in enumerate([2, 3])
    ]
    assert layer(codes).tolist() == pd.concat(columns, axis=1).to_numpy().tolist()


def test_large_columns_get_the_vectors_of_their_levels():
    layer = CategoryEmbedding(CARDINALITIES, embedding_dim=3)
    out = layer(CODES)
    assert out.shape == (4, layer.n_features) == (4, 5 + 6)
    assert layer.table.shape == (32, 3)
    assert torch.equal(out[0, 5:8], layer.table[11])
    assert torch.equal(out[2, 5:8], layer.table[0])
    assert torch.equal(out[1, 8:], layer.table[12 + 19])
    assert torch.equal(out[2, 8:], layer.table[12])


def test_code_zero_is_the_zero_vector_everywhere_and_has_no_gradient():
    layer = CategoryEmbedding(CARDINALITIES, embedding_dim=3)
    out = layer(torch.zeros(2, 4))
    assert (out == 0).all()
    out.sum().backward()
    assert (layer.table.grad == 0).all()


def test_no_limit_makes_every_column_indicators():
    layer = CategoryEmbedding(CARDINALITIES, one_hot_max=None)
    assert layer.table is None
    assert layer(CODES).shape == (4, 37)


def test_every_row_of_the_table_belongs_to_one_level():
    layer = CategoryEmbedding([10, 11], embedding_dim=2)
    codes = torch.zeros(21, 2)
    codes[:10, 0], codes[10:, 1] = torch.arange(1.0, 11.0), torch.arange(1.0, 12.0)
    layer(codes).sum().backward()
    assert (layer.table.grad == 1).all()


@pytest.mark.parametrize("embedding_dim", [1, 3])
def test_the_gradient_of_the_table_is_right_alone_and_in_a_population(embedding_dim):
    layers = [CategoryEmbedding(CARDINALITIES, embedding_dim).double() for _ in range(3)]
    codes = torch.stack([CODES.double(), CODES.double().flip(0), torch.zeros(4, 4, dtype=torch.float64)])
    assert torch.autograd.gradcheck(
        lambda t: functional_call(layers[0], {"table": t}, (codes[0],)), layers[0].table
    )

    def value(parameters, buffers, codes):
        return functional_call(layers[0], (parameters, buffers), (codes,)).square().sum()

    parameters, buffers = stack_module_state(layers)
    together = vmap(grad(value))(parameters, buffers, codes)["table"]
    for member, layer in enumerate(layers):
        layer(codes[member]).square().sum().backward()
        torch.testing.assert_close(together[member], layer.table.grad, rtol=1e-14, atol=1e-14)

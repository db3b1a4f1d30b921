import pytest
import torch

from deepstat.layers.graph.decoders.bilinear import Bilinear
from deepstat.layers.graph.decoders.dot_product import DotProduct
from deepstat.layers.graph.decoders.pair_mlp import PairMLP
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.pair_features import pair_features


def test_a_scalar_product_is_that_of_torch():
    u, v = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
    decoder = DotProduct(4, 1)
    expected = torch.stack([torch.dot(a, b) for a, b in zip(u, v, strict=True)]) + decoder.output.bias
    torch.testing.assert_close(decoder(u, v)[:, 0], expected)


@pytest.mark.parametrize("symmetric", [False, True])
def test_a_bilinear_form_is_that_of_its_matrices(symmetric):
    torch.manual_seed(0)
    u, v = torch.randn(2, 6, 4)
    decoder = Bilinear(4, 3, symmetric=symmetric)
    left = decoder.left.weight
    right = left if symmetric else decoder.right.weight
    weight = torch.stack([left.T @ torch.diag(row) @ right for row in decoder.output.weight])
    torch.testing.assert_close(decoder(u, v), torch.nn.functional.bilinear(u, v, weight, decoder.output.bias))
    assert torch.allclose(decoder(u, v), decoder(v, u)) == symmetric


def test_distmult_is_a_bilinear_form_of_a_diagonal_matrix():
    torch.manual_seed(0)
    u, v = torch.randn(2, 6, 4)
    decoder = Bilinear(4, 3, symmetric=False, diagonal=True)
    weight = torch.stack([torch.diag(row) for row in decoder.output.weight])
    torch.testing.assert_close(decoder(u, v), torch.nn.functional.bilinear(u, v, weight, decoder.output.bias))


def test_a_symmetric_perceptron_is_the_mean_of_both_orders():
    torch.manual_seed(0)
    u, v, e = torch.randn(3, 6, 4)
    decoder = PairMLP(4, 2, symmetric=True, n_features=4)
    both = [decoder.layers(torch.cat([*pair, e], 1)) for pair in ((u, v), (v, u))]
    torch.testing.assert_close(decoder(u, v, e), torch.stack(both).mean(0))
    torch.testing.assert_close(decoder(u, v, e), decoder(v, u, e))
    decoder.symmetric = False
    torch.testing.assert_close(decoder(u, v, e), both[0])


def test_features_of_pairs_are_looked_up_for_every_member():
    target, source = torch.tensor([0, 0, 2, 2, 2]), torch.tensor([1, 2, 0, 0, 2])
    features = torch.tensor([[1.0], [2.0], [3.0], [5.0], [7.0]])
    edges = Edges(source, target, n_nodes=4, features=features)
    pairs = torch.tensor([[[1, 0], [0, 2], [0, 1]], [[2, 2], [3, 3], [2, 0]]])
    found, present = torch.func.vmap(lambda own: pair_features(edges, own))(pairs)
    # Parallel edges have the mean of theirs; the direction counts.
    assert found[..., 0].tolist() == [[1.0, 4.0, 0.0], [7.0, 0.0, 2.0]]
    assert present[..., 0].tolist() == [[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]


def test_a_graph_without_edges_has_no_features_of_pairs():
    none = torch.zeros(0, dtype=torch.int64)
    edges = Edges(none, none, n_nodes=3, features=torch.zeros(0, 2))
    found, present = pair_features(edges, torch.tensor([[0, 1], [2, 2]]))
    assert not found.any()
    assert not present.any()

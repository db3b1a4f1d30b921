import numpy as np
import pytest
import torch

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.graph_unet import GraphUNet

SIZES = (6, 0, 1, 5)


def unet(**options):
    torch.manual_seed(0)
    return GraphUNet(3, 2, **{"hidden": 4, "depth": 2, **options}).double()


def convolve(layer, x, adjacency):
    """Return a graph convolution by dense matrices."""
    whole = adjacency + np.eye(len(x))
    root = np.diag(whole.sum(1) ** -0.5)
    return root @ whole @ root @ x @ layer.linear.weight.detach().numpy().T + layer.bias.detach().numpy()


def test_graph_unet_of_depth_one_equals_its_matrices(random_graphs, as_batch):
    x, edges = as_batch(random_graphs((8,)))
    network = unet(depth=1)
    adjacency = np.zeros((8, 8))
    np.add.at(adjacency, (edges.target.numpy(), edges.source.numpy()), edges.weight.numpy())
    first = np.maximum(convolve(network.down[0], x.numpy(), adjacency), 0)
    far = (adjacency + np.eye(8)) @ (adjacency + np.eye(8))
    np.fill_diagonal(far, 0)
    direction = network.poolings[0].score.weight.detach().numpy()[0]
    score = first @ direction / np.linalg.norm(direction)
    kept = np.sort(np.argsort(-score)[:4])
    gated = first[kept] / (1 + np.exp(-score[kept]))[:, None]
    low = np.maximum(convolve(network.down[1], gated, far[np.ix_(kept, kept)]), 0)
    whole = first.copy()
    whole[kept] += low
    expected = convolve(network.up[0], whole, adjacency)
    np.testing.assert_allclose(network(x, edges).detach(), expected, rtol=1e-10)


def test_graph_unet_of_a_batch_is_that_of_its_graphs(random_graphs, as_batch):
    graphs, network = random_graphs(SIZES), unet()
    alone = [network(*as_batch([graph])) for graph in graphs]
    torch.testing.assert_close(network(*as_batch(graphs)), torch.cat(alone))


def test_graph_unet_follows_the_numbers_of_the_nodes(random_graphs, as_batch):
    (x, arcs, weight), network = random_graphs((9,))[0], unet()
    old = np.random.default_rng(0).permutation(9)
    out = network(*as_batch([(x, arcs, weight)]))
    moved = network(*as_batch([(x[old], np.argsort(old)[arcs], weight)]))
    torch.testing.assert_close(moved, out[old])


def test_sparse_features_give_what_dense_ones_give(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    row, column = torch.where(x > 0)
    sparse = SparseMatrix.from_entries(row, column, x[row, column], x.shape)
    torch.testing.assert_close(unet()(sparse, edges), unet()(x.clamp(min=0), edges))


def test_gradient_of_graph_unet_reaches_every_parameter(random_graphs, as_batch):
    x, edges = as_batch(random_graphs((20,)))
    network = unet(activation=torch.tanh)
    assert torch.autograd.gradcheck(lambda x: network(x, edges), (x.requires_grad_(),), fast_mode=True)
    network(x, edges).square().sum().backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in network.parameters())


@pytest.mark.parametrize(
    "options",
    [{"depth": 1}, {"ratio": 0.8}, {"ratio": (0.5, 0.9)}, {"activation": torch.tanh}, {"hidden": 6}],
)
def test_each_option_changes_the_result(random_graphs, as_batch, options):
    x, edges = as_batch(random_graphs((20,)))
    plain = unet()
    other = unet(**options)
    if "hidden" not in options:  # same weights where the shapes are the same
        other.load_state_dict(plain.state_dict(), strict=options != {"depth": 1})
    assert not torch.allclose(plain(x, edges), other(x, edges))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_graphs_without_edges_pass(n, dtype):
    none = torch.zeros(0, dtype=torch.int64)
    out = GraphUNet(3, 2).to(dtype)(torch.ones(n, 3, dtype=dtype), Edges(none, none, n))
    assert out.shape == (n, 2)
    assert out.dtype == dtype
    assert out.isfinite().all()


def test_wrong_options_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="depth is 0; give an integer of at least 1"):
        GraphUNet(3, 2, depth=0)
    with pytest.raises(ValueError, match="ratio has 1 entries and depth is 2; give one for each pooling"):
        GraphUNet(3, 2, depth=2, ratio=(0.5,))


def test_members_are_not_batched():
    assert GraphUNet.batched is False

import networkx as nx
import numpy as np
import pytest
import torch
from torch.func import functional_call, stack_module_state, vmap

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.induced_edges import induced_edges
from deepstat.layers.pooling.top_k import TopK
from deepstat.layers.pooling.two_step_edges import two_step_edges
from deepstat.layers.pooling.unpool import unpool

SIZES = (7, 0, 1, 4)


def dense_of(edges):
    weight = torch.ones(len(edges), dtype=torch.float64) if edges.weight is None else edges.weight
    return edges.matrix.with_values(weight).to_dense()


def top_k(**options):
    torch.manual_seed(0)
    return TopK(3, **options).double()


def test_induced_edges_are_the_block_of_the_adjacency_matrix(random_graphs, as_batch):
    _, edges = as_batch(random_graphs(SIZES))
    kept = torch.tensor([0, 3, 4, 7, 9, 11])
    part = induced_edges(edges, kept)
    assert torch.equal(dense_of(part), dense_of(edges)[kept][:, kept])
    assert part.node_graph.tolist() == [0, 0, 0, 2, 3, 3]
    assert part.n_graphs == 4
    assert (part.target.diff() >= 0).all()


def test_induced_edges_keep_types_and_features_of_theirs():
    edges = Edges(
        torch.tensor([1, 2, 0]),
        torch.tensor([0, 0, 2]),
        3,
        features=torch.tensor([[1.0], [2.0], [3.0]]),
        type=torch.tensor([0, 1, 0]),
        n_types=2,
    )
    part = induced_edges(edges, torch.tensor([0, 2]))
    assert part.features.flatten().tolist() == [2.0, 3.0]
    assert part.type.tolist() == [1, 0]
    assert part.n_types == 2
    assert part.node_graph is None


@pytest.mark.parametrize(("ratio", "n_kept"), [(0.5, [4, 0, 1, 2]), (0.3, [3, 0, 1, 2]), (1.0, [7, 0, 1, 4])])
def test_top_k_keeps_the_ceiling_of_the_share_of_each_graph(random_graphs, as_batch, ratio, n_kept):
    x, edges = as_batch(random_graphs(SIZES))
    pooled, smaller, kept = top_k(ratio=ratio)(x, edges)
    assert torch.bincount(smaller.node_graph, minlength=4).tolist() == n_kept
    assert len(pooled) == smaller.n_nodes == len(kept) == sum(n_kept)
    assert (kept.diff() > 0).all()


def test_rounding_keeps_no_node_too_many():
    none = torch.zeros(0, dtype=torch.int64)
    assert 0.55 * 100 > 55
    assert len(TopK(1, ratio=0.55)(torch.randn(100, 1), Edges(none, none, 100))[2]) == 55


def test_top_k_keeps_the_highest_projections_gated_by_their_tanh(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    layer = top_k()
    pooled, smaller, kept = layer(x, edges)
    direction = layer.score.weight.detach().numpy()[0]
    score = x.numpy() @ direction / np.sqrt(direction @ direction)
    expected = []
    for g, n_kept in ((0, 4), (2, 1), (3, 2)):
        nodes = np.flatnonzero(edges.node_graph.numpy() == g)
        expected += sorted(sorted(nodes, key=lambda node: -score[node])[:n_kept])
    assert kept.tolist() == expected
    np.testing.assert_allclose(pooled.detach(), x.numpy()[expected] * np.tanh(score[expected])[:, None])
    assert torch.equal(dense_of(smaller), dense_of(edges)[kept][:, kept])


def test_top_k_of_a_batch_is_that_of_its_graphs(random_graphs, as_batch):
    graphs, layer = random_graphs(SIZES), top_k()
    pooled, smaller, _ = layer(*as_batch(graphs))
    alone = [layer(*as_batch([graph])) for graph in graphs]
    torch.testing.assert_close(pooled, torch.cat([part[0] for part in alone]))
    torch.testing.assert_close(dense_of(smaller), torch.block_diag(*(dense_of(part[1]) for part in alone)))


def test_top_k_keeps_the_same_nodes_under_other_numbers(random_graphs, as_batch, relabelled):
    graphs, layer = random_graphs(SIZES), top_k()
    first, _, _ = layer(*as_batch(graphs))
    second, _, _ = layer(*as_batch(relabelled(graphs)))
    for one, other in zip(first.split([4, 1, 2]), second.split([4, 1, 2]), strict=True):
        one, other = one.detach().numpy(), other.detach().numpy()
        np.testing.assert_allclose(one[np.lexsort(one.T)], other[np.lexsort(other.T)])


def test_gradient_of_top_k_reaches_x_and_the_projection(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    layer = top_k()

    def run(x, weight):
        return functional_call(layer, {"score.weight": weight}, (x, edges))[0]

    assert torch.autograd.gradcheck(run, (x.requires_grad_(), layer.score.weight))


def test_the_gate_changes_the_result(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    assert not torch.allclose(top_k()(x, edges)[0], top_k(gate="sigmoid")(x, edges)[0])


def test_top_k_says_that_members_cannot_be_batched(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    layer = top_k()
    assert layer.batched is False
    parameters, _ = stack_module_state([top_k(), top_k()])
    with pytest.raises(RuntimeError):
        vmap(lambda parameters: functional_call(layer, parameters, (x, edges))[0])(parameters)


@pytest.mark.parametrize("ratio", [0.0, 1.2])
def test_a_ratio_that_is_no_share_is_refused(ratio):
    with pytest.raises(ValueError, match="give a number with 0 < ratio <= 1"):
        TopK(2, ratio=ratio)


def test_an_unknown_gate_is_refused():
    with pytest.raises(ValueError, match="Unknown gate 'relu': choose one of sigmoid, tanh"):
        TopK(2, gate="relu")


def test_unpool_is_undone_by_taking_the_rows_kept():
    x, kept = torch.randn(3, 2), torch.tensor([1, 2, 5])
    whole = unpool(x, kept, 7)
    assert torch.equal(whole[kept], x)
    assert whole.abs().sum() == x.abs().sum()


def test_two_step_edges_join_nodes_at_distance_one_or_two():
    graph = nx.karate_club_graph()
    arcs = torch.tensor([(v, u) for u in graph for v in sorted(graph[u])]).T
    found = dense_of(two_step_edges(Edges(arcs[0], arcs[1], 34))) > 0
    distance = nx.floyd_warshall_numpy(graph, weight=None)
    assert np.array_equal(found.numpy(), (distance > 0) & (distance <= 2))


@pytest.mark.parametrize("weighted", [True, False])
def test_two_step_weights_are_those_of_the_square(random_graphs, as_batch, weighted):
    _, edges = as_batch(random_graphs(SIZES, weighted=weighted))
    whole = dense_of(edges) + torch.eye(12, dtype=torch.float64)
    square = torch.linalg.matrix_power(whole, 2).fill_diagonal_(0.0)
    far = two_step_edges(edges)
    torch.testing.assert_close(dense_of(far).double(), square)
    assert (far.target.diff() >= 0).all()
    assert far.n_graphs == 4

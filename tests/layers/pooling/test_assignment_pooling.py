"""Clusters of nodes: padding, coarsening, the auxiliary losses, DiffPool and MinCut."""

import copy
import pickle

import networkx as nx
import numpy as np
import pytest
import torch
from scipy.stats import entropy
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.assignment_entropy import assignment_entropy
from deepstat.layers.pooling.cluster_edges import cluster_edges
from deepstat.layers.pooling.coarsen import coarsen
from deepstat.layers.pooling.cut_loss import cut_loss
from deepstat.layers.pooling.dense_batch import dense_batch
from deepstat.layers.pooling.diff_pool import DiffPool
from deepstat.layers.pooling.link_prediction_loss import link_prediction_loss
from deepstat.layers.pooling.min_cut import MinCut
from deepstat.layers.pooling.orthogonality_loss import orthogonality_loss
from deepstat.layers.pooling.padded import padded
from deepstat.layers.pooling.take_auxiliary_loss import take_auxiliary_loss
from deepstat.training.tracing import trace

SIZES = (5, 0, 1, 7)
K = 3


def soft(edges, k=K, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(edges.n_nodes, k, generator=generator, dtype=torch.float64).softmax(1)


def hard(labels, k):
    return torch.eye(k, dtype=torch.float64)[torch.as_tensor(labels)]


def edges_of(graph):
    arcs = [(v, u) for u in range(len(graph)) for v in sorted(graph[u])]
    weight = torch.tensor([float(graph[u][v].get("weight", 1.0)) for v, u in arcs], dtype=torch.float64)
    source, target = torch.tensor(arcs).T
    return Edges(source, target, len(graph), weight=weight)


def layer_of(kind, **options):
    torch.manual_seed(0)
    layer = kind(3, K, **options).double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    return layer


# Padding


def test_dense_batch_holds_each_graphs_rows_and_adjacency_matrix(random_graphs, as_batch):
    graphs = random_graphs(SIZES)
    features, adjacency, mask = dense_batch(*as_batch(graphs))
    assert features.shape == (4, 7, 3)
    assert adjacency.shape == (4, 7, 7)
    for g, (x, arcs, weight) in enumerate(graphs):
        n = len(x)
        expected = np.zeros((7, 7))
        np.add.at(expected, (arcs[1], arcs[0]), weight)
        assert np.array_equal(features[g, :n], x)
        assert not features[g, n:].any()
        np.testing.assert_allclose(adjacency[g], expected)
        assert mask[g].tolist() == [True] * n + [False] * (7 - n)


@pytest.mark.parametrize("sizes", [(0, 0), (3,)])
def test_dense_batch_of_empty_graphs_and_of_one(random_graphs, as_batch, sizes):
    x, edges = as_batch(random_graphs(sizes))
    alone = Edges(edges.source, edges.target, sum(sizes), weight=edges.weight, n_graphs=len(sizes))
    features, adjacency, mask = dense_batch(x, edges if len(sizes) > 1 else alone)
    m = max(sizes)
    assert (features.shape, adjacency.shape) == ((len(sizes), m, 3), (len(sizes), m, m))
    assert mask.all()


def test_padding_passes_gradients_to_its_nodes(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    assert torch.autograd.gradcheck(lambda x: padded(x, edges)[0], x.requires_grad_())


# The coarse graph


def test_coarsen_with_a_hard_assignment_is_the_quotient_graph():
    graph = nx.les_miserables_graph()
    graph = nx.convert_node_labels_to_integers(graph)
    labels = np.random.default_rng(0).integers(0, K, len(graph))
    x = torch.randn(len(graph), 2, dtype=torch.float64)
    features, adjacency, overlap = coarsen(x, edges_of(graph), hard(labels, K))
    blocks = [set(np.flatnonzero(labels == c).tolist()) for c in range(K)]
    quotient = nx.quotient_graph(graph, blocks, relabel=True)
    between = nx.to_numpy_array(quotient, nodelist=range(K), weight="weight")
    within = [2 * graph.subgraph(block).size(weight="weight") for block in blocks]
    np.testing.assert_allclose(adjacency[0], between + np.diag(within))
    np.testing.assert_allclose(features[0], [x[labels == c].sum(0) for c in range(K)])
    np.testing.assert_allclose(overlap[0], np.diag(np.bincount(labels)))


def test_coarsen_equals_the_products_of_dense_matrices(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    assignment = soft(edges)
    features, adjacency, _ = dense_batch(x, edges)
    blocks, _ = padded(assignment, edges)
    found = coarsen(x, edges, assignment)
    expected = blocks.mT @ features, blocks.mT @ adjacency @ blocks, blocks.mT @ blocks
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_the_rows_of_a_directed_coarse_graph_receive():
    edges = Edges(torch.tensor([1]), torch.tensor([0]), 2)
    _, adjacency, _ = coarsen(torch.zeros(2, 1), edges, torch.eye(2))
    assert adjacency[0].tolist() == [[0.0, 1.0], [0.0, 0.0]]
    pooled = cluster_edges(edges, adjacency)
    assert [(s, t) for s, t, w in zip(pooled.source, pooled.target, pooled.weight, strict=True) if w] == [
        (1, 0)
    ]


def test_cluster_edges_are_the_blocks_they_are_made_of(random_graphs, as_batch):
    _, edges = as_batch(random_graphs(SIZES))
    blocks = torch.rand(4, K, K, dtype=torch.float64)
    pooled = cluster_edges(edges, blocks)
    assert torch.equal(pooled.matrix.with_values(pooled.weight).to_dense(), torch.block_diag(*blocks))
    assert pooled.node_graph.tolist() == [0] * K + [1] * K + [2] * K + [3] * K
    assert pooled.n_graphs == 4


# The losses


def test_link_prediction_loss_is_the_root_mean_square_of_what_is_left(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    assignment = soft(edges)
    _, adjacency, _ = dense_batch(x, edges)
    blocks, _ = padded(assignment, edges)
    left = np.linalg.norm(adjacency - blocks @ blocks.mT, axis=(1, 2)) / np.array([5, 1, 1, 7])
    _, coarse, overlap = coarsen(x, edges, assignment)
    np.testing.assert_allclose(link_prediction_loss(edges, coarse, overlap), left, atol=1e-7)


def test_link_prediction_loss_of_cliques_is_zero_with_a_finite_gradient():
    graph = nx.disjoint_union(nx.complete_graph(3), nx.complete_graph(2))
    graph.add_edges_from((node, node) for node in range(5))
    assignment = hard([0, 0, 0, 1, 1], 2).requires_grad_()
    edges = edges_of(graph)
    _, adjacency, overlap = coarsen(torch.zeros(5, 1, dtype=torch.float64), edges, assignment)
    loss = link_prediction_loss(edges, adjacency, overlap)
    assert 0 <= loss.item() < 1e-7
    loss.sum().backward()
    assert assignment.grad.isfinite().all()


def test_assignment_entropy_is_that_of_scipy(random_graphs, as_batch):
    _, edges = as_batch(random_graphs(SIZES))
    assignment = soft(edges)
    rows = entropy(assignment, axis=1)
    expected = [rows[:5].mean(), 0.0, rows[5], rows[6:].mean()]
    np.testing.assert_allclose(assignment_entropy(assignment, edges), expected)


def test_a_decided_node_has_entropy_zero_and_a_finite_gradient():
    none = torch.zeros(0, dtype=torch.int64)
    logits = torch.tensor([[0.0, -1e4]], requires_grad=True)
    value = assignment_entropy(logits.softmax(1), Edges(none, none, 1))
    value.sum().backward()
    assert value.item() == 0
    assert torch.equal(logits.grad, torch.zeros(1, 2))


def test_cut_loss_of_a_hard_partition_is_the_share_of_the_volume_that_is_not_cut():
    graph = nx.karate_club_graph()
    labels = np.random.default_rng(0).integers(0, K, 34)
    edges, assignment = edges_of(graph), hard(labels, K)
    _, adjacency, _ = coarsen(assignment, edges, assignment)
    cut = sum(nx.cut_size(graph, np.flatnonzero(labels == c).tolist(), weight="weight") for c in range(K))
    expected = cut / nx.volume(graph, graph, weight="weight") - 1
    np.testing.assert_allclose(cut_loss(edges, assignment, adjacency), [expected])


def test_cut_loss_of_halves_of_equal_volume_is_the_normalised_cut():
    graph = nx.cycle_graph(10)
    graph.add_edges_from([(0, 2), (5, 7)])
    labels = [0] * 5 + [1] * 5
    edges, assignment = edges_of(graph), hard(labels, 2)
    assert nx.volume(graph, range(5)) == nx.volume(graph, range(5, 10))
    _, adjacency, _ = coarsen(assignment, edges, assignment)
    expected = nx.normalized_cut_size(graph, range(5)) / 2 - 1
    np.testing.assert_allclose(cut_loss(edges, assignment, adjacency), [expected])


def test_cut_loss_of_components_is_minus_one_and_of_no_edge_zero():
    edges = edges_of(nx.disjoint_union(nx.complete_graph(4), nx.path_graph(3)))
    assignment = hard([0] * 4 + [1] * 3, 2)
    _, adjacency, _ = coarsen(assignment, edges, assignment)
    np.testing.assert_allclose(cut_loss(edges, assignment, adjacency), [-1.0])
    none = torch.zeros(0, dtype=torch.int64)
    assert cut_loss(Edges(none, none, 7), assignment, torch.zeros(1, 2, 2, dtype=torch.float64)).item() == 0


def test_orthogonality_loss_solved_by_hand():
    equal, one_cluster = torch.diag(torch.tensor([4.0, 4.0, 4.0])), torch.diag(torch.tensor([7.0, 0.0, 0.0]))
    uniform, nothing = torch.ones(3, 3), torch.zeros(3, 3)
    found = orthogonality_loss(torch.stack([equal, one_cluster, uniform, nothing]).double())
    # |P - I / sqrt(k)|^2 = 2 - 2 tr P / sqrt(k) for P of norm one; tr P is sqrt(k), 1, 1.
    expected = [0.0, np.sqrt(2 - 2 / np.sqrt(3)), np.sqrt(2 - 2 / np.sqrt(3)), 0.0]
    np.testing.assert_allclose(found, expected, atol=1e-7)


# The layers


def test_diff_pool_with_a_decided_operator_gives_the_quotient_graph():
    class Decided(nn.Module):
        """Assigns nodes by the sign of their first column."""

        def __init__(self, n_in, n_out, **kinds):
            super().__init__()

        def forward(self, x, edges):
            return 1e4 * torch.stack([x[:, 0], -x[:, 0]], 1)

    graph = nx.karate_club_graph()
    side = np.array([1 if graph.nodes[v]["club"] == "Mr. Hi" else -1 for v in graph])
    x = torch.as_tensor(np.stack([side, np.arange(34)], 1), dtype=torch.float64)
    features, pooled = DiffPool(2, 2, operator=Decided)(x, edges_of(graph))
    parts = np.flatnonzero(side > 0).tolist(), np.flatnonzero(side < 0).tolist()
    cut = nx.cut_size(graph, *parts, weight="weight")
    within = [2 * graph.subgraph(part).size(weight="weight") for part in parts]
    np.testing.assert_allclose(pooled.weight, [within[0], cut, cut, within[1]])
    np.testing.assert_allclose(features, [[17, sum(parts[0])], [-17, sum(parts[1])]])


def test_diff_pool_pools_what_it_is_given_by_an_assignment_from_x(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    layer, embedded = layer_of(DiffPool), torch.randn(13, 5, dtype=torch.float64)
    features, _ = layer(x, edges, embedded)
    assignment = layer.assign(x, edges).softmax(1)
    torch.testing.assert_close(features[:K], assignment[:5].T @ embedded[:5])
    assert features.shape == (4 * K, 5)


def test_min_cut_equals_its_matrices(random_graphs, as_batch):
    x, edges = as_batch(random_graphs((6,), density=0.9))
    layer = layer_of(MinCut)
    features, pooled = layer(x, edges)
    _, adjacency, _ = dense_batch(x, edges)
    adjacency, own = adjacency[0].numpy(), x.numpy()
    root = np.diag(adjacency.sum(1) ** -0.5)
    adjacency = root @ adjacency @ root
    logits = own @ layer.assign.weight.detach().numpy().T + layer.assign.bias.detach().numpy()
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(features.detach(), share.T @ own)
    coarse = share.T @ adjacency @ share
    cut = -np.trace(coarse) / np.trace(share.T @ np.diag(adjacency.sum(1)) @ share)
    overlap = share.T @ share
    mixed = np.linalg.norm(overlap / np.linalg.norm(overlap) - np.eye(K) / np.sqrt(K))
    np.testing.assert_allclose(layer.auxiliary_loss.item(), cut + mixed)
    np.fill_diagonal(coarse, 0)
    root = np.diag(coarse.sum(1) ** -0.5)
    np.testing.assert_allclose(pooled.weight.detach().reshape(K, K), root @ coarse @ root)


@pytest.mark.parametrize("kind", [DiffPool, MinCut])
def test_a_batch_is_pooled_as_its_graphs_one_by_one(random_graphs, as_batch, kind):
    graphs, layer = random_graphs(SIZES), layer_of(kind)
    x, pooled = layer(*as_batch(graphs))
    loss = layer.auxiliary_loss
    parts, losses = [], []
    for graph in graphs:
        parts.append(layer(*as_batch([graph])))
        losses.append(layer.auxiliary_loss)
    torch.testing.assert_close(x, torch.cat([part[0] for part in parts]))
    torch.testing.assert_close(pooled.weight, torch.cat([part[1].weight for part in parts]))
    torch.testing.assert_close(loss, torch.stack(losses).mean())


@pytest.mark.parametrize("kind", [DiffPool, MinCut])
def test_the_order_of_nodes_does_not_matter(random_graphs, as_batch, relabelled, kind):
    graphs, layer = random_graphs(SIZES), layer_of(kind)
    x, pooled = layer(*as_batch(graphs))
    loss = take_auxiliary_loss(layer)
    y, moved = layer(*as_batch(relabelled(graphs)))
    torch.testing.assert_close(x, y)
    torch.testing.assert_close(pooled.weight, moved.weight)
    torch.testing.assert_close(loss, layer.auxiliary_loss)


@pytest.mark.parametrize("kind", [DiffPool, MinCut])
def test_gradients_of_pooled_graphs_and_losses_are_differences(random_graphs, as_batch, kind):
    x, edges = as_batch(random_graphs(SIZES))
    layer = layer_of(kind)
    names = [name for name, _ in layer.named_parameters()]

    def run(x, weight, *values):
        given = dict(zip(names, values, strict=True))
        pooled, smaller = functional_call(layer, given, (x, edges.with_weight(weight)))
        return pooled, smaller.weight, layer.auxiliary_loss

    inputs = x.requires_grad_(), edges.weight.clone().requires_grad_(), *layer.parameters()
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", [DiffPool, MinCut])
def test_members_under_vmap_and_traced_equal_members_alone(random_graphs, as_batch, kind, dtype):
    x, edges = as_batch(random_graphs(SIZES), dtype)
    torch.manual_seed(0)
    members = [kind(3, K).to(dtype) for _ in range(3)]
    parameters, _ = stack_module_state(members)
    names = sorted(parameters)

    def loss(parameters, x):
        pooled, smaller = functional_call(members[0], parameters, (x, edges))
        return pooled.sin().sum() + smaller.weight.cos().sum() + take_auxiliary_loss(members[0])

    def step(x, *values):
        with torch.enable_grad():
            leaves = [value.detach().requires_grad_() for value in (x, *values)]
            given = dict(zip(names, leaves[1:], strict=True))
            losses = vmap(loss)(given, leaves[0])
            return losses.detach(), *torch.autograd.grad(losses.sum(), leaves)

    inputs = [torch.stack([x, 2 * x, -x]), *(parameters[name].detach() for name in names)]
    batched, traced = step(*inputs), trace(step, inputs)(*inputs)
    for k, member in enumerate(members):
        own = inputs[0][k].clone().requires_grad_()
        pooled, smaller = member(own, edges)
        value = pooled.sin().sum() + smaller.weight.cos().sum() + take_auxiliary_loss(member)
        value.backward()
        alone = [value.detach(), own.grad, *(member.get_parameter(name).grad for name in names)]
        for one, other, expected in zip(batched, traced, alone, strict=True):
            torch.testing.assert_close(one[k], expected)
            torch.testing.assert_close(other[k], expected)


@pytest.mark.parametrize(
    ("kind", "weights"),
    [(DiffPool, ("link_weight", "entropy_weight")), (MinCut, ("cut_weight", "orthogonality_weight"))],
)
def test_the_auxiliary_loss_is_the_weighted_sum_of_its_parts(random_graphs, as_batch, kind, weights):
    x, edges = as_batch(random_graphs(SIZES))
    values = []
    for pair in ((1.0, 0.0), (0.0, 1.0), (2.0, 3.0)):
        layer = layer_of(kind, **dict(zip(weights, pair, strict=True)))
        layer(x, edges)
        values.append(layer.auxiliary_loss)
    assert values[0] != values[1]
    torch.testing.assert_close(values[2], 2 * values[0] + 3 * values[1])


def test_the_normalisation_of_min_cut_changes_the_result(random_graphs, as_batch):
    x, edges = as_batch(random_graphs(SIZES))
    first, second = layer_of(MinCut), layer_of(MinCut, normalization="none")
    assert not torch.allclose(first(x, edges)[1].weight, second(x, edges)[1].weight)
    assert first.auxiliary_loss != second.auxiliary_loss


@pytest.mark.parametrize("kind", [DiffPool, MinCut])
def test_auxiliary_losses_are_of_training_alone_and_stay_out_of_copies(random_graphs, as_batch, kind):
    network = nn.ModuleList([layer_of(kind), layer_of(kind)])
    inputs = as_batch(random_graphs(SIZES))
    for layer in network:
        layer(*inputs)
    one = network[0].auxiliary_loss
    assert copy.deepcopy(network)[0].auxiliary_loss is None
    assert pickle.loads(pickle.dumps(network))[0].auxiliary_loss is None
    torch.testing.assert_close(take_auxiliary_loss(network), 2 * one)
    assert take_auxiliary_loss(network) == 0.0
    network[0](*inputs)
    network.eval()[0](*inputs)
    assert network[0].auxiliary_loss is None


@pytest.mark.parametrize("kind", [DiffPool, MinCut])
@pytest.mark.parametrize("sizes", [(0,), (1,), (1, 0, 1), (4, 4)])
def test_graphs_without_edges_pass_with_finite_gradients(kind, sizes):
    none = torch.zeros(0, dtype=torch.int64)
    graphs = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    edges = Edges(none, none, sum(sizes), node_graph=graphs, n_graphs=len(sizes))
    layer = kind(3, K)
    x, pooled = layer(torch.ones(sum(sizes), 3), edges)
    assert x.shape == (len(sizes) * K, 3)
    (x.sum() + pooled.weight.sum() + layer.auxiliary_loss).backward()
    for parameter in layer.parameters():
        assert parameter.grad.isfinite().all()


def test_wrong_options_are_refused_in_a_sentence():
    for kind in (DiffPool, MinCut):
        with pytest.raises(ValueError, match="n_clusters is 0; give an integer of at least 1"):
            kind(3, 0)
    with pytest.raises(ValueError, match="Unknown normalization 'row': choose one of none, random_walk"):
        MinCut(3, 2, normalization="row")

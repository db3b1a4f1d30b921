"""Operators of sums over neighbours against the papers' formulas with dense matrices of numpy."""

from functools import partial

import networkx as nx
import numpy as np
import pytest
import torch
from sum_operators import N_IN, N_OUT, draw, make, numbers
from torch import nn

from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.appnp import PageRankPropagation
from deepstat.layers.graph.chebyshev import Chebyshev
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gated_graph import GatedGraph
from deepstat.layers.graph.gin import GIN
from deepstat.layers.graph.graph_sage import GraphSAGE


def undirected(n, pairs, seed=0):
    """Return the adjacency matrix with random weights, and its edges."""
    adjacency = np.zeros((n, n))
    for i, j in pairs:
        adjacency[i, j] = adjacency[j, i] = np.random.default_rng([seed, i, j]).uniform(0.5, 2.0)
    target, source = np.nonzero(adjacency)
    weight = torch.as_tensor(adjacency[target, source])
    return adjacency, Edges(torch.as_tensor(source), torch.as_tensor(target), n, weight=weight)


def matrix_of(edges, chosen=None):
    """Return the dense matrix (n, n), the target as the row."""
    weight = np.ones(len(edges)) if edges.weight is None else edges.weight.double().numpy()
    out = np.zeros((edges.n_nodes, edges.n_nodes))
    np.add.at(
        out, (edges.target.numpy(), edges.source.numpy()), weight if chosen is None else weight * chosen
    )
    return out


def array(parameter):
    return parameter.detach().double().numpy()


def affine(linear, x):
    bias = 0.0 if linear.bias is None else array(linear.bias)
    return x @ array(linear.weight).T + bias


def close(found, expected, tolerance=1e-11):
    np.testing.assert_allclose(array(found), expected, rtol=tolerance, atol=tolerance)


def inverse(degrees):
    return np.divide(1, degrees, out=np.zeros_like(degrees), where=degrees > 0)


@pytest.fixture(params=[False, True], ids=["plain", "weighted"])
def edges(request):
    return draw(8, 25, weighted=request.param)


@pytest.fixture
def x():
    return numbers(8, N_IN)


def test_message_passing_is_the_matrix_formula(edges, x):
    layer = make("message_passing")
    expected = affine(layer.own, x.numpy()) + matrix_of(edges) @ x.numpy() @ array(layer.neighbours.weight).T
    close(layer(x, edges), expected)


def test_mean_aggregation_divides_by_degrees(edges, x):
    layer, adjacency = make("mean"), matrix_of(edges)
    mean = np.diag(inverse(adjacency.sum(1))) @ adjacency @ x.numpy()
    close(layer(x, edges), affine(layer.own, x.numpy()) + mean @ array(layer.neighbours.weight).T)


def test_sage_aggregates_as_the_paper_does(edges, x):
    adjacency, x_ = matrix_of(edges), x.numpy()
    for name in ("sage_mean", "sage_sum", "sage_max"):
        layer = make(name)
        if name == "sage_max":
            pooled, aggregate = np.maximum(affine(layer.pool, x_), 0), np.zeros((8, 5))
            for s, t, k in zip(edges.source, edges.target, range(len(edges)), strict=True):
                weight = 1.0 if edges.weight is None else float(edges.weight[k])
                aggregate[t] = np.maximum(aggregate[t], weight * pooled[s])
        else:
            aggregate = adjacency @ x_
            if name == "sage_mean":
                aggregate = inverse(adjacency.sum(1))[:, None] * aggregate
        whole = np.hstack([array(layer.own.weight), array(layer.neighbours.weight)])
        expected = np.hstack([x_, aggregate]) @ whole.T + array(layer.own.bias)
        if name == "sage_sum":
            expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        close(layer(x, edges), expected)


def test_rows_of_zeros_stay_zeros_with_finite_gradients_where_rows_have_length_one():
    layer, x = GraphSAGE(2, 2, unit_rows=True), torch.zeros(3, 2, requires_grad=True)
    out = layer(x, draw(3, 4, dtype=torch.float32))
    out.sum().backward()
    assert torch.equal(out, torch.zeros(3, 2))
    assert x.grad.isfinite().all()


@pytest.mark.parametrize(("name", "eps"), [("gin", 0.5), ("gin_norm", 0.0), ("gine", 0.5)])
def test_gin_is_a_perceptron_of_the_sum(name, eps, edges, x):
    layer, x_ = make(name), x.numpy()
    if name == "gin":
        with torch.no_grad():
            layer.eps.fill_(eps)
    messages = x_[edges.source]
    if name == "gine":
        messages = np.maximum(messages + affine(layer.of_edges, edges.features.numpy()), 0)
    if edges.weight is not None:
        messages = edges.weight.numpy()[:, None] * messages
    total = (1 + eps) * x_
    np.add.at(total, edges.target.numpy(), messages)
    hidden = affine(layer.hidden, total) + array(layer.bias)
    if name == "gin_norm":
        centred = hidden - hidden.mean(1, keepdims=True)
        hidden = centred / np.sqrt(hidden.var(1, keepdims=True) + layer.norm.eps)
        hidden = hidden * array(layer.norm.weight) + array(layer.norm.bias)
    close(layer(x, edges), affine(layer.out, np.maximum(hidden, 0)))


def test_batch_normalisation_in_gin_standardises_hidden_units_and_predicts_by_running_moments(edges, x):
    layer = GIN(N_IN, N_OUT, normalization="batch").double()
    seen = []
    layer.norm.register_forward_hook(
        lambda module, given, out: seen.append((given[0].detach(), out.detach()))
    )
    layer(x, edges)
    np.testing.assert_allclose(seen[0][1].mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(seen[0][1].var(0, unbiased=False), 1, atol=1e-3)
    close(layer.norm.running_mean, 0.1 * seen[0][0].mean(0).numpy())
    layer.eval()
    assert not torch.allclose(layer(x, edges), layer.train()(x, edges))


GRAPHS = {
    "path": [(0, 1), (1, 2), (2, 3)],
    "cycle and a node alone": [(0, 1), (1, 2), (2, 0)],
    "tree and a triangle": [(0, 1), (0, 2), (3, 4), (4, 5), (5, 3)],
}


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("order", [0, 1, 2, 5])
@pytest.mark.parametrize("lambda_max", [2.0, 1.6, "computed"])
def test_chebyshev_filters_the_spectrum_of_the_laplacian(graph, order, lambda_max):
    adjacency, edges = undirected(6, GRAPHS[graph])
    root = np.diag(np.sqrt(inverse(adjacency.sum(1))))
    values, vectors = np.linalg.eigh(np.eye(6) - root @ adjacency @ root)
    largest = values.max() if lambda_max == "computed" else lambda_max
    layer, x = Chebyshev(N_IN, N_OUT, order=order, lambda_max=lambda_max).double(), numbers(6, N_IN)
    expected = 0
    for k, weight in enumerate(array(layer.linear.weight).reshape(order + 1, N_OUT, N_IN)):
        response = np.polynomial.chebyshev.Chebyshev.basis(k)(2 * values / largest - 1)
        expected = expected + vectors @ np.diag(response) @ vectors.T @ x.numpy() @ weight.T
    close(layer(x, edges), expected)


def test_the_largest_eigenvalue_is_that_of_networkx_found_once(monkeypatch):
    from deepstat.layers.graph import chebyshev

    graph = nx.barabasi_albert_graph(400, 3, seed=1)
    source, target = np.array([*graph.edges, *((j, i) for i, j in graph.edges)]).T
    order = np.argsort(target, kind="stable")
    edges = Edges(torch.as_tensor(source[order]), torch.as_tensor(target[order]), 400)
    expected = np.linalg.eigvalsh(nx.normalized_laplacian_matrix(graph).toarray()).max()
    assert chebyshev._largest_eigenvalues(edges) == pytest.approx([expected], rel=1e-5)
    layer, x = Chebyshev(N_IN, N_OUT, lambda_max="computed").double(), numbers(400, N_IN)
    first = layer(x, edges)
    monkeypatch.delattr(chebyshev, "_largest_eigenvalues")
    assert torch.equal(layer(x, edges), first)


def test_each_graph_of_a_batch_has_its_own_largest_eigenvalue():
    # A triangle's is 1.5, an edge's 2, and a node's by itself 1: none of them decides for the others.
    source, target = torch.tensor([1, 2, 0, 2, 0, 1, 5, 4]), torch.tensor([0, 0, 1, 1, 2, 2, 4, 5])
    batch = Edges(source, target, 6, node_graph=torch.tensor([0, 0, 0, 1, 2, 2]), n_graphs=3)
    layer, x = Chebyshev(N_IN, N_OUT, order=3, lambda_max="computed").double(), numbers(6, N_IN)
    out = layer(x, batch)
    for nodes, largest, own in (
        (slice(0, 3), 1.5, slice(0, 6)),
        (slice(3, 4), 1.0, slice(0, 0)),
        (slice(4, 6), 2.0, slice(6, 8)),
    ):
        layer.lambda_max = largest
        alone = Edges(source[own] - nodes.start, target[own] - nodes.start, nodes.stop - nodes.start)
        close(out[nodes], array(layer(x[nodes], alone)))


def test_weights_that_change_in_training_have_no_largest_eigenvalue():
    layer, edges, x = make("chebyshev_computed"), draw(5, 9), numbers(5, N_IN)
    with pytest.raises(ValueError, match=r"lambda_max='computed' needs weights .* give lambda_max=2\.0"):
        layer(x, edges.with_weight(edges.weight * 2))
    layer(x, edges.with_weight(edges.weight * 2, constant=True))


@pytest.mark.parametrize("name", ["gated", "gated_narrow"])
def test_gated_graph_is_torchs_recurrent_unit_on_sums_of_typed_messages(name, edges):
    n_in = N_IN if name == "gated" else 5
    layer, x = make(name, n_in), numbers(8, n_in)
    cell = nn.GRUCell(N_OUT, N_OUT).double()
    with torch.no_grad():
        cell.weight_ih.copy_(layer.of_messages.weight)
        cell.bias_ih.copy_(layer.of_messages.bias)
        cell.weight_hh.copy_(layer.of_state.weight)
        cell.bias_hh.copy_(layer.of_state.bias)
    kinds = edges.type.numpy() if name == "gated" else np.zeros(len(edges))
    state = np.zeros((8, N_OUT))
    if name == "gated":
        state[:, :N_IN] = x.numpy()
    else:
        state = affine(layer.narrow, x.numpy())
    for _ in range(layer.n_steps):
        message = np.zeros((8, N_OUT))
        for kind, weight in enumerate(array(layer.messages.weight).reshape(-1, N_OUT, N_OUT)):
            message += matrix_of(edges, kinds == kind) @ state @ weight.T
        state = array(cell(torch.as_tensor(message), torch.as_tensor(state)))
    close(layer(x, edges), state)


def test_gated_graph_refuses_a_graph_of_other_types():
    layer, x = make("gated"), numbers(2, N_IN)
    place = torch.tensor([0, 1]), torch.tensor([0, 1])
    with pytest.raises(ValueError, match="built for 2 types of edges and the graph has 1"):
        layer(x, Edges(*place, 2))
    with pytest.raises(ValueError, match="built for 2 types of edges and the graph has 3"):
        layer(x, Edges(*place, 2, type=torch.tensor([0, 2]), n_types=3))


def test_pagerank_tends_to_the_solution_of_its_linear_system(edges, x):
    adjacency = matrix_of(edges) + np.eye(8)
    root = np.diag(adjacency.sum(1) ** -0.5)
    spread = PageRankPropagation(N_IN, N_IN, n_steps=400, teleport=0.2, linear=False)
    expected = 0.2 * np.linalg.solve(np.eye(8) - 0.8 * root @ adjacency @ root, x.numpy())
    close(spread(x, edges), expected)
    assert not list(spread.parameters())


def test_pagerank_of_three_nodes_solved_by_hand():
    # A path 0 - 1 - 2: degrees with loops 2, 3, 2. One step from h = (6, 0, 0) with teleport 1/2.
    edges = Edges(torch.tensor([1, 0, 2, 1]), torch.tensor([0, 1, 1, 2]), 3)
    out = PageRankPropagation(1, 1, n_steps=1, teleport=0.5, linear=False)(
        torch.tensor([[6.0], [0], [0]]), edges
    )
    close(out, np.array([[3 + 3 / 2], [3 / 6**0.5], [0]]), 1e-6)


def test_pagerank_drops_other_edges_at_each_step_and_none_in_prediction():
    edges, x = draw(30, 200, weighted=False), torch.ones(30, 1)
    layer = PageRankPropagation(1, 1, n_steps=2, edge_dropout=0.5, linear=False)
    plain = PageRankPropagation(1, 1, n_steps=2, linear=False)
    for number, module in enumerate(m for m in layer.modules() if isinstance(m, Dropout)):
        module.layer = number
    assert not torch.allclose(layer(x, edges), plain(x, edges))
    layer.eval()
    assert torch.equal(layer(x, edges), plain(x, edges))


def test_eps_is_a_parameter_only_where_it_is_learnt():
    assert "eps" in dict(GIN(2, 2, learn_eps=True, eps=0.25).named_parameters())
    assert "eps" not in dict(GIN(2, 2, eps=0.25).named_parameters())


def test_the_pool_of_sage_has_the_width_that_is_asked_for():
    assert GraphSAGE(2, 4, aggregator="max").pool.out_features == 4
    assert GraphSAGE(2, 4, aggregator="max", pool_width=9).neighbours.in_features == 9


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (partial(GraphSAGE, 2, 2, aggregator="maxx"), "Unknown aggregator 'maxx'.*Did you mean 'max'"),
        (partial(GraphSAGE, 2, 2, pool_width=3), "pool_width=3 is of aggregator='max'"),
        (partial(Chebyshev, 2, 2, order=-1), "order is -1; give an integer of at least 0"),
        (partial(Chebyshev, 2, 2, lambda_max="largest"), "lambda_max is 'largest'; give a positive number"),
        (partial(Chebyshev, 2, 2, lambda_max=0.0), r"lambda_max is 0\.0"),
        (partial(GatedGraph, 2, 2, n_steps=0), "n_steps is 0"),
        (partial(PageRankPropagation, 2, 2, n_steps=-1), "n_steps is -1"),
        (
            partial(PageRankPropagation, 2, 2, teleport=0.0),
            r"teleport is 0\.0; give a number with 0 < teleport",
        ),
        (
            partial(PageRankPropagation, 2, 3, linear=False),
            "linear=False spreads 2 columns .* 3 are asked for",
        ),
        (
            lambda: make("gine")(torch.zeros(1, 3), Edges(torch.tensor([0]), torch.tensor([0]), 1)),
            "edge_features",
        ),
    ],
)
def test_a_bad_option_is_refused_in_one_sentence(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()

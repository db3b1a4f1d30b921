"""Measures of over-smoothing against networkx and scikit-learn, and what depth does to them."""

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import as_networkx, random_graphs
from sklearn.metrics.pairwise import cosine_distances

from deepstat.data.graph_inputs import GraphInputs
from deepstat.diagnostics.dirichlet_energy import dirichlet_energy
from deepstat.diagnostics.mean_average_distance import mean_average_distance
from deepstat.estimators.components import resolve_architecture
from deepstat.estimators.graphs.graph_tensors import graph_tensors, learn_graph
from deepstat.estimators.network import build_network
from deepstat.graph.graph import Graph

SMALL_WORLD = nx.connected_watts_strogatz_graph(60, 6, 0.2, seed=0)
FEATURES = np.random.default_rng(0).normal(size=(60, 8))
GRAPH = Graph(np.array(SMALL_WORLD.edges).T, node_features=FEATURES)


@given(random_graphs(directed=False), st.integers(0, 5), st.booleans())
@settings(max_examples=80, deadline=None)
def test_energy_is_the_trace_with_networkxs_laplacians(graph, seed, self_loops):
    x = np.random.default_rng(seed).normal(size=(graph.n_nodes, 3))
    matrices = {"combinatorial": np.zeros((0, 0)), "symmetric": np.zeros((0, 0))}
    if graph.n_nodes:
        written = as_networkx(graph)
        nodes = range(graph.n_nodes)
        matrices["combinatorial"] = nx.laplacian_matrix(written, nodes).toarray()
        if self_loops:
            written.add_edges_from([(node, node, {"weight": 1.0}) for node in nodes])
        matrices["symmetric"] = nx.normalized_laplacian_matrix(written, nodes).toarray()
    for kind, matrix in matrices.items():
        found = dirichlet_energy(graph, x, kind=kind, self_loops=self_loops)
        np.testing.assert_allclose(found, np.trace(x.T @ matrix @ x), rtol=1e-9, atol=1e-12)


@given(random_graphs(simple=True), st.integers(0, 5))
@settings(max_examples=80, deadline=None)
def test_distance_is_the_mean_of_scikit_learns_cosine_distances(graph, seed):
    n = graph.n_nodes
    x = np.random.default_rng(seed).normal(size=(n, 3))
    sees = np.zeros((n, n), dtype=bool)
    for source, target in graph.edges.T:
        sees[target, source] = True
        sees[source, target] |= not graph.directed
    for pairs, mask in (("neighbours", sees), ("all", ~np.eye(n, dtype=bool))):
        means = [
            d[own].mean() for d, own in zip(cosine_distances(x) if n else [], mask, strict=True) if own.any()
        ]
        expected = np.mean(means) if means else 0.0
        np.testing.assert_allclose(
            mean_average_distance(graph, x, pairs=pairs), expected, rtol=1e-9, atol=1e-12
        )


def test_energy_relative_to_the_states_does_not_depend_on_their_scale():
    found = [dirichlet_energy(GRAPH, scale * FEATURES, relative=True) for scale in (1.0, 100.0)]
    assert found[0] == pytest.approx(found[1])
    assert found[0] == pytest.approx(dirichlet_energy(GRAPH, FEATURES) / np.square(FEATURES).sum())
    assert dirichlet_energy(GRAPH, 0 * FEATURES, relative=True) == 0.0


def test_states_of_zeros_are_near_each_other_and_far_from_the_rest():
    path = Graph([[0, 1, 2], [1, 2, 3]])
    states = [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]
    assert mean_average_distance(path, states) == pytest.approx((0 + 0.5 + 0.5 + 0) / 4)
    assert mean_average_distance(path, states, pairs="all") == pytest.approx(2 / 3)


def test_tensors_that_require_gradients_are_read():
    states = torch.tensor(FEATURES, requires_grad=True)
    assert dirichlet_energy(GRAPH, states) == dirichlet_energy(GRAPH, FEATURES)
    assert mean_average_distance(GRAPH, states.float()) == pytest.approx(
        mean_average_distance(GRAPH, FEATURES)
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: dirichlet_energy(Graph([[0], [1]], directed=True), np.ones((2, 1))), "undirected"),
        (lambda: dirichlet_energy(GRAPH, FEATURES, kind="left"), "left"),
        (lambda: dirichlet_energy(GRAPH, FEATURES[:5]), "one row for each node"),
        (lambda: dirichlet_energy(GRAPH, FEATURES[:, 0]), "one row for each node"),
        (lambda: mean_average_distance(GRAPH, FEATURES * np.nan), "NaN"),
        (lambda: mean_average_distance(GRAPH, FEATURES, pairs="remote"), "remote"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def last_layer(architecture, n_layers, seed, **options):
    """Return the states (60, 16) after the last of so many operators with random weights."""
    params = {"hidden_layer_sizes": (16,) * (n_layers - 1), **options}
    resolved, _ = resolve_architecture(architecture, params, "graph")
    network = build_network(
        resolved, GraphInputs(8), 16, seed=seed, dtype=torch.float64, device=torch.device("cpu")
    )
    data = graph_tensors(
        GRAPH, learn_graph(GRAPH, ("node",), "none", None), torch.float64, torch.device("cpu")
    )
    with torch.no_grad():
        return network.eval()(data.features, data.edges)


@pytest.mark.parametrize("seed", range(3))
def test_thirty_two_convolutions_smooth_what_residuals_and_pair_norm_keep(seed):
    plain = last_layer("gcn", 32, seed)
    kept = last_layer("gcn", 32, seed, skip="residual", normalization="pair")
    shallow = last_layer("gcn", 2, seed)
    energy = [dirichlet_energy(GRAPH, states, relative=True) for states in (plain, kept, shallow)]
    assert energy[0] < 1e-4
    assert energy[1] > 0.01
    assert energy[2] > 0.05
    distance = [mean_average_distance(GRAPH, states) for states in (plain, kept)]
    assert distance[0] < 1e-6
    assert distance[1] > 1e-3


def test_energy_falls_from_layer_to_layer():
    found = [dirichlet_energy(GRAPH, last_layer("gcn", n, 0), relative=True) for n in (2, 4, 8, 16, 32)]
    assert found == sorted(found, reverse=True)

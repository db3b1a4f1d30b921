import pickle

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import deepstat
from deepstat import Graph, GraphClassifier, GraphRegressor, NodeClassifier
from deepstat.estimators.refit import Draw, refit
from deepstat.inference.bootstrap import bootstrap
from deepstat.inference.jackknife import jackknife

ARCHITECTURES = ["gin_readout", "sage_readout", "gcn_readout", "diff_pool", "min_cut", "top_k", "no_graph"]
FAST = {"architecture": "sage_readout", "max_epochs": 10, "random_state": 0}


def random_graph(rng, n=None, n_features=3, **carried):
    """Return a graph of about as many edges as nodes, with normal features."""
    n = int(rng.integers(3, 9)) if n is None else n
    edges = np.array(nx.gnm_random_graph(n, n, seed=int(rng.integers(1 << 30))).edges).T
    return Graph(edges, n_nodes=n, node_features=rng.normal(size=(n, n_features)), **carried)


@pytest.fixture(scope="module")
def graphs():
    rng = np.random.default_rng(0)
    return [random_graph(rng) for _ in range(24)]


@pytest.fixture(scope="module")
def y():
    return np.array(["a", "b"] * 12)


def renumbered(graph, rng):
    order = rng.permutation(graph.n_nodes)
    return graph.subgraph(order)


def test_predictions_are_those_of_the_matrix_formula(graphs, y):
    params = {"hidden_layer_sizes": (5, 4), "normalization": "none", "dropout": 0.0}
    model = GraphClassifier(
        architecture="gin_readout", architecture_params=params, precision="float64", max_epochs=3
    ).fit(graphs, y)
    features = np.concatenate([graph.node_features for graph in graphs])
    network = model.network_.network
    weight, bias = (value.detach().numpy() for value in network.head[0].parameters())
    for graph, score in zip(graphs, model.decision_function(graphs), strict=True):
        a = nx.to_numpy_array(deepstat.graph.from_networkx.to_networkx(graph)) + np.eye(graph.n_nodes)
        levels = [(graph.node_features - features.mean(axis=0)) / features.std(axis=0)]
        for operator in network.operators:
            inner, out = operator.hidden.weight.detach().numpy(), operator.out.weight.detach().numpy()
            hidden = np.maximum(a @ levels[-1] @ inner.T + operator.bias.detach().numpy(), 0)
            levels.append(np.maximum(hidden @ out.T + operator.out.bias.detach().numpy(), 0))
        read = np.concatenate([level.sum(axis=0) for level in levels])
        np.testing.assert_allclose(score, (read @ weight.T + bias)[0], rtol=1e-9)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_graph_is_predicted_by_itself_and_whatever_the_order_of_its_nodes(graphs, y, architecture):
    model = GraphClassifier(architecture=architecture, max_epochs=4, precision="float64", random_state=0)
    together = model.fit(graphs, y).decision_function(graphs)
    alone = np.concatenate([model.decision_function([graph]) for graph in graphs])
    np.testing.assert_allclose(alone, together, rtol=1e-9, atol=1e-12)
    moved = [renumbered(graph, np.random.default_rng(1)) for graph in graphs]
    np.testing.assert_allclose(model.decision_function(moved), together, rtol=1e-9, atol=1e-9)
    assert len({entry["loss"] for entry in model.history_}) > 1


def test_long_lists_are_predicted_in_parts(graphs, y, monkeypatch):
    model = GraphClassifier(**FAST).fit(graphs, y)
    whole = model.decision_function(graphs)
    monkeypatch.setattr("deepstat.layers.graph.graph_outputs.GRAPHS_AT_ONCE", 5)
    np.testing.assert_allclose(model.decision_function(graphs), whole, rtol=1e-5, atol=1e-6)


def test_triangles_and_a_hexagon_are_told_apart_only_beyond_the_1_wl_test():
    triangles, hexagon = (
        Graph([[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3]]),
        Graph(np.array(nx.cycle_graph(6).edges).T),
    )
    X, y = [triangles, hexagon] * 4, [0, 1] * 4
    params = {
        "normalization": "none",
        "dropout": 0.0,
    }  # statistics of batches of two kinds of nodes mean little
    kwargs = {"architecture_params": params, "max_epochs": 40, "random_state": 0}
    blind = GraphClassifier(structural_features="constant", **kwargs).fit(X, y)
    scores = blind.decision_function(X)
    np.testing.assert_allclose(scores, scores[0], rtol=1e-6)
    walks = GraphClassifier(structural_features="random_walk", **kwargs).fit(X, y)
    assert walks.score(X, y) == 1.0
    path, star = nx.path_graph(5), nx.star_graph(4)
    told = GraphClassifier(structural_features="constant", **kwargs)
    assert told.fit([path, star] * 4, y).score([path, star], [0, 1]) == 1.0


def test_the_edges_help_where_nodes_say_nothing():
    rng = np.random.default_rng(0)
    X, y = [], np.array([0, 1] * 20)
    for label in y:  # two cliques joined by an edge, or as many edges at random
        own = nx.barbell_graph(5, 0)
        X.append(
            own if label else nx.gnm_random_graph(10, own.number_of_edges(), seed=int(rng.integers(1 << 30)))
        )
    cv = StratifiedKFold(4, shuffle=True, random_state=0)
    kwargs = {
        "structural_features": "constant",
        "max_epochs": 150,
        "early_stopping": False,
        "random_state": 0,
    }
    with_edges = cross_val_score(GraphClassifier(**kwargs), X, y, cv=cv).mean()
    without = cross_val_score(GraphClassifier(architecture="no_graph", **kwargs), X, y, cv=cv).mean()
    assert with_edges > 0.9
    assert without < 0.7


@pytest.mark.parametrize("architecture", ["sage_readout", "no_graph", "min_cut"])
def test_weights_are_repetitions(graphs, y, architecture):
    weight = np.random.default_rng(0).integers(0, 3, len(graphs))
    options = {"structural_features": ("one_hot_degree", "degree"), "precision": "float64", "random_state": 0}
    if architecture == "min_cut":  # whose own terms of the loss are means over the graphs of a batch
        options["architecture_params"] = {"cut_weight": 0.0, "orthogonality_weight": 0.0}
    model = GraphClassifier(architecture=architecture, max_epochs=10, **options)
    weighted = model.fit(graphs, y, sample_weight=weight)
    rows = np.repeat(np.arange(len(graphs)), weight)
    repeated = clone(model).fit([graphs[i] for i in rows], y[rows])
    np.testing.assert_allclose(
        repeated.schema_.described.center, weighted.schema_.described.center, rtol=1e-12
    )
    np.testing.assert_allclose(repeated.predict_proba(graphs), weighted.predict_proba(graphs), rtol=1e-7)


def test_scales_and_degrees_are_learned_from_training_graphs(graphs, y):
    star = Graph(np.array(nx.star_graph(30).edges).T, node_features=np.full((31, 3), 1e6))
    model = GraphClassifier(structural_features="one_hot_degree", **FAST)
    (fitted,) = refit(model, [*graphs, star], np.append(y, "a"), [Draw(rows=np.arange(24, dtype=np.int32))])
    features = np.concatenate([graph.node_features for graph in graphs])
    degrees = np.concatenate([np.bincount(graph.edges.ravel(), minlength=graph.n_nodes) for graph in graphs])
    described = fitted.schema_.described
    np.testing.assert_allclose(described.center, features.mean(axis=0))
    np.testing.assert_allclose(described.scale, features.std(axis=0))
    assert described.largest_degree == degrees.max()
    assert described.n_features == 3 + degrees.max() + 1
    assert np.isfinite(
        fitted.predict_proba([star])
    ).all()  # thirty neighbours count as the largest degree known


def test_columns_of_zeros_and_ones_stay_as_they_are():
    rng = np.random.default_rng(0)
    kinds = [np.eye(3)[rng.integers(0, 3, 5)] for _ in range(6)]
    X = [Graph([[0], [1]], node_features=np.column_stack([own, rng.normal(5, 2, 5)])) for own in kinds]
    described = GraphClassifier(**FAST).fit(X, [0, 1] * 3).schema_.described
    assert described.center[:3] == (0.0, 0.0, 0.0)
    assert described.scale[:3] == (1.0, 1.0, 1.0)
    assert 4 < described.center[3] < 6
    standard = GraphClassifier(feature_scaling="standard", **FAST).fit(X, [0, 1] * 3).schema_.described
    np.testing.assert_allclose(standard.center[:3], np.concatenate(kinds).mean(axis=0))


def test_rows_of_features_can_be_divided_by_their_sum():
    X = [
        Graph([[0], [1]], node_features=[[1.0, 3.0], [0.0, 0.0]]),
        Graph([[0], [1]], node_features=np.ones((2, 2))),
    ]
    half = [graph.with_features(graph.node_features / 2) for graph in X]
    model = GraphClassifier(feature_scaling="row", **FAST).fit(X, [0, 1])
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(half))
    assert model.schema_.described.center == (0.0, 0.0)


def test_splitters_searches_pipelines_and_arrays_take_graphs(graphs, y):
    model = GraphClassifier(**FAST)
    scores = cross_val_score(model, graphs, y, cv=StratifiedKFold(3, shuffle=True, random_state=0))
    array = np.empty(len(graphs), dtype=object)
    array[:] = graphs
    for same in (array, pd.Series(graphs), array[:, None], tuple(graphs)):
        cv = StratifiedKFold(3, shuffle=True, random_state=0)
        np.testing.assert_array_equal(cross_val_score(model, same, y, cv=cv), scores)
    pipeline = make_pipeline(FunctionTransformer(), model)
    grid = {"graphclassifier__architecture_params__hidden_layer_sizes": [(4,), (4, 4)]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(graphs, y)
    assert search.predict(graphs).shape == (24,)


def test_folds_inside_a_population_are_those_outside(graphs, y):
    model = GraphClassifier(**FAST)
    plain = cross_val_predict(model, graphs, y, cv=3, method="predict_proba")
    with deepstat.population():
        together = cross_val_predict(model, graphs, y, cv=3, method="predict_proba")
    np.testing.assert_array_equal(together, plain)


def test_a_refit_equals_the_fit_of_its_graphs(graphs, y):
    model = GraphClassifier(n_members=2, **FAST)
    rows = np.array([0, 1, 2, 3, 3, 8, 9, 11], dtype=np.int32)
    (drawn,) = refit(model, graphs, y, [Draw(rows=rows, seed=5)])
    (alone,) = refit(model, [graphs[i] for i in rows], y[rows], [Draw(seed=5)])
    np.testing.assert_allclose(drawn.predict_proba(graphs), alone.predict_proba(graphs), rtol=1e-5)


def test_networkx_graphs_are_converted(y):
    made = [nx.gnp_random_graph(6, 0.5, seed=seed) for seed in range(8)]
    for number, graph in enumerate(made):
        nx.set_edge_attributes(graph, number + 1.0, "weight")
    own = [
        Graph(np.array(graph.edges).T, n_nodes=6, edge_weight=np.full(graph.number_of_edges(), number + 1.0))
        for number, graph in enumerate(made)
    ]
    model = GraphClassifier(structural_features="degree", **{**FAST, "architecture": "gin_readout"})
    by_networkx = model.fit(made, y[:8]).predict_proba(made)
    np.testing.assert_array_equal(by_networkx, clone(model).fit(own, y[:8]).predict_proba(own))
    unweighted = [Graph(graph.edges, n_nodes=6) for graph in own]
    assert not np.allclose(by_networkx, clone(model).fit(unweighted, y[:8]).predict_proba(unweighted))


def test_numbers_of_graphs_are_predicted():
    rng = np.random.default_rng(0)
    X = [random_graph(rng) for _ in range(60)]
    y = np.array([[graph.n_nodes, graph.node_features.sum()] for graph in X])
    params = {"node_layer_sizes": (), "hidden_layer_sizes": ()}
    X = [graph.with_features(np.column_stack([graph.node_features, np.ones(graph.n_nodes)])) for graph in X]
    model = GraphRegressor(
        architecture="no_graph",
        architecture_params=params,
        feature_scaling="none",
        max_epochs=1000,
        learning_rate=0.1,
        early_stopping=False,
        random_state=0,
    )
    predicted = model.fit(X[:40], y[:40]).predict(X[40:])
    np.testing.assert_allclose(predicted, y[40:], atol=0.05)
    assert model.score(X[40:], y[40:]) > 0.999


def test_edges_may_carry_features():
    rng = np.random.default_rng(0)
    edges = np.array([[0, 1, 2], [1, 2, 3]])
    y = rng.permutation([0, 1] * 10)
    X = [
        Graph(edges, node_features=np.ones((4, 1)), edge_features=rng.normal(label, 0.1, (3, 2)))
        for label in y
    ]
    model = GraphClassifier(architecture="gin_readout", max_epochs=40, random_state=0).fit(X[:12], y[:12])
    assert model.score(X[12:], y[12:]) == 1.0
    lonely = Graph(np.empty((2, 0), dtype=int), node_features=np.ones((1, 1)))
    assert np.isfinite(model.predict_proba([lonely])).all()
    with pytest.raises(ValueError, match="have 0 edge features, and those of the fit had 2"):
        model.predict([Graph(edges, node_features=np.ones((4, 1)))])


def test_edge_types_are_matched_by_name():
    def network(inputs, n_outputs):
        return OfTypes(inputs.n_edge_types, n_outputs)

    def graph(*kinds):
        n = len(kinds)
        return Graph([range(n), range(1, n + 1)], node_features=np.ones((n + 1, 1)), edge_type=kinds)

    X = [
        graph("single", "double"),
        graph("single", "single"),
        graph("triple"),
        graph("double", "double", "single"),
    ]
    model = GraphRegressor(architecture=network, max_epochs=2, precision="float64").fit(
        X, [0.0, 1.0, 2.0, 3.0]
    )
    own = model.network_.network
    expected = model.target_.decode(
        own.weight.detach().numpy()[[2, 2]].reshape(2, 1) * 2
    )  # each edge runs both ways
    np.testing.assert_allclose(model.predict([graph("triple"), graph("triple")]), expected.ravel())
    with pytest.raises(
        ValueError, match="edges of type 'quadruple', and those of the fit: 'double', 'single'"
    ):
        model.predict([graph("quadruple")])


class OfTypes(torch.nn.Module):
    """The sum over the arcs of a graph of a number for each type."""

    def __init__(self, n_types, n_outputs):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(1.0, n_types + 1)[:, None].repeat(1, n_outputs))

    def forward(self, x, edges):
        empty = x.new_zeros(edges.n_graphs, self.weight.shape[1])
        return empty.index_add(0, edges.node_graph[edges.target], self.weight[edges.type])


def test_models_are_saved_without_their_graphs(graphs, y, tmp_path):
    options = {**FAST, "structural_features": ("degree", "one_hot_degree"), "n_members": 2}
    model = GraphClassifier(**options).fit(graphs, y)
    deepstat.save(model, tmp_path / "model")
    loaded = deepstat.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(graphs), model.predict_proba(graphs))
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(graphs), model.predict_proba(graphs))


def test_the_bootstrap_draws_graphs(graphs, y):
    model = GraphClassifier(**{**FAST, "architecture": "no_graph", "early_stopping": True})
    found = bootstrap(
        model,
        graphs,
        y,
        lambda fit: fit.predict_proba(graphs[:2])[:, 1],
        n_draws=4,
        n_seeds=0,
        out_of_bag=True,
    )
    assert found.draws.shape == (4, 2)
    assert (found.draws.std(axis=0) > 0).all()


def test_the_bootstrap_of_nodes_is_refused(graphs):
    nodes, sides = np.arange(3), np.array([0, 1, 0])
    model = NodeClassifier(graph=Graph([[0, 1], [1, 2]]), structural_features="identity", max_epochs=2)
    for around in (model, make_pipeline(FunctionTransformer(), model)):
        with pytest.raises(ValueError, match="rows of NodeClassifier are parts of one graph"):
            bootstrap(around, nodes, sides, lambda fit: 0.0)
    with pytest.raises(ValueError, match="parts of one graph"):
        jackknife(model, nodes, sides, lambda fit: 0.0, n_groups=3)
    seeds = [Draw(seed=1), Draw(seed=2)]
    assert len(bootstrap(model, nodes, sides, lambda fit: 0.0, scheme=seeds, n_seeds=0).draws) == 2


def test_single_graphs_are_left_out_of_deterministic_fits_only(graphs, y):
    model = GraphClassifier(random_state=0, early_stopping=False)
    with pytest.raises(ValueError, match="dropout is not zero"):
        jackknife(model, graphs, y, lambda fit: 0.0, n_groups=24)
    with pytest.raises(ValueError, match="batch_size"):
        jackknife(clone(model).set_params(batch_size=8), graphs, y, lambda fit: 0.0, n_groups=24)

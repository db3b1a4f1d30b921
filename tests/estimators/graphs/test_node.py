import pickle

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import deepstat
from deepstat import Graph, NodeClassifier, NodeRegressor, population
from deepstat.estimators.refit import Draw, refit

FAST = {"max_epochs": 30, "random_state": 0, "architecture_params": {"hidden_layer_sizes": (8,)}}


def dense_gcn(graph, network, features):
    """Return the network's outputs by dense matrices: propagation matrix, weights, rectifier."""
    adjacency = np.zeros((graph.n_nodes, graph.n_nodes))
    np.add.at(adjacency, tuple(graph.edges), 1.0)
    adjacency = adjacency + adjacency.T + np.eye(graph.n_nodes)
    root = 1 / np.sqrt(adjacency.sum(axis=0))
    hidden = features
    operators = network.network.operators
    for i, operator in enumerate(operators):
        weight, bias = (p.detach().numpy() for p in (operator.linear.weight, operator.bias))
        hidden = (adjacency * root * root[:, None]) @ hidden @ weight.T + bias
        hidden = np.maximum(hidden, 0) if i + 1 < len(operators) else hidden
    return hidden


def test_predictions_are_those_of_the_matrix_formula(blocks):
    graph, block = blocks
    model = NodeClassifier(graph=graph, precision="float64", **FAST).fit(np.arange(90), block)
    features = (graph.node_features - graph.node_features.mean(axis=0)) / graph.node_features.std(axis=0)
    expected = dense_gcn(graph, model.network_, features)
    np.testing.assert_allclose(model.decision_function(np.arange(90)), expected, rtol=1e-10, atol=1e-10)


def test_sparse_and_dense_features_give_the_same_fit(blocks):
    graph, block = blocks
    sparse_graph = graph.with_features(sparse.csr_array(graph.node_features))
    kwargs = {**FAST, "feature_scaling": "none", "precision": "float64"}
    kwargs["architecture_params"] = {"hidden_layer_sizes": (8,), "dropout": 0.0}
    scores = [
        NodeClassifier(graph=own, **kwargs).fit(np.arange(90), block).decision_function(np.arange(90))
        for own in (graph, sparse_graph)
    ]
    np.testing.assert_allclose(*scores, rtol=1e-8, atol=1e-8)


def test_the_graph_helps_where_features_do_not(blocks):
    graph, block = blocks
    nodes = np.arange(90)
    model = NodeClassifier(graph=graph, max_epochs=100, random_state=0)
    with_graph = cross_val_score(
        model, nodes, block, cv=StratifiedKFold(3, shuffle=True, random_state=0)
    ).mean()
    without = cross_val_score(LogisticRegression(), graph.node_features, block, cv=3).mean()
    assert with_graph > max(0.9, without + 0.2)


def test_a_member_equals_its_own_fit(blocks):
    graph, block = blocks
    nodes = np.arange(0, 90, 2)
    model = NodeClassifier(graph=graph, precision="float64", **FAST)
    together = list(refit(model, nodes, block[nodes], [Draw(seed=s) for s in (3, 4, 5)]))
    (alone,) = refit(model, nodes, block[nodes], [Draw(seed=4)])
    np.testing.assert_allclose(
        together[1].members_[0].flat.numpy(), alone.members_[0].flat.numpy(), rtol=1e-9, atol=1e-12
    )
    assert not torch.allclose(together[0].members_[0].flat, together[1].members_[0].flat)


def test_folds_train_as_one_population(blocks):
    graph, block = blocks
    model = NodeClassifier(graph=graph, precision="float64", **FAST)
    cv = KFold(4, shuffle=True, random_state=0)
    plain = cross_val_score(model, np.arange(90), block, cv=cv)
    with population() as together:
        batched = cross_val_score(model, np.arange(90), block, cv=cv)
    np.testing.assert_allclose(batched, plain)
    assert [own.n_fits for own in together.rounds] == [4]


def test_searches_and_pipelines_take_node_ids(blocks):
    graph, block = blocks
    pipeline = make_pipeline(FunctionTransformer(), NodeClassifier(graph=graph, **FAST))
    grid = {"nodeclassifier__learning_rate": [1e-4, 0.02]}
    search = GridSearchCV(pipeline, grid, cv=3).fit(np.arange(90), block)
    assert search.best_params_ == {"nodeclassifier__learning_rate": 0.02}


def test_only_the_nodes_of_x_have_a_loss_and_all_take_part_in_messages(blocks):
    graph, block = blocks
    nodes = np.arange(0, 90, 3)
    model = NodeClassifier(graph=graph, **FAST).fit(nodes, block[nodes])
    cut = Graph(graph.edges[:, :50], n_nodes=90, node_features=graph.node_features)
    other = NodeClassifier(graph=cut, **FAST).fit(nodes, block[nodes])
    assert not np.allclose(model.predict_proba(nodes), other.predict_proba(nodes))
    np.testing.assert_array_equal(
        model.predict_proba(nodes),
        NodeClassifier(graph=graph, **FAST).fit(nodes, block[nodes]).predict_proba(nodes),
    )


def test_another_graph_can_be_predicted(blocks):
    graph, block = blocks
    model = NodeClassifier(graph=graph, **FAST).fit(np.arange(90), block)
    order = np.random.default_rng(0).permutation(90)
    moved = graph.subgraph(order)
    np.testing.assert_allclose(
        model.predict_proba(np.arange(90), graph=moved), model.predict_proba(order), rtol=1e-4, atol=1e-6
    )
    assert model.graph is graph
    assert model.score(np.arange(90), block[order], graph=moved) == model.score(order, block[order])
    np.testing.assert_array_equal(model.on(moved).predict(np.arange(90)), model.predict(order))


def test_names_of_nodes_are_taken(club):
    graph, sides = club
    names = np.array([f"member {i}" for i in range(34)])
    named = Graph(names[graph.edges], node_names=names)
    kwargs = {**FAST, "structural_features": "identity"}
    by_name = NodeClassifier(graph=named, **kwargs).fit(names[[0, 33]], sides[[0, 33]])
    by_id = NodeClassifier(graph=graph, **kwargs).fit([0, 33], sides[[0, 33]])
    np.testing.assert_array_equal(by_name.predict_proba(names), by_id.predict_proba(np.arange(34)))


def test_four_labels_split_the_karate_club(club):
    graph, sides = club
    model = NodeClassifier(graph=graph, structural_features="identity", random_state=0)
    assert model.fit([0, 1, 32, 33], sides[[0, 1, 32, 33]]).score(np.arange(34), sides) > 0.9


def test_weights_are_repetitions(blocks):
    graph, block = blocks
    nodes, weight = np.arange(90), np.random.default_rng(0).integers(0, 3, 90)
    model = NodeClassifier(graph=graph, precision="float64", **FAST)
    weighted = model.fit(nodes, block, sample_weight=weight).predict_proba(nodes)
    repeated = clone(model).fit(np.repeat(nodes, weight), np.repeat(block, weight)).predict_proba(nodes)
    np.testing.assert_allclose(weighted, repeated, rtol=1e-7)


def test_numbers_at_nodes_are_predicted():
    n = 60
    ring = np.array([np.arange(n), (np.arange(n) + 1) % n])
    features = np.random.default_rng(0).normal(size=(n, 1))
    y = 3 + (np.roll(features, 1) + np.roll(features, -1) + features)[:, 0] / 3
    graph = Graph(ring, node_features=features)
    model = NodeRegressor(
        graph=graph,
        architecture_params={"hidden_layer_sizes": (), "dropout": 0.0},
        max_epochs=400,
        l2=0.0,
        random_state=0,
    )
    predicted = cross_val_predict(model, np.arange(n), y, cv=3)
    np.testing.assert_allclose(predicted, y, atol=0.01)


def test_saved_models_keep_no_graph(blocks, tmp_path):
    graph, block = blocks
    model = NodeClassifier(graph=graph, n_members=2, **FAST).fit(np.arange(90), block)
    deepstat.save(model, tmp_path / "model")
    loaded = deepstat.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba([3, 4], graph=graph), model.predict_proba([3, 4]))
    with pytest.raises(ValueError, match="graph=None is no graph"):
        loaded.predict([0])
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba([3, 4]), model.predict_proba([3, 4]))


def test_clones_share_the_graph(blocks):
    assert clone(NodeClassifier(graph=blocks[0])).graph is blocks[0]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("feature_scaling", "row"),
        ("structural_features", ("degree",)),
        ("precision", "float64"),
        ("n_members", 2),
        ("l2", 0.1),
    ],
)
def test_each_option_changes_the_fit(blocks, option, value):
    graph, block = blocks
    fits = [
        NodeClassifier(graph=graph, **{**FAST, **own}).fit(np.arange(90), block).predict_proba([0, 50])
        for own in ({}, {option: value})
    ]
    assert not np.array_equal(*fits)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([0, 90], "nodes"),
        ([[0, 1]], "give one node for each row"),
        ([], "X has no row"),
        ([0.5, 1.0], "nodes"),
    ],
)
def test_bad_nodes_are_refused(blocks, X, message):
    graph, _ = blocks
    with pytest.raises((ValueError, TypeError), match=message):
        NodeClassifier(graph=graph).fit(X, np.arange(len(X)))


def test_misfits_are_told_before_training(blocks):
    graph, block = blocks
    with pytest.raises(ValueError, match="has no node features"):
        NodeClassifier(graph=Graph(graph.edges)).fit([0, 1], [0, 1])
    with pytest.raises(ValueError, match="reads a table"):
        NodeClassifier(graph=graph, architecture="mlp").fit([0, 1], [0, 1])
    with pytest.raises(ValueError, match="reads a graph"):
        deepstat.DeepRegressor(architecture="gcn").fit([[0.0], [1.0]], [0.0, 1.0])
    model = NodeClassifier(graph=graph, **FAST).fit(np.arange(90), block)
    before = model.predict_proba([0])
    with pytest.raises(ValueError, match="is unknown"):
        model.set_params(feature_scaling="columns").fit(np.arange(90), block)
    np.testing.assert_array_equal(model.predict_proba([0]), before)
    with pytest.raises(ValueError, match="the graph of the fit had 4"):
        model.predict([0], graph=Graph(graph.edges, node_features=np.ones((90, 3))))


def test_an_unfitted_estimator_says_so(blocks):
    with pytest.raises(ValueError, match="not fitted"):
        NodeClassifier(graph=blocks[0]).predict([0])


def test_sparse_products_are_never_compiled(blocks):
    graph, block = blocks
    with pytest.raises(ValueError, match="cannot compile the sparse products"):
        NodeClassifier(graph=graph, compile=True).fit(np.arange(90), block)


@pytest.mark.parametrize(("sampler", "sizes"), [("neighbors", (5, 5)), ("layers", (40, 60))])
def test_sampled_surroundings_learn_too(blocks, sampler, sizes):
    graph, block = blocks
    nodes = np.arange(90)
    model = NodeClassifier(
        graph=graph,
        sampler=sampler,
        sampler_params={"sizes": sizes},
        batch_size=30,
        max_epochs=100,
        random_state=0,
    )
    fits = [model.fit(nodes, block).predict_proba(nodes) for _ in range(2)]
    np.testing.assert_array_equal(*fits)
    assert model.score(nodes, block) > 0.9


@pytest.mark.parametrize("architecture", ["gcn", "graph_sage", "gat", "mean_aggregation"])
def test_all_neighbours_sampled_is_the_whole_graph(blocks, architecture):
    graph, block = blocks
    params = {"hidden_layer_sizes": (8,), "dropout": 0.0}
    params |= {"attention_dropout": 0.0} if architecture == "gat" else {}
    model = NodeClassifier(
        graph=graph,
        architecture=architecture,
        architecture_params=params,
        precision="float64",
        max_epochs=5,
        random_state=0,
    )
    whole = model.fit(np.arange(90), block).predict_proba(np.arange(90))
    model.set_params(sampler="neighbors", sampler_params={"sizes": (-1, -1)}, batch_size=90)
    np.testing.assert_allclose(model.fit(np.arange(90), block).predict_proba(np.arange(90)), whole, rtol=1e-8)


def test_a_sampler_needs_a_size_for_each_operator(blocks):
    graph, _ = blocks
    with pytest.raises(ValueError, match="draws 1 layer"):
        NodeClassifier(graph=graph, sampler="neighbors", sampler_params={"sizes": (5,)}).fit([0, 31], [0, 1])
    with pytest.raises(ValueError, match="PairNorm looks further"):
        NodeClassifier(graph=graph, sampler="neighbors", architecture_params={"normalization": "pair"}).fit(
            [0, 31], [0, 1]
        )
    with pytest.raises(ValueError, match="Chebyshev looks further"):
        NodeClassifier(graph=graph, sampler="neighbors", architecture="chebyshev").fit([0, 31], [0, 1])
    with pytest.raises(ValueError, match="needs a sampler"):
        NodeClassifier(graph=graph, sampler_params={"sizes": (5,)}).fit([0, 31], [0, 1])
    with pytest.raises(ValueError, match="sampler"):
        NodeClassifier(graph=graph, sampler="walks").fit([0, 31], [0, 1])


OPTIONS = {
    "hidden_layer_sizes": (4, 4),
    "activation": "tanh",
    "dropout": 0.0,
    "normalization": "pair",
    "skip": "residual",
    "jumping": "concat",
    "drop_edge": 0.3,
    "penalise": "all",
    "self_loops": False,
}


@pytest.mark.parametrize("option", OPTIONS)
def test_each_option_of_a_stack_changes_the_fit(blocks, option):
    graph, block = blocks
    base = {"hidden_layer_sizes": (8, 8)}
    fits = [
        NodeClassifier(graph=graph, max_epochs=5, random_state=0, l2=0.1, architecture_params={**base, **own})
        .fit(np.arange(90), block)
        .predict_proba([0, 50])
        for own in ({}, {option: OPTIONS[option]})
    ]
    assert not np.array_equal(*fits)


@pytest.mark.parametrize(
    "params",
    [
        {"normalization": "pair", "skip": "dense", "jumping": "max", "hidden_layer_sizes": (8, 8)},
        {"normalization": "batch", "skip": "residual", "jumping": "attention", "hidden_layer_sizes": (8, 8)},
        {"normalization": "layer", "drop_edge": 0.2, "hidden_layer_sizes": ()},
    ],
)
def test_remedies_against_over_smoothing_train_as_populations(blocks, params):
    graph, block = blocks
    model = NodeClassifier(
        graph=graph, precision="float64", max_epochs=10, random_state=0, architecture_params=params
    )
    together = list(refit(model, np.arange(90), block, [Draw(seed=s) for s in (3, 4, 5)]))
    (alone,) = refit(model, np.arange(90), block, [Draw(seed=4)])
    found, expected = (m.predict_proba(np.arange(90)) for m in (together[1], alone))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def test_types_of_nodes_may_have_features_of_their_own():
    rng = np.random.default_rng(0)
    author, paper = np.arange(20), np.arange(20, 60)
    wrote = np.array([rng.choice(author, 80), rng.choice(paper, 80)])
    graph = Graph(
        wrote,
        node_type=["author"] * 20 + ["paper"] * 40,
        edge_type=["wrote"] * 80,
        relations={"wrote": ("author", "paper")},
        node_features={"author": rng.normal(size=(20, 2)), "paper": rng.normal(size=(40, 5))},
    )
    y = np.r_[np.zeros(20), np.ones(40)].astype(int)
    model = NodeClassifier(graph=graph, architecture="relational", max_epochs=60, random_state=0)
    scores = cross_val_score(model, np.arange(60), y, cv=StratifiedKFold(3, shuffle=True, random_state=0))
    assert scores.mean() > 0.9
    assert pickle.loads(pickle.dumps(model.fit(np.arange(60), y))).predict([0]) == model.predict([0])

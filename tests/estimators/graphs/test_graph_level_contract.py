"""What graph-level estimators take, refuse, and do with their parameters."""

import networkx as nx
import numpy as np
import pytest
from sklearn.utils.estimator_checks import (
    check_estimator_cloneable,
    check_estimator_repr,
    check_estimator_tags_renamed,
    check_get_params_invariance,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
    check_valid_tag_types,
)

import deepstat
from deepstat import Graph, GraphClassifier, GraphRegressor
from deepstat.estimators.refit import Draw, refit

FAST = {"architecture": "sage_readout", "max_epochs": 10, "random_state": 0}


def featured(n_nodes, n_features, seed):
    """Return a cycle with normal features."""
    features = np.random.default_rng(seed).normal(size=(n_nodes, n_features))
    return Graph(np.array(nx.cycle_graph(n_nodes).edges).T, node_features=features)


@pytest.fixture(scope="module")
def graphs():
    return [featured(3 + seed % 5, 3, seed) for seed in range(24)]


@pytest.fixture(scope="module")
def y():
    return np.array(["a", "b"] * 12)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("feature_scaling", "row"),
        ("structural_features", "degree"),
        ("precision", "float64"),
        ("n_members", 2),
        ("architecture", "gcn_readout"),
        ("batch_size", 5),
    ],
)
def test_each_option_changes_the_fit(graphs, y, option, value):
    fits = [
        GraphClassifier(**{**FAST, **own}).fit(graphs, y).predict_proba(graphs[:2])
        for own in ({}, {option: value})
    ]
    assert not np.array_equal(*fits)


@pytest.mark.parametrize(
    ("X", "kind", "message"),
    [
        ([], ValueError, "X has no graph"),
        (Graph([[0], [1]]), TypeError, "X is a single graph"),
        (nx.path_graph(3), TypeError, "X is a single graph"),
        ([Graph([[0], [1]]), 3], TypeError, r"X\[1\] is of type int"),
        (7, TypeError, "give a list of graphs"),
        (np.empty((2, 2), dtype=object), ValueError, r"X has shape \(2, 2\)"),
        ([Graph([[0], [1]])] * 2, ValueError, "have no node features: give structural_features"),
        (
            [Graph([[0], [1]], node_features=np.ones((2, p))) for p in (1, 2)],
            ValueError,
            "differ in their number of columns",
        ),
        ([Graph([[0], [1]]), Graph([[0], [1]], directed=True)], ValueError, "directed and undirected"),
    ],
)
def test_what_is_no_list_of_like_graphs_is_refused(X, kind, message):
    with pytest.raises(kind, match=message):
        GraphClassifier().fit(X, [0, 1])


def test_misfits_are_told_before_training(graphs, y):
    with pytest.raises(ValueError, match="reads a graph, and this estimator has a list of graphs"):
        GraphClassifier(architecture="gcn").fit(graphs, y)
    with pytest.raises(ValueError, match="reads a list of graphs, and this estimator has a table"):
        deepstat.DeepRegressor(architecture="gin_readout").fit([[0.0], [1.0]], [0.0, 1.0])
    with pytest.raises(ValueError, match="Unknown structural_features of many graphs 'identity'"):
        GraphClassifier(structural_features="identity").fit(graphs, y)
    with pytest.raises(ValueError, match="feature_scaling"):
        GraphClassifier(feature_scaling="columns").fit(graphs, y)
    typed = Graph([[0], [1]], node_type=["a", "b"], node_features={"a": [[1.0]], "b": [[1.0, 2.0]]})
    with pytest.raises(ValueError, match="features for each node type"):
        GraphClassifier().fit([typed], [0])
    with pytest.raises(ValueError, match="not fitted"):
        GraphClassifier().predict(graphs)
    draws = [Draw(), Draw(params={"structural_features": "degree"})]
    with pytest.raises(ValueError, match="leave them out of a draw's params"):
        list(refit(GraphClassifier(**FAST), graphs, y, draws))
    model = GraphClassifier(**FAST).fit(graphs, y)
    before = model.predict_proba(graphs)
    with pytest.raises(ValueError, match="have 2 node features, and those of the fit had 3"):
        model.predict([featured(4, 2, seed=0)])
    np.testing.assert_array_equal(model.predict_proba(graphs), before)


# scikit-learn's other checks hand in tables of floats, and here X holds graphs.
@pytest.mark.parametrize("cls", [GraphClassifier, GraphRegressor])
@pytest.mark.parametrize(
    "check",
    [
        check_estimator_cloneable,
        check_estimator_repr,
        check_estimator_tags_renamed,
        check_valid_tag_types,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
        check_get_params_invariance,
        check_set_params,
    ],
    ids=lambda check: check.__name__,
)
def test_scikit_learns_checks_that_need_no_table(cls, check):
    check(cls.__name__, cls())

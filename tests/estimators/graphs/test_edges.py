import pickle

import numpy as np
import pytest
import torch
from sklearn.model_selection import cross_val_score

from deepstat import EdgeClassifier, EdgeRegressor, Graph, population
from deepstat.graph.splitters.edge_k_fold import EdgeKFold

FAST = {
    "max_epochs": 30,
    "random_state": 0,
    "embedding_dim": 4,
    "architecture_params": {"hidden_layer_sizes": (8,), "dropout": 0.0},
}


@pytest.fixture(scope="module")
def featured():
    """A graph whose edges carry two numbers, with parallel edges and a self-loop."""
    rng = np.random.default_rng(0)
    edges = np.column_stack([rng.integers(0, 30, (2, 90)), [[4, 4, 9], [5, 5, 9]]])
    return Graph(
        edges,
        n_nodes=30,
        node_features=rng.normal(size=(30, 3)),
        edge_features=rng.normal(5.0, 10.0, size=(93, 2)),
    )


def test_classes_that_differ_in_edge_features_are_learned(featured):
    pairs, y = featured.edges.T, featured.edge_features[:, 1] > 5.0
    fits = {
        name: EdgeClassifier(graph=featured, decoder=name, **{**FAST, "max_epochs": 150}).fit(pairs, y)
        for name in ("mlp", "bilinear")
    }
    assert fits["mlp"].score(pairs, y) > 0.9 > fits["bilinear"].score(pairs, y)
    without = featured._with(edge_features=None)
    plain = EdgeClassifier(graph=without, decoder="bilinear", **{**FAST, "max_epochs": 150}).fit(pairs, y)
    np.testing.assert_allclose(fits["bilinear"].predict_proba(pairs), plain.predict_proba(pairs), rtol=1e-4)


@pytest.mark.parametrize("decoder", ["mlp", "dot", "bilinear"])
def test_edges_of_an_undirected_graph_have_one_prediction(featured, decoder):
    pairs, y = featured.edges.T, featured.edge_features[:, 0]
    model = EdgeRegressor(graph=featured, decoder=decoder, precision="float64", **FAST).fit(pairs, y)
    np.testing.assert_allclose(model.predict(pairs), model.predict(pairs[:, ::-1]), rtol=1e-9)


def test_a_directed_edge_may_differ_from_its_reverse(featured):
    graph = Graph(featured.edges, n_nodes=30, directed=True, node_features=featured.node_features)
    rank = graph.node_features[:, 0]
    pairs = graph.edges.T
    y = rank[pairs[:, 0]] - rank[pairs[:, 1]]
    kwargs = {**FAST, "max_epochs": 200, "structural_features": "identity"}
    model = EdgeRegressor(graph=graph, **kwargs).fit(pairs, y)
    assert model.score(pairs, y) > 0.8
    proper = pairs[:, 0] != pairs[:, 1]
    there, back = model.predict(pairs[proper]), model.predict(pairs[proper][:, ::-1])
    assert np.corrcoef(there, back)[0, 1] < -0.3


def test_several_targets_and_several_classes(featured):
    pairs = featured.edges.T
    numbers = EdgeRegressor(graph=featured, **FAST).fit(pairs, featured.edge_features)
    assert numbers.predict(pairs[:7]).shape == (7, 2)
    labels = np.array(["a", "b", "c"])[np.arange(93) % 3]
    for decoder, params in (("mlp", {"activation": "tanh"}), ("bilinear", {"diagonal": True})):
        model = EdgeClassifier(graph=featured, decoder=decoder, decoder_params=params, **FAST)
        probability = model.fit(pairs, labels).predict_proba(pairs)
        assert probability.shape == (93, 3)
        np.testing.assert_allclose(probability.sum(axis=1), 1.0)
    with pytest.raises(ValueError, match="decoder='dot' gives one output and this target needs 3"):
        EdgeClassifier(graph=featured, decoder="dot", **FAST).fit(pairs, labels)


def test_folds_train_as_one_population(featured):
    pairs, y = featured.edges.T, featured.edge_features[:, 0]
    model = EdgeRegressor(graph=featured, precision="float64", **FAST)
    cv = EdgeKFold(featured, 3)
    plain = cross_val_score(model, pairs, y, cv=cv)
    with population() as together:
        batched = cross_val_score(model, pairs, y, cv=cv)
    np.testing.assert_allclose(batched, plain)
    assert [own.n_fits for own in together.rounds] == [3]


def test_a_pickled_model_keeps_the_decoder_and_the_scale_of_edge_features(featured):
    pairs, y = featured.edges.T, featured.edge_features[:, 0]
    model = EdgeRegressor(graph=featured, **FAST).fit(pairs, y)
    expected = model.predict(pairs)
    model.set_params(decoder="bilinear", embedding_dim=7)  # of the next fit
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(pairs), expected)
    rescaled = Graph(
        featured.edges,
        n_nodes=30,
        node_features=featured.node_features,
        edge_features=np.zeros((93, 2)),
    )
    other = model.predict(pairs, graph=rescaled)  # the scale is that of the fit, so zeros are not the mean
    assert np.abs(other - expected).max() > 1e-3
    scale = model.network_.scale
    assert torch.allclose(scale, torch.tensor([10.0, 10.0], dtype=scale.dtype), rtol=0.3)


def test_a_decoder_may_be_a_class_and_a_wrong_one_is_told(featured):
    pairs, y = featured.edges.T, featured.edge_features[:, 0]

    class Distance(torch.nn.Module):
        def __init__(self, n_in, n_outputs, *, symmetric, n_features, power=2.0):
            super().__init__()
            assert symmetric
            assert n_features == 3  # two numbers and whether there is an edge
            self.output, self.power = torch.nn.Linear(1, n_outputs), power

        def forward(self, source, target, features):
            return self.output((source - target).abs().pow(self.power).sum(1, keepdim=True))

    model = EdgeRegressor(graph=featured, decoder=Distance, decoder_params={"power": 1.0}, **FAST)
    assert model.fit(pairs, y).predict(pairs).shape == (93,)
    for params, message in (
        ({"decoder": "mpl"}, "Did you mean 'mlp'"),
        ({"decoder_params": {"depth": 2}}, "no option 'depth'"),
        ({"decoder_params": {"hidden_layer_sizes": (0,)}}, "give a sequence of positive integers"),
        ({"decoder_params": {"dropout": 1.0}}, "dropout"),
        ({"embedding_dim": 0}, "embedding_dim"),
    ):
        with pytest.raises(ValueError, match=message):
            EdgeRegressor(graph=featured, **params).fit(pairs, y)

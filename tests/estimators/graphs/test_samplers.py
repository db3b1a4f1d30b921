"""Subgraphs as batches of node estimators."""

import numpy as np
import pytest
from sklearn.model_selection import KFold, cross_val_score

from deepstat import Graph, NodeClassifier, NodeRegressor, population
from deepstat.estimators.graphs.samplers import SAMPLERS, make_sampler
from deepstat.estimators.refit import Draw, refit

SMALL = {
    "random_walks": {"n_roots": 40, "walk_length": 2, "n_presamples": 100},
    "clusters": {"n_parts": 6, "n_joined": 2},
}
NODES = np.arange(90)
BOTH = pytest.mark.parametrize("sampler", SMALL)


def model_of(graph, sampler, **settings):
    given = {"sampler_params": SMALL[sampler], "max_epochs": 10, "random_state": 0, **settings}
    return NodeClassifier(graph=graph, sampler=sampler, **given)


@BOTH
@pytest.mark.parametrize("architecture", ["gcn", "chebyshev"])
def test_subgraphs_learn_with_architectures_of_any_reach(blocks, sampler, architecture):
    graph, block = blocks
    model = model_of(graph, sampler, architecture=architecture, max_epochs=80).fit(NODES, block)
    assert model.score(NODES, block) > 0.85


@BOTH
def test_random_state_decides_all(blocks, sampler):
    graph, block = blocks
    one, same, other = (
        model_of(graph, sampler, random_state=s).fit(NODES, block).predict_proba(NODES) for s in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


@BOTH
def test_a_member_of_a_population_equals_its_own_fit(blocks, sampler):
    graph, block = blocks
    model = model_of(graph, sampler, precision="float64")
    together = list(refit(model, NODES[::2], block[::2], [Draw(seed=s) for s in (3, 4, 5)]))
    (alone,) = refit(model, NODES[::2], block[::2], [Draw(seed=4)])
    np.testing.assert_array_equal(together[1].predict_proba(NODES), alone.predict_proba(NODES))
    cv = KFold(3, shuffle=True, random_state=0)
    plain = cross_val_score(model, NODES, block, cv=cv)
    with population():
        np.testing.assert_allclose(cross_val_score(model, NODES, block, cv=cv), plain)


@pytest.mark.parametrize("architecture", ["gcn", "graph_sage", "chebyshev"])
@pytest.mark.parametrize("rescale", [False, True])
def test_all_clusters_joined_are_the_whole_graph(blocks, architecture, rescale):
    graph, block = blocks
    settings = {"architecture_params": {"dropout": 0.0}, "precision": "float64", "max_epochs": 5}
    settings |= {"architecture": architecture, "random_state": 0}
    whole = NodeClassifier(graph=graph, **settings).fit(NODES[::2], block[::2])
    model = NodeClassifier(
        graph=graph,
        sampler="clusters",
        sampler_params={"n_parts": 3, "n_joined": 3, "rescale": rescale},
        **settings,
    )
    model.fit(NODES[::2], block[::2])
    np.testing.assert_allclose(model.predict_proba(NODES), whole.predict_proba(NODES), rtol=1e-6)
    np.testing.assert_allclose(
        [e["loss"] for e in model.history_], [e["loss"] for e in whole.history_], rtol=1e-8
    )


def test_an_epoch_has_all_clusters_and_schedules_run_over_its_steps(blocks):
    graph, block = blocks
    model = model_of(graph, "clusters", schedule="cosine").fit(NODES, block)
    assert model.n_steps_ == 10 * 3
    assert np.isfinite([entry["loss"] for entry in model.history_]).all()


def test_the_mean_loss_recorded_is_that_of_all_nodes(blocks):
    graph, block = blocks
    frozen = {"learning_rate": 1e-12, "max_epochs": 60, "architecture_params": {"dropout": 0.0}}
    frozen |= {"architecture_params": {"hidden_layer_sizes": (), "dropout": 0.0}, "l2": 0.0}
    walks = {**SMALL["random_walks"], "n_presamples": 3000}
    model = model_of(graph, "random_walks", sampler_params=walks, precision="float64", **frozen).fit(
        NODES, block
    )
    whole = NodeClassifier(graph=graph, random_state=0, precision="float64", **frozen).fit(NODES, block)
    recorded = np.array([entry["loss"] for entry in model.history_])
    # Outputs of a sample vary, and the loss is convex in them: by Jensen's inequality a little above.
    assert whole.history_[0]["loss"] * 0.98 < recorded.mean() < whole.history_[0]["loss"] * 1.15


def test_weights_early_stopping_and_regression_go_with_subgraphs(blocks):
    graph, block = blocks
    weight = np.random.default_rng(0).integers(0, 3, 90)
    model = NodeRegressor(
        graph=graph,
        sampler="clusters",
        sampler_params=SMALL["clusters"],
        early_stopping=True,
        loss="huber",
        max_epochs=15,
        n_members=2,
        random_state=0,
    ).fit(NODES, block * 1.0, sample_weight=weight)
    assert "validation_loss" in model.history_[0]
    assert np.isfinite(model.predict(NODES)).all()


def test_nodes_of_several_types_are_sampled_too():
    rng = np.random.default_rng(0)
    graph = Graph(
        np.array([rng.choice(20, 80), 20 + rng.choice(40, 80)]),
        node_type=["author"] * 20 + ["paper"] * 40,
        edge_type=["wrote"] * 80,
        node_features={"author": rng.normal(size=(20, 2)), "paper": rng.normal(size=(40, 5))},
    )
    y = np.r_[np.zeros(20), np.ones(40)].astype(int)
    for sampler, params in SMALL.items():
        model = NodeClassifier(
            graph=graph,
            architecture="relational",
            sampler=sampler,
            sampler_params=params,
            max_epochs=30,
            random_state=0,
        )
        assert model.fit(np.arange(60), y).score(np.arange(60), y) > 0.9


@pytest.mark.parametrize(
    ("sampler", "settings", "sentence"),
    [
        ("random_walks", {"sampler_params": {"n_roots": 0}}, "n_roots is 0; give an integer of at least 1"),
        ("random_walks", {"sampler_params": {"walk_length": -1}}, "walk_length is -1"),
        ("random_walks", {"sampler_params": {"n_presamples": 0}}, "n_presamples is 0"),
        ("random_walks", {"sampler_params": {"sizes": (5,)}}, "option of the sampler 'random_walks'"),
        ("clusters", {"sampler_params": {"n_parts": 91, "n_joined": 7}}, "n_parts is 91 but there are 90 nodes"),
        ("clusters", {"sampler_params": {"n_parts": 6, "n_joined": 4}}, "n_joined is 4; give a divisor of n_parts, 6"),
        ("clusters", {"batch_size": 32}, "batch_size=32 is not for sampler='clusters'"),
        ("clusters", {"architecture_params": {"normalization": "pair"}}, "PairNorm reads all nodes at once"),
    ],
)  # fmt: skip
def test_misfits_are_told_before_training(blocks, sampler, settings, sentence):
    graph, block = blocks
    with pytest.raises(ValueError, match=sentence):
        model_of(graph, sampler, **settings).fit(NODES, block)


def test_losses_that_are_no_mean_over_nodes_are_refused(blocks):
    graph, block = blocks
    with pytest.raises(
        ValueError, match="loss='dice' is no mean over nodes, which sampler='clusters' estimates"
    ):
        NodeClassifier(graph=graph, sampler="clusters", loss="dice").fit(NODES, block == 1)


def test_samplers_are_made_by_name():
    graph = Graph([[0, 1], [1, 2]])
    for name in SAMPLERS:
        params = {"n_parts": 2, "n_joined": 1} if name == "clusters" else None
        assert make_sampler(graph, None, name, params) is not None
    with pytest.raises(ValueError, match="Unknown sampler 'walks': choose one of clusters"):
        make_sampler(graph, None, "walks", None)


def test_losses_of_ones_own_and_warm_starts_go_with_subgraphs(blocks):
    graph, block = blocks

    def own(prediction, target):
        return (prediction - target).square().mean(dim=1)

    model = NodeRegressor(
        graph=graph,
        sampler="clusters",
        sampler_params=SMALL["clusters"],
        loss=own,
        max_epochs=4,
        warm_start=True,
        random_state=0,
    )
    model.fit(NODES, block * 1.0).fit(NODES, block * 1.0)
    assert (model.n_steps_, len(model.history_)) == (2 * 4 * 3, 8)

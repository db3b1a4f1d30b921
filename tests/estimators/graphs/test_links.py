import pickle

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from torch import nn

from deepstat import Graph, LinkPredictor, population
from deepstat.estimators.graphs.link_rows import link_rows
from deepstat.estimators.graphs.pair_codes import code_pairs, count_pairs, decode_pairs, sample_codes
from deepstat.estimators.refit import Draw, refit
from deepstat.graph.splitters.edge_k_fold import EdgeKFold
from deepstat.registry import registry
from deepstat.training.loop import train
from deepstat.training.together import trained_by

NO_DROPOUT = {"hidden_layer_sizes": (8,), "dropout": 0.0}
FAST = {"max_epochs": 20, "random_state": 0, "embedding_dim": 4, "architecture_params": NO_DROPOUT}
EXACT = {**FAST, "precision": "float64"}


def block_model(seed, directed=False, n=160, p_in=0.16, p_out=0.04):
    """Return a graph of two blocks that its features name, all pairs, their probabilities, and the links."""
    rng = np.random.default_rng(seed)
    block = np.arange(n) % 2
    i, j = np.nonzero(~np.eye(n, dtype=bool)) if directed else np.triu_indices(n, 1)
    p = np.where(block[i] == block[j], p_in, p_out)
    linked = rng.random(len(p)) < p
    pairs = np.column_stack([i, j])
    graph = Graph(pairs[linked].T, n_nodes=n, directed=directed, node_features=np.eye(2)[block])
    return graph, pairs, p, linked


def some_links(graph, share, seed=1):
    links = graph.edges.T
    return links[np.random.default_rng(seed).random(len(links)) < share]


@pytest.fixture(scope="module")
def small():
    return block_model(3, n=40, p_in=0.3, p_out=0.05)


@pytest.fixture(scope="module")
def table(small):
    """All pairs of which a third has a known label."""
    _, pairs, _, linked = small
    chosen = np.random.default_rng(0).random(len(pairs)) < 1 / 3
    return pairs[chosen], linked[chosen].astype(int)


# -- probabilities ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("n_negatives", [1, 6])
def test_probabilities_are_those_of_the_model_whatever_the_ratio_of_negatives(directed, n_negatives):
    graph, pairs, p, linked = block_model(0, directed)
    model = LinkPredictor(
        graph=graph, n_negatives=n_negatives, decoder="bilinear", **{**FAST, "max_epochs": 150}
    )
    found = model.fit(some_links(graph, 0.8)).predict_proba(pairs)[:, 1]
    # The standard error of a share in the graph itself is 0.005 and 0.003, half of that where pairs are ordered.
    assert found[p == 0.16].mean() == pytest.approx(0.16, abs=0.02)
    assert found[p == 0.04].mean() == pytest.approx(0.04, abs=0.01)
    assert found.mean() == pytest.approx(linked.mean(), rel=0.1)


def test_uncorrected_probabilities_depend_on_the_ratio():
    graph, pairs, _, _ = block_model(0)
    fits = [LinkPredictor(graph=graph, n_negatives=k, **FAST).fit(graph.edges.T) for k in (1, 4)]
    raw = [fit.predict_raw_proba(pairs)[:, 1].mean() for fit in fits]
    assert raw[0] > 1.5 * raw[1] > 0.1


def test_a_base_rate_moves_all_log_odds_by_the_same_number(small):
    graph, pairs, _, linked = small
    links = graph.edges.T
    default = LinkPredictor(graph=graph, **EXACT).fit(links).predict_proba(pairs)
    other = LinkPredictor(graph=graph, base_rate=0.5, **EXACT).fit(links).predict_proba(pairs)

    def log_odds(p):
        return np.log(p[:, 1] / p[:, 0])

    share = linked.mean()
    np.testing.assert_allclose(log_odds(other) - log_odds(default), np.log((1 - share) / share), rtol=1e-9)


def test_rates_are_the_shares_trained_on_over_those_of_all_pairs(small):
    graph, pairs, _, linked = small
    model = LinkPredictor(graph=graph, n_negatives=2, **FAST).fit(some_links(graph, 0.5))
    expected = [(2 / 3) / (1 - linked.mean()), (1 / 3) / linked.mean()]
    np.testing.assert_allclose(model.class_weight_, expected)
    everything = LinkPredictor(graph=graph, n_negatives=0, **FAST).fit(pairs, linked)
    np.testing.assert_allclose(everything.class_weight_, [1.0, 1.0])
    np.testing.assert_allclose(
        everything.predict_proba(pairs), everything.predict_raw_proba(pairs), rtol=1e-5
    )


def test_pairs_of_a_undirected_graph_have_one_prediction_and_those_of_a_directed_one_two(small):
    graph, pairs, _, _ = small
    for decoder in ("dot", "bilinear", "mlp"):
        model = LinkPredictor(graph=graph, decoder=decoder, **EXACT).fit(graph.edges.T)
        there, back = (model.predict_proba(own) for own in (pairs, pairs[:, ::-1]))
        np.testing.assert_allclose(there, back, rtol=1e-12)
    directed = Graph(graph.edges, directed=True, node_features=np.random.default_rng(0).normal(size=(40, 3)))
    for decoder in ("auto", "mlp"):
        model = LinkPredictor(graph=directed, decoder=decoder, **EXACT).fit(directed.edges.T)
        there, back = (model.predict_proba(own) for own in (pairs, pairs[:, ::-1]))
        assert np.abs(there - back).max() > 1e-3


# -- edges held out ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("directed", [False, True])
def test_a_fit_is_that_on_a_graph_without_the_edges_held_out(directed, small, table):
    graph, pairs, _, _ = small
    X, y = table
    graph = Graph(graph.edges, directed=directed, node_features=graph.node_features)
    links = {frozenset(pair) for pair in X[y == 1].tolist()}
    without = graph.without_edges(
        [i for i, pair in enumerate(graph.edges.T.tolist()) if frozenset(pair) not in links]
    )
    assert 0 < without.n_edges < graph.n_edges
    turned = X if directed else X[:, ::-1]  # a link is held out in both directions, whichever X names
    held_out = LinkPredictor(graph=graph, n_negatives=0, **EXACT).fit(turned, y)
    removed = LinkPredictor(graph=without, n_negatives=0, propagate="graph", **EXACT).fit(turned, y)
    everything = LinkPredictor(graph=graph, n_negatives=0, propagate="graph", **EXACT).fit(turned, y)
    np.testing.assert_array_equal(held_out.propagation_graph_.edges, without.edges)
    expected = removed.decision_function(pairs)
    np.testing.assert_allclose(held_out.decision_function(pairs), expected, rtol=1e-9)
    assert np.abs(everything.decision_function(pairs) - expected).max() > 1e-3


class CountingNeighbours(nn.Module):
    """Looks at arcs, whatever their weights."""

    def __init__(self, inputs, n_outputs):
        super().__init__()
        self.linear = nn.Linear(inputs.n_features, n_outputs)

    def forward(self, x, edges):
        return self.linear(x).index_add(0, edges.target, self.linear(x).index_select(0, edges.source))


def test_an_architecture_that_ignores_weights_does_not_see_edges_held_out(small, table):
    graph, pairs, _, _ = small
    kwargs = {"architecture": CountingNeighbours, "n_negatives": 0, "max_epochs": 5, "random_state": 0}
    held_out = LinkPredictor(graph=graph, **kwargs).fit(*table)
    without = LinkPredictor(graph=held_out.propagation_graph_, **kwargs).fit(*table)
    np.testing.assert_allclose(held_out.decision_function(pairs), without.decision_function(pairs), rtol=1e-5)


def test_structural_features_are_made_without_the_edges_held_out(small, table):
    graph, pairs, _, _ = small
    kwargs = {**EXACT, "structural_features": ("degree",), "n_negatives": 0}
    held_out = LinkPredictor(graph=graph, **kwargs).fit(*table)
    without = LinkPredictor(graph=held_out.propagation_graph_, **kwargs).fit(*table)
    np.testing.assert_allclose(held_out.decision_function(pairs), without.decision_function(pairs), rtol=1e-9)


def test_self_loops_and_parallel_edges_of_links_stay():
    graph = Graph([[0, 1, 1, 2, 3], [1, 0, 2, 3, 3]], n_nodes=6, node_features=np.eye(6))
    model = LinkPredictor(graph=graph, **FAST).fit([[0, 1], [2, 1]])
    assert model.propagation_graph_.edges.tolist() == [[0, 1, 1, 3], [1, 0, 2, 3]]


# -- non-links --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 6, 7])
@pytest.mark.parametrize("ordered", [False, True])
def test_numbers_of_pairs_have_no_gaps(n, ordered):
    total = count_pairs(n, ordered)
    pairs = decode_pairs(np.arange(total), n)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    seen = {tuple(pair) if ordered else frozenset(pair) for pair in pairs.tolist()}
    assert len(seen) == total == len(list(np.argwhere(~np.eye(n, dtype=bool)))) / (1 if ordered else 2)
    np.testing.assert_array_equal(code_pairs(pairs, n, ordered), np.arange(total))
    if not ordered:
        np.testing.assert_array_equal(code_pairs(pairs[:, ::-1], n, ordered), np.arange(total))


def test_non_links_are_drawn_uniformly_from_those_that_are_left():
    taken = np.array([0, 3, 4, 9, 19])
    rng = np.random.default_rng(0)
    draws = np.array([sample_codes(taken, 20, 5, rng) for _ in range(2000)])
    assert all(len(set(row)) == 5 for row in draws.tolist())
    counts = np.bincount(draws.ravel(), minlength=20)
    assert not counts[taken].any()
    assert stats.chisquare(np.delete(counts, taken)).pvalue > 1e-3


def test_sampled_pairs_are_neither_linked_nor_given(small, table):
    graph, _, _, _ = small
    X, y = table
    rows = link_rows(graph, X, y, None, n_negatives=6, base_rate=None, rng=np.random.default_rng(0))
    drawn = rows.pairs[len(X) :]
    known = {frozenset(pair) for pair in [*graph.edges.T.tolist(), *X.tolist()]}
    assert len(drawn) == 6 * y.sum() - (y == 0).sum() > 0
    assert not known & {frozenset(pair) for pair in drawn.tolist()}
    np.testing.assert_array_equal(rows.y, np.concatenate([y, np.zeros(len(drawn))]))


def test_rows_of_weight_two_count_twice_and_those_of_weight_zero_not(small):
    graph, _, _, _ = small
    links = graph.edges.T[:6]
    weight = np.array([2.0, 1, 1, 1, 1, 0])
    args = {"n_negatives": 3, "base_rate": None}
    weighted = link_rows(graph, links, None, weight, rng=np.random.default_rng(0), **args)
    repeated = link_rows(graph, links[[0, 0, 1, 2, 3, 4]], None, None, rng=np.random.default_rng(0), **args)
    np.testing.assert_allclose(weighted.rate, repeated.rate)
    np.testing.assert_array_equal(weighted.carries, repeated.carries)
    np.testing.assert_array_equal(weighted.pairs[5:], repeated.pairs[6:])


def test_the_draw_follows_the_seed(small):
    graph, pairs, _, _ = small
    links = some_links(graph, 0.7)
    fits = [LinkPredictor(graph=graph, **{**FAST, "random_state": s}).fit(links) for s in (0, 0, 1)]
    first, again, other = (fit.predict_proba(pairs) for fit in fits)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


# -- scikit-learn -----------------------------------------------------------------------------------------------------


def test_folds_train_as_one_population_although_each_has_its_own_edges(small):
    graph, pairs, _, linked = small
    rows = np.r_[np.flatnonzero(linked), np.flatnonzero(~linked)[: linked.sum()]]
    model = LinkPredictor(graph=graph, **EXACT)
    cv = EdgeKFold(graph, 4, shuffle=True, random_state=0)
    plain = cross_val_score(model, pairs[rows], linked[rows], cv=cv, scoring="roc_auc")
    with population() as together:
        batched = cross_val_score(model, pairs[rows], linked[rows], cv=cv, scoring="roc_auc")
    np.testing.assert_allclose(batched, plain, rtol=1e-9)
    assert [own.n_fits for own in together.rounds] == [4]


ARCHITECTURES = [
    name
    for name in registry().names("architecture")
    if registry().record("architecture", name).takes == "graph"
]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_an_edge_of_weight_zero_is_none_to_any_architecture_so_that_fits_of_different_links_share(
    architecture, small, table
):
    X, y = table
    found = []
    with trained_by(lambda plans: found.extend(plans) or train(plans)):
        for own in (y == 1, np.arange(len(y)) % 2 == 0):
            model = LinkPredictor(graph=small[0], architecture=architecture, max_epochs=1, random_state=0)
            model.fit(X[own], y[own])
    assert found[0].key[0] == found[1].key[0]  # the recipe, with the graph's tensors


def test_fits_of_different_links_have_one_key_unless_their_features_look_at_edges(small, table):
    graph, _, _, _ = small
    X, y = table

    def plans(**params):
        found = []
        with trained_by(lambda plans: found.extend(plans) or train(plans)):
            for k in (0, 1):
                own = np.arange(len(y)) % 5 != k
                LinkPredictor(graph=graph, n_negatives=0, **FAST, **params).fit(X[own], y[own])
        return found

    shared, own = plans(), plans(structural_features=("degree",))
    assert shared[0].key == shared[1].key
    assert own[0].key != own[1].key


def test_a_fold_of_a_population_is_the_fit_alone_also_on_a_weighted_graph(small, table):
    graph, pairs, _, _ = small
    weight = np.random.default_rng(0).gamma(2.0, size=graph.n_edges)
    graph = Graph(graph.edges, node_features=graph.node_features, edge_weight=weight)
    model = LinkPredictor(graph=graph, **EXACT)
    parts = [np.arange(len(table[1])) % 3 != k for k in range(3)]
    alone = [clone(model).fit(table[0][own], table[1][own]) for own in parts]
    with population():
        from joblib import Parallel, delayed

        beside = Parallel(n_jobs=3)(
            delayed(lambda own: clone(model).fit(table[0][own], table[1][own]))(own) for own in parts
        )
    for one, other in zip(alone, beside, strict=True):
        np.testing.assert_allclose(one.decision_function(pairs), other.decision_function(pairs), rtol=1e-9)
        assert "edge_weight" not in one.members_[0].buffers


def test_searches_reach_the_options_of_sampling_and_of_the_decoder(small):
    graph, pairs, _, linked = small
    grid = {"n_negatives": [1.0, 2.0], "decoder_params__hidden_layer_sizes": [(4,), (8, 4)]}
    model = LinkPredictor(graph=graph, decoder="mlp", decoder_params={"hidden_layer_sizes": (4,)}, **FAST)
    search = GridSearchCV(model, grid, cv=EdgeKFold(graph, 2), scoring="roc_auc").fit(pairs, linked)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_links_of_blocks_are_told_from_other_pairs():
    graph, pairs, p, _ = block_model(1, n=80, p_in=0.4, p_out=0.02)
    model = LinkPredictor(graph=graph, **FAST).fit(some_links(graph, 0.8))
    assert (model.predict(pairs) == (p == 0.4)).mean() > 0.9


def test_members_of_an_ensemble_share_their_non_links(small):
    graph, pairs, _, _ = small
    model = LinkPredictor(graph=graph, n_members=2, **FAST).fit(some_links(graph, 0.7))
    assert model.n_rows_[0] == model.n_rows_[1]
    assert not torch.equal(model.members_[0].flat, model.members_[1].flat)
    assert model.predict_proba(pairs).shape == (len(pairs), 2)


def test_a_pickled_model_predicts_the_same_and_another_graph_can_be_given(small):
    graph, pairs, _, _ = small
    model = LinkPredictor(graph=graph, **FAST).fit(some_links(graph, 0.7))
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict_proba(pairs), again.predict_proba(pairs))
    whole = Graph(graph.edges, node_features=graph.node_features)
    assert not np.allclose(model.predict_proba(pairs), model.predict_proba(pairs, graph=whole))
    cut = model.propagation_graph_
    np.testing.assert_array_equal(model.predict_proba(pairs), model.predict_proba(pairs, graph=cut))
    with pytest.raises(ValueError, match="directed and that of the fit was undirected"):
        model.predict(pairs, graph=Graph(graph.edges, directed=True, node_features=graph.node_features))


def test_a_warm_start_goes_on_with_other_links(small):
    graph, _, _, _ = small
    model = LinkPredictor(graph=graph, warm_start=True, **FAST).fit(some_links(graph, 0.5))
    model.fit(some_links(graph, 0.8))
    assert len(model.history_) == 40


def test_names_stand_for_nodes(small):
    graph, pairs, _, _ = small
    names = np.array([f"n{i}" for i in range(40)])
    named = Graph(names[graph.edges], node_names=names, node_features=graph.node_features)
    links = some_links(graph, 0.7)
    np.testing.assert_array_equal(
        LinkPredictor(graph=graph, **FAST).fit(links).predict_proba(pairs),
        LinkPredictor(graph=named, **FAST).fit(names[links]).predict_proba(names[pairs]),
    )


@pytest.mark.parametrize(
    ("X", "y", "params", "message"),
    [
        ([[0, 99]], None, {}, "99"),
        ([[0, 1], [2, 2]], None, {}, "Row 1 of X pairs a node with itself"),
        ([[0, 1, 2]], None, {}, "give a pair of nodes"),
        ([[0, 1], [1, 2]], [1, 2], {}, "y holds 2: 1 is a link and 0 is none"),
        ([[0, 1], [1, 2]], ["a", "b"], {}, "y holds 'a'"),
        ([[0, 1]], [1, 0], {}, r"y has shape \(2,\) for 1 pairs"),
        ([[0, 2], [1, 3]], [0, 0], {}, "y has no link"),
        ([[0, 1]], None, {"n_negatives": 0}, "samples no pair without a link"),
        ([[0, 1]], None, {"n_negatives": 10}, "asks for 10 pairs without a link and the graph has 3 left"),
        ([[0, 1]], None, {"decoder": "dott"}, "Did you mean 'dot'"),
        ([[0, 1]], None, {"decoder_params": {"width": 3}}, "no option 'width'"),
        ([[0, 1]], None, {"base_rate": 1.0}, "base_rate"),
        ([[0, 1]], None, {"propagate": "all"}, "propagate"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(X, y, params, message):
    graph = Graph([[0, 1, 2], [1, 2, 3]], node_features=np.eye(4))
    with pytest.raises(ValueError, match=message):
        LinkPredictor(graph=graph, **params).fit(X, y)


def test_a_complete_graph_has_no_non_link_left():
    graph = Graph([[0, 0, 1], [1, 2, 2]], node_features=np.eye(3))
    with pytest.raises(ValueError, match="has none left to sample"):
        LinkPredictor(graph=graph).fit([[0, 1]])


def test_draws_of_rows_are_refused(small, table):
    with pytest.raises(ValueError, match="cannot be refitted on draws"):
        list(refit(LinkPredictor(graph=small[0], **FAST), *table, [Draw(seed=1)]))

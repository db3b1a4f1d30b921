import numpy as np
import pytest
import torch
from scipy.special import expit
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import adjusted_rand_score

from deepstat import Graph
from deepstat.embedding.deepwalk import deepwalk
from deepstat.embedding.node2vec import node2vec
from deepstat.embedding.skip_gram import SkipGram, skip_gram
from deepstat.graph.walks import cooccurrences, uniform_walks


def test_the_loss_is_the_sum_over_pairs_and_negative_samples():
    torch.manual_seed(0)
    network = SkipGram(np.array([0.2, 0.5, 0.3, 0.0]), 3, length=4, window=2, n_negative=3.0)
    torch.nn.init.normal_(network.context)
    walks = np.array([[0, 1, 2, 1], [3, 0, 3, -1]])
    u, v = network.centre.detach().numpy(), network.context.detach().numpy()
    drawn = torch.searchsorted(network.limits, network.words(8), right=True).numpy().reshape(2, 4)
    for row, walk in enumerate(walks):
        total = 0.0
        for i, node in enumerate(walk):
            for j, context in enumerate(walk):
                if i != j and abs(i - j) <= 2 and node >= 0 and context >= 0:
                    total -= np.log(expit(u[node] @ v[context]))
                    total -= 3.0 * np.mean([np.log(expit(-u[node] @ v[other])) for other in drawn[row]])
        assert network(torch.from_numpy(walks))[row, 0].item() == pytest.approx(total / 10, rel=1e-5)


def test_negative_samples_follow_their_distribution():
    probability = np.array([0.2, 0.0, 0.5, 0.3])
    network = SkipGram(probability, 2, length=4, window=2, n_negative=3.0)
    drawn = torch.searchsorted(network.limits, network.words(100_000), right=True)
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 100_000, probability, atol=0.01)


def test_inner_products_approach_the_logarithm_of_how_much_oftener_nodes_meet_than_by_chance(blocks):
    graph, _ = blocks
    graph = graph.subgraph(np.arange(25))
    walks = uniform_walks(graph, length=20, n_walks=60, random_state=0)
    options = {"window": 3, "n_negative": 2.0, "negative_power": 1.0, "max_epochs": 10}
    centre, context = skip_gram(walks, 25, 24, **options)
    counts = cooccurrences(walks, 3, n_nodes=25).toarray().astype(float)
    visits = np.bincount(walks.ravel(), minlength=25) / walks.size
    expected = np.log(np.maximum(counts, 1) / (counts.sum(axis=1, keepdims=True) * visits)) - np.log(2.0)
    met = counts > 0
    found = (centre @ context.T)[met]
    assert np.corrcoef(found, expected[met])[0, 1] > 0.95
    assert abs(np.average(found - expected[met], weights=counts[met])) < 0.1


@pytest.mark.parametrize("embed", [deepwalk, node2vec])
def test_walks_separate_planted_blocks(blocks, embed):
    graph, block = blocks
    vectors = embed(graph, 16, n_walks=10, length=20, window=5, random_state=0)
    assert vectors.shape == (90, 16)
    labels = KMeans(3, n_init=5, random_state=0).fit_predict(vectors)
    assert adjusted_rand_score(block, labels) > 0.9
    probe = LogisticRegression(max_iter=1000).fit(vectors[::3], block[::3])
    without = LogisticRegression(max_iter=1000).fit(graph.node_features[::3], block[::3])
    assert probe.score(vectors, block) > without.score(graph.node_features, block) + 0.2


def test_a_seed_repeats_an_embedding_and_another_does_not(blocks):
    graph, _ = blocks
    first, again, other = (node2vec(graph, 4, n_walks=2, random_state=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize(
    "option",
    [
        {"p": 9.0},
        {"q": 4.0},
        {"length": 9},
        {"n_walks": 3},
        {"window": 2},
        {"n_negative": 1.0},
        {"negative_power": 0.0},
        {"learning_rate": 0.1},
        {"max_epochs": 1},
        {"batch_size": 7},
    ],
)
def test_every_option_changes_the_embedding(blocks, option):
    settings = {"n_walks": 2, "length": 10, "window": 4, "max_epochs": 2}
    plain, other = (node2vec(blocks[0], 4, **{**settings, **own}) for own in ({}, option))
    assert not np.allclose(plain, other)


def test_a_node_that_meets_none_is_at_zero_and_the_others_are_not():
    vectors = deepwalk(Graph([[0, 1], [1, 2]], n_nodes=4), 3, n_walks=2, length=5)
    np.testing.assert_array_equal(vectors[3], 0.0)
    assert (np.abs(vectors[:3]).sum(axis=1) > 0).all()


def test_a_graph_without_edges_and_options_out_of_range_get_a_sentence():
    with pytest.raises(ValueError, match="No two nodes meet"):
        node2vec(Graph(np.empty((2, 0), dtype=int), n_nodes=3), 2)
    graph = Graph([[0], [1]])
    for wrong in ({"window": 0}, {"n_negative": 0}, {"batch_size": 0}, {"max_epochs": 1.5}):
        with pytest.raises(ValueError, match="give a"):
            node2vec(graph, 2, **wrong)

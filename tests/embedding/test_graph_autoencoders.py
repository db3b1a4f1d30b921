import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from torch.distributions import Normal, kl_divergence
from torch.nn import functional

from deepstat import Graph
from deepstat.architectures.graphs.gcn import gcn
from deepstat.data.graph_inputs import GraphInputs
from deepstat.embedding.graph_autoencoder import graph_autoencoder
from deepstat.embedding.reconstruction import Reconstruction
from deepstat.embedding.variational_graph_autoencoder import (
    PosteriorMean,
    VariationalGraphAutoencoder,
    variational_graph_autoencoder,
)

BOTH = [graph_autoencoder, variational_graph_autoencoder]


def dense_adjacency(graph):
    matrix = np.eye(graph.n_nodes)
    matrix[tuple(graph.edges)] = matrix[tuple(graph.edges[::-1])] = 1.0
    return torch.tensor(matrix)


def test_the_loss_of_all_pairs_is_the_weighted_cross_entropy_of_the_paper(blocks, tensors):
    graph, _ = blocks
    data, _ = tensors(graph)
    z = torch.tensor(np.random.default_rng(0).normal(size=(90, 3)))
    linked = dense_adjacency(graph)
    free = linked.numel() - linked.sum()
    weight = torch.where(linked > 0, free / linked.sum(), 1.0)
    cross = functional.binary_cross_entropy_with_logits(z @ z.T, linked, weight=weight)
    expected = linked.numel() / (2 * free) * cross
    torch.testing.assert_close(Reconstruction(90)(z, data.edges), expected)


def test_drawn_pairs_estimate_the_loss_of_all(blocks, tensors):
    data, _ = tensors(blocks[0])
    z = torch.tensor(np.random.default_rng(0).normal(size=(90, 3)))
    sampled = Reconstruction(90, n_negative=3)
    draws = []
    for step in range(100):
        sampled.words.step.fill_(step)
        draws.append(sampled(z, data.edges).item())
    error = np.std(draws) / 10
    assert abs(np.mean(draws) - Reconstruction(90)(z, data.edges).item()) < 4 * error
    assert np.std(draws) > 0


def test_parallel_edges_and_self_loops_do_not_count_in_the_loss(tensors):
    z = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
    plain = Graph([[0, 1], [1, 2]], node_features=np.eye(3))
    more = Graph([[0, 1, 1, 2, 2], [1, 2, 0, 2, 1]], node_features=np.eye(3))
    losses = [Reconstruction(3)(z, tensors(graph)[0].edges) for graph in (plain, more)]
    torch.testing.assert_close(*losses)


def test_the_divergence_is_that_of_normal_distributions(blocks, tensors):
    data, inputs = tensors(blocks[0], torch.float64)
    torch.manual_seed(0)
    encoder = PosteriorMean(gcn(inputs, 6, dropout=0.0)).double()
    losses = [VariationalGraphAutoencoder(encoder, data, "auto", w)(None).item() for w in (1.0, 3.0)]
    mean, log_scale = encoder.network(data.features, data.edges).detach().split(3, dim=1)
    expected = kl_divergence(Normal(mean, log_scale.exp()), Normal(0.0, 1.0)).sum().item() / 90**2
    assert (losses[1] - losses[0]) / 2 == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("fit", BOTH)
def test_links_that_were_left_out_are_told_from_pairs_at_random(blocks, tensors, fit):
    graph, _ = blocks
    rng = np.random.default_rng(0)
    left_out = rng.choice(graph.n_edges, graph.n_edges // 10, replace=False)
    seen = graph.without_edges(left_out)
    data, inputs = tensors(seen)
    encoder = fit(data, inputs, 8, random_state=0)
    with torch.no_grad():
        z = encoder(data.features, data.edges).numpy()
    there, other = graph.edges[:, left_out], rng.integers(0, 90, (2, 500))
    scores = np.concatenate([(z[a] * z[b]).sum(axis=1) for a, b in (there, other)])
    assert roc_auc_score(np.repeat([1, 0], [len(left_out), 500]), scores) > 0.75


@pytest.mark.parametrize("fit", BOTH)
def test_a_linear_probe_beats_the_features_alone(blocks, tensors, fit):
    graph, block = blocks
    data, inputs = tensors(graph)
    with torch.no_grad():
        z = fit(data, inputs, 8, random_state=0)(data.features, data.edges).numpy()
    probe, without = (
        LogisticRegression(max_iter=1000).fit(x[::3], block[::3]).score(x, block)
        for x in (z, graph.node_features)
    )
    assert probe > without + 0.15


@pytest.mark.parametrize("fit", BOTH)
@pytest.mark.parametrize(
    "option",
    [
        {"hidden_layer_sizes": ()},
        {"dropout": 0.3},
        {"n_negative": 2},
        {"learning_rate": 0.1},
        {"max_epochs": 3},
        {"random_state": 1},
    ],
)
def test_every_option_changes_the_encoder_and_a_seed_repeats_it(blocks, tensors, fit, option):
    data, inputs = tensors(blocks[0])
    settings = {"max_epochs": 5, "hidden_layer_sizes": (4,)}
    plain, again, other = (
        fit(data, inputs, 2, **{**settings, **own})(data.features, data.edges) for own in ({}, {}, option)
    )
    assert torch.equal(plain, again)
    assert not torch.allclose(plain, other)


def test_the_weight_of_the_divergence_draws_the_means_together(blocks, tensors):
    data, inputs = tensors(blocks[0])
    spread = [
        variational_graph_autoencoder(data, inputs, 4, divergence=w)(data.features, data.edges).std().item()
        for w in (1.0, 1e4)
    ]
    assert spread[1] < 0.1 * spread[0]


def test_a_graph_of_one_node_and_one_with_all_edges_have_finite_losses(tensors):
    for graph in (
        Graph(np.empty((2, 0), dtype=int), node_features=np.ones((1, 2))),
        Graph([[0, 0, 1], [1, 2, 2]], node_features=np.eye(3)),
    ):
        data, inputs = tensors(graph)
        for n_negative in ("auto", 2):
            encoder = graph_autoencoder(data, inputs, 2, n_negative=n_negative, max_epochs=3)
            assert encoder(data.features, data.edges).isfinite().all()


def test_numbers_out_of_range_get_a_sentence(tensors):
    data = tensors(Graph([[0], [1]], node_features=np.eye(2)))[0]
    with pytest.raises(ValueError, match="n_negative is 0"):
        graph_autoencoder(data, GraphInputs(2), n_negative=0)
    with pytest.raises(ValueError, match="divergence is -1"):
        variational_graph_autoencoder(data, GraphInputs(2), divergence=-1.0)

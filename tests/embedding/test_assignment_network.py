import networkx as nx
import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from deepstat.embedding.min_cut_clusters import MinCutLoss, min_cut_clusters
from deepstat.embedding.modularity_clusters import ModularityLoss, modularity_clusters

BOTH = [min_cut_clusters, modularity_clusters]
IDENTITY = ("identity",)


def hard(block):
    return torch.tensor(np.eye(block.max() + 1)[block])


def test_the_modularity_loss_of_a_hard_division_is_minus_its_modularity(blocks, tensors):
    graph, block = blocks
    network = nx.Graph(list(map(tuple, graph.edges.T.tolist())))
    parts = [set(np.flatnonzero(block == own)) & set(network) for own in range(3)]
    for resolution in (1.0, 2.0):
        expected = nx.community.modularity(network, parts, resolution=resolution)
        loss = ModularityLoss(1.0, resolution)(tensors(graph)[0].edges, hard(block))
        assert loss.item() == pytest.approx(-expected)  # clusters of one size: nothing is added


def test_all_nodes_in_one_cluster_pay_the_collapse(blocks, tensors):
    graph, _ = blocks
    one = torch.zeros(90, 4, dtype=torch.float64)
    one[:, 2] = 1.0
    assert ModularityLoss(3.0, 1.0)(tensors(graph)[0].edges, one).item() == pytest.approx(
        3.0 * (np.sqrt(4) - 1)
    )


def test_the_cut_loss_is_the_ratio_of_traces(blocks, tensors):
    graph, _ = blocks
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(3), size=90)
    adjacency = np.zeros((90, 90))
    adjacency[tuple(graph.edges)] = adjacency[tuple(graph.edges[::-1])] = 1.0
    degrees = adjacency.sum(axis=1)
    root = np.divide(1, np.sqrt(degrees), out=np.zeros(90), where=degrees > 0)
    adjacency = adjacency * root * root[:, None]
    cut = -np.trace(shares.T @ adjacency @ shares) / np.trace(
        shares.T @ np.diag(adjacency.sum(axis=1)) @ shares
    )
    overlap = shares.T @ shares
    mixed = np.linalg.norm(overlap / np.linalg.norm(overlap) - np.eye(3) / np.sqrt(3))
    loss = MinCutLoss(0.7)(tensors(graph)[0].edges, torch.tensor(shares))
    assert loss.item() == pytest.approx(cut + 0.7 * mixed)


@pytest.mark.parametrize("fit", BOTH)
def test_planted_blocks_are_found(blocks, tensors, fit):
    graph, block = blocks
    data, inputs = tensors(graph, structural=IDENTITY)
    shares = fit(data, inputs, 3, random_state=0, max_epochs=300, learning_rate=0.005, n_init=3)
    torch.testing.assert_close(shares.sum(1), torch.ones(90))
    assert adjusted_rand_score(block, shares.argmax(1)) > 0.9


@pytest.mark.parametrize("fit", BOTH)
def test_of_several_starts_the_least_loss_is_taken(blocks, tensors, fit):
    graph, _ = blocks
    data, inputs = tensors(graph)
    loss = MinCutLoss(1.0) if fit is min_cut_clusters else ModularityLoss(1.0, 1.0)
    few, many = (
        loss(data.edges, fit(data, inputs, 3, n_init=n_init, max_epochs=20)).item() for n_init in (1, 8)
    )
    assert many < few


@pytest.mark.parametrize(
    ("fit", "option"),
    [
        (fit, option)
        for fit in BOTH
        for option in ("hidden_size", "dropout", "learning_rate", "max_epochs", "random_state")
    ]
    + [
        (min_cut_clusters, "orthogonality"),
        (modularity_clusters, "collapse"),
        (modularity_clusters, "resolution"),
    ],
)
def test_every_option_changes_the_shares_and_a_seed_repeats_them(blocks, tensors, fit, option):
    data, inputs = tensors(blocks[0])
    value = {"dropout": 0.2, "learning_rate": 0.1, "max_epochs": 3, "random_state": 1, "hidden_size": 3}.get(
        option, 5.0
    )
    settings = {"max_epochs": 10, "n_init": 1, "hidden_size": 4}
    plain, again, other = (fit(data, inputs, 3, **{**settings, **own}) for own in ({}, {}, {option: value}))
    assert torch.equal(plain, again)
    assert not torch.allclose(plain, other)


def test_numbers_out_of_range_get_a_sentence(blocks, tensors):
    data, inputs = tensors(blocks[0])
    for fit, wrong in (
        (min_cut_clusters, {"orthogonality": 0}),
        (min_cut_clusters, {"n_init": 0}),
        (modularity_clusters, {"collapse": -1}),
        (modularity_clusters, {"hidden_size": 0}),
        (modularity_clusters, {"dropout": 1.0}),
    ):
        (name,) = wrong
        with pytest.raises(ValueError, match=f"{name} is"):
            fit(data, inputs, 3, **wrong)

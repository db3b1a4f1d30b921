import numpy as np
import pytest
import torch
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from deepstat import Graph
from deepstat.embedding.infomax import ConvolutionEncoder, Infomax, infomax


def test_the_loss_is_the_cross_entropy_of_a_bilinear_judge(blocks, tensors):
    graph, _ = blocks
    data, inputs = tensors(graph, torch.float64)
    torch.manual_seed(0)
    network = Infomax(ConvolutionEncoder(inputs, 5), data).double()
    x = data.features.numpy()
    adjacency = np.eye(90)
    adjacency[tuple(graph.edges)] = adjacency[tuple(graph.edges[::-1])] = 1.0
    root = adjacency.sum(axis=0) ** -0.5
    weight = network.encoder.linear.weight.detach().numpy()
    order = network.words(90).argsort().numpy()
    assert sorted(order) == list(range(90))

    def encode(features):
        h = (adjacency * root * root[:, None]) @ features @ weight.T
        return np.where(h > 0, h, 0.25 * h)  # the slope that PReLU starts from

    real, false = encode(x), encode(x[order])
    direction = network.judge.weight.detach().numpy() @ expit(real.mean(axis=0))
    expected = -(np.log(expit(real @ direction)).mean() + np.log(1 - expit(false @ direction)).mean()) / 2
    assert network(None).item() == pytest.approx(expected, rel=1e-9)


def test_the_corruption_is_another_at_each_step(blocks, tensors):
    network = Infomax(ConvolutionEncoder(tensors(blocks[0])[1], 5), tensors(blocks[0])[0])
    orders = []
    for step in range(3):
        network.words.step.fill_(step)
        orders.append(tuple(network.words(90).argsort().tolist()))
    assert len(set(orders)) == 3


def test_a_linear_probe_beats_the_features_alone(blocks, tensors):
    graph, block = blocks
    data, inputs = tensors(graph)
    encoder = infomax(data, inputs, 64, random_state=0)
    with torch.no_grad():
        vectors = encoder(data.features, data.edges).numpy()
    probe, without = (
        LogisticRegression(max_iter=2000).fit(x[::3], block[::3]).score(x, block)
        for x in (vectors, graph.node_features)
    )
    assert probe > without + 0.15


@pytest.mark.parametrize(
    "option",
    [{"learning_rate": 0.1}, {"max_epochs": 3}, {"patience": 1, "learning_rate": 1.0}, {"random_state": 1}],
)
def test_every_option_changes_the_encoder_and_a_seed_repeats_it(blocks, tensors, option):
    data, inputs = tensors(blocks[0])
    plain, again, other = (
        infomax(data, inputs, 4, **{"max_epochs": 10, **own})(data.features, data.edges)
        for own in ({}, {}, option)
    )
    assert torch.equal(plain, again)
    assert not torch.allclose(plain, other)


def test_nodes_of_several_types_are_encoded(tensors):
    features = {"author": np.eye(2), "paper": np.ones((3, 4))}
    graph = Graph([[0, 0, 1], [2, 3, 4]], node_type=["author"] * 2 + ["paper"] * 3, node_features=features)
    data, inputs = tensors(graph)
    assert infomax(data, inputs, 4, max_epochs=3)(data.features, data.edges).shape == (5, 4)

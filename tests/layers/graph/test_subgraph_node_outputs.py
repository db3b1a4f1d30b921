"""The mean loss of a subgraph against that of the whole graph, by simulation."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from deepstat.graph.graph import Graph
from deepstat.graph.sampling.cluster_batches import ClusterBatches
from deepstat.graph.sampling.cluster_subgraphs import ClusterSubgraphs
from deepstat.graph.sampling.walk_batches import WalkBatches
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.graph_data import GraphData
from deepstat.layers.graph.sampled_arcs import SampledArcs
from deepstat.layers.graph.subgraph_node_outputs import SubgraphNodeOutputs, SubgraphSampler
from deepstat.training.drawn_rows import drawn_rows

N = 30
LEARNED = np.arange(0, N, 2)  # the nodes that have a loss
RNG = np.random.default_rng(1)
GRAPH = Graph(
    np.c_[RNG.integers(0, N, size=(2, 50)), [[0] * 20, list(range(5, 25))]],
    n_nodes=N,
    edge_weight=RNG.uniform(0.5, 2, 70),
)
FEATURES = torch.from_numpy(RNG.normal(1, 1, size=(N, 3)))
Y = torch.from_numpy(RNG.normal(2, 1, size=(len(LEARNED), 1)))


class Own(nn.Module):
    """A node's own features alone: outputs that no sample changes."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1).double()

    def forward(self, x, edges):
        return self.linear(x)


def walk_batches(n_presamples=20_000):
    arcs = GRAPH.arcs
    options = {"n_roots": 3, "walk_length": 2, "n_presamples": n_presamples}
    return WalkBatches(arcs.pointers, arcs.source, LEARNED, **options)


WALKS = walk_batches()


def cluster_batches(n_joined):
    arcs = GRAPH.arcs
    return ClusterBatches(ClusterSubgraphs(arcs.pointers, arcs.source, np.arange(N) % 6, n_joined))


class Faulty:
    """Batches with a fault."""

    def __init__(self, batches, **without):
        self.batches, self.without, self.n_steps = batches, without, batches.n_steps

    def draw(self, seed, step):
        drawn = self.batches.draw(seed, step)
        ones = {name: np.full(len(getattr(drawn, name)), value) for name, value in self.without.items()}
        return replace(drawn, **ones)


def outputs(network, batches, whole_graph=True):
    arcs = GRAPH.arcs
    edges = Edges(torch.tensor(arcs.source), torch.tensor(arcs.target), N, weight=torch.tensor(arcs.weight))
    degree = np.bincount(arcs.target, arcs.weight, minlength=N)
    sampler = SubgraphSampler(lambda nodes: batches, SampledArcs(degree, arcs.weight), whole_graph)
    own = SubgraphNodeOutputs(network, GraphData(FEATURES, edges), sampler)
    own.clock.seed.fill_(11)
    return own


def losses(own, loss, n_steps):
    """Return the mean loss of each step, and that of all rows with the whole graph."""
    x, found = torch.tensor(LEARNED)[:, None], []
    with torch.no_grad():
        own.train()
        for step in range(n_steps):
            own.clock.step.fill_(step)
            rows, y, weight = drawn_rows(own, x, Y, None)
            found.append(float((loss(own(rows), y) * weight).mean()))
        return np.array(found), float(loss(own.eval()(x), Y).mean())


def squared(raw, y):
    return (raw - y).square()[:, 0]


def product(raw, y):
    """Linear in the outputs, so that what is unbiased for these is unbiased for the loss."""
    return (raw * y)[:, 0]


def off(found, whole):
    return abs(found.mean() - whole) / (found.std(ddof=1) / np.sqrt(len(found)))


def test_mean_losses_over_walks_are_that_of_the_whole_graph():
    torch.manual_seed(0)
    assert off(*losses(outputs(Own(), WALKS), squared, 2000)) < 4


def test_sums_of_messages_over_walks_are_normalised_as_in_the_whole_graph():
    torch.manual_seed(0)
    assert off(*losses(outputs(GCN(3, 1).double(), WALKS), product, 2500)) < 4


SIZE = np.mean([np.isin(WALKS.draw(0, step).nodes, LEARNED).sum() for step in range(200)])


@pytest.mark.parametrize(
    "without", [{"node_factor": len(LEARNED) / SIZE}, {"node_factor": 1.0}, {"arc_factor": 1.0}]
)
def test_losses_without_the_normalisation_are_caught(without):
    torch.manual_seed(0)
    network, loss = (GCN(3, 1).double(), product) if "arc_factor" in without else (Own(), squared)
    assert off(*losses(outputs(network, Faulty(WALKS, **without)), loss, 2000)) > 8


@pytest.mark.parametrize("n_joined", [1, 2, 3])
def test_losses_over_an_epoch_of_clusters_are_that_of_all_rows_exactly(n_joined):
    batches = cluster_batches(n_joined)
    found, whole = losses(outputs(Own(), batches, whole_graph=False), squared, 3 * batches.n_steps)
    np.testing.assert_allclose(found.reshape(3, -1).mean(axis=1), whole)


def test_rescaled_arcs_between_clusters_make_sums_of_messages_unbiased():
    torch.manual_seed(0)
    network = GCN(3, 1).double()
    batches = cluster_batches(2)
    found, whole = losses(outputs(network, batches), product, 3 * 800)
    assert off(found.reshape(-1, 3).mean(axis=1), whole) < 4
    found, _ = losses(outputs(network, Faulty(batches, arc_factor=1.0)), product, 3 * 300)
    assert off(found.reshape(-1, 3).mean(axis=1), whole) > 8


@pytest.mark.parametrize("whole_graph", [False, True])
def test_all_clusters_joined_are_the_whole_graph(whole_graph):
    own = outputs(GCN(3, 2).double(), cluster_batches(6), whole_graph)
    x = torch.tensor([[7], [2], [7]])
    rows, factor = own.draw_rows(x)
    assert (rows.tolist(), factor.tolist()) == ([0, 1, 2], [1.0] * 3)
    torch.testing.assert_close(own(x), own.eval()(x))


def test_a_subgraph_without_a_row_adds_nothing():
    arcs = GRAPH.arcs
    batches = ClusterBatches(ClusterSubgraphs(arcs.pointers, arcs.source, (np.arange(N) > 4).astype(int), 1))
    own = outputs(GCN(3, 2).double(), batches, False)
    x, factors = torch.tensor([[0], [1]]), []
    for step in (0, 1):
        own.clock.step.fill_(step)
        rows, factor = own.draw_rows(x)
        out = own(x[rows])
        assert out.isfinite().all()
        factors.append(factor.tolist())
    assert sorted(factors) == [[0.0], [2.0, 2.0]]


def test_networks_that_read_all_nodes_at_once_are_refused():
    class Whole(Own):
        reads_whole_graph = True

    with pytest.raises(ValueError, match="Whole reads all nodes at once, which a subgraph does not have"):
        outputs(Whole(), WALKS)


def test_counts_are_made_once_for_the_same_rows():
    made = []
    sampler = SubgraphSampler(lambda nodes: made.append(nodes) or WALKS, SampledArcs(np.ones(N)))
    for ids in ([4, 2, 4], [4, 2, 4], [3]):
        sampler.batches(np.array(ids))
    assert [nodes.tolist() for nodes in made] == [[2, 4], [3]]

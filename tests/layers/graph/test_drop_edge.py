import numpy as np
import pytest
import torch
from scipy import stats
from sum_operators import N_IN, draw, numbers
from torch.func import functional_call, vmap

from deepstat.layers.graph.drop_edge import DropEdge
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gcn import GCN
from deepstat.training.tracing import trace


def both_ways(n, e, seed=0):
    """Return arcs in both directions of e random edges, and the number of the edge of each arc."""
    rng = np.random.default_rng(seed)
    one, other = rng.integers(n, size=(2, e))
    source, target = np.concatenate([one, other]), np.concatenate([other, one])
    order = np.argsort(target, kind="stable")
    edges = Edges(torch.as_tensor(source[order]), torch.as_tensor(target[order]), n)
    return edges, torch.as_tensor(np.tile(np.arange(e), 2)[order])


@pytest.mark.parametrize("p", [0.1, 0.6])
def test_the_stated_share_of_edges_is_dropped_and_the_others_keep_their_weight(p):
    edges, pairs = both_ways(20_000, 10_000)
    edges = edges.with_weight(torch.arange(20_000) + 1.0)
    weight = DropEdge(p)(edges, pairs).weight
    kept = weight > 0
    assert torch.equal(weight[kept], edges.weight[kept])
    n_dropped = len(set(pairs[~kept].tolist()))
    assert stats.binomtest(n_dropped, 10_000, p).pvalue > 1e-4


@pytest.mark.parametrize("given", [True, False])
def test_both_directions_of_an_edge_go_together(given):
    edges, pairs = both_ways(300, 200)
    kept = DropEdge(0.5)(edges, pairs if given else None).weight.bool()
    state = {}
    for s, t, alive in zip(edges.source.tolist(), edges.target.tolist(), kept.tolist(), strict=True):
        if not given:  # the same two nodes, either way round
            assert state.setdefault(frozenset((s, t)), alive) == alive
    if given:
        for edge in range(200):
            assert len(set(kept[pairs == edge].tolist())) == 1
    assert 0 < kept.sum() < 400


def test_arcs_go_one_by_one_where_they_are_not_together():
    edges, pairs = both_ways(300, 200)
    kept = DropEdge(0.5, together=False)(edges).weight.bool()
    assert any(len(set(kept[pairs == edge].tolist())) == 2 for edge in range(200))


def test_prediction_keeps_all_edges():
    edges = draw(8, 25)
    assert DropEdge(0.5).eval()(edges) is edges


def test_degrees_are_those_of_the_edges_that_are_left():
    edges, x, drop, layer = draw(8, 25), numbers(8, N_IN), DropEdge(0.5), GCN(N_IN, 4).double()
    seen = drop(edges)
    kept = seen.weight > 0
    left = Edges(edges.source[kept], edges.target[kept], 8, weight=edges.weight[kept])
    assert 0 < kept.sum() < 25
    torch.testing.assert_close(layer(x, seen), layer(x, left))


def test_members_drop_edges_of_their_own_at_each_step_traced_or_not():
    edges, drop = draw(50, 200, weighted=False), DropEdge(0.5)
    seeds, steps = torch.arange(3), torch.zeros(3, dtype=torch.int64)

    def weights(seeds, steps):
        def member(seed, step):
            state = {"dropout.seed": seed, "dropout.step": step}
            return functional_call(drop, state, (edges,)).weight

        return (vmap(member)(seeds, steps),)

    (together,) = weights(seeds, steps)
    assert len({tuple(row.tolist()) for row in together}) == 3
    drop.dropout.seed.fill_(1)
    assert torch.equal(drop(edges).weight, together[1])
    (traced,) = trace(weights, [seeds, steps])(seeds, steps)
    assert torch.equal(traced, together)
    assert not torch.equal(weights(seeds, steps + 1)[0], together)


def test_no_edges_and_probabilities_out_of_range():
    none = torch.zeros(0, dtype=torch.int64)
    assert len(DropEdge(0.5)(Edges(none, none, 3)).weight) == 0
    with pytest.raises(ValueError, match="0 <= p < 1"):
        DropEdge(1.0)

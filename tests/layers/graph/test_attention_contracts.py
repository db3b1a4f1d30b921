"""What operators with attention, types, states or no edges keep to: any graph, any order of nodes, populations."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from attention_operators import KNOWN, OPERATORS, make
from scipy import sparse
from sum_operators import N_EDGE_FEATURES, N_IN, N_OUT, N_TYPES, draw, numbers
from torch.func import functional_call, vmap

from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.deep_sets import DeepSets
from deepstat.layers.graph.degree import degree
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gat import GAT
from deepstat.layers.graph.gatv2 import GATv2
from deepstat.layers.graph.graph_block import GraphBlock
from deepstat.layers.graph.pine import PINE
from deepstat.layers.graph.relational import Relational
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.training.tracing import trace

EACH = pytest.mark.parametrize("name", OPERATORS)
WITH_EDGES = pytest.mark.parametrize("name", [name for name in OPERATORS if not name.startswith("sets")])
BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def chosen(edges, kept):
    """Return the edges at the positions or of the mask given."""
    parts = [part[kept] for part in (edges.source, edges.target)]
    weight, features, kind = edges.weight[kept], edges.features[kept], edges.type[kept]
    return Edges(*parts, edges.n_nodes, weight, features, kind, N_TYPES)


@EACH
@BOTH
def test_features_may_be_sparse(name, dtype):
    edges, rng = draw(8, 25, dtype=dtype), np.random.default_rng(3)
    features = sparse.random_array((8, N_IN), density=0.5, rng=rng).tocsr()
    layer = make(name, dtype=dtype)
    found = layer(SparseMatrix.from_scipy(features, dtype), edges)
    assert found.dtype == dtype
    torch.testing.assert_close(found, layer(torch.as_tensor(features.toarray()).to(dtype), edges))


@EACH
def test_nodes_may_be_numbered_in_any_order(name):
    layer = make(name)
    for seed in range(5):
        edges, x = draw(9, 20 + seed, seed=seed), numbers(9, N_IN, seed=seed)
        new = torch.as_tensor(np.random.default_rng(seed).permutation(9))  # node i becomes new[i]
        order = torch.argsort(new[edges.target], stable=True)
        moved = torch.empty_like(x)
        moved[new] = x
        sorted_ = chosen(edges, order)
        renumbered = Edges(
            new[sorted_.source],
            new[sorted_.target],
            9,
            sorted_.weight,
            sorted_.features,
            sorted_.type,
            N_TYPES,
        )
        torch.testing.assert_close(layer(moved, renumbered)[new], layer(x, edges))


@EACH
def test_gradients_are_those_of_finite_differences(name):
    layer, edges, x = make(name), draw(4, 7), numbers(4, N_IN).requires_grad_()
    names, values = zip(*layer.named_parameters(), strict=True)
    inputs = [x, *(value.detach().clone().requires_grad_() for value in (*values, edges.weight))]

    def function(x, *values):
        own = dict(zip(names, values[:-1], strict=True))
        return functional_call(layer, own, (x, edges.with_weight(values[-1])))

    assert torch.autograd.gradcheck(function, inputs)


def members_of(layer, n_members=3):
    """Return stacked parameters and buffers of members that differ."""
    generator = torch.Generator().manual_seed(1)
    members = [copy.deepcopy(layer) for _ in range(n_members)]
    for k, member in enumerate(members):
        for parameter in member.parameters():
            parameter.data += 0.3 * torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
        for module in member.modules():
            if isinstance(module, Dropout):
                module.seed.fill_(k)
    states = [{**dict(member.named_parameters()), **dict(member.named_buffers())} for member in members]
    return {key: torch.stack([state[key].detach() for state in states]) for key in states[0]}


@EACH
@BOTH
def test_a_population_is_its_members_one_by_one_traced_or_not(name, dtype):
    options = {"attention_dropout": 0.4} if name.startswith("gat") else {}
    layer, edges, x = (
        make(name, dtype=dtype, **options),
        draw(8, 25, dtype=dtype),
        numbers(8, N_IN, dtype=dtype),
    )
    states = members_of(layer)
    trained = [key for key, _ in layer.named_parameters()]

    def step(x, *leaves):
        own = dict(zip(states, leaves, strict=True))
        with torch.enable_grad():
            own.update({key: own[key].detach().requires_grad_() for key in trained})
            out = vmap(lambda s: functional_call(layer, s, (x, edges)))(own)
            return out.detach(), *torch.autograd.grad(out.square().sum(), [own[key] for key in trained])

    together = step(x, *states.values())
    for k in range(3):
        own = {key: rows[k].clone() for key, rows in states.items()}
        leaves = [own[key].requires_grad_() for key in trained]
        alone = functional_call(layer, own, (x, edges))
        torch.testing.assert_close(together[0][k], alone)
        gradients = torch.autograd.grad(alone.square().sum(), leaves)
        for found, expected in zip(together[1:], gradients, strict=True):
            error = (found[k] - expected).norm() / expected.norm()
            assert error < (1e-5 if dtype == torch.float32 else 1e-13)
    for seen in (edges, draw(8, 25, dtype=dtype)):  # the second time with nothing derived yet
        edges = seen
        graph = trace(step, [2 * x, *states.values()])
        for found, expected in zip(graph(x, *states.values()), together, strict=True):
            torch.testing.assert_close(found, expected, rtol=0, atol=0)


@WITH_EDGES
def test_each_member_may_have_features_and_weights_of_its_own(name):
    layer, edges = make(name), draw(8, 25)
    x, weight = numbers(3, 8, N_IN), numbers(3, 25).abs()
    weight[1] = weight[1] * (weight[1] > 0.5)  # some edges are left out
    together = vmap(lambda x, w: layer(x, edges.with_weight(w)))(x, weight)
    for k in range(3):
        torch.testing.assert_close(together[k], layer(x[k], edges.with_weight(weight[k])))


@EACH
@BOTH
@pytest.mark.parametrize(("n", "e"), [(0, 0), (1, 0), (1, 2), (5, 0), (6, 3)])
def test_no_edges_nodes_alone_and_one_node_give_numbers(name, dtype, n, e):
    layer, edges = make(name, dtype=dtype), draw(n, e, dtype=dtype)
    x = numbers(n, N_IN, dtype=dtype).requires_grad_()
    out = layer(x, edges)
    out.sum().backward()
    assert out.shape == (n, N_OUT)
    assert out.dtype == dtype
    assert out.isfinite().all()
    assert x.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in layer.parameters() if p.grad is not None)


@WITH_EDGES
def test_an_edge_of_weight_zero_is_no_edge_and_one_of_weight_two_is_two(name):
    layer, edges, x = make(name), draw(8, 25), numbers(8, N_IN)
    kept = torch.arange(25) % 3 > 0
    without = edges.with_weight(edges.weight * kept)
    torch.testing.assert_close(layer(x, without), layer(x, chosen(edges, kept)))
    twice = torch.arange(25).repeat_interleave(torch.arange(25) % 2 + 1)
    ones = edges.with_weight(torch.ones(25, dtype=torch.float64))
    doubled = edges.with_weight(torch.arange(25) % 2 + 1.0)
    torch.testing.assert_close(layer(x, doubled), layer(x, chosen(ones, twice)))


@WITH_EDGES
@BOTH
def test_a_sampled_batch_computes_its_first_nodes_alone(name, dtype):
    layer, edges, x = make(name, dtype=dtype), draw(8, 25, dtype=dtype), numbers(8, N_IN, dtype=dtype)
    part = replace(chosen(edges, edges.target < 5), n_targets=5, degree=degree(edges))
    results = []
    for seen in (part, edges):
        out, own = layer(x_ := x.clone().requires_grad_(), seen)[:5], layer.parameters()
        results.append([out, *torch.autograd.grad(out.square().sum(), [x_, *own])])
    assert len(layer(x, part)) == 5
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("operator", "options"),
    [
        (GAT, {"heads": 2}),
        (GAT, {"negative_slope": 0.5}),
        (GAT, {"attention_dropout": 0.5}),
        (GAT, {"self_loops": False}),
        (GAT, {"n_edge_features": N_EDGE_FEATURES}),
        (GATv2, {"heads": 2}),
        (GATv2, {"negative_slope": 0.5}),
        (GATv2, {"attention_dropout": 0.5}),
        (GATv2, {"self_loops": False}),
        (GATv2, {"share_weights": True}),
        (GATv2, {"n_edge_features": N_EDGE_FEATURES}),
        (Relational, {"n_bases": 1}),
        (Relational, {"n_blocks": 1}),
        (GraphBlock, {"n_hidden": 7}),
        (GraphBlock, {"aggregation": "mean"}),
        (GraphBlock, {"n_edge_features": N_EDGE_FEATURES}),
        (DeepSets, {"pool": "sum"}),
        (DeepSets, {"pool": "max"}),
        (PINE, {"own_set": False}),
        (PINE, {"n_hidden": 7}),
    ],
)
def test_each_option_changes_the_result(operator, options):
    edges, x = draw(8, 25), numbers(8, N_IN)
    typed = {"n_types": KNOWN["n_types"]}
    results = [make(operator, **typed, **given)(x, edges) for given in ({}, options)]
    assert not torch.allclose(*results)


@pytest.mark.parametrize("operator", [GAT, GATv2])
def test_heads_side_by_side_are_not_their_mean(operator):
    edges, x = draw(8, 25), numbers(8, N_IN)
    assert not torch.allclose(
        make(operator, heads=2)(x, edges), make(operator, heads=2, concat=False)(x, edges)
    )

"""What all operators of sums over neighbours keep to: any graph, any order of nodes, populations, gradients."""

import copy

import numpy as np
import pytest
import torch
from scipy import sparse
from sum_operators import N_EDGE_FEATURES, N_IN, N_OUT, N_TYPES, OPERATORS, draw, make, numbers
from torch.func import functional_call, vmap

from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.appnp import PageRankPropagation
from deepstat.layers.graph.chebyshev import Chebyshev
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gated_graph import GatedGraph
from deepstat.layers.graph.gin import GIN
from deepstat.layers.graph.graph_sage import GraphSAGE
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.training.tracing import trace

EACH = pytest.mark.parametrize("name", OPERATORS)
# An eigenvalue is computed for one graph, not for the weights of a step.
EACH_STEP = pytest.mark.parametrize("name", [name for name in OPERATORS if name != "chebyshev_computed"])
BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


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
    layer = make(name).eval()
    for seed in range(5):
        edges, x = draw(9, 20 + seed, seed=seed), numbers(9, N_IN, seed=seed)
        new = torch.as_tensor(np.random.default_rng(seed).permutation(9))  # node i becomes new[i]
        order = torch.argsort(new[edges.target], stable=True)
        renumbered = Edges(
            new[edges.source][order],
            new[edges.target][order],
            9,
            weight=edges.weight[order],
            features=edges.features[order],
            type=edges.type[order],
            n_types=N_TYPES,
        )
        moved = torch.empty_like(x)
        moved[new] = x
        torch.testing.assert_close(layer(moved, renumbered)[new], layer(x, edges))


@EACH
def test_gradients_are_those_of_finite_differences(name):
    layer, edges, x = make(name), draw(4, 7), numbers(4, N_IN).requires_grad_()
    names, values = zip(*layer.named_parameters(), strict=True)
    inputs = [x, *(value.detach().clone().requires_grad_() for value in values)]

    def function(x, *values):
        return functional_call(layer, dict(zip(names, values, strict=True)), (x, edges))

    assert torch.autograd.gradcheck(function, inputs)


def stack(layer, n_members=3):
    """Return parameters and buffers of members that differ."""
    generator = torch.Generator().manual_seed(1)
    members = [copy.deepcopy(layer) for _ in range(n_members)]
    for k, member in enumerate(members):
        for parameter in member.parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)
            parameter.data += 0.3 * noise
        for module in member.modules():
            if isinstance(module, Dropout):
                module.seed.fill_(k)
    states = [{**dict(member.named_parameters()), **dict(member.named_buffers())} for member in members]
    return {key: torch.stack([state[key].detach() for state in states]) for key in states[0]}


@EACH
@BOTH
def test_a_population_is_its_members_one_by_one_traced_or_not(name, dtype):
    layer, edges, x = make(name, dtype=dtype), draw(8, 25, dtype=dtype), numbers(8, N_IN, dtype=dtype)
    states = stack(layer)
    names = {key for key, _ in layer.named_parameters()}

    def step(x, *leaves):
        with torch.enable_grad():
            leaves = [
                leaf.detach().requires_grad_() if key in names else leaf
                for key, leaf in zip(states, leaves, strict=True)
            ]
            own = dict(zip(states, leaves, strict=True))
            out = vmap(lambda s: functional_call(layer, s, (x, edges)))(own)
            trained = [leaf for leaf in leaves if leaf.requires_grad]
            return out.detach(), *torch.autograd.grad(out.square().sum(), trained)

    for values in (x, 2 * x):  # the second time with what was derived of the edges
        together = step(values, *states.values())
        for k in range(3):
            alone = functional_call(layer, {key: rows[k] for key, rows in states.items()}, (values, edges))
            torch.testing.assert_close(together[0][k], alone)
    # On edges never seen, so that nothing is derived yet.
    edges = draw(8, 25, dtype=dtype)
    graph = trace(step, [x, *states.values()])
    for found, expected in zip(graph(2 * x, *states.values()), together, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)


@EACH_STEP
def test_each_member_may_have_features_and_weights_of_its_own(name):
    layer, edges = make(name).eval(), draw(8, 25)
    x, weight = numbers(3, 8, N_IN), numbers(3, 25).abs()
    weight[1] = weight[1] * (weight[1] > 0.5)  # some edges are left out
    together = vmap(lambda x, w: layer(x, edges.with_weight(w)))(x, weight)
    for k in range(3):
        torch.testing.assert_close(together[k], layer(x[k], edges.with_weight(weight[k])))


def test_batch_normalisation_of_a_population_keeps_running_moments_of_each_member():
    layer, edges, x = GIN(N_IN, N_OUT, normalization="batch").double(), draw(8, 25), numbers(8, N_IN)
    states = stack(layer)
    before = copy.deepcopy(states)
    together = vmap(lambda s: functional_call(layer, s, (x, edges)))(states)
    for k in range(3):
        member = {key: rows[k].clone() for key, rows in before.items()}
        torch.testing.assert_close(together[k], functional_call(layer, member, (x, edges)))
        torch.testing.assert_close(states["norm.running_var"][k], member["norm.running_var"])


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


@EACH_STEP
def test_an_edge_of_weight_zero_is_no_edge(name):
    layer, edges, x = make(name).eval(), draw(8, 25), numbers(8, N_IN)
    kept = torch.arange(25) % 3 > 0
    fewer = Edges(
        edges.source[kept],
        edges.target[kept],
        8,
        weight=edges.weight[kept],
        features=edges.features[kept],
        type=edges.type[kept],
        n_types=N_TYPES,
    )
    torch.testing.assert_close(layer(x, edges.with_weight(edges.weight * kept)), layer(x, fewer))


@pytest.mark.parametrize(
    ("operator", "options"),
    [
        (GraphSAGE, {"aggregator": "sum"}),
        (GraphSAGE, {"aggregator": "max"}),
        (GraphSAGE, {"unit_rows": True}),
        (GIN, {"hidden_width": 7}),
        (GIN, {"normalization": "batch"}),
        (GIN, {"normalization": "layer"}),
        (GIN, {"eps": 0.7}),
        (GIN, {"n_edge_features": N_EDGE_FEATURES}),
        (Chebyshev, {"order": 1}),
        (Chebyshev, {"lambda_max": 1.5}),
        (Chebyshev, {"lambda_max": "computed"}),
        (GatedGraph, {"n_steps": 3}),
        (GatedGraph, {"n_types": N_TYPES}),
        (PageRankPropagation, {"n_steps": 2}),
        (PageRankPropagation, {"teleport": 0.5}),
        (PageRankPropagation, {"edge_dropout": 0.5}),
    ],
)
def test_each_option_changes_the_result(operator, options):
    edges, x = draw(8, 25), numbers(8, N_IN)
    results = []
    for given in ({}, options):
        torch.manual_seed(0)
        results.append(operator(N_IN, N_OUT, **given).double()(x, edges))
    assert not torch.allclose(*results)

"""Products over edges, and what is made of them, against dense matrices of numpy and scipy."""

import numpy as np
import pytest
import torch
from scipy import sparse, special
from torch.autograd import forward_ad
from torch.func import vmap

from deepstat.layers.graph.aggregate import AGGREGATIONS, aggregate
from deepstat.layers.graph.degree import degree
from deepstat.layers.graph.edge_softmax import edge_softmax
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.normalize import normalize
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.sparse_product import sparse_product
from deepstat.layers.graph.with_self_loops import with_self_loops
from deepstat.training.tracing import trace

BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
# Nodes and edges: no node, one node, no edges at all, nodes without edges, parallel edges and loops.
SIZES = pytest.mark.parametrize(("n", "e"), [(0, 0), (1, 0), (1, 3), (4, 0), (9, 5), (6, 40)])


def draw(n, e, *, weighted=True, dtype=torch.float64, seed=0, **more):
    """Return random edges with parallel ones and loops; the last node of several receives nothing."""
    rng = np.random.default_rng(seed)
    target = np.sort(rng.integers(max(n - 1, 1), size=e))
    weight = torch.as_tensor(rng.uniform(0.5, 2.0, e)).to(dtype) if weighted else None
    return Edges(
        torch.as_tensor(rng.integers(max(n, 1), size=e)), torch.as_tensor(target), n, weight=weight, **more
    )


def matrix_of(edges, values=None):
    """Return the dense matrix that sends the features of all nodes to sums over neighbours."""
    values = np.ones(len(edges)) if values is None else values
    out = np.zeros((edges.n_nodes, edges.n_nodes))
    np.add.at(out, (edges.target.numpy(), edges.source.numpy()), values)
    return out


def weights_of(edges):
    return None if edges.weight is None else edges.weight.double().numpy()


def numbers(*shape, dtype=torch.float64, seed=1):
    return torch.as_tensor(np.random.default_rng(seed).normal(size=shape)).to(dtype)


def close(found, expected, dtype=torch.float64):
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    np.testing.assert_allclose(found.detach().double().numpy(), expected, rtol=tolerance, atol=tolerance)


@BOTH
@pytest.mark.parametrize("shape", [(7, 5), (5, 7), (1, 1), (3, 1), (0, 4), (4, 0)])
def test_a_matrix_from_scipy_multiplies_as_scipy_does(shape, dtype):
    matrix = sparse.random_array(shape, density=0.4, rng=np.random.default_rng(0))
    ours = SparseMatrix.from_scipy(matrix, dtype)
    x = numbers(shape[1], 3, dtype=dtype)
    close(ours.matmul(x), matrix @ x.double().numpy(), dtype)
    close(ours.to_dense(), matrix.toarray(), dtype)
    assert ours.dtype == dtype
    assert ours.values.shape == (matrix.nnz,)


def test_entries_at_one_place_add_up():
    place = torch.tensor([0, 0, 1]), torch.tensor([1, 1, 0]), torch.tensor([2.0, 3.0, 4.0])
    matrix = SparseMatrix.from_entries(*place, (2, 2))
    close(matrix.matmul(torch.eye(2)), [[0, 5], [4, 0]])
    close(matrix.to_dense(), [[0, 5], [4, 0]])


def test_a_matrix_with_other_values_keeps_the_pattern():
    matrix = SparseMatrix.from_scipy(np.array([[0.0, 2.0], [3.0, 0.0]]), torch.float64)
    other = matrix.with_values(torch.tensor([5.0, 7.0]))
    close(other.to_dense(), [[0, 5], [7, 0]])
    assert other.pointers is matrix.pointers


@BOTH
@SIZES
def test_propagate_is_the_product_with_the_weighted_adjacency_matrix(n, e, dtype):
    for weighted in (False, True):
        edges = draw(n, e, weighted=weighted, dtype=dtype)
        x = numbers(n, 4, dtype=dtype)
        close(propagate(edges, x), matrix_of(edges, weights_of(edges)) @ x.double().numpy(), dtype)


@BOTH
def test_heads_have_values_of_their_own(dtype):
    edges = draw(6, 20)
    x, values = numbers(6, 3, 2, dtype=dtype), numbers(20, 3, dtype=dtype, seed=2)
    found = propagate(edges, x, values)
    for h in range(3):
        close(found[:, h], matrix_of(edges, values[:, h].double().numpy()) @ x[:, h].double().numpy(), dtype)
    shared = propagate(edges, x)
    assert torch.equal(shared[:, 1], propagate(edges, x[:, 1].contiguous()))


@pytest.mark.parametrize("given", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("wanted", [torch.float32, torch.float64, torch.bfloat16])
def test_weights_follow_the_type_of_the_features(given, wanted):
    edges = draw(5, 9, dtype=given)
    found = propagate(edges, torch.ones(5, 1, dtype=wanted))
    assert found.dtype == wanted
    expected = matrix_of(edges, weights_of(edges)).sum(1)[:, None]
    np.testing.assert_allclose(found.double().numpy(), expected, rtol=2e-2)


@pytest.mark.parametrize(("values", "dense"), [(1, 1), (3, 1), (1, 3), (3, 3)])
def test_gradients_of_products_are_those_of_finite_differences(values, dense):
    matrix = SparseMatrix.from_scipy(sparse.random_array((5, 4), density=0.5, rng=1), torch.float64)
    pattern = matrix.rows, matrix.back_pointers, matrix.back_columns, matrix.order

    def product(values, dense):
        return sparse_product(matrix.pointers, matrix.columns, values, dense, *pattern)

    inputs = numbers(values, len(matrix.values)), numbers(dense, 4, 2, seed=3)
    assert torch.autograd.gradcheck(product, [each.requires_grad_() for each in inputs])


def test_what_a_product_cannot_do_is_an_error_and_never_a_zero():
    edges, x = draw(4, 6), numbers(4, 2).requires_grad_()
    (gradient,) = torch.autograd.grad(propagate(edges, x).pow(3).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="differentiated once"):
        gradient.sum().backward()
    with forward_ad.dual_level(), pytest.raises(RuntimeError, match="no forward-mode derivative"):
        propagate(edges, x.detach())
    matrix = edges.matrix
    back = matrix.rows, matrix.back_pointers, matrix.back_columns, matrix.order
    batched = matrix.columns.expand(2, -1).clone()
    with pytest.raises(RuntimeError, match="share the pattern"):
        vmap(lambda c: sparse_product(matrix.pointers, c, matrix.values[None], x.float()[None], *back))(
            batched
        )


@BOTH
@pytest.mark.parametrize("batched", [(True, False), (False, True), (True, True)])
def test_a_population_of_products_is_its_members_one_by_one(batched, dtype):
    edges = draw(6, 20)
    for shape in ((), (3,)):  # without heads and with
        values, x = numbers(4, 20, *shape, dtype=dtype), numbers(4, 6, *shape, 2, dtype=dtype, seed=2)
        values, x = values if batched[0] else values[0], x if batched[1] else x[0]
        leaves = values.requires_grad_(), x.requires_grad_()
        dims = tuple(0 if each else None for each in batched)
        together = vmap(lambda v, x: propagate(edges, x, v), in_dims=dims)(*leaves)
        alone = torch.stack(
            [
                propagate(edges, x[k] if batched[1] else x, values[k] if batched[0] else values)
                for k in range(4)
            ]
        )
        assert torch.equal(together, alone)
        gradients = [torch.autograd.grad(out.square().sum(), leaves) for out in (together, alone)]
        for a, b in zip(*gradients, strict=True):
            torch.testing.assert_close(a, b)


def test_members_may_lie_on_any_axis_and_populations_may_be_nested():
    edges, x = draw(6, 20), numbers(6, 2, 5, 3)
    nested = vmap(vmap(lambda x: propagate(edges, x), in_dims=1, out_dims=1), in_dims=2)(x)
    close(nested, np.einsum("ij,jhkd->kihd", matrix_of(edges, weights_of(edges)), x.numpy()))


@SIZES
@pytest.mark.parametrize("how", AGGREGATIONS)
def test_aggregate_reduces_the_messages_of_each_node(n, e, how):
    edges, messages = draw(n, e, weighted=False), numbers(e, 3)
    expected = np.zeros((n, 3))
    for i in range(n):
        own = messages.numpy()[edges.target.numpy() == i]
        if len(own):
            expected[i] = getattr(np, how)(own, axis=0)
    close(aggregate(edges, messages, how), expected)
    close(aggregate(edges, messages.float(), how), expected, torch.float32)


@pytest.mark.parametrize("how", AGGREGATIONS)
def test_gradients_of_aggregate_are_those_of_finite_differences(how):
    edges, messages = draw(6, 14), numbers(14, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda m: aggregate(edges, m, how), messages)


@pytest.mark.parametrize("how", AGGREGATIONS)
def test_aggregate_of_a_population_is_that_of_each_member(how):
    edges, messages = draw(6, 14), numbers(4, 14, 2).requires_grad_()
    together = vmap(lambda m: aggregate(edges, m, how))(messages)
    alone = torch.stack([aggregate(edges, m, how) for m in messages])
    assert torch.equal(together, alone)
    gradients = [torch.autograd.grad(out.square().sum(), messages)[0] for out in (together, alone)]
    torch.testing.assert_close(*gradients)


def test_an_unknown_aggregation_is_refused():
    with pytest.raises(ValueError, match="how='median' is unknown: use one of 'sum'"):
        aggregate(draw(2, 2), numbers(2, 1), "median")


@BOTH
@SIZES
def test_edge_softmax_is_scipys_softmax_over_the_edges_into_a_node(n, e, dtype):
    edges, scores = draw(n, e), 100 * numbers(e, 2, dtype=dtype)
    found = edge_softmax(edges, scores)
    expected = np.zeros((e, 2))
    for i in np.unique(edges.target):
        own = edges.target.numpy() == i
        expected[own] = special.softmax(scores[own].double().numpy(), axis=0)
    close(found, expected, dtype)
    close(edge_softmax(edges, scores[:, 0].clone()), expected[:, 0], dtype)


def test_edge_softmax_has_the_gradients_of_finite_differences_and_of_each_member():
    edges, scores = draw(6, 14), numbers(3, 14, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: edge_softmax(edges, s), scores[0])
    weights = numbers(14, 2, seed=5)
    together = vmap(lambda s: edge_softmax(edges, s))(scores)
    alone = torch.stack([edge_softmax(edges, s) for s in scores])
    torch.testing.assert_close(together, alone)
    gradients = [torch.autograd.grad((weights * out).sum(), scores)[0] for out in (together, alone)]
    torch.testing.assert_close(*gradients)


@BOTH
@SIZES
def test_loops_add_the_identity_and_degrees_are_row_sums(n, e, dtype):
    for weighted, weight in [(False, 1.0), (False, 0.5), (True, 1.0), (True, 2.5)]:
        edges = draw(n, e, weighted=weighted, dtype=dtype)
        adjacency = matrix_of(edges, weights_of(edges))
        loops = with_self_loops(edges, weight)
        whole = adjacency + weight * np.eye(n)
        close(torch.as_tensor(matrix_of(loops, weights_of(loops))), whole, dtype)
        assert (loops.target.diff() >= 0).all()
        close(degree(edges, dtype), adjacency.sum(1), dtype)
        close(degree(loops, dtype), whole.sum(1), dtype)


def test_loops_have_no_features_and_a_type_of_their_own():
    edges = draw(3, 4, features=numbers(4, 2), type=torch.tensor([0, 1, 1, 0]), n_types=2)
    loops = with_self_loops(edges)
    added = loops.type == 2
    assert loops.n_types == 3
    assert (loops.source[added] == torch.arange(3)).all()
    assert (loops.target[added] == torch.arange(3)).all()
    assert (loops.features[added] == 0).all()
    assert torch.equal(loops.features[~added].sort(dim=0)[0], edges.features.sort(dim=0)[0])
    assert torch.equal(loops.weight[~added].sort()[0], edges.weight.sort()[0])


@BOTH
@SIZES
def test_normalised_weights_are_those_of_the_matrix_formulas(n, e, dtype):
    for weighted in (False, True):
        edges = draw(n, e, weighted=weighted, dtype=torch.float64)
        adjacency = matrix_of(edges, weights_of(edges))
        total = adjacency.sum(1)
        inverse = np.divide(1, total, out=np.zeros(n), where=total > 0)
        walk, symmetric = normalize(edges, "random_walk", dtype=dtype), normalize(edges, dtype=dtype)
        assert walk.weight.dtype == symmetric.weight.dtype == dtype
        close(torch.as_tensor(matrix_of(walk, weights_of(walk))), np.diag(inverse) @ adjacency, dtype)
        root = np.diag(np.sqrt(inverse))
        close(torch.as_tensor(matrix_of(symmetric, weights_of(symmetric))), root @ adjacency @ root, dtype)
        assert normalize(edges, "none") is edges


def test_weights_that_are_learnt_get_gradients_through_degrees_even_where_all_are_zero():
    edges, weight = draw(5, 12), numbers(12).abs().requires_grad_()
    for kind in ("symmetric", "random_walk"):
        assert torch.autograd.gradcheck(
            lambda w, kind=kind: normalize(edges.with_weight(w), kind).weight, weight
        )
        nothing = torch.zeros(12, requires_grad=True)
        normalize(edges.with_weight(nothing), kind).weight.sum().backward()
        assert torch.equal(nothing.grad, torch.zeros(12))


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(ValueError, match="kind='left' is unknown"):
        normalize(draw(2, 2), "left")


def test_what_follows_of_constant_weights_is_computed_once_and_of_others_every_time():
    edges = draw(5, 12)
    assert normalize(with_self_loops(edges)) is normalize(with_self_loops(edges))
    assert with_self_loops(edges).matrix is with_self_loops(edges.with_weight(None)).matrix
    light, heavy = with_self_loops(edges, 0.5), with_self_loops(edges, 2.0)
    assert heavy.weight.sum() - light.weight.sum() == pytest.approx(5 * 1.5)
    weight = torch.rand(12, dtype=torch.float64, requires_grad=True)
    for own in (edges.with_weight(weight), Edges(edges.source, edges.target, 5, weight=weight)):
        for _ in range(2):  # a graph of autograd that was kept could not be passed twice
            normalize(with_self_loops(own)).weight.sum().backward()
    members = vmap(lambda w: normalize(with_self_loops(edges.with_weight(w))).weight)(
        weight.detach().expand(3, -1)
    )
    assert torch.equal(members[2], normalize(with_self_loops(own)).weight)
    assert torch.equal(normalize(edges).weight, normalize(draw(5, 12)).weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_nothing_that_is_constant_is_part_of_a_traced_step(weighted):
    edges, layer = draw(6, 14, weighted=weighted), GCN(3, 2).double()
    stacked = {name: torch.stack([p.detach(), 2 * p.detach()]) for name, p in layer.named_parameters()}

    def step(x, *leaves):
        with torch.enable_grad():
            leaves = [leaf.detach().requires_grad_() for leaf in leaves]
            own = dict(zip(stacked, leaves, strict=True))
            out = vmap(lambda p: torch.func.functional_call(layer, p, (x, edges)))(own)
            return out.detach(), *torch.autograd.grad(out.square().sum(), leaves)

    x = numbers(6, 3)
    graph = trace(step, [x, *stacked.values()])
    names = [str(node.target) for node in graph.graph.nodes]
    assert not {name for name in names if "sort" in name or "bincount" in name or "rsqrt" in name}
    assert sum("sparse_product" in name for name in names) == 1
    x = numbers(6, 3, seed=7)
    for found, expected in zip(graph(x, *stacked.values()), step(x, *stacked.values()), strict=True):
        assert torch.equal(found, expected)


def test_weights_of_a_step_are_part_of_a_traced_step():
    edges, x = draw(6, 14), numbers(6, 3)

    def step(mask):
        own = edges.with_weight(edges.weight * mask)
        return (propagate(normalize(with_self_loops(own)), x),)

    graph = trace(step, [torch.ones(14, dtype=torch.float64)])
    mask = (numbers(14) > 0).double()
    assert torch.equal(graph(mask)[0], step(mask)[0])
    assert not torch.equal(graph(mask)[0], step(torch.ones_like(mask))[0])


def test_what_was_remembered_while_predicting_serves_training():
    edges, layer = draw(6, 14, weighted=False), GCN(3, 2)
    x = numbers(6, 3, dtype=torch.float32)
    with torch.inference_mode():
        expected = layer(x, edges).clone()
    out = layer(x, edges)
    out.sum().backward()
    assert torch.equal(out, expected)
    assert layer.bias.grad is not None


@BOTH
def test_gcn_is_the_formula_of_kipf_and_welling(dtype):
    edges, layer = draw(7, 20, dtype=dtype), GCN(3, 2).to(dtype)
    x = numbers(7, 3, dtype=dtype)
    whole = matrix_of(edges, weights_of(edges)) + np.eye(7)
    root = np.diag(whole.sum(1) ** -0.5)
    weight = layer.linear.weight.detach().double().numpy().T
    close(layer(x, edges), root @ whole @ root @ x.double().numpy() @ weight, dtype)

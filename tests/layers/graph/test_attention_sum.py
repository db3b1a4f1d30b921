"""Softmax over edges, sums with attention and what they are made of, against scipy, autograd and finite differences."""

import numpy as np
import pytest
import torch
from scipy import sparse, special
from sum_operators import draw, numbers
from torch.func import vmap

from deepstat.layers.graph.at_edges import at_edges
from deepstat.layers.graph.at_nodes import at_nodes
from deepstat.layers.graph.attention_sum import attention_sum
from deepstat.layers.graph.edge_softmax import edge_softmax, log_weights
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sampled_product import sampled_product
from deepstat.layers.graph.types_of import types_of

BOTH = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
TOLERANCE = {torch.float32: 2e-6, torch.float64: 1e-13}
N, E = 9, 30


def softmax_by_scipy(edges, scores):
    out = np.zeros(scores.shape)
    for i in np.unique(edges.target.numpy()):
        into = edges.target.numpy() == i
        out[into] = special.softmax(scores[into], axis=0)
    return out


@BOTH
@pytest.mark.parametrize("size", [1.0, 50.0, 1e4])
def test_shares_are_scipys_softmax_however_large_the_scores(dtype, size):
    edges, scores = draw(N, E), size * numbers(E, 3, dtype=dtype)
    found = edge_softmax(edges, scores)
    # A score of 1e4 is known to 1e-3 in float32.
    tolerance = 5 * size * TOLERANCE[dtype]
    np.testing.assert_allclose(found, softmax_by_scipy(edges, scores.double().numpy()), atol=tolerance)


def test_scores_of_minus_infinity_have_no_share_even_where_all_are():
    edges = Edges(torch.tensor([1, 2, 0, 2]), torch.tensor([0, 0, 1, 1]), 3)
    scores = torch.tensor([0.0, -torch.inf, -torch.inf, -torch.inf], requires_grad=True)
    shares = edge_softmax(edges, scores)
    assert shares.tolist() == [1.0, 0.0, 0.0, 0.0]
    shares.square().sum().backward()
    assert torch.equal(scores.grad, torch.zeros(4))


def test_not_a_number_stays_one():
    edges = Edges(torch.tensor([1, 2, 0]), torch.tensor([0, 0, 1]), 3)
    assert edge_softmax(edges, torch.tensor([0.0, torch.nan, 1.0])).isnan().tolist() == [True, True, False]


def test_softmax_of_a_population_is_that_of_each_member_on_any_axis():
    edges, scores = draw(N, E), numbers(4, 3, E, 2)
    together = vmap(lambda s: vmap(lambda t: edge_softmax(edges, t), out_dims=1)(s))(scores)
    for k, r in np.ndindex(4, 3):
        assert torch.equal(together[k, :, r], edge_softmax(edges, scores[k, r]))


def test_products_differentiated_twice_are_an_error_and_never_a_zero():
    edges, scores, x = draw(N, E), numbers(E, 2).requires_grad_(), numbers(N, 2, 3)
    at_nodes_ = numbers(N, 2).requires_grad_()
    for value, leaf in (
        (edge_softmax(edges, scores), scores),
        (attention_sum(edges, at_nodes_, at_nodes_, x), at_nodes_),
    ):
        (gradient,) = torch.autograd.grad(value.square().sum(), leaf, create_graph=True)
        with pytest.raises(RuntimeError, match="differentiated once, not twice"):
            gradient.sum().backward()


def by_steps(edges, source, target, x, edge_scores, keep, slope):
    """Attention from operations of torch alone, each with its own gradient."""
    score = source[edges.source] + target[edges.target]
    score = torch.nn.functional.leaky_relu(score + edge_scores, slope)
    factor = edges.weight[:, None] * torch.exp(score)
    total = torch.zeros(len(x), x.shape[1], dtype=x.dtype).index_add(0, edges.target, factor)
    share = keep * factor / total[edges.target]
    return torch.zeros_like(x).index_add(0, edges.target, share[:, :, None] * x[edges.source])


@BOTH
@pytest.mark.parametrize(("heads", "width"), [(1, 1), (1, 7), (3, 8), (4, 5)])
@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
def test_attention_and_its_gradients_are_those_of_the_steps_one_by_one(dtype, heads, width, slope):
    edges, keep = draw(N, E), (numbers(E, heads, seed=6) > 0) * 2.0
    whole = [numbers(N, heads, seed=2), numbers(N, heads, seed=3), numbers(N, heads, width, seed=4)]
    whole += [numbers(E, heads, seed=5), edges.weight]
    towards = numbers(N, heads, width, seed=7)
    results = []
    for function, kind in ((attention_sum, dtype), (by_steps, torch.float64)):
        source, target, x, edge, weight = leaves = [part.to(kind).requires_grad_() for part in whole]
        own = edges.with_weight(weight)
        if function is by_steps:
            out = by_steps(own, source, target, x, edge, keep, slope)
        else:
            options = {"edge_scores": edge, "keep": keep.to(kind), "negative_slope": slope}
            out = attention_sum(own, source, target, x, **options)
        results.append([out, *torch.autograd.grad((out * towards.to(kind)).sum(), leaves)])
    for found, expected in zip(*results, strict=True):
        assert found.dtype == dtype
        # At slope 1 the gradient to the targets is zero: shares ignore what is added to all scores of a node.
        assert (found.double() - expected).norm() < TOLERANCE[dtype] * (expected.norm() + 1)


def test_attention_has_the_gradients_of_finite_differences_without_options():
    edges = draw(4, 7, weighted=False)
    inputs = [part.requires_grad_() for part in (numbers(4, 2), numbers(4, 2, seed=3), numbers(4, 2, 3))]
    assert torch.autograd.gradcheck(lambda *parts: attention_sum(edges, *parts), inputs)


@BOTH
@pytest.mark.parametrize("own", ["all", "scores", "features", "mask", "weight"])
def test_a_population_with_attention_is_its_members_one_by_one(dtype, own):
    edges, k = draw(N, E, dtype=dtype), 3
    given = {
        "scores": [numbers(N, 2, dtype=dtype)] * 2,
        "features": [numbers(N, 2, 5, dtype=dtype)],
        "mask": [(numbers(E, 2, dtype=dtype) > 0) * 2.0],
        "weight": [edges.weight],
    }
    for name in given:
        if own in ("all", name):
            given[name] = [
                part * torch.arange(1, k + 1).to(dtype).view(-1, *[1] * part.dim()) for part in given[name]
            ]
    flat = [part for parts in given.values() for part in parts]
    dims = [0 if own in ("all", name) else None for name, parts in given.items() for _ in parts]
    flat = [part.clone().requires_grad_() for part in flat]

    def member(source, target, x, keep, weight):
        return attention_sum(edges.with_weight(weight), source, target, x, keep=keep.detach())

    together = vmap(member, in_dims=tuple(dims))(*flat)
    needed = [part for i, part in enumerate(flat) if i != 3]
    gradients = torch.autograd.grad(together.square().sum(), needed)
    alone = torch.stack(
        [member(*(p if d is None else p[i] for p, d in zip(flat, dims, strict=True))) for i in range(k)]
    )
    assert torch.equal(together, alone)
    for found, expected in zip(gradients, torch.autograd.grad(alone.square().sum(), needed), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@BOTH
@pytest.mark.parametrize("width", [1, 3, 8, 13])
def test_a_sampled_product_is_the_dense_one_where_there_are_entries(dtype, width):
    for n, m, e in ((6, 5, 12), (1, 1, 3), (3, 4, 0)):
        rows = np.sort(np.random.default_rng(0).integers(n, size=e))
        columns = torch.as_tensor(np.random.default_rng(1).integers(m, size=e)).int()
        pointers = torch.as_tensor(np.searchsorted(rows, np.arange(n + 1))).int()
        left, right = numbers(n, width, dtype=dtype), numbers(m, width, dtype=dtype, seed=2)
        whole = left.double().numpy() @ right.double().numpy().T
        found = sampled_product(pointers, columns, left, right)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, whole[rows, columns.numpy()], atol=TOLERANCE[dtype] * 5)


@BOTH
def test_ends_of_edges_get_the_rows_of_their_nodes(dtype):
    edges, x = draw(N, E), numbers(N, 4, dtype=dtype).requires_grad_()
    for end in ("source", "target"):
        found, expected = at_edges(edges, x, end), x[getattr(edges, end)]
        assert torch.equal(found, expected)
        towards = numbers(E, 4, dtype=dtype)
        found, expected = (torch.autograd.grad((out * towards).sum(), x)[0] for out in (found, expected))
        torch.testing.assert_close(found, expected)
    with pytest.raises(ValueError, match="end='middle' is unknown"):
        at_edges(edges, x, "middle")


def test_nodes_get_the_row_of_their_graph_and_one_graph_broadcasts():
    none = torch.zeros(0, dtype=torch.int64)
    batch = Edges(none, none, 4, node_graph=torch.tensor([0, 0, 2, 2]), n_graphs=3)
    of_graphs = torch.tensor([[1.0], [2.0], [3.0]])
    assert at_nodes(batch, of_graphs).flatten().tolist() == [1.0, 1.0, 3.0, 3.0]
    assert at_nodes(Edges(none, none, 4), of_graphs[:1]).tolist() == [[1.0]]


def test_logarithms_of_weights_are_computed_once_for_a_graph():
    edges = draw(N, E)
    np.testing.assert_allclose(log_weights(edges, torch.float64)[:, 0], np.log(edges.weight.numpy()))
    assert log_weights(edges, torch.float64) is log_weights(edges, torch.float64)
    assert log_weights(draw(N, E, weighted=False), torch.float64) is None


def test_a_weight_of_zero_gets_no_gradient_and_leaves_the_others_theirs():
    edges, weight = draw(N, E), torch.ones(E, dtype=torch.float64)
    weight[::3] = 0.0
    weight.requires_grad_()
    shares = edge_softmax(edges, log_weights(edges.with_weight(weight), torch.float64))
    (gradient,) = torch.autograd.grad((shares[:, 0] * numbers(E)).sum(), weight)
    assert gradient.isfinite().all()
    assert torch.equal(gradient[::3], torch.zeros(len(gradient[::3]), dtype=torch.float64))
    assert gradient.abs().sum() > 0


def test_edges_without_types_are_of_type_zero():
    assert torch.equal(types_of(Edges(torch.tensor([1]), torch.tensor([0]), 2), 3), torch.tensor([0]))
    edges = draw(N, E)
    assert types_of(edges, 2) is edges.type


def test_sums_with_attention_are_a_product_with_a_sparse_matrix_of_shares():
    edges, x = draw(N, E), numbers(N, 1, 4)
    source, target = numbers(N, 1, seed=2), numbers(N, 1, seed=3)
    sums = (source[edges.source] + target[edges.target])[:, 0].numpy()
    score = np.log(edges.weight.numpy()) + np.maximum(sums, 0.2 * sums)
    shares = softmax_by_scipy(edges, score)
    matrix = sparse.coo_array((shares, (edges.target.numpy(), edges.source.numpy())), shape=(N, N))
    np.testing.assert_allclose(
        attention_sum(edges, source, target, x)[:, 0], matrix @ x[:, 0].numpy(), atol=1e-13
    )

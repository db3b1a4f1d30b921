"""Operators with attention, types, states of edges or no edges against formulas in loops of numpy, from the papers."""

import math

import numpy as np
import pytest
import torch
from attention_operators import make
from scipy import special
from scipy.spatial.distance import pdist
from sum_operators import N_EDGE_FEATURES, N_IN, N_OUT, N_TYPES, draw, numbers

from deepstat.layers.graph.deep_sets import DeepSets
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gat import GAT
from deepstat.layers.graph.gatv2 import GATv2
from deepstat.layers.graph.graph_block import GraphBlock
from deepstat.layers.graph.jumping_knowledge import JumpingKnowledge
from deepstat.layers.graph.pair_norm import PairNorm
from deepstat.layers.graph.pine import PINE
from deepstat.layers.graph.relational import Relational
from deepstat.layers.graph.with_self_loops import with_self_loops

N = 8
WEIGHTED = pytest.mark.parametrize("weighted", [False, True])


def array(tensor):
    return tensor.detach().double().numpy()


def close(found, expected):
    np.testing.assert_allclose(array(found), expected, rtol=1e-10, atol=1e-11)


def affine(linear, x):
    return x @ array(linear.weight).T + (0.0 if linear.bias is None else array(linear.bias))


def arcs_into(edges, i):
    """Return (source, weight, features, type) of each edge into node i."""
    found = []
    for k in np.flatnonzero(edges.target.numpy() == i):
        weight = 1.0 if edges.weight is None else float(edges.weight[k])
        found.append((int(edges.source[k]), weight, edges.features[k].numpy(), int(edges.type[k])))
    return found


def leaky(z, slope):
    return np.where(z > 0, z, slope * z)


def attention_by_hand(layer, score, messages, edges):
    """Return the output of an attention operator, node by node, from score(head, j, i, f) and messages (h, n, d)."""
    out = np.zeros((N, layer.heads, layer.width))
    for i in range(N):
        arcs = arcs_into(edges, i)
        if layer.self_loops:
            arcs.append((i, 1.0, np.zeros(N_EDGE_FEATURES), None))
        for h in range(layer.heads):
            factors = [w * math.exp(score(h, j, i, f)) for j, w, f, _ in arcs]
            for (j, *_), factor in zip(arcs, factors, strict=True):
                out[i, h] += factor / sum(factors) * messages[h][j]
    return (out.reshape(N, -1) if layer.concat else out.mean(1)) + array(layer.bias)


@WEIGHTED
@pytest.mark.parametrize("name", ["gat", "gat_heads", "gat_mean"])
def test_gat_is_the_formula_of_velickovic(name, weighted):
    layer, edges, x = make(name), draw(N, 25, weighted=weighted), numbers(N, N_IN)
    messages = [x.numpy() @ w.T for w in array(layer.linear.weight).reshape(layer.heads, layer.width, N_IN)]
    vectors = array(layer.vectors)

    def score(h, j, i, f):
        z = vectors[h, 0] @ messages[h][j] + vectors[h, 1] @ messages[h][i]
        return leaky(z if layer.of_edges is None else z + array(layer.of_edges.weight)[h] @ f, 0.2)

    close(layer(x, edges), attention_by_hand(layer, score, messages, edges))


@WEIGHTED
@pytest.mark.parametrize("name", ["gatv2", "gatv2_heads", "gatv2_mean"])
def test_gatv2_is_the_formula_of_brody(name, weighted):
    layer, edges, x = make(name), draw(N, 25, weighted=weighted), numbers(N, N_IN)
    shape = layer.heads, layer.width

    def of_heads(linear, values):
        return (values @ array(linear.weight).T).reshape(*values.shape[:-1], *shape)

    source = of_heads(layer.source, x.numpy())
    target = source if layer.target is None else of_heads(layer.target, x.numpy())

    def score(h, j, i, f):
        z = source[j, h] + target[i, h]
        z = z if layer.of_edges is None else z + of_heads(layer.of_edges, f)[h]
        return array(layer.vectors)[h] @ leaky(z, 0.2)

    close(layer(x, edges), attention_by_hand(layer, score, source.transpose(1, 0, 2), edges))


def test_gat_of_three_nodes_solved_by_hand():
    layer, edges = GAT(1, 1).double(), Edges(torch.tensor([1, 2]), torch.tensor([0, 0]), 3)
    with torch.no_grad():
        layer.linear.weight.fill_(2.0)
        layer.vectors.copy_(torch.tensor([[[1.0], [-1.0]]]))
    x = torch.tensor([[0.0], [math.log(2) / 2], [-math.log(2) * 5 / 2]], dtype=torch.float64)
    # Scores into node 0: of itself 0, of node 1 log 2, of node 2 -0.2 * 5 log 2 = -log 2; shares 2/7, 4/7, 1/7.
    close(layer.attention(x, edges)[:3, 0], [2 / 7, 4 / 7, 1 / 7])
    close(layer(x, edges), [[4 / 7 * math.log(2) - 5 / 7 * math.log(2)], 2 * x[1].numpy(), 2 * x[2].numpy()])


@pytest.mark.parametrize("name", ["gat_heads", "gat_mean", "gatv2_heads", "gatv2_mean"])
def test_attention_returns_the_coefficients_of_the_forward_pass(name):
    layer, edges, x = make(name, attention_dropout=0.5), draw(N, 25), numbers(N, N_IN)
    looped = with_self_loops(edges) if layer.self_loops else edges
    shares = layer.attention(x, edges)
    messages = (layer.linear if name.startswith("gat_") else layer.source)(x).view(N, layer.heads, -1)
    total = torch.zeros_like(messages).index_add(
        0, looped.target, shares[:, :, None] * messages[looped.source]
    )
    expected = (total.flatten(1) if layer.concat else total.mean(1)) + layer.bias
    torch.testing.assert_close(layer.eval()(x, edges), expected)
    sums = torch.zeros(N, layer.heads, dtype=torch.float64).index_add(0, looped.target, shares)
    arrived = torch.bincount(looped.target, minlength=N) > 0
    torch.testing.assert_close(sums, arrived[:, None].expand_as(sums).double())


def test_gat_ranks_neighbours_alike_for_all_and_gatv2_does_not():
    # Every node sees every node; the paper's statement is on the order of the coefficients.
    n = 4
    target, source = torch.arange(n).repeat_interleave(n), torch.arange(n).repeat(n)
    edges, x = Edges(source, target, n), torch.eye(n, dtype=torch.float64)
    n_orders = []
    for operator in (GAT, GATv2):
        shares = make(operator, n, 32, self_loops=False).attention(x, edges).view(n, n)
        n_orders.append(len({tuple(row.argsort().tolist()) for row in shares}))
    assert n_orders[0] == 1 < n_orders[1]


@pytest.mark.parametrize("operator", [GAT, GATv2])
def test_attention_dropout_drops_coefficients_and_keeps_their_mean(operator):
    n = 2000  # a star: all send to node 0
    edges = Edges(torch.arange(n), torch.zeros(n, dtype=torch.int64), n)
    layer = make(operator, 1, 1, attention_dropout=0.25, self_loops=False)
    torch.nn.init.zeros_(layer.bias)
    torch.nn.init.ones_((layer.linear if operator is GAT else layer.source).weight)
    x = torch.ones(n, 1, dtype=torch.float64)
    seen = float(layer(x, edges)[0].detach())  # mean of n independent 0 or 4/3
    assert seen != 1.0
    assert abs(seen - 1.0) < 5 * math.sqrt(0.25 / 0.75 / n)
    close(layer.eval()(x, edges)[0], [1.0])


@WEIGHTED
@pytest.mark.parametrize("name", ["relational", "relational_bases", "relational_blocks"])
def test_relational_is_the_formula_of_schlichtkrull(name, weighted):
    layer, edges, x = make(name), draw(N, 25, weighted=weighted), numbers(N, N_IN)
    if name == "relational_blocks":
        layer = make(Relational, 6, 4, n_types=N_TYPES, n_blocks=2)
        x, blocks = numbers(N, 6), array(layer.blocks)
        maps = np.zeros((N_TYPES, 4, 6))
        for r, b in np.ndindex(N_TYPES, 2):
            maps[r, 2 * b : 2 * b + 2, 3 * b : 3 * b + 3] = blocks[r, b].T
    else:
        maps = array(layer.maps.weight).reshape(-1, N_OUT, N_IN)
        if name == "relational_bases":
            maps = np.einsum("rb,bio->rio", array(layer.mixture), maps)
    expected = affine(layer.own, x.numpy())
    for i in range(N):
        arcs = arcs_into(edges, i)
        for r in range(N_TYPES):
            total = sum(w for _, w, _, kind in arcs if kind == r)
            for j, w, _, kind in arcs:
                if kind == r:
                    expected[i] += w / total * maps[r] @ x[j].numpy()
    close(layer(x, edges), expected)


def perceptron(update, *inputs):
    hidden = sum(
        affine(linear, z) for linear, z in zip((m for m in update.maps if m is not None), inputs, strict=True)
    )
    return affine(update.out, np.maximum(hidden, 0))


@WEIGHTED
@pytest.mark.parametrize("aggregation", ["sum", "mean"])
def test_graph_block_is_algorithm_1_of_battaglia(aggregation, weighted):
    layer = make(
        GraphBlock,
        aggregation=aggregation,
        n_edge_features=N_EDGE_FEATURES,
        n_global=3,
        n_global_out=2,
        n_hidden=5,
    )
    first, second = draw(4, 9, weighted=weighted), draw(3, 5, weighted=weighted, seed=2)
    x, u = numbers(7, N_IN), numbers(2, 3, seed=5)
    weight = torch.cat([first.weight, second.weight]) if weighted else None
    whole = Edges(
        torch.cat([first.source, second.source + 4]),
        torch.cat([first.target, second.target + 4]),
        7,
        weight=weight,
        features=torch.cat([first.features, second.features]),
        node_graph=torch.tensor([0] * 4 + [1] * 3),
        n_graphs=2,
    )
    nodes, edge_states, graphs = layer.states(x, whole, graph_state=u)
    rows, seen = 0, 0
    for g, (graph, n) in enumerate([(first, 4), (second, 3)]):
        own, w = x[rows : rows + n].numpy(), np.ones(len(graph)) if not weighted else graph.weight.numpy()
        state = np.stack(
            [
                perceptron(layer.of_edge, own[s], own[t], f, u[g].numpy())
                for s, t, f in zip(graph.source, graph.target, graph.features.numpy(), strict=True)
            ]
        )
        new, sums = np.zeros((n, N_OUT)), []
        for i in range(n):
            into = graph.target.numpy() == i
            received = (w[into, None] * state[into]).sum(0)
            sums.append(received)
            if aggregation == "mean" and into.any():
                received = received / w[into].sum()
            new[i] = perceptron(layer.of_node, own[i], received, u[g].numpy())
        of_edges, of_nodes = np.sum(sums, 0), new.sum(0)
        if aggregation == "mean":
            of_edges, of_nodes = of_edges / w.sum(), of_nodes / n
        close(nodes[rows : rows + n], new)
        close(edge_states[seen : seen + len(graph)], state)
        close(graphs[g], perceptron(layer.of_graph, of_edges, of_nodes, u[g].numpy()))
        rows, seen = rows + n, seen + len(graph)


def test_graph_blocks_can_be_stacked_and_types_of_edges_matter():
    first = make(GraphBlock, n_edge_features=N_EDGE_FEATURES, n_types=N_TYPES, n_global_out=2)
    second = make(GraphBlock, N_OUT, 5, n_edge_features=N_OUT, n_global=2, n_global_out=3)
    edges, x = draw(N, 25), numbers(N, N_IN)
    nodes, states, graphs = first.states(x, edges)
    torch.testing.assert_close(first(x, edges), nodes)
    plain = Edges(edges.source, edges.target, N, weight=edges.weight)
    shapes = [tuple(state.shape) for state in second.states(nodes, plain, states, graphs)]
    assert shapes == [(N, 5), (25, 5), (1, 3)]
    other = Edges(edges.source, edges.target, N, edges.weight, edges.features, 1 - edges.type, N_TYPES)
    assert not torch.allclose(first(x, other), nodes)


@pytest.mark.parametrize(("pool", "reduce"), [("mean", np.mean), ("sum", np.sum), ("max", np.max)])
def test_deep_sets_adds_what_is_pooled_of_the_nodes_of_the_same_graph(pool, reduce):
    layer, x, graph = make(DeepSets, pool=pool), numbers(N, N_IN), torch.tensor([0, 0, 0, 2, 2, 2, 2, 2])
    none = torch.zeros(0, dtype=torch.int64)
    found = layer(x, Edges(none, none, N, node_graph=graph, n_graphs=3))
    expected = affine(layer.own, x.numpy())
    for g in (0, 2):
        inside = graph.numpy() == g
        expected[inside] += reduce(x.numpy()[inside], axis=0) @ array(layer.pooled.weight).T
    close(found, expected)


def test_pine_is_a_function_of_sums_over_each_set():
    layer, edges, x = make("pine_others"), draw(N, 25), numbers(N, N_IN)
    members = np.tanh(affine(layer.members, x.numpy())).reshape(N, N_TYPES, -1)
    expected = np.zeros((N, N_OUT))
    for i in range(N):
        sums = np.zeros((N_TYPES, 5))
        for j, w, _, kind in arcs_into(edges, i):
            sums[kind] += w * members[j, kind]
        expected[i] = affine(layer.out, np.maximum(affine(layer.hidden, sums.reshape(-1)), 0))
    close(layer(x, edges), expected)
    # Without weights an owner's sets are those of the node that its members send to.
    unweighted = Edges(edges.source, edges.target, N, type=edges.type, n_types=N_TYPES)
    close(layer.encode(x[edges.source], edges.type, edges.target, N), array(layer(x, unweighted)))


def test_pine_is_invariant_inside_a_set_and_not_across_sets():
    layer, x, kind = make("pine_others"), numbers(5, N_IN), torch.tensor([0, 0, 0, 1, 1])
    owner = torch.zeros(5, dtype=torch.int64)
    whole = layer.encode(x, kind, owner, 1)
    torch.testing.assert_close(layer.encode(x[[2, 0, 1, 4, 3]], kind, owner, 1), whole)
    assert not torch.allclose(layer.encode(x[[3, 1, 2, 0, 4]], kind, owner, 1), whole)
    with pytest.raises(ValueError, match="build PINE with own_set=False"):
        make("pine").encode(x, kind, owner, 1)


def test_pair_norm_keeps_the_mean_distance_of_pairs_in_each_graph():
    graph, none = torch.tensor([0] * 5 + [1] * 7), torch.zeros(0, dtype=torch.int64)
    edges, x = Edges(none, none, 12, node_graph=graph, n_graphs=2), 10 * numbers(12, 4) + 3
    for layer, scale in ((PairNorm(), 1.0), (PairNorm(2.5), 2.5)):
        out = array(layer(x, edges))
        for g, n in ((0, 5), (1, 7)):
            own = out[graph.numpy() == g]
            np.testing.assert_allclose(own.mean(0), 0, atol=1e-12)
            assert 2 * np.square(pdist(own)).sum() / n**2 == pytest.approx(2 * scale**2, rel=1e-6)
    lengths = np.linalg.norm(array(PairNorm(2.5, individual=True)(x, edges)), axis=1)
    np.testing.assert_allclose(lengths, 2.5, rtol=1e-6)


def test_pair_norm_of_equal_nodes_is_zero_with_finite_gradients():
    edges, x = draw(4, 5), torch.ones(4, 3, requires_grad=True)
    for individual in (False, True):
        out = PairNorm(individual=individual)(x, edges)
        out.square().sum().backward()
        assert torch.equal(out, torch.zeros(4, 3))
        assert x.grad.isfinite().all()


def test_jumping_knowledge_joins_layers_at_each_node():
    layers = [numbers(N, 4, seed=seed) for seed in range(3)]
    concat, largest = (make(JumpingKnowledge, [4, 4, 4], 2, how=how) for how in ("concat", "max"))
    close(concat(layers), affine(concat.out, np.hstack([array(x) for x in layers])))
    close(largest(layers), affine(largest.out, np.max([array(x) for x in layers], 0)))
    join = make(JumpingKnowledge, [4, 4, 4], 2, how="attention")
    scores = np.hstack([affine(score, array(x)) for score, x in zip(join.scores, layers, strict=True)])
    shares = special.softmax(scores, axis=1)
    mixed = sum(shares[:, [k]] * array(x) for k, x in enumerate(layers))
    close(join(layers), affine(join.out, mixed))
    assert make(JumpingKnowledge, [4, 5], 2)([numbers(N, 4), numbers(N, 5)]).shape == (N, 2)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: GAT(3, 7, heads=2), r"n_out=7 does not divide into heads=2 .* concat=False"),
        (lambda: GATv2(3, 4, heads=0), "heads=0 is not allowed: give one head or more"),
        (lambda: GAT(3, 4, negative_slope=-0.1), r"negative_slope=-0\.1 is not allowed"),
        (lambda: GAT(3, 4, attention_dropout=1.0), "0 <= p < 1"),
        (lambda: Relational(3, 4, n_bases=2, n_blocks=1), "n_bases=2 and n_blocks=1 exclude each other"),
        (lambda: Relational(3, 4, n_blocks=2), "n_blocks=2 does not divide n_in=3 and n_out=4"),
        (lambda: Relational(3, 4, n_bases=0), "n_bases=0 is not allowed"),
        (lambda: GraphBlock(3, 4, aggregation="max"), "aggregation='max' is unknown: use 'sum' or 'mean'"),
        (lambda: GraphBlock(3, 4, n_hidden=0), "n_hidden=0 is not allowed"),
        (lambda: DeepSets(3, 4, pool="min"), "pool='min' is unknown: use one of 'sum', 'mean', 'max'"),
        (lambda: PINE(3, 4, n_hidden=0), "n_hidden=0 is not allowed"),
        (lambda: PairNorm(0.0), r"scale=0\.0 is not allowed"),
        (lambda: JumpingKnowledge([3, 4], 2, how="max"), r"'max' needs layers of one width, not \[3, 4\]"),
        (lambda: JumpingKnowledge([3], 2, how="lstm"), "how='lstm' is unknown"),
        (lambda: JumpingKnowledge([], 2), "widths is empty"),
    ],
)
def test_what_cannot_be_built_is_refused_in_one_sentence(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()


@pytest.mark.parametrize("operator", [GAT, GATv2, GraphBlock])
def test_missing_edge_features_and_unknown_types_are_refused(operator):
    bare, x = Edges(torch.tensor([1]), torch.tensor([0]), 2), numbers(2, N_IN)
    with pytest.raises(ValueError, match="made for 2 edge features and the graph has none"):
        make(operator, n_edge_features=2)(x, bare)
    typed = Edges(torch.tensor([1]), torch.tensor([0]), 2, type=torch.tensor([2]), n_types=3)
    for layer in (make(Relational, n_types=2), make(PINE, n_types=2), make(GraphBlock, n_types=2)):
        with pytest.raises(ValueError, match="3 types of edges and the network was made for 2"):
            layer(x, typed)
    with pytest.raises(ValueError, match="without a state of graphs"):
        make(GraphBlock).states(x, bare, graph_state=numbers(1, 2))

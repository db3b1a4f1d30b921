# %% [markdown]
# # Message passing, from the matrix formula
#
# A graph network is a table X with a row for each node, multiplied from the right by weights, as in any network, and
# from the left by a matrix of the graph, which mixes the rows of neighbours. Everything else is which matrix. We
# build the common ones by hand, find the same numbers in the library, look at what too many rounds do, and at what no
# number of rounds can see.

# %%
import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.model_selection import cross_val_score

import deepstat
from deepstat import Graph, NodeClassifier
from deepstat.diagnostics import GraphDisplay
from deepstat.graph.adjacency import adjacency
from deepstat.graph.disjoint_union import disjoint_union
from deepstat.graph.normalized_adjacency import normalized_adjacency
from deepstat.graph.structural_features import structural_features
from deepstat.graph.weisfeiler_leman.wl_test import wl_test
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.mean_aggregation import MeanAggregation
from deepstat.layers.graph.message_passing import MessagePassing
from deepstat.testing import check_permutation_equivariance

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## One round, by hand
#
# Five people, five acquaintances. Row i of the adjacency matrix A has ones at the neighbours of i, so row i of A X is
# the sum of their rows: the *messages* that i receives. Let X be the identity, a column for each person; then row i
# of A X says whom i hears of.

# %%
graph = Graph([[0, 1, 2, 2, 3], [1, 2, 0, 3, 4]])
A, X = adjacency(graph).toarray(), np.eye(5)
print("one round, A X:\n", (A @ X).astype(int), "\ntwo rounds, A A X:\n", (A @ A @ X).astype(int))
assert np.array_equal((A @ X)[2], X[0] + X[1] + X[3])

# %% [markdown]
# Entry (i, j) of the second matrix counts the ways of two steps from i to j, back to i included: after k rounds a
# node has heard of nodes up to k steps away, and of some of them often.
#
# The *basic message passing* adds a node's own state with weights of its own, X W_self + A X W_neigh + b. The sum
# grows with the number of neighbours; divide the rows of A by it, and the sum becomes a mean. With random weights,
# the library's operators are these formulas:

# %%
rng = np.random.default_rng(0)
H = rng.normal(size=(5, 3))
edges = Edges(torch.tensor(graph.arcs.source), torch.tensor(graph.arcs.target), n_nodes=5)
degrees = A.sum(axis=1, keepdims=True)
for operator, mixing in ((MessagePassing, A), (MeanAggregation, A / degrees)):
    layer = operator(3, 2).double()
    W_self, W_neighbour, b = (
        value.detach().numpy() for value in (layer.own.weight, layer.neighbours.weight, layer.own.bias)
    )
    by_hand = H @ W_self.T + mixing @ H @ W_neighbour.T + b
    by_layer = layer(torch.tensor(H), edges).detach().numpy()
    print(
        f"{operator.__name__:16s} largest difference from the formula {np.abs(by_hand - by_layer).max():.0e}"
    )
    assert np.allclose(by_hand, by_layer, atol=1e-12)

# %% [markdown]
# ## The graph convolution
#
# Kipf and Welling let a node be its own neighbour, A + I, use one set of weights for all, and divide each entry by
# the roots of both degrees: S = D^(-1/2) (A + I) D^(-1/2). Dividing by roots is a compromise between a sum and a
# mean, and keeps S symmetric with eigenvalues between -1 and 1, so that many rounds do not explode. The whole network
# of their paper is
#
# $$ S \, \mathrm{relu}(S X W_0 + b_0) \, W_1 + b_1, $$
#
# in the order S (X W), which is the cheaper one. We fit it with the estimator and then compute its scores from its
# weights in one line.

# %%
root = 1 / np.sqrt((A + np.eye(5)).sum(axis=1))
S = root[:, None] * (A + np.eye(5)) * root
assert np.allclose(S, normalized_adjacency(graph).toarray())
print("eigenvalues of S:", np.linalg.eigvalsh(S).round(2))

people = graph.with_features(H)
model = NodeClassifier(graph=people, feature_scaling="none", precision="float64", random_state=0)
model.fit([0, 1, 4], ["left", "left", "right"])
b0, W0, b1, W1 = (value.detach().numpy() for value in model.network_.parameters())
scores = S @ np.maximum(S @ H @ W0.T + b0, 0) @ W1.T + b1
difference = np.abs(scores[:, 0] - model.decision_function(np.arange(5))).max()
print(f"the fitted network against the formula: {difference:.0e}")
assert difference < 1e-12

# %% [markdown]
# ## Numbers of nodes are no features
#
# Rename the nodes, P X and P A P', and P S P' P X W = P (S X W): the outputs are renamed along, whatever the weights.
# This is *equivariance*, and the checks of the library hold every architecture to it. A network on the rows of A, as
# if the adjacency matrix were a table, breaks it: it learns the order in which somebody listed the nodes.


# %%
class OnAdjacency(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(30, 2, generator=torch.Generator().manual_seed(0)))

    def forward(self, x, edges):
        rows = edges.matrix.with_values(edges.weight).to_dense()
        return rows @ self.weight[: edges.n_nodes].to(rows)


check_permutation_equivariance("gcn")
try:
    check_permutation_equivariance(OnAdjacency())
    raise SystemExit("the check let a network on the adjacency matrix pass")
except AssertionError as error:
    print(error)

# %% [markdown]
# ## Too few rounds and too many
#
# Two hundred people in two groups. Three in four acquaintances are within a group, and each person has sixteen
# features that tell the group through a lot of noise. Averaging over neighbours, who are mostly of the same group,
# averages the noise away. But each round also pulls all people towards each other: in the limit S^k X has one column
# left, the leading eigenvector of S, whose entries are the roots of the degrees and say nothing of the groups. This
# is *over-smoothing*. To see it, divide the rows by these roots, after which the limit is one row for all, and look
# at the variance between people.

# %%
n, n_features = 200, 16
group = np.arange(n) % 2
signal = rng.normal(size=n_features)
features = 0.2 * np.outer(2 * group - 1, signal) + rng.normal(size=(n, n_features))
chance = np.where(group[:, None] == group, 0.045, 0.015)
town = Graph(np.array(np.nonzero(np.triu(rng.random((n, n)) < chance, 1))), n_nodes=n, node_features=features)
mixing, roots = normalized_adjacency(town), np.sqrt(adjacency(town).sum(axis=1) + 1.0)

left, between = [], []
state = features
for _ in range(33):
    rows = state / roots[:, None]
    centred = rows - rows.mean(axis=0)
    means = np.stack([centred[group == own].mean(axis=0) for own in (0, 1)])[group]
    left.append((centred**2).sum() / (rows**2).sum())
    between.append((means**2).sum() / (centred**2).sum())
    state = mixing @ state
for k in (0, 2, 4, 8, 16, 32):
    print(f"after {k:2d} rounds the variance between people is {left[k]:7.2%} of the whole, ", end="")
    print(f"and {between[k]:.0%} of it is between the groups")
assert left[32] < 0.001 < 0.5 < left[4]
assert between[4] > 3 * between[0]

# %% [markdown]
# What is left is more and more about the groups, and it is less and less of the whole: a trade-off, with an optimum
# after a few rounds. Networks of 1 to 32 layers show the same, each fitted to ten labels of either group, for five
# draws of the labels. Remedies: add a layer's input to its output (`skip`), read out all layers (`jumping`), or scale
# the rows after each layer so that people stay as far apart as they were (`normalization="pair"`).

# %%
draws = []
for seed in range(5):
    order = np.random.default_rng(seed).permutation(n)
    labelled = np.concatenate([order[group[order] == own][:10] for own in (0, 1)])
    draws.append((labelled, np.setdiff1d(order, labelled)))
remedies = {
    "plain": {},
    "skip": {"skip": "residual"},
    "jumping": {"jumping": "concat"},
    "PairNorm": {"normalization": "pair"},
}
depths = [1, 2, 4, 8, 16, 32]


def accuracy(architecture, **params):
    """Mean over the draws, whose networks train together."""
    params = {"dropout": 0.0, **params}
    network = NodeClassifier(
        graph=town, architecture=architecture, architecture_params=params, max_epochs=50, random_state=0
    )
    with deepstat.population():
        return cross_val_score(network, np.arange(n), group, cv=draws).mean()


found = {}
for name, remedy in remedies.items():
    # A readout of all layers takes the place of the last one.
    hidden = {depth: (16,) * (depth if name == "jumping" else depth - 1) for depth in depths}
    found[name] = [
        accuracy("gcn", hidden_layer_sizes=hidden[depth], **(remedy if hidden[depth] else {}))
        for depth in depths
    ]
alone = accuracy("node_mlp", hidden_layer_sizes=(16,))
print("layers  ", *(f"{depth:6d}" for depth in depths))
for name, row in found.items():
    print(f"{name:8s}", *(f"{value:6.2f}" for value in row))
print(f"without acquaintances: {alone:.2f}")
plain = dict(zip(depths, found["plain"], strict=True))
assert plain[2] > alone + 0.1
assert plain[32] < plain[2] - 0.1
assert found["skip"][4] > plain[16] + 0.1
assert min(found["jumping"][-1], found["PairNorm"][-1]) > plain[32] + 0.1

# %% [markdown]
# Skips carry the networks to sixteen layers, a readout of all layers to any depth; PairNorm keeps people apart at
# every depth, at a price where there was no need. The remedies make depth harmless; they do not make it useful here,
# where two to four rounds see enough. Take the depth that the problem asks for: who must hear of whom.
#
# ## What no number of rounds can see
#
# Messages say what neighbours are like, never who they are. Two triangles and a hexagon are alike to every node: two
# neighbours, each with two neighbours, and so on for ever. The test of Weisfeiler and Leman refines colours by the
# colours of neighbours; what it cannot tell apart, no message passing can (Xu et al., 2019; Morris et al., 2019).
# Here with ten layers of random weights:

# %%
triangle = Graph([[0, 1, 2], [1, 2, 0]])
triangles, hexagon = disjoint_union([triangle, triangle])[0], Graph([np.arange(6), (np.arange(6) + 1) % 6])
tailed = Graph([[0, 1, 2, 0], [1, 2, 0, 3]])
path = Graph([[0, 1, 2], [1, 2, 3]])


def read_out(given):
    arcs = Edges(torch.tensor(given.arcs.source), torch.tensor(given.arcs.target), n_nodes=given.n_nodes)
    torch_rng = torch.Generator().manual_seed(0)
    state = torch.ones(given.n_nodes, 8, dtype=torch.float64)
    for _ in range(10):
        layer = GCN(8, 8, normalization="none").double()
        layer.linear.weight.data = torch.randn(8, 8, generator=torch_rng, dtype=torch.float64) / 3
        state = torch.tanh(layer(state, arcs))
    return state.sum(dim=0).detach().numpy()


for name, one, two in (
    ("two triangles, hexagon", triangles, hexagon),
    ("path, triangle with a tail", path, tailed),
):
    apart = np.abs(read_out(one) - read_out(two)).max()
    print(f"{name:27s} Weisfeiler-Leman: {'may be the same' if wl_test(one, two) else 'different'}, ", end="")
    print(f"network: {apart:.1e} apart")
    assert wl_test(one, two) == (apart < 1e-9)

# %% [markdown]
# What helps is to give nodes something that tells them apart. `structural_features="random_walk"`, the chances to be
# back after so many steps, does it here (a triangle is closed in three steps), and is the same however the nodes are
# numbered.

# %%
back = {name: structural_features(own, ["random_walk"], n_steps=3)[0] for name, own in
        (("triangle", triangles), ("hexagon", hexagon))}  # fmt: skip
for name, row in back.items():
    print(f"{name:9s} chance to be back after 1, 2, 3 steps:", row.round(2))
assert back["triangle"][2] > 0 == back["hexagon"][2]

# %%
figure, panels = plt.subplots(2, 3, figsize=(14, 8), layout="constrained")
started = np.array([1.0, 0, 0, 0, 0])
for axes, k in zip(panels[0], (0, 1, 3), strict=True):
    heard = np.linalg.matrix_power(S, k) @ started
    GraphDisplay.from_graph(graph, color=heard, labels=True, ax=axes)
    axes.set_title(f"row of person 0 in S^{k}")
panels[1, 0].semilogy(np.maximum(left, 1e-6), label="between people / whole")
panels[1, 0].semilogy(between, label="between groups / between people")
panels[1, 0].set(
    xlabel="rounds", ylabel="share of the variance", ylim=(1e-6, 2), title="smoothing of features"
)
panels[1, 0].legend(frameon=False, loc="lower left")
for name, row in found.items():
    panels[1, 1].plot(depths, row, "o-", label=name)
panels[1, 1].axhline(alone, color="black", linestyle="--", linewidth=1, label="without acquaintances")
panels[1, 1].set_xscale("log", base=2)
panels[1, 1].set_xticks(depths, [str(depth) for depth in depths])
panels[1, 1].set(
    xlabel="layers", ylabel="accuracy", ylim=(0.25, 0.95), title="networks of the town, 20 labels"
)
panels[1, 1].legend(frameon=False, loc="lower left", ncols=2, fontsize="small")
both = disjoint_union([triangle, triangle, hexagon])[0]
angle = np.concatenate([np.pi / 2 + 2 * np.pi * np.arange(3) / 3] * 2 + [2 * np.pi * np.arange(6) / 6])
centre = np.array([[-2.4, 0.9]] * 3 + [[-2.4, -1.1]] * 3 + [[0.6, 0.0]] * 6)
positions = centre + np.column_stack([np.cos(angle), np.sin(angle)]) * np.array([[0.8]] * 6 + [[1.3]] * 6)
GraphDisplay.from_graph(both, positions=positions, ax=panels[1, 2])
panels[1, 2].set_title("alike to every network of messages")
figure.savefig(FIGURES / "message_passing.png", dpi=120)

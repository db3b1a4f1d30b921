# %% [markdown]
# # Link prediction
#
# Which pairs of nodes are linked? In Hugo's *Les Misérables* 77 characters make 2,926 pairs, and 254 of them appear
# in a chapter together (Knuth, 1993). We hide a fifth of the links at a time, predict them from the others, and ask
# three questions that decide whether a figure for link prediction means anything: what was hidden, out of how many,
# and is a stated probability one?

# %%
import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from deepstat import Graph, LinkPredictor
from deepstat.diagnostics import GraphDisplay, ReliabilityDisplay
from deepstat.graph.adjacency import adjacency
from deepstat.graph.splitters.edge_k_fold import EdgeKFold

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

novel = nx.les_miserables_graph()
names = sorted(novel)
graph = Graph(np.array(novel.edges).T, node_names=names)
every_pair = np.column_stack(np.triu_indices(len(names), 1))
pairs = np.array(names)[every_pair]
linked = adjacency(graph).toarray()[tuple(every_pair.T)].astype(int)
base_rate = linked.mean()
print(f"{graph}; {linked.sum()} of {len(linked)} pairs are linked, {base_rate:.1%}")

# %% [markdown]
# ## What is hidden
#
# X is pairs of nodes, y whether they are linked. `EdgeKFold` keeps (u, v) and (v, u) in one fold, which are the same
# link. The predictor goes further: messages run along the links of X in `fit` and along no others, so a hidden link
# takes part in neither direction, in training or prediction. What happens without this care shows
# `propagate="graph"`, which uses every edge of the graph for messages, those to be predicted included.
#
# Rows for training: the links of the training folds, and as many of their non-links, drawn at random. Most would do
# no harm, but one for one is common practice, and makes the next question sharp.

# %%
folds = list(EdgeKFold(graph, n_splits=5, shuffle=True, random_state=0).split(pairs))
rng = np.random.default_rng(0)
rows = []
for train, _ in folds:
    links = train[linked[train] == 1]
    rows.append(np.concatenate([links, rng.choice(train[linked[train] == 0], len(links), replace=False)]))

settings = {
    "graph": graph,
    "structural_features": "identity",
    "base_rate": base_rate,
    "max_epochs": 200,
    "random_state": 0,
}
predictors = {
    "hidden links left out": LinkPredictor(**settings),
    "hidden links in messages": LinkPredictor(**settings, propagate="graph"),
}
probability, at_ratio = ({name: np.zeros(len(pairs)) for name in predictors} for _ in range(2))
for (_, test), own in zip(folds, rows, strict=True):
    for name, predictor in predictors.items():
        predictor.fit(pairs[own], linked[own])
        probability[name][test] = predictor.predict_proba(pairs[test])[:, 1]
        at_ratio[name][test] = expit(predictor.decision_function(pairs[test]))


def auc(score):
    return np.mean([roc_auc_score(linked[test], score[test]) for _, test in folds])


for name in predictors:
    print(f"{name:26s} area under the ROC curve {auc(at_ratio[name]):.3f}")
assert auc(at_ratio["hidden links in messages"]) > auc(at_ratio["hidden links left out"]) + 0.02

# %% [markdown]
# The second figure is what one gets by handing the whole graph to a network and the folds to the loss alone. It is
# not skill: the network is asked for what it was told.
#
# ## Is the probability one?
#
# Half of the training rows are links, in the novel one pair in twelve is. So the network's own log-odds are too
# large, by the logarithm of how much more often links were drawn than non-links. `predict_proba` takes that off. Add
# up the probabilities of all pairs, each predicted by the fit that did not see it, and see how many links are
# expected.

# %%
name = "hidden links left out"
print(f"links: {linked.sum()}; expected by the network's own odds: {at_ratio[name].sum():.0f}, ", end="")
print(f"by predict_proba: {probability[name].sum():.0f}")
offset = logit(0.5) - logit(base_rate)
assert np.allclose(logit(probability[name]), logit(at_ratio[name]) - offset, atol=1e-3)
assert at_ratio[name].sum() > 3 * linked.sum()
assert 2 / 3 < probability[name].sum() / linked.sum() < 3 / 2

# %% [markdown]
# ## Does it need a network?
#
# Characters with common friends meet. Adamic and Adar (2003) add up common friends, each divided by the logarithm of
# how many friends that friend has; a logistic regression of this one number, on the same rows and with the same
# correction, gives probabilities too. The number of a pair does not depend on whether the pair is linked, so training
# rows are honest.

# %%
by_friends = np.zeros(len(pairs))
adamic_adar = np.zeros(len(pairs))
for (_, test), own in zip(folds, rows, strict=True):
    known = np.zeros((len(names), len(names)))
    training_links = every_pair[np.setdiff1d(np.flatnonzero(linked), test)]
    known[tuple(training_links.T)] = 1
    known += known.T
    n_friends = known.sum(axis=0)
    weighed = known / np.log(np.maximum(n_friends, 2))
    common = (weighed @ known)[tuple(every_pair.T)][:, None]
    regression = LogisticRegression(C=1e6).fit(common[own], linked[own])
    adamic_adar[test] = common[test, 0]
    by_friends[test] = expit(regression.decision_function(common[test]) - offset)

# %% [markdown]
# ## Out of how many
#
# The area under the ROC curve does not depend on how many non-links are judged. Average precision does: the same
# scores look far better when one non-link is judged for each link, as in many papers, than among all pairs.

# %%
balanced = np.concatenate(
    [np.flatnonzero(linked), rng.choice(np.flatnonzero(linked == 0), linked.sum(), replace=False)]
)
print(f"{'':24s}   AUC   average precision           log loss   expected links")
print(f"{'':24s}         all pairs   one for one   all pairs")
for label, p in (("graph network", probability[name]), ("Adamic-Adar, logistic", by_friends)):
    print(f"{label:24s} {auc(p):.3f} {average_precision_score(linked, p):8.3f}", end="")
    print(
        f" {average_precision_score(linked[balanced], p[balanced]):13.3f} {log_loss(linked, p):13.3f} {p.sum():12.0f}"
    )
constant = np.full(len(linked), base_rate)
print(f"{'base rate for all':24s} 0.500 {base_rate:8.3f} {0.5:13.3f} ", end="")
print(f"{log_loss(linked, constant):13.3f} {linked.sum():12.0f}")
assert log_loss(linked, probability[name]) < log_loss(linked, constant)
assert auc(by_friends) > auc(at_ratio[name])

# %% [markdown]
# Common friends win. The network learns a vector for each character from about four ties each, and has nothing else
# to go by; Adamic and Adar knew something about friendship. Graph networks pay where nodes have features, where links
# depend on kinds of nodes, or where so many links are known that the rule can be learned. Keep the simple index
# beside them.
#
# In the reliability diagram the network's own odds lie far to the right of the diagonal. With the correction they
# come close, and where it still says more than happens it is overconfident, which the correction for sampling does
# not mend. The bands take pairs as independent, which pairs of one graph are not: take them as a lower bound.

# %%
figure, panels = plt.subplots(1, 3, figsize=(15.5, 5.7), layout="constrained")
for axes, p, title in (
    (panels[0], at_ratio[name], "network, odds of the training rows"),
    (panels[1], probability[name], "network, corrected for sampling"),
):
    ReliabilityDisplay.from_predictions(linked, p, ax=axes, bins=10, n_simulations=200)
    axes.set_title(title)
place = GraphDisplay.from_graph(
    graph, color=adjacency(graph).sum(axis=1), name="links", ax=panels[2]
).positions
missing = np.flatnonzero(linked == 0)
likely = missing[np.argsort(-by_friends[missing])][:8]
for row in likely:
    panels[2].plot(*place[every_pair[row]].T, "C3", linewidth=1.5, zorder=2)
    print(
        f"not linked in the novel, expected by common friends: {' and '.join(pairs[row])} ({by_friends[row]:.2f})"
    )
panels[2].set_title("the novel; red: eight pairs that one would expect")
figure.savefig(FIGURES / "links.png", dpi=120)

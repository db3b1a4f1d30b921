# %% [markdown]
# # A graph that changes
#
# A model of a network of people is trained today and used next year, when there are new people and new ties. What it
# has learned must then be a rule for any node, not a fact about each node it has met. We make such a network, so that
# the truth is known, train on its first year and predict in the third. Then we look at what breaks a rule that
# worked: a network that has become denser.

# %%
import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import deepstat
from deepstat import Graph, NodeClassifier
from deepstat.diagnostics import GraphDisplay
from deepstat.graph.degree import degree
from deepstat.graph.splitters.graph_before import graph_before
from deepstat.graph.splitters.inductive_graph import inductive_graph

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## Three years
#
# Nine hundred people, a third of whom join each year. Each belongs to one of three trades and has ten features that
# tell the trade through noise. In their first year and in every later one people meet others, four times in five of
# their own trade. Ties have a time.

# %%
rng = np.random.default_rng(0)
n, n_features = 900, 10
trade = rng.integers(0, 3, n)
joined = np.repeat([0, 1, 2], 300)
centres = rng.normal(size=(3, n_features))
features = 0.5 * centres[trade] + rng.normal(size=(n, n_features))


def meet(people, n_meetings, year):
    """Draw ties: one end at random, the other of the same trade four times in five."""
    first = rng.choice(people, n_meetings)
    alike = rng.random(n_meetings) < 0.8
    same = [np.flatnonzero(trade[people] == own) for own in range(3)]
    second = np.where(alike, [people[rng.choice(same[own])] for own in trade[first]], rng.choice(people, n_meetings))
    kept = first != second
    return first[kept], second[kept], year + rng.random(kept.sum())


ties = [meet(np.flatnonzero(joined <= year), 700 * (year + 1), year) for year in range(3)]
source, target, time = (np.concatenate(parts) for parts in zip(*ties, strict=True))
everything = Graph(np.stack([source, target]), n_nodes=n, node_features=features, edge_time=time)
people = np.arange(n)

# %% [markdown]
# What was known at the end of the first year is the graph without later ties (`graph_before`) and without later
# people (`inductive_graph`, which keeps the numbers of people as their names, so that X means the same people in
# every graph).

# %%
first_year = inductive_graph(graph_before(everything, 1.0), people[joined == 0])
second_year = inductive_graph(graph_before(everything, 2.0), people[joined <= 1])
print("first year: ", first_year, f"\nsecond year:", second_year, f"\nthird year: ", everything)

# %% [markdown]
# ## Train on one graph, predict on another
#
# A third of the people of the first year have told their trade. `fit` sees the graph of the constructor; `predict(X,
# graph=...)` looks at another with the same weights. No training row is ever needed again, so a saved model holds
# none, and no graph either.

# %%
told = rng.choice(people[joined == 0], 100, replace=False)
untold = np.setdiff1d(people[joined == 0], told)
sage = NodeClassifier(graph=first_year, architecture="graph_sage", random_state=0)
sage.fit(told, trade[told])

alone = NodeClassifier(graph=first_year, architecture="node_mlp", random_state=0).fit(told, trade[told])
later = [
    ("first year, untold", untold, first_year),
    ("second year, new people", people[joined == 1], second_year),
    ("third year, new people", people[joined == 2], everything),
]
accuracy = {}
print(f"{'accuracy':26s} with ties   without")
for name, who, where in later:
    accuracy[name] = [model.score(who, trade[who], graph=where) for model in (sage, alone)]
    print(f"{name:26s} {accuracy[name][0]:9.2f} {accuracy[name][1]:9.2f}")

path = FIGURES / "trades.deepstat"
deepstat.save(sage, path)
again = deepstat.load(path)
assert (again.predict(people, graph=everything) == sage.predict(people, graph=everything)).all()
path.unlink()
print("the saved model knows no graph and predicts the same, given one")
assert accuracy["third year, new people"][0] > accuracy["third year, new people"][1] + 0.05

# %% [markdown]
# New people are predicted as well as those whose ties and features took part in the training: the rule carries over,
# because the third year is made as the first was. Two fits that look alike at training time do not carry over.
#
# The first has learned people by heart. A column for each node is a feature that a new person does not have:

# %%
by_heart = NodeClassifier(graph=first_year, structural_features="identity", random_state=0).fit(told, trade[told])
try:
    by_heart.predict(people[joined == 2], graph=everything)
    raise SystemExit("a column for each node was accepted for other nodes")
except ValueError as error:
    print("refused:", error)

# %% [markdown]
# ## The network gets denser
#
# The second is subtler. Suppose that in the third year people meet six times as often, in the same proportions. A
# *mean* over neighbours has the same expectation as before, with less noise. A *sum* is larger, by a factor that the
# training graph never showed. In the first year both were fine.

# %%
busy = np.flatnonzero(joined <= 2)
s, t, when = meet(busy, 6 * 2100, 2)
dense = Graph(
    np.stack([np.concatenate([source, s]), np.concatenate([target, t])]),
    n_nodes=n,
    node_features=features,
    edge_time=np.concatenate([time, when]),
)
for name, where in (("first year", first_year), ("third year", everything), ("the same, busier", dense)):
    print(f"{name:18s} mean number of ties {degree(where).mean():5.1f}")

recipes = {
    "mean": ("graph_sage", {"aggregator": "mean"}),
    "GCN": ("gcn", {}),
    "sum": ("graph_sage", {"aggregator": "sum"}),
    "max": ("graph_sage", {"aggregator": "max"}),
}
new = people[joined == 2]
print(f"{'accuracy for new people':26s} third year   the same, busier   log-loss, both")
results = {}
for name, (architecture, params) in recipes.items():
    model = NodeClassifier(
        graph=first_year, architecture=architecture, architecture_params=params, random_state=0, n_members=5
    ).fit(told, trade[told])
    row = []
    for where in (everything, dense):
        p = model.predict_proba(new, graph=where)
        row += [(p.argmax(1) == trade[new]).mean(), -np.log(p[np.arange(len(new)), trade[new]]).mean()]
    results[name] = row
    print(f"{name:26s} {row[0]:10.2f} {row[2]:15.2f} {row[1]:15.2f} {row[3]:6.2f}")

# %% [markdown]
# # Counts with excess zeros
#
# Visits to a doctor in a year: many people pay none, and a Poisson regression expects far fewer of them. Is that an
# excess of zeros, as if some people never went at all, or only more variance than a Poisson distribution has? Six
# classical models and two networks answer, judged on people whom they have not seen.
#
# The data: the RAND Health Insurance Experiment, in which families were dealt insurance plans at random (Deb and
# Trivedi, 2002).

# %%
import os
import tempfile
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import statsmodels.api as sm

from deepstat import DeepDistributionRegressor
from deepstat.diagnostics import PITHistogramDisplay

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

table = sm.datasets.randhie.load_pandas().data
visits = table.pop("mdvis").astype(float)
print(
    f"{len(table)} person-years; no visit in {(visits == 0).mean():.1%}; mean {visits.mean():.2f}, ", end=""
)
print(f"variance {visits.var():.1f}")

# %% [markdown]
# A person stays for three or five years, as rows that follow each other with the same measurements. So rows are not
# independent: people, not rows, are dealt into training and test. We keep 1,500 of them on either side.

# %%
person = (table != table.shift()).any(axis=1).cumsum().to_numpy()
people = np.random.default_rng(0).permutation(np.unique(person))
train, test = np.isin(person, people[:1500]), np.isin(person, people[1500:3000])
X, y, X_test, y_test = table[train], visits[train], table[test], visits[test]
print(f"{len(people)} people; {len(y)} rows to learn from, {len(y_test)} to judge by")

# %% [markdown]
# ## Poisson and negative binomial
#
# One argument apart. NB2 has one number more, the dispersion: its variance is mean + dispersion mean².

# %%
exact = {"architecture": "linear", "optimizer": "newton"}
poisson = DeepDistributionRegressor(distribution="poisson", **exact).fit(X, y)
negative = DeepDistributionRegressor(distribution="negative_binomial", **exact).fit(X, y)
design = sm.add_constant(X)
peers = {
    "poisson": (poisson, sm.Poisson(y, design).fit(disp=0)),
    "NB2": (negative, sm.NegativeBinomial(y, design).fit(disp=0, maxiter=1000)),
}
for name, (ours, other) in peers.items():
    print(f"{name:8s} log-likelihood {ours.inference().llf:.2f}, statsmodels {other.llf:.2f}")
    assert abs(ours.inference().llf - other.llf) < 1e-6 * abs(other.llf)
print(negative.summary())

# %% [markdown]
# These standard errors count person-years as if each were another person. Sums of scores by person do not.

# %%
by_person = negative.inference(covariance="cluster", groups=person[train])
ratio = by_person.bse / negative.inference().bse
print(f"standard errors by person, over those above: {ratio.min():.2f} to {ratio.max():.2f}")
print(by_person.summary().tables[1])
assert ratio.drop("dispersion").min() > 1.3

# %% [markdown]
# ## Zeros of their own
#
# Two stories, and two wrappers, around any family of counts. *Zero-inflated*: some people never go; the others are as
# the family says, and may happen not to go. *Hurdle*: whether one goes at all is one decision, how often is another,
# and no zero comes from the second. `constant=()` lets every parameter depend on the measurements.

# %%
models = {"Poisson": poisson, "NB2": negative}
for name, distribution, family in (
    ("zero-inflated Poisson", "zero_inflated", "poisson"),
    ("hurdle Poisson", "hurdle", "poisson"),
    ("hurdle NB2", "hurdle", "negative_binomial"),
):
    models[name] = DeepDistributionRegressor(
        distribution=distribution, distribution_params={"family": family}, constant=(), **exact
    ).fit(X, y)
ours = models["zero-inflated Poisson"].inference()
rate, gate = np.split(np.asarray(ours.params), 2)
peer, solution = sm.ZeroInflatedPoisson(y, design, exog_infl=design), np.concatenate([gate, rate])
print(
    f"zero-inflated Poisson: log-likelihood {ours.llf:.2f}, statsmodels there {peer.loglike(solution):.2f}, ",
    end="",
)
print(f"with a gradient of {np.abs(peer.score(solution)).max():.0e}")
assert abs(ours.llf - peer.loglike(solution)) < 1e-8 * abs(ours.llf)
assert np.abs(peer.score(solution)).max() < 1e-4
print(ours.summary().tables[1])

# %% [markdown]
# And a zero-inflated NB2? Its likelihood is that of NB2, since the share of zeros in excess is driven to nothing, and
# the logit of nothing is at no finite number. Such a parameter has no estimate, and what a table prints for it (a
# standard error of a million, or the warning that the solver did not converge) says no more than that.

# %%
inflated = DeepDistributionRegressor(
    distribution="zero_inflated", distribution_params={"family": "negative_binomial"}, **exact
)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    inflated.fit(X, y)
print(told[0].message if told else "", end="")
gate = inflated.predict_distribution(X[:1]).parameters["gate"][0]
print(f"share of zeros in excess of NB2: {1 / (1 + np.exp(-gate)):.0e}; ", end="")
print(f"gain in log-likelihood over NB2: {len(y) * (inflated.score(X, y) - negative.score(X, y)):.4f}")
assert gate < -8
assert abs(len(y) * (inflated.score(X, y) - negative.score(X, y))) < 0.01

# %% [markdown]
# ## Networks
#
# The same two families, with a network instead of a line in each parameter.

# %%
small = {
    "architecture_params": {"hidden_layer_sizes": (16,), "activation": "tanh"},
    "learning_rate": 0.01,
    "l2": 0.01,
    "max_epochs": 60,
    "n_members": 3,
    "random_state": 0,
}
models["network, NB2"] = DeepDistributionRegressor(
    distribution="negative_binomial", constant=(), **small
).fit(X, y)
models["network, hurdle NB2"] = DeepDistributionRegressor(
    distribution="hurdle", distribution_params={"family": "negative_binomial"}, constant=(), **small
).fit(X, y)

# %% [markdown]
# ## On people who were not there
#
# Expected against seen: the share of zeros, and the mean log score and CRPS. The standard error of the difference
# from NB2 counts people, not rows.

# %%
none = np.zeros(len(y_test))
groups = np.unique(person[test], return_inverse=True)[1]
predicted = {name: model.predict_distribution(X_test) for name, model in models.items()}
scores = {name: each.log_prob(y_test) for name, each in predicted.items()}
zeros = {name: each.pmf(none).mean() for name, each in predicted.items()}
gains = {}
print(f"{'seen':22s} {(y_test == 0).mean():.3f}")
print(f"{'expected by':22s} zeros  log score   CRPS   log score less that of NB2")
for name, each in predicted.items():
    difference = scores[name] - scores["NB2"]
    sums = np.bincount(groups, difference - difference.mean())
    gains[name] = difference.mean(), np.sqrt((sums**2).sum()) / len(difference)
    print(f"{name:22s} {zeros[name]:.3f} {scores[name].mean():10.3f} {each.crps(y_test).mean():6.3f}", end="")
    print(f"   {gains[name][0]:7.4f} ± {gains[name][1]:.4f}" if name != "NB2" else "")
assert zeros["Poisson"] < 0.5 * (y_test == 0).mean()
assert all(abs(zeros[name] - (y_test == 0).mean()) < 0.03 for name in models if name != "Poisson")
for name in ("zero-inflated Poisson", "hurdle Poisson"):
    assert gains[name][0] < -5 * gains[name][1]
for name in ("hurdle NB2", "network, NB2", "network, hurdle NB2"):
    assert gains[name][0] > 1.5 * gains[name][1]
assert gains["network, hurdle NB2"][0] < gains["hurdle NB2"][0] + gains["hurdle NB2"][1]

# %% [markdown]
# The Poisson model expects a third of the zeros that there are. Inflation and hurdle mend the zeros, and only the
# zeros: by the log score both are far behind NB2, which spends one number on the variance and gets the zeros with it.
# So there was no excess of zeros, there was a variance. A hurdle on top of NB2 gains a little that is more than
# noise. A network gains as much without the hurdle, and nothing more with it.
#
# ## The same in pictures
#
# A rootogram compares seen and expected frequencies of each count, on the scale of square roots: bars hang from what
# is expected, and where they miss the axis, the model misses. Below it is Czado's histogram of the probability
# integral transform for counts, flat for a right model. We draw it without its band, which is for independent rows.

# %%
shown = ("Poisson", "zero-inflated Poisson", "NB2", "network, hurdle NB2")
counts = np.arange(21.0)
seen = np.array([(y_test == count).sum() for count in counts])
figure, panels = plt.subplots(2, 4, figsize=(13, 6.4), layout="constrained", sharey="row")
tallest = 1.0
for (top, bottom), name in zip(panels.T, shown, strict=True):
    expected = np.sqrt(predicted[name].pmf(np.tile(counts, (len(y_test), 1))).sum(axis=0))
    top.bar(counts, np.sqrt(seen), 0.9, bottom=expected - np.sqrt(seen), color="C0", alpha=0.5)
    top.plot(counts, expected, "C3.-", label="expected")
    top.axhline(0, color="black", linewidth=0.8)
    top.set(title=name, xlabel="visits")
    display = PITHistogramDisplay.from_predictions(y_test, predicted[name], confidence=None, ax=bottom)
    bottom.get_legend().remove()
    tallest = max(tallest, display.heights.max())
panels[0, 0].set_ylabel("square root of the number of rows")
panels[0, 0].legend(frameon=False)
panels[1, 0].set_ylim(0, 1.05 * tallest)
for axes in panels[1, 1:]:
    axes.set_ylabel("")
figure.savefig(FIGURES / "counts.png", dpi=150)

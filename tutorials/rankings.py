# %% [markdown]
# # Rankings
#
# A target may be an order: horses by arrival, parties by preference, dishes by taste. Plackett and Luce choose the
# best in proportion to exp(score), then the best of the rest, and so on. A model of scores predicts everything about
# the order: who is first, who is among the first three, the expected place. Judges who name their favourites only, or
# who put several items on a par, are no trouble: they tell less, and the likelihood says how much less.

# %%
import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import softmax

from deepstat import DeepDistributionRegressor

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## The shortest ranking is a choice
#
# 210 travellers between Sydney, Canberra and Melbourne took the plane, the train, the bus or the car (Greene's data
# on mode choice). That is a ranking of which only the top was seen. The target is a table of places: 1 for the one
# chosen, 0 for the others, which are not ranked and come after it. And the Plackett-Luce model of choices is
# multinomial logit, as statsmodels fits it. Scores are defined up to a number added to all of them, so no classical
# solver is offered; a linear network trained on all rows gets there.

# %%
modes = ["plane", "train", "bus", "car"]
long = sm.datasets.modechoice.load_pandas().data
choice = long.pivot(index="individual", columns="mode", values="choice").to_numpy()
traveller = long.drop_duplicates("individual")[["hinc", "psize"]].reset_index(drop=True)
linear = {
    "distribution": "plackett_luce",
    "distribution_params": {"ties": "breslow"},
    "architecture": "linear",
}
logit = DeepDistributionRegressor(
    **linear, learning_rate=0.1, max_epochs=1000, batch_size=210, early_stopping=False, random_state=0
).fit(traveller, choice)
classical = sm.MNLogit(choice.argmax(axis=1), sm.add_constant(traveller)).fit(disp=0)
first = logit.predict_distribution(traveller).top(1)
print(
    f"log-likelihood {len(choice) * logit.score(traveller, choice):.4f}, multinomial logit {classical.llf:.4f}"
)
print(f"largest difference of a probability: {np.abs(first - classical.predict()).max():.0e}")
assert abs(len(choice) * logit.score(traveller, choice) - classical.llf) < 1e-4
assert np.abs(first - classical.predict()).max() < 1e-4

families = pd.DataFrame({"hinc": [15, 60, 60], "psize": [1, 1, 4]})
shares = logit.predict_distribution(families).top(1)
shown = pd.DataFrame(shares, columns=modes).round(2)
print(
    pd.concat([families.rename(columns={"hinc": "income", "psize": "party"}), shown], axis=1).to_string(
        index=False
    )
)

# %% [markdown]
# ## Six dishes
#
# Rankings with many rows are made here, so that the truth is known. Two thousand guests rank six dishes. The score of
# each dish depends on the guest's age a (0 in the middle, ±1 at the ends) and liking s of spice, between 0 and 1:

# %%
dishes = ["curry", "stew", "salad", "pie", "sushi", "soup"]


def true_scores(guests):
    a, s = (guests["age"].to_numpy() - 49) / 31, guests["spice"].to_numpy()
    columns = [1.2 * a * (2 * s - 1), 1.5 * np.sin(2 * a), 2 * s**2 - 1, -a, 0.8 * np.cos(3 * a), 0 * a]
    return np.column_stack(columns)


rng = np.random.default_rng(0)
n = 2000
guests = pd.DataFrame({"age": rng.uniform(18, 80, n), "spice": rng.uniform(0, 1, n)})
scores = true_scores(guests)
arrival = scores - np.log(
    rng.exponential(size=scores.shape)
)  # the largest is first: Plackett and Luce's model
places = (-arrival).argsort(axis=1).argsort(axis=1) + 1.0
train, test = slice(0, 1000), slice(1000, None)
print(pd.DataFrame(places[:3].astype(int), columns=dishes).to_string(index=False))

# %% [markdown]
# Three ways of asking the thousand guests of the first half, and the same model for each. *Full*: all six places.
# *Partial*: the best, the best two or the best three, as the guest likes; the rest is 0. *Graded*: two dishes good,
# two middling, two bad, so that places are shared and the order within a grade stays unknown. `ties="exact"` sums
# over the orders that may have been. Breslow's approximation, known from Cox regression and faster, chooses each tied
# dish from all that are left, its fellows included.

# %%
named = rng.integers(1, 4, n)[:, None]
asked = {
    "full": places,
    "partial": np.where(places <= named, places, 0.0),
    "graded": np.ceil(places / 2),
}
settings = {
    "architecture_params": {"hidden_layer_sizes": (16,), "activation": "tanh"},
    "learning_rate": 0.01,
    "l2": 0.001,
    "max_epochs": 60,
    "random_state": 0,
}
fits = {
    "full, linear": (
        DeepDistributionRegressor(**linear, learning_rate=0.05, max_epochs=60, random_state=0),
        "full",
    ),
    "full": (DeepDistributionRegressor(distribution="plackett_luce", **settings), "full"),
    "partial": (DeepDistributionRegressor(distribution="plackett_luce", **settings), "partial"),
    "graded": (DeepDistributionRegressor(distribution="plackett_luce", **settings), "graded"),
    "graded, Breslow": (
        DeepDistributionRegressor(
            distribution="plackett_luce", distribution_params={"ties": "breslow"}, **settings
        ),
        "graded",
    ),
}

# %% [markdown]
# All are judged by the full rankings of the other thousand guests, and by the distance of their scores from the true
# ones.


# %%
def centred(each):
    return each - each.mean(axis=1, keepdims=True)


def log_likelihood(each):
    """Of full rankings under Plackett and Luce, from the definition."""
    in_order = np.take_along_axis(each, places[test].argsort(axis=1).astype(int), axis=1)
    return sum((in_order[:, k] - np.log(np.exp(in_order[:, k:]).sum(axis=1))).mean() for k in range(5))


found, error = {}, {}
print(f"{'':16s} log-likelihood of a ranking   error of the scores")
for name, (model, how) in fits.items():
    found[name] = model.fit(guests[train], asked[how][train]).predict_distribution(guests[test])
    away = centred(found[name].parameters["scores"]) - centred(scores[test])
    error[name] = np.sqrt((away**2).mean())
    print(f"{name:16s} {model.score(guests[test], places[test]):15.3f} {error[name]:25.3f}")
print(f"{'the truth':16s} {log_likelihood(scores[test]):15.3f}")
print(f"{'blind guessing':16s} {-np.log(720):15.3f}")
at = fits["full"][0].score(guests[test], places[test])
assert np.isclose(at, log_likelihood(found["full"].parameters["scores"]))
assert error["full"] < 0.7 * error["full, linear"]
assert error["full"] < error["partial"] < error["full, linear"]
assert error["graded"] < 1.3 * error["full"]
assert error["graded, Breslow"] > 1.2 * error["graded"]

# %% [markdown]
# Three grades cost little against the full order, if ties are taken for what they are; Breslow's approximation
# shrinks the scores and is off by more. (Where only the unranked dishes at the end are tied, as in the partial
# rankings, the two ways agree.) The linear model sees none of the bends, and more data would not help it.
#
# ## What is predicted
#
# One guest of forty who likes spice. `top(m)` is the probability of a place among the first m, `predict` the expected
# place; `log_prob` is of any ranking, full, partial or tied.

# %%
guest = pd.DataFrame({"age": [40.0], "spice": [0.8]})
her = fits["full"][0].predict_distribution(guest)
truth = softmax(true_scores(guest), axis=1)
told = {
    "P(first)": her.top(1)[0],
    "in truth": truth[0],
    "P(top 3)": her.top(3)[0],
    "expected place": her.mean[0],
}
print(pd.DataFrame(told, index=dishes).round(2))
podium = np.array([[0, 1, 2, 0, 3, 0]])  # stew, salad, sushi, and then the others
print(f"P(stew, then salad, then sushi) = {np.exp(her.log_prob(podium)[0]):.3f}")
assert np.abs(her.top(1)[0] - truth[0]).max() < 0.05
assert np.isclose(her.top(3).sum(), 3)
assert np.isclose(her.mean.sum(), 21)
assert np.allclose(fits["full"][0].predict(guest), her.mean)
drawn = her.sample(20_000, random_state=0)[:, 0]
assert np.abs((drawn == 1).mean(axis=0) - her.top(1)[0]).max() < 0.02

# %%
figure, panels = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained", sharey=True)
ages = pd.DataFrame({"age": np.linspace(18, 80, 100), "spice": 0.8})
for axes, name in zip(panels, ("full, linear", "full", "graded"), strict=True):
    curves = fits[name][0].predict_distribution(ages).top(1)
    for k, dish in enumerate(dishes):
        axes.plot(ages["age"], curves[:, k], f"C{k}", linewidth=2, label=dish)
        axes.plot(ages["age"], softmax(true_scores(ages), axis=1)[:, k], f"C{k}--", linewidth=1)
    axes.set(xlabel="age", xlim=(18, 80), ylim=(0, 0.65))
panels[0].set_ylabel("probability of the first place")
panels[0].set_title("linear, full rankings")
panels[1].set_title("network, full rankings")
panels[2].set_title("network, three grades")
panels[0].legend(frameon=False, ncols=3, fontsize="small", loc="upper right")
(dashed,) = panels[2].plot([], [], "k--", linewidth=1)
panels[2].legend([dashed], ["in truth"], frameon=False, fontsize="small", loc="upper right")
figure.savefig(FIGURES / "dishes.png", dpi=150)

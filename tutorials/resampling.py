# %% [markdown]
# # Resampling at the price of one fit
#
# Cross-validation, a grid, a bootstrap, a permutation test: a statistician answers questions by refitting. For a
# network that used to mean a night. Here all refits of a question train together, as one batched computation. Each is
# timed beside the loop that it replaces; where that would take too long, a few fits are timed and the rest counted.
#
# The data: 442 people with diabetes, ten measurements, and how far the disease went within a year (Efron, Hastie,
# Johnstone and Tibshirani, 2004). One deep regression throughout.

# %%
import os
import tempfile
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV, KFold, cross_validate

import deepstat
from deepstat import DeepRegressor
from deepstat.inference import average_derivative, bootstrap, permutation_test, prediction

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
model = DeepRegressor(
    architecture="mlp",
    architecture_params={"hidden_layer_sizes": (16,), "dropout": 0.1},
    learning_rate=5e-3,
    batch_size=64,
    max_epochs=25,
    early_stopping=False,
    random_state=0,
)


def timed(call):
    """Return what a call returns, and its seconds."""
    start = time.perf_counter()
    found = call()
    return found, time.perf_counter() - start


def loop_seconds(n_fits, n_timed=4):
    """Seconds of so many fits one after the other, from a few of them."""
    fits = [timed(lambda k=k: clone(model).set_params(random_state=k).fit(X, y))[1] for k in range(n_timed)]
    return float(np.median(fits)) * n_fits


timed(lambda: clone(model).fit(X, y))  # the first fit of a process imports
seconds = {}

# %% [markdown]
# ## Ten-fold cross-validation
#
# One line more: `with deepstat.population():`. scikit-learn's own function runs as ever; each fit inside hands in its
# plan and waits, and when all wait, all train as one population. The scores are those of the loop, fold by fold: a
# member's training does not know who trains beside it.

# %%
folds = KFold(10, shuffle=True, random_state=0)
one_by_one, loop = timed(lambda: cross_validate(model, X, y, cv=folds))
with deepstat.population() as population:
    together, all_at_once = timed(lambda: cross_validate(model, X, y, cv=folds))
seconds["10 folds"] = loop, all_at_once
scores = together["test_score"]
print(
    f"R² = {scores.mean():.3f} ± {scores.std() / np.sqrt(10):.3f}; loop {loop:.2f} s, population {all_at_once:.2f} s"
)
print("what was trained together:", [(r.n_fits, r.n_members) for r in population.rounds])
assert np.abs(scores - one_by_one["test_score"]).max() < 1e-8

# %% [markdown]
# ## Two hundred candidates
#
# Members may differ in everything that is a number: learning rate, penalty, dropout, a loss's parameter. So a grid is
# one population too: here a thousand fits. (Another architecture would be another population.)

# %%
grid = {
    "learning_rate": [1e-3, 3e-3, 5e-3, 1e-2, 2e-2],
    "l2": [0.0, 1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0],
    "architecture_params__dropout": [0.05, 0.1, 0.2, 0.3, 0.5],
}
with deepstat.population():
    search, all_at_once = timed(lambda: GridSearchCV(model, grid, cv=5).fit(X, y))
seconds["200 candidates × 5 folds"] = loop_seconds(1000), all_at_once
best = search.best_params_
print(
    f"best of {len(search.cv_results_['params'])}: {best}, R² {search.best_score_:.3f} in {all_at_once:.1f} s"
)
chosen = clone(model).set_params(**best)

# %% [markdown]
# ## A bootstrap of five hundred draws
#
# How much does a prediction, or the average slope in blood pressure, vary if the patients are drawn anew? The interval
# measures the spread of the whole procedure. For a network it says *variability* and claims no coverage: regularisation
# biases the fit, and no bootstrap sees that. The linear architecture gets a confidence interval of the same call.

# %%
person = X.iloc[[0]]


def statistic(fitted):
    return np.array([prediction(person)(fitted).item(), average_derivative(X, "bp")(fitted).item()])


result, all_at_once = timed(lambda: bootstrap(model, X, y, statistic, n_draws=500, random_state=0))
seconds["500 bootstrap draws"] = loop_seconds(510), all_at_once
print(result.summary())
low, high = result.interval()
assert (low < result.estimate).all()
assert (result.estimate < high).all()

# %% [markdown]
# ## A permutation test of one column
#
# Does the network need the body mass index, given everything else? Shuffling the column would break its ties with
# the other columns as well. Freedman and Lane (1983) fit without it, shuffle the residuals, and refit with it.

# %%
test, all_at_once = timed(lambda: permutation_test(model, X, y, "bmi", n_permutations=99, random_state=0))
seconds["99 permutations"] = loop_seconds(110), all_at_once
print(test)
assert test.p_value <= 0.05

# %% [markdown]
# ## What it cost

# %%
for name, (loop, population_seconds) in seconds.items():
    ratio = loop / population_seconds
    print(f"{name:26s} loop {loop:7.1f} s   population {population_seconds:6.1f} s   {ratio:5.1f} x")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
names = list(seconds)
for offset, column, label in ((-0.2, 0, "loop"), (0.2, 1, "population")):
    left.barh(np.arange(len(names)) + offset, [seconds[name][column] for name in names], 0.4, label=label)
left.set(yticks=range(len(names)), yticklabels=names, xscale="log", xlabel="seconds")
left.invert_yaxis()
left.legend()
right.hist(result.draws[:, 1], bins=30)
right.axvline(result.estimate[1], color="black")
right.axvspan(low[1], high[1], alpha=0.2)
right.set(xlabel="average slope in blood pressure", title="500 draws, 95% variability interval")
figure.savefig(FIGURES / "resampling.png", dpi=120)

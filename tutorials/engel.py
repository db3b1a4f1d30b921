# %% [markdown]
# # Engel's food expenditure
#
# In 1857 Ernst Engel asked what share of their income poor and rich households spend on food. His 235 Belgian working
# families are the data on which quantile regression is taught (Koenker and Bassett, 1982). We fit the classical
# lines, ask how sure they are (where a common answer is wrong by a factor of more than two), look where the lines
# cross, and let a network draw quantiles that cannot.

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
import torch
from sklearn.linear_model import QuantileRegressor
from sklearn.model_selection import KFold, cross_validate

import deepstat
from deepstat import DeepQuantileRegressor
from deepstat.classical.quantile_regression import quantile_fit, quantile_result
from deepstat.inference import corrected_t
from deepstat.metrics import coverage, pinball_loss

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

engel = sm.datasets.engel.load_pandas().data
X, y = engel[["income"]], engel["foodexp"]
print(engel.describe().round(0).loc[["min", "50%", "max"]])

# %% [markdown]
# ## Five lines
#
# `optimizer="interior_point"` solves the linear programmes to the last digit, one for each quantile. At a solution
# two households lie exactly on the line. scikit-learn's solver finds the same ones.

# %%
levels = (0.05, 0.25, 0.5, 0.75, 0.95)
lines = DeepQuantileRegressor(quantiles=levels, architecture="linear", optimizer="interior_point").fit(X, y)
print("quantile  level  slope")
for level, intercept, (slope,) in zip(levels, lines.intercept_, lines.coef_, strict=True):
    print(f"{level:8g} {intercept:6.1f} {slope:6.3f}")
    other = QuantileRegressor(quantile=level, alpha=0.0, solver="highs").fit(X, y)
    assert np.allclose([intercept, slope], [other.intercept_, other.coef_[0]], rtol=1e-6)

# %% [markdown]
# The slope grows with the quantile: rich households differ more in what they spend on food than poor ones do. That is
# the finding, and it is also the trouble with what follows.
#
# ## How sure is the median's slope?
#
# The variance of a quantile depends on the density of the errors around it. Textbooks' shortest formula takes one
# density for all households ("iid"). Powell's sandwich takes the density where each household is; the bootstrap draws
# households.

# %%
errors = {
    name: lines.inference(quantile=0.5, covariance=name).bse["income"]
    for name in ("iid", "powell", "bootstrap")
}
program = sm.QuantReg(y, sm.add_constant(X))
errors["statsmodels, vcov='robust'"] = program.fit(q=0.5, vcov="robust").bse["income"]
for name, error in errors.items():
    print(f"{name:27s} {error:.4f}")
low, high = lines.inference(quantile=0.5, covariance="rank").conf_int().loc["income"]
print(f"rank inversion has no standard error; its 95% interval is {low:.3f} to {high:.3f}")
assert errors["powell"] > 2 * errors["iid"]
assert errors["bootstrap"] > 2 * errors["iid"]
assert np.isclose(errors["statsmodels, vcov='robust'"], errors["iid"], rtol=1e-3)

# %% [markdown]
# One density for all is wrong here by a factor of more than two, and statsmodels' "robust", its default, is the same
# number: its density too is one for all rows. Which one is right? On data that we make, we know: 500 times the same
# incomes, the median at 80 + 0.56 income, and errors that grow with the income.

# %%
income = X["income"].to_numpy()
rng = np.random.default_rng(0)
made = 80 + 0.56 * income + 0.12 * income * rng.normal(size=(500, len(income)))
design = torch.tensor(np.column_stack([np.ones_like(income), income]))
fits = quantile_fit(design, torch.tensor(made), 0.5)  # 500 linear programmes as one computation
spread = fits.coefficients[:, 0, 1].numpy().std()
told, covered = {}, {}
for name in ("iid", "powell"):
    reports = [quantile_result(fits, k, covariance=name) for k in range(500)]
    told[name] = np.mean([np.asarray(report.bse)[1] for report in reports])
    ends = np.array([np.asarray(report.conf_int())[1] for report in reports])
    covered[name] = ((ends[:, 0] < 0.56) & (ends[:, 1] > 0.56)).mean()
    print(f"{name:7s} mean standard error / spread of the slopes {told[name] / spread:.2f}, ", end="")
    print(f"95% intervals that hold 0.56: {covered[name]:.3f}")
assert covered["iid"] < 0.8 < 0.9 < covered["powell"]

# %% [markdown]
# Powell's is the default of `summary()`.

# %%
print(lines.summary(quantile=0.5).tables[1])

# %% [markdown]
# ## Where lines cross
#
# Lines with different slopes meet somewhere. At the incomes of the data they keep their order, but a household that
# is poorer than all of these is told that its 75% quantile lies below its 5% quantile.

# %%
for one, two, lower, upper in zip(range(4), range(1, 5), levels, levels[1:], strict=False):
    at = -(lines.intercept_[one] - lines.intercept_[two]) / (lines.coef_[one, 0] - lines.coef_[two, 0])
    print(f"quantiles {lower:g} and {upper:g} meet at an income of {at:.0f}")
assert (np.diff(lines.predict_quantiles(X), axis=1) > 0).all()  # at the incomes of the data
poor = pd.DataFrame({"income": [150.0]})
print(
    f"quantiles at an income of 150 (the data begin at {income.min():.0f}):",
    lines.predict_quantiles(poor)[0].round(0),
)
assert lines.predict_quantiles(poor)[0, 3] < lines.predict_quantiles(poor)[0, 0]

# %% [markdown]
# Two lines that never cross on the whole axis are parallel. So a model that is linear at every quantile and cannot
# cross does not exist, unless the spread is the same everywhere, and here it is not.
#
# ## Quantiles that cannot cross
#
# Leave out the solver, and a network has one output for the median and positive gaps to its neighbours. Whatever the
# weights are, no quantile crosses another, here checked at 100,000 incomes far outside the data.

# %%
network = DeepQuantileRegressor(
    quantiles=levels,
    architecture_params={"hidden_layer_sizes": (16,), "activation": "softplus"},
    learning_rate=0.01,
    l2=0.001,
    max_epochs=200,
    early_stopping=False,
    random_state=0,
).fit(X, y)
far = pd.DataFrame({"income": np.linspace(-1e5, 1e5, 100_000)})
assert (np.diff(network.predict_quantiles(far), axis=1) >= 0).all()
print(
    "crossings of the network on 100,000 incomes:",
    int((np.diff(network.predict_quantiles(far), axis=1) < 0).sum()),
)
print("of the lines:", int((np.diff(lines.predict_quantiles(far), axis=1) < 0).any(axis=1).sum()))

# %% [markdown]
# Not crossing does not make it right out there: outside the data the network's curves are as much a guess as the
# lines. Inside, is it any better? The pinball loss of held-out households, ten folds repeated three times, and the
# difference with the corrected t-test.

# %%
scores = {}
folds = [pair for seed in range(3) for pair in KFold(10, shuffle=True, random_state=seed).split(X)]
for name, model in {"lines": lines, "network": network}.items():
    with deepstat.population():
        fitted = cross_validate(model, X, y, cv=folds, return_estimator=True)["estimator"]
    predicted = [fit.predict_quantiles(X.iloc[held]) for fit, (_, held) in zip(fitted, folds, strict=True)]
    seen = [y.iloc[held] for _, held in folds]
    scores[name] = np.array([pinball_loss(each, q, levels) for each, q in zip(seen, predicted, strict=True)])
    inside = [coverage(each, *q[:, [0, -1]].T).share for each, q in zip(seen, predicted, strict=True)]
    print(
        f"{name:8s} mean pinball loss {scores[name].mean():.2f}, between the outer quantiles {np.mean(inside):.3f}"
    )
test = corrected_t(scores["network"] - scores["lines"], test_fraction=1 / 9)
print(f"network less lines: {test.mean:.2f} ± {test.standard_error:.2f}")
assert abs(test.mean) < 2 * test.standard_error

# %% [markdown]
# No difference that these data could show: Engel's households are as good as linear. So lines for reading and
# reporting, with Powell's standard errors; the network where order must hold, or where there are more columns than
# one can draw.

# %%
figure, panels = plt.subplots(2, 2, figsize=(9, 7), layout="constrained", sharex="col", sharey="col")
for row, (name, model) in zip(panels, {"lines": lines, "network": network}.items(), strict=True):
    for axes, (start, end, top) in zip(row, ((0, 5100, 2900), (0, 450, 420)), strict=True):
        there = pd.DataFrame({"income": np.linspace(start, end, 400)})
        axes.plot(income, y, ".", color="0.6", markersize=4)
        for level, curve in zip(levels, model.predict_quantiles(there).T, strict=True):
            axes.plot(there, curve, linewidth=1.5, label=f"{level:g}")
        axes.set(xlim=(start, end), ylim=(0 if end > 1000 else 60, top), title=name)
    row[0].set_ylabel("food expenditure (francs a year)")
    row[1].axvspan(0, income.min(), color="0.5", alpha=0.12)
    row[1].set_title(f"{name}: poorer than the poorest")
panels[0, 0].legend(title="quantile", frameon=False, reverse=True)
for axes in panels[1]:
    axes.set_xlabel("income (francs a year)")
figure.savefig(FIGURES / "engel.png", dpi=150)

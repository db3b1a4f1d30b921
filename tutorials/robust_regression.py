# %% [markdown]
# # Robust regression, and where it fails
#
# A robust loss lets a bad row pull only so far. We fit the classical M-estimators exactly, train a network with the
# same loss on spoiled data, and then meet a cluster of stars that defeats all of them: four giants, far out in x,
# whom no loss can see, because they lie close to the line that they have pulled to themselves.

# %%
import os
import tempfile
from itertools import combinations
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import statsmodels.api as sm
import torch
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold

from deepstat import DeepRegressor
from deepstat.classical.robust_regression import robust_fit

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## Stack loss
#
# Twenty-one days of a plant that oxidises ammonia (Brownlee, 1965), of which days 1, 3, 4 and 21 are known to be odd.
# `optimizer="irls"` iterates weighted least squares and the scale of the residuals until nothing moves: the same
# fixed point as statsmodels' RLM, with its standard errors.

# %%
stackloss = sm.datasets.stackloss.load_pandas()
X, y = stackloss.exog, stackloss.endog
norms = {"huber": sm.robust.norms.HuberT(), "tukey": sm.robust.norms.TukeyBiweight()}
exact = {"architecture": "linear", "optimizer": "irls"}
fits = {"squared": DeepRegressor(architecture="linear", optimizer="newton").fit(X, y)}
for loss, norm in norms.items():
    fits[loss] = DeepRegressor(loss=loss, **exact).fit(X, y)
    ours = fits[loss].inference()
    rlm = sm.RLM(y, sm.add_constant(X), M=norm).fit(tol=1e-12, maxiter=5000, conv="coefs")
    apart = np.abs(np.asarray(ours.params) - rlm.params.to_numpy()) / rlm.bse.to_numpy()
    print(f"{loss}: largest difference from RLM {apart.max():.0e} standard errors; scale {ours.scale:.3f}")
    assert apart.max() < 1e-5
    assert np.allclose(ours.bse, rlm.bse, rtol=1e-4)
    assert np.isclose(ours.scale, rlm.scale, rtol=1e-6)
print(fits["tukey"].summary())

# %% [markdown]
# Tukey's weight of a day says how much of it was believed. Only day 21 is given up: from least squares as its start,
# the fit does not find the other three.

# %%
residuals = (y - fits["tukey"].predict(X)) / fits["tukey"].inference().scale
weights = norms["tukey"].weights(residuals.to_numpy())
print(
    "weights below one half:",
    {f"day {day + 1}": round(float(weights[day]), 2) for day in np.flatnonzero(weights < 0.5)},
)
print("slopes (air flow, water temperature, acid):")
for loss, fit in fits.items():
    print(f"{loss:8s}", fit.coef_.round(3))
assert weights.argmin() == 20
assert weights[20] < 0.1

# %% [markdown]
# ## A network on spoiled data
#
# The same losses train networks. Here a tenth of the training patients have their score written ten times too large,
# a slipped decimal point; the held-out patients are clean. The loss is told nothing of it. Residuals are measured in
# their own scale, which is estimated as the training goes on.

# %%
X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
rng = np.random.default_rng(0)
spoiled = y.copy()
spoiled.iloc[rng.choice(len(y), len(y) // 10, replace=False)] *= 10
network = DeepRegressor(
    architecture="mlp",
    architecture_params={"hidden_layer_sizes": (16,), "activation": "tanh"},
    learning_rate=0.01,
    l2=0.01,
    max_epochs=60,
    early_stopping=False,
    random_state=0,
)
folds = list(KFold(5, shuffle=True, random_state=0).split(X))
errors = {}
print("mean absolute error on clean held-out patients, trained on clean / on spoiled ones")
for loss in ("squared", "huber", "tukey"):
    for name, target in {"clean": y, "spoiled": spoiled}.items():
        missed = np.empty(len(y))
        for train, test in folds:
            fitted = clone(network).set_params(loss=loss).fit(X.iloc[train], target.iloc[train])
            missed[test] = np.abs(y.iloc[test] - fitted.predict(X.iloc[test]))
        errors[loss, name] = missed.mean()
    print(f"{loss:8s} {errors[loss, 'clean']:6.1f} {errors[loss, 'spoiled']:6.1f}")
for loss in ("huber", "tukey"):
    assert errors[loss, "spoiled"] < 1.1 * errors[loss, "clean"]
assert errors["squared", "spoiled"] > 3 * errors["squared", "clean"]

# %% [markdown]
# ## A cluster of stars
#
# Forty-seven stars of the cluster CYG OB1 in the direction of Cygnus: the logarithm of the temperature at the
# surface, and of the light (Rousseeuw and Leroy, 1987, *Robust Regression and Outlier Detection*, table 3 of chapter
# 2). Hotter stars of the main sequence are brighter. What does a regression say?

# %%
# fmt: off
stars = np.array([
    (4.37, 5.23), (4.56, 5.74), (4.26, 4.93), (4.56, 5.74), (4.30, 5.19), (4.46, 5.46), (3.84, 4.65), (4.57, 5.27),
    (4.26, 5.57), (4.37, 5.12), (3.49, 5.73), (4.43, 5.45), (4.48, 5.42), (4.01, 4.05), (4.29, 4.26), (4.42, 4.58),
    (4.23, 3.94), (4.42, 4.18), (4.23, 4.18), (3.49, 5.89), (4.29, 4.38), (4.29, 4.22), (4.42, 4.42), (4.49, 4.85),
    (4.38, 5.02), (4.42, 4.66), (4.29, 4.66), (4.38, 4.90), (4.22, 4.39), (3.48, 6.05), (4.38, 4.42), (4.56, 5.10),
    (4.45, 5.22), (3.49, 6.29), (4.23, 4.34), (4.62, 5.62), (4.53, 5.10), (4.45, 5.22), (4.53, 5.18), (4.43, 5.57),
    (4.38, 4.62), (4.45, 5.06), (4.50, 5.34), (4.45, 5.34), (4.55, 5.54), (4.45, 4.98), (4.42, 4.50),
])
# fmt: on
x, light = stars.T
lines = {"squared": DeepRegressor(architecture="linear", optimizer="newton").fit(x[:, None], light)}
for loss in norms:
    lines[loss] = DeepRegressor(loss=loss, **exact).fit(x[:, None], light)
slopes = {loss: fit.coef_[0] for loss, fit in lines.items()}
for loss, slope in slopes.items():
    print(f"{loss:8s} slope {slope:6.3f}")
assert all(-0.44 < slope < -0.40 for slope in slopes.values())

# %% [markdown]
# That hotter stars are darker, and the robust losses agree. Four giants are cool and bright. So far out they have
# leverage: the line passes close to them, their residuals are small, and a loss looks at residuals only. "Robust"
# means robust against bad y, never against bad x.

# %%
giants = np.flatnonzero(x < 3.6)
hat = 1 / len(x) + (x - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
print(
    f"stars {', '.join(str(k + 1) for k in giants)} have {hat[giants].sum() / hat.sum():.0%} of the leverage"
)
for loss, fit in lines.items():
    scale = np.sqrt(fit.inference().scale) if loss == "squared" else fit.inference().scale
    residuals = (light - fit.predict(x[:, None])) / scale
    print(f"{loss:8s} their residuals, in scales: {residuals[giants].round(1)}")
    assert np.abs(residuals[giants]).max() < 2

# %% [markdown]
# ## Starts from two stars
#
# Tukey's equation has more solutions than one, and least squares leads to the wrong one. Start instead from the line
# through every two stars: most pairs lie in the bulk and never heard of the giants. That is a thousand fits, solved
# as one.

# %%
pairs = np.array([pair for pair in combinations(range(len(x)), 2) if x[pair[0]] != x[pair[1]]])
slope = np.diff(light[pairs])[:, 0] / np.diff(x[pairs])[:, 0]
starts = torch.tensor(np.column_stack([light[pairs[:, 0]] - slope * x[pairs[:, 0]], slope]))
design = torch.tensor(np.column_stack([np.ones_like(x), x]))
solutions = {}
for loss in norms:
    found = robust_fit(design, torch.tensor(light), loss, start=starts)
    assert found.solution.converged.all()
    table = np.column_stack([found.coefficients.numpy(), found.solution.scale.numpy()]).round(6)
    solutions[loss], first, counts = np.unique(table, axis=0, return_index=True, return_counts=True)
    print(f"{loss}, from {len(starts)} starts:")
    for (_, slope, scale), count in zip(solutions[loss], counts, strict=True):
        print(f"  slope {slope:6.3f}, scale of the residuals {scale:.3f}, reached from {count}")
level, slope, scale = min(solutions["tukey"], key=lambda each: each[2])
weights = found.solution.weight[first[solutions["tukey"][:, 2].argmin()]].numpy()
print("given up there:", [f"star {k + 1}" for k in np.flatnonzero(weights < 0.01)])
assert len(solutions["huber"]) == 1
assert len(solutions["tukey"]) == 2
assert abs(slope - 2.257) < 0.001
assert set(giants) <= set(np.flatnonzero(weights < 0.01))

# %% [markdown]
# Huber's equation has one solution, the wrong one, from wherever you start. Tukey's has two, and the rule "take the
# one with the smaller residual scale" picks the main sequence. It is a rule for the majority and not a proof: the
# giants are no errors but stars of another kind, and which of the two lines is wanted is a question for an
# astronomer. What the statistics can do is to show both. So draw the columns, compare several starts, and do not take
# "robust" as a reason not to look.

# %%
figure, axes = plt.subplots(figsize=(7, 4.6), layout="constrained")
bulk = np.setdiff1d(np.arange(len(x)), giants)
axes.plot(x[bulk], light[bulk], "o", color="0.45", markersize=5)
axes.plot(x[giants], light[giants], "*", color="tab:red", markersize=12, label="giants")
ends = np.array([3.4, 4.7])
for (loss, fit), style in zip(lines.items(), ("C0-", "C1--", "C2:"), strict=True):
    axes.plot(ends, fit.predict(ends[:, None]), style, linewidth=2, label=f"{loss}, slope {slopes[loss]:.2f}")
axes.plot(ends, level + slope * ends, "k-.", label=f"tukey from two stars, slope {slope:.2f}")
axes.set(xlabel="log temperature", ylabel="log light", ylim=(3.7, 6.6), xlim=(4.75, 3.35))
axes.legend(frameon=False, fontsize="small")
axes.set_title("CYG OB1: hot stars to the left, as astronomers draw them")
figure.savefig(FIGURES / "stars.png", dpi=150)

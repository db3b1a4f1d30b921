# %% [markdown]
# # What a loss function does
#
# A loss decides what is estimated (a mean, a median, a quantile), how far an outlier pulls, and what a probability
# means. Four short studies: the shapes, outliers, leverage (where robust losses do *not* help), and a rare class.

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
from sklearn.datasets import load_iris

from deepstat import DeepClassifier, DeepRegressor
from deepstat.registry import registry

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## Shapes
#
# Every registered loss is a plain function of prediction and target, so autograd gives the slope. In robust statistics
# the slope as a function of the residual is called psi, the influence of a row.


# %%
def curve(name, prediction, target):
    """Return a loss and its slope in the prediction, at the default options."""
    record = registry().record("loss", name)
    raw = torch.tensor(prediction, dtype=torch.float64)[:, None].requires_grad_()
    constants = {constant.name: torch.tensor(constant.start) for constant in record.constants}
    losses = registry().resolve("loss", name)(raw, torch.full_like(raw, target), **constants)
    (slope,) = torch.autograd.grad(losses.sum(), raw)
    return losses.detach().numpy(), slope[:, 0].numpy()


def draw(axes, name, x, target):
    losses, slope = curve(name, x, target)
    axes.plot(x, losses, label="loss")
    axes.plot(x, slope, "--", label="slope")
    axes.axhline(0.0, color="0.8", linewidth=0.8, zorder=0)
    axes.set_title(name, fontsize="medium")


losses = [registry().record("loss", name) for name in registry().names("loss")]
regression = [loss for loss in losses if loss.task == "regression"]
figure, panels = plt.subplots(4, -(-len(regression) // 4), figsize=(11, 9.5), layout="constrained")
x = np.linspace(-6, 6, 401)
for axes, loss in zip(panels.flat, regression, strict=False):
    if loss.link == "identity":
        draw(axes, loss.name, x, target=0.0)
        axes.set_ylim(-3.2, 6.2)
        axes.set_xlabel("prediction - target", fontsize="small")
    else:  # these see the logarithm of the mean
        draw(axes, loss.name, x / 3, target=1.0)
        axes.set_ylim(-1.6, 3.1)
        axes.set_xlabel("log mean (target 1)", fontsize="small")
for axes in panels.flat[len(regression) :]:
    axes.set_axis_off()
panels.flat[0].legend(frameon=False, fontsize="small", loc="upper center")
figure.suptitle("Regression losses at their default options, and what one row pulls")
figure.savefig(FIGURES / "regression_losses.png", dpi=150)

# The slopes are the psi functions of statsmodels: another program's formula for the same thing.
norms = sm.robust.norms
for name, norm in {"huber": norms.HuberT(t=1.345), "tukey": norms.TukeyBiweight(c=4.685)}.items():
    assert np.allclose(curve(name, x, 0.0)[1], norm.psi(x), atol=1e-12)

# %%
margins = [loss for loss in losses if loss.task == "classification" and loss.per_row]
figure, panels = plt.subplots(1, len(margins), figsize=(10, 3.2), layout="constrained", sharey=True)
for axes, loss in zip(panels, margins, strict=True):
    draw(axes, loss.name, x, target=1.0)
    axes.set_xlabel("score of the true class\n(log-odds, or margin)")
panels[0].set_ylabel("loss, and its slope")
panels[0].legend(frameon=False)
figure.suptitle("Losses for two classes, the row belonging to the second")
figure.savefig(FIGURES / "classification_losses.png", dpi=150)

# %% [markdown]
# ## Outliers
#
# Brownlee's stack loss data: 21 days of a plant, of which four are known to be odd. With one linear layer, and enough
# steps to reach the minimum, Huber's loss *is* the robust regression of statsmodels: `scale="mad"`, the default,
# measures residuals in the same scale and updates it the same way.

# %%
stackloss = sm.datasets.stackloss.load_pandas()
X, y = stackloss.exog, stackloss.endog.to_numpy()
design = sm.add_constant(X.to_numpy())
converged = {"architecture": "linear", "max_epochs": 2000, "learning_rate": 0.05, "random_state": 0}

huber = DeepRegressor(loss="huber", **converged).fit(X, y)
rlm = sm.RLM(y, design, M=norms.HuberT()).fit(tol=1e-12, maxiter=5000)
print(f"Huber, largest difference from RLM: {np.abs(huber.predict(X) - rlm.fittedvalues).max():.1e}")
assert np.allclose(huber.predict(X), rlm.fittedvalues, atol=1e-6)

# %% [markdown]
# Tukey's loss is not convex: where it ends depends on where it starts. deepstat starts it from Huber's fit and keeps
# that fit's scale, as MM estimation does; RLM starts from least squares and updates the scale. Both solve Tukey's
# equation, each at its own scale, and the fits differ a little. It has more solutions than one: from here only
# day 21 is given up, while literature that starts from robuster fits gives up all four.

# %%
tukey = DeepRegressor(loss="tukey", **converged).fit(X, y)
other = sm.RLM(y, design, M=norms.TukeyBiweight()).fit(tol=1e-12, maxiter=5000)
score = design.T @ norms.TukeyBiweight().psi((y - tukey.predict(X)) / rlm.scale)
print(f"Tukey's equation at our fit: {np.abs(score).max():.1e}")
gap = np.abs(tukey.predict(X) - other.fittedvalues).max()
print(f"largest difference from RLM's fit: {gap:.2f} (scale {rlm.scale:.2f})")
assert np.abs(score).max() < 1e-6
weights = norms.TukeyBiweight().weights((y - tukey.predict(X)) / rlm.scale)
ols = sm.OLS(y, design).fit()
print("        residual: squared  huber  tukey   Tukey's weight of the day")
for day in (0, 2, 3, 20):
    row = [fit[day] for fit in (y - ols.fittedvalues, y - huber.predict(X), y - tukey.predict(X))]
    print(f"day {day + 1:2d} {row[0]:17.1f} {row[1]:6.1f} {row[2]:6.1f} {weights[day]:13.2f}")
assert weights.argmin() == 20
assert abs(ols.resid[20]) < abs(y - huber.predict(X))[20] < abs(y - tukey.predict(X))[20]

# %% [markdown]
# ## Leverage
#
# A robust loss looks at residuals. A row far out in x pulls the line towards itself until its residual is small, and
# then no loss can tell. Fifty irises of one species follow a line; six of another have got into the sample.

# %%
iris = load_iris(as_frame=True).frame
species = np.concatenate([np.flatnonzero(iris["target"] == 2), np.flatnonzero(iris["target"] == 0)[:6]])
petal, sepal = (iris[f"{part} length (cm)"].to_numpy()[species] for part in ("petal", "sepal"))
is_stray = np.arange(len(species)) >= 50


def slope_and_level(loss):
    line = DeepRegressor(loss=loss, **converged).fit(petal[:, None], sepal)
    level, one_more = line.predict([[0.0], [1.0]])
    return one_more - level, level


lines = {loss: slope_and_level(loss) for loss in ("squared", "huber", "tukey")}
lines["bulk alone"] = tuple(np.polyfit(petal[~is_stray], sepal[~is_stray], 1))

# %% [markdown]
# What helps is a start that does not use all rows: try the line through every pair of rows and keep the one whose
# median residual is smallest (least median of squares, Rousseeuw 1984). It bears up to half of the rows being strays.
# Least squares on the rows near that line then mends its inefficiency.

# %%
pairs = np.array([pair for pair in combinations(range(len(petal)), 2) if petal[pair[0]] != petal[pair[1]]])
slopes = np.diff(sepal[pairs])[:, 0] / np.diff(petal[pairs])[:, 0]
levels = sepal[pairs[:, 0]] - slopes * petal[pairs[:, 0]]
medians = np.median(np.abs(sepal - levels[:, None] - slopes[:, None] * petal), axis=1)
start = np.abs(sepal - levels[medians.argmin()] - slopes[medians.argmin()] * petal)
near = start < 2.5 * 1.4826 * np.median(start)
lines["median of squares"] = tuple(np.polyfit(petal[near], sepal[near], 1))
assert not near[is_stray].any()
for name, (slope, _) in lines.items():
    print(f"{name:18s} slope {slope:5.2f}")
for loss in ("huber", "tukey"):  # no better than least squares
    assert abs(lines[loss][0] - lines["squared"][0]) < 0.02
    assert lines[loss][0] < 0.6 * lines["bulk alone"][0]
assert abs(lines["median of squares"][0] - lines["bulk alone"][0]) < 0.1

figure, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
axes.plot(petal[~is_stray], sepal[~is_stray], "o", color="0.45", label="I. virginica (50)")
axes.plot(petal[is_stray], sepal[is_stray], "D", color="tab:red", label="I. setosa (6)")
ends = np.array([1.2, 7.0])
styles = {"squared": "C0-", "huber": "C1--", "tukey": "C2:", "bulk alone": "k-", "median of squares": "C4-."}
for name, (slope, level) in lines.items():
    axes.plot(ends, level + slope * ends, styles[name], linewidth=2, label=f"{name}, slope {slope:.2f}")
axes.set_xlabel("petal length (cm)")
axes.set_ylabel("sepal length (cm)")
axes.set_ylim(3.8, 9.2)
axes.legend(frameon=False, ncols=2, loc="upper left")
axes.set_title("Robust losses do not resist leverage")
figure.savefig(FIGURES / "leverage.png", dpi=150)

# %% [markdown]
# So plot the columns before you trust a robust loss. The same holds for networks, which are better at reaching strays.
#
# ## A rare class
#
# Fair's data: does a married woman report an affair? We thin those who do to five in a hundred. Class weights and the
# focal loss make a network attend to the rare class, at a price: its own probabilities no longer are the data's.
# For the focal loss the price is known exactly. Suppose one row in twenty is positive; which q minimises the mean?

# %%
q = torch.linspace(0.001, 0.999, 9981, dtype=torch.float64)
ones, scores = torch.ones(len(q), 1, dtype=torch.float64), torch.logit(q)[:, None]
focal = registry().resolve("loss", "focal")
mean = 0.05 * focal(scores, ones, gamma=2.0) + 0.95 * focal(scores, 0 * ones, gamma=2.0)
best_q = q[mean.argmin()].item()
back = registry().record("loss", "focal").probabilities
print(f"the focal loss (gamma 2) reports a true 0.05 as {best_q:.2f}; {back} maps it back")
assert abs(best_q - 0.25) < 0.01

# %% [markdown]
# `predict_proba` does so; `predict_raw_proba` shows what the network said.

# %%
table = sm.datasets.fair.load_pandas().data
y = (table.pop("affairs") > 0).to_numpy()
rng = np.random.default_rng(0)
kept = np.concatenate([np.flatnonzero(~y), rng.choice(np.flatnonzero(y), 227, replace=False)])
rng.shuffle(kept)
X, y = table.iloc[kept].reset_index(drop=True), y[kept]
X_test, y_test, X, y = X[:1500], y[:1500], X[1500:], y[1500:]
small = {"architecture_params": {"hidden_layer_sizes": (16,)}, "random_state": 0}
fits = {
    "cross_entropy": DeepClassifier(architecture="mlp", **small),
    "focal": DeepClassifier(architecture="mlp", loss="focal", **small),
    "balanced": DeepClassifier(architecture="mlp", class_weight="balanced", **small),
}
print(f"{'prevalence':14s} {y_test.mean():.3f}")
raw, honest = {}, {}
for name, fit in fits.items():
    fit.fit(X, y)
    raw[name], honest[name] = fit.predict_raw_proba(X_test)[:, 1], fit.predict_proba(X_test)[:, 1]
    print(f"{name:14s} {honest[name].mean():.3f}, raw {raw[name].mean():.3f}")
    assert abs(honest[name].mean() - y_test.mean()) < 0.02
assert raw["focal"].mean() > 0.15
assert raw["balanced"].mean() > 0.3

figure, panels = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained", sharey=True)
for axes, name in zip(panels, ("focal", "balanced"), strict=True):
    axes.plot(honest["cross_entropy"], raw[name], ".", color="tab:red", alpha=0.3, label="raw")
    axes.plot(honest["cross_entropy"], honest[name], ".", color="tab:blue", alpha=0.3, label="predict_proba")
    axes.axline((0.1, 0.1), slope=1, color="0.3", linewidth=1)
    axes.set_xlim(0.0, 0.4)
    axes.set_xticks([0.0, 0.1, 0.2, 0.3, 0.4])
    axes.set_ylim(0.0, 1.0)
    axes.set_xlabel("probability by cross_entropy")
    axes.set_title({"focal": 'loss="focal"', "balanced": 'class_weight="balanced"'}[name])
panels[0].set_ylabel("probability of an affair, test rows")
panels[0].legend(frameon=False, markerscale=2, loc="upper left")
figure.savefig(FIGURES / "rare_class.png", dpi=150)

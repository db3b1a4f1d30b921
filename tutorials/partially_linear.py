# %% [markdown]
# # A coefficient beside a network
#
# "What does one unit of x do, given everything else?" A partially linear model answers without saying how everything
# else acts:
#
# $$ y = b\,x + g(z) + e, $$
#
# with an unknown g that a network may learn. To predict is easy; the coefficient is not: x and z hang together, and
# whatever the network leaves of g, x picks up. We make data where the truth is known, watch two natural estimates
# fail, and then ask the same question of two real tables.

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
from sklearn.datasets import load_diabetes

from deepstat import DeepQuantileRegressor, DeepRegressor
from deepstat.inference import partially_linear

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## Where the truth is 1
#
# x depends on z, and z acts on y by itself: a confounder. Thirty data sets of 500 rows.

# %%
settings = {
    "architecture_params": {"hidden_layer_sizes": (16,), "activation": "tanh"},
    "learning_rate": 0.01,
    "l2": 0.01,
    "batch_size": 50,
    "max_epochs": 40,
    "early_stopping": False,
    "random_state": 0,
}


def make(seed, n=500):
    rng = np.random.default_rng(seed)
    z1, z2 = rng.normal(size=(2, n))
    x = 1.5 * np.tanh(z1) + 0.5 * z2 + rng.normal(size=n)
    y = 1.0 * x + 2 * np.sin(z1) + 0.3 * z2**2 + rng.normal(size=n)
    return pd.DataFrame({"y": y, "x": x, "z1": z1, "z2": z2})


# %% [markdown]
# Four estimates of b:
#
# - **alone**: y on x, without z;
# - **orthogonalised**: the network is kept orthogonal to x, so that x "gets its full share". A formula does that for
#   columns that are inputs of the network too: `y ~ x + deep(x, z1, z2)`;
# - **joint**: `y ~ x + deep(z1, z2)`, with the standard error that one would read off if the fitted network were the
#   true g;
# - **partialled out**: predict y and x from z, each row by networks that have not seen it, and regress what is left of
#   y on what is left of x (Robinson, 1988; Chernozhukov and others, 2018).

# %%
estimates = {name: [] for name in ("alone", "orthogonalised", "joint", "partialled out")}
for seed in range(30):
    table = make(seed)
    alone = sm.OLS(table["y"], sm.add_constant(table["x"])).fit()
    estimates["alone"].append((alone.params["x"], alone.bse["x"]))
    orthogonal = DeepRegressor(formula="y ~ x + deep(x, z1, z2)", **settings).fit(table)
    estimates["orthogonalised"].append((orthogonal.coef_["x"], np.nan))
    joint = DeepRegressor(formula="y ~ x + deep(z1, z2)", **settings).fit(table)
    rest = table["y"] - joint.effects(table)["deep(z1, z2)"]
    naive = sm.OLS(rest, sm.add_constant(table["x"])).fit()
    estimates["joint"].append((joint.coef_["x"], naive.bse["x"]))
    found = partially_linear(
        table["y"],
        table["x"],
        table[["z1", "z2"]],
        learner=DeepRegressor(architecture="mlp", **settings),
        n_repetitions=1,
        random_state=0,
    )
    estimates["partialled out"].append((found.coef[0], found.bse[0]))

print(f"{'truth: 1':16s}  mean  spread  standard error  95% intervals that hold 1")
covered = {}
for name, pairs in estimates.items():
    b, error = np.array(pairs).T
    covered[name] = (np.abs(b - 1) < 1.96 * error).mean()
    told = f"{error.mean():15.3f} {covered[name]:16.2f}" if np.isfinite(error).all() else ""
    print(f"{name:16s} {b.mean():5.2f} {b.std(ddof=1):7.3f} {told}")
assert np.allclose(np.array(estimates["orthogonalised"])[:, 0], np.array(estimates["alone"])[:, 0], atol=0.01)
assert np.mean(np.array(estimates["alone"])[:, 0]) > 1.5
assert covered["joint"] < 0.75
assert covered["partialled out"] > 0.85
assert abs(np.array(estimates["partialled out"])[:, 0].mean() - 1) < 0.05

# %% [markdown]
# Orthogonalised, the coefficient *is* that of the regression without z: what the two share is given to x. That is
# right for `x + deep(x)`, a line and the departure from it, and wrong for a confounder. So `deepstat` projects a
# network off a column only where that column is its own input.
#
# The joint fit is close, and its penalty shows: what the network is kept from learning, x takes over. Its standard
# error knows nothing of the network and is a third too small. Both together: half of the intervals miss.
#
# Partialled out, the error of the one network multiplies that of the other. What remains of it is less than the
# standard error, which is right about the spread.
#
# ## Diabetes, by body mass and blood pressure
#
# 442 people; how does the disease's progress go with body mass index and blood pressure, at equal age, sex and blood
# serum? `summary()` of a network with a formula does the partialling out for the structured part, five folds repeated
# five times, and says what it claims.

# %%
X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
others = [name for name in X if name not in ("bmi", "bp")]
diabetes = X.assign(progression=y)
model = DeepRegressor(formula=f"progression ~ bmi + bp + deep({', '.join(others)})", **settings).fit(diabetes)
print(model.summary(diabetes))

# %% [markdown]
# The column "joint fit" is what `predict` uses; it is not the estimate. The same from the function, which takes any
# learner, beside the regressions that one would have run:

# %%
result = partially_linear(
    y, X[["bmi", "bp"]], X[others], learner=DeepRegressor(architecture="mlp", **settings), random_state=0
)
linear = sm.OLS(y, sm.add_constant(X)).fit(cov_type="HC3")
pair = sm.OLS(y, sm.add_constant(X[["bmi", "bp"]])).fit(cov_type="HC3")
rows = {
    "the two alone": (pair.params[["bmi", "bp"]], pair.bse[["bmi", "bp"]]),
    "all, linear": (linear.params[["bmi", "bp"]], linear.bse[["bmi", "bp"]]),
    "others by network": (result.coef, result.bse),
}
for name, (b, error) in rows.items():
    b, error = np.asarray(b), np.asarray(error)
    print(f"{name:18s} bmi {b[0]:5.2f} ± {error[0]:.2f}   bp {b[1]:5.2f} ± {error[1]:.2f}")
gap = np.abs(result.coef - np.asarray(linear.params[["bmi", "bp"]])) / result.bse
print(f"R² of bmi and bp given the others, out of fold: {result.nuisance_r2.mean(axis=0)[1:].round(2)}")
assert (gap < 0.5).all()
assert rows["the two alone"][0]["bmi"] > result.coef[0] + 2 * result.bse[0]

# %% [markdown]
# Left out, the other measurements would add half to the effect of body mass. Whether they act along lines or through
# a network makes no difference here: the linear model was good enough, which nobody could know before.
#
# ## A yes or no
#
# With `family="binomial"` the model is `logit P(y = 1) = b x + g(z)` and the score is that of Liu, Zhang and Zhou
# (2021). Fair's survey (1978): how do the odds of an extramarital affair go with how religious a woman is and how she
# rates her marriage, at equal age, years of marriage, children, education and occupations?

# %%
fair = sm.datasets.fair.load_pandas().data
affair, asked = (fair["affairs"] > 0).astype(int), ["religious", "rate_marriage"]
rest = fair.drop(columns=["affairs", *asked])
learner = DeepRegressor(
    **{**settings, "architecture": "mlp", "batch_size": "auto", "max_epochs": 15, "l2": 0.1}
)
odds = partially_linear(
    affair, fair[asked], rest, family="binomial", learner=learner, n_repetitions=3, random_state=0
)
print(odds.summary())
logit = sm.Logit(affair, sm.add_constant(fair[asked].join(rest))).fit(disp=0)
print("plain logit:", logit.params[asked].round(3).to_dict(), "±", logit.bse[asked].round(3).to_dict())
assert (odds.conf_int()[:, 1] < 0).all()
assert (np.abs(odds.coef - logit.params[asked]) < 1.5 * odds.bse).all()

# %% [markdown]
# ## What is not claimed
#
# The claim at the foot of the tables is meant. The networks must learn fast enough: look at "R2 given Z", try another
# learner, and distrust a coefficient that moves. The coefficient is an effect only if z holds all confounders, which
# no program can see. And where no theory is at hand (quantiles, several deep terms that share columns, other
# parameters of a distribution) `summary()` gives no standard error and says why.

# %%
quantiles = DeepQuantileRegressor(formula="y ~ x + deep(z1, z2)", **settings).fit(make(0))
refused = [line for line in str(quantiles.summary(make(0))).splitlines() if "standard errors:" in line]
print(*refused)
assert len(refused) == 1


# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.8), layout="constrained")
for place, pairs in enumerate(estimates.values()):
    b = np.array(pairs)[:, 0]
    left.plot(b, place + np.linspace(-0.22, 0.22, len(b)), "o", color=f"C{place}", markersize=4, alpha=0.7)
left.axvline(1.0, color="black", linewidth=1)
left.set(yticks=range(4), yticklabels=list(estimates), xlabel="estimates of b in 30 data sets; truth 1")
left.invert_yaxis()
for place, (b, error) in enumerate(rows.values()):
    b, error = np.asarray(b)[0], np.asarray(error)[0]
    right.errorbar(b, place, xerr=1.96 * error, fmt="o", color=f"C{place}", capsize=4)
right.set(yticks=range(3), yticklabels=list(rows), ylim=(2.6, -0.6))
right.set(xlabel="progression per unit of body mass index, 95% intervals", title="diabetes")
left.set_title("simulated")
figure.savefig(FIGURES / "coefficients.png", dpi=150)

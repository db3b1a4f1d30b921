# %% [markdown]
# # From least squares to a deep distribution
#
# One data set and a path of small steps: least squares, the same as a likelihood, a variance that moves, another
# family, a network, and at the end intervals that hold whatever the model. Each step changes an argument or two. Then
# we ask what each was worth, on patients that the models had not seen.
#
# The data: 442 people with diabetes, ten measurements, and a score of how far the disease went within a year (Efron,
# Hastie, Johnstone and Tibshirani, 2004).

# %%
import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import statsmodels.api as sm
from sklearn.base import clone
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_validate

import deepstat
from deepstat import ConformalRegressor, DeepDistributionRegressor, DeepRegressor
from deepstat.diagnostics import PITHistogramDisplay, pit
from deepstat.inference import corrected_t
from deepstat.metrics import coverage, histogram_band

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
y = y.rename("progression")

# %% [markdown]
# ## Least squares
#
# A linear network that is solved instead of trained: `architecture="linear"` with `optimizer="newton"` *is* ordinary
# least squares, standard errors included.

# %%
exact = {"architecture": "linear", "optimizer": "newton"}
line = DeepRegressor(**exact).fit(X, y)
print(line.summary())

ols = sm.OLS(y, sm.add_constant(X)).fit()
apart = np.abs(line.inference().params.to_numpy() - ols.params.to_numpy()) / ols.bse.to_numpy()
print(f"largest difference from statsmodels: {apart.max():.0e} standard errors")
assert apart.max() < 1e-8
assert np.allclose(line.inference().bse, ols.bse, rtol=1e-8)
assert abs(line.inference().llf - ols.llf) < 1e-8
assert abs(line.score(X, y) - ols.rsquared) < 1e-10

# %% [markdown]
# ## Look at the residuals
#
# The table believes that the noise is the same for everybody. Is it? Split the patients in three by what is predicted
# of them.

# %%
fitted = line.predict(X)
third = np.digitize(fitted, np.quantile(fitted, [1 / 3, 2 / 3]))
spread = np.array([(y - fitted)[third == k].std() for k in range(3)])
print("spread of the residuals, from the lowest third of predictions to the highest:", spread.round(1))
breusch_pagan = sm.stats.diagnostic.het_breuschpagan(ols.resid, sm.add_constant(fitted))[1]
print(f"Breusch and Pagan's test that it does not move with the prediction: p = {breusch_pagan:.4f}")
assert breusch_pagan < 0.001
assert spread[0] < 0.75 * spread[1:].min()

robust = line.inference(covariance="HC3")
ratio = np.asarray(robust.bse / line.inference().bse)
print(f"standard errors that allow for it (HC3), over plain ones: {ratio.min():.2f} to {ratio.max():.2f}")
assert np.allclose(robust.bse, ols.get_robustcov_results("HC3").bse, rtol=1e-8)
assert np.abs(ratio - 1).max() < 0.05

# %% [markdown]
# The noise is smaller where little is predicted. The coefficients do not mind, and on these data neither do their
# standard errors. What suffers is the interval for a new patient: it is about as wide for all.

# %%
ends = line.predict(X, interval="prediction", level=0.9)
order = np.argsort(fitted)
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.fill_between(
    fitted[order], *ends[order].T, color="C0", alpha=0.15, label="90% intervals of least squares"
)
axes.plot(fitted, y, ".", color="0.3", markersize=4)
axes.plot(fitted[order], fitted[order], color="C0")
axes.axhline(0.0, color="0.5", linewidth=0.8)
axes.set(xlabel="predicted progression", ylabel="progression", title="One width for all")
axes.legend(frameon=False, loc="upper left")
figure.savefig(FIGURES / "least_squares.png", dpi=150)
widths = ends[:, 1] - ends[:, 0]
print(
    f"widths from {widths.min():.0f} to {widths.max():.0f}; lowest end {ends.min():.0f}, lowest score {y.min():.0f}"
)
assert widths.max() < 1.1 * widths.min()
assert ends.min() < 0 < y.min()

# %% [markdown]
# ## The same line as a distribution
#
# `DeepDistributionRegressor` maximises a likelihood and returns a whole distribution for each row. With a normal
# distribution of one scale it is the least squares line again. The predicted scale divides by n, as likelihoods do.
# Reports of generalised linear models by custom take Pearson's estimate instead, which divides by n - p; `scale="ml"`
# reports the maximum of the likelihood, which likelihood ratios need.

# %%
normal = DeepDistributionRegressor(distribution="normal", **exact).fit(X, y)
predicted = normal.predict_distribution(X)
likelihood = normal.inference(scale="ml")
print(f"log-likelihood {likelihood.llf:.4f}, of least squares {ols.llf:.4f}")
print(f"scale {predicted.parameters['scale'][0]:.3f}, sqrt(SSR / n) {np.sqrt(ols.ssr / len(y)):.3f}")
assert np.allclose(normal.coef_, ols.params[1:], rtol=1e-6)
assert abs(likelihood.llf - ols.llf) < 1e-6

# %% [markdown]
# ## A scale that moves
#
# A formula for each parameter: here the logarithm of the scale is linear in the body mass index. `constant=()` leaves
# nothing constant, and the scale depends on all ten measurements. The models are nested, so there are
# likelihood-ratio tests.

# %%
table = X.assign(progression=y)
mean_formula = "progression ~ " + " + ".join(X.columns)
by_bmi = DeepDistributionRegressor(formula={"loc": mean_formula, "scale": "~ bmi"}, **exact).fit(table)
moving = DeepDistributionRegressor(constant=(), **exact).fit(X, y)
print("one scale against one by body mass:", by_bmi.inference().lr_test(likelihood))
print("that against a scale by everything:", moving.lr_test(by_bmi))
scales = by_bmi.predict_distribution(table).parameters["scale"]
print(f"scales by body mass from {scales.min():.0f} to {scales.max():.0f}")
assert by_bmi.inference().lr_test(likelihood).p_value < 0.01
assert moving.lr_test(by_bmi).p_value < 0.01

# %% [markdown]
# ## Another family
#
# Ten more coefficients are a high price for "more where there is more". A gamma distribution says just that: its
# standard deviation is proportional to its mean. It also is positive and skewed, as the score is. One word changes;
# there is a log link now, so that effects multiply.

# %%
gamma = DeepDistributionRegressor(distribution="gamma", **exact).fit(X, y)
relative = gamma.predict_distribution(X).std / gamma.predict(X)
print(gamma.summary().tables[1])
print(f"standard deviation over mean: {relative.min():.3f} to {relative.max():.3f}")
for name, fit in {
    "normal": likelihood,
    "normal, scale by bmi": by_bmi.inference(),
    "normal, scale by all": moving.inference(),
    "gamma": gamma.inference(scale="ml"),
}.items():
    print(f"{name:20s} BIC {fit.bic:7.1f}")
assert np.ptp(relative) < 1e-9

# %% [markdown]
# ## A network
#
# Leave out `architecture="linear"` and its solver, and a network predicts mean and shape. Nothing else changes, but
# what can be claimed does: `summary()` of a network has no standard errors, no AIC and no p-values. Five small
# networks, trained as one population, are mixed.

# %%
small = {"hidden_layer_sizes": (16,), "activation": "tanh"}
network = DeepDistributionRegressor(
    distribution="gamma",
    architecture_params=small,
    learning_rate=0.01,
    l2=0.03,
    max_epochs=50,
    early_stopping=False,
    n_members=5,
    random_state=0,
).fit(X, y)
print(network.summary(X, y))

# %% [markdown]
# ## Half a network
#
# A formula keeps what should be read as a coefficient and hands the rest to a network. Here the effects of body mass
# index and blood pressure stay linear (in the log mean).

# %%
settings = {name: value for name, value in network.get_params(deep=False).items() if value is not None}
half = DeepDistributionRegressor(
    **settings, formula="progression ~ bmi + bp + deep(age, sex, s1, s2, s3, s4, s5, s6)"
)
half.fit(table)
print(half.coef_.rename("coefficient, in logs").round(4))

# %% [markdown]
# ## What was each step worth?
#
# Likelihoods of the rows that were fitted flatter, the more so the more flexible the model. So ten folds, the same
# for all models, and only the held-out patients count. Three figures: the mean log score (nats a patient, larger is
# better), the CRPS (in points of the score, smaller is better), and R².

# %%
models = {
    "normal": normal,
    "normal, scale by bmi": by_bmi,
    "normal, scale by all": moving,
    "gamma": gamma,
    "gamma, half a network": half,
    "gamma, network": network,
}
folds = list(KFold(10, shuffle=True, random_state=0).split(X))
unseen = {}
for name, model in models.items():
    with deepstat.population():  # the ten fits train together
        fits = cross_validate(
            model, X if model.formula is None else table, y, cv=folds, return_estimator=True
        )
    rows = {key: np.empty(len(y)) for key in ("log score", "CRPS", "mean", "PIT")}
    rows["interval"] = np.empty((len(y), 2))
    for fit, (_, held_out) in zip(fits["estimator"], folds, strict=True):
        there, seen = fit.predict_distribution(X.iloc[held_out]), y.iloc[held_out]
        rows["log score"][held_out] = there.log_prob(seen)
        rows["CRPS"][held_out] = there.crps(seen)
        rows["mean"][held_out] = there.mean
        rows["PIT"][held_out] = pit(seen, there)
        rows["interval"][held_out] = there.interval(0.9)
    unseen[name] = rows


def gain(name, score="log score"):
    """Mean difference from the first model; the ten folds share rows, which the corrected t-test allows for."""
    difference = unseen[name][score] - unseen["normal"][score]
    return corrected_t([difference[held_out].mean() for _, held_out in folds], test_fraction=1 / 9)


print(f"{'':22s} log score   CRPS      R²   gain in log score")
for name, rows in unseen.items():
    r2 = 1 - ((y - rows["mean"]) ** 2).mean() / y.var(ddof=0)
    gained = f"{gain(name).mean:7.3f} ± {gain(name).standard_error:.3f}" if name != "normal" else ""
    print(f"{name:22s} {rows['log score'].mean():9.3f} {rows['CRPS'].mean():6.2f} {r2:7.3f}   {gained}")

for name in list(models)[1:]:
    assert gain(name).mean < 2 * gain(name).standard_error
assert (
    gain("normal, scale by all").mean
    < gain("normal, scale by bmi").mean
    < gain("gamma").mean
    < gain("gamma, network").mean
)

# %% [markdown]
# Ten coefficients more for the scale gain nothing, and one gains little: likelihood-ratio tests speak of the rows
# that were fitted. The gamma family gains without any, and the network adds half of that again. But look at the
# standard errors: 442 patients are few, and no gain is twice its own. Nobody should expect much more from a bigger
# network here.
#
# ## Are the intervals right?
#
# A mean score hides where a model is wrong, and so does the usual histogram of the probability integral transform:
# pooled over all patients it is flat for the model that we know to be wrong. Look by prediction.

# %%
figure, panels = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
edges = np.linspace(0, 1, 11)
low, high = (np.full(10, 10 * end) for end in histogram_band(10, len(y)))
for axes, name in zip(panels, ("normal", "gamma, network"), strict=False):
    heights = 10 * np.histogram(unseen[name]["PIT"], edges)[0] / len(y)
    PITHistogramDisplay(edges, heights, low, high).plot(axes)
    axes.legend(frameon=False, fontsize="small", loc="upper left")
    axes.set_title(f"{name}: all patients")
    assert ((heights >= low) & (heights <= high)).all()

print(f"{'share inside 90% intervals':26s} lowest third  middle  highest")
shares = {}
for name, rows in unseen.items():
    third = np.digitize(rows["mean"], np.quantile(rows["mean"], [1 / 3, 2 / 3]))
    shares[name] = [coverage(y[third == k], *rows["interval"][third == k].T) for k in range(3)]
    print(
        f"{name:26s} {shares[name][0].share:12.3f} {shares[name][1].share:7.3f} {shares[name][2].share:8.3f}"
    )
for place, name in ((-0.12, "normal"), (0.0, "gamma"), (0.12, "gamma, network")):
    share, low, high = np.array(shares[name]).T
    panels[2].errorbar(
        np.arange(3) + place, share, [share - low, high - share], fmt="o", capsize=3, label=name
    )
panels[2].axhline(0.9, color="0.5", linestyle="--", linewidth=1)
panels[2].set(xticks=range(3), xticklabels=["lowest", "middle", "highest"], ylim=(0.7, 1.09))
panels[2].set(xlabel="third by prediction", title="inside 90% intervals, held out")
panels[2].legend(
    frameon=False, fontsize="small", loc="upper center", ncols=3, columnspacing=0.8, handletextpad=0.2
)
figure.savefig(FIGURES / "calibration.png", dpi=150)
assert shares["normal"][0].low > 0.9 > shares["normal"][2].high
assert all(share.low < 0.9 < share.high for share in shares["gamma, network"])

# %% [markdown]
# Intervals of one width hold too many of the low scores and too few of the high ones, and Wilson's 95% intervals
# leave little doubt of it. The network's hold nine tenths in every third, as far as the rows can tell.
#
# ## Intervals that assume no model
#
# All of these are right only as far as their family is. Conformal prediction measures, on rows that a fit has not
# seen, how far off it is, and widens the intervals accordingly. It assumes that the patients are exchangeable and
# nothing of the model. `conformity_score="normalised"` keeps the shape that the distribution learned. To check the
# claim, we hold out the same ten folds once more, around all of it. They come out a little wider than what the
# network says of itself.

# %%
conformal = ConformalRegressor(
    network, method="cv+", n_folds=5, conformity_score="normalised", random_state=0
)
held = np.empty((len(y), 2))
for known, held_out in folds:
    held[held_out] = (
        clone(conformal).fit(X.iloc[known], y.iloc[known]).predict_interval(X.iloc[held_out], 0.9)
    )
found = coverage(y, *held.T)
print(clone(conformal).fit(X, y).claim_)
print(f"held out: {found.share:.3f} (Wilson's interval {found.low:.3f} to {found.high:.3f})")
widths = {
    "conformal": np.median(np.diff(held)),
    "predicted": np.median(np.diff(unseen["gamma, network"]["interval"])),
}
print("median widths:", {name: round(float(width)) for name, width in widths.items()})
assert found.low < 0.9 < found.high
assert 1.0 < widths["conformal"] / widths["predicted"] < 1.15

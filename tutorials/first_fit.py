# %% [markdown]
# # A first fit
#
# From a table with categories and holes to a saved model, with the tools you know: a pipeline, cross-validation,
# a grid search. The question: what decides how much a firm invests? Grunfeld followed eleven American firms from 1935
# to 1954; `value` is what the market thinks of the firm, `capital` its plant and equipment (millions of 1947 dollars).

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
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import deepstat
from deepstat import DeepRegressor

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

table = sm.datasets.grunfeld.load_pandas().data
table["firm"] = table["firm"].astype("category")
y = np.log(table.pop("invest").to_numpy())  # log: an error of ten per cent is the same for a small firm
rng = np.random.default_rng(0)
table.loc[rng.choice(len(table), 22, replace=False), "capital"] = np.nan  # holes, as real tables have them
print(table.sample(5, random_state=0))

# %% [markdown]
# ## Fit
#
# The table goes in as it is. Numbers are standardised, levels of a category get a code of their own, a hole is filled
# and marked. Nothing is needed before `fit`. One small perceptron is enough for so few rows; without `architecture` it
# would be the default, an average of eight networks.

# %%
small = {"hidden_layer_sizes": (16,), "activation": "tanh"}
model = DeepRegressor(architecture="mlp", loss="huber", architecture_params=small, random_state=0)
model.fit(table, y)
print(f"R² on the rows it has seen: {model.score(table, y):.3f}")

# A firm that the model never saw is no error: it is treated like a missing value.
newcomer = table.head(1).assign(firm=pd.Categorical(["Penn Central"]))
print(f"Investment predicted for a newcomer: {np.exp(model.predict(newcomer)[0]):.0f} million")
assert np.isfinite(model.predict(newcomer)).all()

# %% [markdown]
# ## Cross-validate
#
# The score above flatters. `cross_val_score` fits on four fifths and judges on the last. The firms are the same in all
# folds, so this is the error for another year of a known firm, not for another firm.

# %%
folds = KFold(5, shuffle=True, random_state=0)
seen = cross_val_score(model, table, y, cv=folds)
print(f"R² on held-out rows: {seen.mean():.3f} (folds from {seen.min():.2f} to {seen.max():.2f})")
assert seen.mean() > 0.8

# %% [markdown]
# ## In a pipeline
#
# An economist would take logarithms of `value` and `capital` as well. Any scikit-learn step may come first;
# `set_output` keeps the table a table, so that the categories survive.

# %%
logs = ColumnTransformer(
    [("log", FunctionTransformer(np.log, feature_names_out="one-to-one"), ["value", "capital"])],
    remainder="passthrough",
    verbose_feature_names_out=False,
).set_output(transform="pandas")
pipeline = make_pipeline(logs, model)
in_logs = cross_val_score(pipeline, table, y, cv=folds)
print(f"with logarithms: {in_logs.mean():.3f}")

# %% [markdown]
# ## Search
#
# Huber's `delta` says from where on a residual counts as an outlier, in units of the residuals' own scale. Entries of
# the `*_params` are reached by two underscores, like every parameter of a nested estimator.

# %%
search = GridSearchCV(
    pipeline,
    {"deepregressor__loss_params__delta": [0.5, 1.345, 3.0], "deepregressor__l2": [0.0, 0.01]},
    scoring="neg_median_absolute_error",
    cv=KFold(3, shuffle=True, random_state=0),
)
search.fit(table, y)
for params, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
    shown = ", ".join(f"{name.rpartition('__')[2]}={value:g}" for name, value in params.items())
    print(f"{shown:24s} median error {-score:.3f}")
assert search.best_estimator_[-1].loss_params["delta"] in (0.5, 1.345, 3.0)

# %% [markdown]
# The best of six is best partly by luck, so its score is no estimate of the error of the model chosen. For that, wrap
# the search in another `cross_val_score`.
#
# ## Save
#
# One file: weights and a description in JSON. No pickle is ever read and no training row is written.

# %%
best = search.best_estimator_[-1]
encoded = search.best_estimator_[:-1].transform(table)
path = FIGURES / "investment.deepstat"
deepstat.save(best, path)
again = deepstat.load(path)
assert (again.predict(encoded) == best.predict(encoded)).all()
print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB, and the predictions are equal to the bit")

# %% [markdown]
# ## Watch it learn
#
# `history_` has one entry an epoch. With `early_stopping` a tenth of the rows is held out, and the weights kept are
# those of the epoch that did best on it.

# %%
watched = DeepRegressor(
    architecture="mlp", architecture_params=small, early_stopping=True, max_epochs=200, random_state=0
).fit(encoded, y)
history = pd.DataFrame(watched.history_)
print(history.tail(3).to_string(index=False))

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.plot(history["epoch"], history["loss"], label="training rows (mean during the epoch)")
axes.plot(history["epoch"], history["validation_loss"], label="held-out rows (after the epoch)")
axes.axvline(
    watched.best_epochs_[0], color="0.5", linestyle="--", label=f"kept: epoch {watched.best_epochs_[0]}"
)
axes.set_yscale("log")
axes.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5], ["0.02", "0.05", "0.1", "0.2", "0.5"])
axes.minorticks_off()
axes.set_xlabel("epoch")
axes.set_ylabel("half the mean squared residual\n(target standardised)")
axes.legend(frameon=False)
axes.set_title("log investment of eleven firms, 220 rows")
figure.savefig(FIGURES / "history.png", dpi=150)
assert history["validation_loss"].idxmin() + 1 == watched.best_epochs_[0]

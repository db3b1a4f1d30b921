# %% [markdown]
# # Engel's food expenditure
#
# In 1857 Ernst Engel asked what share of their income poor and rich households spend on food. His 235 Belgian working
# families are the data on which quantile regression is taught (Koenker and Bassett, 1982). We fit the classical lines,
# ask how sure they are (where a common answer is wrong by a factor of more than two), look where the lines cross, and let
# a network draw quantiles that cannot.

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
from sklearn.linear_model import QuantileRegressor
from sklearn.model_selection import KFold, cross_validate

import deepstat
from deepstat import DeepQuantileRegressor, DeepRegressor
from deepstat.inference import corrected_t
from deepstat.metrics import pinball_loss

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

engel = sm.datasets.engel.load_pandas().data
X, y = engel[["income"]], engel["foodexp"]
print(engel.describe().round(0).loc[["min", "50%", "max"]])

# %% [markdown]
# ## Five lines
#
# `optimizer="interior_point"` solves the linear programmes to the last digit, one for each quantile. At a solution two
# households lie exactly on the line. scikit-learn's solver finds the same ones.

# %%
levels = (0.05, 0.25, 0.5, 0.75, 0.95)
lines = DeepQuantileRegressor(quantiles=levels, architecture="linear", optimizer="interior_point").fit(X, y)
print("quantile  level  slope")
for level, intercept, (slope,) in zip(levels, lines.intercept_, lines.coef_, strict=True):
    print(f"{level:8g} {intercept:6.1f} {slope:6.3f}")
    other = QuantileRegressor(quantile=level, alpha=0.0, solver="highs").fit(X, y)
    assert np.allclose([intercept, slope], [other.intercept_, other.coef_[0]], rtol=1e-6)

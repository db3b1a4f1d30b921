"""A table and small fits of formulas, for their tests."""

import numpy as np
import pandas as pd

from deepstat import DeepRegressor

RNG = np.random.default_rng(0)
N = 100
FRAME = pd.DataFrame(
    {
        "x1": RNG.normal(size=N) * 3 + 10,
        "x2": RNG.uniform(1, 2, size=N),
        "g": np.array(list("pqr"))[RNG.integers(0, 3, N)],
        "z1": RNG.normal(size=N),
        "z2": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)),
        "w": np.array(["u", "v"])[RNG.integers(0, 2, N)],
    }
)
FRAME["y"] = (
    50 + 2 * FRAME["x1"] + np.sin(2 * FRAME["z1"]) + 1.5 * (FRAME["g"] == "q") + 0.3 * RNG.normal(size=N)
)
FRAME["count"] = RNG.poisson(np.exp(0.2 * (FRAME["x1"] - 8) + 0.3 * (FRAME["g"] == "q")))
FRAME["class"] = np.where(FRAME["y"] + RNG.normal(size=N) * 5 > 70, "hi", "lo")
SMALL = {
    "max_epochs": 5,
    "random_state": 0,
    "architecture_params": {"hidden_layer_sizes": (8,)},
    "compile": False,
}
LONG = {"max_epochs": 400, "learning_rate": 0.02, "random_state": 0, "compile": False}
FULL = "y ~ x1 + C(g) + bs(x2, df=4) + z1 + deep(z1, z2, w)"


def fitted(formula=FULL, kind=DeepRegressor, table=FRAME, y=None, **settings):
    return kind(formula=formula, **{**SMALL, **settings}).fit(table, y)

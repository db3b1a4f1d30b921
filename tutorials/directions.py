# %% [markdown]
# # Directions
#
# Where does a snail crawl, where does the wind come from? A direction is a number that begins again: 359° and 1° are
# two degrees apart. So there is no mean to regress on, there are no tails, and an interval is an arc. `von_mises` is
# the normal distribution of the circle; a network predicts its mean direction through a sine and a cosine, so that no
# angle is special, and how concentrated directions are around it.

# %%
import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import ive

from deepstat import DeepDistributionRegressor
from deepstat.diagnostics import calibration_test

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

both = np.deg2rad([350.0, 20.0])
print(f"mean of 350° and 20° as numbers: {np.rad2deg(both.mean()):.0f}°, ", end="")
print(f"as directions: {np.rad2deg(np.angle(np.exp(1j * both).sum())):.0f}°")

# %% [markdown]
# ## Blue periwinkles
#
# Thirty-one snails were carried downshore from the height at which they live. How far did they move, and in which
# direction? (Fisher and Lee, 1992, Regression models for an angular response, Biometrics 48; distances in
# centimetres, directions in degrees.)

# %%
distance = [
    107,
    46,
    33,
    67,
    122,
    69,
    43,
    30,
    12,
    25,
    37,
    69,
    5,
    83,
    68,
    38,
    21,
    1,
    71,
    60,
    71,
    71,
    57,
    53,
    38,
    70,
    7,
]
distance += [48, 7, 21, 27]
degrees = [
    67,
    66,
    74,
    61,
    58,
    60,
    100,
    89,
    171,
    166,
    98,
    60,
    197,
    98,
    86,
    123,
    165,
    133,
    101,
    105,
    71,
    84,
    75,
    98,
    83,
]
degrees += [71, 74, 91, 38, 200, 56]
snails = pd.DataFrame({"distance": distance})
direction = np.deg2rad(degrees)  # radians, any real number: turns are taken out

linear = {"distribution": "von_mises", "architecture": "linear", "learning_rate": 0.05, "max_epochs": 1000}
alike = DeepDistributionRegressor(constant=("concentration",), random_state=0, **linear).fit(
    snails, direction
)
moving = DeepDistributionRegressor(random_state=0, **linear).fit(snails, direction)

# %% [markdown]
# A linear network has two lines for the direction, a sine and a cosine, of which only the ratio counts (the link of
# Presnell, Morrison and Littell, 1998). For that reason Newton's method has nothing to stand on, and the classical
# mode refuses. But enough steps of an ordinary optimizer reach the maximum of the likelihood, as a brute-force search
# shows.

# %%
x = (snails["distance"] - snails["distance"].mean()).to_numpy() / snails["distance"].std()


def brute_force(concentration_moves):
    """Maximise the log-likelihood from ten random starts."""

    def minus_log_likelihood(t):
        mean = np.arctan2(np.sin(t[0]) + t[1] * x, np.cos(t[0]) + t[2] * x)
        k = np.exp(t[3] + (t[4] * x if concentration_moves else 0.0))
        return -(k * (np.cos(direction - mean) - 1) - np.log(2 * np.pi * ive(0, k))).sum()

    starts = np.random.default_rng(0).normal(size=(10, 5 if concentration_moves else 4))
    options = {"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-8, "fatol": 1e-10}
    return max(-minimize(minus_log_likelihood, t, method="Nelder-Mead", options=options).fun for t in starts)


log_likelihood = {}
for name, model, moves in (("one concentration", alike, False), ("moving", moving, True)):
    log_likelihood[name] = len(direction) * model.score(snails, direction)
    print(f"{name:18s} log-likelihood {log_likelihood[name]:.4f}, by brute force {brute_force(moves):.4f}")
    assert abs(log_likelihood[name] - brute_force(moves)) < 1e-3
ratio = 2 * (log_likelihood["moving"] - log_likelihood["one concentration"])
print(f"likelihood ratio {ratio:.1f} for one parameter more")
assert ratio > 10

# %% [markdown]
# Snails that went far knew where to go: the arcs that hold nine in ten of the directions shrink from most of the
# circle to a few degrees. `interval` gives an arc around the mean direction; its upper end may exceed 180°, because
# an arc may cross the seam.

# %%
places = pd.DataFrame({"distance": [5.0, 30.0, 60.0, 100.0]})
there = moving.predict_distribution(places)
for far, mean, (low, high), variance in zip(
    places["distance"], there.mean, there.interval(0.9), there.variance, strict=True
):
    print(f"{far:4.0f} cm: mean direction {np.rad2deg(mean):4.0f}°, ", end="")
    print(f"arc from {np.rad2deg(low):4.0f}° to {np.rad2deg(high):4.0f}°, circular variance {variance:.2f}")
widths = np.diff(there.interval(0.9))[:, 0]
assert (np.diff(widths) < 0).all()
assert there.interval(0.9)[0, 1] > np.pi

# %% [markdown]
# ## A wind that turns with the sun
#
# For a network there must be more rows, so the second example is made, and the truth is known. On a flat coast the
# sea breeze turns clockwise, once a day. Let it come from
#
# $$ \mu = t + 0.9 (1 - c) \sin 2t, \qquad \kappa = \exp(2.5 - 2 c + 0.7 \cos t), $$
#
# with t the hour as an angle and c the share of the sky that is clouded: the clearer, the steadier. The angles are
# kept between -180° and 180°, as instruments do, so that there is a seam somewhere at noon.

# %%
rng = np.random.default_rng(0)
n = 3000
turn, cloud = rng.uniform(0, 2 * np.pi, n), rng.uniform(0, 1, n)
mean = turn + 0.9 * (1 - cloud) * np.sin(2 * turn)
concentration = np.exp(2.5 - 2 * cloud + 0.7 * np.cos(turn))
wind = np.angle(np.exp(1j * rng.vonmises(mean, concentration)))
X = pd.DataFrame({"sine": np.sin(turn), "cosine": np.cos(turn), "cloud": cloud})  # midnight is no edge either
train, test = np.arange(n) < n // 2, np.arange(n) >= n // 2

settings = {
    "architecture_params": {"hidden_layer_sizes": (32,), "activation": "tanh"},
    "learning_rate": 0.01,
    "random_state": 0,
}
models = {
    "network, as numbers": DeepDistributionRegressor(distribution="normal", **settings),
    "line, von Mises": DeepDistributionRegressor(**{**linear, "max_epochs": 200}, random_state=0),
    "network, von Mises": DeepDistributionRegressor(distribution="von_mises", **settings),
}


def apart(one, other):
    """Mean distance along the circle, in degrees."""
    return np.rad2deg(np.abs(np.angle(np.exp(1j * (one - other))))).mean()


print(f"{'held-out half':22s} from the wind  from the true mean  angular CRPS  in 90% arcs")
away, inside = {}, {}
for name, model in models.items():
    predicted = model.fit(X[train], wind[train]).predict_distribution(X[test])
    low, high = predicted.interval(0.9).T
    # Along the arc, counted from its lower end, modulo a turn.
    inside[name] = ((wind[test] - low) % (2 * np.pi) <= high - low).mean()
    away[name] = apart(predicted.mean, mean[test])
    crps = f"{np.rad2deg(predicted.crps(wind[test]).mean()):10.1f}°" if "Mises" in name else f"{'-':>11s}"
    print(
        f"{name:22s} {apart(predicted.mean, wind[test]):12.1f}° {away[name]:18.1f}° {crps} {inside[name]:13.3f}"
    )
print(f"{'the truth':22s} {apart(mean[test], wind[test]):12.1f}°")
assert away["network, von Mises"] < 0.6 * away["line, von Mises"] < 0.6 * away["network, as numbers"]
assert abs(inside["network, von Mises"] - 0.9) < 0.03

# %% [markdown]
# As numbers, winds from -170° and 170° average to 0°, the opposite direction: the network has to swing through all
# angles at the seam, and is wrong by a lot there. The von Mises network does not know that there is a seam. Its
# distributions can be checked as any others: quantile residuals start opposite to the mean direction.

# %%
predicted = models["network, von Mises"].predict_distribution(X[test])
found = calibration_test(wind[test], predicted)
print(f"Anderson and Darling's test of calibration on the held-out half: p = {found.p_value:.2f}")
error = np.abs(np.log(predicted.parameters["concentration"] / concentration[test]))
print(f"concentration, median error: a factor of {np.exp(np.median(error)):.2f}")
assert found.p_value > 0.01
assert np.exp(np.median(error)) < 1.3

# %%
figure = plt.figure(figsize=(11, 4.6), layout="constrained")
left = figure.add_subplot(1, 2, 1, projection="polar")
left.plot(direction, distance, "o", color="0.35", markersize=4)
path = pd.DataFrame({"distance": np.linspace(1, 122, 200)})
along = moving.predict_distribution(path)
left.plot(along.mean, path["distance"], "C0", linewidth=2)
for low, high, far in zip(*along.interval(0.9)[::20].T, path["distance"][::20], strict=True):
    left.plot(np.linspace(low, high, 100), np.full(100, far), "C0", alpha=0.4)
left.set_title("periwinkles: mean direction and 90% arcs by distance (cm)", fontsize="medium")

right = figure.add_subplot(1, 2, 2)
clear = test & (cloud < 0.3)
right.plot(24 * turn[clear] / (2 * np.pi), np.rad2deg(wind[clear]), ".", color="0.55", markersize=3)
grid = np.linspace(0, 2 * np.pi, 2000)
day = pd.DataFrame({"sine": np.sin(grid), "cosine": np.cos(grid), "cloud": 0.15})
for name, style in (("network, as numbers", "C3--"), ("network, von Mises", "C0-")):
    curve = np.rad2deg(models[name].predict(day))
    curve[1:][np.abs(np.diff(curve)) > 180] = np.nan  # do not draw across the seam
    right.plot(24 * grid / (2 * np.pi), curve, style, linewidth=2, label=name)
right.set(xlabel="hour", ylabel="wind from (degrees)", xlim=(0, 24), ylim=(-185, 185))
right.set(
    xticks=range(0, 25, 6), yticks=range(-180, 181, 90), title="clear sky: held-out winds, predicted mean"
)
right.legend(frameon=False, loc="upper left")
figure.savefig(FIGURES / "directions.png", dpi=150)

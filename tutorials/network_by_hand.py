# %% [markdown]
# # A network by hand
#
# A network is a regression whose columns are learned. Here the gradient is written out in numpy, checked against
# autograd and against what `DeepRegressor` does; then small networks draw curves, solve XOR, and show what depth buys.

# %%
import os
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch

from deepstat import DeepClassifier, DeepRegressor

FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## Backpropagation
#
# Two layers: hidden units $h = \tanh(W_1 x + b_1)$ and a prediction $\hat y = W_2 h + b_2$. Forwards we keep what each
# layer computed. Backwards the error of a layer is the error of the next, sent back through its weights and multiplied
# by the slope of the activation, $1 - h^2$. A weight's gradient is the error at its end times the signal at its start.


# %%
def forward(X, W1, b1, W2, b2):
    hidden = np.tanh(X @ W1.T + b1)
    return hidden, hidden @ W2.T + b2


def gradient(X, y, W1, b1, W2, b2):
    """Return the gradient of mean(residual²) / 2 in W1, b1, W2, b2."""
    hidden, prediction = forward(X, W1, b1, W2, b2)
    error_2 = (prediction - y) / len(y)
    error_1 = (error_2 @ W2) * (1.0 - hidden**2)
    return error_1.T @ X, error_1.sum(axis=0), error_2.T @ hidden, error_2.sum(axis=0)


rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 1))
weights = [rng.normal(size=shape) for shape in ((5, 3), (5,), (1, 5), (1,))]

tracked = [torch.tensor(each, requires_grad=True) for each in weights]
W1, b1, W2, b2 = tracked
predicted = torch.tanh(torch.from_numpy(X) @ W1.T + b1) @ W2.T + b2
automatic = torch.autograd.grad((predicted - torch.from_numpy(y)).square().mean() / 2, tracked)
by_hand = gradient(X, y, *weights)
largest = max(np.abs(a.numpy() - b).max() for a, b in zip(automatic, by_hand, strict=True))
print(f"largest difference from autograd: {largest:.1e}")
assert largest < 1e-12

# %% [markdown]
# And the estimator? With `optimizer="sgd"`, all rows in a batch and a constant rate, an epoch is one step down that
# gradient. So two epochs must be one epoch plus our step. (Columns and target are standardised inside, by the
# standard deviation that divides by n.)


# %%
def trained(epochs):
    model = DeepRegressor(
        architecture="mlp",
        architecture_params={"hidden_layer_sizes": (5,), "activation": "tanh"},
        optimizer="sgd",
        learning_rate=0.1,
        schedule="constant",
        batch_size=len(X),
        max_epochs=epochs,
        random_state=0,
    ).fit(X, y[:, 0])
    return [parameter.detach().numpy() for parameter in model.network_.parameters()]


def standardise(values):
    return (values - values.mean(axis=0)) / values.std(axis=0)


first, second = trained(1), trained(2)
step = gradient(standardise(X), standardise(y), *first)
largest = max(np.abs(a - 0.1 * g - b).max() for a, g, b in zip(first, step, second, strict=True))
print(f"largest difference from a step of DeepRegressor: {largest:.1e}")
assert largest < 1e-12

# %% [markdown]
# ## Three units draw a curve
#
# Three sigmoid curves, shifted, stretched and added, are enough for a parabola, a sine and (nearly) a kink. The dashed
# lines are the three learned columns, each times its weight.

# %%
x = np.linspace(-1.0, 1.0, 51)
targets = {"x²": x**2, "sin(πx)": np.sin(np.pi * x), "|x|": np.abs(x)}
figure, panels = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
for axes, (name, values) in zip(panels, targets.items(), strict=True):
    model = DeepRegressor(
        architecture="mlp",
        architecture_params={"hidden_layer_sizes": (3,), "activation": "tanh"},
        learning_rate=0.1,
        max_epochs=3000,
        random_state=1,
    ).fit(x[:, None], values)
    fitted = model.predict(x[:, None])
    network = model.network_
    with torch.no_grad():
        hidden = network[:2](torch.from_numpy(standardise(x)[:, None]))
        parts = (hidden * network.output.weight).numpy() * values.std()
    axes.plot(x, parts, "--", color="0.6", linewidth=1, label=["weighted hidden units", None, None])
    axes.plot(x[::2], values[::2], "o", color="0.3", markersize=4, label="target")
    axes.plot(x, fitted, color="tab:blue", linewidth=2, label="network")
    axes.set_title(f"{name}: largest error {np.abs(fitted - values).max():.3f}")
    axes.set_xlabel("x")
    assert np.abs(fitted - values).max() < 0.1
panels[0].set_ylabel("y")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
figure.suptitle("Networks with three hidden tanh units")
figure.savefig(FIGURES / "three_units.png", dpi=150)

# %% [markdown]
# ## XOR
#
# No line separates (0,1) and (1,0) from (0,0) and (1,1): a logistic regression answers one half everywhere. Two hidden
# units suffice, but the likelihood now has local optima, and whether training finds the best one depends on the start.
# Two units more make it easy: that is what wide networks are for.

# %%
corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
xor = np.array([0, 1, 1, 0])
logistic = DeepClassifier(architecture="linear", max_epochs=500, learning_rate=0.05, random_state=0).fit(
    corners, xor
)
assert np.allclose(logistic.predict_proba(corners), 0.5, atol=1e-3)

solved = {}
for width in (2, 4):
    starts = [
        DeepClassifier(
            architecture="mlp",
            architecture_params={"hidden_layer_sizes": (width,), "activation": "tanh"},
            max_epochs=500,
            learning_rate=0.05,
            random_state=seed,
        ).fit(corners, xor)
        for seed in range(5)
    ]
    solved[width] = sum(start.score(corners, xor) == 1.0 for start in starts)
    print(f"XOR with {width} hidden units: solved from {solved[width]} of 5 starts")
assert 0 < solved[2] < 5
assert solved[4] == 5

grid = np.linspace(-0.5, 1.5, 81)
plane = np.column_stack([axis.ravel() for axis in np.meshgrid(grid, grid)])
figure, axes = plt.subplots(figsize=(4.8, 4.4), layout="constrained")
surface = starts[0].predict_proba(plane)[:, 1].reshape(81, 81)
shades = axes.contourf(grid, grid, surface, levels=np.linspace(0, 1, 11), cmap="RdBu_r")
for value, marker in ((0, "o"), (1, "s")):
    axes.plot(*corners[xor == value].T, marker, color="black", markersize=9, label=f"XOR = {value}")
axes.set_xlabel("first input")
axes.set_ylabel("second input")
figure.legend(loc="outside lower center", ncols=2, frameon=False)
figure.colorbar(shades, label="probability of XOR = 1")
axes.set_title("Four hidden tanh units")
figure.savefig(FIGURES / "xor.png", dpi=150)

# %% [markdown]
# ## Depth against width
#
# The tent map folds the unit interval in half: $T(x) = 2\min(x, 1-x)$. Two ReLU units do it:
# $T(x) = 2\,\mathrm{relu}(x) - 4\,\mathrm{relu}(x - 1/2)$. Stack k such layers, and the curve has $2^k$ straight pieces
# for $6k + 1$ parameters. One hidden layer of w units has at most w + 1 pieces, one for each kink, so it needs a
# number of units that grows like $2^k$ (Telgarsky 2016).


# %%
def fold(x, k):
    """Return k folds, computed by k layers of two ReLU units."""
    for _ in range(k):
        x = 2.0 * np.maximum(x, 0.0) - 4.0 * np.maximum(x - 0.5, 0.0)
    return x


def one_layer(x, k):
    """Return the same by a single layer: a unit for each of the 2^k pieces."""
    n_pieces = 2**k
    kinks = np.arange(n_pieces) / n_pieces
    turns = 2.0 * n_pieces * (-1.0) ** np.arange(n_pieces)  # from rising to falling and back
    turns[0] = n_pieces
    return np.maximum(x[:, None] - kinks, 0.0) @ turns


x = np.linspace(0.0, 1.0, 513)
for k in range(1, 8):
    assert np.allclose(fold(x, k), one_layer(x, k), atol=1e-9)
    print(
        f"{k} folds, {2**k:3d} pieces: {6 * k + 1:2d} parameters in {k} layers, {3 * 2**k + 1:3d} in one layer"
    )

# %% [markdown]
# That is what networks can represent. Now let two of about 470 parameters find three folds from data.

# %%
y = fold(x, 3)
settings = {"max_epochs": 200, "early_stopping": False, "random_state": 0}
shallow = DeepRegressor(
    architecture="mlp", architecture_params={"hidden_layer_sizes": (160,)}, **settings
).fit(x[:, None], y)
deep = DeepRegressor(
    architecture="mlp", architecture_params={"hidden_layer_sizes": (14, 14, 14)}, **settings
).fit(x[:, None], y)

figure, panels = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained", sharey=True)
for axes, model, title in (
    (panels[0], shallow, "160 units in one layer"),
    (panels[1], deep, "14 in each of three"),
):
    n_parameters = sum(parameter.numel() for parameter in model.network_.parameters())
    error = np.abs(model.predict(x[:, None]) - y).mean()
    print(f"{title}: {n_parameters} parameters, mean absolute error {error:.3f}")
    axes.plot(x, y, color="0.6", linewidth=4, label="tent map, three folds")
    axes.plot(x, model.predict(x[:, None]), color="tab:blue", linewidth=1.5, label="trained network")
    axes.set_title(f"{title} ({n_parameters} parameters): error {error:.3f}")
    axes.set_xlabel("x")
    axes.set_ylim(-0.05, 1.35)
panels[0].set_ylabel("T(T(T(x)))")
panels[0].legend(frameon=False, loc="upper left", ncols=2)
figure.savefig(FIGURES / "depth.png", dpi=150)
assert np.abs(deep.predict(x[:, None]) - y).mean() < 0.02
assert np.abs(shallow.predict(x[:, None]) - y).mean() > 0.05

# %% [markdown]
# Do not take the picture for a law. With three times the learning rate the shallow network gets there as well and
# some deep ones get stuck; on four folds both fail. What a network can represent and what training reaches are two
# questions.

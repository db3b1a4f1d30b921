# %% [markdown]
# # Write a plugin
#
# A plugin adds losses, architectures, optimizers, activations, ... under names of their own. The built-in ones are
# registered by the same hooks. We write one with three components: the likelihood of Student's t as a loss, an
# additive network (a sum of smooth curves, one for each column, for people who must explain a prediction), and the
# AMSGrad optimizer.
#
# ## One file
#
# Three contracts, each a plain function:
#
# - a **loss** takes prediction and target, (n, k) each, and returns one number a row, (n,);
# - an **architecture** is told about the table and returns a `torch.nn.Module` that maps it to (n, n_outputs);
# - an **optimizer** is an update rule for K networks at once, one row of parameters each.
#
# The file below would be `deepstat_student.py` in your package. A real plugin keeps records apart from torch, so that
# listing plugins stays fast: `plugins/template` in the repository shows that layout.

# %%
import importlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = '''
"""Student's t loss, additive networks and AMSGrad for deepstat."""

import math

import torch
from torch import nn

from deepstat import hookimpl
from deepstat.layers.column_encoder import ColumnEncoder
from deepstat.optimizers.rule import UpdateRule
from deepstat.records import Architecture, Loss, Optimizer


def student_t(prediction, target, *, df=4.0):
    """Minus the log density of Student's t, up to a constant: (df + 1)/2 log(1 + r^2/df)."""
    square = (target - prediction).square()
    return ((df + 1.0) / 2.0 * torch.log1p(square / df)).mean(dim=1)


def check_student_t(*, df=4.0):
    """Refuse options before anything is trained."""
    if not 0.0 < df < math.inf:
        raise ValueError(f"student_t: df={df!r} is not allowed; give a positive number.")


def additive(inputs, n_outputs, *, width=16):
    """f(x) = b + f_1(x_1) + ... + f_p(x_p), each f_j a hidden layer of its own."""
    encoder = ColumnEncoder(inputs)
    return nn.Sequential(encoder, Curves(encoder.n_features, width, n_outputs))


class Curves(nn.Module):
    def __init__(self, n_columns, width, n_outputs):
        super().__init__()
        self.slope = nn.Parameter(torch.randn(n_columns, width))
        self.shift = nn.Parameter(torch.randn(n_columns, width))
        self.output = nn.Linear(n_columns * width, n_outputs)

    def forward(self, x):
        hidden = torch.tanh(x.unsqueeze(-1) * self.slope + self.shift)  # (n, p, width): columns never mix
        return self.output(hidden.flatten(-2))


def init(flat):
    return {name: torch.zeros_like(flat) for name in ("mean", "square", "largest")}


def update(flat, gradient, state, step, hyper):
    """Adam, with the largest second moment so far in place of the present one."""
    beta1, beta2 = hyper["beta1"], hyper["beta2"]
    state["mean"].lerp_(gradient, 1.0 - beta1)
    state["square"].lerp_(gradient.square(), 1.0 - beta2)
    torch.maximum(state["largest"], state["square"], out=state["largest"])
    root = (state["largest"] / (1.0 - beta2**step)).sqrt() + hyper["eps"]
    flat.sub_(hyper["learning_rate"] * state["mean"] / (1.0 - beta1**step) / root)


amsgrad = UpdateRule(init, update, {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8})


@hookimpl
def deepstat_losses():
    yield Loss(
        name="student_t",
        target=student_t,
        summary="likelihood of Student's t with df degrees of freedom",
        reference="Lange, Little and Taylor (1989), Robust statistical modeling using the t distribution",
        example={"df": 2.0},  # the checks try these options beside the defaults
        scale="mad",  # df speaks of residuals in units of their scale
        check=check_student_t,
    )


@hookimpl
def deepstat_architectures():
    yield Architecture(name="additive", target=additive, summary="one curve a column", example={"width": 4})


@hookimpl
def deepstat_optimizers():
    yield Optimizer(
        name="amsgrad",
        target=amsgrad,
        reference="Reddi, Kale and Kumar (2018), On the convergence of Adam and beyond",
        example={"beta2": 0.9},
    )
'''

# %% [markdown]
# ## Check it
#
# `deepstat.testing` holds the checks that the built-in components pass: shapes, gradients against differences, K
# networks batched against one by one, save and load, refusal of bad options. Call it in your test suite.

# %%
package = Path(tempfile.mkdtemp())
(package / "deepstat_student.py").write_text(SOURCE)
sys.path.insert(0, str(package))
student = importlib.import_module("deepstat_student")

from deepstat.testing import check_loss, check_plugin

print(check_plugin(student, "student"))

# %% [markdown]
# The checks are there to fail. The favourite mistake is a loss that averages over rows; then weights cannot work:

# %%
import torch

from deepstat.records import Loss


def reduced(prediction, target):
    return torch.log1p((target - prediction).square()).mean()


try:
    check_loss(Loss(name="reduced", target=reduced))
except AssertionError as error:
    print(error)
else:
    raise AssertionError("the check let a reduced loss pass")

# %% [markdown]
# Conformance is not correctness. That needs a reference from elsewhere, here scipy's density and torch's own optimizer.

# %%
import numpy as np
from scipy import stats

r = np.linspace(-8.0, 8.0, 33)
ours = student.student_t(
    torch.zeros(33, 1, dtype=torch.float64), torch.from_numpy(r)[:, None], df=4.0
).numpy()
assert np.allclose(ours, stats.t.logpdf(0.0, 4.0) - stats.t.logpdf(r, 4.0))

flat = torch.linspace(-1.0, 1.0, 6, dtype=torch.float64)[None].clone()
parameter = flat.clone().requires_grad_()
theirs = torch.optim.Adam([parameter], lr=0.1, amsgrad=True)
state = student.amsgrad.init(flat)
options = {"learning_rate": 0.1, **student.amsgrad.defaults}
hyper = {name: torch.full((1, 1), value, dtype=torch.float64) for name, value in options.items()}
for step in range(1, 51):
    gradient = flat + torch.cos(7.0 * flat)
    parameter.grad = (parameter + torch.cos(7.0 * parameter)).detach()
    student.amsgrad.update(flat, gradient, state, torch.full_like(flat[:, :1], step), hyper)
    theirs.step()
assert torch.allclose(flat, parameter, atol=1e-12)

# %% [markdown]
# ## A registry of your own
#
# A `Registry` is a value. Tests build one from plugin objects and leave the installed plugins alone.

# %%
from deepstat.registry import Registry, registry

mine = Registry.from_plugins({"student": student})
print("losses beside the built-in ones:", mine.names("loss", builtin=False))
assert mine.qualified("loss", "student_t") == "student/student_t"
assert "student_t" not in registry().names("loss")  # the installed ones do not know it yet

# %% [markdown]
# ## Ship it
#
# One paragraph of `pyproject.toml` advertises the plugin. `pip install` writes it next to your package, and deepstat
# finds it there:
#
# ```toml
# [project]
# name = "deepstat-student"
# version = "0.1.0"
# dependencies = ["deepstat>=0.1"]
#
# [project.entry-points.deepstat]
# student = "deepstat_student"
# ```
#
# A tutorial should install nothing, so we write by hand the two small files that pip would.

# %%
installed = package / "deepstat_student-0.1.0.dist-info"
installed.mkdir()
(installed / "METADATA").write_text("Metadata-Version: 2.1\nName: deepstat-student\nVersion: 0.1.0\n")
(installed / "entry_points.txt").write_text("[deepstat]\nstudent = deepstat_student\n")

path = os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
listing = subprocess.run(
    [sys.executable, "-m", "deepstat", "plugins"],
    env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100"},
    capture_output=True,
    text=True,
    check=True,
).stdout
print(listing)
assert "student" in listing

# %% [markdown]
# ## Use it
#
# By name, in everything that takes a name. (`cache_clear` is needed only because this process began before the plugin
# was installed.)

# %%
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_val_score

import deepstat
from deepstat import DeepRegressor

registry.cache_clear()
X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
model = DeepRegressor(
    loss="student_t",
    loss_params={"df": 4.0},
    architecture="additive",
    architecture_params={"width": 8},
    optimizer="amsgrad",
    max_epochs=50,
    random_state=0,
)
r2 = cross_val_score(model, X, y, cv=KFold(5, shuffle=True, random_state=0))
print(f"diabetes, R² of five held-out fifths: {r2.mean():.2f} ({r2.min():.2f} to {r2.max():.2f})")
assert r2.mean() > 0.4

# %% [markdown]
# An additive model can be drawn: move one column, hold the others at their median, and the curve is that column's,
# whatever the median was.

# %%
model.fit(X, y)
FIGURES = Path(os.environ.get("DEEPSTAT_FIGURES") or tempfile.mkdtemp())
FIGURES.mkdir(parents=True, exist_ok=True)
labels = {"bmi": "body mass index (kg/m²)", "bp": "mean blood pressure (mmHg)", "s5": "s5, log triglycerides"}
figure, panels = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained", sharey=True)
for axes, (column, label) in zip(panels, labels.items(), strict=True):
    curves = []
    for others in (X.median(), X.quantile(0.25)):
        moved = X.sort_values(column).assign(**{name: others[name] for name in X if name != column})
        predicted = model.predict(moved)
        curves.append(predicted - predicted.mean())
    assert np.allclose(*curves, atol=1e-8)
    axes.plot(moved[column], curves[0], color="tab:blue", linewidth=2)
    axes.plot(moved[column], np.full(len(X), -95.0), "|", color="0.5", markersize=6)
    axes.set_xlabel(label)
    axes.set_ylim(-100, 130)
panels[0].set_ylabel("contribution to progression\n(score points, mean zero)")
figure.suptitle("Three of the ten curves of an additive network, fitted with Student's t")
figure.savefig(FIGURES / "additive.png", dpi=150)

# A saved model stores qualified names and asks for the plugin when it is loaded.
deepstat.save(model, FIGURES / "additive.deepstat")
assert np.array_equal(deepstat.load(FIGURES / "additive.deepstat").predict(X), model.predict(X))
print("saved and loaded:", deepstat.load(FIGURES / "additive.deepstat"))

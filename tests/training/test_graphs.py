import numpy as np
import pytest
import torch
from plans import distance, plan, table

from deepstat import DeepClassifier, DeepRegressor
from deepstat.registry import registry
from deepstat.training import gradients, graphs
from deepstat.training.loop import train

LOSSES = [(name, registry().record("loss", name)) for name in registry().names("loss", builtin=True)]


@pytest.fixture
def traced(monkeypatch):
    """Count the graphs traced, and trace from the first step on."""
    count = []
    honest = graphs.trace

    def counting(*args):
        count.append(1)
        return honest(*args)

    monkeypatch.setattr(graphs, "trace", counting)
    return count


def both_ways(fit, monkeypatch):
    monkeypatch.setattr(gradients, "STEPS_WORTH_TRACING", 10**9)
    plain = fit()
    monkeypatch.setattr(gradients, "STEPS_WORTH_TRACING", 0)
    graphs._GRAPHS.clear()
    return plain, fit()


@pytest.mark.parametrize(("name", "record"), LOSSES, ids=[name for name, _ in LOSSES])
def test_a_traced_step_of_every_loss_gives_what_vmap_gives(name, record, traced, monkeypatch):
    draw = np.random.default_rng(0)
    X = draw.normal(size=(60, 3))
    kind = DeepRegressor if record.task == "regression" else DeepClassifier
    y = np.exp(X[:, 0]) if record.task == "regression" else (X[:, 0] > 0).astype(int)

    def fit():
        settings = {"n_members": 2, "max_epochs": 3, "batch_size": 16, "random_state": 0}
        model = kind(loss=name, loss_params=dict(record.example) or None, **settings).fit(X, y)
        return torch.stack([member.flat for member in model.members_])

    plain, graph = both_ways(fit, monkeypatch)
    assert traced
    assert float((plain - graph).abs().max()) < 1e-12


@pytest.mark.parametrize(
    "params",
    [
        {"normalization": "batch", "dropout": 0.3},
        {"normalization": "layer", "activation": "prelu"},
        {"numeric_embedding": "periodic", "skip": True},
        {"numeric_embedding": "piecewise_linear", "activation": "swish"},
        {"one_hot_max": 1},
    ],
    ids=str,
)
def test_a_traced_step_of_every_kind_of_layer_gives_what_vmap_gives(params, traced, monkeypatch):
    pd = pytest.importorskip("pandas")
    draw = np.random.default_rng(0)
    X = pd.DataFrame(draw.normal(size=(60, 3))).add_prefix("x").assign(g=list("abcde") * 12)

    def fit():
        settings = {
            "n_members": 2,
            "max_epochs": 3,
            "batch_size": 16,
            "random_state": 0,
            "l1": 1e-3,
            "clip": 0.1,
        }
        model = DeepRegressor(architecture_params=params, **settings).fit(X, X["x0"])
        return torch.stack([member.flat for member in model.members_])

    plain, graph = both_ways(fit, monkeypatch)
    assert traced
    assert float((plain - graph).abs().max()) < 1e-12


def test_a_repeated_fit_traces_nothing(traced, monkeypatch):
    monkeypatch.setattr(gradients, "STEPS_WORTH_TRACING", 0)
    graphs._GRAPHS.clear()
    own = table()
    first = train([plan(own, seed=k) for k in range(2)])
    n = len(traced)
    again = train([plan(own, seed=k) for k in range(2)])
    assert n > 0
    assert len(traced) == n
    assert distance(first[0], again[0]) == 0.0

# ruff: noqa: E501, NPY002  # one case a line; numpy's global generator must not be touched
"""Bad input gets one clear sentence, trains nothing, and leaves a fitted model as it was."""

import copy
import re

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError

from deepstat import DeepClassifier, DeepRegressor
from deepstat.errors import UnknownName

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
Y = X @ [1.0, 2.0, -1.0]
LABELS = np.where(Y > 0, "yes", "no")
INFINITE = np.where(X > 1.5, np.inf, X)

# (settings, X, y, sample_weight, error, message): regressions
REGRESSION = {
    "lengths": ({}, X, Y[1:], None, ValueError, r"inconsistent numbers of samples: \[40, 39\]"),
    "no y": ({}, X, None, None, ValueError, "DeepRegressor requires y to be passed, but the target y is None"),
    "scalar y": ({}, X, 1.0, None, TypeError, "Expected sequence or array-like, got <class 'float'>"),
    "infinite X": ({}, INFINITE, Y, None, ValueError, "Input X contains infinity"),
    "infinite frame": ({}, pd.DataFrame(INFINITE), Y, None, ValueError, "Input X contains infinity"),
    "infinite y": ({}, X, np.where(Y > 1, np.inf, Y), None, ValueError, "Input y contains infinity"),
    "missing y": ({}, X, np.where(Y > 1, np.nan, Y), None, ValueError, "Input y contains NaN"),
    "text y": ({}, X, LABELS, None, ValueError, "y holds text such as 'yes'|y holds text such as 'no'"),
    "complex X": ({}, X.astype(complex), Y, None, ValueError, "Complex data not supported"),
    "one axis": ({}, X[:, 0], Y, None, ValueError, "Expected 2D array, got 1D array instead"),
    "no rows": ({}, X[:0], Y[:0], None, ValueError, r"Found array with 0 sample\(s\)"),
    "no columns": ({}, X[:, :0], Y, None, ValueError, r"0 feature\(s\)"),
    "objects": ({}, [[object()]] * 40, Y, None, TypeError, "the argument must be a string or a number"),
    "huge X": ({}, X * 1e200, Y, None, ValueError, "values so large that their squares overflow"),
    "negative weight": ({}, X, Y, np.r_[-1.0, np.ones(39)], ValueError, "Negative values in sample_weight: 1 entries"),
    "NaN weight": ({}, X, Y, np.r_[np.nan, np.ones(39)], ValueError, "Input sample_weight contains NaN"),
    "infinite weight": ({}, X, Y, np.r_[np.inf, np.ones(39)], ValueError, "Input sample_weight contains infinity"),
    "zero weights": ({}, X, Y, np.zeros(40), ValueError, "All entries of sample_weight are zero"),
    "weights' length": ({}, X, Y, np.ones(39), ValueError, "sample_weight has 39 entries for 40 rows"),
    "weights' axes": ({}, X, Y, np.ones((40, 2)), ValueError, "Sample weights must be 1D"),
    "loss": ({"loss": "hubber"}, X, Y, None, UnknownName, "Unknown loss 'hubber': choose one of absolute, .* Did you mean 'huber'"),
    "architecture": ({"architecture": "mpl"}, X, Y, None, UnknownName, "choose one of linear, mlp, resnet, .*Did you mean 'mlp'"),
    "optimizer": ({"optimizer": "adm"}, X, Y, None, UnknownName, "Unknown optimizer 'adm': .* Did you mean 'adam'"),
    "schedule": ({"schedule": "cosin"}, X, Y, None, UnknownName, "Unknown schedule 'cosin': .* Did you mean 'cosine'"),
    "initializer": ({"initializer": "he_norml"}, X, Y, None, UnknownName, "Unknown initializer 'he_norml': .* Did you mean 'he_normal'"),
    "activation": ({"architecture_params": {"activation": "rleu"}}, X, Y, None, UnknownName, "Unknown activation 'rleu': .* Did you mean 'relu'"),
    "plugin": ({"loss": "nowhere/huber"}, X, Y, None, UnknownName, "Unknown loss 'nowhere/huber'"),
    "dotted path": ({"loss": "os:system"}, X, Y, None, UnknownName, "Unknown loss 'os:system'"),
    "loss of classes": ({"loss": "focal"}, X, Y, None, ValueError, "loss='focal' is a classification loss: for regression choose one of"),
    "option of another loss": ({"loss": "quantile", "loss_params": {"delta": 1.0}}, X, Y, None, ValueError, "loss 'quantile' has no option 'delta': its options are tau"),
    "option out of range": ({"loss": "huber", "loss_params": {"delta": -1}}, X, Y, None, ValueError, r"huber: delta=-1.0 is not allowed; give a number in \(0, inf\)"),
    "option of text": ({"loss": "quantile", "loss_params": {"tau": "0.5"}}, X, Y, None, ValueError, "quantile: tau='0.5' is not allowed"),
    "scale": ({"loss": "huber", "loss_params": {"scale": "mda"}}, X, Y, None, ValueError, "scale='mda' is unknown: use 'mad', 'huber' or a positive number"),
    "negative scale": ({"loss": "huber", "loss_params": {"scale": -1.0}}, X, Y, None, ValueError, "scale=-1.0 must be 'mad', 'huber' or a positive number"),
    "architecture's option": ({"architecture_params": {"dropot": 0.1}}, X, Y, None, ValueError, "architecture 'tabular' has no option 'dropot': .* Did you mean 'dropout'"),
    "layer sizes": ({"architecture_params": {"hidden_layer_sizes": 64}}, X, Y, None, ValueError, "hidden_layer_sizes is 64; give a sequence"),
    "optimizer's option": ({"optimizer_params": {"beta_1": 0.9}}, X, Y, None, ValueError, "optimizer 'adam' has no option 'beta_1': .* Did you mean 'beta1'"),
    "optimizer's text": ({"optimizer_params": {"beta1": "high"}}, X, Y, None, ValueError, "optimizer 'adam': beta1='high' must be a number"),
    "torch's option": ({"optimizer": torch.optim.Adam, "optimizer_params": {"bets": 1}}, X, Y, None, TypeError, "Adam has no option 'bets'"),
    "schedule's option": ({"schedule": "cosine", "schedule_params": {"ends": 0.1}}, X, Y, None, ValueError, "schedule 'cosine' has no option 'ends'"),
    "initializer's option": ({"initializer": "normal", "initializer_params": {"sd": 1.0}}, X, Y, None, ValueError, "initializer 'normal' has no option 'sd'"),
    "no initializer": ({"initializer_params": {"bias": 1.0}}, X, Y, None, ValueError, "needs an initializer: name one"),
    "domain": ({"loss": "gamma"}, X, Y, None, ValueError, r"values of y, such as .*, lie outside what this model allows \(y > 0\)"),
    "threshold": ({"architecture_params": {"activation": "threshold"}}, X, Y, None, ValueError, "has zero gradient everywhere"),
    "network's shape": ({"architecture": lambda i, k: torch.nn.Linear(i.n_numeric, k + 1)}, X, Y, None, ValueError, r"returned shape \(2, 2\) for 2 rows, but this target needs \(2, 1\)"),
    "no network": ({"architecture": lambda i, k: 3}, X, Y, None, TypeError, "returned int, not an nn.Module"),
    "no weights": ({"architecture": lambda i, k: torch.nn.Identity()}, X[:, :1], Y, None, ValueError, "no parameters, so there is nothing to train"),
    "reduced loss": ({"loss": lambda p, t: (p - t).square().mean()}, X, Y, None, ValueError, r"The loss returned shape \(\) for 2 rows, but must return \(2,\)"),
    "device": ({"device": "cpus"}, X, Y, None, ValueError, "device='cpus' is not a device: use 'auto', 'cpu'"),
    "absent device": ({"device": "cuda:77"}, X, Y, None, ValueError, "device='cuda:77' is not available on this machine"),
    "precision": ({"precision": "f32"}, X, Y, None, ValueError, "precision='f32' is unknown: use one of 'auto', 'float32'"),
    "freeze": ({"freeze": ["linear_9"]}, X, Y, None, ValueError, "freeze='linear_9' names no layer"),
    "unwritable checkpoint": ({"checkpoint": "/proc/none", "random_state": 0}, X, Y, None, ValueError, "checkpoint='/proc/none' cannot be written"),
    "checkpoint without seed": ({"checkpoint": "somewhere", "random_state": None}, X, Y, None, ValueError, "needs random_state to be an integer"),
    "compiled torch optimizer": ({"compile": True, "optimizer": torch.optim.Adam}, X, Y, None, ValueError, "compile=True cannot compile a torch.optim class"),
    "one row to split": ({"early_stopping": True}, X[:1], Y[:1], None, ValueError, "1 rows are too few to hold some out"),
}  # fmt: skip
CLASSIFICATION = {
    "lengths": ({}, X, LABELS[1:], None, ValueError, r"inconsistent numbers of samples: \[40, 39\]"),
    "one class": ({}, X, ["yes"] * 40, None, ValueError, "can't train when only one class is present"),
    "one weighted class": ({}, X, LABELS, (LABELS == "yes") * 1.0, ValueError, "can't train when only one class"),
    "continuous": ({}, X, Y, None, ValueError, "Unknown label type: continuous"),
    "missing label": ({}, X, [None, *LABELS[1:]], None, ValueError, "a label is missing; drop such rows"),
    "no probabilities": ({}, X, np.abs(X), None, ValueError, "of its rows are no class probabilities"),
    "several labels": ({}, X, np.c_[LABELS, LABELS], None, ValueError, "y should be a 1d array"),
    "loss of numbers": ({"loss": "huber"}, X, LABELS, None, ValueError, "loss='huber' is a regression loss: for classification choose one of"),
    "class weight": ({"class_weight": "balancd"}, X, LABELS, None, ValueError, "class_weight='balancd' is unknown; .* Did you mean 'balanced'"),
    "no beta": ({"class_weight": "effective_number"}, X, LABELS, None, ValueError, "give {'beta': b} with b between 0 and 1"),
    "beta alone": ({"class_weight_params": {"beta": 0.9}}, X, LABELS, None, ValueError, "does not fit class_weight=None; leave it out"),
    "weight of no class": ({"class_weight": {"maybe": 2.0}}, X, LABELS, None, ValueError, "class_weight names 'maybe', which is no class of y"),
    "weight of zero": ({"class_weight": {"no": 0.0}}, X, LABELS, None, ValueError, "class_weight of 'no' is 0.0; give a positive number"),
    "alpha twice": ({"class_weight": "balanced", "loss": "focal", "loss_params": {"alpha": 0.3}}, X, LABELS, None, ValueError, "both weigh the classes: give one of them"),
    "alpha of three": ({"loss": "focal", "loss_params": {"alpha": 0.3}}, X, np.arange(40) % 3, None, ValueError, "alpha=.* weighs two classes, not 3"),
}  # fmt: skip
CASES = {
    **{f"regression: {name}": (DeepRegressor, Y, *case) for name, case in REGRESSION.items()},
    **{f"classification: {name}": (DeepClassifier, LABELS, *case) for name, case in CLASSIFICATION.items()},
}


def state_of(model):
    return {name: copy.deepcopy(value) for name, value in vars(model).items() if name.endswith("_")}


def same(one, other):
    return one.keys() == other.keys() and all(
        repr(one[name]) == repr(other[name]) for name in one if name not in ("members_", "classes_")
    )


@pytest.mark.parametrize("case", CASES)
def test_bad_input_gets_one_sentence_and_harms_no_fitted_model(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cls, good, settings, table, target, weight, error, message = CASES[case]
    before = np.random.get_state()[1].tolist()
    with pytest.raises(error, match=message) as told:
        cls(max_epochs=2, **settings).fit(table, target, weight)
    if not message.startswith(("Expected 2D", "Complex")):  # scikit-learn's own words, with the array shown
        assert "\n" not in str(told.value)
    assert np.random.get_state()[1].tolist() == before
    model = cls(max_epochs=2, random_state=0).fit(X, good)
    kept, raw = state_of(model), model._raw(X)[0]
    with pytest.raises(error, match=message):
        model.set_params(**settings).fit(table, target, weight)
    assert same(state_of(model), kept)
    np.testing.assert_array_equal(model._raw(X)[0], raw)
    assert model.predict(X).shape == (40,)


class Stop(Exception):
    pass


@pytest.mark.parametrize("raised", [Stop, KeyboardInterrupt])
@pytest.mark.parametrize("warm_start", [False, True])
def test_an_interrupted_fit_leaves_the_model_as_it_was(raised, warm_start):
    def interrupt(member, entry):
        if entry["epoch"] >= 2:
            raise raised

    model = DeepRegressor(architecture="mlp", max_epochs=3, random_state=0, warm_start=warm_start).fit(X, Y)
    kept, before = state_of(model), model.predict(X)
    state = torch.get_rng_state()
    with pytest.raises(raised):
        model.set_params(on_epoch=interrupt, verbose=1).fit(X + 1.0, -Y)
    assert torch.equal(torch.get_rng_state(), state)
    assert same(state_of(model), kept)
    np.testing.assert_array_equal(model.predict(X), before)
    model.set_params(on_epoch=None).fit(X, Y)  # and nothing of the bar is left behind


def test_a_first_fit_that_fails_leaves_no_attributes():
    model = DeepRegressor(architecture="mlp", loss="gamma")
    with pytest.raises(ValueError, match="lie outside"):
        model.fit(X, Y)
    assert [name for name in vars(model) if name.endswith("_")] == []
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_predicting_before_fit_or_with_other_columns_is_refused():
    for name in ("predict", "predict_proba", "predict_log_proba", "predict_raw_proba", "decision_function"):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(DeepClassifier(), name)(X)
    with pytest.raises(NotFittedError):
        _ = DeepRegressor().network_
    model = DeepRegressor(architecture="mlp", max_epochs=1).fit(X, Y)
    with pytest.raises(
        ValueError, match="X has 2 features, but DeepRegressor is expecting 3 features as input"
    ):
        model.predict(X[:, :2])
    with pytest.raises(ValueError, match="Input X contains infinity"):
        model.predict(INFINITE)
    with pytest.raises(ValueError, match="now holds text or categories such as '1'"):
        model.predict([["1", 2.0, 3.0]])


def test_all_missing_columns_are_allowed_and_reported_once():
    table = pd.DataFrame(X, columns=["a", "b", "c"]).assign(none=np.nan, never=None)
    with pytest.warns(UserWarning, match="encoded as 0; leave them out: 'none', 'never'") as told:
        model = DeepRegressor(architecture="mlp", max_epochs=1, n_members=2, random_state=0).fit(table, Y)
    assert len(told) == 1
    plain = model.predict(table)
    np.testing.assert_array_equal(model.predict(table.assign(none=5.0)), plain)


@pytest.mark.parametrize("cls", [DeepRegressor, DeepClassifier])
def test_a_single_column_of_targets_is_told_once(cls):
    target = Y if cls is DeepRegressor else LABELS
    with pytest.warns(match="A column-vector y was passed") as told:
        model = cls(max_epochs=1, random_state=0).fit(X, target[:, None])
    assert len(told) == 1
    assert model.predict(X).shape == (40,)


@pytest.mark.parametrize(
    "name", ["learning_rate", "max_epochs", "patience", "n_members", "batch_size", "clip", "l1", "tol"]
)
@pytest.mark.parametrize("value", [-1, float("nan"), "many", [1]])
def test_parameters_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=re.escape(f"The '{name}' parameter of DeepRegressor must be")):
        DeepRegressor(**{name: value}).fit(X, Y)


class Branching(torch.nn.Module):
    """Looks at a value."""

    def __init__(self, inputs, n_outputs):
        super().__init__()
        self.linear = torch.nn.Linear(inputs.width, n_outputs)

    def forward(self, x):
        return self.linear(x) * (2.0 if float(x.abs().max()) > 1.0 else 1.0)


def test_a_network_that_cannot_be_compiled_is_told_or_runs_eagerly(X, y, monkeypatch):
    settings = {"architecture": Branching, "max_epochs": 2, "random_state": 0}
    with pytest.raises(ValueError, match=r"'Branching' branches on values .* so its step cannot be compiled"):
        DeepRegressor(compile=True, **settings).fit(X, y)
    monkeypatch.setattr("deepstat.training.compiling.COMPILATION", 0.0)
    auto = DeepRegressor(compile="auto", **settings).fit(X, y)
    eager = DeepRegressor(compile=False, **settings).fit(X, y)
    assert (auto.predict(X) == eager.predict(X)).all()

# ruff: noqa: E501  # one case a line
"""Saved models come back to the bit, and a failed save changes nothing."""

import builtins
import errno
import json
import os
import pickle
import resource

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import safe_open

import deepstat
from deepstat import DeepClassifier, DeepRegressor
from deepstat.errors import FileError
from deepstat.registry import registry

N = 60
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "number": RNG.normal(size=N),
        "gap": np.where(np.arange(N) % 6, RNG.normal(size=N), np.nan),
        "word": np.array(["red", "blue", "green"])[np.arange(N) % 3],
        "code": pd.Categorical(np.arange(N) % 4),
        "flag": np.arange(N) % 2 == 0,
        "day": pd.date_range("2021-03-01", periods=N, freq="17h", tz="Europe/Berlin"),
        "none": 1.0,
    }
)
Y = TABLE["number"].to_numpy() * 10 + 50
LABELS = np.array(["low", "mid", "top"])[np.digitize(Y, [45.0, 55.0])]
SOFT = np.random.default_rng(1).dirichlet([1.0, 1.0, 1.0], size=N)
FAST = {"max_epochs": 2, "random_state": 0}
DEEP = {"dropout": 0.1, "normalization": "batch", "numeric_embedding": "piecewise_linear", "one_hot_max": 2}

MODELS = {
    "plain": (DeepRegressor, {}, Y),
    "linear": (DeepRegressor, {"architecture": "linear", "freeze": ["linear.bias"], "l1": 0.1, "l2": 0.2, "clip": 1.0}, Y),
    "embeddings": (DeepRegressor, {"architecture_params": DEEP}, Y),
    "periodic": (DeepRegressor, {"architecture_params": {"numeric_embedding": "periodic", "activation": "swish", "activation_params": {"beta": 2.0}}}, Y),
    "resnet": (DeepRegressor, {"architecture": "resnet", "architecture_params": {"width": 8}}, Y),
    "tabm": (DeepRegressor, {"architecture": "tabm", "architecture_params": {"n_heads": 3, "width": 8}, "n_members": 2}, Y),
    "tabm mini": (DeepClassifier, {"architecture": "tabm", "architecture_params": {"n_heads": 3, "width": 8, "shared": "mini", "numeric_embedding": "periodic"}}, LABELS),
    "members": (DeepRegressor, {"n_members": 3, "early_stopping": True}, Y),
    "several outputs": (DeepRegressor, {"loss": "huber"}, np.c_[Y, -Y]),
    "robust": (DeepRegressor, {"loss": "tukey", "loss_params": {"c": 3.0, "scale": "huber"}}, Y),
    "constants": (DeepRegressor, {"loss": "barron_likelihood", "n_members": 2}, Y),
    "positive": (DeepRegressor, {"loss": "gamma", "schedule": "constant"}, np.abs(Y)),
    "float32": (DeepRegressor, {"precision": "float32", "optimizer": "rmsprop"}, Y),
    "initializer": (DeepRegressor, {"initializer": "uniform", "initializer_params": {"bias": 0.5}}, Y),
    "text classes": (DeepClassifier, {"class_weight": {"low": 2.0, "mid": np.float64(1.0)}}, LABELS),
    "two classes": (DeepClassifier, {"loss": "focal", "loss_params": {"gamma": 1.0, "alpha": 0.3}}, LABELS == "low"),
    "whole classes": (DeepClassifier, {"loss": "hinge"}, np.digitize(Y, [45.0, 55.0]).astype(np.uint8)),
    "object classes": (DeepClassifier, {"class_weight": "effective_number", "class_weight_params": {"beta": 0.9}}, LABELS.astype(object)),
    "long text": (DeepClassifier, {}, LABELS.astype("U50")),
    "soft targets": (DeepClassifier, {"class_weight": {0: 3.0}, "loss_params": {"label_smoothing": 0.1}}, SOFT),
}  # fmt: skip


def fitted(name):
    cls, settings, target = MODELS[name]
    return cls(**FAST, **settings).fit(TABLE, target), target


def outputs(model, table=TABLE):
    methods = ["predict", "decision_function", "predict_proba", "predict_raw_proba"]
    return [getattr(model, name)(table) for name in methods if hasattr(model, name)]


@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_predicts_and_goes_on_to_the_bit(name, tmp_path):
    model, target = fitted(name)
    deepstat.save(model, tmp_path / "model")
    twin = deepstat.load(tmp_path / "model")
    assert type(twin) is type(model)
    odd = TABLE.assign(word="violet", gap=np.nan, day=pd.NaT)
    for table in (TABLE, odd):
        for one, other in zip(outputs(model, table), outputs(twin, table), strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
    assert twin.get_params() == model.get_params()
    for attribute in (
        "schema_",
        "target_",
        "history_",
        "n_iter_",
        "best_epochs_",
        "n_features_in_",
        "n_outputs_",
        "n_steps_",
    ):
        assert getattr(twin, attribute) == getattr(model, attribute), attribute
    np.testing.assert_array_equal(twin.feature_names_in_, model.feature_names_in_)
    np.testing.assert_array_equal(twin.class_weight_, model.class_weight_)
    assert {k: v.tolist() for k, v in twin.constants_.items()} == {
        k: v.tolist() for k, v in model.constants_.items()
    }
    if isinstance(model, DeepClassifier):
        assert twin.classes_.dtype == model.classes_.dtype
    if not isinstance(model.get_params().get("class_weight"), str):
        for each in (model, twin):
            each.partial_fit(TABLE, target)
        for one, other in zip(outputs(model), outputs(twin), strict=True):
            np.testing.assert_array_equal(one, other)
    deepstat.save(twin, tmp_path / "again")
    np.testing.assert_array_equal(outputs(deepstat.load(tmp_path / "again"))[0], outputs(twin)[0])


def test_models_of_arrays_and_sparse_tables_come_back(tmp_path):
    from scipy import sparse

    X = np.random.default_rng(0).normal(size=(N, 3))
    for table in (X, X.astype(np.float32), sparse.csr_array(X)):
        model = DeepRegressor(architecture="mlp", **FAST).fit(table, Y)
        deepstat.save(model, tmp_path / "model")
        twin = deepstat.load(tmp_path / "model")
        np.testing.assert_array_equal(twin.predict(table), model.predict(table))
        assert not hasattr(twin, "feature_names_in_")


def test_settings_of_one_machine_are_left_out(tmp_path):
    source = DeepRegressor(architecture="mlp", **FAST).fit(TABLE, Y)
    settings = {
        "start_from": source,
        "on_epoch": lambda member, entry: None,
        "checkpoint": tmp_path / "checkpoints",
    }
    model = DeepRegressor(**FAST, **settings).fit(TABLE, Y)
    deepstat.save(model, tmp_path / "model")
    twin = deepstat.load(tmp_path / "model")
    assert (twin.start_from, twin.on_epoch, twin.checkpoint) == (None, None, None)
    np.testing.assert_array_equal(twin.predict(TABLE), model.predict(TABLE))


def test_a_random_state_instance_is_no_setting(tmp_path):
    model = DeepRegressor(architecture="mlp", max_epochs=1, random_state=np.random.RandomState(0)).fit(
        TABLE, Y
    )
    deepstat.save(model, tmp_path / "model")
    twin = deepstat.load(tmp_path / "model")
    assert twin.random_state is None
    np.testing.assert_array_equal(twin.predict(TABLE), model.predict(TABLE))


def test_settings_changed_after_the_fit_do_not_change_the_model(tmp_path):
    model = DeepRegressor(architecture="mlp", **FAST, loss="gamma").fit(TABLE, np.abs(Y))
    expected = model.predict(TABLE)
    model.set_params(loss="huber", architecture="linear")
    deepstat.save(model, tmp_path / "model")
    twin = deepstat.load(tmp_path / "model")
    assert twin.loss == "huber"
    np.testing.assert_array_equal(twin.predict(TABLE), expected)


def own_loss(prediction, target, *, weight_above=2.0):
    residual = target - prediction
    return torch.where(residual > 0, weight_above, 1.0).mul(residual.square()).mean(dim=1)


def test_callables_are_supplied_again(tmp_path):
    settings = {"loss": own_loss, "loss_params": {"weight_above": 3.0}, "optimizer": torch.optim.Adamax}
    model = DeepRegressor(**FAST, **settings).fit(TABLE, Y)
    path = tmp_path / "model"
    deepstat.save(model, path)
    with pytest.raises(
        FileError, match=r"fitted with a callable as 'loss': give it again, load\(path, components="
    ):
        deepstat.load(path)
    with pytest.raises(FileError, match="fitted with a callable as 'optimizer'"):
        deepstat.load(path, components={"loss": own_loss})
    with pytest.raises(FileError, match=r"'schedule': ...} is not asked for by this file"):
        deepstat.load(
            path, components={"loss": own_loss, "optimizer": torch.optim.Adamax, "schedule": own_loss}
        )
    twin = deepstat.load(path, components={"loss": own_loss, "optimizer": torch.optim.Adamax})
    np.testing.assert_array_equal(twin.predict(TABLE), model.predict(TABLE))
    np.testing.assert_array_equal(
        twin.partial_fit(TABLE, Y).predict(TABLE), model.partial_fit(TABLE, Y).predict(TABLE)
    )


def test_what_cannot_be_saved_is_said_in_a_sentence(tmp_path):
    model = DeepRegressor(architecture="mlp", **FAST, architecture_params={"activation": torch.tanh}).fit(
        TABLE, Y
    )
    with pytest.raises(
        FileError, match=r"architecture_params=.* cannot be saved: register it in a plugin and use its name"
    ):
        deepstat.save(model, tmp_path / "model")

    class Own(DeepRegressor):
        pass

    with pytest.raises(
        FileError, match=r"Own cannot be saved: deepstat.save takes DeepRegressor, DeepClassifier"
    ):
        deepstat.save(Own(**FAST).fit(TABLE, Y), tmp_path / "model")
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        deepstat.save(DeepRegressor(), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_no_training_row_is_in_the_file(tmp_path):
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(50, 4)) * np.pi, rng.normal(size=50) * np.e
    model = DeepRegressor(
        architecture="mlp",
        max_epochs=2,
        early_stopping=True,
        architecture_params={"numeric_embedding": "piecewise_linear"},
    )
    deepstat.save(model.fit(X, y), tmp_path / "model")
    data = (tmp_path / "model").read_bytes()
    for i in range(50):
        for dtype in (np.float64, np.float32):
            assert X[i, :2].astype(dtype).tobytes() not in data
            assert y[i : i + 2].astype(dtype).tobytes() not in data or i == 49
        assert repr(float(y[i])).encode() not in data
        assert all(repr(float(value)).encode() not in data for value in X[i])


# -- writing ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def model():
    return DeepRegressor(architecture="mlp", **FAST).fit(TABLE, Y)


def test_an_unwritable_place_is_told(model, tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "none" / "model", tmp_path / "file" / "model", tmp_path, "/proc/model"):
        with pytest.raises(FileError, match=r"The model cannot be saved to .*: nothing was changed there"):
            deepstat.save(model, path)


@pytest.mark.parametrize("call", ["fsync", "replace", "write"])
def test_a_failed_save_leaves_the_old_file(call, model, tmp_path, monkeypatch):
    path = tmp_path / "model"
    deepstat.save(model, path)
    before = path.read_bytes()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    class Full:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *details):
            self.file.close()

        write = full

    if call == "write":
        really = builtins.open
        monkeypatch.setattr(
            builtins,
            "open",
            lambda p, m="r", **k: Full(really(p, m, **k)) if "partial" in str(p) else really(p, m, **k),
        )
    else:
        monkeypatch.setattr(os, call, full)
    with pytest.raises(FileError, match="No space left on device"):
        deepstat.save(model.partial_fit(TABLE, Y), path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


def test_a_file_that_may_not_grow_leaves_the_old_one(model, tmp_path):
    path = tmp_path / "model"
    deepstat.save(model, path)
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(FileError, match="File too large"):
            deepstat.save(model, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["model"]


def test_names_are_stored_with_their_plugin(tmp_path):
    model = DeepRegressor(architecture="mlp", **FAST, architecture_params={"activation": "tanh"}).fit(
        TABLE, Y
    )
    deepstat.save(model, tmp_path / "model")
    with safe_open(str(tmp_path / "model"), framework="pt") as file:
        document = json.loads(file.metadata()["deepstat"])
    assert document["components"]["architecture"] == "deepstat/mlp"
    assert document["components"]["activation:0"] == "deepstat/tanh"
    assert document["plugins"]["deepstat"] == registry().plugins[0].version
    twin = deepstat.load(tmp_path / "model")
    assert twin._recipe["architecture_params"]["activation"] == "deepstat/tanh"
    assert twin.architecture_params["activation"] == "tanh"


def test_a_pickle_is_never_read(model, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        pytest.fail("unpickled")

    deepstat.save(model, tmp_path / "model")
    for module, name in ((pickle, "loads"), (pickle, "load"), (pickle, "Unpickler"), (torch, "load")):
        monkeypatch.setattr(module, name, refuse)
    assert deepstat.load(tmp_path / "model").predict(TABLE).shape == (N,)

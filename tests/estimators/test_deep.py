"""Tables of every container and kind go in as they are; rows are predicted one by one."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from deepstat import DeepClassifier, DeepRegressor

FAST = {"max_epochs": 4, "random_state": 0}


@pytest.fixture(scope="module")
def frame(X):
    return pd.DataFrame(X, columns=["a", "b", "c"])


@pytest.fixture(scope="module")
def mixed(X):
    n = len(X)
    return pd.DataFrame(
        {
            "number": X[:, 0],
            "whole": np.arange(n) % 5,
            "gap": np.where(np.arange(n) % 6, X[:, 1], np.nan),
            "word": np.array(["red", "blue", "green"])[np.arange(n) % 3],
            "gappy word": [None if i % 4 == 0 else "xy"[i % 2] for i in range(n)],
            "flag": np.arange(n) % 2 == 0,
            "day": pd.date_range("2021-03-01", periods=n, freq="17h"),
            "constant": 7.0,
        }
    )


CONTAINERS = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "array": lambda frame: frame.to_numpy(),
    "fortran": lambda frame: np.asfortranarray(frame.to_numpy()),
    "read-only": lambda frame: _read_only(frame.to_numpy().copy()),
    "strided": lambda frame: np.repeat(frame.to_numpy(), 2, axis=0)[::2],
    "backwards": lambda frame: frame.to_numpy()[::-1].copy()[::-1],
    "objects": lambda frame: frame.to_numpy().astype(object),
    "lists": lambda frame: frame.to_numpy().tolist(),
    "nullable": lambda frame: frame.convert_dtypes(),
    "arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "masked": lambda frame: np.ma.masked_array(frame.to_numpy()),
}


def _read_only(array):
    array.setflags(write=False)
    return array


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names", "ignore:X has feature names")
def test_every_container_gives_the_same_fit(container, frame, y):
    table = CONTAINERS[container](frame)
    expected = DeepRegressor(architecture="mlp", **FAST).fit(frame, y).predict(frame)
    model = DeepRegressor(architecture="mlp", **FAST).fit(table, y)
    np.testing.assert_allclose(model.predict(table), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.predict(frame), expected, rtol=0, atol=1e-12)


MIXED = {
    "polars": pl.from_pandas,
    "categorical": lambda frame: frame.astype({"word": "category", "gappy word": "category"}),
    "nullable": lambda frame: frame.convert_dtypes(),
    "arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "objects": lambda frame: frame.astype(object),
    "array of objects": lambda frame: frame.astype(object).to_numpy(),
    "lists": lambda frame: frame.astype(object).to_numpy().tolist(),
}


@pytest.mark.parametrize("container", MIXED)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names", "ignore:X has feature names")
def test_mixed_tables_mean_the_same_in_every_container(container, mixed, y):
    table = MIXED[container](mixed)
    expected = DeepRegressor(architecture="mlp", **FAST).fit(mixed, y).predict(mixed)
    model = DeepRegressor(architecture="mlp", **FAST).fit(table, y)
    np.testing.assert_allclose(model.predict(table), expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(model.predict(mixed), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array])
def test_sparse_tables_are_dense_tables_without_centring(form, X, y):
    values = np.where(np.abs(X) > 0.5, X, 0.0)
    table = form(values)
    model = DeepRegressor(architecture="linear", learning_rate=0.05, max_epochs=400, random_state=0).fit(
        table, y
    )
    dense = DeepRegressor(architecture="linear", learning_rate=0.05, max_epochs=400, random_state=0).fit(
        values, y
    )
    np.testing.assert_allclose(model.predict(table), dense.predict(values), atol=0.02)
    np.testing.assert_allclose(model.predict(values), model.predict(table), rtol=0, atol=1e-12)
    np.testing.assert_allclose(dense.predict(table), dense.predict(values), rtol=0, atol=1e-12)


@pytest.mark.parametrize("architecture", ["linear", "mlp", "resnet"])
@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_the_prediction_of_a_row_does_not_depend_on_the_others(
    architecture, precision, mixed, y, three, monkeypatch
):
    settings = {"architecture": architecture, "precision": precision, "n_members": 2, **FAST}
    tolerance = 1e-5 if precision == "float32" else 1e-12
    for model, name in (
        (DeepRegressor(**settings).fit(mixed, y), "predict"),
        (DeepClassifier(**settings).fit(mixed, three), "predict_proba"),
    ):
        call = getattr(model, name)
        whole = call(mixed)
        np.testing.assert_array_equal(call(mixed), whole)
        alone = np.concatenate([call(mixed[i : i + 1]) for i in range(len(mixed))])
        np.testing.assert_allclose(alone, whole, rtol=0, atol=tolerance)
        order = np.random.default_rng(0).permutation(len(mixed))
        np.testing.assert_allclose(call(mixed.iloc[order]), whole[order], rtol=0, atol=tolerance)
        monkeypatch.setattr("deepstat.estimators.network_estimator.CHUNK", 7)
        np.testing.assert_allclose(call(mixed), whole, rtol=0, atol=tolerance)
        monkeypatch.undo()


def test_unseen_levels_and_new_gaps_are_predicted(mixed, y):
    model = DeepRegressor(architecture="mlp", **FAST).fit(mixed, y)
    odd = mixed.assign(word="violet", number=np.nan, flag=None, day=pd.NaT)
    odd["gappy word"] = "never"
    found = model.predict(odd)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(
        found, model.predict(odd.assign(word="orange"))
    )  # all unseen levels are one
    with_gap = model.predict(mixed.assign(word=None))
    np.testing.assert_array_equal(
        with_gap, model.predict(mixed.assign(word="violet"))
    )  # no gap was seen there


def test_dates_come_in_many_forms(mixed, y):
    expected = DeepRegressor(architecture="mlp", **FAST).fit(mixed[["day"]], y).predict(mixed[["day"]])
    days = mixed["day"]
    forms = [
        pd.DataFrame({"day": days.astype("datetime64[s]")}),
        pd.DataFrame({"day": [each.to_pydatetime() for each in days]}, dtype=object),
        pl.DataFrame({"day": days}),
    ]
    for table in forms:
        model = DeepRegressor(architecture="mlp", **FAST).fit(table, y)
        assert model.schema_.columns[0].kind == "datetime"
        np.testing.assert_allclose(model.predict(table), expected, atol=1e-9)
    dates = [[datetime.date(2020, 1, 1) + datetime.timedelta(days=i)] for i in range(60)]
    assert np.isfinite(DeepRegressor(architecture="mlp", **FAST).fit(dates, y).predict(dates)).all()


def test_constant_columns_change_nothing(frame, y):
    model = DeepRegressor(architecture="linear", **FAST).fit(frame.assign(seven=7.0), y)
    found = model.predict(frame.assign(seven=7.0))
    np.testing.assert_array_equal(model.predict(frame.assign(seven=1e9)), found)


TARGETS = {
    "float32": lambda y: y.astype(np.float32),
    "list": lambda y: y.tolist(),
    "series": pd.Series,
    "shuffled index": lambda y: pd.Series(y, index=np.random.default_rng(0).permutation(len(y))),
    "nullable": lambda y: pd.Series(y, dtype="Float64"),
    "arrow": lambda y: pd.Series(y, dtype="float64[pyarrow]"),
    "polars": pl.Series,
    "objects": lambda y: y.astype(object),
}


@pytest.mark.parametrize("form", TARGETS)
def test_targets_of_every_form(form, X, y):
    found = (
        DeepRegressor(architecture="mlp", **FAST)
        .fit(X, TARGETS[form](y), sample_weight=pd.Series(np.ones(60)))
        .predict(X)
    )
    expected = DeepRegressor(architecture="mlp", **FAST).fit(X, y, sample_weight=np.ones(60)).predict(X)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


LABELS = {
    "text": lambda c: np.array(["no", "yes"])[c],
    "objects": lambda c: np.array(["no", "yes"], dtype=object)[c],
    "list": lambda c: [["no", "yes"][i] for i in c],
    "pandas text": lambda c: pd.Series(np.array(["no", "yes"])[c]),
    "category": lambda c: pd.Series(np.array(["no", "yes"])[c]).astype("category"),
    "polars": lambda c: pl.Series(np.array(["no", "yes"])[c]),
    "booleans": lambda c: c == 1,
    "nullable booleans": lambda c: pd.Series(c == 1, dtype="boolean"),
    "integers": lambda c: c * 5 - 2,
    "small integers": lambda c: c.astype(np.uint8),
    "whole floats": lambda c: c.astype(float),
}


@pytest.mark.parametrize("form", LABELS)
def test_labels_of_every_form(form, X, y):
    given = LABELS[form]((y > 0).astype(int))
    model = DeepClassifier(architecture="mlp", **FAST).fit(X, given)
    expected = DeepClassifier(architecture="mlp", **FAST).fit(X, (y > 0).astype(int))
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    predicted = model.predict(X)
    assert predicted.dtype == model.classes_.dtype
    assert set(predicted.tolist()) <= set(np.asarray(given).tolist())
    assert model.score(X, given) == expected.score(X, (y > 0).astype(int))


def test_several_outputs_keep_their_order_and_units(X, y):
    both = np.c_[y, 1000 * X[:, 1] + 5e4]
    settings = {"architecture": "linear", "learning_rate": 0.05, "max_epochs": 300, "random_state": 0}
    model = DeepRegressor(**settings).fit(X, both)
    found = model.predict(X)
    assert found.shape == (60, 2)
    np.testing.assert_allclose(found, both, atol=0.01 * both.std(axis=0).max())
    assert model.score(X, both) > 0.99
    assert DeepRegressor(architecture="mlp", **FAST).fit(X, pd.DataFrame(both)).predict(X).shape == (60, 2)
    one = DeepRegressor(architecture="mlp", **FAST).fit(X, pd.DataFrame(both)[[0]].to_numpy().ravel())
    assert one.predict(X).shape == (60,)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_hard_labels_are_soft_targets_of_zero_and_one(n_classes, X, y):
    codes = np.digitize(y, [0.0] if n_classes == 2 else [-1.0, 1.0])
    soft = np.eye(n_classes)[codes]
    one, other = (
        DeepClassifier(architecture="mlp", **FAST).fit(X, codes),
        DeepClassifier(architecture="mlp", **FAST).fit(X, soft),
    )
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    np.testing.assert_array_equal(other.classes_, np.arange(n_classes))
    partial = DeepClassifier(architecture="mlp", random_state=0).partial_fit(X, soft).partial_fit(X, soft)
    np.testing.assert_array_equal(
        partial.predict_proba(X),
        DeepClassifier(architecture="mlp", random_state=0)
        .partial_fit(X, codes)
        .partial_fit(X, codes)
        .predict_proba(X),
    )


def test_float32_in_float32_out(X, y, three):
    small = X.astype(np.float32)
    model, classifier = (
        DeepRegressor(architecture="mlp", **FAST).fit(small, y),
        DeepClassifier(architecture="mlp", **FAST).fit(small, three),
    )
    assert str(model.network_.output.weight.dtype) == "torch.float32"
    for found in (model.predict(small), classifier.predict_proba(small), classifier.decision_function(small),
                  classifier.predict_raw_proba(small), classifier.predict_log_proba(small)):  # fmt: skip
        assert found.dtype == np.float32
    assert model.predict(X).dtype == np.float64
    assert model.predict(pd.DataFrame(small)).dtype == np.float32
    assert DeepRegressor(architecture="mlp", **FAST).fit(X, y).predict(X).dtype == np.float64
    assert (
        DeepRegressor(architecture="mlp", precision="float64", **FAST)
        .fit(small, y)
        .network_.output.weight.dtype.itemsize
        == 8
    )
    np.testing.assert_allclose(
        model.predict(small),
        DeepRegressor(architecture="mlp", **FAST).fit(X, y).predict(X),
        rtol=1e-3,
        atol=1e-3,
    )


def test_mixed_precision_trains(X, y):
    model = DeepRegressor(
        architecture="mlp", precision="bfloat16", max_epochs=60, learning_rate=0.02, random_state=0
    ).fit(X, y)
    assert model.score(X, y) > 0.9


def test_tiny_tables_are_fitted():
    for n in (1, 2, 3):
        model = DeepRegressor(architecture="mlp", max_epochs=2, batch_size=1, random_state=0).fit(
            np.arange(n)[:, None], np.arange(n)
        )
        assert np.isfinite(model.predict([[0.5]])).all()
    model = DeepClassifier(architecture="mlp", max_epochs=2, early_stopping=True, random_state=0).fit(
        [[0.0], [1.0], [2.0]], ["a", "b", "a"]
    )
    assert model.predict_proba([[5.0]]).shape == (1, 2)
    one_level = DeepRegressor(architecture="mlp", max_epochs=2).fit(
        np.array([["a"]] * 5, dtype=object), np.arange(5.0)
    )
    assert np.isfinite(one_level.predict([["b"]])).all()


def test_a_constant_target_is_predicted(X):
    model = DeepRegressor(architecture="mlp", max_epochs=300, learning_rate=0.02, random_state=0).fit(
        X, np.full(60, 1e6)
    )
    np.testing.assert_allclose(model.predict(X), 1e6, atol=0.5)

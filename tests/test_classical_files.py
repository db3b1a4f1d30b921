# ruff: noqa: E501  # one case a line
"""Saved classical fits: coefficients and reports come back, rows do not, and harmed files are refused."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from saved_models import parts, write

import deepstat
from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepExpectileRegressor,
    DeepQuantileRegressor,
    DeepRegressor,
)
from deepstat.errors import FileError

NEWTON = {"architecture": "linear", "optimizer": "newton"}
POINT = {"architecture": "linear", "optimizer": "interior_point"}
IRLS = {"architecture": "linear", "optimizer": "irls"}
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "age": np.where(np.arange(60) % 15, RNG.normal(size=60), np.nan),
        "town": np.array(["Graz", "Linz", "Wien"])[np.arange(60) % 3],
        "code": pd.Categorical(np.arange(60) % 4),
        "flag": RNG.random(60) < 0.5,
    }
)
Y = pd.Series(RNG.normal(size=60), name="cost")
COUNTS = np.where(RNG.random(60) < 0.3, 0.0, RNG.poisson(3.0 * RNG.gamma(1.5, size=60)))

MODELS = {
    "least squares": (DeepRegressor(**NEWTON), Y),
    "several columns": (DeepRegressor(**NEWTON), pd.DataFrame({"cost": Y, "gain": Y**2})),
    "ridge": (DeepRegressor(l2=0.1, **NEWTON), Y),
    "huber": (DeepRegressor(loss="huber", **IRLS), Y),
    "logit": (DeepClassifier(**NEWTON), np.where(Y > 0, "yes", "no")),
    "weighed logit": (DeepClassifier(class_weight={"yes": 2.0}, **NEWTON), np.where(Y > 0, "yes", "no")),
    "multinomial": (DeepClassifier(architecture="linear", optimizer="lbfgs"), np.digitize(Y, [-0.5, 0.5])),
    "negative binomial": (DeepDistributionRegressor(distribution="negative_binomial", **NEWTON), COUNTS),
    "inflated": (DeepDistributionRegressor(distribution="zero_inflated", distribution_params={"family": "poisson"}, **NEWTON), COUNTS),
    "gamma": (DeepDistributionRegressor(distribution="gamma", distribution_params={"link": "inverse"}, **NEWTON), Y**2 + 3),
    "ordinal": (DeepDistributionRegressor(distribution="ordinal", **NEWTON), np.digitize(Y, [-0.5, 0.5])),
    "quantiles": (DeepQuantileRegressor(**POINT), Y),
    "expectiles": (DeepExpectileRegressor(expectiles=[0.2], **IRLS), Y),
}  # fmt: skip


def saved(name, folder):
    estimator, y = MODELS[name]
    model = estimator.fit(TABLE, y)
    deepstat.save(model, folder / "model")
    return model, folder / "model"


def reports(model):
    """Return all kept reports as text, and why others are missing."""
    choice = model._evidence.choice
    found = []
    for options in [{}] if choice is None else [{choice.name: value} for value in choice.values]:
        result = model.inference(**options)
        try:
            found += [str(result.summary()), str(result.conf_int(0.9)), str(result.cov_params())]
        except AttributeError as reason:
            found += [str(reason), str(result.params)]
    return found


@pytest.mark.parametrize("name", MODELS)
def test_predictions_coefficients_and_reports_come_back(name, tmp_path):
    model, path = saved(name, tmp_path)
    twin = deepstat.load(path)
    np.testing.assert_array_equal(twin.predict(TABLE[1:15]), model.predict(TABLE[1:15]))
    np.testing.assert_array_equal(twin.coef_, model.coef_)
    np.testing.assert_array_equal(twin.intercept_, model.intercept_)
    assert twin.coef_names_ == model.coef_names_
    assert reports(twin) == reports(model)
    assert "4 of 60 rows have missing values" in str(
        twin.inference(**({"output": 1} if name == "several columns" else {})).notes
    )
    with pytest.raises(ValueError, match="needs the rows of the fit"):
        twin.inference(covariance="HC0", **({"output": 0} if name == "several columns" else {}))
    deepstat.save(twin, tmp_path / "again")
    for part in ("classical", "schemas", "targets"):
        assert parts(tmp_path / "again")[0][part] == parts(path)[0][part]
    _, y = MODELS[name]
    np.testing.assert_array_equal(twin.fit(TABLE, y).coef_, model.coef_)


def test_columns_left_out_stay_left_out(tmp_path):
    wide = TABLE.assign(twice=2 * TABLE["age"], last=np.arange(60.0))
    with pytest.warns(UserWarning, match="'twice' is constant, or a linear combination"):
        model = DeepRegressor(**NEWTON).fit(wide, Y)
    deepstat.save(model, tmp_path / "model")
    twin = deepstat.load(tmp_path / "model")
    assert twin.schema_ == model.schema_
    np.testing.assert_array_equal(
        twin.predict(wide, interval="confidence"), model.predict(wide, interval="confidence")
    )


def test_a_refusal_is_kept(tmp_path):
    x = np.arange(12.0)
    model = DeepQuantileRegressor(**POINT).fit(x[:, None], np.where(x < 11, x, 30.0))
    deepstat.save(model, tmp_path / "model")
    with pytest.raises(ValueError, match="Half of the residuals are equal"):
        deepstat.load(tmp_path / "model").conf_int()


def test_files_hold_no_rows(tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 2)) * np.pi
    y = X[:, 0] + np.random.default_rng(1).normal(size=50)
    deepstat.save(DeepRegressor(**NEWTON).fit(X, y), tmp_path / "model")
    text = json.dumps(parts(tmp_path / "model")[0])
    assert not any(repr(float(value)) in text for value in [*X[:, 0], *y])


def at(*path):
    """Return a function that sets the entry of a document, by its path."""

    def change(document, value):
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


REPORT = ("classical", "results", 0)
CRAFTED = {
    "no reports": (at("classical"), None),
    "reports as text": (at("classical"), "none"),
    "no results": (at("classical", "results"), []),
    "two results": (lambda d, v: d["classical"]["results"].append("why"), None),
    "a result as a number": (at(*REPORT), 3),
    "an entry missing": (lambda d, v: d["classical"]["results"][0].pop("df_resid"), None),
    "fewer names": (at(*REPORT, "names"), ["a"]),
    "names as numbers": (at(*REPORT, "names"), [1] * 8),
    "fewer estimates": (at(*REPORT, "estimate"), [1.0]),
    "a covariance of another shape": (at(*REPORT, "covariance"), [[1.0]]),
    "a ragged covariance": (at(*REPORT, "covariance"), [[1.0]] * 7 + [[1.0, 2.0]]),
    "negative variances": (at(*REPORT, "covariance"), (-np.eye(8)).tolist()),
    "no covariance and no reason": (at(*REPORT, "covariance"), None),
    "a block that is too large": (at(*REPORT, "n_mean"), 99),
    "an unknown link": (at(*REPORT, "link"), "os.system"),
    "a rank path of text": (at(*REPORT, "rank_paths"), ["path"]),
    "one rank path": (at(*REPORT, "rank_paths"), [{"estimate": 0.0, "points": [], "statistics": [], "df": 1.0}]),
    "values of text": (at(*REPORT, "values", "llf"), "large"),
    "a choice that is none": (at("classical", "choice"), {"name": "quantile", "values": [0.1, 0.5], "default": 0.5}),
    "a choice of text": (at("classical", "choice"), {"name": "quantile", "values": ["a"], "default": None}),
    "another solver": (at("fit", "optimizer"), "adam"),
    "an unknown solver": (at("fit", "optimizer"), "os.system"),
    "columns of a network": (lambda d, v: d["schemas"][0].update(type="Schema"), None),
    "columns of a formula": (lambda d, v: d["schemas"][0].update(type="FormulaDesign"), None),
    "a column left out that is none": (lambda d, v: d["schemas"][0].update(left_out=[99]), None),
    "a column left out twice": (lambda d, v: d["schemas"][0].update(left_out=[1, 1]), None),
    "another column left out": (lambda d, v: d["schemas"][0].update(left_out=[0]), None),
    "left out as text": (lambda d, v: d["schemas"][0].update(left_out="none"), None),
}  # fmt: skip


@pytest.mark.parametrize("name", CRAFTED)
def test_files_made_by_hand_are_refused(name, tmp_path):
    _, path = saved("least squares", tmp_path)
    document, tensors = parts(path)
    assert len(document["classical"]["results"][0]["names"]) == 8
    change, value = CRAFTED[name]
    change(document, value)
    write(tmp_path / "harmed", document, tensors)
    with pytest.raises(FileError):
        deepstat.load(tmp_path / "harmed")


def test_random_changes_of_reports_are_refused_or_work(tmp_path):
    rng = np.random.default_rng(0)
    _, path = saved("quantiles", tmp_path)
    values = [None, True, -1, 10**25, float("nan"), "os.system", "", [], {}, [[]], {"tuple": [1]}]

    def places(value, path=()):
        yield path
        if isinstance(value, dict | list):
            for key in value if isinstance(value, dict) else range(len(value)):
                yield from places(value[key], (*path, key))

    original = json.dumps(parts(path)[0])
    tensors = parts(path)[1]
    everywhere = [place for place in places(json.loads(original)["classical"]) if place]
    for _ in range(150):
        document = json.loads(original)
        place = everywhere[rng.integers(len(everywhere))]
        at("classical", *place)(document, values[rng.integers(len(values))])
        write(tmp_path / "harmed", document, tensors)
        try:
            model = deepstat.load(tmp_path / "harmed")
        except FileError:
            continue
        assert model.predict(TABLE[1:15]).shape == (14,), place
        try:
            model.inference().params
        except (ValueError, AttributeError):
            continue


def test_a_network_cannot_be_given_reports(tmp_path):
    _, path = saved("least squares", tmp_path)
    given = parts(path)[0]["classical"]
    X = sm.datasets.stackloss.load_pandas().exog
    network = DeepRegressor(architecture="linear", max_epochs=1, random_state=0).fit(X, np.arange(21.0))
    deepstat.save(network, path)
    document, tensors = parts(path)
    assert document["classical"] is None
    document["classical"] = given
    write(tmp_path / "harmed", document, tensors)
    with pytest.raises(FileError, match="do not belong together"):
        deepstat.load(tmp_path / "harmed")

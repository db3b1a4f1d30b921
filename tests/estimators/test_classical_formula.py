"""Formulas without deep terms, solved exactly."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

import deepstat
from deepstat import DeepClassifier, DeepDistributionRegressor, DeepQuantileRegressor, DeepRegressor
from deepstat.estimators.draw import Draw
from deepstat.estimators.refit import refit

NEWTON = {"architecture": "linear", "optimizer": "newton"}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    n = 200
    table = pd.DataFrame({"x": rng.normal(size=n), "z": rng.normal(size=n), "g": rng.choice(list("abc"), n)})
    noise = np.exp(0.3 * table["z"]) * rng.normal(size=n)
    table["y"] = 1 + table["x"] + 0.5 * (table["g"] == "b") + noise
    table["k"] = rng.poisson(np.exp(0.3 * table["x"]))
    return table


def test_least_squares_of_a_formula_is_statsmodels(frame):
    formula = "y ~ x + C(g) + bs(z, df=4)"
    model = DeepRegressor(formula=formula, **NEWTON).fit(frame)
    twin = smf.ols(formula, frame).fit()
    assert model.inference().llf == pytest.approx(twin.llf, abs=1e-9)
    np.testing.assert_allclose(model.predict(frame), twin.fittedvalues, atol=1e-10)
    own = model.inference().bse
    for name in ("x", "Intercept", "C(g)[T.b]"):
        assert own[name] == pytest.approx(twin.bse[name], rel=1e-9)


def test_a_poisson_regression_of_a_formula_is_statsmodels(frame):
    model = DeepDistributionRegressor(distribution="poisson", formula="k ~ x + C(g)", **NEWTON).fit(frame)
    twin = smf.glm("k ~ x + C(g)", frame, family=sm.families.Poisson()).fit(tol=1e-13)
    assert model.inference().llf == pytest.approx(twin.llf, abs=1e-9)
    params = model.inference().params
    np.testing.assert_allclose(params[twin.params.index], twin.params, atol=1e-8)


def test_each_parameter_has_its_own_columns(frame):
    formula = {"loc": "y ~ x + C(g)", "scale": "~ z"}
    model = DeepDistributionRegressor(formula=formula, **NEWTON).fit(frame)
    names = ("loc: Intercept", "loc: x", "loc: C(g)[T.b]", "loc: C(g)[T.c]", "scale: Intercept", "scale: z")
    assert tuple(model.inference().params.index) == names
    # At the maximum the score is zero: that of log sigma by hand, in each of its columns.
    found = model.predict_distribution(frame).parameters
    score = ((frame["y"] - found["loc"]) / found["scale"]) ** 2 - 1
    assert abs(score.sum()) < 1e-7
    assert abs((score * frame["z"]).sum()) < 1e-7
    moved = frame.assign(z=frame["z"] + 1)
    np.testing.assert_array_equal(model.predict(moved), model.predict(frame))
    assert model.score(frame, frame["y"]) * len(frame) == pytest.approx(model.inference().llf)


def test_a_right_side_of_one_is_a_constant(frame):
    plain = DeepDistributionRegressor(formula="y ~ x", **NEWTON).fit(frame)
    told = DeepDistributionRegressor(formula={"loc": "y ~ x", "scale": "~ 1"}, **NEWTON).fit(frame)
    assert told.inference().llf == plain.inference().llf
    deep = DeepDistributionRegressor(formula={"loc": "y ~ x", "scale": "~1"}, max_epochs=2, random_state=0)
    assert np.ptp(deep.fit(frame).predict_distribution(frame).parameters["scale"]) == 0


def test_only_constants_are_refused(frame):
    with pytest.raises(ValueError, match="All parameters of 'normal' are constant"):
        DeepDistributionRegressor(formula={"scale": "~ 1"}, **NEWTON).fit(frame, frame["y"])


def test_quantiles_classes_and_levels_take_formulas(frame):
    lines = DeepQuantileRegressor(
        formula="y ~ x", architecture="linear", optimizer="interior_point", quantiles=[0.5]
    ).fit(frame)
    twin = smf.quantreg("y ~ x", frame).fit(0.5, max_iter=5000, p_tol=1e-10)
    np.testing.assert_allclose(lines.inference().params["x"], twin.params["x"], atol=1e-3)
    classes = DeepClassifier(formula="g ~ x + z", **NEWTON).fit(frame)
    codes = frame["g"].map({"a": 0, "b": 1, "c": 2})
    twin = sm.MNLogit(codes, sm.add_constant(frame[["x", "z"]])).fit(disp=0)
    np.testing.assert_allclose(classes.predict_proba(frame), twin.predict(), atol=1e-8)
    levels = DeepDistributionRegressor(distribution="ordinal", formula="k ~ x", **NEWTON)
    assert levels.fit(frame.assign(k=frame["k"].clip(upper=2))).inference().params.index[0] == "x"


def test_rows_with_holes_in_the_formula_are_left_out(frame):
    holes = frame.copy()
    holes.loc[3, "x"] = np.nan
    model = DeepRegressor(formula="y ~ x", **NEWTON).fit(holes)
    assert model.inference().llf == pytest.approx(smf.ols("y ~ x", holes).fit().llf)
    assert "1 of 200 rows have missing values" in str(model.summary())


def test_tools_take_it(frame, tmp_path):
    model = DeepDistributionRegressor(formula={"loc": "y ~ x + C(g)", "scale": "~ z"}, **NEWTON).fit(frame)
    deepstat.save(model, tmp_path / "model")
    again = deepstat.load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    assert str(again.summary().tables[1]) == str(model.summary().tables[1])
    assert np.isfinite(cross_val_score(clone(model), frame, frame["y"], cv=3)).all()
    rows = np.random.default_rng(1).integers(0, len(frame), len(frame))
    (drawn,) = refit(DeepRegressor(formula="y ~ x", **NEWTON), frame, frame["y"], [Draw(rows=rows)])
    alone = DeepRegressor(formula="y ~ x", **NEWTON).fit(frame.iloc[rows])
    np.testing.assert_allclose(drawn.coef_, alone.coef_, atol=1e-10)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ x + deep(z)", r"deep\(z\), which no classical solver fits"),
        ("y ~ x - 1", "has no intercept, which classical solvers always fit"),
        ("y ~ x + w", "does not have"),
    ],
)
def test_what_cannot_be_solved_is_said_in_a_sentence(frame, formula, message):
    with pytest.raises(ValueError, match=message):
        DeepRegressor(formula=formula, **NEWTON).fit(frame)

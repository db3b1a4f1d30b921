"""Formulas with frames, left sides, scikit-learn's tools, members, weights and refits."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from formula_models import FRAME, FULL, SMALL, N, fitted
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import deepstat
from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepExpectileRegressor,
    DeepQuantileRegressor,
    DeepRegressor,
)
from deepstat.estimators.draw import Draw
from deepstat.estimators.plan import plan_fit
from deepstat.estimators.refit import refit

ESTIMATORS = {
    "regression": (DeepRegressor, FULL),
    "classification": (DeepClassifier, FULL.replace("y ~", "`class` ~")),
    "distribution": (DeepDistributionRegressor, {"loc": FULL, "scale": "~ x2 + deep(z1)"}),
    "quantiles": (DeepQuantileRegressor, FULL),
    "expectiles": (DeepExpectileRegressor, FULL),
}


# -- the left side, and frames ----------------------------------------------------------------------------------------


def test_the_target_is_the_left_side_or_y():
    by_left = fitted()
    np.testing.assert_array_equal(by_left.predict(FRAME), fitted(y=FRAME["y"]).predict(FRAME))
    right = FULL.replace("y ~", "~")
    np.testing.assert_array_equal(
        by_left.predict(FRAME), fitted(right, y=FRAME["y"].to_numpy()).predict(FRAME)
    )
    np.testing.assert_array_equal(by_left.predict(FRAME), fitted(table=pl.from_pandas(FRAME)).predict(FRAME))
    assert by_left.score(FRAME) == by_left.score(FRAME, FRAME["y"])
    logged = fitted("log(y) ~ x1")
    np.testing.assert_array_equal(logged.predict(FRAME), fitted("~ x1", y=np.log(FRAME["y"])).predict(FRAME))
    both = fitted("y + z1 ~ x1 + deep(x2)")
    assert both.predict(FRAME).shape == (N, 2)
    assert list(both.coef_.columns) == ["0", "1"]


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_every_estimator_fits_scores_and_explains_without_y(kind):
    cls, formula = ESTIMATORS[kind]
    model = fitted(formula, cls)
    assert isinstance(model.score(FRAME), float)
    assert model.coef_ is not None
    effects = model.effects(FRAME)
    first = effects["loc"] if isinstance(effects, dict) else effects
    assert len(first) == N


def test_only_the_columns_of_the_formula_matter():
    model = fitted()
    assert list(model.feature_names_in_) == ["x1", "g", "x2", "z1", "z2", "w"]
    assert model.n_features_in_ == 6
    shuffled = FRAME[["w", "z2", "g", "x2", "x1", "z1"]].assign(more=1)
    np.testing.assert_array_equal(model.predict(shuffled), model.predict(FRAME))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            lambda t: (t.to_numpy(), t["y"]),
            "A formula needs a frame with named columns .pandas, polars., but X is ndarray",
        ),
        (lambda t: (t.drop(columns="x1"), t["y"]), "right side names 'x1', which X does not have"),
        (lambda t: (t.drop(columns="y"), None), "left side names 'y', which X does not have"),
        (lambda t: (t.assign(x1=t["x1"].where(t["x1"] > 8)), None), "Column 'x1' is missing in .* row"),
        (lambda t: (t.assign(g=t["g"].where(t["g"] > "p", None)), None), "Column 'g' is missing in .* row"),
        (
            lambda t: (t.assign(x2="a"), None),
            r"Column 'x2' holds text or categories, but the formula computes with it",
        ),
    ],
)
def test_tables_that_do_not_fit_are_told_in_one_sentence(change, match):
    X, y = change(FRAME)
    with pytest.raises(ValueError, match=match):
        fitted(table=X, y=y)


def test_a_target_that_is_given_twice_is_refused():
    with pytest.raises(ValueError, match="computes its target from the table, but y was given too"):
        fitted("log(y) ~ x1", y=FRAME["y"])
    with pytest.raises(ValueError, match="has no left side and the target y is None"):
        fitted("~ x1")


def test_an_unseen_level_is_told_when_predicting_and_missing_values_of_deep_inputs_are_taken():
    model = fitted()
    with pytest.raises(
        ValueError, match=r"'C\(g\)' in the formula holds 's' in row 0, a level that was not learned"
    ):
        model.predict(FRAME.assign(g="s"))
    assert np.isfinite(model.predict(FRAME.assign(z1=0.0, z2=np.nan, w=None))).all()


def test_a_level_that_only_rows_held_out_have_does_not_stop_a_fit():
    table = FRAME.assign(g=["s", *FRAME["g"][1:]])
    for seed in range(8):  # with some of these row 0 is held out
        fitted("y ~ x1 + C(g) + deep(z1)", table=table, early_stopping=True, random_state=seed, max_epochs=1)


# -- scikit-learn's tools, members, refits ----------------------------------------------------------------------------


def test_it_works_in_scikit_learn_s_tools():
    model = DeepRegressor(formula=FULL, **SMALL)
    scores = cross_val_score(model, FRAME, FRAME["y"], cv=3)
    np.testing.assert_array_equal(scores, cross_val_score(model, FRAME, cv=3))
    with deepstat.population():
        np.testing.assert_allclose(cross_val_score(model, FRAME, FRAME["y"], cv=3), scores, atol=1e-8)
    assert cross_val_predict(model, FRAME, FRAME["y"], cv=3).shape == (N,)
    grid = {"formula": ["y ~ x2", "y ~ x1 + deep(z1)"]}
    assert (
        GridSearchCV(model, grid, cv=2).fit(FRAME, FRAME["y"]).best_params_["formula"] == "y ~ x1 + deep(z1)"
    )
    square = FunctionTransformer(lambda table: table.assign(square=table["x1"] ** 2))
    pipeline = make_pipeline(square, DeepRegressor(formula="y ~ square + deep(z1)", **SMALL))
    assert pipeline.fit(FRAME, FRAME["y"]).score(FRAME, FRAME["y"]) > 0.5
    assert clone(model).get_params() == model.get_params()
    again = pickle.loads(pickle.dumps(model.fit(FRAME)))
    np.testing.assert_array_equal(again.predict(FRAME), model.predict(FRAME))
    pd.testing.assert_series_equal(again.coef_, model.coef_, check_exact=True)


def test_members_learn_knots_and_centres_from_their_own_training_rows():
    model = fitted(early_stopping=True, n_members=2)
    bounds = [
        str(design.parameters[""].structured.factors["bs(x2, df=4)"].states) for design in model.schemas_
    ]
    assert bounds[0] != bounds[1]
    assert list(model.coef_.index) == list(model.schema_.names)


@pytest.mark.parametrize("formula", [FULL, "y ~ x1 + C(g) + deep(z1, w)"])
def test_refits_equal_fits_of_their_rows_alone(formula):
    model = DeepRegressor(formula=formula, **SMALL)
    draws = [Draw(rows=np.random.default_rng(b).integers(0, N, N).astype(np.int32)) for b in range(3)]
    together = list(refit(model, FRAME, None, draws))
    for draw, each in zip(draws, together, strict=True):
        alone = clone(model).fit(FRAME.iloc[draw.rows])
        np.testing.assert_allclose(each.predict(FRAME), alone.predict(FRAME), atol=1e-8)
        np.testing.assert_allclose(each.coef_, alone.coef_, atol=1e-8)


def test_refits_may_have_formulas_of_their_own():
    model = DeepRegressor(formula="y ~ x1", **SMALL)
    first, second = refit(model, FRAME, None, [Draw(), Draw(params={"formula": "y ~ z1 + deep(x2)"})])
    assert (list(first.coef_.index), list(second.coef_.index)) == (["Intercept", "x1"], ["Intercept", "z1"])


def test_refits_that_differ_by_centres_alone_share_their_rows():
    model = DeepRegressor(formula="y ~ x1 + C(g) + deep(z1, w)", n_members=3, early_stopping=True, **SMALL)
    assert len({id(plan.table.x) for plan in plan_fit(model, FRAME, None, None).plans}) == 1
    model.set_params(formula=FULL)
    assert len({id(plan.table.x) for plan in plan_fit(model, FRAME, None, None).plans}) == 3


def test_a_weight_of_two_equals_the_row_twice():
    weight = np.where(np.arange(N) < 20, 2.0, 1.0)
    rows = np.r_[np.arange(20), np.arange(N)]
    settings = {"early_stopping": False, "batch_size": 1000, "max_epochs": 10}
    formula = "y ~ x1 + bs(x2, df=5) + deep(z1, w)"
    one = DeepRegressor(formula=formula, **{**SMALL, **settings}).fit(FRAME, None, weight)
    other = fitted(formula, table=FRAME.iloc[rows], **settings)
    np.testing.assert_allclose(one.predict(FRAME), other.predict(FRAME), atol=1e-8)
    np.testing.assert_allclose(one.coef_, other.coef_, atol=1e-6)


def test_a_fit_goes_on_from_another_of_the_same_formula():
    model = fitted(warm_start=True)
    before = model.predict(FRAME)
    assert np.abs(model.fit(FRAME).predict(FRAME) - before).max() > 0
    with pytest.raises(ValueError, match=r"cannot go on from a fit of .*: keep the formula"):
        model.set_params(formula="y ~ x1").fit(FRAME)
    model.set_params(formula=FULL).partial_fit(FRAME)
    np.testing.assert_allclose(model.effects(FRAME).sum(axis=1), model.predict(FRAME), atol=1e-10)


def test_without_a_formula_there_are_no_effects():
    model = DeepRegressor(**SMALL).fit(FRAME[["x1"]], FRAME["y"])
    assert not hasattr(model, "effects")
    assert not hasattr(model, "coef_")
    with pytest.raises(ValueError, match="requires y to be passed, but the target y is None"):
        model.fit(FRAME[["x1"]])


def test_constants_and_formulas_are_not_given_together():
    with pytest.raises(ValueError, match="both say what varies by row: leave constant out"):
        fitted("y ~ x1", DeepDistributionRegressor, constant=("scale",))


def test_every_distribution_takes_a_formula_for_its_first_parameter():
    from deepstat.estimators.families import resolve_distribution
    from deepstat.estimators.parameter_outputs import parameter_names, without_formula
    from deepstat.registry import registry

    for name in registry().names("distribution"):
        wraps = registry().record("distribution", name).wraps
        inner = {"family": "poisson" if name in ("zero_inflated", "hurdle") else "normal"}
        inner |= {"low": 0.0} if name in ("truncated", "censored") else {}
        resolved = resolve_distribution(name, inner if wraps else None)
        names = parameter_names(resolved)
        assert without_formula("y ~ x", resolved) == names[1:]
        assert without_formula(dict.fromkeys(names, "~ x"), resolved) == ()

"""Formulas in estimators: against statsmodels, projections by hand, scikit-learn's tools, refits, files."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
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

RNG = np.random.default_rng(0)
N = 100
FRAME = pd.DataFrame(
    {
        "x1": RNG.normal(size=N) * 3 + 10,
        "x2": RNG.uniform(1, 2, size=N),
        "g": np.array(list("pqr"))[RNG.integers(0, 3, N)],
        "z1": RNG.normal(size=N),
        "z2": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)),
        "w": np.array(["u", "v"])[RNG.integers(0, 2, N)],
    }
)
FRAME["y"] = (
    50 + 2 * FRAME["x1"] + np.sin(2 * FRAME["z1"]) + 1.5 * (FRAME["g"] == "q") + 0.3 * RNG.normal(size=N)
)
FRAME["count"] = RNG.poisson(np.exp(0.2 * (FRAME["x1"] - 8) + 0.3 * (FRAME["g"] == "q")))
FRAME["class"] = np.where(FRAME["y"] + RNG.normal(size=N) * 5 > 70, "hi", "lo")
SMALL = {
    "max_epochs": 5,
    "random_state": 0,
    "architecture_params": {"hidden_layer_sizes": (8,)},
    "compile": False,
}
LONG = {"max_epochs": 1500, "learning_rate": 0.05, "random_state": 0, "compile": False}
FULL = "y ~ x1 + C(g) + bs(x2, df=4) + z1 + deep(z1, z2, w)"
ESTIMATORS = {
    "regression": (DeepRegressor, FULL),
    "classification": (DeepClassifier, FULL.replace("y ~", "Q('class') ~").replace("Q('class')", "`class`")),
    "distribution": (DeepDistributionRegressor, {"loc": FULL, "scale": "~ x2 + deep(z1)"}),
    "quantiles": (DeepQuantileRegressor, FULL),
    "expectiles": (DeepExpectileRegressor, FULL),
}


def fitted(formula=FULL, kind=DeepRegressor, table=FRAME, y=None, **settings):
    return kind(formula=formula, **{**SMALL, **settings}).fit(table, y)


# -- linear networks are the classical models -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    ["y ~ x1 + C(g)", "y ~ x1 * g - x1", "y ~ bs(x2, df=4) + x1", "y ~ 0 + x1 + x2", "y ~ 0 + g + x1"],
)
def test_a_linear_formula_trained_to_the_end_is_least_squares(formula):
    from formulaic import model_matrix

    model = fitted(formula, **LONG)
    design = np.asarray(model_matrix(formula.split("~")[1], FRAME), dtype=float)
    expected = sm.OLS(FRAME["y"].to_numpy(), design).fit()
    np.testing.assert_allclose(design @ model.coef_, expected.fittedvalues, atol=1e-3)
    np.testing.assert_allclose(model.predict(FRAME), expected.fittedvalues, atol=1e-3)
    np.testing.assert_allclose(model.coef_ / expected.bse, expected.params / expected.bse, atol=0.02)


def test_the_first_epoch_starts_at_least_squares():
    start = fitted("y ~ x1 + C(g)", max_epochs=1, learning_rate=1e-9)
    expected = smf.ols("y ~ x1 + C(g)", FRAME).fit()
    np.testing.assert_allclose(start.coef_, expected.params[start.coef_.index], rtol=1e-4)


def test_a_logit_formula_is_that_of_statsmodels():
    model = fitted("~ x1 + z1", DeepClassifier, y=FRAME["class"], **LONG)
    response = (FRAME["class"] == model.classes_[1]).astype(float)
    expected = sm.Logit(response, sm.add_constant(FRAME[["x1", "z1"]])).fit(disp=0)
    np.testing.assert_allclose(model.coef_, expected.params, rtol=5e-3, atol=5e-3)


def test_a_poisson_formula_is_that_of_statsmodels():
    model = fitted("count ~ x1 + g", DeepDistributionRegressor, distribution="poisson", **LONG)
    expected = smf.poisson("count ~ x1 + g", FRAME).fit(disp=0)
    np.testing.assert_allclose(model.coef_, expected.params[model.coef_.index], rtol=5e-3, atol=5e-3)


def test_a_normal_with_a_formula_for_each_parameter_is_brute_force_maximum_likelihood():
    from scipy.optimize import minimize

    formula = {"loc": "y ~ x1", "scale": "~ x2"}
    model = fitted(formula, DeepDistributionRegressor, **LONG)
    X = np.column_stack([np.ones(N), FRAME["x1"]])
    Z = np.column_stack([np.ones(N), FRAME["x2"]])

    def loss(b):
        log_scale = Z @ b[2:]
        return np.sum(log_scale + 0.5 * ((FRAME["y"] - X @ b[:2]) / np.exp(log_scale)) ** 2)

    best = minimize(loss, [50, 2, 0, 0], method="BFGS", options={"gtol": 1e-6}).x
    np.testing.assert_allclose(model.coef_["loc"], best[:2], rtol=5e-3)
    np.testing.assert_allclose(model.coef_["scale"], best[2:], atol=0.02)  # the floor of scales is 0.001
    assert list(model.coef_["scale"].index) == ["Intercept", "x2"]


# -- parameters of distributions --------------------------------------------------------------------------------------


def test_a_plain_formula_is_for_the_first_parameter_and_the_others_are_constants():
    predicted = fitted("y ~ x1 + deep(z1)", DeepDistributionRegressor).predict_distribution(FRAME)
    assert np.ptp(predicted.parameters["scale"]) == 0 < np.ptp(predicted.parameters["loc"])


def test_a_formula_lets_a_parameter_vary_that_is_constant_by_its_record():
    formula = {"loc": "y ~ x1", "df": "~ x2 + deep(z1)"}
    predicted = fitted(formula, DeepDistributionRegressor, distribution="student_t").predict_distribution(
        FRAME
    )
    assert np.ptp(predicted.parameters["df"]) > 0 == np.ptp(predicted.parameters["scale"])


def test_vectors_of_parameters_have_a_column_of_coefficients_each():
    model = fitted(
        {"loc": "y + z1 ~ x1 + deep(x2)"}, DeepDistributionRegressor, distribution="multivariate_normal"
    )
    assert list(model.coef_["loc"].columns) == ["loc[0]", "loc[1]"]
    total = model.effects(FRAME)["loc"].T.groupby(level=0).sum().T
    np.testing.assert_allclose(total, model.predict(FRAME), atol=1e-10)


def test_a_mixture_takes_formulas_for_its_parts():
    params = {"family": "normal", "n_components": 2}
    model = fitted(
        "y ~ x1",
        DeepDistributionRegressor,
        distribution="mixture",
        distribution_params=params,
    )
    first = model.coef_
    assert first.shape[0] == 2


# -- deep terms: projections and effects ------------------------------------------------------------------------------


def linear_predictor(model):
    return model.predict(FRAME)


@pytest.mark.parametrize("settings", [{}, {"n_members": 3}, {"precision": "float32"}])
def test_effects_sum_to_the_prediction(settings):
    model = fitted(max_epochs=20, **settings)
    effects = model.effects(FRAME)
    assert list(effects) == ["Intercept", "x1", "C(g)", "bs(x2, df=4)", "z1", "deep(z1, z2, w)"]
    tolerance = 1e-4 if settings.get("precision") else 1e-10
    np.testing.assert_allclose(effects.sum(axis=1), model.predict(FRAME), rtol=0, atol=tolerance)


def test_deep_effects_are_orthogonal_to_the_columns_of_their_inputs_on_the_training_rows_and_to_no_other():
    model = fitted("y ~ x1 + z1 + w + deep(z1, w) + deep(x2)", max_epochs=100, early_stopping=False)
    effects = model.effects(FRAME)
    design = model.schema_.design(FRAME)
    scalar = dict(
        zip(
            model.schema_.names,
            (design / np.linalg.norm(design, axis=0)).T @ effects["deep(z1, w)"],
            strict=True,
        )
    )
    size = np.linalg.norm(effects["deep(z1, w)"])
    for name in ("Intercept", "z1", "w[T.v]"):
        assert abs(scalar[name]) < 1e-10 * max(size, 1.0)
    assert abs(scalar["x1"]) > 1e-6 * size  # a column that is no input is left alone
    assert abs(effects["deep(x2)"].mean()) < 1e-12


def test_projections_are_those_of_the_normal_equations_solved_by_hand():
    model = fitted("y ~ x1 + z1 + deep(z1, x2)", max_epochs=60, early_stopping=False)
    network = model.network_.heads[0]
    x = model.schema_.encode(FRAME)
    import torch

    with torch.no_grad():
        (deep,) = network.deep_outputs(torch.from_numpy(x))
    outputs = deep.numpy()[:, 0] * model.target_.scale[0]
    D = np.column_stack([np.ones(N), FRAME["z1"]])
    gamma = np.linalg.solve(D.T @ D, D.T @ outputs)
    np.testing.assert_allclose(model.effects(FRAME)["deep(z1, x2)"], outputs - D @ gamma, atol=1e-10)
    own = model.schema_.parameters[""].in_units_of_data(
        network.weight.detach().numpy(), network.bias.detach().numpy()
    )[0]
    expected = own * model.target_.scale[0]
    expected[0] += model.target_.center[0]
    expected[[0, 2]] += gamma
    np.testing.assert_allclose(model.coef_, expected, atol=1e-10)


def test_a_projection_on_a_column_that_is_no_input_is_noticed():
    """The fault that is kept out: were x1, correlated with z1, projected on, its coefficient would be biased."""
    rng = np.random.default_rng(1)
    n = 800
    z = rng.normal(size=n)
    table = pd.DataFrame({"z": z, "x": z + 0.5 * rng.normal(size=n)})
    table["y"] = table["x"] + 2 * z + 0.1 * rng.normal(size=n)
    model = fitted(
        "y ~ x + deep(z)", table=table, max_epochs=60, learning_rate=0.01, architecture_params=None
    )
    assert model.coef_["x"] == pytest.approx(1.0, abs=0.1)
    deep = model.effects(table)["deep(z)"]
    faulty = model.coef_["x"] + np.polyfit(table["x"], deep, 1)[0]
    assert faulty > 2.0


def test_without_an_intercept_a_linear_formula_goes_through_the_origin_of_the_data():
    model = fitted("y ~ 0 + x1", **LONG)
    zero = FRAME.assign(x1=0.0)
    np.testing.assert_allclose(model.predict(zero), 0.0, atol=1e-10)
    np.testing.assert_allclose(model.effects(FRAME)["x1"], model.predict(FRAME), atol=1e-10)


def test_without_an_intercept_a_deep_term_holds_the_level():
    model = fitted("y ~ 0 + x1 + deep(z1)", max_epochs=30)
    np.testing.assert_allclose(model.effects(FRAME).sum(axis=1), model.predict(FRAME), atol=1e-10)
    assert list(model.coef_.index) == ["x1"]


def test_deep_terms_have_their_own_architectures():
    model = fitted(
        "y ~ x1 + deep(z1) + deep(z2, w) + deep( x2 )",
        terms={
            "deep(z2,w)": {"architecture": "resnet", "width": 4},
            "deep(x2)": {"hidden_layer_sizes": (3,)},
        },
    )
    names = [name for name, _ in model.network_.named_parameters()]
    assert "heads.0.networks.1.1.input.weight" in names or "heads.0.networks.1.input.weight" in names
    shapes = dict(model.network_.named_parameters())
    assert shapes["heads.0.networks.0.linear_0.weight"].shape == (8, 1)
    assert shapes["heads.0.networks.2.linear_0.weight"].shape == (3, 1)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        (
            {"terms": {"deep(q)": {}}},
            r"Unknown deep term in terms: 'deep\(q\)': choose one of deep\(z1, z2, w\)",
        ),
        ({"terms": {"deep(z1, z2, w)": "resnet"}}, "must be a dict such as"),
        ({"terms": {"deep(z1, z2, w)": {"depth": 3}}}, "architecture 'mlp' has no option 'depth'"),
        ({"terms": {"deep(z1, z2, w)": {"architecture": "reznet"}}}, "Did you mean 'resnet'"),
        ({"formula": None, "terms": {}}, "are those of a formula: give formula="),
        ({"formula": {"loc": FULL}}, "which DeepDistributionRegressor takes"),
    ],
)
def test_terms_that_do_not_fit_are_told(settings, match):
    with pytest.raises((ValueError, TypeError), match=match):
        DeepRegressor(**{"formula": FULL, **SMALL, **settings}).fit(FRAME, FRAME["y"])


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

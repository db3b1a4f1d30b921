"""Formulas in estimators: against statsmodels, projections by hand, scikit-learn's tools, refits, files."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from formula_models import FRAME, FULL, LONG, SMALL, N, fitted

from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepRegressor,
)

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

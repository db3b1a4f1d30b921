"""The structured part of networks with a formula: standard errors where there is a theorem, a reason elsewhere."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepExpectileRegressor,
    DeepQuantileRegressor,
    DeepRegressor,
)
from deepstat.inference.partially_linear import partially_linear
from deepstat.inference.summary.structured_part import joint_coefficients, structured_part
from deepstat.inference.summary.why_no_standard_error import free_columns, why_no_standard_error

FAST = {"max_epochs": 2, "architecture_params": {"hidden_layer_sizes": (4,)}, "random_state": 0}
QUICK = {"learner": LinearRegression(), "n_repetitions": 2, "random_state": 1}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 240
    z = rng.normal(size=(n, 2))
    frame = pd.DataFrame({"z1": z[:, 0], "z2": z[:, 1], "x": z[:, 0] + rng.normal(size=n)})
    frame["g"] = rng.choice(list("abc"), n)
    frame["y"] = frame.x + (frame.g == "b") + 2 * frame.z1 - frame.z2 + rng.normal(size=n)
    frame["count"] = rng.poisson(np.exp(frame.x.clip(-1, 1)))
    frame["label"] = np.where(frame.y > 0, "yes", "no")
    frame["amount"] = np.exp(frame.y / 4)
    return frame


def words(report):
    return re.sub(r"\s+", " ", str(report))


def test_coefficients_are_those_of_partially_linear_on_the_design_columns(table):
    model = DeepRegressor(formula="y ~ x + C(g) + deep(z1, z2)", **FAST).fit(table)
    found = structured_part(model, table, table.y, **QUICK).result
    dummies = pd.get_dummies(table.g, dtype=float)[["b", "c"]]
    D = np.column_stack([table.x, dummies])
    expected = partially_linear(table.y, D, table[["z1", "z2"]], **QUICK)
    assert found.names == ["x", "C(g)[T.b]", "C(g)[T.c]"]
    np.testing.assert_allclose(found.coef, expected.coef, rtol=1e-9)
    np.testing.assert_allclose(found.bse, expected.bse, rtol=1e-9)


def test_the_estimates_are_near_the_truth(table):
    model = DeepRegressor(formula="y ~ x + C(g) + deep(z1, z2)", **FAST).fit(table)
    found = structured_part(model, table, table.y, **QUICK).result
    assert (np.abs(found.coef - [1.0, 1.0, 0.0]) < 3 * found.bse).all()


def test_the_table_prints_the_score_and_says_what_predict_uses(table):
    model = DeepRegressor(formula="y ~ x + deep(z1, z2)", **FAST).fit(table)
    report = model.summary(table, **QUICK)
    result = structured_part(model, table, table.y, **QUICK).result
    (row,) = [line for line in str(report).splitlines() if line.startswith("x ")]
    assert f"{result.coef[0]:.4f}" in row
    assert f"{result.bse[0]:.3f}" in row
    assert row.endswith(f"{model.coef_['x']:.4f}")
    text = words(report)
    assert "predict() uses the jointly fitted model" in text
    assert "slower learner leaves a bias" in text
    assert "Fit by cross-validation" in text
    assert not re.search(r"\bAIC\b|\bBIC\b", text)


def test_the_level_reaches_the_intervals(table):
    model = DeepRegressor(formula="y ~ x + deep(z1, z2)", **FAST).fit(table)
    assert "[0.05" in str(model.summary(table, level=0.9, **QUICK))


def test_without_rows_the_report_asks_for_them(table):
    model = DeepRegressor(formula="y ~ x + deep(z1, z2)", **FAST).fit(table)
    text = words(model.summary())
    assert "estimated anew from the rows, summary(X, y)" in text
    assert "std err" not in text


@pytest.mark.parametrize(
    ("model", "target", "family", "link"),
    [
        (DeepClassifier(), "label", "binomial", "logit"),
        (DeepClassifier(architecture="mlp", loss_params={"link": "probit"}), "label", "binomial", "probit"),
        (DeepRegressor(architecture="mlp", loss="poisson"), "count", "poisson", "log"),
        (DeepRegressor(architecture="mlp", loss="gamma"), "amount", "gamma", "log"),
        (DeepDistributionRegressor(), "y", "normal", "identity"),
        (DeepDistributionRegressor(distribution="negative_binomial"), "count", "poisson", "log"),
        (DeepDistributionRegressor(distribution="gamma"), "amount", "gamma", "log"),
        (DeepDistributionRegressor(distribution="inverse_gaussian"), "amount", "inverse_gaussian", "log"),
    ],
)
def test_smooth_links_of_the_mean_have_a_score(table, model, target, family, link):
    model.set_params(formula=f"{target} ~ x + deep(z1, z2)", **FAST).fit(table)
    options = {"n_folds": 2, "n_repetitions": 1, "random_state": 0}
    result = structured_part(model, table, table[target], **options).result
    assert (result.family, result.link) == (family, link)
    assert result.coef[0] > 0
    assert result.learner == "DeepRegressor"


def test_of_two_classes_the_second_is_the_event(table):
    model = DeepClassifier(formula="label ~ x + deep(z1, z2)", **FAST).fit(table)
    one = structured_part(model, table, table.label, n_folds=2, n_repetitions=1, random_state=0).result
    learner = DeepRegressor(architecture="mlp", **FAST)
    other = partially_linear(
        (table.label == "yes").astype(float),
        table[["x"]],
        table[["z1", "z2"]],
        learner=learner,
        family="binomial",
        n_folds=2,
        n_repetitions=1,
        random_state=0,
    )
    np.testing.assert_allclose(one.coef, other.coef)


@pytest.mark.parametrize(
    ("model", "formula", "reason"),
    [
        (DeepRegressor(), "y ~ x + C(g)", "stops near the best coefficients"),
        (
            DeepRegressor(architecture="mlp", loss="huber"),
            "y ~ x + deep(z1)",
            "loss='huber' estimates no mean",
        ),
        (
            DeepClassifier(architecture="mlp", loss="hinge"),
            "label ~ x + deep(z1)",
            "loss='hinge' is no likelihood",
        ),
        (DeepClassifier(), "g ~ x + deep(z1)", "3 classes have no orthogonal score"),
        (DeepQuantileRegressor(), "y ~ x + deep(z1)", "quantiles have no orthogonal score"),
        (DeepExpectileRegressor(), "y ~ x + deep(z1)", "expectiles have no orthogonal score"),
        (DeepRegressor(), "y + amount ~ x + deep(z1)", "a target of 2 columns"),
        (DeepDistributionRegressor(distribution="student_t"), "y ~ x + deep(z1)", "distribution='student_t'"),
        (
            DeepDistributionRegressor(),
            {"loc": "y ~ x + deep(z1)", "scale": "~ z2"},
            "another parameter of the distribution than its first depends on columns",
        ),
        (DeepDistributionRegressor(), {"scale": "y ~ x + deep(z1)"}, "another parameter of the distribution"),
        (DeepRegressor(), "y ~ x + deep(z1, z2) + deep(z1)", "share inputs"),
        (DeepRegressor(), "y ~ x + z1 + deep(z1) + deep(z2)", "share inputs with several deep terms"),
        (DeepRegressor(), "y ~ deep(z1, z2)", "no structured column"),
        (DeepRegressor(), "y ~ x + deep(x, z1)", "every structured column is made of inputs of deep(x, z1)"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, (str, dict)) else type(value).__name__,
)
def test_every_other_case_says_why_there_is_no_standard_error(table, model, formula, reason):
    model.set_params(formula=formula, **FAST).fit(table)
    found = why_no_standard_error(model)
    assert reason in found
    assert found.count(".") == 1 + found.count("0.")
    report = model.summary(table)
    text = words(report)
    assert reason in text
    assert not re.search(r"std err|P>\||\bAIC\b", text)
    assert "plug-in: no standard error" in text


def test_a_column_that_is_an_input_of_the_deep_term_is_left_to_it(table):
    model = DeepRegressor(formula="y ~ x + z1 + x:z1 + deep(z1, z2)", **FAST).fit(table)
    found = structured_part(model, table, table.y, **QUICK)
    assert found.result.names == ["x", "x:z1"]
    assert any("No standard errors for z1:" in note for note in found.notes)
    names = [next(iter(model.schema_.parameters.values())).names[j] for j in free_columns(model)]
    assert names == ["x", "x:z1"]


def test_several_deep_terms_of_their_own_inputs_are_freed_together(table):
    model = DeepRegressor(formula="y ~ x + deep(z1) + deep(z2)", **FAST).fit(table)
    found = structured_part(model, table, table.y, **QUICK).result
    expected = partially_linear(table.y, table[["x"]], table[["z1", "z2"]], **QUICK)
    np.testing.assert_allclose(found.coef, expected.coef)


def test_clusters_and_weights_reach_the_score(table):
    model = DeepRegressor(formula="y ~ x + deep(z1, z2)", **FAST).fit(table)
    clusters, weight = np.arange(len(table)) % 40, np.arange(len(table)) % 3
    found = structured_part(model, table, table.y, sample_weight=weight, clusters=clusters, **QUICK).result
    assert found.n_clusters == 40
    assert found.n_obs == weight.sum()
    assert "sandwich, by cluster" in str(model.summary(table, clusters=clusters, **QUICK))


def test_a_computed_target_is_refitted_as_it_was_computed(table):
    model = DeepRegressor(formula="log(amount) ~ x + deep(z1, z2)", **FAST).fit(table)
    report = model.summary(table, n_resamples=2, n_seeds=0, scheme="pairs", **QUICK)
    result = structured_part(model, table, np.log(table.amount), **QUICK).result
    assert f"{result.coef[0]:.4f}" in str(report)


def test_levels_inside_c_are_contrasted_and_not_counted(table):
    frame = table.assign(k=np.arange(len(table)) % 3)
    model = DeepRegressor(formula="y ~ C(k) + deep(z1)", **FAST).fit(frame)
    text = str(model.summary(frame, **QUICK))
    assert "k: 1 against 0" in text
    assert "k: 2 against 0" in text


def test_columns_that_a_step_takes_out_of_their_domain_are_told(table):
    frame = table.assign(small=np.random.default_rng(3).exponential(size=len(table)))
    model = DeepRegressor(formula="y ~ log(small) + deep(z1)", **FAST).fit(frame)
    text = words(model.summary(frame, **QUICK))
    assert "small (it cannot be changed" in text
    assert "z1: per unit" in text


def test_joint_coefficients_have_the_names_of_parameters_and_outputs(table):
    model = DeepDistributionRegressor(formula={"loc": "y ~ x + deep(z1)", "scale": "~ z2"}, **FAST).fit(table)
    assert {"loc: x", "scale: z2"} <= set(joint_coefficients(model))
    model = DeepClassifier(formula="g ~ x + deep(z1)", **FAST).fit(table)
    assert {"x [a]", "x [b]", "x [c]"} <= set(joint_coefficients(model))


def test_an_unknown_option_lists_those_that_there_are(table):
    model = DeepRegressor(formula="y ~ x + deep(z1, z2)", **FAST).fit(table)
    with pytest.raises(TypeError, match=r"no option 'folds': its options are .*n_folds"):
        model.summary(table, folds=3)

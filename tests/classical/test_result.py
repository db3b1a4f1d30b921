"""What results say, test and refuse."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from classical_twins import data, tensor
from statsmodels.iolib.summary import Summary

from deepstat.classical.classes import class_family
from deepstat.classical.hypothesis import hypothesis
from deepstat.classical.least_squares import least_squares_fit, least_squares_result
from deepstat.classical.likelihood_result import likelihood_result
from deepstat.classical.maximise_likelihood import maximise_likelihood
from deepstat.classical.prediction_interval import prediction_interval
from deepstat.classical.quantile_regression import quantile_fit, quantile_result
from deepstat.classical.result import ClassicalResult

NAMES = ("Intercept", "air", "water", "acid")


def squares(columns=slice(None), **options):
    X, y = data("stackloss")
    names = NAMES[columns]
    return least_squares_result(least_squares_fit(tensor(X[:, columns]), tensor(y), names=names), **options)


def logit(columns=slice(None)):
    X, y = data("spector")
    fit = maximise_likelihood(
        class_family(2), [tensor(X[:, columns])], tensor(y), names=[list("abcd")[columns]]
    )
    return likelihood_result(fit)


def test_wald_tests_are_those_of_statsmodels():
    X, y = data("stackloss")
    theirs = sm.OLS(y, X).fit()
    R = np.array([[0.0, 1, -1, 0], [0, 0, 0, 1]])
    expected = theirs.wald_test(R, scalar=True)
    for ours in (squares().wald_test(R), squares().wald_test("air = water, acid")):
        assert ours.statistic == pytest.approx(expected.statistic)
        assert ours.p_value == pytest.approx(expected.pvalue)
        assert (ours.distribution, ours.df, ours.df_denominator) == ("F", 2, 17)
    X, y = data("spector")
    expected = sm.Logit(y, X).fit(disp=0, tol=1e-12).wald_test(np.eye(4)[1:3], scalar=True)
    ours = logit().wald_test("b = 0, c = 0")
    assert ours.distribution == "chi-square"
    assert ours.statistic == pytest.approx(expected.statistic, rel=1e-6)
    assert ours.p_value == pytest.approx(expected.pvalue, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "R", "r"),
    [
        ("x = 1", [[1, 0, 0]], [1]),
        ("2*x - g[T.a, b] / 4 = x10 + 3", [[2, -0.25, -1]], [3]),
        ("-x, 3 = x10", [[-1, 0, 0], [0, 0, -1]], [0, -3]),
        ("x10 * 2 = x10", [[0, 0, 1]], [0]),
    ],
)
def test_hypotheses_are_read_with_names_of_any_characters(text, R, r):
    read = hypothesis(text, ["x", "g[T.a, b]", "x10"])
    np.testing.assert_array_equal(read[0], R)
    np.testing.assert_array_equal(read[1], r)


@pytest.mark.parametrize("text", ["z = 1", "x * x = 1", "x = 1 = 2", "x +", "", "x / x10", "exp(x)"])
def test_what_is_no_linear_hypothesis_is_refused(text):
    with pytest.raises(ValueError, match="hypothesis"):
        hypothesis(text, ["x", "x10"])


def test_dependent_hypotheses_and_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="linearly dependent"):
        squares().wald_test("air = 0, 2*air = 0")
    with pytest.raises(ValueError, match=r"R has shape \(1, 3\)"):
        squares().wald_test(np.ones(3))
    with pytest.raises(ValueError, match="write it into the words"):
        squares().wald_test("air = 0", [1.0])


def test_likelihood_ratio_is_that_of_statsmodels():
    X, y = data("stackloss")
    expected = sm.OLS(y, X).fit().compare_lr_test(sm.OLS(y, X[:, :2]).fit())
    ours = squares().lr_test(squares(slice(2)))
    assert (ours.statistic, ours.p_value, ours.df) == pytest.approx(expected)
    X, y = data("spector")
    null = sm.Logit(y, X).fit(disp=0)
    ours = logit().lr_test(logit(slice(1)))
    assert (ours.statistic, ours.p_value) == pytest.approx((null.llr, null.llr_pvalue))


def test_likelihood_ratio_refuses_what_is_not_nested():
    with pytest.raises(ValueError, match="not nested"):
        squares(slice(2)).lr_test(squares())
    with pytest.raises(ValueError, match="one family"):
        squares().lr_test(logit(slice(1)))
    X, y = data("stackloss")
    other = least_squares_result(least_squares_fit(tensor(X[:, :2]), tensor(y + 1)))
    with pytest.raises(ValueError, match="other rows, responses or weights"):
        squares().lr_test(other)


def test_results_survive_pickle_without_the_data():
    result = logit()
    stored = pickle.dumps(result)
    assert len(stored) < 5_000
    again = pickle.loads(stored)
    np.testing.assert_array_equal(again.estimate, result.estimate)
    assert (again.llf, str(again.summary())) == (result.llf, str(result.summary()))


def test_results_survive_json():
    X, y = data("stackloss")
    ranks = quantile_result(quantile_fit(tensor(X), tensor(y), 0.5, names=NAMES), covariance="rank")
    for result in (logit(), squares(covariance="HC3"), ranks):
        again = ClassicalResult.from_json(json.loads(json.dumps(result.to_json())))
        assert str(again.summary()) == str(result.summary())
        np.testing.assert_array_equal(again.conf_int(0.8), result.conf_int(0.8))
        assert again.refusals == result.refusals
    state = logit().to_json()
    with pytest.raises(ValueError, match="do not belong together"):
        ClassicalResult.from_json({**state, "estimate": [1.0]})


def test_the_summary_says_that_a_solver_did_not_converge():
    report = str(
        replace(squares(), converged=False, n_iter=7, solver="newton", method="Least squares").summary()
    )
    for part in (
        "Converged:                      False",
        "Iterations:                         7",
        "where it stopped",
    ):
        assert part in report


def test_tables_are_labelled_by_the_coefficients():
    result = squares()
    assert result.params["air"] == pytest.approx(0.7156402)
    assert result.cov_params().loc["air", "water"] == result.covariance[1, 2]
    assert list(result.conf_int().columns) == [0, 1]
    with pytest.raises(ValueError, match="level=95 is no probability"):
        result.conf_int(95)


def test_summary_is_that_of_statsmodels_with_notes():
    X, y = data("stackloss")
    report = squares(notes=["3 incomplete rows were left out."], target="loss").summary()
    assert isinstance(report, Summary)
    theirs = sm.OLS(y, X).fit().summary(xname=list(NAMES))
    assert str(report.tables[1]) == str(theirs.tables[1])
    text = str(report)
    for part in (
        "loss",
        "R-squared:",
        "0.9136",
        "[1] 3 incomplete rows were left out.",
        "nonrobust",
        "Norm of the score",
    ):
        assert part in text
    assert report.as_html()
    assert "AIC" in report.as_csv()
    assert "[0.05" in str(squares().summary(0.9).tables[1])


def test_an_unknown_attribute_is_named():
    with pytest.raises(AttributeError, match="has no 'sparsity'"):
        squares().sparsity


def test_intervals_of_predictions_are_those_of_statsmodels():
    X, y = data("stackloss")
    frame = sm.OLS(y, X).fit().get_prediction(X[:5]).summary_frame(0.1)
    ours = squares()
    np.testing.assert_allclose(
        prediction_interval(ours, X[:5], level=0.9), frame[["mean_ci_lower", "mean_ci_upper"]]
    )
    np.testing.assert_allclose(
        prediction_interval(ours, X[:5], level=0.9, kind="prediction"),
        frame[["obs_ci_lower", "obs_ci_upper"]],
    )
    X, y = data("spector")
    theirs = sm.GLM(y, X, family=sm.families.Binomial()).fit(tol=1e-14).get_prediction(X[:5]).summary_frame()
    np.testing.assert_allclose(
        prediction_interval(logit(), X[:5]), theirs[["mean_ci_lower", "mean_ci_upper"]], rtol=1e-6
    )


def test_prediction_intervals_of_other_models_are_refused():
    X = data("spector")[0]
    with pytest.raises(ValueError, match="no least squares fit"):
        prediction_interval(logit(), X, kind="prediction")
    with pytest.raises(ValueError, match=r"X has shape \(32, 2\)"):
        prediction_interval(logit(), X[:, :2])
    fit = maximise_likelihood(class_family(3), [tensor(X[:, :1])] * 2, tensor(np.arange(32) % 3))
    with pytest.raises(ValueError, match="no function of one linear predictor"):
        prediction_interval(likelihood_result(fit), X[:, :1])

from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression

from deepstat.inference.partially_linear import partially_linear

linear = partial(partially_linear, learner=LinearRegression(), random_state=0)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(150, 3))
    D = np.column_stack([z[:, 0] + rng.normal(size=150), z[:, 1] + rng.normal(size=150) > 0])
    return D @ [0.3, -0.5] + z @ [0.4, -0.3, 0.2] + rng.normal(size=150), D, z


def test_tests_and_intervals_follow_from_estimates_and_errors(data):
    result = linear(*data, level=0.9)
    np.testing.assert_allclose(result.pvalues, 2 * stats.norm.sf(np.abs(result.coef / result.bse)))
    np.testing.assert_allclose(
        result.conf_int(), np.transpose(stats.norm.interval(0.9, result.coef, result.bse))
    )
    assert (np.ptp(result.conf_int(0.99), axis=1) > np.ptp(result.conf_int(), axis=1)).all()
    assert result.wald_test([1, 0]).p_value == pytest.approx(result.pvalues[0])


def test_clusters_make_students_t_of_their_number(data):
    clusters = np.arange(150) % 20
    result = linear(*data, clusters=clusters)
    assert result.df_resid == 19
    np.testing.assert_allclose(result.pvalues, 2 * stats.t.sf(np.abs(result.coef / result.bse), 19))
    np.testing.assert_allclose(
        result.conf_int(), np.transpose(stats.t.interval(0.95, 19, result.coef, result.bse))
    )
    assert result.wald_test([1, 0]).p_value == pytest.approx(result.pvalues[0])
    assert "the 20 clusters are independent" in result.claim
    assert "too short" in result.claim


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_names_come_from_frames(data, frame):
    y, D, z = data
    given = frame({"dose": D[:, 0], "treated": D[:, 1] > 0})
    result = linear(pd.Series(y, name="outcome"), given, frame({"a": z[:, 0], "b": z[:, 1], "c": z[:, 2]}))
    assert result.names == ["dose", "treated"]
    assert result.y_name == "outcome"
    np.testing.assert_allclose(result.coef, linear(y, D, z).coef)
    assert linear(y, pd.Series(D[:, 0], name="dose"), z).names == ["dose"]
    assert linear(y, D, z).names == ["x1", "x2"]


def test_summary_shows_estimates_intervals_and_the_claim(data):
    y, D, z = data
    result = linear(y, D, z)
    text = str(result.summary())
    for j in range(2):
        assert f"{result.coef[j]:.4f}" in text
        assert f"{result.conf_int()[j, 0]:.3f}" in text
    for word in ("Partially linear", "partialling out (Robinson)", "LinearRegression", "5, 5", result.claim):
        assert word in text
    assert "nearly all" not in text
    nearly = z[:, 0] + np.random.default_rng(0).normal(size=150) * 0.05
    assert "Z explains nearly all of x1" in str(linear(y, nearly, z).summary())
    assert (
        "log odds"
        in partially_linear(
            (y > 0) * 1.0,
            D,
            z,
            learner=LinearRegression(),
            mean_learner=LogisticRegression(),
            family="binomial",
        ).claim
    )
    assert result.claim in repr(result)

# ruff: noqa: E501  # one case a line
"""Classical models through the estimators: their twins, their coding of tables, their reports."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
from classical_twins import assert_twin, quiet
from scipy import stats
from statsmodels.formula.api import glm, ols
from statsmodels.iolib.summary import Summary

from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepExpectileRegressor,
    DeepQuantileRegressor,
    DeepRegressor,
)

NEWTON = {"architecture": "linear", "optimizer": "newton"}
POINT = {"architecture": "linear", "optimizer": "interior_point"}
IRLS = {"architecture": "linear", "optimizer": "irls"}
TIGHT = {"tol": 1e-14, "maxiter": 300, "tol_criterion": "params"}


@pytest.fixture(scope="module")
def stack():
    data = sm.datasets.stackloss.load_pandas()
    return data.exog.astype(float), data.endog.astype(float).rename("loss")


@pytest.fixture(scope="module")
def visits():
    data = sm.datasets.randhie.load_pandas()
    return data.exog[:1500], data.endog[:1500].astype(float)


@pytest.fixture(scope="module")
def people():
    """A table with text, booleans, categories and missing values, and a target."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, 80),
            "town": rng.choice(["Graz", "Linz", "Wien"], 80),
            "smokes": rng.random(80) < 0.4,
            "size": pd.Categorical(rng.choice([1, 2, 3], 80)),
        }
    )
    y = 0.1 * frame["age"] + (frame["town"] == "Linz") + frame["smokes"] + rng.normal(size=80)
    return frame, y.rename("cost")


def counts(**options):
    return DeepDistributionRegressor(distribution="poisson", **NEWTON, **options)


# -- coding of tables, missing values ---------------------------------------------------------------------------------


def test_categories_and_booleans_are_treatment_coded_and_the_reference_is_named(people):
    frame, y = people
    model = DeepRegressor(**NEWTON).fit(frame, y)
    theirs = ols("cost ~ age + C(town) + smokes + C(size)", frame.assign(cost=y)).fit()
    assert model.coef_names_ == ("age", "town[T.Linz]", "town[T.Wien]", "smokes", "size[T.2]", "size[T.3]")
    expected = theirs.params[["age", "C(town)[T.Linz]", "C(town)[T.Wien]", "smokes[T.True]", "C(size)[T.2]", "C(size)[T.3]"]]  # fmt: skip
    np.testing.assert_allclose(model.coef_, expected, rtol=1e-9)
    assert model.intercept_ == pytest.approx(theirs.params["Intercept"])
    np.testing.assert_allclose(model.predict(frame), theirs.fittedvalues)
    assert "Reference levels: town[Graz], size[1]." in str(model.summary())


def test_polars_gives_the_same_fit(people):
    frame, y = people
    plain = frame.assign(size=frame["size"].astype(int).astype(str))
    model = DeepRegressor(**NEWTON).fit(plain, y)
    again = DeepRegressor(**NEWTON).fit(pl.from_pandas(plain), pl.Series("cost", y.to_numpy()))
    np.testing.assert_allclose(model.coef_, again.coef_)
    assert "cost" in str(again.summary())


def test_incomplete_rows_are_left_out_and_their_number_is_noted(people):
    frame, y = people
    frame = frame.copy()
    frame.loc[[3, 5], "age"] = np.nan
    frame.loc[7, "town"] = None
    model = DeepRegressor(**NEWTON).fit(frame, y)
    again = DeepRegressor(**NEWTON).fit(frame.drop(index=[3, 5, 7]), y.drop(index=[3, 5, 7]))
    np.testing.assert_allclose(model.coef_, again.coef_)
    assert model.inference().n_obs == 77
    assert "3 of 80 rows have missing values and were left out." in str(model.summary())


def test_predictions_of_incomplete_rows_are_missing(people, stack):
    frame, y = people
    gap = frame.head(4).copy()
    gap.loc[1, "age"] = np.nan
    model = DeepRegressor(**NEWTON).fit(frame, y)
    found = model.predict(gap)
    assert np.isnan(found).tolist() == [False, True, False, False]
    np.testing.assert_array_equal(found[[0, 2, 3]], model.predict(gap.drop(index=1)))
    assert np.isnan(model.predict(gap, interval="prediction")).all(axis=1).tolist() == [
        False,
        True,
        False,
        False,
    ]
    normal = DeepDistributionRegressor(**NEWTON).fit(frame, y)
    assert np.isnan(normal.predict(gap)).tolist() == [False, True, False, False]
    assert np.isnan(normal.predict(gap, interval="prediction")[1]).all()
    assert np.isnan(normal.predict(gap.loc[[1]])).all()
    with pytest.raises(ValueError, match=r"1 row.s. of X have missing values, the first is row 1"):
        normal.predict_distribution(gap)
    yes = DeepClassifier(**NEWTON).fit(frame, np.where(y > y.median(), "yes", "no"))
    assert np.isnan(yes.predict_proba(gap)[1]).all()
    with pytest.warns(UserWarning, match=r"the first is row 1: they get the first class, .*'no'"):
        assert yes.predict(gap)[1] == "no"


def test_unseen_levels_are_refused_in_prediction(people):
    frame, y = people
    model = DeepRegressor(**NEWTON).fit(frame, y)
    with pytest.raises(ValueError, match="'town' holds 'Rom' in row 2, a level that was not learned"):
        model.predict(frame.head(3).assign(town=["Graz", "Linz", "Rom"]))


def test_dependent_columns_are_left_out_with_a_warning(stack):
    X, y = stack
    wide = X.assign(one=1.0, twice=2 * X["AIRFLOW"] + 3, last=np.arange(21.0) ** 2)
    with pytest.warns(
        UserWarning, match="'one', 'twice' are constant, or a linear combination of the columns"
    ):
        model = DeepRegressor(**NEWTON).fit(wide, y)
    again = DeepRegressor(**NEWTON).fit(X.assign(last=np.arange(21.0) ** 2), y)
    assert model.coef_names_ == again.coef_names_
    np.testing.assert_allclose(model.predict(wide), again.predict(X.assign(last=np.arange(21.0) ** 2)))
    np.testing.assert_allclose(model.inference().bse, again.inference().bse)
    assert "left out of the model" in str(model.summary())
    ridge = DeepRegressor(l2=0.1, **NEWTON).fit(wide, y)  # a penalty makes all coefficients unique
    assert len(ridge.coef_) == 6


# -- twins ------------------------------------------------------------------------------------------------------------


def test_weights_are_frequencies_and_var_weights_are_not(stack):
    X, y = stack
    times = np.arange(21) % 3
    design = sm.add_constant(X)
    repeated = sm.OLS(np.repeat(y, times), np.repeat(design, times, axis=0)).fit()
    model = DeepRegressor(**NEWTON).fit(X, y, sample_weight=times)
    assert_twin(model.inference(), repeated.params, repeated.bse, repeated.llf)
    weighted = sm.WLS(y, design, weights=times + 1.0).fit()
    model = DeepRegressor(**NEWTON).fit(X, y, var_weights=times + 1.0)
    assert_twin(model.inference(), weighted.params, weighted.bse, weighted.llf)
    assert model.inference().model == "WLS"
    np.testing.assert_allclose(model.predict(X), weighted.predict(design))


def test_intervals_of_predictions_are_those_of_statsmodels(stack):
    X, y = stack
    frame = sm.OLS(y, sm.add_constant(X)).fit().get_prediction().summary_frame(alpha=0.1)
    model = DeepRegressor(**NEWTON).fit(X, y)
    np.testing.assert_allclose(
        model.predict(X, interval="confidence", level=0.9), frame[["mean_ci_lower", "mean_ci_upper"]]
    )
    np.testing.assert_allclose(
        model.predict(X, interval="prediction", level=0.9), frame[["obs_ci_lower", "obs_ci_upper"]]
    )


def test_offset_and_exposure_count_in_fit_predict_score_and_intervals(visits):
    X, y = visits
    rng = np.random.default_rng(0)
    exposure, offset = rng.uniform(0.5, 2.0, len(y)), rng.normal(size=len(y)) * 0.1
    design = sm.add_constant(X)
    theirs = quiet(
        lambda: sm.GLM(y, design, family=sm.families.Poisson(), exposure=exposure, offset=offset).fit(**TIGHT)
    )
    given = {"exposure": exposure, "offset": offset}
    model = counts().fit(X, y, **given)
    assert_twin(model.inference(), theirs.params, theirs.bse, theirs.llf)
    np.testing.assert_allclose(model.predict(X, **given), theirs.mu, rtol=1e-8)
    np.testing.assert_allclose(model.predict_distribution(X, **given).mean, theirs.mu, rtol=1e-8)
    assert model.score(X, y, **given) * len(y) == pytest.approx(theirs.llf)
    frame = theirs.get_prediction(design, exposure=exposure, offset=offset).summary_frame()
    np.testing.assert_allclose(
        model.predict(X, interval="confidence", **given), frame[["mean_ci_lower", "mean_ci_upper"]], rtol=1e-6
    )
    assert not np.allclose(model.predict(X), theirs.mu)
    for wrong, message in [
        ({"exposure": exposure[:-1]}, "offset must hold one finite number for each"),
        ({"exposure": -exposure}, "exposure must be positive"),
    ]:
        with pytest.raises(ValueError, match=message):
            counts().fit(X, y, **wrong)
    with pytest.raises(ValueError, match="1500 rows: give a number"):
        model.predict(X, offset=offset[:3])
    with pytest.raises(ValueError, match="'loc' of 'normal' has none: give an offset"):
        DeepDistributionRegressor(**NEWTON).fit(X, y, exposure=exposure)
    with pytest.raises(ValueError, match="belong to classical solvers"):
        DeepDistributionRegressor(distribution="poisson").fit(X, y, offset=offset)


def test_gamma_with_its_canonical_link_and_its_scales():
    data = sm.datasets.scotland.load_pandas()
    design = sm.add_constant(data.exog)
    theirs = quiet(lambda: sm.GLM(data.endog, design, family=sm.families.Gamma()).fit(**TIGHT))
    model = DeepDistributionRegressor(distribution="gamma", distribution_params={"link": "inverse"}, **NEWTON)
    model.fit(data.exog, data.endog)
    assert_twin(model.inference(), theirs.params, theirs.bse, theirs.llf)
    np.testing.assert_allclose(model.predict(data.exog), theirs.mu)
    ml = model.inference(scale="ml")
    assert ml.llf > theirs.llf
    shape = 1 / ml.scale
    by_scipy = stats.gamma(shape, scale=theirs.mu / shape).logpdf(data.endog).sum()
    assert ml.llf == pytest.approx(by_scipy)
    assert model.score(data.exog, data.endog) * len(data.endog) == pytest.approx(by_scipy)


def test_predicted_distributions_have_no_floors():
    x = np.linspace(0, 1, 40)
    y = 1e-6 * (x + np.random.default_rng(0).normal(size=40))
    model = DeepDistributionRegressor(**NEWTON).fit(x[:, None], y)
    theirs = sm.OLS(y, sm.add_constant(x)).fit()
    np.testing.assert_allclose(
        model.predict_distribution(x[:, None]).std, np.sqrt(theirs.ssr / 40), rtol=1e-8
    )


def test_thresholds_stand_for_the_intercept_of_an_ordinal_model():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 1))
    y = np.digitize(x[:, 0] + rng.logistic(size=200), [-1.0, 1.0])
    model = DeepDistributionRegressor(distribution="ordinal", **NEWTON).fit(x, y)
    result = model.inference()
    assert result.names == ("x0", "thresholds[0]", "thresholds[1]")
    assert model.intercept_ == 0.0
    assert (np.asarray(result.bse) < 0.5).all()
    assert model.score(x, y) * 200 == pytest.approx(result.llf)


def test_several_columns_are_several_least_squares_fits(stack):
    X, y = stack
    other = (y**2 + X["AIRFLOW"]).rename("other")
    times = np.arange(21) % 3 + 1
    model = DeepRegressor(**NEWTON).fit(X, pd.concat([y, other], axis=1), sample_weight=times)
    alone = [DeepRegressor(**NEWTON).fit(X, each, sample_weight=times) for each in (y, other)]
    assert model.coef_.shape == (2, 3)
    for j, own in enumerate(alone):
        np.testing.assert_allclose(model.coef_[j], own.coef_, rtol=1e-9)
        np.testing.assert_allclose(model.inference(output=j).bse, own.inference().bse, rtol=1e-9)
        np.testing.assert_allclose(model.predict(X)[:, j], own.predict(X), rtol=1e-9)
        for kind in ("confidence", "prediction"):
            np.testing.assert_allclose(
                model.predict(X, interval=kind)[:, j], own.predict(X, interval=kind), rtol=1e-8
            )
        assert own.inference().target in str(model.summary(output=j))
    with pytest.raises(ValueError, match="2 reports, one for each output: say which, output=0"):
        model.conf_int()
    with pytest.raises(ValueError, match="output=2 is none of those"):
        model.inference(output=2)
    assert not hasattr(model, "cov_params_")


@pytest.mark.parametrize("loss", ["huber", "tukey", "quantile", "expectile"])
def test_several_columns_are_several_fits_under_every_loss(stack, loss):
    X, y = stack
    settings = {**(POINT if loss == "quantile" else IRLS), "loss": loss}
    model = DeepRegressor(**settings).fit(X, np.column_stack([y, y**2]))
    alone = DeepRegressor(**settings).fit(X, y**2)
    np.testing.assert_allclose(model.coef_[1], alone.coef_, rtol=1e-7)
    np.testing.assert_allclose(model.inference(output=1).bse, alone.inference().bse, rtol=1e-6)


def test_quantiles_come_in_the_order_asked_for_and_each_has_its_report():
    data = sm.datasets.engel.load_pandas().data
    X, y = data[["income"]], data["foodexp"]
    model = DeepQuantileRegressor(quantiles=[0.95, 0.05], **POINT).fit(X, y)
    np.testing.assert_allclose(model.coef_.ravel(), [0.7091, 0.3434], atol=5e-5)
    np.testing.assert_allclose(model.intercept_, [64.1040, 124.8801], atol=5e-5)
    assert model.inference(quantile=0.05).params["income"] == model.coef_[1, 0]
    assert model.inference().params["income"] == pytest.approx(0.5602, abs=5e-5)  # the median
    assert model.conf_int(0.9, quantile=0.95, covariance="rank").loc["income", 0] < 0.7091
    one = DeepQuantileRegressor(quantiles=0.95, **POINT).fit(X, y)
    assert one.coef_.shape == (1,)
    with pytest.raises(ValueError, match=r"quantile=0.3 is none of those that were fitted: 0.05, 0.5, 0.95"):
        model.inference(quantile=0.3)
    lower, upper = model.predict(X, interval="confidence").T
    assert ((lower < model.predict(X)) & (model.predict(X) < upper)).all()


# -- reports ----------------------------------------------------------------------------------------------------------

OPTIONS = {
    "least squares": (DeepRegressor(**NEWTON), [{"covariance": "HC0"}, {"covariance": "HC3"}, {"covariance": "cluster"}, {"use_t": False}]),
    "gamma": (DeepDistributionRegressor(distribution="gamma", **NEWTON), [{"information": "observed"}, {"scale": "ml"}, {"scale": 1.0}, {"covariance": "HC2"}, {"use_t": True}]),
    "huber": (DeepRegressor(loss="huber", **IRLS), [{"covariance": "H2"}, {"covariance": "H3"}]),
    "tukey": (DeepRegressor(loss="tukey", loss_params={"c": 6.0}, **IRLS), [{"covariance": "H2"}]),
    "quantile": (DeepQuantileRegressor(**POINT), [{"covariance": "iid"}, {"covariance": "bootstrap"}, {"bandwidth": "bofinger"}, {"quantile": 0.9}]),
    "expectile": (DeepExpectileRegressor(**IRLS), [{"covariance": "HC3"}, {"expectile": 0.1}]),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_of_a_report_changes_it(stack, name):
    X, y = stack
    estimator, options = OPTIONS[name]
    model = estimator.fit(X, y)
    seen = [np.asarray(model.conf_int())]
    for given in options:
        more = {"groups": np.arange(21) % 6} if given.get("covariance") == "cluster" else {}
        found = np.asarray(model.inference(**given, **more).conf_int())[: len(seen[0])]
        assert not any(np.allclose(found, each, rtol=1e-6) for each in seen), given
        seen.append(found)
    assert model.cov_params_.shape[0] == len(seen[0])


def test_tests_and_intervals_are_those_of_statsmodels(visits):
    X, y = visits
    theirs = quiet(lambda: sm.GLM(y, sm.add_constant(X), family=sm.families.Poisson()).fit(**TIGHT))
    model = counts().fit(X, y)
    np.testing.assert_allclose(model.conf_int(0.9), theirs.conf_int(0.1), rtol=1e-6)
    expected = theirs.wald_test("lncoins = idp, fmde = 0", scalar=True)
    found = model.wald_test("lncoins = idp, fmde = 0")
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-6)
    less = quiet(
        lambda: sm.GLM(y, sm.add_constant(X[["lncoins"]]), family=sm.families.Poisson()).fit(**TIGHT)
    )
    test = model.lr_test(counts().fit(X[["lncoins"]], y))
    assert test.statistic == pytest.approx(2 * (theirs.llf - less.llf))
    assert test.df == X.shape[1] - 1
    with pytest.raises(ValueError, match="not nested"):
        counts().fit(X[["lncoins"]], y).lr_test(model)


def test_likelihood_ratios_with_a_dispersion_are_at_its_maximum():
    data = sm.datasets.scotland.load_pandas()
    full, less = (
        DeepDistributionRegressor(distribution="gamma", **NEWTON).fit(X, data.endog)
        for X in (data.exog, data.exog.iloc[:, :4])
    )
    with pytest.raises(ValueError, match="use scale='ml' for likelihood ratios"):
        full.lr_test(less)
    expected = 2 * (full.score(data.exog, data.endog) - less.score(data.exog.iloc[:, :4], data.endog)) * 32
    assert full.lr_test(less, scale="ml").statistic == pytest.approx(expected)


def test_the_summary_names_target_method_solver_link_and_dropped_rows(people):
    frame, y = people
    frame = frame.copy()
    frame.loc[3, "age"] = np.nan
    model = DeepClassifier(architecture="linear", optimizer="lbfgs").fit(frame, (y > 5).rename("costly"))
    report = model.summary()
    assert isinstance(report, Summary)
    for part in ("costly", "Logit", "logit", "Maximum likelihood", "lbfgs", "1 of 80 rows", "age", "P>|z|"):
        assert part in str(report), part
    theirs = glm("costly ~ age", frame.assign(costly=(y > 5) * 1.0), family=sm.families.Binomial()).fit()
    alone = DeepClassifier(**NEWTON).fit(frame[["age"]], y > 5).inference()
    np.testing.assert_allclose(alone.bse, theirs.bse, rtol=1e-6)


def test_fits_that_are_not_classical_have_no_reports(stack):
    X, y = stack
    model = DeepRegressor(architecture="linear", max_epochs=1, random_state=0).fit(X, y)
    for name in ("coef_", "intercept_", "cov_params_", "coef_names_"):
        with pytest.raises(AttributeError, match=f"DeepRegressor has no {name}: the fit by optimizer='adam'"):
            getattr(model, name)
    with pytest.raises(AttributeError, match="is no classical one"):
        model.inference()
    with pytest.raises(ValueError, match="var_weights: only classical solvers take it"):
        DeepRegressor().fit(X, y, var_weights=y)


def test_penalties_have_no_standard_errors_and_classes_weighed_neither(stack):
    X, y = stack
    lasso = DeepRegressor(architecture="linear", optimizer="coordinate_descent", l1=1.0).fit(X, y)
    with pytest.raises(AttributeError, match="biased on purpose"):
        lasso.conf_int()
    weighed = DeepClassifier(class_weight="balanced", **NEWTON).fit(X[["AIRFLOW"]], y > 14)
    with pytest.raises(AttributeError, match=r"class_weight counts classes otherwise .* no standard errors"):
        weighed.inference().bse
    with pytest.raises(AttributeError, match="no log-likelihood, AIC or BIC"):
        weighed.inference().aic


def test_class_weights_are_weights_of_rows_and_are_undone_in_probabilities(stack):
    X, y = stack[0][["AIRFLOW"]], np.where(stack[1] > 14, "high", "low")
    model = DeepClassifier(class_weight={"high": 3.0}, **NEWTON).fit(X, y)
    theirs = DeepClassifier(**NEWTON).fit(X, y, sample_weight=np.where(y == "high", 3.0, 1.0))
    np.testing.assert_allclose(model.coef_, theirs.coef_, rtol=1e-9)
    np.testing.assert_allclose(model.predict_raw_proba(X), theirs.predict_proba(X), rtol=1e-9)
    odds = model.predict_proba(X)[:, 0] / model.predict_proba(X)[:, 1]
    np.testing.assert_allclose(
        odds, theirs.predict_proba(X)[:, 0] / theirs.predict_proba(X)[:, 1] / 3, rtol=1e-9
    )


def test_one_scale_is_nested_in_a_scale_for_each_group():
    rng = np.random.default_rng(0)
    group = np.arange(60) % 3 == 0
    y = group + np.where(group, 3.0, 1.0) * rng.normal(size=60)
    one = DeepDistributionRegressor(**NEWTON).fit(group[:, None].astype(float), y)
    each = DeepDistributionRegressor(constant=(), **NEWTON).fit(group[:, None].astype(float), y)
    test = each.inference().lr_test(one.inference(scale="ml"))
    own = [y[group].var(), y[~group].var()]  # by hand: normal likelihoods at their maxima
    pooled = (20 * own[0] + 40 * own[1]) / 60
    expected = 60 * np.log(pooled) - 20 * np.log(own[0]) - 40 * np.log(own[1])
    assert test.statistic == pytest.approx(expected, rel=1e-8)
    assert (test.df, test.p_value) == (1, pytest.approx(stats.chi2.sf(expected, 1), rel=1e-7))

"""predict(interval=...): the theorem of a classical fit, the fitted quantiles, and a sentence everywhere else."""

import numpy as np
import pytest
import statsmodels.api as sm

from deepstat import DeepDistributionRegressor, DeepExpectileRegressor, DeepQuantileRegressor, DeepRegressor

EXACT = {"architecture": "linear", "optimizer": "newton"}
FAST = {"max_epochs": 2, "architecture_params": {"hidden_layer_sizes": (4,)}, "random_state": 0}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    return X, X @ [1.0, -2.0] + rng.normal(size=80)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_least_squares_has_the_intervals_of_statsmodels(data, level):
    X, y = data
    model = DeepRegressor(**EXACT).fit(X, y)
    frame = (
        sm.OLS(y, sm.add_constant(X)).fit().get_prediction(sm.add_constant(X)).summary_frame(alpha=1 - level)
    )
    confidence = model.predict(X, interval="confidence", level=level)
    prediction = model.predict(X, interval="prediction", level=level)
    np.testing.assert_allclose(confidence, frame[["mean_ci_lower", "mean_ci_upper"]], rtol=1e-8)
    np.testing.assert_allclose(prediction, frame[["obs_ci_lower", "obs_ci_upper"]], rtol=1e-8)


def test_the_mean_of_a_poisson_regression_has_the_interval_of_statsmodels(data):
    X, _ = data
    y = np.random.default_rng(1).poisson(np.exp(X[:, 0] / 2))
    model = DeepDistributionRegressor(distribution="poisson", **EXACT).fit(X, y)
    fit = sm.GLM(y, sm.add_constant(X), family=sm.families.Poisson()).fit(tol=1e-12)
    expected = fit.get_prediction(sm.add_constant(X)).conf_int()
    np.testing.assert_allclose(model.predict(X, interval="confidence"), expected, rtol=1e-5)


@pytest.mark.parametrize("architecture", ["linear", "mlp"])
def test_fitted_quantiles_are_the_ends(data, architecture):
    X, y = data
    settings = {"architecture": "linear", "optimizer": "interior_point"} if architecture == "linear" else FAST
    model = DeepQuantileRegressor(quantiles=[0.9, 0.05, 0.95, 0.1], **settings).fit(X, y)
    band = model.predict_quantiles(X)
    np.testing.assert_array_equal(
        model.predict(X, interval="prediction", level=0.9), np.sort(band[:, [1, 2]], axis=1)
    )
    np.testing.assert_array_equal(
        model.predict(X, interval="prediction", level=0.8), np.sort(band[:, [3, 0]], axis=1)
    )


def test_quantiles_that_were_not_fitted_are_named(data):
    model = DeepQuantileRegressor(quantiles=[0.1, 0.9], **FAST).fit(*data)
    with pytest.raises(ValueError, match=r"needs the quantiles 0\.025, 0\.975, but 0\.1, 0\.9 were fitted"):
        model.predict(data[0], interval="prediction")


def test_the_median_line_has_the_interval_of_its_coefficients(data):
    X, y = data
    model = DeepQuantileRegressor(
        quantiles=[0.1, 0.9], architecture="linear", optimizer="interior_point"
    ).fit(X, y)
    interval = model.predict(np.zeros((1, 2)), interval="confidence", level=0.9)
    expected = np.asarray(model.inference(quantile=0.5).conf_int(0.9))[0]
    np.testing.assert_allclose(interval[0], expected)


def test_crossing_lines_give_ends_in_order(data):
    X, y = data
    model = DeepQuantileRegressor(
        quantiles=[0.45, 0.55], architecture="linear", optimizer="interior_point"
    ).fit(X, y)
    far = X * 50
    assert (np.diff(model.predict_quantiles(far)) < 0).any()
    assert (np.diff(model.predict(far, interval="prediction", level=0.1)) >= 0).all()


@pytest.mark.parametrize(
    ("model", "interval", "words"),
    [
        (
            DeepRegressor(architecture="mlp", **FAST),
            "prediction",
            "ConformalRegressor around it, or DeepDistributionRegressor",
        ),
        (DeepRegressor(architecture="mlp", **FAST), "confidence", "no theorem covers its bias"),
        (DeepQuantileRegressor(**FAST), "confidence", "no theorem covers its bias"),
        (DeepExpectileRegressor(**FAST), "confidence", "no theorem covers its bias"),
        (DeepDistributionRegressor(**FAST), "confidence", "no theorem covers its bias"),
        (DeepExpectileRegressor(expectiles=[0.025, 0.975], **FAST), "prediction", "no stated share"),
        (
            DeepRegressor(loss="huber", architecture="linear", optimizer="irls"),
            "prediction",
            "no least squares fit",
        ),
        (DeepRegressor(architecture="mlp", **FAST), "tolerance", "must be 'prediction' or 'confidence'"),
    ],
)
def test_what_has_no_theorem_is_refused_in_a_sentence(data, model, interval, words):
    model.fit(*data)
    with pytest.raises(ValueError, match=words):
        model.predict(data[0], interval=interval)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_levels_that_are_no_probabilities_are_refused(data, level):
    model = DeepRegressor(**EXACT).fit(*data)
    with pytest.raises(ValueError, match="no probability"):
        model.predict(data[0], interval="confidence", level=level)


def test_a_penalised_fit_has_no_interval(data):
    model = DeepRegressor(l2=0.1, **EXACT).fit(*data)
    with pytest.raises(AttributeError, match="biased on purpose"):
        model.predict(data[0], interval="confidence")

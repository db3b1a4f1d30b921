"""Quantile and expectile regression."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import deepstat
from deepstat import DeepExpectileRegressor, DeepQuantileRegressor, DeepRegressor

LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]
SMALL = {"architecture_params": {"hidden_layer_sizes": (16,)}, "max_epochs": 40, "random_state": 0}


@parametrize_with_checks(
    [
        DeepQuantileRegressor(max_epochs=60),
        DeepQuantileRegressor(quantiles=0.9, crossing="allow", max_epochs=60),
        DeepExpectileRegressor(max_epochs=60),
    ]
)
def test_the_estimators_obey_the_contract(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def fan():
    """A line whose scatter grows: quantiles are lines of different slopes."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 2, size=(1500, 1))
    return x, x[:, 0] + (0.2 + x[:, 0]) * rng.normal(size=len(x))


@pytest.mark.parametrize("architecture", ["mlp", "linear"])
@pytest.mark.parametrize(
    ("cls", "name"), [(DeepQuantileRegressor, "quantiles"), (DeepExpectileRegressor, "expectiles")]
)
def test_curves_never_cross_however_far_from_the_data(fan, architecture, cls, name):
    x, y = fan
    model = cls(**{name: LEVELS}, architecture=architecture, max_epochs=5, random_state=0).fit(x, y)
    predict = getattr(model, f"predict_{name}")
    rng = np.random.default_rng(1)
    far = rng.standard_cauchy(size=(100_000, 1)) * 100
    assert (np.diff(predict(far), axis=1) >= 0).all()
    assert (np.diff(predict(far.astype(np.float32)), axis=1) >= 0).all()


def test_curves_may_cross_where_that_is_allowed(fan):
    x, y = fan
    settings = {"architecture": "linear", "max_epochs": 30, "random_state": 0}
    model = DeepQuantileRegressor(quantiles=LEVELS, crossing="allow", **settings)
    curves = model.fit(x, y).predict_quantiles(np.array([[-30.0]]))
    assert (np.diff(curves) < 0).any()


def test_quantiles_cover_the_stated_fractions(fan):
    x, y = fan
    model = DeepQuantileRegressor(quantiles=LEVELS, **SMALL).fit(x, y)
    share = (y[:, None] <= model.predict_quantiles(x)).mean(axis=0)
    # Three binomial standard errors, and as much again for the bias of a network stopped early.
    assert np.abs(share - LEVELS).max() < 0.06


def test_expectiles_balance_the_weighted_residuals(fan):
    x, y = fan
    levels = np.array([0.1, 0.5, 0.9])
    model = DeepExpectileRegressor(expectiles=levels, **SMALL).fit(x, y)
    residual = y[:, None] - model.predict_expectiles(x)
    # First-order condition of asymmetric least squares with an intercept: level E r+ = (1 - level) E r-.
    above, below = residual.clip(min=0).mean(axis=0), (-residual).clip(min=0).mean(axis=0)
    np.testing.assert_allclose(above / (above + below), 1 - levels, atol=0.05)


def test_the_middle_expectile_is_the_least_squares_fit(fan):
    x, y = fan
    settings = {"architecture": "linear", "max_epochs": 200, "batch_size": 1500, "learning_rate": 0.05}
    settings |= {"early_stopping": False, "random_state": 0}
    # Where curves may cross they share nothing in a linear model; gaps would pull at the middle one.
    middle = DeepExpectileRegressor(crossing="allow", **settings).fit(x, y).predict(x)
    mean = DeepRegressor(**settings).fit(x, y).predict(x)
    np.testing.assert_allclose(middle, mean, atol=2e-3)


def test_predict_is_the_median_and_columns_keep_their_order(fan):
    x, y = fan
    model = DeepQuantileRegressor(quantiles=[0.9, 0.1], **SMALL).fit(x, y)
    curves = model.predict_quantiles(x[:5])
    assert (curves[:, 0] >= model.predict(x[:5])).all()
    assert (model.predict(x[:5]) >= curves[:, 1]).all()
    assert abs((y <= model.predict(x)).mean() - 0.5) < 0.06


def test_members_keep_the_order_and_equal_fits_alone_in_number(fan):
    x, y = fan
    model = DeepQuantileRegressor(quantiles=LEVELS, n_members=3, **SMALL).fit(x, y)
    assert (np.diff(model.predict_quantiles(x), axis=1) >= 0).all()
    assert len(model.networks_) == 3


def test_a_weight_of_two_is_the_row_twice(fan):
    x, y = (part[:100] for part in fan)
    settings = {
        "architecture": "mlp",
        "max_epochs": 20,
        "random_state": 0,
        "early_stopping": False,
        "batch_size": 200,
    }
    weight = np.ones(100)
    weight[:30] = 2
    one = DeepQuantileRegressor(**settings).fit(x, y, sample_weight=weight)
    rows = np.repeat(np.arange(100), weight.astype(int))
    two = DeepQuantileRegressor(**settings).fit(x[rows], y[rows])
    np.testing.assert_allclose(one.predict_quantiles(x), two.predict_quantiles(x), rtol=1e-7)


def test_score_is_one_minus_the_ratio_of_pinball_losses(fan):
    from sklearn.metrics import d2_pinball_score

    x, y = fan
    model = DeepQuantileRegressor(quantiles=[0.5], **SMALL).fit(x, y)
    # Another definition of the sample quantile differs by one order statistic.
    assert model.score(x, y) == pytest.approx(d2_pinball_score(y, model.predict(x)), abs=2e-3)
    assert np.isfinite(cross_val_score(clone(model).set_params(max_epochs=3), x, y, cv=2)).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"quantiles": [0.1, 1.0]}, "must be different numbers strictly between 0 and 1"),
        ({"quantiles": [0.1, 0.1]}, "must be different numbers strictly between 0 and 1"),
        ({"quantiles": []}, "must be different numbers strictly between 0 and 1"),
        ({"crossing": "sometimes"}, "crossing"),
    ],
)
def test_bad_settings_get_one_sentence(fan, settings, message):
    with pytest.raises(ValueError, match=message):
        DeepQuantileRegressor(**settings).fit(*fan)


def test_a_target_of_two_columns_is_refused(fan):
    x, y = fan
    with pytest.raises(ValueError, match="2 columns"):
        DeepQuantileRegressor().fit(x, np.column_stack([y, y]))


def test_partial_fit_and_warm_start_go_on(fan):
    x, y = fan
    model = DeepQuantileRegressor(**SMALL)
    for _ in range(3):
        model.partial_fit(x, y)
    before = model.score(x, y)
    assert model.set_params(warm_start=True, max_epochs=10).fit(x, y).score(x, y) > before


def test_frames_and_saved_models_predict_alike(fan, tmp_path):
    x, y = fan
    frame = pd.DataFrame({"x": x[:, 0], "group": np.where(y > 1, "a", "b")})
    model = DeepQuantileRegressor(quantiles=np.array([0.1, 0.9]), **SMALL).fit(frame, y)
    deepstat.save(model, tmp_path / "model")
    again = deepstat.load(tmp_path / "model")
    np.testing.assert_array_equal(again.predict_quantiles(frame), model.predict_quantiles(frame))
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))


@pytest.mark.slow
def test_pinball_loss_is_within_a_percent_of_separate_networks(fan):
    x, y = fan
    settings = {
        "architecture": "mlp",
        "architecture_params": {"hidden_layer_sizes": (32,)},
        "max_epochs": 100,
        "random_state": 0,
    }
    new = np.random.default_rng(5)
    x_new = new.uniform(0, 2, size=(20_000, 1))
    y_new = x_new[:, 0] + (0.2 + x_new[:, 0]) * new.normal(size=len(x_new))

    def pinball(curve, level):
        residual = y_new - curve
        return np.maximum(level * residual, (level - 1) * residual).mean()

    joint = DeepQuantileRegressor(quantiles=LEVELS, **settings).fit(x, y).predict_quantiles(x_new)
    alone = [
        DeepRegressor(loss="quantile", loss_params={"tau": level}, **settings).fit(x, y).predict(x_new)
        for level in LEVELS
    ]
    found = np.mean([pinball(curve, level) for curve, level in zip(joint.T, LEVELS, strict=True)])
    reference = np.mean([pinball(curve, level) for curve, level in zip(alone, LEVELS, strict=True)])
    assert found < 1.01 * reference

"""Deep distributional regression: one contract for all families."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from distribution_cases import ROWS, cases, covariates
from distribution_densities import DENSITIES
from scipy import special, stats
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import deepstat
from deepstat import DeepDistributionRegressor
from deepstat.errors import UnknownName
from deepstat.estimators.plan import plan_fit
from deepstat.training.gradients import can_batch
from deepstat.training.loop import train

CASES = cases()
X = covariates()
SMALL = {"architecture_params": {"hidden_layer_sizes": (8,)}, "max_epochs": 15, "random_state": 0}
# A network that learns nothing stays where it starts.
STILL = {**SMALL, "max_epochs": 1, "learning_rate": 1e-300, "early_stopping": False}


@parametrize_with_checks(
    [
        DeepDistributionRegressor(max_epochs=10),
        DeepDistributionRegressor(
            distribution="mixture", distribution_params={"family": "normal"}, max_epochs=10
        ),
    ]
)
def test_the_estimator_obeys_the_contract(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        DeepDistributionRegressor(distribution="laplace", max_epochs=10),
        DeepDistributionRegressor(distribution="student_t", max_epochs=10),
        DeepDistributionRegressor(
            distribution="censored", distribution_params={"family": "normal", "low": 0.0}, max_epochs=10
        ),
        DeepDistributionRegressor(n_members=3, max_epochs=10),
    ]
)
def test_other_families_and_ensembles_obey_the_contract(estimator, check):
    check(estimator)


_FITTED = {}


def fitted(name):
    if name not in _FITTED:
        _FITTED[name] = DeepDistributionRegressor(**CASES[name].settings, **SMALL).fit(X, CASES[name].y)
    return _FITTED[name]


@pytest.mark.parametrize("name", CASES)
def test_training_improves_on_the_marginal_fit(name):
    case = CASES[name]
    start = DeepDistributionRegressor(**case.settings, **STILL).fit(X, case.y)
    raw = start._raw(X)[0][0]
    np.testing.assert_allclose(raw, raw[:1].repeat(ROWS, 0), rtol=0, atol=1e-12)
    assert fitted(name).score(X, case.y) > start.score(X, case.y) + 0.005


MAXIMA = {
    "gamma": lambda y: stats.gamma.logpdf(y, *stats.gamma.fit(y, floc=0)),
    "weibull": lambda y: stats.weibull_min.logpdf(y, *stats.weibull_min.fit(y, floc=0)),
    "lognormal": lambda y: stats.lognorm.logpdf(y, *stats.lognorm.fit(y, floc=0)),
    "inverse_gaussian": lambda y: stats.invgauss.logpdf(y, *stats.invgauss.fit(y, floc=0)),
    "beta": lambda y: stats.beta.logpdf(y, *stats.beta.fit(y, floc=0, fscale=1)),
    "von_mises": lambda y: stats.vonmises.logpdf(y, *stats.vonmises.fit(y, fscale=1)),
    "student_t": lambda y: stats.t.logpdf(y, *stats.t.fit(y)),
    "laplace": lambda y: stats.laplace.logpdf(y, *stats.laplace.fit(y)),
    "poisson": lambda y: stats.poisson.logpmf(y, y.mean()),
}


@pytest.mark.parametrize("name", MAXIMA)
def test_networks_start_at_the_maximum_of_the_likelihood_without_covariates(name):
    y = CASES[name].y
    start = DeepDistributionRegressor(**CASES[name].settings, **STILL).fit(X, y)
    assert start.score(X, y) == pytest.approx(MAXIMA[name](y).mean(), abs=1e-5)


@pytest.mark.parametrize("name", DENSITIES)
def test_score_is_the_mean_log_density_of_the_parameters_in_units_of_the_target(name):
    y = CASES[name].y
    predicted = fitted(name).predict_distribution(X)
    each = DENSITIES[name](y, predicted.parameters)
    np.testing.assert_allclose(predicted.log_prob(y), each, rtol=1e-6, atol=1e-8)
    assert fitted(name).score(X, y) == pytest.approx(each.mean(), abs=1e-8)
    weight = np.arange(ROWS) % 3
    assert fitted(name).score(X, y, weight) == pytest.approx(np.average(each, weights=weight), abs=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_predictions_have_the_shape_of_what_the_family_describes(name):
    case, model = CASES[name], fitted(name)
    several = np.ndim(case.y) == 2 and case.distribution not in ("binomial", "censored")
    shape = (5, case.y.shape[1]) if several else (5,)
    predicted = model.predict_distribution(X[:5])
    assert model.predict(X[:5]).shape == shape == predicted.sample(random_state=0).shape
    assert predicted.mean.shape == shape
    np.testing.assert_array_equal(model.predict(X[:5]), predicted.center)
    if case.distribution == "plackett_luce":
        with pytest.raises(NotImplementedError, match="'plackett_luce' has no interval"):
            model.predict(X[:5], interval="prediction")
    else:
        interval = model.predict(X[:5], interval="prediction", level=0.8)
        assert interval.shape == (*shape, 2)
        assert (interval[..., 0] <= interval[..., 1]).all()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.unit != "none"])
def test_other_units_move_predictions_and_shift_the_likelihood_by_the_jacobian(name):
    case, model = CASES[name], fitted(name)
    a, b = 1000.0, 5.0 if case.unit == "affine" else 0.0
    params = {key: a * value + b if key in ("low", "high") else value for key, value in case.params.items()}
    moved = clone(model).set_params(distribution_params=params or None).fit(X, a * case.y + b)
    np.testing.assert_allclose(moved.predict(X), a * model.predict(X) + b, rtol=1e-6, atol=1e-6 * a)
    # Point masses, at zero or beyond a limit, have no unit.
    mass = np.zeros(ROWS, dtype=bool)
    if case.distribution in ("censored", "hurdle"):
        mass = np.isin(case.y, [0.0, case.params.get("low"), case.params.get("high")])
    jacobian = case.columns * np.log(a) * (1 - mass.mean())
    assert moved.score(X, a * case.y + b) == pytest.approx(model.score(X, case.y) - jacobian, abs=1e-6)
    levels = (0.1, 0.9)
    if case.columns == 1:
        quantiles = model.predict_distribution(X[:9]).icdf(levels)
        np.testing.assert_allclose(
            moved.predict_distribution(X[:9]).icdf(levels), a * quantiles + b, rtol=1e-6, atol=1e-6 * a
        )


@pytest.mark.parametrize("name", CASES)
def test_saved_and_pickled_models_predict_to_the_bit(name, tmp_path):
    case, model = CASES[name], fitted(name)
    expected = model.predict_distribution(X)
    deepstat.save(model, tmp_path / "model")
    for again in (deepstat.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        found = again.predict_distribution(X)
        for key, value in expected.parameters.items():
            np.testing.assert_array_equal(found.parameters[key], value)
        np.testing.assert_array_equal(found.log_prob(case.y), expected.log_prob(case.y))
        np.testing.assert_array_equal(again.predict(X[:20]), model.predict(X[:20]))


@pytest.mark.parametrize("name", CASES)
def test_members_train_as_one_population_and_equal_solo_fits(name):
    case = CASES[name]
    settings = {**SMALL, "max_epochs": 2, "batch_size": 64, "n_members": 3}
    model = DeepDistributionRegressor(**case.settings, **settings)
    plans = plan_fit(model, X, case.y, None).plans
    assert can_batch(plans[0])
    together = model.fit(X, case.y).members_
    for plan, member in zip(plans, together, strict=True):
        (alone,) = train([plan])
        torch.testing.assert_close(alone.state.flat, member.flat, rtol=0, atol=1e-9)
    assert not torch.equal(together[0].flat, together[1].flat)


def test_members_are_mixed_with_equal_weights():
    y = CASES["normal"].y
    model = DeepDistributionRegressor(n_members=3, **SMALL).fit(X, y)
    predicted = model.predict_distribution(X)
    parts = [stats.norm(each["loc"], each["scale"]) for each in predicted.parameters]
    np.testing.assert_allclose(np.exp(predicted.log_prob(y)), np.mean([p.pdf(y) for p in parts], axis=0))
    np.testing.assert_allclose(model.predict(X), np.mean([p.mean() for p in parts], axis=0))
    second = np.mean([p.var() + p.mean() ** 2 for p in parts], axis=0)
    np.testing.assert_allclose(predicted.variance, second - predicted.mean**2)


@pytest.mark.parametrize(
    "name", ["normal", "negative_binomial", "ordinal", "mixture(normal)", "censored(normal)", "plackett_luce"]
)
def test_a_weight_of_two_is_the_row_twice_and_of_zero_none(name):
    case = CASES[name]
    settings = {**case.settings, **SMALL, "early_stopping": False, "batch_size": 2 * ROWS}
    weight = np.arange(ROWS) % 3
    rows = np.repeat(np.arange(ROWS), weight)
    one = DeepDistributionRegressor(**settings).fit(X, case.y, sample_weight=weight)
    two = DeepDistributionRegressor(**settings).fit(X[rows], case.y[rows])
    np.testing.assert_allclose(one.predict(X), two.predict(X), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_float32_trains_and_predicts(name):
    case = CASES[name]
    model = DeepDistributionRegressor(**case.settings, **SMALL).fit(X.astype(np.float32), case.y)
    assert model.members_[0].flat.dtype == torch.float32
    assert model.predict(X.astype(np.float32)).dtype == np.float32
    assert model.score(X.astype(np.float32), case.y) == pytest.approx(fitted(name).score(X, case.y), abs=0.1)


@pytest.mark.parametrize("name", ["gamma", "ordinal", "mixture(normal)", "multivariate_normal"])
def test_partial_fit_and_warm_start_go_on(name):
    case = CASES[name]
    model = DeepDistributionRegressor(**case.settings, **SMALL)
    for _ in range(3):
        model.partial_fit(X, case.y)
    before = model.score(X, case.y)
    model.set_params(warm_start=True, max_epochs=10).fit(X, case.y)
    assert model.score(X, case.y) > before
    assert len(model.history_) == 13


def test_frames_with_categories_and_gaps_are_tables_like_any_other():
    y = CASES["gamma"].y
    frame = pd.DataFrame({"x": X[:, 0], "gap": np.where(X[:, 1] > 1, np.nan, X[:, 1])})
    frame["group"] = pd.Categorical(np.where(X[:, 2] > 0, "a", "b"))
    model = DeepDistributionRegressor(distribution="gamma", **SMALL).fit(frame, pd.Series(y))
    assert list(model.feature_names_in_) == ["x", "gap", "group"]
    predicted = model.predict_distribution(frame.assign(group="new"))
    assert np.isfinite(predicted.interval(0.9)).all()
    assert model.score(frame, y) > fitted("gamma").score(X, y) - 0.2


def test_clone_and_nested_parameters():
    model = DeepDistributionRegressor(
        distribution="mixture", distribution_params={"family": "normal", "n_components": 2}, **SMALL
    ).fit(X, CASES["mixture(normal)"].y)
    assert model.get_params()["distribution_params__n_components"] == 2
    twin = clone(model).set_params(distribution_params__n_components=3)
    assert not hasattr(twin, "members_")
    assert model.distribution_params["n_components"] == 2
    found = twin.fit(X, CASES["mixture(normal)"].y).predict_distribution(X)
    assert found.parameters["weights"].shape == (ROWS, 3)
    # What is set after a fit changes the next one, and not predictions.
    model.set_params(distribution="gamma", distribution_params=None)
    assert model.predict_distribution(X).family.name == "mixture(normal)"


def test_scikit_learns_tools_search_over_families_in_one_population():
    y = CASES["student_t"].y
    grid = {"distribution": ["normal", "laplace", "student_t"]}
    model = DeepDistributionRegressor(**{**SMALL, "max_epochs": 3})
    alone = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)
    with deepstat.population():
        together = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)
    scores = alone.cv_results_["mean_test_score"]
    np.testing.assert_allclose(together.cv_results_["mean_test_score"], scores, rtol=1e-6)
    assert len(set(scores)) == 3
    components = np.arange(2, 4)  # NumPy's integers are integers
    search = GridSearchCV(
        model.set_params(distribution="mixture", distribution_params={"family": "normal"}),
        {"distribution_params__n_components": components},
        cv=2,
        error_score="raise",
    )
    assert np.isfinite(search.fit(X, y).cv_results_["mean_test_score"]).all()
    assert np.isfinite(cross_val_score(clone(model), X, y, cv=2)).all()


def test_a_failed_refit_leaves_the_fitted_model_as_it_was():
    model = clone(fitted("gamma")).fit(X, CASES["gamma"].y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="y > 0"):
        model.fit(X, -CASES["gamma"].y)
    with pytest.raises(UnknownName, match="Did you mean 'weibull'"):
        model.set_params(distribution="weibul").fit(X, CASES["gamma"].y)
    np.testing.assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize(
    ("name", "y", "message"),
    [
        ("normal", CASES["normal"].y[:5], "inconsistent numbers of samples"),
        ("normal", np.c_[CASES["normal"].y, CASES["normal"].y], "2 columns, but 1 were learned"),
        ("normal", np.full(ROWS, np.nan), "NaN"),
        ("poisson", CASES["poisson"].y + 0.5, "whole numbers"),
    ],
)
def test_score_takes_the_targets_that_fit_takes(name, y, message):
    with pytest.raises(ValueError, match=message):
        fitted(name).score(X, y)


def test_an_unseen_level_has_probability_zero():
    assert fitted("ordinal").score(X, np.full(ROWS, 2.0)) == -np.inf


def test_trials_scale_the_predicted_counts():
    model = fitted("binomial")
    trials = np.arange(ROWS) % 4
    predicted = model.predict_distribution(X, trials=trials)
    p = special.expit(predicted.parameters["logits"])
    reference = stats.binom(trials, p)
    np.testing.assert_allclose(predicted.mean, reference.mean())
    np.testing.assert_allclose(predicted.variance, reference.var())
    np.testing.assert_array_equal(predicted.icdf(0.7), reference.ppf(0.7))
    np.testing.assert_allclose(model.predict(X), p)  # of one trial: the probability


@pytest.mark.parametrize("trials", [-1, 1.5, [1, 2], "three", np.nan])
def test_trials_that_are_none_are_refused(trials):
    with pytest.raises(ValueError, match="trials"):
        fitted("binomial").predict_distribution(X, trials=trials)
    with pytest.raises(ValueError, match="trials are for distribution='binomial', not 'normal'"):
        fitted("normal").predict_distribution(X, trials=1)


def test_predictions_of_censored_targets_are_of_the_latent_variable():
    predicted = fitted("censored(normal)").predict_distribution(X)
    p = predicted.parameters
    np.testing.assert_allclose(predicted.mean, p["loc"])
    np.testing.assert_allclose(predicted.cdf(-1.0), stats.norm.cdf(-1.0, p["loc"], p["scale"]))
    seen = predicted.observed()
    below = stats.norm.cdf(-0.5, p["loc"], p["scale"])
    z = (-0.5 - p["loc"]) / p["scale"]
    mean = -0.5 * below + p["loc"] * (1 - below) + p["scale"] * stats.norm.pdf(z)
    np.testing.assert_allclose(seen.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(seen.cdf(-0.5), below)


@pytest.fixture(scope="module")
def growing():
    """A curve whose scatter grows with x, and fresh rows of it."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, size=(5000, 1))
    mean, sd = np.sin(2 * x[:, 0]), np.exp(0.5 * x[:, 0] - 1)
    y = mean + sd * rng.normal(size=len(x))
    return x[:4000], y[:4000], x[4000:], y[4000:], mean[4000:], sd[4000:]


@pytest.mark.parametrize("distribution", ["normal", "student_t"])
def test_predicted_scatter_follows_the_true_one(growing, distribution):
    x, y, x_new, y_new, mean, sd = growing
    settings = {"architecture_params": {"hidden_layer_sizes": (32, 32)}, "max_epochs": 30, "random_state": 0}
    model = DeepDistributionRegressor(distribution=distribution, **settings).fit(x, y)
    predicted = model.predict_distribution(x_new)
    low, high = predicted.interval(special.erf(np.sqrt(0.5))).T  # one standard deviation on either side
    assert np.corrcoef((high - low) / 2, sd)[0, 1] > 0.98
    assert np.abs(np.log((high - low) / 2 / sd)).mean() < 0.06
    assert np.abs(predicted.center - mean).mean() < 0.06
    assert model.score(x_new, y_new) > stats.norm.logpdf(y_new, mean, sd).mean() - 0.03
    assert stats.kstest(predicted.cdf(y_new), "uniform").pvalue > 0.01
    low, high = model.predict(x_new, interval="prediction", level=0.9).T
    assert ((low <= y_new) & (y_new <= high)).mean() == pytest.approx(0.9, abs=0.03)

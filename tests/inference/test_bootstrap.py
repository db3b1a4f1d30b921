"""The bootstrap as a whole: against scipy and exact least squares, on linear networks and on any estimator."""

import joblib
import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepstat import DeepClassifier, DeepRegressor
from deepstat.estimators.draw import Draw
from deepstat.inference import average_derivative, bootstrap, prediction, score
from deepstat.inference.bootstrap_result import METHODS
from deepstat.inference.draws.pairs import pairs
from deepstat.training.loop import train
from deepstat.training.together import trained_by


def coefficient(fitted):
    return fitted.coef_[0]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    return X, X @ [1.0, -2.0, 0.5] + rng.exponential(size=40)


def linear_network(**params):
    """Return a network that is least squares: all rows in a batch, trained until it stands still."""
    settings = {"early_stopping": False, "max_epochs": 500, "learning_rate": 0.1, "random_state": 0}
    return DeepRegressor(architecture="linear", **{**settings, **params})


def index_matrix(n, n_draws):
    return np.random.default_rng(7).integers(0, n, (n_draws, n))


def scipys(X, y, method, n_draws, level):
    def statistic(rows):
        return np.linalg.lstsq(np.c_[np.ones(len(rows)), X[rows]], y[rows], rcond=None)[0][1]

    found = stats.bootstrap(
        (np.arange(len(y)),),
        statistic,
        vectorized=False,
        n_resamples=n_draws,
        confidence_level=level,
        method=method,
        rng=np.random.default_rng(7),
    )
    return np.array(found.confidence_interval), found.standard_error


@pytest.mark.parametrize("method", ["percentile", "basic", "bca"])
def test_least_squares_with_scipys_index_matrix_has_scipys_intervals(data, method):
    X, y = data
    draws = [Draw(rows=rows) for rows in index_matrix(40, 300)]
    result = bootstrap(
        LinearRegression(), X, y, coefficient, scheme=draws, method=method, n_groups=40, level=0.9
    )
    interval, error = scipys(X, y, method, 300, 0.9)
    np.testing.assert_allclose(result.interval(), interval, rtol=1e-9)
    assert result.standard_error == pytest.approx(error, rel=1e-9)


def test_linear_network_with_scipys_index_matrix_has_scipys_intervals(data):
    X, y = data
    draws = [Draw(rows=rows.astype(np.int32)) for rows in index_matrix(40, 60)]
    result = bootstrap(
        linear_network(), X, y, average_derivative(X, 0), scheme=draws, method="bca", n_groups=40, n_seeds=3
    )
    assert result.kind == "confidence interval"
    for method in ("percentile", "basic", "bca"):
        interval, error = scipys(X, y, method, 60, 0.95)
        np.testing.assert_allclose(result.interval(method=method), interval, atol=1e-3 * error)
    assert result.seed_variance < 1e-6 * error**2


def test_bayesian_bootstrap_of_a_linear_network_is_weighted_least_squares(data):
    X, y = data
    result = bootstrap(
        linear_network(),
        X,
        y,
        average_derivative(X, 0),
        scheme="bayesian",
        n_draws=5,
        n_seeds=0,
        random_state=1,
    )
    exact = bootstrap(LinearRegression(), X, y, coefficient, scheme="bayesian", n_draws=5, random_state=1)
    np.testing.assert_allclose(result.draws, exact.draws, atol=1e-4)


def test_pairs_errors_are_robust_and_residual_errors_classical():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 1))
    y = x[:, 0] + rng.normal(size=300) * (0.2 + np.abs(x[:, 0]))
    ols = sm.OLS(y, sm.add_constant(x)).fit()
    errors = {
        scheme: bootstrap(
            LinearRegression(), x, y, coefficient, scheme=scheme, n_draws=600, random_state=0
        ).standard_error
        for scheme in ("pairs", "wild", "residual", "bayesian")
    }
    for scheme in ("pairs", "wild", "bayesian"):
        assert errors[scheme] == pytest.approx(ols.HC1_se[1], rel=0.1)
    assert errors["residual"] == pytest.approx(ols.bse[1], rel=0.1)
    assert errors["residual"] < 0.75 * errors["pairs"]


def test_cluster_bootstrap_errors_are_the_clustered_ones_of_statsmodels():
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(60), 5)
    x = rng.normal(size=60)[labels][:, None] + 0.3 * rng.normal(size=(300, 1))
    y = x[:, 0] + rng.normal(size=60)[labels] + rng.normal(size=300)
    clustered = sm.OLS(y, sm.add_constant(x)).fit(cov_type="cluster", cov_kwds={"groups": labels})
    result = bootstrap(
        LinearRegression(), x, y, coefficient, scheme="cluster", clusters=labels, n_draws=600, random_state=0
    )
    assert result.standard_error == pytest.approx(clustered.bse[1], rel=0.12)
    naive = bootstrap(LinearRegression(), x, y, coefficient, n_draws=300, random_state=0)
    assert naive.standard_error < 0.75 * result.standard_error


def test_parametric_poisson_errors_are_those_of_statsmodels():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 1))
    y = rng.poisson(np.exp(0.5 + 0.4 * x[:, 0])).astype(float)
    glm = sm.GLM(y, sm.add_constant(x), family=sm.families.Poisson()).fit()
    network = linear_network(loss="poisson", max_epochs=150)
    a, b = x[:1] * 0, x[:1] * 0 + 1
    result = bootstrap(
        network,
        x,
        y,
        lambda fitted: np.log(fitted.predict(b) / fitted.predict(a)),
        scheme="parametric",
        family="poisson",
        n_draws=100,
        n_seeds=0,
        random_state=0,
    )
    assert result.estimate[0] == pytest.approx(glm.params[1], abs=1e-3)
    assert result.standard_error[0] == pytest.approx(glm.bse[1], rel=0.2)


def test_studentised_interval_uses_the_errors_of_every_draw(data):
    X, y = data

    def with_error(fitted):
        return fitted.coef_[0], fitted.error_

    class WithError(LinearRegression):
        def fit(self, X, y):
            super().fit(X, y)
            self.error_ = sm.OLS(y, sm.add_constant(X)).fit().bse[1]
            return self

    result = bootstrap(WithError(), X, y, with_error, method="studentised", n_draws=100, random_state=0)
    t = (result.draws - result.estimate) / result.draw_errors
    low, high = np.quantile(t, [0.025, 0.975])
    ols = sm.OLS(y, sm.add_constant(X)).fit()
    np.testing.assert_allclose(
        result.interval(), [ols.params[1] - high * ols.bse[1], ols.params[1] - low * ols.bse[1]]
    )
    with pytest.raises(ValueError, match=r"returns \(value, standard error\)"):
        bootstrap(LinearRegression(), X, y, coefficient, method="studentised")
    with pytest.raises(ValueError, match="standard error in every draw"):
        bootstrap(LinearRegression(), X, y, coefficient, n_draws=5).interval(method="studentised")


class NoisyMean(RegressorMixin, BaseEstimator):
    """The mean of y plus noise of the seed: sampling variance var(y)/n, seed variance noise^2, no interaction."""

    def __init__(self, noise=1.0, random_state=None):
        self.noise, self.random_state = noise, random_state

    def fit(self, X, y):
        self.mean_ = y.mean() + self.noise * np.random.default_rng(self.random_state).normal()
        return self


@pytest.mark.parametrize("seeds", ["fixed", "varying"])
def test_seed_variance_is_told_from_sampling_variance(seeds):
    y = np.random.default_rng(0).normal(size=100) * 10
    result = bootstrap(
        NoisyMean(random_state=3),
        y[:, None],
        y,
        lambda fitted: fitted.mean_,
        n_draws=1500,
        n_seeds=800,
        seeds=seeds,
        random_state=0,
    )
    assert result.seed_variance == pytest.approx(1.0, rel=0.15)
    assert result.sampling_variance == pytest.approx(y.var() / 100, rel=0.25)
    assert result.total_variance == pytest.approx(y.var() / 100 + 1.0, rel=0.15)
    fixed_or_both = {"fixed": y.var() / 100, "varying": y.var() / 100 + 1.0}[seeds]
    assert result.standard_error**2 == pytest.approx(fixed_or_both, rel=0.15)


def test_an_estimator_without_seed_has_no_seed_variance(data):
    result = bootstrap(LinearRegression(), *data, lambda fitted: fitted.coef_, n_draws=5)
    np.testing.assert_array_equal(result.seed_variance, np.zeros(3))
    assert "no seeds" in result.summary()


def test_estimate_is_that_of_the_estimators_own_fit(data):
    X, y = data
    network = DeepRegressor(architecture="mlp", max_epochs=3, random_state=4)
    result = bootstrap(network, X, y, prediction(X[:4]), n_draws=3, n_seeds=2)
    np.testing.assert_allclose(result.estimate, network.fit(X, y).predict(X[:4]), atol=1e-9)
    np.testing.assert_allclose(result.seed_values[0], result.estimate)


def test_members_are_the_fits_of_a_loop_over_draws():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.normal(size=60)
    rows = [rng.integers(60, size=60).astype(np.int32) for _ in range(3)]
    network = DeepRegressor(architecture="mlp", max_epochs=5, random_state=0)
    together = bootstrap(network, X, y, prediction(X), scheme=[Draw(rows=own) for own in rows], n_seeds=0)
    for own, found in zip(rows, together.draws, strict=True):
        np.testing.assert_allclose(found, network.fit(X[own], y[own]).predict(X), atol=1e-9)


def test_chunks_of_several_workers_agree_with_one(data):
    X, y = data
    network = DeepRegressor(architecture="mlp", max_epochs=3, random_state=0)
    one = bootstrap(network, X, y, prediction(X[:3]), n_draws=8, random_state=0)
    with joblib.parallel_config(backend="threading"):
        two = bootstrap(network, X, y, prediction(X[:3]), n_draws=8, random_state=0, n_jobs=2)
    np.testing.assert_allclose(two.draws, one.draws, atol=1e-9)


def test_more_draws_begin_with_the_same_ones(data):
    few, many = (
        bootstrap(LinearRegression(), *data, coefficient, n_draws=b, random_state=3) for b in (10, 30)
    )
    np.testing.assert_array_equal(few.draws, many.draws[:10])


def test_deep_fits_are_called_variable_and_claim_no_coverage(data):
    X, y = data
    deep = bootstrap(
        DeepRegressor(architecture="mlp", max_epochs=2), X, y, prediction(X[:1]), n_draws=3, n_seeds=0
    )
    assert deep.kind == "variability interval"
    assert "No coverage is claimed" in repr(deep)
    for estimator, kind in [
        (linear_network(max_epochs=2), "confidence"),
        (linear_network(max_epochs=2, l2=0.1), "variability"),
        (Ridge(), "variability"),
    ]:
        result = bootstrap(estimator, X, y, prediction(X[:1]), n_draws=3, n_seeds=0)
        assert result.kind == f"{kind} interval"


def test_summary_names_scheme_draws_seeds_and_claim(data):
    X, y = data
    text = repr(
        bootstrap(
            DeepRegressor(architecture="mlp", max_epochs=2),
            X,
            y,
            prediction(X),
            n_draws=4,
            n_seeds=2,
            out_of_bag=True,
        )
    )
    assert text.startswith(
        "pairs bootstrap, 4 draws, one seed, 2 seeds on the original rows; 95% pointwise percentile variability"
    )
    assert "... and 30 more entries" in text
    assert ".632+" in text


def interrupted_after(n_fits):
    seen = []

    def statistic(fitted):
        if len(seen) == n_fits:
            raise KeyboardInterrupt
        seen.append(fitted)
        return fitted.coef_[0]

    return statistic


def test_an_interrupt_leaves_the_finished_draws(data):
    whole = bootstrap(LinearRegression(), *data, coefficient, n_draws=20, random_state=0)
    with pytest.warns(UserWarning, match="first 6 of 20 draws"):
        part = bootstrap(
            LinearRegression(), *data, interrupted_after(7), n_draws=20, random_state=0, out_of_bag=True
        )
    np.testing.assert_array_equal(part.draws, whole.draws[:6])
    assert (part.n_draws, part.n_asked) == (6, 20)
    assert "6 draws of 20 asked" in repr(part)
    assert part.out_of_bag.n_rows == 40


def test_an_interrupt_before_two_draws_is_an_interrupt(data):
    with pytest.raises(KeyboardInterrupt):
        bootstrap(LinearRegression(), *data, interrupted_after(2), n_draws=20)


def test_rows_of_weight_zero_are_not_there(data):
    X, y = data
    weight = np.r_[np.zeros(10), np.ones(30)]
    found = bootstrap(LinearRegression(), X, y, coefficient, sample_weight=weight, n_draws=10, random_state=0)
    kept = bootstrap(LinearRegression(), X[10:], y[10:], coefficient, n_draws=10, random_state=0)
    np.testing.assert_allclose(found.draws, kept.draws)


def test_classes_stay_known_to_fits_that_drew_none_of_them():
    X, y = load_breast_cancer(return_X_y=True)
    X, y = X[:60, :3], np.where(y[:60] == 1, "benign", "malignant")
    classifier = DeepClassifier(architecture="mlp", max_epochs=3, random_state=0)
    for options in (
        {"scheme": "stratified", "strata": y, "out_of_bag": "log"},
        {"scheme": "parametric", "family": "bernoulli"},
        {"out_of_bag": True},
    ):
        result = bootstrap(classifier, X, y, prediction(X[:2]), n_draws=5, n_seeds=2, **options)
        np.testing.assert_allclose(result.draws.sum(axis=2), 1, atol=1e-6)
    assert score(X, y, "roc_auc")(classifier.fit(X, y)) > 0.5


def inside_draws(n_rows, n_draws):
    """Return the rows that a bootstrap with random_state=0 draws."""
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max)
    return [draw.rows for draw in pairs(n_rows, n_draws, seed=seed)]


def test_a_pipeline_around_a_network_trains_together_if_it_holds_no_rows_out(data):
    X, y = data
    pipeline = make_pipeline(
        StandardScaler(),
        DeepRegressor(architecture="mlp", max_epochs=3, early_stopping=False, random_state=0),
    )
    inside = bootstrap(pipeline, X, y, prediction(X[:2]), n_draws=4, n_seeds=0, random_state=0)
    for draw, found in zip(inside_draws(40, 4), inside.draws, strict=True):
        np.testing.assert_allclose(found, pipeline.fit(X[draw], y[draw]).predict(X[:2]), atol=1e-9)
    with pytest.raises(ValueError, match=r"deepregressor__early_stopping='auto'.*both sides"):
        bootstrap(make_pipeline(StandardScaler(), DeepRegressor()), X, y, prediction(X[:2]))


@pytest.mark.parametrize("scheme", ["pairs", "cluster", "bayesian", "block"])
def test_no_row_or_cluster_is_both_learned_from_and_held_out(scheme):
    rng = np.random.default_rng(0)
    X, y, unit = rng.normal(size=(160, 2)), rng.normal(size=160), np.arange(160)
    options = {}
    if scheme in ("cluster", "bayesian"):
        unit = np.arange(160) // 4
        options = {"clusters": unit}
    elif scheme == "block":
        unit, options = np.arange(160) // 8, {"block_length": 8}
    seen = []

    def watch(plans):
        seen.extend(plans)
        return train(plans)

    network = DeepRegressor(architecture="mlp", max_epochs=1, early_stopping=True, random_state=0)
    with trained_by(watch):
        bootstrap(
            network, X, y, prediction(X[:1]), scheme=scheme, n_draws=5, n_seeds=0, random_state=0, **options
        )
    assert len(seen) == 6
    first = 1 if scheme == "block" else 0  # the original rows have no blocks
    for plan in seen[first:]:
        assert not set(unit[plan.rows]) & set(unit[plan.validation_rows])


@pytest.mark.parametrize("method", METHODS[:3])
def test_every_plain_method_gives_ordered_ends_around_the_estimate(data, method):
    result = bootstrap(LinearRegression(), *data, lambda fitted: fitted.coef_, n_draws=100, random_state=0)
    low, high = result.interval(method=method)
    assert (low < result.estimate).all()
    assert (result.estimate < high).all()
    band = result.bands()
    normal = result.interval(method="normal")
    assert (band[0] < normal[0]).all()
    assert (band[1] > normal[1]).all()


def test_a_statistic_that_changes_its_shape_is_refused(data):
    shapes = iter([1, 1, 2])
    with pytest.raises(ValueError, match=r"shape \(2,\) in fit 2 and \(1,\) on the original rows"):
        bootstrap(LinearRegression(), *data, lambda fitted: np.zeros(next(shapes)), n_draws=5)
    with pytest.raises(ValueError, match="no array of numbers"):
        bootstrap(LinearRegression(), *data, lambda fitted: "high", n_draws=5)

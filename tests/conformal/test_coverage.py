"""Coverage in finite samples, against its exact law where there is one."""

import numpy as np
import pytest
from conformal_models import Columns, FirstColumn
from scipy.stats import beta, betabinom, chisquare, kstest, norm
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor

from deepstat.conformal import ConformalClassifier, ConformalRegressor

N = 29  # calibration rows: at level 0.9 the quantile is the 27th of them


def half_width(y, level=0.9):
    """Return the half-width of intervals around zero."""
    model = ConformalRegressor(FrozenEstimator(FirstColumn()), level=level).fit(np.zeros((len(y), 1)), y)
    return model.predict_interval([[0.0]])[0, 1]


@pytest.fixture(scope="module")
def coverages():
    """Return the exact coverage of a new standard normal target, for each of many calibration samples."""
    rng = np.random.default_rng(0)
    return np.array([2 * norm.cdf(half_width(rng.normal(size=N))) - 1 for _ in range(700)])


def test_coverage_given_the_calibration_rows_has_its_beta_law(coverages):
    assert kstest(coverages, beta(27, N + 1 - 27).cdf).pvalue > 0.01
    assert coverages.mean() == pytest.approx(0.9, abs=4 * beta(27, 3).std() / np.sqrt(700))


def test_the_number_of_new_rows_covered_has_its_beta_binomial_law(coverages):
    covered = np.random.default_rng(1).binomial(20, coverages)
    law = betabinom(20, 27, N + 1 - 27)
    seen = np.bincount(covered, minlength=21)
    expected = law.pmf(np.arange(21)) * 700
    tail = np.searchsorted(np.cumsum(expected), 20.0)  # counts too rare for a chi-square are put together
    assert (
        chisquare(np.r_[seen[:tail].sum(), seen[tail:]], np.r_[expected[:tail].sum(), expected[tail:]]).pvalue
        > 0.01
    )


def test_a_quantile_without_the_new_row_breaks_the_law():
    rng = np.random.default_rng(0)
    naive = np.array([np.quantile(np.abs(rng.normal(size=N)), 0.9) for _ in range(700)])
    assert kstest(2 * norm.cdf(naive) - 1, beta(27, N + 1 - 27).cdf).pvalue < 1e-6


def gaussian(seed, n=40, n_new=10, p=3):
    rng = np.random.default_rng(seed)
    X, Z = rng.normal(size=(n, p)), rng.normal(size=(n_new, p))
    return X, X[:, 0] + rng.normal(size=n), Z


def covered(intervals, mean):
    """Return the probability that intervals hold new targets, normal around their means."""
    return float(np.mean(norm.cdf(intervals[:, 1] - mean) - norm.cdf(intervals[:, 0] - mean)))


@pytest.mark.parametrize(
    ("settings", "low", "high"),
    [
        ({"method": "split", "calibration_fraction": 0.5}, 0.9, 19 / 21),  # exactly 19 of 21
        ({"method": "cv+", "n_folds": 5}, 0.9, 0.95),
        ({"method": "jackknife+-after-bootstrap", "n_resamples": 25}, 0.9, 0.95),
    ],
)
@pytest.mark.parametrize("estimator", [LinearRegression(), KNeighborsRegressor(1)])
def test_new_rows_are_covered_on_average(settings, low, high, estimator):
    found = []
    for seed in range(40):
        X, y, Z = gaussian(seed)
        model = ConformalRegressor(estimator, random_state=seed, **settings).fit(X, y)
        found.append(covered(model.predict_interval(Z), Z[:, 0]))
    error = np.std(found) / np.sqrt(40)
    assert low - 3 * error < np.mean(found) < high + 3 * error


def test_residuals_of_rows_that_were_fitted_do_not_cover():
    found = []
    for seed in range(60):
        X, y, Z = gaussian(seed)
        own = KNeighborsRegressor(1).fit(X, y)
        intervals = ConformalRegressor(FrozenEstimator(own)).fit(X, y).predict_interval(Z)
        found.append(covered(intervals, Z[:, 0]))
    assert np.mean(found) < 0.5


def hierarchical(rng, n_clusters):
    """Return clusters that are small and noisy or large and quiet: a row from each, and all rows."""
    sizes = rng.choice([1, 20], n_clusters)
    effect = rng.normal(size=n_clusters) * np.where(sizes == 1, 3.0, 0.3)
    y = np.repeat(effect, sizes) + 0.1 * rng.normal(size=sizes.sum())
    return y, np.repeat(np.arange(n_clusters), sizes)


@pytest.mark.parametrize("method", ["split", "cv+"])
def test_a_row_of_a_new_cluster_is_covered_and_without_groups_it_is_not(method):
    by_cluster, by_row = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y, groups = hierarchical(rng, 30)
        fresh, of = hierarchical(rng, 200)
        fresh = fresh[np.unique(of, return_index=True)[1]]  # one row of each
        model = ConformalRegressor(LinearRegression(), method=method, n_folds=5, level=0.8, random_state=seed)
        model.set_params(calibration_fraction=0.5)
        zeros = np.zeros((len(y), 1))
        for given, found in ((groups, by_cluster), (None, by_row)):
            lower, upper = model.fit(zeros, y, groups=given).predict_interval([[0.0]])[0]
            found.append(np.mean((lower <= fresh) & (fresh <= upper)))
    error = np.std(by_cluster) / np.sqrt(40)
    assert 0.8 - 3 * error < np.mean(by_cluster) < 0.85 + 3 * error
    assert np.mean(by_row) < 0.7


def test_every_category_is_covered_and_without_mondrian_one_is_not():
    rng = np.random.default_rng(0)
    found, pooled = [], []
    for _ in range(150):
        noisy = np.repeat([0, 1], [60, 19])
        y = rng.normal(size=79) * np.where(noisy, 5.0, 1.0)
        frozen, zeros = FrozenEstimator(FirstColumn()), np.zeros((79, 1))
        own = ConformalRegressor(frozen).fit(zeros, y, mondrian=noisy)
        ends = own.predict_interval(np.zeros((2, 1)), mondrian=[0, 1])[:, 1]
        found.append(2 * norm.cdf(ends / [1.0, 5.0]) - 1)
        pooled.append(2 * norm.cdf(half_width(y) / 5.0) - 1)
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(150)
    np.testing.assert_array_less(np.abs(mean - [55 / 61, 18 / 20]), 4 * error)  # ceil(0.9 * 61) = 55
    assert np.mean(pooled) < 0.75


def classes(rng, n):
    table = rng.dirichlet([0.5, 0.5, 0.5], size=n)
    return table, (rng.random(n)[:, None] > np.cumsum(table, axis=1)).sum(axis=1)


def test_random_sets_have_their_exact_level_and_others_more():
    rng = np.random.default_rng(0)
    hits = {True: [], False: []}
    for seed in range(200):
        table, y = classes(rng, 29)
        new, truth = classes(rng, 100)
        for randomised in hits:
            model = ConformalClassifier(
                FrozenEstimator(Columns()),
                level=0.8,
                conformity_score="aps",
                randomised=randomised,
                random_state=seed,
            ).fit(table, y)
            hits[randomised].append(model.predict_set(new)[np.arange(100), truth].mean())
    error = np.std(hits[True]) / np.sqrt(200)
    assert np.mean(hits[True]) == pytest.approx(0.8, abs=3 * error)  # 24 of 30
    assert np.mean(hits[False]) > 0.8 - 3 * error


def test_rare_classes_are_covered_when_each_is_calibrated_by_itself():
    rng = np.random.default_rng(0)

    def draw(n):
        y = (rng.random(n) < 0.15).astype(int)
        p = 1 / (1 + np.exp(-(2.0 * y - 3.0 + rng.normal(size=n))))
        return np.c_[1 - p, p], y

    found, pooled = [], []
    for _ in range(150):
        (table, y), (new, truth) = draw(150), draw(400)
        for by_class, kept in ((True, found), (False, pooled)):
            model = ConformalClassifier(FrozenEstimator(Columns(2)), level=0.8, by_class=by_class).fit(
                table, y
            )
            inside = model.predict_set(new)[np.arange(400), truth]
            kept.append([inside[truth == c].mean() for c in (0, 1)])
    assert (np.mean(found, axis=0) > 0.8 - 3 * np.std(found, axis=0) / np.sqrt(150)).all()
    assert (np.mean(found, axis=0) < 0.87).all()
    assert np.mean(pooled, axis=0)[1] < 0.5

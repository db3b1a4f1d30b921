"""Intervals against loops by hand that refit without each row."""

import math
from fractions import Fraction

import numpy as np
import pytest
from conformal_models import FirstColumn, Quantiles, Seeing, SeeingBayes
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor

from deepstat import DeepRegressor
from deepstat.conformal import ConformalRegressor
from deepstat.estimators import refit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(37, 3))
Y = X @ [1.0, -2.0, 0.0] + RNG.normal(size=37) * (1 + np.abs(X[:, 0]))
NEW = RNG.normal(size=(6, 3))
METHODS = ["split", "cv+", "jackknife+-after-bootstrap"]


def ends(lower, upper, level):
    """Return the interval of Barber et al.: order statistics of the individuals' ends, by exact ranks."""
    n, alpha = len(lower), 1 - Fraction(str(level))
    up, down = math.ceil((1 - alpha) * (n + 1)), math.floor(alpha * (n + 1))
    return [sorted(lower)[down - 1] if down else -np.inf, sorted(upper)[up - 1] if up <= n else np.inf]


def leave_one_out(estimator, level):
    """Return the jackknife+ by hand: a fit without each row."""
    fits = [clone(estimator).fit(np.delete(X, i, axis=0), np.delete(Y, i)) for i in range(len(Y))]
    residuals = [abs(Y[i] - fits[i].predict(X[[i]])[0]) for i in range(len(Y))]
    found = []
    for x in NEW:
        center = [fit.predict(x[None])[0] for fit in fits]
        pairs = list(zip(center, residuals, strict=True))
        found.append(ends([c - r for c, r in pairs], [c + r for c, r in pairs], level))
    return np.array(found)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("estimator", [LinearRegression(), KNeighborsRegressor(3)])
def test_one_fold_a_row_is_the_jackknife_plus(estimator, level):
    model = ConformalRegressor(estimator, method="cv+", n_folds=1000, random_state=0).fit(X, Y)
    if level == 0.99:
        with pytest.warns(
            UserWarning, match="37 calibration rows are too few for level=0.99, which needs 99"
        ):
            found = model.predict_interval(NEW, level)
        assert np.isinf(found).all()
        return
    np.testing.assert_allclose(model.predict_interval(NEW, level), leave_one_out(estimator, level), rtol=1e-9)


@pytest.mark.parametrize("n_folds", [2, 5, 10])
def test_folds_are_refitted_by_hand(n_folds):
    model = ConformalRegressor(Seeing(), method="cv+", n_folds=n_folds, random_state=1).fit(X, Y)
    unseen = np.array([~np.isin(X[:, 0], fit.seen_) for fit in model.estimators_])
    assert (unseen.sum(axis=0) == 1).all()  # each row is in one fold
    assert set(unseen.sum(axis=1)) <= {37 // n_folds, 37 // n_folds + 1}
    found = model.predict_interval(NEW)
    for x, interval in zip(NEW, found, strict=True):
        lower, upper = [], []
        for i in range(37):
            rows = ~unseen[unseen[:, i].argmax()]
            own = LinearRegression().fit(X[rows], Y[rows])
            residual, center = abs(Y[i] - own.predict(X[[i]])[0]), own.predict(x[None])[0]
            lower.append(center - residual)
            upper.append(center + residual)
        np.testing.assert_allclose(interval, ends(lower, upper, 0.9), rtol=1e-9)
    np.testing.assert_allclose(model.predict(NEW), LinearRegression().fit(X, Y).predict(NEW), rtol=1e-9)


def test_bootstrap_fits_are_averaged_by_hand():
    method = "jackknife+-after-bootstrap"
    model = ConformalRegressor(Seeing(), method=method, n_resamples=12, random_state=3).fit(X, Y)
    samples = [np.searchsorted(np.sort(X[:, 0]), fit.seen_) for fit in model.estimators_]
    samples = [np.argsort(X[:, 0])[sample] for sample in samples]
    assert all(len(sample) == 37 and len(set(sample)) < 37 for sample in samples)
    fits = [LinearRegression().fit(X[sample], Y[sample]) for sample in samples]
    found = model.predict_interval(NEW, 0.8)
    for x, interval in zip(NEW, found, strict=True):
        lower, upper = [], []
        for i in range(37):
            own = [fit for fit, sample in zip(fits, samples, strict=True) if i not in sample]
            residual = abs(Y[i] - np.mean([fit.predict(X[[i]])[0] for fit in own])) if own else np.inf
            center = np.mean([fit.predict(x[None])[0] for fit in own]) if own else 0.0
            lower.append(center - residual)
            upper.append(center + residual)
        np.testing.assert_allclose(interval, ends(lower, upper, 0.8), rtol=1e-9)
    np.testing.assert_allclose(
        model.predict(NEW), np.mean([fit.predict(NEW) for fit in fits], axis=0), rtol=1e-9
    )


@pytest.mark.parametrize("method", ["cv+", "jackknife+-after-bootstrap"])
def test_normalised_scores_are_averaged_as_mixtures_by_hand(method):
    settings = {"method": method, "n_folds": 5, "n_resamples": 15, "conformity_score": "normalised"}
    model = ConformalRegressor(SeeingBayes(), random_state=0, **settings).fit(X, Y)

    def moments(fits, x):
        mean, std = np.array([fit.predict(x[None], return_std=True) for fit in fits])[..., 0].T
        return mean.mean(), math.sqrt((std**2 + mean**2).mean() - mean.mean() ** 2)

    for x, interval in zip(NEW, model.predict_interval(NEW), strict=True):
        lower, upper = [], []
        for i in range(37):
            own = [fit for fit in model.estimators_ if X[i, 0] not in fit.seen_]
            center, spread = moments(own, X[i])
            score = abs(Y[i] - center) / spread
            center, spread = moments(own, x)
            lower.append(center - score * spread)
            upper.append(center + score * spread)
        np.testing.assert_allclose(interval, ends(lower, upper, 0.9), rtol=1e-7)


def test_a_split_by_hand():
    model = ConformalRegressor(Seeing(), calibration_fraction=0.4, random_state=0).fit(X, Y)
    held = np.flatnonzero(~np.isin(X[:, 0], model.estimator_.seen_))
    assert len(held) == 15
    assert sorted(model.calibration_rows_) == held.tolist()
    rest = np.setdiff1d(np.arange(37), held)
    fit = LinearRegression().fit(X[rest], Y[rest])
    residuals = sorted(np.abs(Y[held] - fit.predict(X[held])))
    reach = residuals[14]  # 0.9 * 16 = 14.4, so the 15th
    expected = np.stack([fit.predict(NEW) - reach, fit.predict(NEW) + reach], axis=1)
    np.testing.assert_allclose(model.predict_interval(NEW), expected, rtol=1e-9)
    np.testing.assert_allclose(model.predict(NEW), expected.mean(axis=1), rtol=1e-9)


def test_a_frozen_estimator_is_not_fitted_and_all_rows_calibrate():
    x, y = np.zeros((9, 1)), np.arange(1.0, 10.0)
    model = ConformalRegressor(FrozenEstimator(FirstColumn())).fit(x, y)
    assert model.predict_interval([[100.0]]).tolist() == [[91.0, 109.0]]
    assert model.predict_interval([[100.0]], 0.5).tolist() == [[95.0, 105.0]]  # the fifth of nine
    model.set_params(method="cv+")
    with pytest.raises(ValueError, match="which a FrozenEstimator does not allow"):
        model.fit(x, y)


def test_conformal_quantiles_by_hand():
    model = ConformalRegressor(
        Quantiles((0.1, 0.5, 0.9)), method="cqr", level=0.8, calibration_fraction=0.5, random_state=0
    ).fit(X, Y)
    held = model.calibration_rows_
    rest = np.setdiff1d(np.arange(37), held)
    fit = Quantiles((0.1, 0.9)).fit(X[rest], Y[rest])
    low, high = fit.predict_quantiles(X[held]).T
    n = len(held)
    shift = sorted(max(a - y, y - b) for a, b, y in zip(low, high, Y[held], strict=True))[
        math.ceil(0.8 * (n + 1)) - 1
    ]
    np.testing.assert_allclose(
        model.predict_interval(NEW), fit.predict_quantiles(NEW) + [-shift, shift], rtol=1e-6, atol=1e-8
    )


def test_conformal_quantiles_take_any_estimator_that_has_them():
    class Boosted(Quantiles):
        def fit(self, X, y):
            self.fits_ = [
                GradientBoostingRegressor(loss="quantile", alpha=q, n_estimators=5).fit(X, y)
                for q in self.quantiles
            ]
            return self

    model = ConformalRegressor(Boosted(), method="cqr", random_state=0).fit(np.tile(X, (3, 1)), np.tile(Y, 3))
    found = model.predict_interval(NEW)
    assert (found[:, 0] < found[:, 1]).all()
    assert model.predict(NEW).shape == (6,)


def test_an_interval_that_would_cross_is_its_middle():
    class Wide(FirstColumn):
        quantiles = (0.25, 0.75)

        def predict_quantiles(self, X):
            return np.asarray(X)[:, [0]] + [[-9.0, 10.0]]

    y = np.zeros(9)  # every score is -9
    model = ConformalRegressor(FrozenEstimator(Wide()), method="cqr").fit(np.zeros((9, 1)), y)
    assert model.scores_.tolist() == [-9.0] * 9
    assert model.predict_interval([[0.0]]).tolist() == [[0.0, 1.0]]
    model = ConformalRegressor(FrozenEstimator(Wide()), method="cqr").fit(np.full((9, 1), -0.5), y)
    assert model.scores_.tolist() == [-9.5] * 9
    assert model.predict_interval([[0.0]]).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("method", METHODS)
def test_weights_count_rows(method):
    weight = RNG.integers(0, 4, size=37)
    order = RNG.permutation(weight.sum())
    rows = np.repeat(np.arange(37), weight)[order]
    model = ConformalRegressor(LinearRegression(), method=method, calibration_fraction=0.5, random_state=0)
    weighted = clone(model).fit(X, Y, sample_weight=weight)
    repeated = clone(model).fit(X[rows], Y[rows])
    np.testing.assert_allclose(weighted.predict_interval(NEW), repeated.predict_interval(NEW), rtol=1e-8)
    np.testing.assert_allclose(np.sort(weighted.scores_), np.sort(repeated.scores_), rtol=1e-8)
    assert set(weighted.calibration_rows_) <= set(np.flatnonzero(weight))
    if method != "split":
        assert np.bincount(weighted.calibration_rows_, minlength=37).tolist() == weight.tolist()


def test_weights_that_are_no_whole_numbers_count_in_parts_and_claim_nothing():
    x, y = np.zeros((4, 1)), np.array([1.0, 2.0, 3.0, 4.0])
    model = ConformalRegressor(FrozenEstimator(FirstColumn()), level=0.5)
    model.fit(x, y, sample_weight=[0.5, 2.5, 1.5, 4.5])  # of 9 the fifth: 0.5, 3, 4.5, 9
    assert model.predict_interval([[0.0]]).tolist() == [[-4.0, 4.0]]
    assert model.claim_.startswith("No coverage is guaranteed, because weights")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("groups", [None, np.arange(37) // 3])
def test_the_order_of_rows_does_not_matter(method, groups):
    order = RNG.permutation(37)
    model = ConformalRegressor(
        DeepRegressor(architecture="mlp", max_epochs=2, random_state=0, batch_size=8),
        method=method,
        n_folds=3,
    )
    model.set_params(n_resamples=12, random_state=5, calibration_fraction=0.5, level=0.6)
    one = clone(model).fit(X, Y, groups=groups)
    other = clone(model).fit(X[order], Y[order], groups=None if groups is None else groups[order])
    np.testing.assert_allclose(one.predict_interval(NEW), other.predict_interval(NEW), rtol=1e-9)


def test_clusters_are_held_out_whole_and_count_for_one():
    groups = np.array(list("abcdefghijkl")).repeat([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 1])
    model = ConformalRegressor(Seeing(), method="cv+", n_folds=12, level=0.7, random_state=0)
    model.fit(X, Y, groups=groups)
    for fit in model.estimators_:
        assert len(np.unique(groups[~np.isin(X[:, 0], fit.seen_)])) == 1
    upper, mass = [], []
    for label in np.unique(groups):
        own = LinearRegression().fit(X[groups != label], Y[groups != label])
        for i in np.flatnonzero(groups == label):
            upper.append(own.predict(NEW[:1])[0] + abs(Y[i] - own.predict(X[[i]])[0]))
            mass.append(Fraction(1, int(np.sum(groups == label))))
    total = Fraction(0)
    reached = []
    for value, part in sorted(zip(upper, mass, strict=True)):
        total += part
        reached += [value] if total >= Fraction(7, 10) * 13 else []
    assert model.predict_interval(NEW[:1])[0, 1] == pytest.approx(reached[0], rel=1e-9)
    assert "12 calibration clusters" in model.claim_


def test_categories_are_calibrated_by_themselves():
    kind = np.where(np.arange(37) < 20, "new", "old")
    model = ConformalRegressor(Seeing(), method="cv+", n_folds=5, random_state=0).fit(X, Y, mondrian=kind)
    asked = np.array(["old", "new", "new", "old", "new", "old"])
    found = model.predict_interval(NEW, 0.8, mondrian=asked)
    for x, label, interval in zip(NEW, asked, found, strict=True):
        lower, upper = [], []
        for i in np.flatnonzero(kind == label):
            (own,) = (fit for fit in model.estimators_ if X[i, 0] not in fit.seen_)
            residual, center = abs(Y[i] - own.predict(X[[i]])[0]), own.predict(x[None])[0]
            lower.append(center - residual)
            upper.append(center + residual)
        np.testing.assert_allclose(interval, ends(lower, upper, 0.8), rtol=1e-9)
    assert "within each category" in model.claim(0.8) or "No coverage" in model.claim(0.8)
    assert model.categories_.tolist() == ["new", "old"]


def test_categories_too_small_or_never_seen_have_infinite_intervals():
    x, y, kind = np.zeros((24, 1)), np.arange(24.0), np.repeat([1, 2, 3], [9, 8, 7])
    weight = np.where(kind == 3, 0, 1)  # as if it had never been there
    model = ConformalRegressor(FrozenEstimator(FirstColumn())).fit(x, y, sample_weight=weight, mondrian=kind)
    assert np.isfinite(model.predict_interval([[0.0]], mondrian=[1])).all()
    with pytest.warns(
        UserWarning, match="8 calibration rows of a category are too few for level=0.9, which needs 9"
    ):
        found = model.predict_interval(np.zeros((3, 1)), mondrian=[2, 1, 2])
    assert np.isinf(found).tolist() == [[True, True], [False, False], [True, True]]
    with pytest.warns(
        UserWarning, match="0 calibration rows of a category .* infinite for 1 of 2 predictions"
    ):
        found = model.predict_interval(np.zeros((2, 1)), mondrian=[3, 1])
    assert np.isinf(found).tolist() == [[True, True], [False, False]]


def test_rows_drawn_every_time_make_infinite_intervals_and_it_is_said():
    model = ConformalRegressor(Seeing(), method="jackknife+-after-bootstrap", n_resamples=1, random_state=0)
    with pytest.warns(UserWarning, match="were drawn in every resample, so that intervals are infinite"):
        found = model.fit(X, Y).predict_interval(NEW)
    assert np.isinf(found).all()


@pytest.mark.parametrize(("method", "n_fits"), [("split", 1), ("cv+", 5), ("jackknife+-after-bootstrap", 9)])
def test_all_fits_train_as_one_population(method, n_fits, monkeypatch):
    plans, train = [], refit.train_together
    monkeypatch.setattr(refit, "train_together", lambda given: plans.append(len(given)) or train(given))
    deep = DeepRegressor(architecture="mlp", max_epochs=1, random_state=0)
    model = ConformalRegressor(deep, method=method, n_folds=4, n_resamples=9, random_state=0).fit(X, Y)
    assert plans == [n_fits]
    assert len(model.estimators_) == n_fits - (method == "cv+")


def test_deep_folds_are_the_fits_that_they_would_be_alone():
    deep = DeepRegressor(architecture="mlp", max_epochs=3, random_state=4, early_stopping=False)
    model = ConformalRegressor(deep, method="cv+", n_folds=3, level=0.6, random_state=0).fit(X, Y)
    order = model.calibration_rows_  # all rows, as the fits see them
    fold = model.calibration_.view
    residuals = np.empty(37)
    for number, member in enumerate(model.estimators_):
        rows, held = order[fold != number], order[fold == number]
        alone = clone(deep).fit(X[rows], Y[rows])
        np.testing.assert_allclose(member.predict(NEW), alone.predict(NEW), atol=1e-9)
        residuals[fold == number] = np.abs(Y[held] - alone.predict(X[held]))
    np.testing.assert_allclose(model.scores_, residuals, atol=1e-9)


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"estimator": LogisticRegression()}, TypeError, "a classifier; use ConformalClassifier"),
        ({"conformity_score": "normalised"}, TypeError, "needs predict_distribution"),
        ({"method": "cqr"}, TypeError, "needs an estimator with predict_quantiles and quantiles"),
        ({"method": "cqr", "conformity_score": "normalised"}, ValueError, "has a score of its own"),
        (
            {"method": "cqr", "estimator": Quantiles((0.5,))},
            ValueError,
            "needs two quantiles around level=0.9",
        ),
        ({"method": "full"}, ValueError, "The 'method' parameter"),
        ({"level": 1.0}, ValueError, "The 'level' parameter"),
        ({"n_folds": 1}, ValueError, "The 'n_folds' parameter"),
    ],
)
def test_what_does_not_fit_is_told_before_training(settings, error, sentence):
    model = ConformalRegressor(LinearRegression()).set_params(**settings)
    with pytest.raises(error, match=sentence):
        model.fit(X, Y)
    assert not hasattr(model, "claim_")


def test_what_does_not_fit_is_told_at_prediction():
    model = ConformalRegressor(LinearRegression(), method="cv+", random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match=r"level=1.5 is out of range"):
        model.predict_interval(NEW, 1.5)
    with pytest.raises(ValueError, match="mondrian was given for predictions, but not to fit"):
        model.predict_interval(NEW, mondrian=np.zeros(6))
    model.fit(X, Y, mondrian=X[:, 0] > 0)
    with pytest.raises(ValueError, match="predictions need them too"):
        model.predict_interval(NEW)
    with pytest.raises(ValueError, match="mondrian is missing for 1 rows"):
        model.fit(X, Y, mondrian=np.r_[np.nan, np.zeros(36)])
    with pytest.raises(ValueError, match=r"KNeighborsRegressor.fit takes no sample_weight"):
        ConformalRegressor(KNeighborsRegressor()).fit(X, Y, sample_weight=np.ones(37))


def test_predictions_that_are_no_numbers_are_refused():
    class Broken(FirstColumn):
        def predict(self, X):
            return np.full(len(X), np.nan)

    with pytest.raises(ValueError, match="Broken predicted NaN or infinity for 7 rows"):
        ConformalRegressor(Broken()).fit(X, Y)


def test_a_failed_fit_leaves_the_one_before():
    model = ConformalRegressor(LinearRegression(), random_state=0, level=0.6).fit(X, Y, mondrian=X[:, 0] > 0)
    before = model.predict_interval(NEW, mondrian=NEW[:, 0] > 0)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X, Y[:-1])
    np.testing.assert_array_equal(model.predict_interval(NEW, mondrian=NEW[:, 0] > 0), before)
    assert not hasattr(model.fit(X, Y), "categories_")

"""Displays: what they compute against other libraries, size and power of bands by simulation, what they draw."""

import sys
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from frozen_predictions import FrozenPredictions, HurdlePredictions
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression, Ridge

from deepstat.diagnostics import (
    PITHistogramDisplay,
    QQDisplay,
    QuantileCalibrationDisplay,
    ReliabilityDisplay,
    WormPlotDisplay,
    pit_curve,
    pit_limits,
    quantile_residuals,
)
from deepstat.metrics import binned, brier_decomposition, corp, quantile_calibration, wilson_interval

N = 400
RNG = np.random.default_rng(11)
X = RNG.normal(size=(N, 2))
Y = X[:, 0] + RNG.normal(size=N)
RATE = np.exp(X[:, 1] / 2)
COUNTS = RNG.poisson(RATE)
OF_DISTRIBUTIONS = [PITHistogramDisplay, QuantileCalibrationDisplay, QQDisplay, WormPlotDisplay]


def normal(scale=1.0, rows=N):
    return FrozenPredictions(stats.norm(loc=X[:rows, 0], scale=np.full(rows, scale)), rows)


def poisson(rows=N):
    return FrozenPredictions(stats.poisson(mu=RATE[:rows]), rows)


class Oracle:
    def predict_distribution(self, X):
        return normal(rows=len(X))


def is_inside(display, values):
    return bool(((display.low <= values + 1e-12) & (values <= display.high + 1e-12)).all())


@pytest.mark.parametrize("display", OF_DISTRIBUTIONS)
def test_an_estimator_is_drawn_as_its_predictions_on_the_given_axes(display):
    _, ax = plt.subplots()
    drawn = display.from_estimator(Oracle(), X, Y, ax=ax)
    assert drawn.ax_ is ax
    assert drawn.figure_ is ax.figure
    assert drawn.name == "Oracle"
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    again = display.from_predictions(Y, normal())
    assert again.figure_ is not ax.figure
    for one, other in zip(ax.lines, again.ax_.lines, strict=True):
        np.testing.assert_allclose(np.asarray(one.get_xydata()), np.asarray(other.get_xydata()))
    assert again.plot() is again


@pytest.mark.parametrize("display", OF_DISTRIBUTIONS)
def test_a_weight_is_so_many_copies(display):
    weight = RNG.integers(0, 3, size=60)
    rows = np.repeat(np.arange(60), weight)
    found = display.from_predictions(Y[:60], normal(rows=60), sample_weight=weight)
    repeated = display.from_predictions(Y[:60][rows], normal()[rows])
    if display in (PITHistogramDisplay, QuantileCalibrationDisplay):
        values = (lambda d: d.heights) if display is PITHistogramDisplay else (lambda d: d.shares)
        np.testing.assert_allclose(values(found), values(repeated), rtol=1e-12)
        np.testing.assert_allclose(found.low, repeated.low)
    elif display is QQDisplay:
        np.testing.assert_allclose(found.low, repeated.low)
    else:
        assert found.worms[0].n == repeated.worms[0].n


@pytest.mark.parametrize("display", OF_DISTRIBUTIONS)
def test_an_estimator_without_distributions_is_refused(display):
    with pytest.raises(TypeError, match=r"Ridge has no predict_distribution\(X\)"):
        display.from_estimator(Ridge(), X, Y)


def test_a_missing_matplotlib_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"^Plots need matplotlib: run pip install matplotlib\.$"):
        PITHistogramDisplay.from_predictions(Y, normal())


def test_successes_and_failures_are_judged_as_successes_in_so_many_trials():
    class Binomial:
        def predict_distribution(self, X, *, trials=1):
            found = FrozenPredictions(stats.binom(n=np.broadcast_to(trials, N), p=np.full(N, 0.3)), N)
            found.family = SimpleNamespace(record=SimpleNamespace(domain="trials"))
            return found

    trials = RNG.integers(1, 9, size=N)
    successes = RNG.binomial(trials, 0.3)
    y = np.column_stack([successes, trials - successes])
    drawn = PITHistogramDisplay.from_estimator(Binomial(), X, y, confidence=None)
    expected = PITHistogramDisplay.from_predictions(
        successes, Binomial().predict_distribution(X, trials=trials), confidence=None
    )
    np.testing.assert_allclose(drawn.heights, expected.heights)
    assert np.abs(drawn.heights - 1).max() < 0.3


# PIT histogram


def test_heights_of_a_continuous_target_are_those_of_numpy():
    found = PITHistogramDisplay.from_predictions(Y, normal(), bins=8)
    expected, _ = np.histogram(stats.norm.cdf(Y - X[:, 0]), bins=8, range=(0, 1), density=True)
    np.testing.assert_allclose(found.heights, expected, rtol=1e-12)


def test_heights_of_counts_are_the_mean_over_random_histograms():
    found = PITHistogramDisplay.from_predictions(COUNTS, poisson(), confidence=None)
    lower, upper = pit_limits(COUNTS, poisson())
    draws = lower + (upper - lower) * RNG.random((2000, N))
    expected, _ = np.histogram(draws, bins=10, range=(0, 1), density=True)
    np.testing.assert_allclose(found.heights, expected, atol=0.01)


@pytest.mark.parametrize(("scale", "calibrated"), [(1.0, True), (0.6, False), (1.6, False)])
def test_only_the_right_spread_stays_in_the_bands(scale, calibrated):
    histogram = PITHistogramDisplay.from_predictions(Y, normal(scale))
    assert is_inside(histogram, histogram.heights) == calibrated
    for kind in ("quantiles", "intervals"):
        curve = QuantileCalibrationDisplay.from_predictions(Y, normal(scale), kind=kind)
        assert is_inside(curve, curve.shares) == calibrated
        if kind == "intervals" and not calibrated:
            assert (np.sign(curve.shares - curve.levels) == np.sign(scale - 1)).all()


def test_too_narrow_predictions_give_a_valley_and_too_low_ones_a_rise():
    narrow = PITHistogramDisplay.from_predictions(Y, normal(0.6)).heights
    assert min(narrow[0], narrow[-1]) > 1.5
    assert narrow[4:6].max() < 1
    low = PITHistogramDisplay.from_predictions(Y + 0.7, normal()).heights
    assert low[-1] > 1.5 > 0.7 > low[0]


def test_overdispersed_counts_leave_the_simulated_band():
    right = PITHistogramDisplay.from_predictions(COUNTS, poisson(), n_simulations=200)
    assert is_inside(right, right.heights)
    wide = RNG.negative_binomial(1.0, 1 / (1 + RATE))
    found = PITHistogramDisplay.from_predictions(wide, poisson(), n_simulations=200)
    assert not is_inside(found, found.heights)


@pytest.mark.parametrize("kind", ["histogram", "quantiles", "intervals"])
def test_the_simulated_band_of_counts_has_its_level(kind):
    predicted, n_sets = poisson(50), 400
    if kind == "histogram":
        display = PITHistogramDisplay.from_predictions(COUNTS[:50], predicted, n_simulations=1000)
    else:
        display = QuantileCalibrationDisplay.from_predictions(
            COUNTS[:50], predicted, kind=kind, n_simulations=1000
        )
    levels = display.edges[1:-1] if kind == "histogram" else display.levels
    covered = 0
    for y in predicted.sample(n_sets, random_state=99):
        limits = pit_limits(y, predicted)
        if kind == "intervals":
            values = pit_curve(*limits, (1 + levels) / 2) - pit_curve(*limits, (1 - levels) / 2)
        else:
            values = pit_curve(*limits, levels)
        if kind == "histogram":
            values = 10 * np.diff(values, prepend=0.0, append=1.0)
        covered += is_inside(display, values)
    low, high = wilson_interval(covered / n_sets, n_sets, confidence=0.99)
    assert low < 0.95 < high + 0.01


def test_fractions_as_weights_have_no_simulated_band():
    weight = np.full(N, 0.5)
    with pytest.raises(ValueError, match="confidence=None for no band"):
        PITHistogramDisplay.from_predictions(COUNTS, poisson(), sample_weight=weight)
    display = PITHistogramDisplay.from_predictions(COUNTS, poisson(), sample_weight=weight, confidence=None)
    plain = PITHistogramDisplay.from_predictions(COUNTS, poisson(), confidence=None)
    np.testing.assert_allclose(display.heights, plain.heights, rtol=1e-12)


# Calibration of quantiles


def test_shares_of_a_continuous_target_are_those_of_its_quantiles():
    found = QuantileCalibrationDisplay.from_predictions(Y, normal(), levels=[0.1, 0.5, 0.8])
    expected = quantile_calibration(Y, normal().icdf([0.1, 0.5, 0.8]), [0.1, 0.5, 0.8])
    np.testing.assert_allclose([found.shares, found.low, found.high], expected[1:])
    given = QuantileCalibrationDisplay.from_quantiles(Y, normal().icdf([0.1, 0.5, 0.8]), [0.1, 0.5, 0.8])
    np.testing.assert_allclose(given.shares, expected.share)


def test_an_estimator_of_quantiles_is_judged_by_them_in_any_order():
    class Quantiles:
        quantiles = (0.8, 0.1)

        def predict_quantiles(self, X):
            return normal().icdf(self.quantiles)

    found = QuantileCalibrationDisplay.from_estimator(Quantiles(), X, Y)
    expected = QuantileCalibrationDisplay.from_predictions(Y, normal(), levels=[0.1, 0.8])
    np.testing.assert_allclose(found.levels, [0.1, 0.8])
    np.testing.assert_allclose(found.shares, expected.shares)
    assert found.name == "Quantiles"


def test_shares_of_intervals_are_the_coverage_of_central_intervals():
    found = QuantileCalibrationDisplay.from_predictions(Y, normal(), kind="intervals", levels=[0.5, 0.9])
    for level, share in zip([0.5, 0.9], found.shares, strict=True):
        low, high = normal().icdf([(1 - level) / 2, (1 + level) / 2]).T
        assert share == pytest.approx(((low < Y) & (high >= Y)).mean())


def test_an_atom_does_not_push_right_predictions_out_of_the_band():
    hurdle = HurdlePredictions(stats.expon(scale=2.0), N, 0.4)
    y = hurdle.sample(1, random_state=5)[0]
    for kind in ("quantiles", "intervals"):
        found = QuantileCalibrationDisplay.from_predictions(y, hurdle, kind=kind, n_simulations=200)
        assert is_inside(found, found.shares)


# QQ and worm


def test_the_qq_plot_is_that_of_the_residuals_of_scipy():
    found = QQDisplay.from_predictions(Y, normal())
    np.testing.assert_allclose(found.residuals, np.sort(Y - X[:, 0]), rtol=1e-6)
    np.testing.assert_allclose(found.expected, stats.norm.ppf((np.arange(N) + 0.5) / N))


def test_the_qq_band_has_its_level():
    display = QQDisplay.from_predictions(Y, normal())
    grid = stats.norm.cdf(display.grid)
    shares = (
        np.random.default_rng(0).multinomial(N, np.diff(grid, prepend=0, append=1), size=4000).cumsum(1) / N
    )
    curve = stats.norm.ppf(np.clip(shares[:, :-1], 0.5 / N, 1 - 0.5 / N))
    inside = ((curve >= display.low - 1e-9) & (curve <= display.high + 1e-9)).all(axis=1).mean()
    assert 0.94 < inside < 0.97


def test_the_worm_is_the_detrended_qq_plot_and_its_cubic_names_the_fault():
    residuals = quantile_residuals(Y, normal())
    worm = WormPlotDisplay.from_predictions(Y, normal()).worms[0]
    expected, ordered = stats.norm.ppf((np.arange(N) + 0.5) / N), np.sort(residuals)
    np.testing.assert_allclose(worm.deviation, ordered - expected)
    np.testing.assert_allclose(
        worm.coefficients, np.polyfit(expected, ordered - expected, 3)[::-1], atol=1e-9
    )
    low, narrow = (
        WormPlotDisplay.from_predictions(*arguments).worms[0].coefficients
        for arguments in ((Y + 1, normal()), (Y, normal(0.5)))
    )
    assert low[0] == pytest.approx(1, abs=0.2)
    assert narrow[1] == pytest.approx(1, abs=0.2)
    assert np.abs(worm.coefficients).max() < 0.2


def test_each_point_of_the_worm_is_in_its_band_at_the_stated_rate():
    ax = WormPlotDisplay.from_predictions(Y, normal()).ax_
    band = ax.collections[0].get_paths()[0].vertices
    at = np.array([-1.5, 0.0, 1.0])
    upper = band[band[:, 1] > 0]
    upper = upper[np.argsort(upper[:, 0])]
    half = np.interp(at, upper[:, 0], upper[:, 1])
    many = np.sort(np.random.default_rng(1).normal(size=(4000, N)), axis=1)
    rows = np.rint(stats.norm.cdf(at) * N - 0.5).astype(int)
    expected = stats.norm.ppf((rows + 0.5) / N)
    inside = (np.abs(many[:, rows] - expected) <= half).mean(axis=0)
    np.testing.assert_allclose(inside, 0.95, atol=0.015)


def test_panels_show_a_fault_that_cancels_on_the_whole():
    tilted = Y + 0.8 * np.sign(X[:, 1])
    whole = WormPlotDisplay.from_predictions(tilted, normal(np.sqrt(1.64)))
    panels = WormPlotDisplay.from_predictions(tilted, normal(np.sqrt(1.64)), by=X[:, 1], n_panels=2)
    assert abs(whole.worms[0].coefficients[0]) < 0.15
    assert panels.worms[0].coefficients[0] < -0.4 < 0.4 < panels.worms[1].coefficients[0]
    assert panels.ax_.shape == (2,)
    assert sum(worm.n for worm in panels.worms) == N
    with pytest.raises(ValueError, match="3 axes for 2 panels"):
        panels.plot(plt.subplots(3)[1])


def test_a_worm_of_few_rows_is_refused():
    with pytest.raises(ValueError, match="ask for fewer panels"):
        WormPlotDisplay.from_predictions(Y, normal(), by=X[:, 0], n_panels=100)


# Reliability


P = 1 / (1 + np.exp(-1.5 * X[:, 0]))
EVENT = (RNG.random(N) < P).astype(int)


def test_the_reliability_curve_is_the_isotonic_regression():
    found = ReliabilityDisplay.from_predictions(EVENT, P)
    order = np.argsort(P)
    np.testing.assert_allclose(found.forecasts, P[order])
    np.testing.assert_allclose(found.frequencies, corp(P, EVENT)[order])
    assert found.parts == brier_decomposition(EVENT, P)
    assert found.histogram.sum() == pytest.approx(1)


def test_bins_are_those_of_scikit_learn():
    found = ReliabilityDisplay.from_predictions(EVENT, P, bins=8)
    frequencies, forecasts = calibration_curve(EVENT, P, n_bins=8)
    np.testing.assert_allclose(found.forecasts, forecasts)
    np.testing.assert_allclose(found.frequencies, frequencies)


@pytest.mark.parametrize("bins", [None, 10])
def test_the_pointwise_consistency_band_has_its_level(bins):
    display = ReliabilityDisplay.from_predictions(EVENT, P, bins=bins)
    rng, inside = np.random.default_rng(3), []
    _, first = np.unique(P if bins is None else (P * 10).astype(int), return_index=True)
    for _ in range(150):
        y = rng.random(N) < P
        again = corp(P, y) if bins is None else binned(P, y, bins=bins)
        values = again[first]
        inside.append((display.low - 1e-9 <= values) & (values <= display.high + 1e-9))
    assert 0.93 < np.mean(inside) < 0.985  # frequencies are fractions: a little more than 95%


@pytest.mark.parametrize("bins", [None, 10])
def test_an_overconfident_classifier_leaves_the_band(bins):
    odds = (P / (1 - P)) ** 3
    for forecast, share in ((P, 0.9), (odds / (1 + odds), 0.5)):
        found = ReliabilityDisplay.from_predictions(EVENT, forecast, bins=bins)
        inside = np.mean((found.low <= found.frequencies) & (found.frequencies <= found.high))
        assert (inside >= 0.9) == (share == 0.9)
    assert found.parts.miscalibration > 0.02


def test_a_classifier_is_drawn_for_the_class_asked_for():
    labels = np.array(["no", "yes"])[EVENT]
    model = LogisticRegression().fit(X, labels)
    found = ReliabilityDisplay.from_estimator(model, X, labels)
    np.testing.assert_allclose(found.forecasts, np.sort(model.predict_proba(X)[:, 1]))
    assert found.ax_.get_xlabel() == "Forecast probability of yes"
    other = ReliabilityDisplay.from_estimator(model, X, labels, pos_label="no")
    np.testing.assert_allclose(other.forecasts, 1 - found.forecasts[::-1])
    three = LogisticRegression().fit(X, np.arange(N) % 3)
    with pytest.raises(ValueError, match="knows 3 classes"):
        ReliabilityDisplay.from_estimator(three, X, np.arange(N) % 3)
    with pytest.raises(ValueError, match="pos_label='maybe' is no class"):
        ReliabilityDisplay.from_estimator(model, X, labels, pos_label="maybe")
    with pytest.raises(TypeError, match="Ridge has no predict_proba"):
        ReliabilityDisplay.from_estimator(Ridge(), X, Y)


@pytest.mark.parametrize("bins", [None, 5])
def test_a_weight_of_a_forecast_is_so_many_copies(bins):
    weight = RNG.integers(0, 3, size=N)
    found = ReliabilityDisplay.from_predictions(EVENT, P, bins=bins, sample_weight=weight)
    repeated = ReliabilityDisplay.from_predictions(np.repeat(EVENT, weight), np.repeat(P, weight), bins=bins)
    np.testing.assert_allclose(found.forecasts, repeated.forecasts)
    np.testing.assert_allclose(found.frequencies, repeated.frequencies)
    np.testing.assert_allclose(found.parts, repeated.parts, atol=1e-12)
    np.testing.assert_allclose(found.low, repeated.low, atol=0.2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PITHistogramDisplay.from_predictions(Y, normal(), bins=1), "whole number from 2 on"),
        (lambda: PITHistogramDisplay.from_predictions(Y[:5], normal()), r"y has shape \(5,\)"),
        (
            lambda: QuantileCalibrationDisplay.from_predictions(Y, normal(), kind="all"),
            "quantiles or intervals",
        ),
        (lambda: QuantileCalibrationDisplay.from_predictions(Y, normal(), levels=[0.5, 2]), "out of range"),
        (lambda: WormPlotDisplay.from_predictions(Y, normal(), by=[1.0]), r"by has shape \(1,\)"),
        (lambda: WormPlotDisplay.from_predictions(Y, normal(), confidence=5), "confidence=5 is out of range"),
        (lambda: ReliabilityDisplay.from_predictions(Y, P), "classes are coded 0 to 1"),
        (
            lambda: ReliabilityDisplay.from_predictions(EVENT, np.column_stack([1 - P, P])),
            "column of one class",
        ),
    ],
)
def test_bad_input_is_told_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()

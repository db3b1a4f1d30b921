"""Decompositions: exact identities, signs, sums worked out in another way, planted faults."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import isotonic_regression
from sklearn.metrics import brier_score_loss, log_loss

from deepstat.metrics import (
    binned,
    brier_decomposition,
    corp,
    crps_decomposition,
    crps_sample,
    log_score_decomposition,
)

RNG = np.random.default_rng(0)
P = np.round(RNG.uniform(0.02, 0.98, size=300), 2)
HAPPENED = (RNG.random(300) < P**2).astype(int)  # says more than is true
WEIGHT = RNG.integers(0, 4, size=300)
BINARY = {"brier": brier_decomposition, "log": log_score_decomposition}

rows = st.lists(
    st.tuples(st.integers(1, 19).map(lambda k: k / 20), st.booleans(), st.integers(1, 3)),
    min_size=2,
    max_size=25,
)


def total(parts):
    return parts.miscalibration - parts.discrimination + parts.uncertainty


@pytest.mark.parametrize("decompose", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize("bins", [None, 4])
@given(rows=rows)
def test_the_parts_sum_to_the_score(decompose, bins, rows):
    p, y, weight = map(np.array, zip(*rows, strict=True))
    parts = decompose(y, p, bins=bins, sample_weight=weight)
    assert total(parts) == pytest.approx(parts.score, abs=1e-12)


@pytest.mark.parametrize("decompose", BINARY.values(), ids=BINARY)
@given(rows=rows)
def test_no_isotonic_part_is_negative(decompose, rows):
    p, y, weight = map(np.array, zip(*rows, strict=True))
    assert min(decompose(y, p, sample_weight=weight)) >= -1e-12


def test_the_scores_are_those_of_scikit_learn():
    assert brier_decomposition(HAPPENED, P, sample_weight=WEIGHT).score == pytest.approx(
        brier_score_loss(HAPPENED, P, sample_weight=WEIGHT), rel=1e-12
    )
    assert log_score_decomposition(HAPPENED, P, sample_weight=WEIGHT).score == pytest.approx(
        log_loss(HAPPENED, P, sample_weight=WEIGHT), rel=1e-12
    )


def test_uncertainty_is_the_score_of_the_base_rate():
    rate = HAPPENED.mean()
    assert brier_decomposition(HAPPENED, P).uncertainty == pytest.approx(rate * (1 - rate), rel=1e-12)
    assert log_score_decomposition(HAPPENED, P).uncertainty == pytest.approx(
        stats.bernoulli(rate).entropy(), rel=1e-12
    )


def test_bins_give_the_parts_of_murphy():
    # Forecasts constant within bins: reliability and resolution as sums over bins.
    p = np.floor(10 * P) / 10 + 0.05
    rate, reliability, resolution = HAPPENED.mean(), 0.0, 0.0
    for value in np.unique(p):
        inside = HAPPENED[p == value]
        reliability += len(inside) / 300 * (value - inside.mean()) ** 2
        resolution += len(inside) / 300 * (inside.mean() - rate) ** 2
    parts = brier_decomposition(HAPPENED, p, bins=10)
    assert parts.miscalibration == pytest.approx(reliability, rel=1e-10)
    assert parts.discrimination == pytest.approx(resolution, rel=1e-10)


@pytest.mark.parametrize("decompose", BINARY.values(), ids=BINARY)
def test_recalibrated_forecasts_have_no_miscalibration_and_the_same_discrimination(decompose):
    before = decompose(HAPPENED, P)
    after = decompose(HAPPENED, corp(P, HAPPENED))
    assert after.miscalibration == pytest.approx(0, abs=1e-12)
    assert after.discrimination == pytest.approx(before.discrimination, rel=1e-9)


@pytest.mark.parametrize("decompose", BINARY.values(), ids=BINARY)
def test_an_overconfident_forecast_is_miscalibrated_and_discriminates_no_less(decompose):
    honest = RNG.uniform(0.05, 0.95, size=4000)
    y = RNG.random(4000) < honest
    odds = (honest / (1 - honest)) ** 3
    right, over = decompose(y, honest), decompose(y, odds / (1 + odds))
    assert over.miscalibration > 5 * right.miscalibration
    assert over.discrimination == pytest.approx(right.discrimination, rel=1e-9)


@pytest.mark.parametrize("decompose", BINARY.values(), ids=BINARY)
@pytest.mark.parametrize("bins", [None, 7])
def test_a_weight_is_so_many_copies_of_the_row(decompose, bins):
    found = decompose(HAPPENED, P, bins=bins, sample_weight=WEIGHT)
    repeated = decompose(np.repeat(HAPPENED, WEIGHT), np.repeat(P, WEIGHT), bins=bins)
    np.testing.assert_allclose(found, repeated, rtol=1e-10, atol=1e-14)


def test_classes_are_decomposed_one_against_the_rest():
    p = RNG.dirichlet([1.0, 2.0, 1.0], size=200)
    y = RNG.integers(0, 3, size=200)
    parts = brier_decomposition(y, p)
    each = [brier_decomposition(y == k, p[:, k]) for k in range(3)]
    np.testing.assert_allclose(parts, np.sum(each, axis=0), rtol=1e-12)
    assert parts.score == pytest.approx(brier_score_loss(y, p), rel=1e-12)


def test_a_certain_miss_makes_score_and_miscalibration_infinite():
    parts = log_score_decomposition([1, 0, 1], [0.0, 0.2, 0.9])
    assert parts.score == parts.miscalibration == np.inf
    assert np.isfinite([parts.discrimination, parts.uncertainty]).all()


def test_corp_equals_the_isotonic_regression_of_scipy_on_pooled_forecasts():
    values, group = np.unique(P, return_inverse=True)
    size = np.bincount(group)
    means = np.bincount(group, weights=HAPPENED) / size
    np.testing.assert_allclose(
        corp(P, HAPPENED), isotonic_regression(means, weights=size).x[group], rtol=1e-12
    )
    assert len(values) < 300


def test_corp_gives_rows_of_weight_0_the_value_of_their_neighbour_below():
    found = corp([0.1, 0.2, 0.5, 0.9, 0.95], [0, 1, 1, 1, 0], sample_weight=[0, 1, 0, 1, 0])
    np.testing.assert_array_equal(found, [1, 1, 1, 1, 1])
    found = corp([0.1, 0.5, 0.9], [0, 1, 1], sample_weight=[1, 0, 1])
    np.testing.assert_array_equal(found, [0, 0, 1])


def test_a_bin_of_weight_0_keeps_its_forecasts():
    np.testing.assert_array_equal(binned([0.1, 0.9], [1, 1], bins=2, sample_weight=[1, 0]), [1.0, 0.9])


ENSEMBLE = np.random.default_rng(1).normal(size=(5, 40)) + np.linspace(-1, 1, 40)
Y = np.random.default_rng(2).normal(size=40) + np.linspace(-1, 1, 40)


def ensemble_cdf(sample):
    return lambda z: (sample <= z).mean(axis=0)


def jumps(*values):
    return np.unique(np.concatenate([np.ravel(each) for each in values]))


def test_the_crps_of_steps_is_exact():
    parts = crps_decomposition(Y, ensemble_cdf(ENSEMBLE), jumps(Y, ENSEMBLE))
    assert parts.score == pytest.approx(crps_sample(Y, ENSEMBLE, fair=False), rel=1e-10)
    assert total(parts) == pytest.approx(parts.score, rel=1e-12)
    assert min(parts) >= 0


def test_the_uncertainty_of_the_crps_is_that_of_the_observed_values():
    parts = crps_decomposition(Y, ensemble_cdf(ENSEMBLE), jumps(Y, ENSEMBLE))
    climate = np.repeat(Y[:, None], 40, axis=1)
    assert parts.uncertainty == pytest.approx(crps_sample(Y, climate, fair=False), rel=1e-10)
    found = crps_decomposition(Y, ensemble_cdf(climate), jumps(Y))
    np.testing.assert_allclose(found, [parts.uncertainty, 0, 0, parts.uncertainty], atol=1e-12)


def test_the_crps_of_smooth_forecasts_approaches_the_closed_form():
    mean = np.linspace(-1, 1, 40)
    z = Y - mean
    closed = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)
    edges = jumps(np.linspace(-8, 8, 400), Y)
    parts = crps_decomposition(Y, lambda t: stats.norm.cdf(t - mean), edges)
    assert parts.score == pytest.approx(closed.mean(), rel=1e-4)


def test_a_shift_of_all_forecasts_is_miscalibration_and_leaves_the_rest():
    right = crps_decomposition(Y, ensemble_cdf(ENSEMBLE), jumps(Y, ENSEMBLE, ENSEMBLE + 2))
    shifted = crps_decomposition(Y, ensemble_cdf(ENSEMBLE + 2), jumps(Y, ENSEMBLE, ENSEMBLE + 2))
    assert shifted.miscalibration > right.miscalibration + 0.5
    assert shifted.uncertainty == pytest.approx(right.uncertainty, rel=1e-12)


def test_a_weight_of_the_crps_is_so_many_copies():
    weight = WEIGHT[:40]
    many = np.repeat(ENSEMBLE, weight, axis=1)
    edges = jumps(Y, ENSEMBLE)
    found = crps_decomposition(Y, ensemble_cdf(ENSEMBLE), edges, sample_weight=weight)
    repeated = crps_decomposition(np.repeat(Y, weight), ensemble_cdf(many), edges)
    np.testing.assert_allclose(found, repeated, rtol=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: log_score_decomposition([0, 1], [[0.2, 0.3, 0.5]] * 2), "3 classes"),
        (lambda: brier_decomposition([0, 1], [0.2, 0.3], bins=0), "whole number from 1 on"),
        (lambda: crps_decomposition([0.0, 5.0], None, [0.0, 1.0]), "edges span"),
        (lambda: crps_decomposition([0.0], None, [1.0, 0.0]), "increasing order"),
        (lambda: crps_decomposition([0.5], lambda z: [0.5, 0.5], [0.0, 1.0]), r"cdf\(z\) has shape \(2,\)"),
    ],
)
def test_bad_input_is_told_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()

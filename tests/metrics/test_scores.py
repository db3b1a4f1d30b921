"""Scores against scikit-learn, SciPy, double loops and values worked out by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import brier_score_loss, log_loss, mean_pinball_loss

from deepstat.metrics import (
    brier_score,
    crps_quantiles,
    crps_sample,
    energy_score,
    expectile_score,
    interval_score,
    log_score,
    pinball_loss,
    ranked_probability_score,
)

RNG = np.random.default_rng(0)
Y = RNG.normal(size=30)
WEIGHT = RNG.integers(0, 4, size=30)
QUANTILES = np.sort(RNG.normal(size=(30, 3)), axis=1)
LEVELS = [0.1, 0.5, 0.9]
SAMPLE = RNG.normal(size=(7, 30))
CODES = RNG.integers(0, 3, size=30)
PROBABILITIES = RNG.dirichlet([1.0, 1.0, 1.0], size=30)
NORMAL_CRPS_AT_0 = (np.sqrt(2) - 1) / np.sqrt(np.pi)

SCORES = {
    "pinball": (pinball_loss, (Y, QUANTILES), {"levels": LEVELS}),
    "expectile": (expectile_score, (Y, QUANTILES), {"levels": LEVELS}),
    "crps of quantiles": (crps_quantiles, (Y, QUANTILES), {"levels": LEVELS}),
    "crps of a sample": (lambda y, x, **k: crps_sample(y, x.T, **k), (Y, SAMPLE.T), {}),
    "log": (log_score, (-np.abs(Y),), {}),
    "interval": (interval_score, (Y, QUANTILES[:, 0], QUANTILES[:, 2]), {"level": 0.8}),
    "energy": (
        lambda y, x, **k: energy_score(y, np.moveaxis(x, 1, 0), **k),
        (QUANTILES, RNG.normal(size=(30, 5, 3))),
        {},
    ),
    "ranked probability": (ranked_probability_score, (CODES, PROBABILITIES), {}),
    "brier": (brier_score, (CODES, PROBABILITIES), {}),
}


@pytest.mark.parametrize("name", SCORES)
def test_a_weight_is_so_many_copies_of_the_row(name):
    score, arguments, options = SCORES[name]
    repeated = score(*(np.repeat(each, WEIGHT, axis=0) for each in arguments), **options)
    assert score(*arguments, **options, sample_weight=WEIGHT) == pytest.approx(repeated, rel=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_the_mean_of_the_row_scores_is_the_score(name):
    score, arguments, options = SCORES[name]
    rows = score(*arguments, **options, per_row=True)
    assert rows.shape == (30,)
    assert rows.mean() == pytest.approx(score(*arguments, **options), rel=1e-12)
    with pytest.raises(ValueError, match="no effect with per_row"):
        score(*arguments, **options, per_row=True, sample_weight=WEIGHT)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.95])
def test_pinball_loss_equals_scikit_learn(level):
    expected = mean_pinball_loss(Y, QUANTILES[:, 0], alpha=level, sample_weight=WEIGHT)
    assert pinball_loss(Y, QUANTILES[:, 0], level, sample_weight=WEIGHT) == pytest.approx(expected, rel=1e-12)


def test_pinball_loss_averages_levels():
    each = [mean_pinball_loss(Y, QUANTILES[:, j], alpha=level) for j, level in enumerate(LEVELS)]
    assert pinball_loss(Y, QUANTILES, LEVELS) == pytest.approx(np.mean(each), rel=1e-12)


@pytest.mark.parametrize("level", [0.2, 0.8])
def test_the_expectile_of_scipy_has_the_least_expectile_score(level):
    best = stats.expectile(Y, level)
    at = [expectile_score(Y, np.full(30, best + shift), level) for shift in (-0.01, 0.0, 0.01)]
    assert at[1] < min(at[0], at[2])


def test_quantiles_at_the_middles_of_equal_parts_give_the_crps_of_a_sample():
    levels = (np.arange(7) + 0.5) / 7
    expected = crps_sample(Y, SAMPLE, fair=False)
    assert crps_quantiles(Y, np.sort(SAMPLE, axis=0).T, levels) == pytest.approx(expected, rel=1e-12)


def test_many_quantiles_give_the_closed_form_of_the_normal():
    levels = (np.arange(2000) + 0.5) / 2000
    found = crps_quantiles([0.0], stats.norm.ppf(levels)[None], levels)
    assert found == pytest.approx(NORMAL_CRPS_AT_0, abs=1e-4)


@pytest.mark.parametrize("fair", [True, False])
def test_the_crps_of_a_sample_equals_the_double_loop(fair):
    for row in range(5):
        x = SAMPLE[:, row]
        pairs = np.abs(x[:, None] - x[None, :]).sum() / (7 * 6 if fair else 7 * 7)
        expected = np.abs(x - Y[row]).mean() - pairs / 2
        found = crps_sample(Y[[row]], SAMPLE[:, [row]], fair=fair)
        assert found == pytest.approx(expected, rel=1e-12)


def test_the_fair_score_of_few_draws_is_unbiased_and_the_other_is_not():
    draws = np.random.default_rng(1).normal(size=(3, 40_000))
    scores = crps_sample(np.zeros(40_000), draws, per_row=True)
    error = scores.std() / 200
    assert abs(scores.mean() - NORMAL_CRPS_AT_0) < 4 * error
    assert crps_sample(np.zeros(40_000), draws, fair=False) > NORMAL_CRPS_AT_0 + 20 * error


@pytest.mark.parametrize("fair", [True, False])
def test_the_energy_score_of_one_column_is_the_crps(fair):
    expected = crps_sample(Y, SAMPLE, fair=fair, per_row=True)
    found = energy_score(Y[:, None], SAMPLE[:, :, None], fair=fair, per_row=True)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_energy_score_does_not_change_with_a_rotation():
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    y, draws = QUANTILES, np.random.default_rng(3).normal(size=(6, 30, 3))
    assert energy_score(y @ turn, draws @ turn) == pytest.approx(energy_score(y, draws), rel=1e-12)


def test_the_interval_score_is_that_of_its_two_quantiles():
    # Gneiting and Raftery (2007), section 6.2: twice the two pinball losses over 1 - level.
    low, high = QUANTILES[:, 0], QUANTILES[:, 2]
    quantiles = mean_pinball_loss(Y, low, alpha=0.1) + mean_pinball_loss(Y, high, alpha=0.9)
    assert interval_score(Y, low, high, level=0.8) == pytest.approx(2 * quantiles / 0.2, rel=1e-12)


def test_log_score_of_class_probabilities_is_the_log_loss_of_scikit_learn():
    hit = PROBABILITIES[np.arange(30), CODES]
    expected = log_loss(CODES, PROBABILITIES, sample_weight=WEIGHT, labels=[0, 1, 2])
    assert log_score(np.log(hit), sample_weight=WEIGHT) == pytest.approx(expected, rel=1e-12)
    assert log_score([0.0, -np.inf]) == np.inf


@pytest.mark.parametrize("n_classes", [2, 3])
def test_brier_score_equals_scikit_learn(n_classes):
    p = np.random.default_rng(4).dirichlet(np.ones(n_classes), size=30)
    codes = CODES % n_classes
    if n_classes == 2:
        expected = brier_score_loss(codes, p[:, 1], sample_weight=WEIGHT)
        assert brier_score(codes, p[:, 1], sample_weight=WEIGHT) == pytest.approx(expected, rel=1e-12)
    else:
        expected = brier_score_loss(codes, p, sample_weight=WEIGHT)
    assert brier_score(codes, p, sample_weight=WEIGHT) == pytest.approx(expected, rel=1e-12)


def test_the_ranked_probability_score_is_the_crps_of_the_codes():
    # As many draws of each level as its probability says, in twentieths.
    p = np.array([[0.1, 0.5, 0.4], [0.7, 0.05, 0.25]])
    draws = np.stack([np.repeat(np.arange(3), np.rint(20 * row).astype(int)) for row in p], axis=1)
    for codes in ([0, 2], [1, 1]):
        expected = crps_sample(codes, draws, fair=False, per_row=True)
        np.testing.assert_allclose(ranked_probability_score(codes, p, per_row=True), expected, rtol=1e-12)


def test_the_ranked_probability_score_of_two_levels_is_the_brier_score():
    p = PROBABILITIES[:, :1].ravel()
    assert ranked_probability_score(CODES % 2, p) == pytest.approx(brier_score(CODES % 2, p), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pinball_loss([1.0], [[1.0, 2.0]], [0.5]), r"quantiles has shape \(1, 2\)"),
        (lambda: pinball_loss([1.0], [1.0], 1.5), "between 0 and 1"),
        (lambda: pinball_loss([np.nan], [1.0], 0.5), "y holds missing"),
        (lambda: pinball_loss(["a"], [1.0], 0.5), "no numbers"),
        (lambda: pinball_loss([], [], 0.5), r"y has shape \(0,\)"),
        (lambda: pinball_loss([1.0], [1.0], 0.5, sample_weight=[-1]), "Negative values"),
        (lambda: crps_quantiles([1.0], [[1.0, 2.0]], [0.9, 0.1]), "out of order"),
        (lambda: crps_sample([1.0], [[1.0]]), "two draws"),
        (lambda: energy_score([[1.0, 2.0]], [[[1.0]], [[2.0]]]), r"sample has shape"),
        (lambda: interval_score([1.0], [2.0], [1.0]), r"Row 0 has the interval \[2, 1\]"),
        (lambda: interval_score([1.0], [0.0], [1.0], level=95), "out of range"),
        (lambda: log_score([np.nan]), "missing"),
        (
            lambda: brier_score([0, 3], [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]),
            "y holds 3, but classes are coded 0 to 2",
        ),
        (lambda: brier_score([0, 1], [0.5, 1.5]), "between 0 and 1"),
        (lambda: brier_score([0], [[0.5, 0.3, 0.1]]), "sum to one"),
        (lambda: brier_score([0], [[1.0]]), "one column"),
        (lambda: brier_score([0], 0.5), "0 dimensions"),
    ],
)
def test_bad_input_is_told_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()

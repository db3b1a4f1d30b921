import numpy as np
import pytest
from scipy import stats

from deepstat.inference import corrected_t


@pytest.mark.parametrize("fraction", [0.0, 1 / 9, 0.25])
def test_statistic_is_the_plain_one_shrunk_by_the_overlap(fraction):
    found = np.random.default_rng(0).normal(0.2, 1, size=30)
    plain = stats.ttest_1samp(found, 0.0)
    ours = corrected_t(found, test_fraction=fraction, level=0.9)
    assert ours.t == pytest.approx(plain.statistic / np.sqrt(1 + 30 * fraction))
    assert ours.p_value == pytest.approx(2 * stats.t.sf(abs(ours.t), 29))
    np.testing.assert_allclose(
        [ours.low, ours.high], stats.t.interval(0.9, 29, found.mean(), ours.standard_error)
    )


def test_without_overlap_it_is_students_test():
    found = np.random.default_rng(0).normal(size=30)
    assert corrected_t(found, test_fraction=0.0).p_value == pytest.approx(
        stats.ttest_1samp(found, 0.0).pvalue
    )


def test_equal_differences_are_certain():
    assert corrected_t([0.0, 0.0], test_fraction=0.5).p_value == 1.0
    assert corrected_t([0.5, 0.5], test_fraction=0.5).p_value == 0.0


@pytest.mark.parametrize("differences", [[1.0], [1.0, np.nan], [[1.0, 2.0]]])
def test_differences_that_cannot_be_tested_are_refused(differences):
    with pytest.raises(ValueError, match="at least two finite"):
        corrected_t(differences, test_fraction=0.1)


def rejections(p_value):
    """Return how often two equal models are told apart at 10%: means on random halves of small samples."""
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(300):
        y = rng.normal(size=(40, 2))  # two models that predict the mean of one of two unrelated columns
        differences = []
        for _ in range(15):
            order = rng.permutation(40)
            train, held = order[:30], order[30:]
            errors = ((y[held] - y[train].mean(axis=0)) ** 2).mean(axis=0)
            differences.append(errors[0] - errors[1])
        wrong += p_value(np.array(differences)) <= 0.1
    return wrong / 300


def test_equal_models_are_rarely_told_apart():
    assert rejections(lambda d: corrected_t(d, test_fraction=1 / 3).p_value) < 0.16


def test_the_plain_test_tells_equal_models_apart_and_is_found_out():
    assert rejections(lambda d: stats.ttest_1samp(d, 0.0).pvalue) > 0.3

import numpy as np
import pytest
from scipy.stats import norm

from deepstat.conformal.scores.absolute import Absolute
from deepstat.conformal.scores.aps import aps
from deepstat.conformal.scores.interval_distance import IntervalDistance
from deepstat.conformal.scores.lac import lac
from deepstat.conformal.scores.normalised import Normalised

RNG = np.random.default_rng(0)
SCORES = [
    (Absolute(), RNG.normal(size=(30, 1))),
    (Normalised(), np.c_[RNG.normal(size=30), RNG.uniform(0.5, 2.0, 30)]),
    (IntervalDistance([0.1, 0.5, 0.9], 0.8), np.sort(RNG.normal(size=(30, 3)), axis=1)),
]


@pytest.mark.parametrize(("score", "parts"), SCORES)
def test_targets_between_the_ends_are_those_with_a_smaller_score(score, parts):
    targets = RNG.normal(size=30) * 2
    for value in (0.2, 0.7, 1.5):
        lower, upper = score.ends(parts, value)
        np.testing.assert_array_equal(
            (lower <= targets) & (targets <= upper), score.of(parts, targets) <= value
        )


def test_a_mixture_has_the_moments_of_its_sample():
    parts = np.array([[[1.0, 0.5]], [[3.0, 1.0]], [[1e6, 7.0]]])  # the last has no weight
    weights = np.array([[0.25, 0.75, 0.0]])
    mean, std = Normalised().combine(lambda values: np.tensordot(weights, values, axes=1), parts)[0, 0]
    part = RNG.random(400_000) < 0.25
    sample = norm.rvs(size=400_000, random_state=1) * np.where(part, 0.5, 1.0) + np.where(part, 1.0, 3.0)
    assert mean == pytest.approx(sample.mean(), abs=0.01)
    assert std == pytest.approx(sample.std(), abs=0.01)


def test_small_spreads_far_from_zero_are_kept():
    parts = np.array([[[1e8, 0.1]], [[1e8 + 0.2, 0.1]]])
    std = Normalised().combine(lambda values: values.mean(axis=0, keepdims=True), parts)[0, 0, 1]
    assert std == pytest.approx(np.sqrt(0.1**2 + 0.1**2), rel=1e-6)


def test_spreads_that_are_zero_are_refused():
    class Certain:
        def predict(self, X, return_std=False):
            return np.zeros(len(X)), np.zeros(len(X))

    with pytest.raises(ValueError, match="standard deviation is zero or infinite"):
        Normalised().predict(Certain(), np.zeros((2, 1)))


def test_quantiles_nearest_to_the_ends_are_taken():
    score = IntervalDistance([0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975], 0.9)
    assert (score.lower, score.upper) == (1, 5)
    assert (score.at(0.5).lower, score.at(0.5).upper) == (2, 4)
    with pytest.raises(ValueError, match=r"needs two quantiles around level=0.9, such as 0.05 and 0.95"):
        IntervalDistance([0.5], 0.9)


@pytest.mark.parametrize("randomised", [True, False])
def test_adaptive_scores_are_the_probabilities_of_likelier_classes(randomised):
    probabilities = RNG.dirichlet(np.ones(5), size=40)
    u = RNG.random(40)
    found = aps(probabilities, u if randomised else None)
    for row, part, scores in zip(probabilities, u if randomised else np.ones(40), found, strict=True):
        for own, value in zip(row, scores, strict=True):
            assert value == pytest.approx(sum(p for p in row if p > own) + part * own)


def test_the_least_ambiguous_score_is_the_probability_of_the_others():
    np.testing.assert_allclose(lac(np.array([[0.2, 0.3, 0.5]])), [[0.8, 0.7, 0.5]])

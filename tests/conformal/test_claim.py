import numpy as np
import pytest

from deepstat.conformal.claim import claim, guaranteed_level


def test_bounds_are_those_of_theorem_four():
    # n = 100 in 10 folds: 2 (1 - 1/10) / 11 = 0.1636, (1 - 10/100) / 11 = 0.0818; 1 - 2 (0.1) less the smaller
    assert guaranteed_level("cv+", 0.9, 100, 10) == pytest.approx(0.8 - 0.9 / 11)
    assert guaranteed_level("cv+", 0.9, 101, 10, even=False) == pytest.approx(0.8 - 1.8 / 11.1)
    # two folds of 5,000: 2 (1/2) / 5001 is far smaller than (1 - 2/10000) / 3
    assert guaranteed_level("cv+", 0.9, 10_000, 2) == pytest.approx(0.8 - 1 / 5001)


@pytest.mark.parametrize("n", [20, 60, 600, 60_000])
def test_bounds_are_above_their_published_simple_form(n):
    for n_folds in (2, 5, 10, 20):
        assert guaranteed_level("cv+", 0.95, n, n_folds) >= max(0.0, 0.9 - np.sqrt(2 / n))


def test_folds_of_one_row_and_the_bootstrap_lose_nothing():
    assert guaranteed_level("cv+", 0.9, 30) == pytest.approx(0.8)
    assert guaranteed_level("cv+", 0.9, 30, 30) == pytest.approx(0.8)
    assert guaranteed_level("jackknife+-after-bootstrap", 0.9, 30) == pytest.approx(0.8)


def test_a_bound_below_zero_is_none():
    assert guaranteed_level("cv+", 0.45, 100) == 0.0
    sentence = claim("cv+", 0.9, [12], 10, even=False)
    assert sentence.startswith(
        "No coverage is guaranteed, because the bound of cv+ is 0 at level 0.9 for 12 calib"
    )
    assert "with 10 folds" in sentence


def test_the_smallest_category_decides_and_empty_ones_promise_nothing():
    assert claim("cv+", 0.9, [50, 0, 900], 5, within="category") == claim(
        "cv+", 0.9, [50], 5, within="category"
    )
    assert "within each category" in claim("cv+", 0.9, [50], 5, within="category")


def test_claims_name_their_assumption():
    assert "if the 8 calibration clusters and the new one are exchangeable" in claim(
        "split", 0.8, [8], clusters=True
    )
    assert "row drawn from a new cluster" in claim("split", 0.8, [8], clusters=True)
    assert claim("split", 0.8, [8.3], whole=False).startswith("No coverage is guaranteed, because weights")
    assert "lies in its set" in claim("split", 0.8, [8], what="set")

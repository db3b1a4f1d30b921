import numpy as np
import pytest
from scipy.stats import binom, chisquare

from deepstat.conformal.division import deal_folds, resample, split_once
from deepstat.conformal.units import Units

CLUSTERS = np.repeat(np.arange(6), [1, 2, 3, 4, 5, 6]).astype(np.int32)
ZEROS = np.zeros(21, dtype=int)


def drawn(draw):
    """Return how often a draw holds each row."""
    if draw.weight is None:
        return np.bincount(draw.rows, minlength=21)
    assert sorted(draw.rows) == np.flatnonzero(draw.weight).tolist()
    return draw.weight


def test_a_row_of_weight_two_is_two_individuals_and_both_sides_together_hold_all():
    weight = np.tile([1.0, 2.0, 3.0], 7)
    units = Units.of(ZEROS, weight=weight)
    assert units.n_units == 42
    division = split_once(units, fraction=0.5, seed=0)
    calibrates = np.bincount(units.rows[division.held], minlength=21)
    np.testing.assert_array_equal(drawn(division.draws[0]) + calibrates, weight)
    assert ((calibrates > 0) & (calibrates < weight)).any()  # copies part


def test_each_individual_calibrates_equally_often():
    units = Units.of(np.zeros(10, dtype=int))
    held = [split_once(units, fraction=0.3, seed=seed).held for seed in range(2000)]
    counts = np.bincount(np.concatenate(held), minlength=10)
    assert counts.sum() == 6000
    assert chisquare(counts).pvalue > 0.01


def test_large_clusters_calibrate_as_often_as_small_ones():
    units = Units.of(ZEROS, clusters=CLUSTERS)
    held = [np.unique(CLUSTERS[split_once(units, fraction=0.34, seed=s).held]) for s in range(1500)]
    counts = np.bincount(np.concatenate(held), minlength=6)
    assert counts.sum() == 3000
    assert chisquare(counts).pvalue > 0.01


def test_clusters_go_whole():
    units = Units.of(ZEROS, clusters=CLUSTERS)
    for division in (
        split_once(units, fraction=0.5, seed=0),
        deal_folds(units, n_folds=3, seed=0),
        resample(units, n_resamples=10, seed=0),
    ):
        for draw in division.draws:
            times = drawn(draw)
            for label in range(6):
                assert len(np.unique(times[label == CLUSTERS])) == 1
            np.testing.assert_array_equal(draw.groups, CLUSTERS)


@pytest.mark.parametrize("clusters", [None, CLUSTERS])
@pytest.mark.parametrize("weight", [None, np.full(21, 2.0), np.full(21, 1.5)])
def test_no_one_calibrates_a_fit_that_saw_it(clusters, weight):
    units = Units.of(ZEROS, clusters=clusters, weight=weight)
    for division in (deal_folds(units, n_folds=4, seed=1), resample(units, n_resamples=15, seed=1)):
        weights = division.views[division.view]
        np.testing.assert_allclose(weights.sum(axis=1), 1.0)
        for number, draw in enumerate(division.draws):
            judged = (weights[:, number] > 0) & ~division.never
            if units.n_units == 42:  # a copy may be there when another is not
                continue
            assert not drawn(draw)[units.rows[division.held[judged]]].any()


def test_folds_are_even_in_every_category():
    category = np.repeat([0, 1], [9, 12])
    division = deal_folds(Units.of(category), n_folds=3, seed=0)
    counts = np.array([np.bincount(division.view[category == c]) for c in (0, 1)])
    assert counts.tolist() == [[3, 3, 3], [4, 4, 4]]


def test_more_folds_than_rows_leave_out_one_at_a_time():
    division = deal_folds(Units.of(ZEROS), n_folds=100, seed=0)
    assert [len(draw.rows) for draw in division.draws] == [20] * 21


def test_a_split_takes_its_share_of_each_category():
    category = np.repeat([0, 1, 2], [10, 10, 1])
    held = split_once(Units.of(category), fraction=0.3, seed=0).held
    assert np.bincount(category[held], minlength=3).tolist() == [3, 3, 0]


def test_the_number_of_resamples_is_binomial():
    units = Units.of(np.zeros(8, dtype=int))
    missed = (1 - 1 / 9) ** 8
    numbers = [len(resample(units, n_resamples=20, seed=seed).draws) for seed in range(800)]
    law = binom(round(20 / missed), missed)
    assert np.mean(numbers) == pytest.approx(law.mean(), abs=4 * law.std() / np.sqrt(800))
    assert np.std(numbers) == pytest.approx(law.std(), rel=0.1)


def test_who_was_drawn_every_time_is_known():
    division = resample(Units.of(np.zeros(4, dtype=int)), n_resamples=1, seed=2)
    everywhere = np.all([drawn(draw)[:4] > 0 for draw in division.draws], axis=0)
    np.testing.assert_array_equal(division.never, everywhere)
    assert everywhere.any()


def test_rows_of_a_cluster_share_a_mass_of_one_in_their_category():
    units = Units.of(
        np.array([0, 0, 1, 0, 1]),
        clusters=np.array([0, 0, 0, 1, 2], dtype=np.int32),
        weight=np.array([1, 3, 5, 2, 1.0]),
    )
    mass, sizes = units.mass(np.arange(5))
    np.testing.assert_allclose(mass, [0.25, 0.75, 1.0, 1.0, 1.0])
    assert sizes.tolist() == [2.0, 2.0]  # clusters that have rows of the category


def test_one_unit_cannot_be_divided():
    with pytest.raises(ValueError, match="n_samples=1: there must be two at least"):
        split_once(Units.of(np.zeros(1, dtype=int)), fraction=0.5, seed=0)
    with pytest.raises(ValueError, match="groups has one label"):
        deal_folds(Units.of(np.zeros(3, dtype=int), clusters=np.zeros(3, dtype=np.int32)), n_folds=2, seed=0)


def test_weights_that_count_too_many_rows_are_refused():
    with pytest.raises(ValueError, match="counts 3e\\+08 rows"):
        Units.of(np.zeros(3, dtype=int), weight=np.full(3, 1e8))

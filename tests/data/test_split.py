from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedShuffleSplit

from deepstat.data.split import split

fractions = st.floats(0.01, 0.9)
seeds = st.integers(0, 2**32 - 1)


def check_partition(n, train, validation):
    assert train.dtype == validation.dtype == np.int32
    assert len(train) > 0
    assert len(validation) > 0
    np.testing.assert_array_equal(np.sort(np.concatenate([train, validation])), np.arange(n))
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 300), fractions, seeds)
def test_a_split_is_a_partition_of_the_stated_size_that_its_seed_repeats(n, fraction, seed):
    train, validation = split(n, fraction=fraction, seed=seed)
    check_partition(n, train, validation)
    assert abs(len(validation) - fraction * n) <= 1 or len(validation) in (1, n - 1)
    np.testing.assert_array_equal(split(n, fraction=fraction, seed=seed)[1], validation)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60), fractions, seeds)
def test_every_class_is_trained_on_and_gives_its_share(labels, fraction, seed):
    y = np.array(labels)
    if np.unique(y, return_counts=True)[1].max() < 2:
        return
    train, validation = split(len(y), fraction=fraction, seed=seed, stratify=y)
    check_partition(len(y), train, validation)
    assert set(y[train]) == set(y)
    wanted = max(1, round(fraction * len(y)))
    for label in set(labels):
        share = wanted * labels.count(label) / len(y)
        assert np.count_nonzero(y[validation] == label) <= labels.count(label) - 1
        if len(validation) == wanted and all(labels.count(c) > wanted for c in set(labels)):
            assert abs(np.count_nonzero(y[validation] == label) - share) <= 1


def test_class_sizes_are_those_of_scikit_learn():
    y = np.repeat([0, 1, 2], [50, 30, 20])
    _, validation = split(100, fraction=0.2, seed=0, stratify=y)
    _, reference = next(StratifiedShuffleSplit(1, test_size=0.2, random_state=0).split(y, y))
    np.testing.assert_array_equal(np.bincount(y[validation]), np.bincount(y[reference]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 15), min_size=2, max_size=60), fractions, seeds, st.booleans())
def test_groups_stay_whole(groups, fraction, seed, stratified):
    groups = np.array(groups)
    if len(set(groups)) < 2:
        return
    y = groups % 2 if stratified else None
    if stratified and max(len(set(groups[y == c])) for c in (0, 1)) < 2:
        return
    train, validation = split(len(groups), fraction=fraction, seed=seed, groups=groups, stratify=y)
    check_partition(len(groups), train, validation)
    assert not set(groups[train]) & set(groups[validation])
    if stratified:
        assert set(y[train]) == set(y)


def test_bootstrap_copies_do_not_leak_and_the_size_is_met():
    rows = np.random.default_rng(0).integers(0, 1000, size=1000)
    train, validation = split(1000, fraction=0.1, seed=3, groups=rows, stratify=rows % 3)
    assert not set(rows[train]) & set(rows[validation])
    assert abs(len(validation) - 100) <= 3
    assert np.ptp(np.bincount(rows[validation] % 3)) <= 5


def test_a_class_within_mixed_groups_is_not_used_up():
    groups, y = [0, 0, 1, 1, 2, 2], [0, 1, 0, 0, 0, 0]
    for seed in range(20):
        train, _ = split(6, fraction=0.4, seed=seed, groups=groups, stratify=y)
        assert 1 in train


def test_each_row_is_equally_likely_to_be_held_out():
    held = sum(np.isin(np.arange(20), split(20, fraction=0.25, seed=seed)[1]) for seed in range(4000))
    np.testing.assert_allclose(held / 4000, 0.25, atol=4.5 * np.sqrt(0.25 * 0.75 / 4000))


def test_splits_neither_use_nor_move_the_global_generator():
    before = np.random.get_state()[1].copy()  # noqa: NPY002  the state of the legacy generator is what is tested
    state = np.random.RandomState(7)
    first, second = split(50, fraction=0.2, seed=state)[1], split(50, fraction=0.2, seed=state)[1]
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(split(50, fraction=0.2, seed=np.random.RandomState(7))[1], first)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002  as above


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_rows": 1}, "1 rows are too few .* at least two rows"),
        ({"n_rows": 0}, "0 rows are too few"),
        ({"n_rows": 3, "stratify": [0, 1, 2]}, "at least two rows of each class"),
        ({"n_rows": 3, "groups": [5, 5, 5]}, "at least two groups"),
        ({"n_rows": 3, "fraction": 0.0}, "validation_fraction=0.0 is out of range"),
        ({"n_rows": 3, "fraction": 1}, "validation_fraction=1 is out of range"),
        (
            {"n_rows": 3, "groups": [1, 2]},
            r"groups has shape \(2,\), but must have one entry for each of 3 rows",
        ),
        ({"n_rows": 3, "stratify": [1, 2]}, r"stratify has shape \(2,\)"),
    ],
)
def test_what_cannot_be_split_is_refused_in_a_sentence(options, words):
    with pytest.raises(ValueError, match=words):
        split(**{"fraction": 0.2, "seed": 0, **options})

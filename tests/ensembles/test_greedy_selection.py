"""Greedy selection against an exhaustive search over small libraries, and cases solved by hand."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error

from deepstat.ensembles.greedy_selection import greedy_selection

Y = np.random.default_rng(0).normal(size=30)
LIBRARY = Y + np.random.default_rng(1).normal(size=(4, 30)) * np.array([0.5, 0.7, 0.9, 2.0])[:, None]


def squared(prediction):
    return mean_squared_error(Y, prediction)


def test_each_choice_is_the_best_of_all_that_could_be_added():
    found = greedy_selection(LIBRARY, squared, n_selected=6)
    tried = []
    for _ in range(6):
        options = [squared(np.mean(LIBRARY[[*tried, k]], axis=0)) for k in range(4)]
        tried.append(int(np.argmin(options)))
        assert found.losses[len(tried) - 1] == pytest.approx(min(options), rel=1e-12)
    assert tried[: len(found.chosen)] == found.chosen
    assert found.losses.index(min(found.losses)) + 1 == len(found.chosen)


@pytest.mark.parametrize("loss", [mean_squared_error, mean_absolute_error])
def test_the_ensemble_is_no_worse_than_any_member_and_close_to_the_best_mixture(loss):
    found = greedy_selection(LIBRARY, lambda p: loss(Y, p), n_selected=8)
    own = loss(Y, np.average(LIBRARY, axis=0, weights=found.weights))
    assert own == pytest.approx(min(found.losses), rel=1e-12)
    assert own <= min(loss(Y, member) for member in LIBRARY)
    counts = [np.array(each) for each in itertools.product(range(9), repeat=4) if 1 <= sum(each) <= 8]
    mixtures = [each / each.sum() for each in counts]
    best = min(loss(Y, weights @ LIBRARY) for weights in mixtures)
    assert best - 1e-12 <= own <= 1.02 * best


def test_members_that_cancel_get_the_weights_of_the_exact_solution():
    library = np.array([[1.0], [-3.0], [50.0]])
    found = greedy_selection(library, lambda p: float(np.abs(p).sum()), n_selected=8)
    np.testing.assert_allclose(found.weights, [0.75, 0.25, 0.0])  # 3/4 * 1 + 1/4 * (-3) = 0
    assert found.losses[3] == 0.0


def test_equal_members_are_chosen_in_order_and_the_smallest_ensemble_is_kept():
    found = greedy_selection(np.ones((3, 5)), lambda p: float(p.sum()), n_selected=7)
    assert found.chosen == [0]
    assert found.weights.tolist() == [1.0, 0.0, 0.0]
    assert len(found.losses) == 7


def test_members_with_an_infinite_loss_are_left_out():
    library = np.array([[np.nan, 1.0], [0.5, 0.5], [np.inf, 0.0]])
    found = greedy_selection(library, lambda p: float((p**2).sum()))
    assert found.weights.tolist() == [0.0, 1.0, 0.0]
    with pytest.raises(ValueError, match="No member has a finite loss"):
        greedy_selection(library[[0, 2]], lambda p: float((p**2).sum()))


def test_several_outputs_are_averaged_as_they_are():
    target = np.array([[1.0, 0.0], [0.0, 1.0]])
    library = np.stack([target + 1, target - 1, target + 5])
    found = greedy_selection(library, lambda p: float(np.abs(p - target).max()), n_selected=2)
    assert found.weights.tolist() == [0.5, 0.5, 0.0]

import numpy as np
import pytest

from deepstat.graph.embeddings import negative_distribution


def test_probabilities_are_the_hand_solved_powers():
    # 16 ** (3/4) = 8 and 81 ** (3/4) = 27.
    np.testing.assert_allclose(negative_distribution([1, 16, 81, 0]), np.array([1, 8, 27, 0]) / 36)


def test_power_1_keeps_and_power_0_levels_the_nodes_that_occur():
    np.testing.assert_allclose(negative_distribution([3, 1, 0], power=1.0), [0.75, 0.25, 0.0])
    np.testing.assert_allclose(negative_distribution([3, 1, 0], power=0.0), [0.5, 0.5, 0.0])


def test_huge_counts_and_powers_do_not_overflow():
    np.testing.assert_allclose(negative_distribution([1e300, 1.0], power=5.0), [1.0, 0.0])


@pytest.mark.parametrize("counts", [[], [0, 0], [1, -1], [1, np.nan], [[1, 2]]])
def test_counts_that_give_no_distribution_are_refused(counts):
    with pytest.raises(ValueError, match="counts must be a list of finite numbers"):
        negative_distribution(counts)


def test_an_infinite_power_is_refused():
    with pytest.raises(ValueError, match="power=inf"):
        negative_distribution([1, 2], power=np.inf)

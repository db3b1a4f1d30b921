"""Sandwich covariances refuse what has no meaning."""

import numpy as np
import pytest

from deepstat.classical.sandwich import sandwich

SCORES = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 1.0]])


def test_clusters_of_one_row_are_hc0_and_the_corrections_are_named_factors():
    bread = np.diag([1.0, 0.5])
    plain = sandwich(bread, SCORES, "HC0")
    groups = np.array(["a", "b", "c"])
    np.testing.assert_allclose(sandwich(bread, SCORES, "cluster", groups=groups, correction="none"), plain)
    np.testing.assert_allclose(
        sandwich(bread, SCORES, "cluster", groups=groups, correction="groups"), 1.5 * plain
    )
    np.testing.assert_allclose(sandwich(bread, SCORES, "cluster", groups=groups), 1.5 * 2.0 * plain)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "HC9"}, "is not known: choose 'nonrobust' or one of HC0"),
        ({"kind": "HC2"}, "needs a hat matrix"),
        ({"kind": "cluster"}, "give the label of each row's group"),
        ({"kind": "cluster", "groups": np.ones(2)}, r"allowed: \(3,\)"),
        ({"kind": "cluster", "groups": np.ones(3)}, "two groups or more"),
        ({"kind": "cluster", "groups": np.arange(3), "correction": "stata"}, "one of none, groups, full"),
    ],
)
def test_what_has_no_meaning_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        sandwich(np.eye(2), SCORES, **options)

"""Entropies against scipy's and a mutual information counted from a joint table."""

import numpy as np
import pytest
from scipy.stats import entropy

from deepstat.ensembles.entropy_decomposition import entropy_decomposition

P = np.random.default_rng(0).dirichlet([0.5, 1.0, 2.0], size=(4, 6))


def test_total_and_aleatoric_are_scipys_entropies():
    found = entropy_decomposition(P)
    np.testing.assert_allclose(found.total, entropy(P.mean(axis=0), axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.aleatoric, entropy(P, axis=2).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.epistemic, found.total - found.aleatoric, atol=1e-15)


@pytest.mark.parametrize("weights", [None, [0.1, 0.2, 0.3, 0.4]])
def test_epistemic_is_the_mutual_information_of_member_and_class(weights):
    share = np.full(4, 0.25) if weights is None else np.array(weights)
    joint = share[:, None] * P[:, 2]
    independent = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    information = entropy(joint.ravel(), independent.ravel())  # Kullback and Leibler's divergence
    assert entropy_decomposition(P, weights).epistemic[2] == pytest.approx(information, rel=1e-9)


def test_certain_members_have_no_aleatoric_part_and_equal_ones_no_epistemic():
    certain = np.eye(3)[:, None, :]
    assert entropy_decomposition(certain).aleatoric == 0.0
    assert entropy_decomposition(certain).epistemic == pytest.approx(np.log(3))
    assert entropy_decomposition(P[[1, 1, 1]]).epistemic == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("wrong", [P[0], P * 2, np.ones((2, 3, 2))])
def test_what_is_no_probability_is_refused(wrong):
    with pytest.raises(ValueError, match="each row of a member summing to one"):
        entropy_decomposition(wrong)

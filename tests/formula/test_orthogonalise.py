"""Projections against the normal equations solved by hand."""

import numpy as np

from deepstat.formula.orthogonalise import orthogonalise

RNG = np.random.default_rng(0)
COLUMNS = np.column_stack([np.ones(30), RNG.normal(size=(30, 2))])
OUTPUTS = RNG.normal(size=(30, 2))
WEIGHT = RNG.integers(0, 3, 30).astype(float)


def test_a_line_is_projected_as_by_hand():
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.0, 5.0])
    found = orthogonalise(y[:, None], np.column_stack([np.ones(3), x]))
    np.testing.assert_allclose(found[:, 0], [0.0, 2.0], atol=1e-14)


def test_what_is_left_is_orthogonal_to_every_column_under_the_weights():
    for weight in (None, WEIGHT):
        left = OUTPUTS - COLUMNS @ orthogonalise(OUTPUTS, COLUMNS, weight)
        scalar = COLUMNS.T @ (left if weight is None else left * weight[:, None])
        np.testing.assert_allclose(scalar, 0.0, atol=1e-12)


def test_a_weight_of_two_is_the_row_twice():
    rows = np.repeat(np.arange(30), WEIGHT.astype(int))
    np.testing.assert_allclose(
        orthogonalise(OUTPUTS, COLUMNS, WEIGHT), orthogonalise(OUTPUTS[rows], COLUMNS[rows]), atol=1e-12
    )


def test_no_column_takes_nothing():
    assert orthogonalise(OUTPUTS, np.empty((30, 0))).shape == (0, 2)

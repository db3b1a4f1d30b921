"""Which targets lie in which domain."""

from typing import get_args

import numpy as np
import pytest

from deepstat.data.domains import DOMAINS, NOT_FINITE, check_domain
from deepstat.records import Domain

INSIDE = {
    "real": [[-1.5], [0.0]],
    "nonnegative": [[0.0], [2.5]],
    "positive": [[1e-300], [7.0]],
    "count": [[0.0], [1e6]],
    "unit_interval": [[0.0], [1.0]],
    "open_unit_interval": [[1e-9], [0.5]],
    "levels": [[-3.0], [2.5]],
    "trials": [[0.0, 3.0], [2.0, 0.0]],
    "simplex": [[0.2, 0.8], [0.5, 0.5 + 5e-7]],
    "ranking": [[1.0, 2.0, np.nan], [1.0, 1.0, 0.0]],
    "interval": [[-np.inf, 1.0], [0.0, np.inf], [2.0, 2.0]],
}
OUTSIDE = {
    "nonnegative": [[[-1e-9]]],
    "positive": [[[0.0]]],
    "count": [[[0.5]], [[-1.0]]],
    "unit_interval": [[[1.1]], [[-0.1]]],
    "open_unit_interval": [[[0.0]], [[1.0]]],
    "trials": [[[0.5, 1.0]], [[-1.0, 2.0]]],
    "simplex": [[[0.0, 1.0]], [[0.5, 0.6]]],
    "ranking": [[[1.5, 2.0]], [[-1.0, 1.0]], [[np.inf, 1.0]]],
    "interval": [[[1.0, 0.0]], [[-np.inf, np.inf]], [[np.nan, 1.0]], [[0.0, np.nan]], [[np.inf]]],
}


def test_every_domain_of_a_number_is_known():
    assert {*DOMAINS, "class"} == set(get_args(Domain))
    assert set(INSIDE) == set(DOMAINS)
    assert set(NOT_FINITE) < set(DOMAINS)


@pytest.mark.parametrize("domain", INSIDE)
def test_what_is_allowed_passes(domain):
    check_domain(np.array(INSIDE[domain]), domain)
    if len(INSIDE[domain][0]) == 1:
        check_domain(np.array(INSIDE[domain])[:, 0], domain)


@pytest.mark.parametrize(("domain", "y"), [(domain, y) for domain, each in OUTSIDE.items() for y in each])
def test_what_is_not_allowed_is_named_with_what_is(domain, y):
    y = np.concatenate([INSIDE[domain], y]) if len(y[0]) == len(INSIDE[domain][0]) else np.array(y)
    with pytest.raises(ValueError, match="lie outside what this model allows") as told:
        check_domain(y, domain)
    assert DOMAINS[domain][0] in str(told.value)
    assert "such as" in str(told.value)


def test_trials_have_two_columns():
    with pytest.raises(ValueError, match=r"y has 3 column\(s\), but this model needs two columns"):
        check_domain(np.ones((4, 3)), "trials")

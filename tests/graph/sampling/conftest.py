"""A graph with every nuisance, and what it means to be unbiased."""

from types import SimpleNamespace

import numpy as np
import pytest


def compressed(source, target, n_nodes):
    """Return arcs sorted by target and source, in CSR form."""
    order = np.lexsort((source, target))
    pointers = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=n_nodes))])
    return pointers, source[order], target[order]


@pytest.fixture
def graph():
    """Directed, weighted; a hub, a node without arcs, parallel arcs, self-loops; its matrix made arc by arc."""
    rng = np.random.default_rng(3)
    n_nodes = 24
    source = np.concatenate([rng.integers(23, size=70), rng.integers(23, size=20), [5, 5, 5, 7]])
    target = np.concatenate([rng.integers(23, size=70), np.zeros(20, dtype=int), [6, 6, 6, 7]])
    pointers, source, target = compressed(source, target, n_nodes)
    weight = rng.uniform(0.2, 2, len(source))
    matrix = np.zeros((n_nodes, n_nodes))
    for row, column, value in zip(target, source, weight, strict=True):
        matrix[row, column] += value
    return SimpleNamespace(
        pointers=pointers,
        sources=source,
        weight=weight,
        matrix=matrix,
        n=n_nodes,
        x=rng.normal(2, 1, n_nodes),
    )


@pytest.fixture
def assert_unbiased():
    """Check that the mean over rows is a vector, within 4.5 Monte Carlo standard errors in each entry."""

    def check(estimates, truth):
        estimates = np.asarray(estimates)
        error = estimates.std(axis=0, ddof=1) / np.sqrt(len(estimates))
        off = np.abs(estimates.mean(axis=0) - truth)
        assert (off <= 4.5 * error + 1e-9).all(), (off / (error + 1e-9)).round(1)

    return check


@pytest.fixture
def to_arcs():
    """Return the function that compresses arcs."""
    return compressed

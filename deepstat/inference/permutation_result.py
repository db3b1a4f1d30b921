"""What a permutation test found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class PermutationResult:
    """A statistic, and what it is where the hypothesis holds.

    Attributes
    ----------
    observed : ndarray of shape (...)
        Large values speak against the hypothesis.
    null : ndarray of shape (B, ...)
        In order of the permutations, which depend on ``random_state`` alone: tests of several columns with one
        ``random_state`` can be laid side by side for :func:`~deepstat.inference.multiplicity.max_t.max_t`.
    method : {"freedman-lane", "conditional"}
    hypothesis : str
    """

    observed: np.ndarray
    null: np.ndarray
    method: str
    hypothesis: str

    @property
    def p_value(self) -> np.ndarray:
        """(b + 1) / (B + 1), b of B permutations reaching the observed value."""
        return (1 + (self.null >= self.observed).sum(axis=0)) / (len(self.null) + 1)

    def __repr__(self) -> str:
        p, observed = np.ravel(self.p_value), np.ravel(self.observed)
        lines = [f"{self.method} test, {len(self.null)} permutations. Hypothesis: {self.hypothesis}"]
        lines += [f"statistic {value:.5g}, p = {own:.4g}" for value, own in zip(observed, p, strict=True)]
        return "\n".join(lines)

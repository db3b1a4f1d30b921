"""Early stopping, one decision for each member, and the weights to fall back on."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from deepstat.training.population import Population

# Epochs whose median validation loss counts where epochs are judged by it.
WINDOW = 5


class Best:
    """The weights that each member falls back on, and the epoch they are from.

    With held-out rows: those of the best validation score. Without: those of the last epoch whose loss was below
    `bound`, (K,), for a member whose loss becomes NaN: the weights just before it are as a rule exploding already.

    With `smooth` the score of an epoch is the median of the last five. A median, because the least of many noisy scores
    is the luckiest: a mean follows one lucky epoch, a median only three of five. The weights kept are those of the last
    epoch of the best five: those of the middle one would have to be remembered until the window is full.
    """

    def __init__(self, population: Population, bound: np.ndarray, *, smooth: bool = False) -> None:
        n = len(population)
        self.recent = np.full((n, WINDOW if smooth else 0), np.nan)
        self.score = np.full(n, np.inf)
        self.epoch = np.zeros(n, dtype=np.int64)
        self.reference = np.full(n, np.inf)  # the score that patience measures progress against
        self.progress = np.zeros(n, dtype=np.int64)
        self.bound = bound
        self.flat = population.flat.clone()
        self.buffers = {name: rows.clone() for name, rows in population.buffers.items()}

    def remember(
        self, population: Population, losses: np.ndarray, unvalidated: np.ndarray, epoch: int
    ) -> None:
        """After an epoch: keep the weights of members without held-out rows whose loss is below the bound."""
        with np.errstate(invalid="ignore"):
            self._keep(population, unvalidated & (losses <= self.bound), epoch)

    def _keep(self, population: Population, chosen: np.ndarray, epoch: int) -> None:
        self.epoch = np.where(chosen, epoch, self.epoch)
        if chosen.all():
            self.flat.copy_(population.flat)
            for name, rows in population.buffers.items():
                self.buffers[name].copy_(rows)
        elif chosen.any():
            index = torch.from_numpy(np.flatnonzero(chosen)).to(self.flat.device)
            self.flat[index] = population.flat[index]
            for name, rows in population.buffers.items():
                self.buffers[name][index] = rows[index]

    def update(self, population: Population, scores: np.ndarray, epoch: int, tol: np.ndarray) -> None:
        """Keep the weights of members whose score fell; restart the patience of those that fell by more than `tol`."""
        if self.recent.shape[1]:
            self.recent = np.column_stack([self.recent[:, 1:], scores])
            scores = np.nanmedian(self.recent, axis=1)
        better = scores < self.score
        self._keep(population, better, epoch)
        self.score = np.where(better, scores, self.score)
        with np.errstate(invalid="ignore"):
            moved = scores < self.reference - tol * np.abs(self.reference)
        moved |= np.isinf(self.reference) & np.isfinite(scores)
        self.reference = np.where(moved, scores, self.reference)
        self.progress = np.where(moved, epoch, self.progress)

    def select(self, members: Tensor) -> None:
        """Keep only the given members."""
        rows = members.cpu().numpy()
        for name in ("score", "epoch", "reference", "progress", "bound", "recent"):
            setattr(self, name, getattr(self, name)[rows])
        self.flat = self.flat[members]
        self.buffers = {name: value[members] for name, value in self.buffers.items()}

"""Early stopping, one decision for each member, and the best weights so far."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from deepstat.training.population import Population


class Best:
    """The best validation score of each member, the epoch it came from and the weights that gave it."""

    def __init__(self, population: Population) -> None:
        n = len(population)
        self.score = np.full(n, np.inf)
        self.epoch = np.zeros(n, dtype=np.int64)
        self.reference = np.full(n, np.inf)  # the score that patience measures progress against
        self.progress = np.zeros(n, dtype=np.int64)
        self.flat = population.flat.clone()
        self.buffers = {name: rows.clone() for name, rows in population.buffers.items()}

    def update(self, population: Population, scores: np.ndarray, epoch: int, tol: np.ndarray) -> None:
        """Keep the weights of members whose score fell; restart the patience of those that fell by more than `tol`."""
        better = scores < self.score
        if better.any():
            index = torch.from_numpy(np.flatnonzero(better)).to(self.flat.device)
            self.flat[index] = population.flat[index]
            for name, rows in population.buffers.items():
                self.buffers[name][index] = rows[index]
            self.score = np.where(better, scores, self.score)
            self.epoch = np.where(better, epoch, self.epoch)
        with np.errstate(invalid="ignore"):
            moved = scores < self.reference - tol * np.abs(self.reference)
        moved |= np.isinf(self.reference) & np.isfinite(scores)
        self.reference = np.where(moved, scores, self.reference)
        self.progress = np.where(moved, epoch, self.progress)

    def select(self, members: Tensor) -> None:
        """Keep only the given members."""
        rows = members.cpu().numpy()
        for name in ("score", "epoch", "reference", "progress"):
            setattr(self, name, getattr(self, name)[rows])
        self.flat = self.flat[members]
        self.buffers = {name: value[members] for name, value in self.buffers.items()}

"""Cora from the folder that ``DEEPSTAT_DATA`` names; of random numbers where it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.datasets import data_folder

SHAPE = (2708, 1433, 5278, 7)  # nodes, words, citations, classes


@dataclass(frozen=True)
class Citations:
    """A citation graph.

    Attributes
    ----------
    edges : ndarray of shape (2, e)
        Each citation once.
    words : csr_array of shape (n, p)
    y : ndarray of shape (n,)
    train, validation, test : ndarray of int
        The public split (Yang et al. 2016).
    splits : list of (train, test)
        Ten random ones (Pei et al. 2020), validation nodes left out.
    is_real : bool
    """

    edges: np.ndarray
    words: Any
    y: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    splits: list[tuple[np.ndarray, np.ndarray]]
    is_real: bool


def cora() -> Citations:
    """Return Cora, or numbers of its shape drawn at random."""
    folder = data_folder()
    if folder is None or not (folder / "graph_node").is_dir():
        return _random()
    with np.load(folder / "graph_node" / "planetoid_cora.npz", allow_pickle=False) as stored:
        n = int(stored["num_nodes"])
        shape = tuple(map(int, stored["x_shape"]))
        words = sparse.csr_array((stored["x_data"], stored["x_indices"], stored["x_indptr"]), shape=shape)
        edges, y = stored["edge_index"].astype(np.int64), stored["y"].astype(np.int64)
        public = [stored[f"{name}_idx"] for name in ("train", "val", "test")]
    with np.load(folder / "graph_node" / "geomgcn_splits_cora.npz", allow_pickle=False) as stored:
        train, test = (
            [np.flatnonzero(np.unpackbits(row, count=n)) for row in stored[f"{name}_masks"]]
            for name in ("train", "test")
        )
    return Citations(edges, words, y, *public, list(zip(train, test, strict=True)), True)


def _random() -> Citations:
    n, p, e, k = SHAPE
    rng = np.random.default_rng(0)
    words = sparse.random_array((n, p), density=49216 / (n * p), format="csr", dtype=np.float32, rng=rng)
    words.data[:] = 1.0
    order = rng.permutation(n)
    split = [(order[: n // 2], order[n // 2 :])] * 10
    public = order[:140], order[140:640], order[640:1640]
    return Citations(rng.integers(0, n, (2, e)), words, rng.integers(0, k, n), *public, split, False)

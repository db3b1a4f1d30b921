"""PROTEINS and MUTAG, with nested folds, from the folder that ``DEEPSTAT_DATA`` names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold, train_test_split

from benchmarks.datasets import data_folder


@dataclass(frozen=True)
class Fold:
    """Numbers of graphs: to train on while candidates are compared, to compare them by, to judge the chosen one."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def load(name: str) -> tuple[list[Any], np.ndarray, list[Fold]]:
    """Return the graphs, with a column of zeros and ones for each label of nodes, their classes and the folds."""
    from deepstat import Graph

    folder = data_folder()
    assert folder is not None
    folder = folder / "graph_classification"
    with np.load(folder / f"{name}.npz", allow_pickle=False) as stored:
        first = stored["graph_ptr"].astype(np.int64)
        edges, y = stored["edge_index"].astype(np.int64), stored["y"].astype(np.int64)
        features = np.eye(int(stored["node_label"].max()) + 1)[stored["node_label"]]
    edges = edges[:, edges[0] < edges[1]]  # listed in both directions
    edges = edges[:, np.argsort(edges[0], kind="stable")]
    cut = np.searchsorted(edges[0], first)
    graphs = [
        Graph(edges[:, cut[i] : cut[i + 1]] - first[i], node_features=features[first[i] : first[i + 1]])
        for i in range(len(y))
    ]
    return graphs, y, _published(folder) if name == "PROTEINS" else _folds(y)


def _published(folder: Any) -> list[Fold]:
    """Return the ten folds of Errica et al. (2020)."""
    text = (folder / "errica2020_PROTEINS_full_splits.json").read_text(encoding="utf-8")
    folds = []
    for fold in json.loads(text):
        inner = fold["model_selection"][0]
        parts = (inner["train"], inner["validation"], fold["test"])
        folds.append(Fold(*(np.array(part, dtype=np.int32) for part in parts)))
    return folds


def _folds(y: np.ndarray) -> list[Fold]:
    """Return ten stratified folds, with a tenth of the rest held out of each."""
    folds = []
    for rest, test in StratifiedKFold(10, shuffle=True, random_state=0).split(y, y):
        train, validation = train_test_split(rest, test_size=0.1, stratify=y[rest], random_state=0)
        folds.append(Fold(*(np.sort(part).astype(np.int32) for part in (train, validation, test))))
    return folds

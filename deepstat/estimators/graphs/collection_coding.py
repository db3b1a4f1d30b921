"""What is learned of many graphs before training, in the place where tables have a schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray

from deepstat.data.collection_inputs import CollectionInputs
from deepstat.data.table import Table
from deepstat.estimators.graphs.graph_table import GraphTable
from deepstat.layers.graph.graph_collection import GraphCollection

# Degrees above it are one column, however large those of the training graphs are.
LARGEST_DEGREE = 64


@dataclass(frozen=True)
class CollectionCoding:
    """Rows are numbers of graphs, which networks read as they are; columns of nodes are scaled inside the network.

    Attributes
    ----------
    described : CollectionInputs
    structural : tuple of str
        Structural features that stand in for, or beside, those of the nodes.
    by_row : bool
        Whether the features of each node are divided by their sum.
    edge_types : tuple
        Names of the edge types.
    """

    described: CollectionInputs
    structural: tuple[str, ...] = ()
    by_row: bool = False
    edge_types: tuple[Any, ...] = ()

    feature_names = None
    columns = ("graph",)
    cardinalities = ()
    n_numeric = 1
    is_plain = False

    def encode(self, table: Table, dtype: DTypeLike) -> NDArray[np.int64]:
        """Return the numbers (n, 1), after a check that the graphs have the columns and types of the fit's."""
        assert isinstance(table, GraphTable)
        self.complete(table.collection)
        return np.ascontiguousarray(table.values, dtype=np.int64)

    def complete(self, collection: GraphCollection) -> GraphCollection:
        """Check widths and types; return the collection with the columns that graphs without nodes or edges lack."""
        n_given, known = len(self.described.center), self.described
        if len(collection.features) == 0:
            collection = replace(collection, features=collection.features.new_zeros(0, n_given))
        if len(collection.source) == 0:
            none = collection.features.new_zeros(0, known.n_edge_features)
            kind = collection.source if known.n_edge_types > 1 else None
            collection = replace(
                collection,
                edge_features=none if known.n_edge_features else None,
                edge_type=kind,
                n_edge_types=known.n_edge_types,
            )
        edge_features = collection.edge_features
        for found, expected, what in (
            (collection.features.shape[1], n_given, "node features"),
            (0 if edge_features is None else edge_features.shape[1], known.n_edge_features, "edge features"),
            (collection.n_edge_types, known.n_edge_types, "edge types"),
        ):
            if found != expected:
                raise ValueError(
                    f"The graphs have {found} {what}, and those of the fit had {expected}: give graphs with the same "
                    "columns and types."
                )
        return collection

    def inputs(self, take: Callable[[], Any] | None = None) -> CollectionInputs:
        """Return what architectures are told."""
        return self.described

    def affine(self) -> Any:
        """Numbers of graphs are never centred."""
        raise TypeError("Numbers of graphs have no centre and scale.")

    def differs_by_affine(self, other: Any) -> bool:
        """Say no: numbers of graphs are what they are."""
        return False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        known = self.described
        return {
            "columns": list(self.columns),
            "feature_names": None,
            "structural": list(self.structural),
            "by_row": self.by_row,
            "edge_types": list(self.edge_types),
            "center": list(known.center),
            "scale": list(known.scale),
            "largest_degree": known.largest_degree,
            "n_edge_features": known.n_edge_features,
            "n_edge_types": known.n_edge_types,
        }

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> CollectionCoding:
        """Rebuild from :meth:`to_json`."""
        described = _describe(
            tuple(saved["center"]),
            tuple(saved["scale"]),
            saved["largest_degree"],
            saved["n_edge_features"],
            saved["n_edge_types"],
        )
        return cls(described, tuple(saved["structural"]), bool(saved["by_row"]), tuple(saved["edge_types"]))


def learn_collection(
    table: GraphTable,
    rows: NDArray[np.integer[Any]],
    weight: NDArray[Any] | None,
    *,
    scaling: str,
) -> CollectionCoding:
    """Learn widths of all graphs, and centres, scales and the largest degree of the nodes of training graphs.

    Parameters
    ----------
    table : GraphTable
    rows : ndarray of int
        Training rows; repeats count.
    weight : ndarray of shape (n,) or None
        Frequencies of all rows.
    scaling : {"auto", "standard", "row", "none"}
        "auto" standardises columns, except those of zeros and ones.

    Examples
    --------
    >>> from deepstat.estimators.graphs.graph_table import graph_table
    >>> from deepstat.graph.graph import Graph
    >>> graphs = [Graph([[], []], node_features=[[x, x > 1]]) for x in (1.0, 3.0, 9.0)]
    >>> table = graph_table(graphs, (), by_row=False)
    >>> coding = learn_collection(table, np.array([0, 1]), None, scaling="auto")
    >>> coding.described.center, coding.described.scale
    ((2.0, 0.0), (1.0, 1.0))
    """
    collection: GraphCollection = table.collection
    times = np.bincount(
        np.asarray(table.values)[rows, 0],
        None if weight is None else np.asarray(weight, dtype=np.float64)[rows],
        minlength=len(collection),
    )
    of_node = np.repeat(times, torch.diff(collection.node_pointers).numpy())
    learned = of_node > 0
    values, of_node = collection.features.numpy()[learned], of_node[learned]
    center, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
    if scaling in ("auto", "standard") and len(values):
        center, scale = _moments(values, of_node)
        if scaling == "auto":
            binary = ((values == 0) | (values == 1)).all(axis=0)
            center[binary], scale[binary] = 0.0, 1.0
    largest = None
    if collection.degree is not None:
        largest = int(min(LARGEST_DEGREE, collection.degree.numpy()[learned].max(initial=0)))
    edge_features = collection.edge_features
    described = _describe(
        tuple(center.tolist()),
        tuple(scale.tolist()),
        largest,
        0 if edge_features is None else int(edge_features.shape[1]),
        collection.n_edge_types,
    )
    if described.n_features == 0:
        raise ValueError(
            "The graphs have no node features: give structural_features, for example 'one_hot_degree' or 'constant'."
        )
    return CollectionCoding(described, table.structural, table.by_row, table.edge_types)


def _describe(
    center: tuple[float, ...],
    scale: tuple[float, ...],
    largest_degree: int | None,
    n_edge_features: int,
    n_edge_types: int,
) -> CollectionInputs:
    return CollectionInputs(
        len(center) + (0 if largest_degree is None else largest_degree + 1),
        n_edge_features=n_edge_features,
        n_edge_types=n_edge_types,
        center=center,
        scale=scale,
        largest_degree=largest_degree,
    )


def _moments(values: NDArray[Any], times: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return means and standard deviations of columns; one for a column that does not vary."""
    center = np.average(values, axis=0, weights=times)
    spread = np.sqrt(np.average((values - center) ** 2, axis=0, weights=times))
    spread[spread <= 1e-12 * np.abs(values).max(axis=0, initial=1.0)] = 1.0
    return center, spread

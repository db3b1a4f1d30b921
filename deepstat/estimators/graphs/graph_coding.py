"""What is learned of a graph before training, in the place where tables have a schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deepstat.data.graph_inputs import GraphInputs
from deepstat.data.table import Table
from deepstat.estimators.graphs.feature_scaling import FeatureScaling


@dataclass(frozen=True)
class GraphCoding:
    """Rows are node ids, pairs of them, or numbers of graphs, which networks read as they are.

    Attributes
    ----------
    what : tuple of str
        What each column of X holds: ``("node",)``, ``("source", "target")``, ``("graph",)``.
    scalings : tuple of FeatureScaling
        One, or one for each node type.
    described : GraphInputs
    structural : tuple of str or None
        Structural features that stand in for, or beside, those of the nodes.
    """

    what: tuple[str, ...]
    scalings: tuple[FeatureScaling, ...]
    described: GraphInputs
    structural: tuple[str, ...] | None = None

    feature_names = None
    cardinalities = ()
    is_plain = False

    @property
    def columns(self) -> tuple[str, ...]:
        """One entry for each column of X."""
        return self.what

    @property
    def n_numeric(self) -> int:
        """Columns of the encoded rows."""
        return len(self.what)

    def encode(self, table: Table, dtype: DTypeLike) -> NDArray[np.int64]:
        """Return the ids (n, columns)."""
        return np.ascontiguousarray(table.values, dtype=np.int64)

    def inputs(self, take: Callable[[], Any] | None = None) -> GraphInputs:
        """Return what architectures are told."""
        return self.described

    def affine(self) -> Any:
        """Ids are never centred."""
        raise TypeError("Ids of nodes have no centre and scale.")

    def differs_by_affine(self, other: Any) -> bool:
        """Say no: ids are what they are."""
        return False

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        inputs = self.described
        return {
            "columns": list(self.what),
            "feature_names": None,
            "scalings": [
                {"kind": own.kind, "center": list(own.center), "scale": list(own.scale)}
                for own in self.scalings
            ],
            "structural": None if self.structural is None else list(self.structural),
            "n_features": inputs.n_numeric,
            "type_widths": list(inputs.type_widths),
            "n_edge_features": inputs.n_edge_features,
            "n_edge_types": inputs.n_edge_types,
        }

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> GraphCoding:
        """Rebuild from :meth:`to_json`."""
        inputs = GraphInputs(
            saved["n_features"],
            type_widths=tuple(saved["type_widths"]),
            n_edge_features=saved["n_edge_features"],
            n_edge_types=saved["n_edge_types"],
        )
        scalings = tuple(
            FeatureScaling(own["kind"], tuple(own["center"]), tuple(own["scale"]))
            for own in saved["scalings"]
        )
        structural = None if saved["structural"] is None else tuple(saved["structural"])
        return cls(tuple(saved["columns"]), scalings, inputs, structural)

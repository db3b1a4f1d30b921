"""What the estimators of graphs share."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn

from deepstat.data.coding import Coding
from deepstat.data.table import Table
from deepstat.estimators.components import Resolved, resolve_architecture
from deepstat.estimators.graphs.graph_coding import GraphCoding
from deepstat.estimators.graphs.graph_tensors import graph_tensors, learn_graph
from deepstat.estimators.graphs.known_graph import known_graph
from deepstat.estimators.graphs.node_rows import id_rows
from deepstat.estimators.graphs.on_graph import OnGraph
from deepstat.estimators.graphs.structural_kinds import structural_kinds
from deepstat.estimators.network_estimator import NetworkEstimator, predict_device
from deepstat.estimators.parameters import NETWORK_CONSTRAINTS
from deepstat.graph.graph import Graph
from deepstat.training.device import choose_device, choose_precision

# Rows of a full batch are counted in steps of this, so that folds that differ by a row train together.
STEP = 64


@dataclass(kw_only=True, eq=False, repr=False)
class GraphEstimator(NetworkEstimator):
    """Abstract: a network of one graph, whose rows X name nodes or pairs of nodes."""

    _takes: ClassVar[str] = "graph"
    _rows_are_independent: ClassVar[bool] = False
    _single: ClassVar[bool] = True
    _what: ClassVar[tuple[str, ...]]
    _wrap: ClassVar[Callable[..., nn.Module]]
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NETWORK_CONSTRAINTS,
        "graph": [Graph, None],
        "feature_scaling": [str],
        "structural_features": [tuple, list, str, None],
    }

    graph: Any = None
    feature_scaling: str = "auto"
    structural_features: Any = None
    architecture: Any = "gcn"
    learning_rate: float = 0.01
    schedule: Any = "constant"
    max_epochs: int = 200
    early_stopping: Any = False
    l2: float = 5e-4

    def on(self, graph: Graph) -> Any:
        """Return the fitted model looking at another graph, with the same weights.

        Parameters
        ----------
        graph : Graph
            With the same node and edge features, and the same types.

        Returns
        -------
        estimator
        """
        other = copy.copy(self)
        other.graph = graph
        self._known_graph(graph)
        return other

    def _at(self, graph: Graph | None) -> Any:
        return self if graph is None else self.on(graph)

    # -- what X is ----------------------------------------------------------------------------------------------------

    def _rows_of(self, X: Any) -> np.ndarray:
        """Return ids (n, columns)."""
        return id_rows(self._known_graph(self.graph), X, len(self._what))

    def _learn_columns(self) -> Callable[..., Coding]:
        return lambda table, rows, weight: self._coding()

    def _coding(self) -> GraphCoding:
        known = structural_kinds(self.structural_features)
        return learn_graph(self._known_graph(self.graph), self._what, self.feature_scaling, known)

    def _placed(self, architecture: Resolved) -> Resolved:
        device = choose_device(self.device)
        dtype, _ = choose_precision(self.precision, device, True)
        data = graph_tensors(self._known_graph(self.graph), self._coding(), dtype, device)
        return replace(architecture, target=OnGraph(architecture.target, type(self)._wrap, data))

    def _architecture(self) -> Resolved:
        """Return the architecture of the fit, without a graph: predictions bring theirs."""
        given = self._recipe["architecture"], self._recipe["architecture_params"]
        found = resolve_architecture(*given, self._takes)[0]
        return replace(found, target=OnGraph(found.target, type(self)._wrap, None))

    def _known_graph(self, graph: Any) -> Graph:
        return known_graph(graph, ", to the constructor or to predict (saved models keep none)")

    def _batch_rows(self, n_rows: int) -> int:
        """Return the rows of a batch: all of them, since each step looks at the whole graph anyway."""
        return -(-n_rows // STEP) * STEP if self.batch_size == "auto" else int(self.batch_size)

    # -- predictions --------------------------------------------------------------------------------------------------

    def _outputs(self, table: Table) -> np.ndarray:
        """Return raw outputs (members, n, k): messages run once over the graph, whatever the number of rows."""
        graph, dtype = self._known_graph(self.graph), self.members_[0].flat.dtype
        data = graph_tensors(graph, self.schema_, dtype, predict_device(self.device))  # type: ignore[arg-type]
        ids = torch.as_tensor(self.schema_.encode(table, np.int64), device=predict_device(self.device))
        with torch.no_grad():
            out = [network.on(data)(ids).cpu().double().numpy() for network in self.networks_]  # type: ignore[operator]
        return np.stack(out)

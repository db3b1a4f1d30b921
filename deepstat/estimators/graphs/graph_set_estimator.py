"""What the estimators of whole graphs share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from deepstat.data.coding import Coding
from deepstat.data.table import Table
from deepstat.estimators.components import Resolved, resolve_architecture
from deepstat.estimators.graphs.collection_coding import CollectionCoding, learn_collection
from deepstat.estimators.graphs.feature_scaling import SCALINGS
from deepstat.estimators.graphs.graph_table import GraphTable, graph_table
from deepstat.estimators.graphs.on_collection import OnCollection
from deepstat.estimators.graphs.structural_kinds import structural_kinds
from deepstat.estimators.network_estimator import NetworkEstimator, predict_device
from deepstat.estimators.parameters import NETWORK_CONSTRAINTS
from deepstat.estimators.settings import Settings
from deepstat.training.device import choose_precision


@dataclass(kw_only=True, eq=False, repr=False)
class GraphSetEstimator(NetworkEstimator):
    """Abstract: a network of whole graphs; X is a list of them, and networks see their numbers in a collection."""

    _takes: ClassVar[str] = "graphs"
    _single: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NETWORK_CONSTRAINTS,
        "feature_scaling": [StrOptions(set(SCALINGS))],
        "structural_features": [tuple, list, str, None],
    }

    feature_scaling: str = "auto"
    structural_features: Any = None
    architecture: Any = "gin_readout"

    # -- what X is ----------------------------------------------------------------------------------------------------

    def _rows_of(self, X: Any) -> GraphTable:
        """Return the numbers of graphs, with the graphs."""
        return graph_table(X, self._structural(), by_row=self.feature_scaling == "row")

    def _structural(self) -> tuple[str, ...]:
        return structural_kinds(self.structural_features) or ()

    def _learn_columns(self) -> Callable[..., Coding]:
        return partial(learn_collection, scaling=self.feature_scaling)

    def _settings_for(self, settings: Settings, table: Any) -> Settings:
        """Put the graphs around the network; members see batches of different sizes, so each trains by itself."""
        if (table.structural, table.by_row) != (self._structural(), self.feature_scaling == "row"):
            raise ValueError(
                "Refits share the columns of nodes: set structural_features and feature_scaling='row' on the estimator "
                "and leave them out of a draw's params."
            )
        dtype, _ = choose_precision(self.precision, settings.device, self._single)
        collection = table.on(dtype, settings.device)
        architecture = settings.architecture
        placed = replace(
            architecture,
            record=replace(architecture.record, batched=False),  # type: ignore[call-arg]
            target=OnCollection(architecture.target, collection),
        )
        return replace(settings, architecture=placed)

    def _architecture(self) -> Resolved:
        """Return the architecture of the fit, without graphs: predictions bring theirs."""
        given = self._recipe["architecture"], self._recipe["architecture_params"]
        found = resolve_architecture(*given, self._takes)[0]
        return replace(found, target=OnCollection(found.target))

    # -- predictions --------------------------------------------------------------------------------------------------

    def _raw(self, X: Any) -> tuple[np.ndarray, np.dtype[Any]]:
        """Return raw outputs (members, n, k) in float64, and the dtype for predictions."""
        check_is_fitted(self, "members_")
        coding = self.schema_
        assert isinstance(coding, CollectionCoding)
        table = graph_table(X, coding.structural, by_row=coding.by_row, edge_types=coding.edge_types)
        return self._outputs(table), table.dtype

    def _outputs(self, table: Table) -> np.ndarray:
        """Return raw outputs (members, n, k)."""
        assert isinstance(table, GraphTable)
        assert isinstance(self.schema_, CollectionCoding)
        device = predict_device(self.device)
        collection = self.schema_.complete(table.collection).to(self.members_[0].flat.dtype, device)
        rows = torch.as_tensor(self.schema_.encode(table, np.int64), device=device)
        with torch.no_grad():
            out = [network.on(collection)(rows).cpu().double().numpy() for network in self.networks_]  # type: ignore[operator]
        return np.stack(out)

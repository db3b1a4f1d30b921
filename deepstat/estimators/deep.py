"""What the deep estimators share beside their parameters: fit in three acts, raw predictions, state without modules."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from deepstat.data.columns import encode
from deepstat.data.inputs import Inputs
from deepstat.data.schema import Schema
from deepstat.data.table import Table, check_table
from deepstat.estimators.components import Resolved, loss_name, resolve_architecture, resolve_loss
from deepstat.estimators.finish import finish_fit
from deepstat.estimators.network import build_network
from deepstat.estimators.parameters import CONSTRAINTS, NestedParameters
from deepstat.estimators.plan import plan_fit
from deepstat.estimators.settings import target_unit
from deepstat.training.device import choose_device
from deepstat.training.layout import Layout
from deepstat.training.plan import TrainResult
from deepstat.training.population import settle
from deepstat.training.together import train_together

# Rows predicted at once: bounds the memory of activations.
CHUNK = 8192


class DeepEstimator(NestedParameters, BaseEstimator):
    """Abstract: the plumbing of deep estimators. Subclasses say which task they do."""

    _parameter_constraints: dict[str, list[Any]] = CONSTRAINTS
    _task: str
    _trains_networks = True  # by which tools that run fits together know one another's estimators

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Any:
        fitted = bool(self.warm_start) and hasattr(self, "members_")
        draft = plan_fit(self, X, y, sample_weight, task=self._task, fitted=fitted)
        results = train_together(draft.plans)
        return finish_fit(self, draft, self._continued(results) if fitted else results)

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Any:
        """Do one epoch over the rows given, going on from the state there is."""
        fitted = hasattr(self, "members_")
        draft = plan_fit(
            self, X, y, sample_weight, task=self._task, fitted=fitted, partial=True, classes=classes
        )
        results = train_together([one_epoch(plan) for plan in draft.plans])
        return finish_fit(self, draft, self._continued(results) if fitted else results)

    def _continued(self, results: list[TrainResult]) -> list[TrainResult]:
        """Put the epochs of earlier fits before those of this one."""
        past: list[list[dict[str, float]]] = [[] for _ in self.members_]
        for entry in self.history_:
            past[entry["member"]].append({key: value for key, value in entry.items() if key != "member"})
        return [
            replace(
                result,
                history=own + [{**entry, "epoch": len(own) + entry["epoch"]} for entry in result.history],
                best_epoch=len(own) + result.best_epoch,
            )
            for result, own in zip(results, past, strict=True)
        ]

    @property
    def networks_(self) -> list[nn.Module]:
        """The network of each member, in prediction mode, on the device and in the dtype of the fit."""
        check_is_fitted(self, "members_")
        if not self._networks:
            self._networks[:] = self._build_networks()  # in place: predicting sets no attribute
        return self._networks

    @property
    def network_(self) -> nn.Module:
        """The network of the first member."""
        return self.networks_[0]

    @property
    def residual_scale_(self) -> np.ndarray | None:
        """Residual scales (members, outputs) in units of the target, for losses that have one."""
        check_is_fitted(self, "members_")
        scales = [member.scale for member in self.members_]
        if any(scale is None for scale in scales):
            return None
        units = [target_unit(target) for target in self.targets_]
        return np.array([scale.numpy() * unit for scale, unit in zip(scales, units, strict=True)])

    @property
    def schema_(self) -> Schema:
        """What the first member learned of the columns."""
        check_is_fitted(self, "members_")
        return self.schemas_[0]

    @property
    def target_(self) -> Any:
        """What the first member learned of the target."""
        check_is_fitted(self, "members_")
        return self.targets_[0]

    def _build_networks(self) -> list[nn.Module]:
        architecture, _ = resolve_architecture(
            self._recipe["architecture"], self._recipe["architecture_params"]
        )
        device = predict_device(self.device)
        dtype = self.members_[0].flat.dtype
        templates: dict[Any, nn.Module] = {}
        networks = []
        for member, schema in zip(self.members_, self.schemas_, strict=True):
            inputs = Inputs(schema.n_numeric, schema.cardinalities)
            if inputs not in templates:
                templates[inputs] = build_network(
                    architecture, inputs, self.n_outputs_, seed=0, dtype=dtype, device=device
                )
            template = templates[inputs]
            layout = Layout.of(template)
            expected = {name: (value.shape, value.dtype) for name, value in template.named_buffers()}
            found = {name: (value.shape, value.dtype) for name, value in member.buffers.items()}
            if found != expected or len(member.flat) != layout.size + len(self.constants_):
                raise ValueError("The weights do not fit the network that the settings describe.")
            networks.append(settle(copy.deepcopy(template), member))
        return networks

    def _loss(self) -> Resolved:
        """Return the loss of the fit."""
        return resolve_loss(
            loss_name(self._recipe["loss"], self._task), self._recipe["loss_params"], self._task
        )

    def _raw(self, X: Any) -> tuple[np.ndarray, np.dtype[Any]]:
        """Return raw outputs (members, n, k) in float64, and the dtype for predictions."""
        check_is_fitted(self, "members_")
        table = check_table(X)
        validate_data(self, X, skip_check_array=True, reset=False)
        networks = self.networks_
        parameter = self.members_[0].flat
        device = predict_device(self.device)
        numpy_dtype = np.dtype(str(parameter.dtype).removeprefix("torch."))
        out = np.empty((len(networks), table.n_rows, self.n_outputs_))
        with torch.no_grad():
            for start in range(0, table.n_rows, CHUNK):
                rows = slice(start, min(start + CHUNK, table.n_rows))
                encoded: dict[
                    int, torch.Tensor
                ] = {}  # members that learned other columns encode for themselves
                for m, (network, schema) in enumerate(zip(networks, self.schemas_, strict=True)):
                    if id(schema) not in encoded:
                        x = encode(schema, rows_of(table, rows), numpy_dtype)
                        x = x if isinstance(x, np.ndarray) else x.toarray()
                        encoded[id(schema)] = torch.from_numpy(x).to(device)
                    out[m, rows] = network(encoded[id(schema)]).cpu().numpy()
        return out, table.dtype

    def __getstate__(self) -> dict[str, Any]:
        """Leave the modules out: they are rebuilt from recipe, weights and buffers."""
        state: dict[str, Any] = super().__getstate__()
        if "_networks" in state:
            state = {**state, "_networks": []}
        return state

    def __sklearn_tags__(self) -> Tags:
        """Say what the estimator accepts: missing values, sparse tables, categories."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.input_tags.categorical = True
        return tags


def one_epoch(plan: Any) -> Any:
    """Return the plan of one epoch, at the constant learning rate; residual scales follow the rows that come."""
    start = None if plan.start is None else one_epoch(plan.start)
    return replace(
        plan,
        max_epochs=1,
        average_from=None,
        schedule=None,
        checkpoint=None,
        compiled=False,
        start=start,
        keep_scale=False,
    )


def predict_device(device: str) -> torch.device:
    """Return the device to predict on: the one asked for, or the CPU on a machine that lacks it."""
    try:
        return choose_device(device)
    except ValueError:
        return torch.device("cpu")


def rows_of(table: Table, rows: slice) -> Table:
    """Return a part of a table's rows, as views."""
    n = rows.stop - rows.start
    if n == table.n_rows:
        return table
    if table.values is not None:
        return replace(table, n_rows=n, values=table.values[rows])
    columns = tuple(replace(column, values=column.values[rows]) for column in table.columns)
    return replace(table, n_rows=n, columns=columns)

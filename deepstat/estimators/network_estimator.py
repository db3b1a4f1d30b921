"""What all estimators that train networks share: parameters, fit in three acts, raw predictions."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from deepstat.data.coding import Coding
from deepstat.data.inputs import Inputs
from deepstat.data.schema import learn_schema
from deepstat.data.table import Table, check_table, take
from deepstat.estimators.components import Resolved, resolve_architecture
from deepstat.estimators.finish import finish_fit
from deepstat.estimators.network import build_network
from deepstat.estimators.parameters import NETWORK_CONSTRAINTS, NestedParameters
from deepstat.estimators.plan import plan_fit
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.estimators.settings import batch_size_for, target_unit
from deepstat.estimators.tasks import TASKS
from deepstat.layers.heads_of import heads_of
from deepstat.training import clock
from deepstat.training.device import choose_device
from deepstat.training.layout import Layout
from deepstat.training.plan import Plan, TrainResult
from deepstat.training.population import settle
from deepstat.training.time_limit import TimeLimit
from deepstat.training.together import train_together

# Rows predicted at once, by all heads: bounds the memory of activations.
CHUNK = 8192


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkEstimator(NestedParameters, BaseEstimator):
    """Abstract: the parameters and the plumbing of estimators that train networks. Subclasses say which task they do.

    Parameters are fields: the dataclass writes the constructor that scikit-learn asks for, one keyword and one plain
    assignment for each.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = NETWORK_CONSTRAINTS
    _task: ClassVar[str]
    _trains_networks: ClassVar[bool] = (
        True  # by which tools that run fits together know one another's estimators
    )
    _rows_are_independent: ClassVar[bool] = True
    # What architectures read, and whether precision="auto" is float32 whatever X is.
    _takes: ClassVar[str] = "table"
    _single: ClassVar[bool] = False
    formula: ClassVar[Any] = None
    terms: ClassVar[Any] = None

    architecture: Any = "mlp"
    architecture_params: Any = None
    optimizer: Any = "adam"
    optimizer_params: Any = None
    learning_rate: float = 3e-3
    schedule: Any = "cosine"
    schedule_params: Any = None
    batch_size: Any = "auto"
    max_epochs: int = 100
    early_stopping: Any = "auto"
    validation_fraction: float = 0.1
    patience: int = 20
    tol: float = 0.0
    stop_by: str = "loss"
    time_limit: float | None = None
    average_from: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    clip: float | None = None
    initializer: Any = None
    initializer_params: Any = None
    start_from: Any = None
    freeze: Any = None
    n_members: int = 1
    warm_start: bool = False
    on_epoch: Any = None
    checkpoint: Any = None
    device: str = "auto"
    precision: str = "auto"
    compile: Any = "auto"  # the word that torch uses
    random_state: Any = None
    verbose: int = 0

    # -- what X is: a table, unless a subclass says otherwise --------------------------------------------------------

    def _rows_of(self, X: Any) -> Any:
        """Return X as a table."""
        return X

    def _learn_columns(self) -> Callable[..., Coding]:
        """Return ``learn(table, rows, weight) -> Coding``."""
        return learn_schema

    def _placed(self, architecture: Resolved) -> Resolved:
        """Return the architecture with everything around the network that the rows of X need."""
        return architecture

    def _settings_for(self, settings: Any, rows: Any) -> Any:
        """Return the settings of a fit to these rows, see :meth:`_rows_of`."""
        return settings

    def _batch_rows(self, n_rows: int) -> int:
        """Return the rows of a batch of a fit to so many."""
        return batch_size_for(self.batch_size, n_rows)

    # -- fit ----------------------------------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Any:
        began = clock.now()
        fitted = bool(self.warm_start) and hasattr(self, "members_")
        draft = plan_fit(self, X, y, sample_weight, fitted=fitted)
        results = train_together(self._in_time(draft.plans, began))
        return finish_fit(self, draft, self._continued(results) if fitted else results)

    def _in_time(self, plans: list[Plan], began: float) -> list[Plan]:
        """Return the plans of a fit that began then, with the time limit that they share."""
        if self.time_limit is None:
            return plans
        return TimeLimit(float(self.time_limit), spent=clock.now() - began).on(plans)

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, classes: Any = None) -> Any:
        """Do one epoch over the rows given, going on from the state there is."""
        fitted = hasattr(self, "members_")
        draft = plan_fit(self, X, y, sample_weight, fitted=fitted, partial=True, classes=classes)
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
    def schema_(self) -> Coding:
        """What the first member learned of the columns."""
        check_is_fitted(self, "members_")
        return self.schemas_[0]

    @property
    def target_(self) -> Any:
        """What the first member learned of the target."""
        check_is_fitted(self, "members_")
        return self.targets_[0]

    def _architecture(self) -> Resolved:
        """Return the architecture of the fit."""
        given = self._recipe["architecture"], self._recipe["architecture_params"]
        return self._placed(resolve_architecture(*given, self._takes)[0])

    def _inputs(self, schema: Coding, outputs: tuple[RawOutputs, ...]) -> Inputs:
        """Return what the architecture is told of the encoded rows."""
        return schema.inputs(None)

    def _build_networks(self) -> list[nn.Module]:
        architecture = self._architecture()
        device = predict_device(self.device)
        dtype = self.members_[0].flat.dtype
        _, n_constants = TASKS[self._task].sizes(self._resolved(), self.target_)
        templates: dict[Any, nn.Module] = {}
        networks = []
        outputs = TASKS[self._task].raw_outputs(self._resolved(), self.target_)
        for member, schema in zip(self.members_, self.schemas_, strict=True):
            inputs = self._inputs(schema, outputs)
            if inputs not in templates:
                templates[inputs] = build_network(
                    architecture,
                    inputs,
                    self.n_outputs_,
                    n_constants=n_constants,
                    seed=0,
                    dtype=dtype,
                    device=device,
                )
            template = templates[inputs]
            layout = Layout.of(template)
            expected = {name: (value.shape, value.dtype) for name, value in template.named_buffers()}
            found = {name: (value.shape, value.dtype) for name, value in member.buffers.items()}
            if found != expected or len(member.flat) != layout.size + len(self.constants_):
                raise ValueError("The weights do not fit the network that the settings describe.")
            networks.append(settle(copy.deepcopy(template), member))
        return networks

    def _resolved(self) -> Resolved:
        """Return the loss, or the distribution, of the fit."""
        return TASKS[self._task].resolve(self._recipe)

    def _raw(self, X: Any) -> tuple[np.ndarray, np.dtype[Any]]:
        """Return raw outputs (members, n, k) in float64, see :meth:`_outputs`, and the dtype for predictions."""
        check_is_fitted(self, "members_")
        X = self._rows_of(X)
        table = check_table(X)
        validate_data(self, X, skip_check_array=True, reset=False)
        return self._outputs(table), table.dtype

    def _outputs(self, table: Table) -> np.ndarray:
        """Return raw outputs (members, n, k) of rows that can be encoded.

        The heads of a network follow one another as members: (members * heads, n, k).
        """
        networks = self.networks_
        parameter = self.members_[0].flat
        device = predict_device(self.device)
        numpy_dtype = np.dtype(str(parameter.dtype).removeprefix("torch."))
        n_outputs = sum(TASKS[self._task].sizes(self._resolved(), self.target_))
        chunk = max(1, CHUNK // (heads_of(networks[0]) or 1))
        out = np.empty((len(networks), 1, table.n_rows, n_outputs))
        with torch.no_grad():
            for start in range(0, table.n_rows, chunk):
                rows = slice(start, min(start + chunk, table.n_rows))
                encoded: dict[int, torch.Tensor] = {}  # members of other columns encode for themselves
                for m, (network, schema) in enumerate(zip(networks, self.schemas_, strict=True)):
                    if id(schema) not in encoded:
                        x = schema.encode(take(table, rows), numpy_dtype)
                        x = x if isinstance(x, np.ndarray) else x.toarray()
                        encoded[id(schema)] = torch.from_numpy(x).to(device)
                    raw = network(encoded[id(schema)]).cpu().numpy()
                    heads = raw.swapaxes(0, 1) if raw.ndim == 3 else raw[None]
                    if heads.shape[0] != out.shape[1]:  # the first look at networks that have heads
                        out = np.empty((len(networks), len(heads), table.n_rows, n_outputs))
                    out[m, :, rows] = heads
        return out.reshape(out.shape[0] * out.shape[1], table.n_rows, n_outputs)

    def _targets_of(self, raw: np.ndarray) -> list[Any]:
        """Return what was learned of the target for each of raw outputs (members * heads, n, k)."""
        n_heads = len(raw) // len(self.targets_)
        return [target for target in self.targets_ for _ in range(n_heads)]

    def __getstate__(self) -> dict[str, Any]:
        """Leave the modules out: they are rebuilt from recipe, weights and buffers."""
        state: dict[str, Any] = super().__getstate__()
        return {**state, "_networks": []} if "_networks" in state else state


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

"""What the deep estimators share beside their parameters: fit in three acts, raw predictions, state without modules."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import nn

from deepstat.data.coding import Coding
from deepstat.data.inputs import inputs_of
from deepstat.data.table import Table, check_table, take
from deepstat.estimators.classical.fit import fit_classical
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.classical.reports import ClassicalReports
from deepstat.estimators.components import Resolved, resolve_architecture
from deepstat.estimators.finish import finish_fit
from deepstat.estimators.formula_effects import effects
from deepstat.estimators.formula_network import (
    architecture_of_formula,
    formulas_of,
    labels_of,
    network_inputs,
)
from deepstat.estimators.network import build_network
from deepstat.estimators.parameters import CONSTRAINTS, NestedParameters
from deepstat.estimators.plan import plan_fit
from deepstat.estimators.settings import target_unit
from deepstat.estimators.tasks import TASKS
from deepstat.formula.formulas import select_columns
from deepstat.training.device import choose_device
from deepstat.training.layout import Layout
from deepstat.training.plan import TrainResult
from deepstat.training.population import settle
from deepstat.training.together import train_together

# Rows predicted at once: bounds the memory of activations.
CHUNK = 8192


def has_epochs(estimator: Any) -> bool:
    """Say whether ``partial_fit`` exists: a classical solver needs all rows at once."""
    if not is_classical(vars(estimator)):
        return True
    raise AttributeError(f"optimizer={estimator.optimizer!r} needs all rows at once: call fit.")


def _has_formula(estimator: Any) -> bool:
    if getattr(estimator, "_recipe", {"formula": estimator.formula})["formula"] is not None:
        return True
    raise AttributeError(
        "effects are those of a formula's terms: give formula='y ~ x + deep(z)' and fit again."
    )


@dataclass(kw_only=True, eq=False, repr=False)
class DeepEstimator(ClassicalReports, NestedParameters, BaseEstimator):
    """Abstract: the parameters and the plumbing of deep estimators. Subclasses say which task they do.

    Parameters are fields: the dataclass writes the constructor that scikit-learn asks for, one keyword and one plain
    assignment for each.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS
    _task: ClassVar[str]
    _trains_networks: ClassVar[bool] = (
        True  # by which tools that run fits together know one another's estimators
    )

    formula: Any = None
    terms: Any = None
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

    def _fit(self, X: Any, y: Any, sample_weight: Any, **vectors: Any) -> Any:
        given = {name: value for name, value in vectors.items() if value is not None}
        if is_classical(vars(self)):
            return fit_classical(self, X, y, sample_weight, **given)
        if given:
            raise ValueError(
                f"{', '.join(given)}: only classical solvers take it (architecture='linear', optimizer='newton'); "
                "leave it out for networks."
            )
        fitted = bool(self.warm_start) and hasattr(self, "members_")
        draft = plan_fit(self, X, y, sample_weight, fitted=fitted)
        results = train_together(draft.plans)
        return finish_fit(self, draft, self._continued(results) if fitted else results)

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

    @available_if(_has_formula)
    def effects(self, X: Any) -> Any:
        """Return what each term of the formula adds to the linear predictor of each row.

        A deep term's effect is what is left of its network's outputs after the columns of the structured part that are
        made of its own inputs, and the intercept, have taken what they can (by least squares on the training rows). The
        effects of a row sum to its linear predictor, in the units of the target.

        Parameters
        ----------
        X : frame of n rows

        Returns
        -------
        DataFrame of n rows with a column for each term, or a dict of them where `formula` is a dict
            Columns are pairs (output, term) where a parameter has several outputs. Several members are averaged.
        """
        check_is_fitted(self, "members_")
        return effects(self, X)

    def summary(
        self,
        X: Any = None,
        y: Any = None,
        *,
        sample_weight: Any = None,
        level: float = 0.95,
        n_resamples: int = 0,
        **options: Any,
    ) -> Any:
        """Return a report of the fit, which can be printed (``statsmodels.iolib.summary.Summary``).

        - After a classical fit: estimates with their standard errors, see :meth:`inference`; it needs no rows.
        - Of a network: settings, losses, and on the rows given its fit and the average marginal effects of its columns,
          as plug-in figures: nothing that only a theorem could give. With `n_resamples` the procedure is refitted on
          resamples and folds of the rows, which are then those of the fit: the effects come with their variability over
          rows and seeds, and the fit is that of cross-validation.
        - Of a formula with ``deep(...)``: also the structured part, with standard errors by cross-fitted partialling
          out on the rows given (those of the fit), or the reason why there are none.

        Parameters
        ----------
        X : table of shape (n, p) or None
        y : array-like of shape (n,) or (n, k), or None
            By default the left side of the formula, if X has it.
        sample_weight : array-like of shape (n,) or None
            Frequencies.
        level : float
            Of intervals.
        n_resamples : int
            Bootstrap draws for the variability of the marginal effects; 0: none.
        **options
            After a classical fit those of :meth:`inference`; with `n_resamples` those of
            :func:`deepstat.inference.bootstrap`; of a formula those of
            :func:`deepstat.inference.partially_linear.partially_linear`, such as ``clusters`` and ``n_repetitions``.

        Returns
        -------
        statsmodels.iolib.summary.Summary

        Raises
        ------
        ImportError
            statsmodels is not installed.
        AttributeError
            A classical fit without standard errors (a penalty); the message says why.
        ValueError, TypeError
            Something given does not belong to this kind of fit.
        """
        from deepstat.inference.summary.report import report  # the layers above load when they are asked for

        given = {"sample_weight": sample_weight, "level": level, "n_resamples": n_resamples}
        return report(self, X, y, **given, **options)

    def _target_of(self, X: Any, y: Any) -> Any:
        """Return y, or the left side of the formula where it is None."""
        if y is not None or self._recipe["formula"] is None:
            return y
        return formulas_of(self._recipe, self._resolved()).split(X, None)[1]

    def _build_networks(self) -> list[nn.Module]:
        architecture, _ = resolve_architecture(
            self._recipe["architecture"], self._recipe["architecture_params"]
        )
        if self._recipe["formula"] is not None and not is_classical(self._recipe):
            architecture = architecture_of_formula(labels_of(self.schema_), self._recipe)
        device = predict_device(self.device)
        dtype = self.members_[0].flat.dtype
        _, n_constants = TASKS[self._task].sizes(self._resolved(), self.target_)
        templates: dict[Any, nn.Module] = {}
        networks = []
        outputs = TASKS[self._task].raw_outputs(self._resolved(), self.target_)
        for member, schema in zip(self.members_, self.schemas_, strict=True):
            inputs = network_inputs(schema, outputs)
            if is_classical(self._recipe):  # one affine map of all columns, whichever parameter they are for
                inputs = inputs_of(schema.n_numeric, ())
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
        """Return raw outputs (members, n, k) in float64, and the dtype for predictions."""
        check_is_fitted(self, "members_")
        if self._recipe["formula"] is not None:
            X = select_columns(X, self.schema_.feature_names)
        table = check_table(X)
        validate_data(self, X, skip_check_array=True, reset=False)
        if is_classical(self._recipe):
            rows = self.schema_.complete_rows(table)  # type: ignore[attr-defined]
            if len(rows) < table.n_rows:
                found = self._outputs(take(table, rows))
                out = np.full((found.shape[0], table.n_rows, found.shape[2]), np.nan)
                out[:, rows] = found
                return out, table.dtype
        return self._outputs(table), table.dtype

    def _outputs(self, table: Table) -> np.ndarray:
        """Return raw outputs (members, n, k) of rows that can be encoded."""
        networks = self.networks_
        parameter = self.members_[0].flat
        device = predict_device(self.device)
        numpy_dtype = np.dtype(str(parameter.dtype).removeprefix("torch."))
        n_outputs = sum(TASKS[self._task].sizes(self._resolved(), self.target_))
        out = np.empty((len(networks), table.n_rows, n_outputs))
        with torch.no_grad():
            for start in range(0, table.n_rows, CHUNK):
                rows = slice(start, min(start + CHUNK, table.n_rows))
                encoded: dict[int, torch.Tensor] = {}  # members of other columns encode for themselves
                for m, (network, schema) in enumerate(zip(networks, self.schemas_, strict=True)):
                    if id(schema) not in encoded:
                        x = schema.encode(take(table, rows), numpy_dtype)
                        x = x if isinstance(x, np.ndarray) else x.toarray()
                        encoded[id(schema)] = torch.from_numpy(x).to(device)
                    out[m, rows] = network(encoded[id(schema)]).cpu().numpy()
        return out

    def __getstate__(self) -> dict[str, Any]:
        """Leave the modules out: they are rebuilt from recipe, weights and buffers."""
        state: dict[str, Any] = super().__getstate__()
        if "_networks" in state:
            state = {**state, "_networks": []}
        if "_evidence" in state:  # holds the rows
            state = {**state, "_evidence": state["_evidence"].kept()}
        return state

    def __sklearn_tags__(self) -> Tags:
        """Say what the estimator accepts: missing values (left out by classical solvers), sparse tables, categories."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = not is_classical(vars(self))
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

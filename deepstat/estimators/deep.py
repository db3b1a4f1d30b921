"""What the estimators of tables share beside networks: formulas, classical solvers, reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from deepstat.data.coding import Coding
from deepstat.data.inputs import Inputs, inputs_of
from deepstat.data.table import check_table, take
from deepstat.estimators.classical.fit import fit_classical
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.classical.reports import ClassicalReports
from deepstat.estimators.components import Resolved
from deepstat.estimators.formula_effects import effects
from deepstat.estimators.formula_network import (
    architecture_of_formula,
    formulas_of,
    labels_of,
    network_inputs,
)
from deepstat.estimators.network_estimator import NetworkEstimator
from deepstat.estimators.parameters import CONSTRAINTS
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.formula.formulas import select_columns


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
class DeepEstimator(ClassicalReports, NetworkEstimator):
    """Abstract: a network of a table's columns; with a formula partly classical, with a classical solver wholly."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = CONSTRAINTS

    formula: Any = None
    terms: Any = None
    architecture: Any = "auto"
    n_members: Any = "auto"

    def _fit(self, X: Any, y: Any, sample_weight: Any, **vectors: Any) -> Any:
        given = {name: value for name, value in vectors.items() if value is not None}
        if is_classical(vars(self)):
            return fit_classical(self, X, y, sample_weight, **given)
        if given:
            raise ValueError(
                f"{', '.join(given)}: only classical solvers take it (architecture='linear', optimizer='newton'); "
                "leave it out for networks."
            )
        return super()._fit(X, y, sample_weight)

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

    def _architecture(self) -> Resolved:
        """Return the architecture of the fit: that of its formula, where there is one."""
        if self._recipe["formula"] is not None and not is_classical(self._recipe):
            return architecture_of_formula(labels_of(self.schema_), self._recipe)
        return super()._architecture()

    def _inputs(self, schema: Coding, outputs: tuple[RawOutputs, ...]) -> Inputs:
        """Return what the architecture is told of the encoded rows."""
        if is_classical(self._recipe):  # one affine map of all columns, whichever parameter they are for
            return inputs_of(schema.n_numeric, ())
        return network_inputs(schema, outputs, self.target_.n_outputs)

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

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the rows that reports were made of, too."""
        state: dict[str, Any] = super().__getstate__()
        return {**state, "_evidence": state["_evidence"].kept()} if "_evidence" in state else state

    def __sklearn_tags__(self) -> Tags:
        """Say what the estimator accepts: missing values (left out by classical solvers), sparse tables, categories."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = not is_classical(vars(self))
        tags.input_tags.categorical = True
        return tags

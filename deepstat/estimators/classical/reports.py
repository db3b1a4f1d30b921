"""What an estimator offers after a classical fit: coefficients, covariance, intervals, tests, a summary."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from deepstat.classical.hypothesis_test import HypothesisTest
from deepstat.classical.prediction_interval import prediction_interval
from deepstat.classical.result import ClassicalResult
from deepstat.data.table import check_table, take
from deepstat.estimators.classical.linear_layout import linear_layout
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.formula_effects import coefficients
from deepstat.estimators.tasks import TASKS


class ClassicalReports:
    """Abstract: reports of classical fits; of others they raise ``AttributeError`` in one sentence."""

    def inference(self, **options: Any) -> ClassicalResult:
        """Return estimates with their covariance, tests and likelihood.

        Parameters
        ----------
        **options
            ``covariance`` ("nonrobust", "HC0" to "HC3", "cluster" with ``groups``; quantiles: "powell", "iid", "rank",
            "bootstrap"; Huber and Tukey: "H1" to "H3"); for likelihoods ``information`` ("expected", "observed") and
            ``scale`` ("pearson", "ml"). Where one fit has several reports: ``quantile`` or ``expectile`` (one half by
            default), ``output`` (0, 1, ... of the columns of y). See :mod:`deepstat.classical`.

        Returns
        -------
        ClassicalResult

        Raises
        ------
        AttributeError
            The fit is no classical one.
        TypeError
            The model's reports have no such option.
        ValueError
            Other options than the default are asked of a copy (pickled, saved, deep-copied): rows are never copied.
        """
        self._check_classical("inference")
        return self._evidence.report(**options)  # type: ignore[attr-defined]

    @property
    def coef_(self) -> Any:
        """Coefficients of the design's columns (``coef_names_``), (p,) or (outputs, p), in units of the data.

        Outputs are the columns of y, its classes (the first has zeros), the quantiles or expectiles asked for, or the
        parameters of a distribution that vary by row. Of a network with a formula: of its structured part, as a pandas
        Series by name, the intercept among them (a DataFrame for several outputs, a dict of them where `formula` is a
        dict).
        """
        check_is_fitted(self, "members_")
        if self._recipe["formula"] is not None and not is_classical(self._recipe):  # type: ignore[attr-defined]
            return coefficients(self)
        self._check_classical("coef_")
        weight = self._heads()[:, 1:]
        return weight[0] if len(weight) == 1 else weight

    @property
    def intercept_(self) -> Any:
        """The intercept, or one for each output."""
        self._check_classical("intercept_")
        bias = self._heads()[:, 0]
        return float(bias[0]) if len(bias) == 1 else bias

    @property
    def coef_names_(self) -> tuple[str, ...]:
        """Names of the columns of the design."""
        self._check_classical("coef_names_")
        return self.schema_.encoded_names  # type: ignore[attr-defined]

    @property
    def cov_params_(self) -> Any:
        """The default covariance of all estimates, in the units of the data; of quantiles that of one half."""
        self._check_classical("cov_params_")
        try:
            return self.inference().cov_params()
        except ValueError as error:
            raise AttributeError(str(error)) from None  # as hasattr asks of attributes

    def conf_int(self, level: float = 0.95, **options: Any) -> Any:
        """Return confidence intervals of the estimates.

        Parameters
        ----------
        level : float
        **options
            As for :meth:`inference`.
        """
        return self.inference(**options).conf_int(level)

    def wald_test(self, hypothesis: Any, value: Any = None, **options: Any) -> HypothesisTest:
        """Test linear hypotheses about the estimates.

        Parameters
        ----------
        hypothesis : str or array of shape (m, P)
            Such as ``"x1 = x2, x3 = 0"``, or a matrix R of R b = value.
        value : array of shape (m,) or None
        **options
            As for :meth:`inference`.
        """
        return self.inference(**options).wald_test(hypothesis, value)

    def lr_test(self, restricted: Any, **options: Any) -> HypothesisTest:
        """Compare with a fit whose model is a part of this one, by the likelihood ratio.

        Parameters
        ----------
        restricted : estimator
            Fitted to the same rows and target.
        **options
            As for :meth:`inference`, of both fits: ``scale="ml"`` where a dispersion is estimated.
        """
        return self.inference(**options).lr_test(restricted.inference(**options))

    def _check_classical(self, what: str) -> None:
        check_is_fitted(self, "members_")
        if not is_classical(self._recipe):  # type: ignore[attr-defined]
            raise AttributeError(
                f"{type(self).__name__} has no {what}: the fit by optimizer={self._recipe['optimizer']!r} is no "  # type: ignore[attr-defined]
                "classical one (architecture='linear', optimizer='newton')."
            )

    def _heads(self) -> np.ndarray:
        """Return intercept and coefficients of each output, (q, 1 + p); of curves those asked for, in that order."""
        task, recipe = TASKS[self._task], self._recipe  # type: ignore[attr-defined]
        sizes = task.sizes(self._resolved(), self.target_)  # type: ignore[attr-defined]
        views = linear_layout(self.schema_.n_numeric, *sizes).views(self.members_[0].flat)  # type: ignore[attr-defined]
        named = {name.rpartition(".")[2]: own.numpy() for name, own in views.items()}
        heads = np.column_stack([named["bias"], named["weight"]])
        for levels in ("quantiles", "expectiles"):
            if levels in recipe:
                fitted = list(self._resolved().target.levels)  # type: ignore[attr-defined]
                return heads[[fitted.index(float(level)) for level in np.atleast_1d(recipe[levels])]]
        return heads

    def _wald_interval(self, X: Any, kind: Any, level: float, offset: np.ndarray | None = None) -> np.ndarray:
        """Return intervals (n, 2) of the fitted mean, or of new observations of least squares; NaN where X is missing.

        For several outputs (n, k, 2).
        """
        table = check_table(X)
        choice = self._evidence.choice  # type: ignore[attr-defined]
        several = choice is not None and choice.default is None
        results = (
            [self.inference(**{choice.name: value}) for value in choice.values]
            if several
            else [self.inference()]
        )
        rows = self.schema_.complete_rows(table)  # type: ignore[attr-defined]
        found = np.full((table.n_rows, len(results), 2), np.nan)
        if len(rows):
            design = np.asarray(self.schema_.encode(take(table, rows), np.float64))  # type: ignore[attr-defined]
            design = np.column_stack([np.ones(len(design)), design])
            own = None if offset is None else np.broadcast_to(offset, table.n_rows)[rows]
            for j, result in enumerate(results):
                found[rows, j] = prediction_interval(result, design, level=level, kind=kind, offset=own)
        return found if several else found[:, 0]

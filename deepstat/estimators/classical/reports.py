"""What an estimator offers after a classical fit: coefficients, covariance, intervals, tests, a summary."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from deepstat.classical.hypothesis_test import HypothesisTest
from deepstat.classical.prediction_interval import prediction_interval
from deepstat.classical.result import ClassicalResult
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.formula_effects import coefficients


class ClassicalReports:
    """Abstract: reports of classical fits; of others they raise ``AttributeError`` in one sentence."""

    def inference(self, **options: Any) -> ClassicalResult:
        """Return estimates with their covariance, tests and likelihood.

        Parameters
        ----------
        **options
            ``covariance`` ("nonrobust", "HC0" to "HC3", "cluster" with ``groups``; quantiles: "powell", "iid", "rank",
            "bootstrap"; Huber and Tukey: "H1" to "H3"); for likelihoods ``information`` ("expected", "observed") and
            ``scale`` ("pearson", "ml"); for quantiles and expectiles ``level``. See :mod:`deepstat.classical`.

        Returns
        -------
        ClassicalResult

        Raises
        ------
        AttributeError
            The fit is no classical one.
        ValueError
            Other options than the default are asked of a model that was saved or pickled: the rows are never kept.
        """
        self._check_classical("inference")
        evidence = getattr(self, "_evidence", None)
        if evidence is not None:
            return evidence.report(**options)  # type: ignore[no-any-return]
        if options or getattr(self, "_result", None) is None:
            raise ValueError(
                "The rows of this fit are not kept in pickled and saved models: fit again, or ask for "
                f"{', '.join(options) or 'inference'} before saving."
            )
        return self._result  # type: ignore[no-any-return,attr-defined]

    def _default_result(self) -> ClassicalResult | None:
        """Return the default report, which outlives the rows; None where there is none."""
        try:
            return self.inference()
        except (AttributeError, ValueError):
            return None

    @property
    def coef_(self) -> Any:
        """Coefficients of the design's columns (``coef_names_``), (p,) or (outputs, p), in units of the data.

        Of a network with a formula: of its structured part, as a pandas Series by name, the intercept among them (a
        DataFrame for several outputs, a dict of them where `formula` is a dict).
        """
        check_is_fitted(self, "members_")
        if self._recipe["formula"] is not None and not is_classical(self._recipe):  # type: ignore[attr-defined]
            return coefficients(self)
        self._check_classical("coef_")
        weight = self._weights()["weight"]
        return weight[0] if len(weight) == 1 else weight  # type: ignore[no-any-return]

    @property
    def intercept_(self) -> Any:
        """The intercept, or one for each output."""
        self._check_classical("intercept_")
        bias = self._weights()["bias"]
        return float(bias[0]) if len(bias) == 1 else bias

    @property
    def coef_names_(self) -> tuple[str, ...]:
        """Names of the columns of the design."""
        self._check_classical("coef_names_")
        return self.schema_.encoded_names  # type: ignore[attr-defined,no-any-return]

    @property
    def cov_params_(self) -> Any:
        """The default covariance of all estimates, in the units of the data."""
        return self.inference().cov_params()

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

    def lr_test(self, restricted: Any) -> HypothesisTest:
        """Compare with a fit whose model is a part of this one, by the likelihood ratio.

        Parameters
        ----------
        restricted : estimator
            Fitted to the same rows and target.
        """
        return self.inference().lr_test(restricted.inference())

    def _check_classical(self, what: str) -> None:
        check_is_fitted(self, "members_")
        if not is_classical(self._recipe):  # type: ignore[attr-defined]
            raise AttributeError(
                f"{type(self).__name__} has no {what}: the fit by optimizer={self._recipe['optimizer']!r} is no "  # type: ignore[attr-defined]
                "classical one (architecture='linear', optimizer='newton')."
            )

    def _weights(self) -> dict[str, np.ndarray]:
        network = self.network_  # type: ignore[attr-defined]
        return {name.rpartition(".")[2]: value.detach().numpy() for name, value in network.named_parameters()}

    def _wald_interval(self, X: Any, kind: str, level: float) -> np.ndarray:
        """Return intervals (n, 2) of the fitted mean, or of new observations of least squares."""
        design = np.asarray(self.schema_.encode(X, np.float64))  # type: ignore[attr-defined]
        design = np.column_stack([np.ones(len(design)), design])
        return prediction_interval(self.inference(), design, level=level, kind=kind)  # type: ignore[arg-type]

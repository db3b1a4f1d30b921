"""What a classical fit reports: estimates, their covariance, tests; without the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from deepstat.classical.generalised_linear import MEAN_LINKS
from deepstat.classical.hypothesis import hypothesis
from deepstat.classical.hypothesis_test import HypothesisTest
from deepstat.classical.rank_inversion import RankPath

Array = NDArray[np.float64]

# What is not defined where something else is not.
_RESTS_ON = {"tvalues": "bse", "zvalues": "bse", "pvalues": "bse", "aic": "llf", "bic": "llf"}


@dataclass(frozen=True, eq=False)
class ClassicalResult:
    """One member's classical fit, picklable and free of the data.

    What a model does not have (the likelihood of a robust regression, the standard errors of a lasso) raises
    ``AttributeError`` with the reason.

    Attributes
    ----------
    model : str
        In words, for the title of the summary.
    names : tuple of str
        Of the P parameters.
    estimate : ndarray of shape (P,)
    covariance : ndarray of shape (P, P) or None
        In the units of the data.
    covariance_name : str
        Its definition, in words.
    n_obs : float
        Sum of frequency weights.
    df_resid : float
    use_t : bool
        Whether tests and intervals use t with `df_test` degrees of freedom, else the normal distribution.
    df_test : float or None
        `df_resid` by default; groups - 1 with clusters.
    target : str
        Name of the response.
    n_estimated : int
        Parameters that AIC and BIC count.
    values : mapping
        Further numbers, each defined for some models: "llf", "deviance", "pearson_chi2", "scale", "rsquared", ...
    refusals : mapping
        Why some of them, or "bse", are not defined.
    family : str
        What must agree in likelihood-ratio tests.
    data_key : str
        Digest of response and weights, so that fits of other data cannot be compared.
    link : str
        From the first block of coefficients to the mean; empty where the mean is no function of them alone.
    n_mean : int
        Size of that block.
    converged : bool
    n_iter : int
    score_norm : float
        Euclidean norm of the score at the estimate, in the units of the data.
    notes : tuple of str
        For the summary.
    method, solver : str
        What was minimised or maximised, and how, for the summary.
    rank_paths : tuple of RankPath
        Of quantile regressions whose intervals invert a rank test; then there are no standard errors.

    Examples
    --------
    >>> result = ClassicalResult(
    ...     model="Normal mean", names=("mean",), estimate=np.array([2.0]), covariance=np.array([[0.25]]),
    ...     covariance_name="exact", n_obs=16, df_resid=15, use_t=True,
    ... )
    >>> result.conf_int().round(3)
              0      1
    mean  0.934  3.066
    >>> print(result.wald_test("mean = 1"))
    F(1, 15) = 4, p = 0.0639
    """

    model: str
    names: tuple[str, ...]
    estimate: Array
    covariance: Array | None
    covariance_name: str
    n_obs: float
    df_resid: float
    use_t: bool = False
    df_test: float | None = None
    target: str = "y"
    n_estimated: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    family: str = ""
    data_key: str = ""
    link: str = ""
    n_mean: int = 0
    converged: bool = True
    n_iter: int = 0
    score_norm: float = 0.0
    notes: tuple[str, ...] = ()
    method: str = ""
    solver: str = ""
    rank_paths: tuple[RankPath, ...] = ()

    def __getattr__(self, name: str) -> float:
        """Return one of `values`, or say why this model has none."""
        state = self.__dict__  # Python comes here also when a property has raised AttributeError
        if name in state.get("values", ()):
            return float(state["values"][name])
        reason = state.get("refusals", {}).get(_RESTS_ON.get(name, name))
        raise AttributeError(reason or f"A ClassicalResult of this model has no {name!r}.")

    @property
    def params(self) -> Any:
        """Estimates: a pandas Series where pandas is installed, else an array."""
        return self._labelled(self.estimate)

    @property
    def bse(self) -> Any:
        """Standard errors."""
        return self._labelled(np.sqrt(np.diag(self._covariance())))

    @property
    def tvalues(self) -> Any:
        """Estimates over standard errors."""
        return self._labelled(self.estimate / np.sqrt(np.diag(self._covariance())))

    @property
    def zvalues(self) -> Any:
        """Estimates over standard errors."""
        return self.tvalues

    @property
    def pvalues(self) -> Any:
        """Two-sided p-values of zero, each by itself; by the rank test where intervals invert it."""
        if self.rank_paths:
            return self._labelled(np.array([path.p_value(0.0) for path in self.rank_paths]))
        ratio = np.abs(self.estimate) / np.sqrt(np.diag(self._covariance()))
        return self._labelled(2.0 * self._distribution().sf(ratio))

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 llf + 2 `n_estimated`."""
        return 2.0 * self.n_estimated - 2.0 * self.llf

    @property
    def bic(self) -> float:
        """Schwarz's criterion, -2 llf + log(n) `n_estimated`."""
        return float(np.log(self.n_obs)) * self.n_estimated - 2.0 * self.llf

    def cov_params(self) -> Any:
        """Covariance of the estimates: a pandas DataFrame where pandas is installed, else an array."""
        return self._labelled(self._covariance(), self.names)

    def conf_int(self, level: float = 0.95) -> Any:
        """Return confidence intervals (P, 2), each by itself.

        Parameters
        ----------
        level : float in (0, 1)
        """
        if not 0.0 < level < 1.0:
            raise ValueError(f"level={level} is no probability: give a number between 0 and 1, such as 0.95.")
        if self.rank_paths:
            return self._labelled(np.array([path.interval(level) for path in self.rank_paths]), (0, 1))
        reach = self._distribution().ppf(0.5 + level / 2.0) * np.sqrt(np.diag(self._covariance()))
        return self._labelled(np.stack([self.estimate - reach, self.estimate + reach], axis=1), (0, 1))

    def wald_test(self, R: Any, r: Any = None) -> HypothesisTest:
        """Test the linear hypotheses R b = r: F where `use_t`, else chi-square.

        Parameters
        ----------
        R : ndarray of shape (q, P) or (P,), or str
            In words: ``"x1 = x2, x3 = 0"``.
        r : ndarray of shape (q,), optional
            Zero by default.

        Raises
        ------
        ValueError
            R has another number of columns or dependent rows, or names no coefficient.
        """
        if isinstance(R, str):
            if r is not None:
                raise ValueError(
                    "r is given beside a hypothesis in words: write it into the words, 'x1 = 2'."
                )
            R, r = hypothesis(R, self.names)
        R = np.atleast_2d(np.asarray(R, dtype=np.float64))
        r = np.zeros(len(R)) if r is None else np.atleast_1d(np.asarray(r, dtype=np.float64))
        if R.shape[1] != len(self.estimate) or r.shape != (len(R),):
            raise ValueError(
                f"R has shape {R.shape} and r {r.shape}, allowed: (q, {len(self.estimate)}) and (q,), one column for "
                f"each of {', '.join(self.names)}."
            )
        middle = R @ self._covariance() @ R.T
        if np.linalg.matrix_rank(R) < len(R):
            raise ValueError(
                "The hypotheses are linearly dependent: leave out those that follow from others."
            )
        distance = R @ self.estimate - r
        statistic = float(distance @ np.linalg.solve(middle, distance))
        if self.use_t:
            return HypothesisTest(
                "F",
                statistic / len(R),
                len(R),
                self.df,
                float(stats.f.sf(statistic / len(R), len(R), self.df)),
            )
        return HypothesisTest("chi-square", statistic, len(R), None, float(stats.chi2.sf(statistic, len(R))))

    def lr_test(self, restricted: ClassicalResult) -> HypothesisTest:
        """Compare with a fit nested in this one by the likelihood ratio.

        Parameters
        ----------
        restricted : ClassicalResult
            Of the same rows and family, with fewer parameters.

        Raises
        ------
        AttributeError
            One of them has no likelihood.
        ValueError
            They are not nested, or a likelihood is not at its maximum (a Pearson scale).
        """
        full, less = self.llf, restricted.llf
        if self.family != restricted.family:
            raise ValueError(
                f"A likelihood ratio compares fits of one family, not {self.family} and {restricted.family}."
            )
        if self.data_key != restricted.data_key or self.n_obs != restricted.n_obs:
            raise ValueError(
                "The fits have other rows, responses or weights: fit both to the same complete rows."
            )
        for which in (self, restricted):
            if "lr_test" in which.refusals:
                raise ValueError(which.refusals["lr_test"])
        df = self.n_estimated - restricted.n_estimated
        statistic = 2.0 * (full - less)
        if df <= 0 or statistic < -1e-6 * max(1.0, abs(full)):
            raise ValueError(
                f"The restricted fit has {restricted.n_estimated} parameters and log-likelihood {less:.6g}, this one "
                f"{self.n_estimated} and {full:.6g}: it is not nested in this one."
            )
        statistic = max(statistic, 0.0)
        return HypothesisTest("chi-square", statistic, df, None, float(stats.chi2.sf(statistic, df)))

    def summary(self, level: float = 0.95) -> Any:
        """Return a ``statsmodels.iolib.summary.Summary`` (needs statsmodels).

        Parameters
        ----------
        level : float
            Of the intervals.
        """
        from deepstat.classical.summary import summary

        return summary(self, level)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values; every number survives exactly."""
        state = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {
            **state,
            "names": list(self.names),
            "estimate": self.estimate.tolist(),
            "covariance": None if self.covariance is None else self.covariance.tolist(),
            "values": {name: float(value) for name, value in self.values.items()},
            "refusals": dict(self.refusals),
            "notes": list(self.notes),
            "rank_paths": [path.to_json() for path in self.rank_paths],
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> ClassicalResult:
        """Rebuild a report from what `to_json` returned.

        Raises
        ------
        ValueError
            Its parts do not fit together.
        """
        own = {entry.name: state[entry.name] for entry in fields(cls)}
        own |= {name: tuple(own[name]) for name in ("names", "notes")}
        own |= {"estimate": np.array(own["estimate"], dtype=np.float64)}
        own |= {"rank_paths": tuple(RankPath.from_json(path) for path in own["rank_paths"])}
        if own["covariance"] is not None:
            own["covariance"] = np.array(own["covariance"], dtype=np.float64)
        result = cls(**own)
        result._check()
        return result

    def _check(self) -> None:
        P = len(self.names)
        good = self.estimate.shape == (P,) and 0 <= self.n_mean <= P and len(self.rank_paths) in (0, P)
        if self.covariance is None:
            good = good and (bool(self.rank_paths) or "bse" in self.refusals)
        else:
            good = good and self.covariance.shape == (P, P) and not (np.diag(self.covariance) < 0).any()
        if not (good and (not self.link or self.link in MEAN_LINKS)):
            raise ValueError("the parts of its report do not belong together")

    @property
    def df(self) -> float:
        """Degrees of freedom of t and F."""
        return self.df_resid if self.df_test is None else self.df_test

    def block(self, places: slice) -> Array:
        """Return the covariance of some of the estimates, or raise the reason why there is none."""
        if self.covariance is None:
            raise AttributeError(self.refusals["bse"])
        return self.covariance[places, places]

    def _distribution(self) -> Any:
        return stats.t(self.df) if self.use_t else stats.norm

    def _covariance(self) -> Array:
        return self.block(slice(None))

    def _labelled(self, values: Array, columns: tuple[Any, ...] | None = None) -> Any:
        try:
            import pandas as pd
        except ImportError:
            return values
        index = list(self.names)
        return pd.Series(values, index) if columns is None else pd.DataFrame(values, index, list(columns))

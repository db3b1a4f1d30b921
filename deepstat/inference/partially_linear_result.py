"""What a partially linear model found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from deepstat.inference.intervals.levels import tails
from deepstat.inference.wald_test import WaldTest, wald_test

# A column of which Z explains more than this leaves little to learn b from; the summary says so.
LITTLE_LEFT = 0.95
SCORES = {
    "partialling out": "partialling out (Robinson)",
    "logistic": "logistic (Liu, Zhang, Zhou)",
    "efficient": "efficient, mean with link",
}


@dataclass(frozen=True, eq=False, repr=False)
class PartiallyLinearResult:
    """Coefficients of D in ``link(E[y | D, Z]) = D b + g(Z)``, and what follows from them.

    Attributes
    ----------
    coef : ndarray of shape (q,)
        Median over repeated splits.
    cov_params : ndarray of shape (q, q)
        Sandwich covariance by row or cluster, with the spread between splits (median rule).
    names : list of str
        Of the columns of D.
    family, link, score : str
    coefs, bses : ndarray of shape (R, q)
        Of each repetition.
    nuisance_r2 : ndarray of shape (R, q + 1)
        Out-of-fold R2: of y given Z, then of each column of D given Z.
    level : float
    n_rows : int
        Rows of positive weight.
    n_obs : float
        Sum of the weights.
    n_clusters : int or None
    n_folds : int
    learner, y_name : str
    """

    coef: np.ndarray
    cov_params: np.ndarray
    names: list[str]
    family: str
    link: str
    score: str
    coefs: np.ndarray
    bses: np.ndarray
    nuisance_r2: np.ndarray
    level: float
    n_rows: int
    n_obs: float
    n_clusters: int | None
    n_folds: int
    learner: str
    y_name: str = "y"

    @property
    def n_repetitions(self) -> int:
        """Number of sample splits."""
        return len(self.coefs)

    @property
    def bse(self) -> np.ndarray:
        """Standard errors (q,)."""
        return np.sqrt(np.diagonal(self.cov_params))

    @property
    def df_resid(self) -> float:
        """Degrees of freedom of the reference distribution: clusters less one, or infinite (normal)."""
        return np.inf if self.n_clusters is None else self.n_clusters - 1.0

    @property
    def tvalues(self) -> np.ndarray:
        """Coefficients over their standard errors (q,)."""
        return self.coef / self.bse

    @property
    def pvalues(self) -> np.ndarray:
        """Two-sided p-values of b = 0 (q,): normal, or Student's t with clusters."""
        below = -np.abs(self.tvalues)
        return 2 * (ndtr(below) if self.n_clusters is None else stdtr(self.df_resid, below))

    def conf_int(self, level: float | None = None) -> np.ndarray:
        """Return confidence intervals, each coefficient by itself.

        Parameters
        ----------
        level : float or None
            None: that asked for at first.

        Returns
        -------
        ndarray of shape (q, 2)
        """
        upper = tails(self.level if level is None else level)[1]
        quantile = ndtri(upper) if self.n_clusters is None else stdtrit(self.df_resid, upper)
        width = quantile * self.bse
        return np.column_stack([self.coef - width, self.coef + width])

    def wald_test(self, restriction: Any = None, value: Any = 0.0) -> WaldTest:
        """Test R b = r; by default that all coefficients are zero.

        Parameters
        ----------
        restriction : array-like of shape (m, q) or (q,), or None
        value : float or array-like of shape (m,), default=0.0

        Returns
        -------
        WaldTest
            Chi-squared, or F with clusters.
        """
        return wald_test(self.coef, self.cov_params, restriction, value, df_resid=self.df_resid)

    @property
    def claim(self) -> str:
        """What the intervals are for, and when they hold."""
        model = "y = D b + g(Z) + e" if self.link == "identity" else f"{self.link}(E[y | D, Z]) = D b + g(Z)"
        effect = {"logit": " (log odds ratios)", "log": " (log ratios of means)"}.get(self.link, "")
        units = "rows" if self.n_clusters is None else f"the {self.n_clusters} clusters"
        few = (
            " With fewer than 30 clusters they are too short."
            if self.n_clusters is not None and self.n_clusters < 30
            else ""
        )
        right = {
            "partialling out": "the error has mean zero given D and Z",
            "logistic": "the log odds have this form",
            "efficient": "the mean has this form (the variance need not be the family's)",
        }[self.score]
        return (
            f"b{effect} in {model}, g unknown; D and Z may be correlated. Intervals are asymptotic: {right}, {units} "
            "are independent, D is no function of Z, and the nuisances are learned faster than n^(-1/4). A slower "
            f"learner leaves a bias that no interval shows.{few}"
        )

    def summary(self) -> Any:
        """Return the estimates as a table of statsmodels.

        Returns
        -------
        statsmodels.iolib.summary.Summary

        Raises
        ------
        ImportError
            statsmodels is not installed.
        """
        try:
            from statsmodels.iolib.summary import Summary
            from statsmodels.iolib.table import SimpleTable
            from statsmodels.iolib.tableformatting import fmt_2cols, fmt_params
        except ImportError as error:
            raise ImportError(
                "summary() needs statsmodels: pip install statsmodels, or print the result."
            ) from error
        r2 = np.median(self.nuisance_r2, axis=0)
        covariance = "sandwich, by row" if self.n_clusters is None else "sandwich, by cluster"
        left = {
            "Dep. Variable:": self.y_name,
            "Model:": "Partially linear",
            "Family, link:": f"{self.family}, {self.link}",
            "Score:": SCORES[self.score],
            "Covariance:": covariance,
        }
        right = {
            "No. Observations:": f"{self.n_obs:g}",
            "No. Clusters:": "-" if self.n_clusters is None else f"{self.n_clusters}",
            "Folds, repetitions:": f"{self.n_folds}, {self.n_repetitions}",
            "Learner:": self.learner,
            "R2 of y given Z:": f"{r2[0]:.3f}",
        }
        tables = [
            SimpleTable(
                [[value] for value in side.values()], stubs=[f"  {key}" for key in side], txt_fmt=fmt_2cols
            )
            for side in (left, right)
        ]
        tables[0].title = "Partially Linear Model Results"
        tables[0].extend_right(tables[1])
        low, high = tails(self.level)
        letter = "z" if self.n_clusters is None else "t"
        header = ["coef", "std err", letter, f"P>|{letter}|", f"[{low:.3g}", f"{high:.3g}]", "R2 given Z"]
        body = [
            [f"{b:.4f}", f"{se:.3f}", f"{t:.3f}", f"{p:.3f}", f"{lower:.3f}", f"{upper:.3f}", f"{own:.3f}"]
            for b, se, t, p, (lower, upper), own in zip(
                self.coef, self.bse, self.tvalues, self.pvalues, self.conf_int(), r2[1:], strict=True
            )
        ]
        summary = Summary()
        summary.tables = [
            tables[0],
            SimpleTable(body, headers=header, stubs=self.names, txt_fmt=fmt_params),
        ]
        notes = [
            self.claim,
            "R2 are out of fold. predict() of a jointly fitted model is another fit than this one.",
        ]
        scarce = [name for name, own in zip(self.names, r2[1:], strict=True) if own > LITTLE_LEFT]
        if scarce:
            notes.append(f"Z explains nearly all of {', '.join(scarce)}: b rests on the little that is left.")
        summary.add_extra_txt(notes)
        return summary

    def __repr__(self) -> str:
        """Return estimates, intervals and the claim."""
        width = max(len(name) for name in self.names)
        lines = [
            f"{name:<{width}}  {b:.4g}  (standard error {se:.3g}; {100 * self.level:g}%: {low:.4g} to {high:.4g})"
            for name, b, se, (low, high) in zip(self.names, self.coef, self.bse, self.conf_int(), strict=True)
        ]
        return "\n".join([*lines, self.claim])

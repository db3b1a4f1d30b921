"""The report of a classical fit as statsmodels' Summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from deepstat.classical.result import ClassicalResult

# What the header shows where the model defines it: label, attribute, format.
_LEFT = (
    ("Method:", "method", "{}"),
    ("Solver:", "solver", "{}"),
    ("No. Observations:", "n_obs", "{:.10g}"),
    ("Df Residuals:", "df_resid", "{:.10g}"),
    ("Converged:", "converged", "{}"),
    ("Iterations:", "n_iter", "{}"),
)
_RIGHT = (
    ("R-squared:", "rsquared", "{:.4f}"),
    ("Pseudo R-squared:", "prsquared", "{:.4f}"),
    ("Log-Likelihood:", "llf", "{:.6g}"),
    ("AIC:", "aic", "{:.6g}"),
    ("BIC:", "bic", "{:.6g}"),
    ("Deviance:", "deviance", "{:.6g}"),
    ("Pearson chi2:", "pearson_chi2", "{:.6g}"),
    ("Scale:", "scale", "{:.5g}"),
    ("Sparsity:", "sparsity", "{:.5g}"),
    ("Bandwidth:", "bandwidth", "{:.5g}"),
)
# What statisticians call them.
_MODELS = {"bernoulli": "Logit", "multinomial": "Multinomial logit"}


def summary(result: ClassicalResult, level: float = 0.95) -> Any:
    """Return a ``statsmodels.iolib.summary.Summary`` of a classical fit.

    Parameters
    ----------
    result : ClassicalResult
    level : float
        Of the intervals.

    Raises
    ------
    ImportError
        statsmodels is not installed.
    AttributeError
        The model has no standard errors; the message says why.

    Examples
    --------
    >>> import torch
    >>> from deepstat.classical.least_squares import least_squares_fit, least_squares_result
    >>> X = torch.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
    >>> fit = least_squares_fit(X, torch.tensor([1.0, 2.0, 2.0, 4.0]), names=("Intercept", "x"))
    >>> print(summary(least_squares_result(fit)).tables[1])
    ==============================================================================
                     coef    std err          t      P>|t|      [0.025      0.975]
    ------------------------------------------------------------------------------
    Intercept      0.9000      0.495      1.818      0.211      -1.230       3.030
    x              0.9000      0.265      3.402      0.077      -0.238       2.038
    ==============================================================================
    """
    try:
        from statsmodels.iolib.summary import Summary, forg, summary_params
        from statsmodels.iolib.table import SimpleTable
        from statsmodels.iolib.tableformatting import fmt_params
    except ImportError:
        raise ImportError("summary() needs statsmodels: install it with `pip install statsmodels`.") from None
    if result.covariance is None and not result.rank_paths:
        raise AttributeError(result.refusals["bse"])
    report = Summary()
    model, link = _model(result)
    left = [("Dep. Variable:", [result.target]), ("Model:", [model]), *link, *_lines(result, _LEFT)]
    kind = result.covariance_name.partition(",")[0].partition(" (")[0]  # a note says the rest
    right = [("Intervals:" if result.rank_paths else "Covariance:", [kind]), *_lines(result, _RIGHT)]
    names = list(result.names)
    report.add_table_2cols(
        None, title=f"{model}: results", gleft=left, gright=right, yname=result.target, xname=names
    )
    interval = np.asarray(result.conf_int(level))
    ends = [f"[{0.5 - level / 2:.6g}", f"{0.5 + level / 2:.6g}]"]
    p = np.asarray(result.pvalues)
    if result.rank_paths:
        rows = [
            [forg(b, prec=4), f"{q:#6.3f}", forg(low), forg(high)]
            for b, q, (low, high) in zip(result.estimate, p, interval, strict=True)
        ]
        report.tables.append(SimpleTable(rows, ["coef", "P>|T|", *ends], names, txt_fmt=fmt_params))
    else:
        numbers = (result.estimate, np.asarray(result.bse), np.asarray(result.tvalues), p, interval)
        report.tables.append(
            summary_params(
                (None, *numbers),
                yname=result.target,
                xname=names,
                alpha=round(1 - level, 10),
                use_t=result.use_t,
            )
        )
    report.add_extra_txt(_notes(result))
    return report


def _lines(result: ClassicalResult, lines: tuple[tuple[str, str, str], ...]) -> list[tuple[str, list[str]]]:
    found = [(label, name, form) for label, name, form in lines if hasattr(result, name)]
    empty = {
        name
        for name, nothing in (("method", ""), ("solver", ""), ("n_iter", 0))
        if getattr(result, name) == nothing
    }
    return [(label, [form.format(getattr(result, name))]) for label, name, form in found if name not in empty]


def _model(result: ClassicalResult) -> tuple[str, list[tuple[str, list[str]]]]:
    """Return the model's name, and a line for its link if the name holds one."""
    name, _, link = result.model.partition(", ")
    if not link.endswith(" link"):
        return result.model, []
    title = _MODELS.get(name, name.replace("_", " "))
    return title[:1].upper() + title[1:], [("Link:", [link.removesuffix(" link")])]


def _notes(result: ClassicalResult) -> list[str]:
    what = "Intervals and p-values" if result.rank_paths else "Covariance of the estimates"
    notes = [*result.notes, f"{what}: {result.covariance_name}."]
    if "llf" in result.values:
        notes.append(f"Norm of the score at the estimate, in the units of the data: {result.score_norm:.2g}.")
    elif "llf" in result.refusals:
        notes.append(result.refusals["llf"])
    if not result.converged:
        notes.append("The solver did not converge: the estimates are where it stopped.")
    return ["Notes:", *(f"[{i}] {note}" for i, note in enumerate(notes, start=1))]

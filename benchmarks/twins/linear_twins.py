"""Linear models: least squares, quantiles, expectiles, robust and penalised regression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNet, Lasso, QuantileRegressor, Ridge

from benchmarks.twins.reference import DESCENT, IRLS, NEWTON, POINT, Case, Reference, bundled, told
from deepstat import DeepExpectileRegressor, DeepQuantileRegressor, DeepRegressor

RLM = {"tol": 1e-12, "maxiter": 5000, "conv": "coefs"}
# NIST Statistical Reference Datasets, Longley: certified estimates and standard deviations.
NIST = np.array(
    [
        (-3482258.63459582, 890420.383607373),
        (15.0618722713733, 84.9149257747669),
        (-0.358191792925910e-01, 0.334910077722432e-01),
        (-2.02022980381683, 0.488399681651699),
        (-1.03322686717359, 0.214274163161675),
        (-0.511041056535807e-01, 0.226073200069370),
        (1829.15146461355, 455.478499142212),
    ]
)


def least_squares() -> Iterator[Case]:
    """OLS and WLS."""
    X, y = bundled("longley")
    theirs = sm.OLS(y, sm.add_constant(X)).fit()
    D = theirs.model.exog
    rows = lambda b: D * ((y.to_numpy() - D @ b) / theirs.scale)[:, None]  # noqa: E731
    yield Case(
        "OLS",
        "longley",
        "SSR/(n-p)",
        lambda: DeepRegressor(**NEWTON).fit(X, y).inference(),
        lambda: Reference(*NIST.T, theirs.llf, lambda b: rows(b).sum(0), "NIST, certified", rows),
    )
    S, z = bundled("stackloss")
    E, times = sm.add_constant(S), np.arange(21) % 3 + 1.0
    for kind in ("HC0", "HC1", "HC2", "HC3"):
        yield Case(
            "OLS",
            "stackloss",
            kind,
            lambda kind=kind: DeepRegressor(**NEWTON).fit(S, z).inference(covariance=kind),
            lambda kind=kind: _linear(
                sm.OLS(z, E).fit(cov_type=kind, use_t=True), np.ones(21), f"sm.OLS, {kind}"
            ),
        )
    yield Case(
        "WLS, var_weights",
        "stackloss",
        "SSR/(n-p)",
        lambda: DeepRegressor(**NEWTON).fit(S, z, var_weights=times).inference(),
        lambda: _linear(sm.WLS(z, E, weights=times).fit(), times, "sm.WLS(weights)"),
    )
    repeated = np.repeat(np.arange(21), times.astype(int))
    yield Case(
        "OLS, sample_weight",
        "stackloss",
        "SSR/(n-p)",
        lambda: DeepRegressor(**NEWTON).fit(S, z, sample_weight=times).inference(),
        lambda: _linear(
            sm.OLS(z.iloc[repeated], E.iloc[repeated]).fit(),
            np.ones(len(repeated)),
            "sm.OLS of repeated rows",
        ),
    )


def _linear(theirs: Any, weight: Any, by: str) -> Reference:
    D, y = theirs.model.exog, theirs.model.endog
    rows = lambda b: D * (weight * (y - D @ b) / theirs.scale)[:, None]  # noqa: E731
    return Reference(
        theirs.params.to_numpy(),
        theirs.bse.to_numpy(),
        theirs.llf,
        lambda b: rows(b).sum(0),
        by,
        rows,
    )


def quantiles() -> Iterator[Case]:
    """Quantile regression beside the linear programme, with standard errors by hand."""
    frame = sm.datasets.engel.load_pandas().data
    X, y = frame[["income"]], frame["foodexp"]
    levels = (0.05, 0.25, 0.5, 0.75, 0.95)
    for level in levels:
        for errors in ("iid", "powell") if level == 0.5 else ("powell",):
            yield Case(
                f"Quantile {level:g}",
                "engel",
                f"{errors}, Hall-Sheather",
                lambda level=level, errors=errors: (
                    DeepQuantileRegressor(quantiles=levels, **POINT)
                    .fit(X, y)
                    .inference(quantile=level, covariance=errors)
                ),
                lambda level=level, errors=errors: _programme(X, y, level, errors),
                what="objective",
            )


def _programme(X: pd.DataFrame, y: pd.Series, level: float, errors: str) -> Reference:
    found = QuantileRegressor(quantile=level, alpha=0.0, solver="highs").fit(X, y)
    design, params = sm.add_constant(X).to_numpy(), np.append(found.intercept_, found.coef_)
    residual, n = y.to_numpy() - design @ params, len(y)
    z = stats.norm.ppf(level)
    h = (
        n ** (-1 / 3)
        * stats.norm.ppf(0.975) ** (2 / 3)
        * (1.5 * stats.norm.pdf(z) ** 2 / (2 * z**2 + 1)) ** (1 / 3)
    )
    while not 0 < level - h < level + h < 1:
        h /= 2
    spread = min(residual.std(), np.subtract(*np.percentile(residual, [75, 25])) / 1.34)
    width = spread * (stats.norm.ppf(level + h) - stats.norm.ppf(level - h))
    density = np.where(np.abs(residual) < width, 0.75 * (1 - (residual / width) ** 2) / width, 0.0)
    gram = design.T @ design
    bread = np.linalg.inv(
        density.mean() * gram if errors == "iid" else (design * density[:, None]).T @ design
    )
    bse = np.sqrt(level * (1 - level) * np.diag(bread @ gram @ bread))
    objective = np.sum(residual * (level - (residual < 0)))
    return Reference(
        params, bse, objective, None, f"sklearn QuantileRegressor(alpha=0, solver='highs'); {errors} by hand"
    )


def expectiles() -> Iterator[Case]:
    """Expectiles, by weighted least squares until no weight changes."""
    frame = sm.datasets.engel.load_pandas().data
    X, y = frame[["income"]], frame["foodexp"]
    for level in (0.5, 0.9):

        def reference(level: float = level) -> Reference:
            design, weight = sm.add_constant(X), np.full(len(y), 0.5)
            while True:
                fit = sm.WLS(y, design, weights=weight).fit(cov_type="HC1")
                new = np.where(fit.resid < 0, 1 - level, level)
                if (new == weight).all():
                    break
                weight = new
            D = design.to_numpy()
            residual = lambda b: y.to_numpy() - D @ b  # noqa: E731
            score = lambda b: D.T @ (np.where(residual(b) < 0, 1 - level, level) * residual(b))  # noqa: E731
            objective = float(weight @ fit.resid**2)
            by = "sm.WLS(cov_type='HC1') with asymmetric weights, repeated to a fixed point"
            return Reference(fit.params.to_numpy(), fit.bse.to_numpy(), objective, score, by)

        yield Case(
            f"Expectile {level:g}",
            "engel",
            "HC1",
            lambda level=level: (
                DeepExpectileRegressor(expectiles=[level], **IRLS).fit(X, y).inference(expectile=level)
            ),
            reference,
            what="objective",
        )


def robust() -> Iterator[Case]:
    """Huber's and Tukey's M-estimates with Huber's three covariances."""
    for name in ("stackloss", "statecrime"):
        X, y = bundled(name)
        for loss, norm in (("huber", sm.robust.norms.HuberT()), ("tukey", sm.robust.norms.TukeyBiweight())):
            for errors in ("H1", "H2", "H3") if name == "stackloss" else ("H1",):

                def reference(X: Any = X, y: Any = y, norm: Any = norm, errors: str = errors) -> Reference:
                    theirs = sm.RLM(y, sm.add_constant(X), M=norm).fit(**RLM, cov=errors)
                    D = theirs.model.exog

                    def rows(b: Any, scale: float = theirs.scale) -> Any:
                        return D * (norm.psi((y.to_numpy() - D @ b) / scale) / scale)[:, None]

                    by = f"sm.RLM({type(norm).__name__}), {told(RLM)}"
                    return Reference(
                        theirs.params.to_numpy(),
                        theirs.bse.to_numpy(),
                        None,
                        lambda b: rows(b).sum(0),
                        by,
                        rows,
                        lambda ours: rows(ours.estimate, ours.scale).sum(0),
                    )

                yield Case(
                    f"RLM, {loss}",
                    name,
                    errors,
                    lambda X=X, y=y, loss=loss, errors=errors: (
                        DeepRegressor(loss=loss, **IRLS).fit(X, y).inference(covariance=errors)
                    ),
                    reference,
                )


def penalised() -> Iterator[Case]:
    """Ridge, lasso, elastic net; differences in units of the standard errors of least squares."""
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    n = len(y)
    unit = sm.OLS(y, sm.add_constant(X)).fit().bse.to_numpy()
    tight = {"tol": 1e-15, "max_iter": 1_000_000}
    for model, settings, theirs in (
        ("Ridge", {"l2": 1.0 / n, **NEWTON}, Ridge(alpha=1.0)),
        ("Lasso", {"l1": 0.5, **DESCENT}, Lasso(alpha=0.5, **tight)),
        ("Elastic net", {"l1": 0.05, "l2": 0.05, **DESCENT}, ElasticNet(alpha=0.1, l1_ratio=0.5, **tight)),
    ):

        def reference(theirs: Any = theirs, settings: Any = settings) -> Reference:
            found = theirs.fit(X, y)
            l1, l2 = settings.get("l1", 0.0), settings.get("l2", 0.0)
            params = np.append(found.intercept_, found.coef_)
            D = sm.add_constant(X).to_numpy()

            def score(b: Any) -> Any:
                """Return the subgradient nearest to zero."""
                smooth = -D.T @ (y - D @ b) / n + np.append(0.0, l2 * b[1:])
                reach = np.append(0.0, np.full(len(b) - 1, l1))
                inside = np.sign(smooth) * np.clip(np.abs(smooth) - reach, 0.0, None)
                return np.where(b == 0, inside, smooth + reach * np.sign(b))

            rest = y - D @ params
            objective = (
                rest @ rest / (2 * n) + l1 * np.abs(params[1:]).sum() + l2 / 2 * (params[1:] ** 2).sum()
            )
            return Reference(params, unit, objective, score, f"sklearn {theirs}")

        yield Case(
            model,
            "diabetes",
            "none",
            lambda settings=settings: DeepRegressor(**settings).fit(X, y).inference(),
            reference,
            what="objective",
            has_errors=False,
        )

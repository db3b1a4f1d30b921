"""Generalised linear models, and statsmodels' GLM, whose robust covariances end at HC0."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, special, stats
from statsmodels.genmod.families.links import Log

from benchmarks.twins.reference import NEWTON, Case, Reference, bundled, coded, quiet, table, told
from deepstat import DeepClassifier, DeepDistributionRegressor

GLM = {"tol": 1e-14, "maxiter": 300, "tol_criterion": "params"}


def _glm(X: Any, y: Any, family: Any, *, design: Any = None, fit: Any = None, **given: Any) -> Reference:
    design = sm.add_constant(X) if design is None else design
    model = quiet(lambda: sm.GLM(y, design, family=family, **given))
    theirs = quiet(lambda: model.fit(**GLM, **(fit or {})))
    more = "".join(f", {name}" for name in (*given, *(fit or {})))
    return Reference(
        theirs.params.to_numpy(),
        theirs.bse.to_numpy(),
        theirs.llf,
        lambda b: model.score(b, scale=theirs.scale),
        f"sm.GLM{more}, {told(GLM)}",
        lambda b: model.score_obs(b, scale=theirs.scale),
    )


def _distribution(name: str, X: Any, y: Any, options: Any = None, fit: Any = None, **report: Any) -> Any:
    model = DeepDistributionRegressor(distribution=name, distribution_params=options, **NEWTON)
    return model.fit(X, y, **(fit or {})).inference(**report)


def generalised() -> Iterator[Case]:
    """Poisson, binomial, gamma, inverse Gaussian, Tweedie."""
    X, y = bundled("spector")
    times = np.arange(len(y)) % 3 + 1.0
    yield Case(
        "Logit, sample_weight",
        "spector",
        "expected",
        lambda X=X, y=y: DeepClassifier(**NEWTON).fit(X, y.astype(int), sample_weight=times).inference(),
        lambda X=X, y=y: _glm(X, y, sm.families.Binomial(), freq_weights=times),
    )
    X, y = bundled("randhie")
    poisson = sm.families.Poisson()
    yield Case(
        "Poisson", "randhie", "expected", lambda: _distribution("poisson", X, y), lambda: _glm(X, y, poisson)
    )
    B = sm.datasets.star98.load_pandas()
    T, trials = B.exog.astype(float), B.endog.astype(float)
    for errors, report in (("expected", {}), ("HC0, expected", {"covariance": "HC0"})):
        yield Case(
            "Binomial, trials",
            "star98",
            errors,
            lambda report=report: _distribution("binomial", T, trials, **report),
            lambda report=report: _glm(
                T, trials, sm.families.Binomial(), fit={"cov_type": "HC0"} if report else None
            ),
        )
    yield from _by_hand("Binomial, trials", "star98", "binomial", T, trials, sm.families.Binomial())
    S, z = bundled("scotland")
    gamma, gaussian = sm.families.Gamma(Log()), sm.families.InverseGaussian(Log())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        links = {
            ("gamma", "log"): (None, gamma),
            ("gamma", "inverse"): ({"link": "inverse"}, sm.families.Gamma()),
            ("inverse_gaussian", "log"): (None, gaussian),
            ("inverse_gaussian", "1/mu^2"): ({"link": "inverse_squared"}, sm.families.InverseGaussian()),
        }
    for (name, link), (options, family) in links.items():
        title = f"{name.replace('_', ' ').capitalize()}, {link}"
        yield Case(
            title,
            "scotland",
            "expected, Pearson",
            lambda name=name, options=options: _distribution(name, S, z, options),
            lambda family=family: _glm(S, z, family),
        )
        if link == "log":
            yield Case(
                f"{title}, scale='ml'",
                "scotland",
                "expected, ML",
                lambda name=name: _distribution(name, S, z, scale="ml"),
                lambda name=name, family=family: _by_maximum(name, S, z, family),
            )
    yield Case(
        "Gamma, log",
        "scotland",
        "observed, Pearson",
        lambda: _distribution("gamma", S, z, information="observed"),
        lambda: _observed(S, z, gamma),
    )
    yield from _by_hand("Gamma, log", "scotland", "gamma", S, z, gamma)
    x, rain = _rain()
    yield Case(
        "Tweedie 1.5, log",
        "simulated",
        "expected, Pearson",
        lambda: _distribution("tweedie", x, rain, {"power": 1.5}),
        lambda: _glm(x, rain, sm.families.Tweedie(Log(), var_power=1.5, eql=False)),
    )
    ships = table("MASS", "ships")
    if ships is not None:
        ships = ships[ships["service"] > 0].astype({"year": str, "period": str})
        columns, service = ships[["type", "year", "period"]], ships["service"].to_numpy(float)
        count = ships["incidents"].astype(float)
        yield Case(
            "Poisson, exposure",
            "ships",
            "expected",
            lambda: _distribution("poisson", columns, count, fit={"exposure": service}),
            lambda: _glm(None, count, poisson, design=coded(columns), exposure=service),
        )


def _rain() -> tuple[pd.DataFrame, pd.Series]:
    """Amounts of variance 1.3 mean^1.5, many of them zero."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    mean = np.exp(0.5 + 0.4 * x)
    counts = rng.poisson(mean**0.5 / (1.3 * 0.5))
    amounts = [rng.gamma(k, 0.65 * m**0.5) if k else 0.0 for k, m in zip(counts, mean, strict=True)]
    return pd.DataFrame({"x": x}), pd.Series(amounts)


def _by_maximum(name: str, X: Any, y: Any, family: Any) -> Reference:
    """Maximise both: the mean of a GLM does not depend on its dispersion, which has an equation of its own."""
    model = quiet(lambda: sm.GLM(y, sm.add_constant(X), family=family))
    theirs = quiet(lambda: model.fit(**GLM))
    n, mean = len(y), theirs.mu
    if name == "gamma":
        k = optimize.brentq(
            lambda k: np.log(k) - special.digamma(k) - theirs.deviance / (2 * n), 1e-3, 1e6, xtol=1e-12
        )
        law, error = stats.gamma(k, scale=mean / k), (n * (special.polygamma(1, k) - 1 / k)) ** -0.5
    else:
        k = n / theirs.deviance
        law, error = stats.invgauss(mean / k, scale=k), k * (2 / n) ** 0.5
    phi = 1 / k
    bse = np.append(theirs.bse * (phi / theirs.scale) ** 0.5, error)
    params = np.append(theirs.params, k)
    score = lambda b: model.score(b[:-1], scale=phi)  # noqa: E731
    return Reference(
        params, bse, law.logpdf(y).sum(), score, f"sm.GLM, {told(GLM)}; dispersion's own equation"
    )


def _observed(X: Any, y: Any, family: Any) -> Reference:
    found = _glm(X, y, family)
    model = sm.GLM(y, sm.add_constant(X), family=family)
    scale = model.fit(**GLM).scale
    hessian = model.hessian(found.params, scale=scale, observed=True)
    bse = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    return Reference(
        found.params, bse, found.llf, found.score, f"sm.GLM.hessian(observed), {told(GLM)}", found.rows
    )


def _by_hand(title: str, data: str, name: str, X: Any, y: Any, family: Any) -> Iterator[Case]:
    """HC1 to HC3 by the hat matrix of the last iteration, which statsmodels does not have."""

    def reference(kind: str) -> Reference:
        found = _glm(X, y, family)
        design = sm.add_constant(X).to_numpy()
        Y = y.to_numpy()
        trials = Y.sum(1) if Y.ndim == 2 else np.ones(len(Y))
        share = Y[:, 0] / trials if Y.ndim == 2 else Y
        mean = family.link.inverse(design @ found.params)
        W = trials / (family.link.deriv(mean) ** 2 * family.variance(mean))
        bread = np.linalg.inv(design.T @ (W[:, None] * design))
        hat = W * np.einsum("ij,jk,ik->i", design, bread, design)
        n, p = design.shape
        factor = {"HC1": n / (n - p), "HC2": 1 / (1 - hat), "HC3": 1 / (1 - hat) ** 2}[kind]
        row = factor * (W * (share - mean) * family.link.deriv(mean)) ** 2
        bse = np.sqrt(np.diag(bread @ (design.T @ (row[:, None] * design)) @ bread))
        by = f"sm.GLM, {told(GLM)}; {kind} by hand"
        return Reference(found.params, bse, found.llf, found.score, by, found.rows)

    for kind in ("HC1", "HC2", "HC3"):
        yield Case(
            title,
            data,
            f"{kind}, expected",
            lambda kind=kind: _distribution(name, X, y, covariance=kind, information="expected"),
            lambda kind=kind: reference(kind),
        )

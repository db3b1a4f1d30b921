"""Maximum likelihood beyond generalised linear models: classes, NB2, ordinal, beta, zero-inflated, Student's t."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm
import torch
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.miscmodels.tmodel import TLinearModel
from statsmodels.othermod.betareg import BetaModel
from statsmodels.tools.numdiff import approx_fprime

from benchmarks.twins.reference import NEWTON, Case, Reference, bundled, coded, quiet, table, told
from deepstat import DeepClassifier, DeepDistributionRegressor

DISCRETE = {"method": "newton", "tol": 1e-14, "maxiter": 100, "disp": 0}
BFGS = {"method": "bfgs", "gtol": 1e-10, "maxiter": 5000, "disp": 0}


def classes() -> Iterator[Case]:
    """Logit, probit, multinomial logit."""
    for model, name, kind, params, errors in (
        ("Logit", "spector", sm.Logit, None, "expected = observed"),
        ("Probit", "spector", sm.Probit, {"link": "probit"}, "observed"),
        ("MNLogit", "anes96", sm.MNLogit, None, "observed"),
    ):
        X, y = bundled(name)

        def reference(X: Any = X, y: Any = y, kind: Any = kind, model: str = model) -> Reference:
            theirs = quiet(lambda: kind(y, sm.add_constant(X)).fit(**DISCRETE))
            params, bse = (np.asarray(part).ravel(order="F") for part in (theirs.params, theirs.bse))
            return Reference(
                params,
                bse,
                theirs.llf,
                theirs.model.score,
                f"sm.{model}, {told(DISCRETE)}",
                theirs.model.score_obs,
            )

        yield Case(
            model,
            name,
            errors,
            lambda X=X, y=y, p=params: (
                DeepClassifier(loss_params=p, **NEWTON).fit(X, y.astype(int)).inference()
            ),
            reference,
        )


def _fit(name: str, X: Any, y: Any, options: Any = None, constant: Any = None) -> Any:
    model = DeepDistributionRegressor(
        distribution=name, distribution_params=options, constant=constant, **NEWTON
    )
    return model.fit(X, y).inference()


def counts() -> Iterator[Case]:
    """NB2 and zero-inflated Poisson, from where BFGS stops on by Newton."""
    X, y = bundled("randhie")
    data = {"randhie": (X, y), "randhie, 4,000 rows": (X[:4000], y[:4000])}
    articles = table("pscl", "bioChemists")
    if articles is not None:
        data["bioChemists"] = (articles.drop(columns="art"), articles["art"].astype(float))
    for name, (columns, count) in data.items():
        design = coded(columns)
        if name != "randhie, 4,000 rows":

            def negative_binomial(design: Any = design, count: Any = count) -> Reference:
                model = sm.NegativeBinomial(count, design)
                start = quiet(lambda: model.fit(maxiter=1000, disp=0)).params
                theirs = quiet(lambda: model.fit(start_params=start, **DISCRETE))
                by = f"sm.NegativeBinomial, bfgs, then {told(DISCRETE)}"
                return Reference(
                    theirs.params.to_numpy(),
                    theirs.bse.to_numpy(),
                    theirs.llf,
                    model.score,
                    by,
                    model.score_obs,
                )

            yield Case(
                "NB2",
                name,
                "observed, delta method",
                lambda X=columns, y=count: _fit("negative_binomial", X, y),
                negative_binomial,
            )
        if name != "randhie":
            yield Case(
                "ZIP",
                name,
                "observed",
                lambda X=columns, y=count: _fit("zero_inflated", X, y, {"family": "poisson"}),
                lambda X=design, y=count: _inflated(X, y),
            )


def _inflated(design: Any, y: Any) -> Reference:
    """Statsmodels' own errors come from a rough numerical Hessian: here from its score, by central differences."""
    model = sm.ZeroInflatedPoisson(y, design, exog_infl=np.ones((len(y), 1)))
    start = quiet(lambda: model.fit(method="bfgs", maxiter=1000, disp=0)).params
    theirs = quiet(lambda: model.fit(start_params=start, **DISCRETE))
    found = theirs.params.to_numpy()
    covariance = np.linalg.inv(-approx_fprime(found, model.score, centered=True))
    order = [*range(1, len(found)), 0]  # the inflation's coefficient is their first, and our last
    bse = np.sqrt(np.diag(covariance))[order]
    back = lambda b: np.append(b[-1], b[:-1])  # noqa: E731
    by = f"sm.ZeroInflatedPoisson, bfgs, then {told(DISCRETE)}; errors from its score"
    score = lambda b: model.score(back(b))[order]  # noqa: E731
    return Reference(found[order], bse, theirs.llf, score, by, lambda b: model.score_obs(back(b))[:, order])


def ordinal() -> Iterator[Case]:
    """Cumulative logits beside statsmodels, and beside R's printed figures."""
    wine = table("ordinal", "wine")
    X, y = bundled("anes96")
    data = {"anes96": (X, y)}
    if wine is not None:
        data["wine"] = (wine[["temp", "contact"]], wine["rating"].astype(float))
    for name, (columns, rating) in data.items():
        for distr, latent in (("logit", "logistic"), ("probit", "normal")):

            def reference(X: Any = columns, y: Any = rating, distr: str = distr) -> Reference:
                model = OrderedModel(y.to_numpy(), coded(X).drop(columns="const").to_numpy(), distr=distr)
                theirs = quiet(lambda: model.fit(**{**BFGS, "gtol": 1e-9}))
                found, p = np.asarray(theirs.params), X.shape[1]
                thresholds = model.transform_threshold_params(found)[1:-1]
                jacobian = np.eye(len(found))
                for i in range(p, len(found)):
                    jacobian[i, p] = 1.0
                    jacobian[i, p + 1 : i + 1] = np.exp(found[p + 1 : i + 1])
                bse = np.sqrt(np.diag(jacobian @ theirs.cov_params() @ jacobian.T))

                def score(b: Any) -> Any:
                    return model.score(np.concatenate([b[: p + 1], np.log(np.diff(b[p:]))]))

                by = f"sm OrderedModel({distr}), {told({**BFGS, 'gtol': 1e-9})}; thresholds by the delta method"
                return Reference(np.append(found[:p], thresholds), bse, theirs.llf, score, by)

            yield Case(
                f"Ordinal, {distr}",
                name,
                "observed, delta method",
                lambda X=columns, y=rating, latent=latent: _fit("ordinal", X, y, {"latent": latent}),
                reference,
            )


def beta() -> Iterator[Case]:
    """Beta regression, mean and precision with the same columns."""
    folder = Path(statsmodels.__file__).parent / "othermod" / "tests" / "results"
    data = {}
    if (folder / "foodexpenditure.csv").exists():
        food = pd.read_csv(folder / "foodexpenditure.csv")
        data["foodexpenditure"] = (food[["income", "persons"]].astype(float), food["food"] / food["income"])
    losses = table("betareg", "LossAversion")
    if losses is not None:
        share = (losses["invest"] * (len(losses) - 1) + 0.5) / len(losses)  # no zeros and ones
        data["LossAversion"] = (losses[["male", "age", "grade", "arrangement"]], share)
    for name, (columns, share) in data.items():

        def reference(X: Any = columns, y: Any = share) -> Reference:
            design = coded(X).to_numpy()
            model = BetaModel(y.to_numpy(), design, exog_precision=design)
            start = quiet(lambda: model.fit(**BFGS)).params
            theirs = quiet(lambda: model.fit(start_params=start, **DISCRETE))
            bse = np.sqrt(np.diag(np.linalg.inv(-model.hessian(theirs.params))))
            by = f"sm BetaModel, bfgs, then {told(DISCRETE)}"
            return Reference(np.asarray(theirs.params), bse, theirs.llf, model.score, by, model.score_obs)

        yield Case(
            "Beta, ~ x precision",
            name,
            "observed",
            lambda X=columns, y=share: _fit("beta", X, y, constant=()),
            reference,
        )


def _silent(fit: Callable[[], Any]) -> Any:
    """Fit without what a reference prints."""
    with contextlib.redirect_stdout(io.StringIO()):
        return fit()


def student_t() -> Iterator[Case]:
    """Student's t with its degrees of freedom: statsmodels stops early, and is followed by Newton steps of our own."""
    frame = sm.datasets.engel.load_pandas().data
    X, y = frame[["income"]], frame["foodexp"]
    design, target = torch.tensor(sm.add_constant(X).to_numpy()), torch.tensor(y.to_numpy())

    def likelihood(b: torch.Tensor) -> torch.Tensor:
        return torch.distributions.StudentT(b[2], design @ b[:2], b[3]).log_prob(target).sum()

    def reference() -> Reference:
        model = _silent(lambda: TLinearModel(y, sm.add_constant(X)))
        theirs = quiet(lambda: _silent(lambda: model.fit(**{**BFGS, "gtol": 1e-6})))
        b = torch.tensor(np.asarray(theirs.params))
        for _ in range(20):
            hessian = torch.autograd.functional.hessian(likelihood, b)
            b = b - torch.linalg.solve(hessian, torch.autograd.functional.jacobian(likelihood, b))
        bse = torch.linalg.inv(-hessian).diagonal().sqrt().numpy()
        # Theirs are the coefficients, df and scale; ours come in the order of the distribution's parameters.
        names = _fit("student_t", X, y).names
        order = [0, 1, *(2 + ("df", "scale").index(name) for name in names[2:])]

        def score(params: Any) -> Any:
            at = torch.tensor(params)[np.argsort(order)]
            return torch.autograd.functional.jacobian(likelihood, at).numpy()[order]

        by = "sm TLinearModel, bfgs, then 20 Newton steps of torch's StudentT by autograd"
        return Reference(b.numpy()[order], bse[order], float(likelihood(b)), score, by)

    yield Case("Student t, df free", "engel", "observed", lambda: _fit("student_t", X, y), reference)

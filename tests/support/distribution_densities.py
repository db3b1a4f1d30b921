"""Log densities of targets (n, ...) by scipy, from the parameters of a predicted distribution, by name of a case."""

import numpy as np
from scipy import special, stats

DENSITIES = {
    "normal": lambda y, p: stats.norm.logpdf(y, p["loc"], p["scale"]),
    "laplace": lambda y, p: stats.laplace.logpdf(y, p["loc"], p["scale"]),
    "student_t": lambda y, p: stats.t.logpdf(y, p["df"], p["loc"], p["scale"]),
    "lognormal": lambda y, p: stats.lognorm.logpdf(y, p["scale"], scale=np.exp(p["loc"])),
    "exponential": lambda y, p: stats.expon.logpdf(y, scale=p["scale"]),
    "gamma": lambda y, p: stats.gamma.logpdf(y, c := p["concentration"], scale=p["mean"] / c),
    "weibull": lambda y, p: stats.weibull_min.logpdf(y, p["concentration"], scale=p["scale"]),
    "inverse_gaussian": lambda y, p: stats.invgauss.logpdf(
        y, p["mean"] / p["concentration"], scale=p["concentration"]
    ),
    "beta": lambda y, p: stats.beta.logpdf(y, p["mean"] * p["precision"], (1 - p["mean"]) * p["precision"]),
    "von_mises": lambda y, p: stats.vonmises.logpdf(y, p["concentration"], loc=p["loc"]),
    "generalized_pareto": lambda y, p: stats.genpareto.logpdf(y, p["concentration"], scale=p["scale"]),
    "poisson": lambda y, p: stats.poisson.logpmf(y, p["rate"]),
    "negative_binomial": lambda y, p: stats.nbinom.logpmf(y, r := 1 / p["dispersion"], r / (r + p["mean"])),
    "binomial": lambda y, p: stats.binom.logpmf(y[:, 0], y.sum(axis=1), special.expit(p["logits"])),
    "dirichlet": lambda y, p: np.array(
        [stats.dirichlet.logpdf(a / a.sum(), b) for a, b in zip(y, p["concentration"], strict=True)]
    ),
    "multivariate_normal": lambda y, p: np.array(
        [
            stats.multivariate_normal.logpdf(a, b, c @ c.T)
            for a, b, c in zip(y, p["loc"], p["scale_tril"], strict=True)
        ]
    ),
    "mixture(normal)": lambda y, p: special.logsumexp(
        stats.norm.logpdf(y[:, None], p["loc"], p["scale"]), b=p["weights"], axis=1
    ),
    "zero_inflated(poisson)": lambda y, p: np.log(
        special.expit(p["gate"]) * (y == 0) + special.expit(-p["gate"]) * stats.poisson.pmf(y, p["rate"])
    ),
    "hurdle(gamma)": lambda y, p: np.where(
        y == 0,
        special.log_expit(p["gate"]),
        special.log_expit(-p["gate"])
        + stats.gamma.logpdf(np.where(y == 0, 1, y), c := p["concentration"], scale=p["mean"] / c),
    ),
    "censored(normal)": lambda y, p: np.where(
        y <= -0.5, stats.norm.logcdf(-0.5, p["loc"], p["scale"]), stats.norm.logpdf(y, p["loc"], p["scale"])
    ),
    "censored(normal) ends": lambda y, p: np.where(
        y[:, 0] == y[:, 1],
        stats.norm.logpdf(y[:, 0], p["loc"], p["scale"]),
        np.log(np.diff(stats.norm.cdf(y, p["loc"][:, None], p["scale"][:, None]))[:, 0] + 1e-300),
    ),
    "truncated(normal)": lambda y, p: stats.truncnorm.logpdf(
        y, (-0.5 - p["loc"]) / p["scale"], np.inf, p["loc"], p["scale"]
    ),
    "truncated(poisson)": lambda y, p: stats.poisson.logpmf(y, p["rate"]) - stats.poisson.logsf(0, p["rate"]),
}

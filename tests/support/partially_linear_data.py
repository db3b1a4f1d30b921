"""Data generating processes of papers on partially linear models, with their nuisances."""

import numpy as np
from scipy.linalg import toeplitz
from scipy.special import expit


def make_plr(n, *, b=0.5, p=20, seed=0):
    """Chernozhukov et al. (2018), figure 1: y = b d + g(x) + e, d = m(x) + v. Returns y, d, x, m(x), g(x)."""
    rng = np.random.default_rng([seed, 2018])
    x = rng.multivariate_normal(np.zeros(p), toeplitz(0.7 ** np.arange(p)), size=n)
    m = x[:, 0] + 0.25 * expit(x[:, 2])
    g = expit(x[:, 0]) + 0.25 * x[:, 2]
    d = m + rng.standard_normal(n)
    return b * d + g + rng.standard_normal(n), d, x, m, g


def make_lplr(n, *, b=0.5, p=20, seed=0):
    """Liu, Zhang and Zhou (2021): P(y = 1) = expit(b d + r(x)), d = a(x) + v. Returns y, d, x, a(x), r(x)."""
    rng = np.random.default_rng([seed, 2021])
    x = rng.multivariate_normal(np.zeros(p), np.full((p, p), 0.2) + 0.8 * np.eye(p), size=n).clip(-2, 2)
    a = (
        2 * expit(-x[:, 0])
        - 2 * expit(-x[:, 1])
        + np.sin(x[:, 2])
        + np.cos(x[:, 3])
        + 0.5 * (x[:, 4] > 0)
        - 0.5 * (x[:, 5] > 0)
        + 0.2 * x[:, 6] * x[:, 7]
        - 0.2 * x[:, 8] * x[:, 9]
    )
    r = (
        0.1 * x[:, 0] * x[:, 1] * x[:, 2]
        + 0.1 * x[:, 3] * x[:, 4]
        + 0.1 * x[:, 5] ** 3
        - 0.5 * np.sin(x[:, 6]) ** 2
        + 0.5 * np.cos(x[:, 7])
        + 1 / (1 + x[:, 8] ** 2)
        - expit(-x[:, 9])
        + 0.25 * (x[:, 10] > 0)
        - 0.25 * (x[:, 12] > 0)
    )
    d = a + rng.standard_normal(n)
    return (rng.random(n) < expit(b * d + r)).astype(float), d, x, a, r

from functools import partial

import numpy as np
import pytest
import statsmodels.api as sm
from partially_linear_data import make_lplr, make_plr
from scipy.optimize import brentq, root
from scipy.special import expit

from deepstat.inference.scores.efficient import efficient
from deepstat.inference.scores.logistic import logistic
from deepstat.inference.scores.mean_model import mean_model
from deepstat.inference.scores.partialling_out import partialling_out
from deepstat.inference.scores.solve_score import solve_score


def solved(score, q, weight):
    return solve_score(partial(score, weight=weight), np.zeros(q), weight)[0]


def test_partialling_out_is_least_squares_of_residuals():
    rng = np.random.default_rng(0)
    v, left, weight = rng.normal(size=(50, 2)), rng.normal(size=50), rng.integers(1, 4, size=50).astype(float)
    ours = solved(partial(partialling_out, y=left + 1, expected=np.ones(50), residual=v), 2, weight)
    np.testing.assert_allclose(ours, sm.WLS(left, v, weights=weight).fit().params, rtol=1e-10)


def test_efficient_score_with_the_identity_link_is_partialling_out():
    rng = np.random.default_rng(0)
    given = [
        rng.normal(size=2),
        rng.normal(size=30),
        rng.normal(size=30),
        rng.normal(size=(30, 2)),
        rng.random(30),
    ]
    for ours, theirs in zip(
        efficient(*given, model=mean_model("normal")), partialling_out(*given), strict=True
    ):
        np.testing.assert_allclose(ours, theirs)


@pytest.mark.parametrize(
    ("family", "link", "theirs"),
    [
        ("poisson", "log", sm.families.Poisson()),
        ("gamma", "log", sm.families.Gamma(sm.families.links.Log())),
        ("binomial", "probit", sm.families.Binomial(sm.families.links.Probit())),
    ],
)
def test_efficient_score_with_known_g_is_that_of_a_glm_with_an_offset(family, link, theirs):
    rng = np.random.default_rng(1)
    v, offset = rng.normal(size=(200, 2)), rng.normal(size=200) / 2
    eta = offset + v @ [0.3, -0.2]
    y = {
        "poisson": lambda: rng.poisson(np.exp(eta)).astype(float),
        "gamma": lambda: rng.gamma(2.0, np.exp(eta) / 2),
        "binomial": lambda: (rng.normal(size=200) < eta).astype(float),
    }[family]()
    score = partial(efficient, y=y, expected=offset, residual=v, model=mean_model(family, link))
    glm = sm.GLM(y, v, family=theirs, offset=offset).fit(tol=1e-12)
    np.testing.assert_allclose(solved(score, 2, np.ones(200)), glm.params, rtol=1e-7)


def test_logistic_score_solves_the_equation_of_the_paper_with_its_weight():
    y, d, x, a, r = make_lplr(500)
    D = np.column_stack([d, x[:, 14] + np.random.default_rng(0).normal(size=500)])
    h = np.column_stack([a, x[:, 14]])
    m = h - 0.1  # any function of x
    b = solved(
        partial(logistic, y=y, expected=r + h @ [0.4, 0.1], residual=D - h, instrument=D - m), 2, np.ones(500)
    )

    def paper(b):  # {y exp(-d'b) - (1 - y) exp(r)} (d - m), in rows, times a function of x
        r_b = r + h @ [0.4, 0.1] - h @ b
        rows = y * np.exp(-D @ b) - (1 - y) * np.exp(r_b)
        return (np.exp(h @ b) / (1 + np.exp(r + h @ [0.4, 0.1])) * rows) @ (D - m)

    np.testing.assert_allclose(root(paper, np.zeros(2), tol=1e-12).x, b, rtol=1e-8)


def test_logistic_score_with_true_nuisances_is_near_that_of_the_paper_without_weight():
    y, d, _, a, r = make_lplr(4000)
    grid = np.linspace(-12, 12, 4001)
    density = np.exp(-0.5 * grid**2)
    d_at = a[:, None] + grid
    zero = density * expit(-(0.5 * d_at + r[:, None]))
    m = (zero * d_at).sum(axis=1) / zero.sum(axis=1)  # E[d | y = 0, x]
    plain = brentq(lambda b: ((y * np.exp(-d * b) - (1 - y) * np.exp(r)) * (d - m)).sum(), -1, 2)
    given = {"y": y, "expected": r + 0.5 * a, "residual": (d - a)[:, None], "instrument": (d - m)[:, None]}
    ours = solved(partial(logistic, **given), 1, np.ones(4000))[0]
    assert abs(plain - 0.5) < 0.15
    assert abs(ours - 0.5) < 0.12
    rows, jacobian = logistic(np.array([0.5]), **given, weight=np.ones(4000))
    assert abs(rows.mean()) < 3 * rows.std() / np.sqrt(4000)
    assert jacobian[0, 0] > 0


def moved(score, given, name, direction):
    """Return the change of the mean score per unit of a nuisance's error, in standard errors of the mean."""
    rows = [score(**{**given, name: given[name] + size * direction})[0].ravel() for size in (-0.05, 0.05)]
    return (rows[1].mean() - rows[0].mean()) / 0.1 / (score(**given)[0].std() / np.sqrt(len(direction)))


@pytest.mark.parametrize("name", ["expected", "residual"])
def test_orthogonal_scores_do_not_move_with_errors_of_nuisances_and_a_plug_in_does(name):
    n = 40_000
    y, d, x, m, g = make_plr(n)
    one = {
        "coef": np.array([0.5]),
        "y": y,
        "weight": np.ones(n),
        "residual": (d - m)[:, None],
        "expected": g + 0.5 * m,
    }
    direction = x[:, 0] if name == "expected" else x[:, :1]
    assert abs(moved(partialling_out, one, name, direction)) < 5

    def plug_in(
        coef, y, expected, residual, weight
    ):  # (y - g - d b) d: the normal equation beside a g from elsewhere
        return ((y - (expected - 0.5 * m) - d * coef)[:, None] * (residual + m[:, None]),)

    if name == "expected":
        assert abs(moved(plug_in, one, name, direction)) > 30

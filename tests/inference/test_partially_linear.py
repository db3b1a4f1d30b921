from functools import partial

import numpy as np
import pytest
import statsmodels.api as sm
from partially_linear_data import make_lplr, make_plr
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from deepstat import DeepRegressor
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.partially_linear import partially_linear
from deepstat.inference.randomness import DRAW, derived_seed

linear = partial(partially_linear, learner=LinearRegression(), random_state=0)
FAMILIES, LINKS = sm.families, sm.families.links


class GLM(RegressorMixin, BaseEstimator):
    """A generalised linear model of statsmodels as an estimator."""

    def __init__(self, family=None):
        self.family = family

    def __sklearn_clone__(self):
        return self

    def fit(self, X, y, sample_weight=None):
        return Fitted(sm.GLM(y, sm.add_constant(X), family=self.family).fit())

    def predict(self, X):
        raise NotImplementedError


class Fitted(RegressorMixin, BaseEstimator):
    def __init__(self, fit):
        self.fit = fit

    def predict(self, X):
        return self.fit.predict(sm.add_constant(X))


def two_columns(n, seed=0):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 3))
    D = np.column_stack([z[:, 0] + rng.normal(size=n), z[:, 1] + rng.normal(size=n) > 0])
    return rng, D, z, D @ [0.3, -0.5] + z @ [0.4, -0.3, 0.2]


# -- against other computations ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("clustered", [False, True])
def test_one_repetition_is_least_squares_of_out_of_fold_residuals(clustered):
    rng, D, z, mean = two_columns(120)
    y, groups = mean + rng.normal(size=120), np.arange(120) // 4
    result = linear(y, D, z, n_repetitions=1, clusters=groups if clustered else None)
    labels = deletion_labels(
        120, 5, seed=derived_seed(_root(0), DRAW, 0), clusters=groups if clustered else None
    )
    left = [
        t - cross_val_predict(LinearRegression(), z, t, cv=PredefinedSplit(labels))
        for t in (y, *D.T.astype(float))
    ]
    fit = sm.OLS(left[0], np.column_stack(left[1:]))
    if clustered:
        fit = fit.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
        factor = 30 / 29
    else:
        fit, factor = fit.fit(cov_type="HC0"), 1.0
    np.testing.assert_allclose(result.coef, fit.params, rtol=1e-9)
    np.testing.assert_allclose(result.cov_params, fit.cov_params() * factor, rtol=1e-9)
    r2 = [1 - (own**2).sum() / ((t - t.mean()) ** 2).sum() for own, t in zip(left, (y, *D.T), strict=True)]
    np.testing.assert_allclose(result.nuisance_r2[0], r2)


def _root(random_state):
    from deepstat.inference.randomness import root_seed

    return root_seed(random_state)


def test_linear_nuisances_give_ordinary_least_squares():
    rng, D, z, mean = two_columns(2000)
    y = mean + rng.normal(size=2000)
    ols = sm.OLS(y, sm.add_constant(np.column_stack([D, z]))).fit(cov_type="HC0")
    result = linear(y, D, z)
    assert (np.abs(result.coef - ols.params[1:3]) < 0.03 * ols.bse[1:3]).all()
    np.testing.assert_allclose(result.bse, ols.bse[1:3], rtol=0.01)


@pytest.mark.parametrize(
    ("family", "link", "theirs", "draw"),
    [
        ("poisson", "log", FAMILIES.Poisson(), lambda rng, m: rng.poisson(np.exp(m))),
        ("gamma", "log", FAMILIES.Gamma(LINKS.Log()), lambda rng, m: rng.gamma(2, np.exp(m) / 2)),
        ("binomial", "logit", FAMILIES.Binomial(), lambda rng, m: rng.random(len(m)) < 1 / (1 + np.exp(-m))),
        ("binomial", "probit", FAMILIES.Binomial(LINKS.Probit()), lambda rng, m: rng.normal(size=len(m)) < m),
    ],
)
def test_linear_nuisances_give_the_generalised_linear_model(family, link, theirs, draw):
    rng, D, z, mean = two_columns(1500)
    y = draw(rng, mean).astype(float)
    glm = sm.GLM(y, sm.add_constant(np.column_stack([D, z])), family=theirs).fit(cov_type="HC0")
    learner = LogisticRegression(C=np.inf) if link == "logit" else GLM(theirs)
    result = linear(y, D, z, mean_learner=learner, family=family, link=link, n_repetitions=2)
    # The logistic score is another one than the likelihood's, so it is only near.
    apart = 0.4 if link == "logit" else 0.15
    assert (np.abs(result.coef - glm.params[1:3]) < apart * glm.bse[1:3]).all()
    np.testing.assert_allclose(result.bse, glm.bse[1:3], rtol=0.08)


def test_weight_two_counts_a_row_twice_in_the_scores():
    rng, D, z, mean = two_columns(100)
    y, weight = mean + rng.normal(size=100), np.repeat([1.0, 2.0], 50)
    result = linear(y, D, z, sample_weight=weight, n_repetitions=1)
    assert result.n_obs == 150
    labels = deletion_labels(100, 5, seed=derived_seed(_root(0), DRAW, 0))
    left = np.empty((100, 3))
    for fold in range(5):
        out = labels == fold
        for column, t in enumerate((y, *D.T.astype(float))):
            fit = LinearRegression().fit(z[~out], t[~out], weight[~out])
            left[out, column] = t[out] - fit.predict(z[out])
    twice = np.concatenate([np.arange(100), np.arange(50, 100)])
    theirs = sm.OLS(left[twice, 0], left[twice, 1:]).fit(cov_type="HC0")
    np.testing.assert_allclose(result.coef, theirs.params, rtol=1e-9)
    np.testing.assert_allclose(result.bse, theirs.bse, rtol=1e-9)


def test_rows_of_weight_zero_are_not_there():
    rng, D, z, mean = two_columns(100)
    y, weight = mean + rng.normal(size=100), np.repeat([1.0, 0.0], [80, 20])
    np.testing.assert_allclose(
        linear(y, D, z, sample_weight=weight).coef, linear(y[:80], D[:80], z[:80]).coef, rtol=1e-12
    )


def test_repetitions_are_joined_by_the_median_rule():
    rng, D, z, mean = two_columns(80)
    y = mean + rng.normal(size=80)
    result = linear(y, D, z, n_repetitions=3)
    np.testing.assert_array_equal(result.coef, np.median(result.coefs, axis=0))
    spread = result.bses**2 + (result.coefs - result.coef) ** 2
    np.testing.assert_allclose(result.bse**2, np.median(spread, axis=0))
    np.testing.assert_array_equal(result.coefs[:2], linear(y, D, z, n_repetitions=2).coefs)
    assert np.ptp(result.coefs, axis=0).min() > 0


# -- published simulations and coverage --------------------------------------------------------------------------------


def wilson(hits, n, z=2.5758):
    centre, shrink = (hits + z**2 / 2) / (n + z**2), 1 + z**2 / n
    width = z * np.sqrt(hits / n * (1 - hits / n) / n + z**2 / (4 * n**2)) / shrink
    return centre - width, centre + width


def coverage(estimate, n_sets=200):
    """Return hits of nominal 95% intervals of b = 0.5, and bias and mean SE in units of the estimates' sd."""
    found = np.array([estimate(seed) for seed in range(n_sets)])
    hits = (np.abs(found[:, 0] - 0.5) < stats.norm.ppf(0.975) * found[:, 1]).sum()
    spread = found[:, 0].std()
    return hits, (found[:, 0].mean() - 0.5) / spread, found[:, 1].mean() / spread


def by_plr(seed):
    y, d, x, _, _ = make_plr(200, p=4, seed=seed)
    result = partially_linear(y, d, x, learner=LinearRegression(), n_repetitions=1, random_state=seed)
    return result.coef[0], result.bse[0]


def test_intervals_cover_in_the_design_of_chernozhukov_et_al():
    hits, bias, ratio = coverage(by_plr)
    low, high = wilson(hits, 200)
    assert low <= 0.95 <= high
    assert abs(bias) < 0.2
    assert 0.88 < ratio < 1.12


def test_a_plug_in_with_a_regularised_g_does_not_cover_and_is_found_out():
    def plug_in(seed):  # g from a penalised fit of y, then least squares of y - g on d: no residual of d
        y, d, x, _, _ = make_plr(200, p=4, seed=seed)
        g = cross_val_predict(Ridge(200.0), np.column_stack([d, x]), y) - 0.5 * d  # b known, even
        fit = sm.OLS(y - g, d).fit(cov_type="HC0")
        return fit.params[0], fit.bse[0]

    hits, _, _ = coverage(plug_in, 100)
    assert wilson(hits, 100)[1] < 0.95


def test_without_cross_fitting_a_tree_does_not_cover_and_is_found_out():
    def in_sample(seed):  # nuisances predict the rows that they were trained on
        y, d, x, _, _ = make_plr(200, p=4, seed=seed)
        tree = DecisionTreeRegressor(min_samples_leaf=2, random_state=0)
        v, left = (t - tree.fit(x, t).predict(x) for t in (d, y))
        fit = sm.OLS(left, v).fit(cov_type="HC0")
        return fit.params[0], fit.bse[0]

    hits, _, _ = coverage(in_sample)
    assert wilson(hits, 200)[1] < 0.95


def test_estimates_of_the_logistic_design_of_liu_et_al_are_centred_on_the_truth():
    found = []
    for seed in range(12):
        y, d, x, _, _ = make_lplr(500, p=13, seed=seed)
        result = partially_linear(
            y,
            d,
            x[:, :6],  # what else is in r is no part of a, so it only attenuates b a little
            learner=LinearRegression(),
            mean_learner=LogisticRegression(C=10.0),
            family="binomial",
            n_repetitions=1,
            random_state=seed,
        )
        found.append((result.coef[0], result.bse[0]))
    found = np.array(found)
    assert abs(found[:, 0].mean() - 0.5) < 3.5 * found[:, 1].mean() / np.sqrt(12)


def test_splines_recover_b_beside_a_curved_g_with_a_link():
    z_scores = []
    for seed in range(8):
        rng = np.random.default_rng([seed, 3])
        z = rng.uniform(-2, 2, size=(400, 1))
        d = np.sin(z[:, 0]) + rng.normal(size=400)
        y = rng.poisson(np.exp(0.5 * d + 0.7 * np.cos(2 * z[:, 0]))).astype(float)
        learner = Smooth()
        result = partially_linear(
            y,
            d,
            z,
            learner=learner,
            mean_learner=make_pipeline(
                SplineTransformer(n_knots=6), PoissonRegressor(alpha=1e-3, max_iter=500)
            ),
            family="poisson",
            n_repetitions=1,
            random_state=seed,
        )
        z_scores.append((result.coef[0] - 0.5) / result.bse[0])
    assert abs(np.mean(z_scores)) < 3.3 / np.sqrt(8)
    assert 0.3 < np.std(z_scores) < 2.0


class Smooth(RegressorMixin, BaseEstimator):
    """Penalised splines that take weights."""

    def fit(self, X, y, sample_weight=None):
        self.spline_ = SplineTransformer(n_knots=6)
        self.ridge_ = Ridge(1e-2).fit(self.spline_.fit_transform(X), y, sample_weight)
        return self

    def predict(self, X):
        return self.ridge_.predict(self.spline_.transform(X))


def test_networks_give_the_coefficient_in_a_few_epochs():
    y, d, x, _, _ = make_plr(400, p=4, seed=1)
    learner = DeepRegressor(architecture="mlp", max_epochs=15, random_state=0)
    result = partially_linear(y, d, x, learner=learner, n_folds=2, n_repetitions=1)
    assert abs(result.coef[0] - 0.5) < 4 * result.bse[0]
    again = partially_linear(y, d, x, learner=learner, n_folds=2, n_repetitions=1, random_state=3)
    same = partially_linear(y, d, x, learner=learner, n_folds=2, n_repetitions=1, random_state=3)
    assert again.coef[0] == same.coef[0]


def test_seeds_of_the_mean_learner_follow_from_random_state():
    rng, D, z, mean = two_columns(200)
    y = (rng.logistic(size=200) < mean).astype(float)
    tree = DecisionTreeClassifier(splitter="random", max_depth=3)
    fit = partial(linear, y, D, z, mean_learner=tree, family="binomial", n_repetitions=1)
    np.testing.assert_array_equal(fit().coef, fit().coef)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["normal", "binomial"])
@pytest.mark.parametrize("seed", [0, 1])
def test_networks_come_near_the_fit_that_knows_the_shape_of_g(family, seed):
    # Beside the truth both would be judged by the noise of y, which they share.
    rng = np.random.default_rng([seed, 5])
    z = rng.normal(size=(1000, 3))
    d = np.sin(z[:, 0]) + z[:, 1] + rng.normal(size=1000)
    mean = 0.5 * d + np.sin(z[:, 0]) + z[:, 1] ** 2 / 2
    y = mean + rng.normal(size=1000) if family == "normal" else (rng.logistic(size=1000) < mean).astype(float)
    columns = sm.add_constant(np.column_stack([d, np.sin(z[:, 0]), z[:, 1], z[:, 1] ** 2]))
    known = sm.GLM(y, columns, sm.families.Gaussian() if family == "normal" else sm.families.Binomial()).fit()
    result = partially_linear(y, d, z, family=family, n_repetitions=2, random_state=seed)
    assert abs(result.coef[0] - known.params[1]) < known.bse[1]
    assert known.bse[1] < 1.2 * result.bse[0] < 1.7 * known.bse[1]


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data():
    rng, D, z, mean = two_columns(150)
    return mean + rng.normal(size=150), D.astype(float), z


def test_a_column_that_is_a_function_of_z_is_refused(data):
    y, D, z = data
    with pytest.raises(ValueError, match="Column 'x2' of D is a function of Z"):
        linear(y, np.column_stack([D[:, 0], z @ [1.0, 2.0, 3.0]]), z)
    group = np.arange(150) % 3
    with pytest.raises(ValueError, match="function of Z"):
        partially_linear(y, group == 1, group[:, None], learner=DecisionTreeRegressor(), random_state=0)


def without(data, **changed):
    y, D, z = data
    return {"y": y, "D": D, "Z": z, **changed}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"family": "student_t"}, "no standard error for family='student_t'"),
        ({"family": "poisson", "link": "probit"}, "no link 'probit'"),
        ({"D": np.ones((150, 1))}, "constant"),
        ({"D": np.repeat(np.eye(3), 50, axis=0)}, "linearly dependent; leave out one level"),
        ({"D": np.full((150, 1), np.nan)}, "150 missing or infinite"),
        ({"D": np.array([["a"]] * 150)}, "code categories as dummies"),
        ({"D": np.ones((149, 1))}, "give 150 rows"),
        ({"y": np.zeros((150, 2))}, "give one number for each row"),
        ({"Z": np.zeros((149, 1))}, "Z has 149 rows"),
        ({"clusters": np.arange(150) % 8}, "There are 8 clusters, too few"),
        ({"clusters": np.arange(150) % 15, "n_folds": 20}, "at least 20 are needed"),
        ({"n_folds": 1}, "n_folds=1 is out of range"),
        ({"n_repetitions": 0}, "n_repetitions=0 is out of range"),
        ({"level": 95}, "level=95 is out of range"),
        ({"mean_learner": LogisticRegression()}, "mean_learner is for models with a link"),
        ({"family": "gamma"}, "takes positive numbers as y"),
    ],
)
def test_what_does_not_fit_together_is_refused(data, changed, words):
    with pytest.raises(ValueError, match=words):
        linear(**without(data, **changed))

"""Every scheme: what it draws, that draws are functions of seed and number alone, and variances in closed form."""

import pickle

import numpy as np
import pytest
import statsmodels.api as sm

from deepstat.estimators.draw import Draw
from deepstat.inference.draws.bayesian import bayesian
from deepstat.inference.draws.block import block
from deepstat.inference.draws.cluster import cluster
from deepstat.inference.draws.delete_group import delete_group
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.draws.join_draws import join_draws
from deepstat.inference.draws.labels import codes_of
from deepstat.inference.draws.lazy_draws import LazyDraws
from deepstat.inference.draws.pairs import pairs
from deepstat.inference.draws.parametric import parametric
from deepstat.inference.draws.permutation import permutation
from deepstat.inference.draws.residual import residual
from deepstat.inference.draws.stratified import stratified
from deepstat.inference.draws.wild import wild
from deepstat.inference.draws.with_seeds import with_seeds
from deepstat.inference.leverage import leverage_adjusted
from deepstat.inference.randomness import DRAW, FIT, derived_seed, generator

N = 24
LABELS = np.arange(N) // 3
FITTED = np.linspace(0, 1, N)
ERRORS = np.sin(np.arange(N))


def poisson(rng):
    return rng.poisson(FITTED)


SCHEMES = {
    "pairs": lambda b, seed: pairs(N, b, seed=seed),
    "stratified": lambda b, seed: stratified(LABELS % 2, b, seed=seed),
    "cluster": lambda b, seed: cluster(LABELS, b, seed=seed),
    "moving": lambda b, seed: block(N, b, length=5, seed=seed),
    "circular": lambda b, seed: block(N, b, length=5, seed=seed, kind="circular"),
    "stationary": lambda b, seed: block(N, b, length=5, seed=seed, kind="stationary"),
    "residual": lambda b, seed: residual(FITTED, ERRORS, b, seed=seed),
    "wild": lambda b, seed: wild(FITTED, ERRORS, b, seed=seed),
    "parametric": lambda b, seed: parametric(poisson, b, seed=seed),
    "bayesian": lambda b, seed: bayesian(N, b, seed=seed),
}


def content(draw):
    return np.concatenate([np.ravel(part) for part in (draw.rows, draw.weight, draw.y) if part is not None])


@pytest.mark.parametrize("name", SCHEMES)
def test_a_draw_depends_on_seed_and_number_alone(name):
    draws = SCHEMES[name](50, 3)
    many = SCHEMES[name](200, 3)
    sent = pickle.loads(pickle.dumps(draws[30:40])) if name != "parametric" else draws[30:40]
    np.testing.assert_array_equal(content(draws[37]), content(many[37]))
    np.testing.assert_array_equal(content(sent[7]), content(many[37]))
    assert not np.array_equal(content(draws[37]), content(draws[38]))
    assert not np.array_equal(content(draws[37]), content(SCHEMES[name](50, 4)[37]))


def test_draw_zero_is_not_the_stream_of_numpys_generator_with_that_seed():
    assert generator(0, DRAW, 0).random() != np.random.default_rng(0).random()
    assert derived_seed(0, FIT, 0) != derived_seed(0, FIT, 1)


def test_lazy_draws_make_only_what_is_asked_for():
    made = []
    draws = LazyDraws(lambda b: made.append(b) or Draw(seed=b), range(10**9))
    assert (draws[5].seed, draws[-1].seed, draws[100:200][3].seed, len(draws[10:])) == (
        5,
        10**9 - 1,
        103,
        10**9 - 10,
    )
    assert made == [5, 10**9 - 1, 103]
    with pytest.raises(IndexError):
        draws[10**9]


def test_joined_draws_lie_end_to_end_and_seeds_are_set():
    joined = join_draws([Draw(seed=1)], pairs(N, 3, seed=0), [])
    assert len(joined) == 4
    np.testing.assert_array_equal(joined[2].rows, pairs(N, 3, seed=0)[1].rows)
    seeds = [draw.seed for draw in with_seeds(joined, 9, varying=True)]
    assert seeds[0] == 1
    assert len(set(seeds)) == 4
    assert [draw.seed for draw in with_seeds(joined, 9, varying=False)] == [1, 9, 9, 9]
    assert [draw.seed for draw in with_seeds(joined, None, varying=True)] == [1, None, None, None]


def test_pairs_draws_every_row_equally_often():
    counts = sum(np.bincount(draw.rows, minlength=N) for draw in pairs(N, 2000, seed=0))
    assert pairs(N, 1, seed=0)[0].rows.dtype == np.int32
    assert abs(counts / 2000 - 1).max() < 5 / np.sqrt(2000)


def test_stratified_draws_keep_the_sizes_of_strata():
    labels = np.array(["b", "a", "b", "c", "b", "a"])
    for draw in stratified(labels, 20, seed=0):
        assert sorted(labels[draw.rows]) == sorted(labels)
        assert draw.rows[3] == 3  # alone in its stratum


def test_cluster_draws_hold_whole_clusters():
    for draw in cluster(LABELS, 20, seed=0):
        counts = np.bincount(draw.rows, minlength=N).reshape(-1, 3)
        assert (counts == counts[:, :1]).all()
        assert counts[:, 0].sum() == N // 3
        np.testing.assert_array_equal(draw.groups, LABELS)


def test_clusters_of_unequal_size_give_draws_of_unequal_size():
    labels = np.repeat([0, 1, 2], [1, 2, 6])
    assert len({len(draw.rows) for draw in cluster(labels, 50, seed=0)}) > 3


@pytest.mark.parametrize("kind", ["moving", "circular", "stationary"])
def test_blocks_are_runs_of_neighbours(kind):
    draws = block(60, 400, length=6, seed=0, kind=kind)
    steps = np.concatenate([np.diff(draw.rows) for draw in draws])
    run = np.isin(steps, [1, -59] if kind != "moving" else [1])
    assert abs(run.mean() - (1 - 1 / 6) * 60 / 59) < 0.03
    assert all(len(draw.rows) == 60 for draw in draws[:5])
    np.testing.assert_array_equal(draws[0].groups, np.arange(60) // 6)


def test_circular_block_variance_of_the_mean_equals_its_closed_form():
    x = np.cumsum(np.random.default_rng(0).normal(size=60)) * 0.3
    means = [x[draw.rows].mean() for draw in block(60, 6000, length=6, seed=1, kind="circular")]
    blocks = np.array([np.roll(x, -i)[:6].mean() for i in range(60)])
    assert np.var(means) == pytest.approx(blocks.var() / 10, rel=0.06)


def test_stationary_block_variance_of_the_mean_equals_politis_and_romanos_formula():
    rng, n, p = np.random.default_rng(0), 50, 0.2
    x = np.convolve(rng.normal(size=n + 4), np.ones(5), "valid")
    centred = x - x.mean()
    cov = np.array([(centred[: n - i] * centred[i:]).sum() / n for i in range(n)])
    i = np.arange(1, n)
    weight = (1 - i / n) * (1 - p) ** i + (i / n) * (1 - p) ** (n - i)
    exact = (cov[0] + 2 * (weight * cov[1:]).sum()) / n
    means = [x[draw.rows].mean() for draw in block(n, 8000, length=5, seed=1, kind="stationary")]
    assert np.var(means) == pytest.approx(exact, rel=0.06)


@pytest.mark.parametrize("length", [0, 13])
def test_a_block_longer_than_half_the_rows_is_refused(length):
    with pytest.raises(ValueError, match="from 1 to 12"):
        block(N, 10, length=length, seed=0)


def test_bayesian_weights_have_the_moments_of_the_dirichlet():
    weights = np.stack([draw.weight for draw in bayesian(N, 5000, seed=0)])
    np.testing.assert_allclose(weights.sum(axis=1), N)
    assert abs(weights.mean(axis=0) - 1).max() < 0.08
    assert weights.var() == pytest.approx((N - 1) / (N + 1), rel=0.03)
    shared = bayesian(N, 2, seed=0, clusters=LABELS)[1]
    assert len(np.unique(shared.weight)) == N // 3
    np.testing.assert_array_equal(shared.groups, LABELS)


def least_squares(design, draws):
    return np.array([np.linalg.lstsq(design, draw.y, rcond=None)[0] for draw in draws])


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 2))
    design = sm.add_constant(x)
    y = x[:, 0] + rng.normal(size=40) * (0.3 + x[:, 0] ** 2)
    return design, sm.OLS(y, design).fit()


@pytest.mark.parametrize("multiplier", ["rademacher", "mammon"])
def test_wild_bootstrap_errors_are_the_heteroscedastic_ones_of_statsmodels(fit, multiplier):
    design, ols = fit
    draws = wild(ols.fittedvalues, ols.resid, 4000, seed=0, multiplier=multiplier)
    np.testing.assert_allclose(least_squares(design, draws).std(axis=0), ols.HC0_se, rtol=0.05)


def test_cluster_wild_bootstrap_errors_are_the_clustered_ones_of_statsmodels(fit):
    design, ols = fit
    labels = np.arange(40) // 4
    robust = ols.get_robustcov_results("cluster", groups=labels, use_correction=False)
    draws = wild(ols.fittedvalues, ols.resid, 4000, seed=0, clusters=labels)
    np.testing.assert_allclose(least_squares(design, draws).std(axis=0), robust.bse, rtol=0.05)


@pytest.mark.parametrize("multiplier", ["rademacher", "mammon"])
def test_wild_multipliers_have_mean_zero_and_variance_one(multiplier):
    values = np.concatenate(
        [draw.y for draw in wild(np.zeros(1000), np.ones(1000), 100, seed=0, multiplier=multiplier)]
    )
    third = {"rademacher": 0.0, "mammon": 1.0}[multiplier]
    np.testing.assert_allclose([values.mean(), values.var(), (values**3).mean()], [0, 1, third], atol=0.03)


def test_leverage_adjusted_residual_bootstrap_has_the_classical_errors(fit):
    design, _ = fit
    y = design @ [1.0, 2.0, 0.0] + np.random.default_rng(0).normal(size=40)
    ols = sm.OLS(y, design).fit()
    adjusted = leverage_adjusted(design[:, 1:], ols.resid)
    np.testing.assert_allclose(adjusted, ols.resid / np.sqrt(1 - ols.get_influence().hat_matrix_diag))
    draws = residual(ols.fittedvalues, adjusted, 4000, seed=0)
    expected = ols.bse * np.sqrt(adjusted.var() / ols.mse_resid)
    np.testing.assert_allclose(least_squares(design, draws).std(axis=0), expected, rtol=0.05)
    assert adjusted.var() == pytest.approx(ols.mse_resid, rel=0.05)


def test_collinear_columns_do_not_change_the_leverage(fit):
    design, ols = fit
    twice = np.column_stack([design[:, 1:], design[:, 1] + design[:, 2]])
    np.testing.assert_allclose(
        leverage_adjusted(twice, ols.resid), leverage_adjusted(design[:, 1:], ols.resid)
    )


def test_a_row_of_leverage_one_is_refused():
    with pytest.raises(ValueError, match="Row 4 has leverage 1"):
        leverage_adjusted(np.eye(5)[:, 4:], np.zeros(5))


def test_residuals_are_centred_and_rows_of_several_outputs_stay_together():
    errors = np.column_stack([np.arange(5.0), 10 * np.arange(5.0)])
    y = residual(np.zeros((5, 2)), errors, 1, seed=0)[0].y
    np.testing.assert_allclose(y[:, 1], 10 * y[:, 0])
    assert set(y[:, 0]) <= {-2.0, -1.0, 0.0, 1.0, 2.0}


def test_delete_group_leaves_every_row_out_once():
    labels = deletion_labels(N, 5, seed=0)
    left = [np.setdiff1d(np.arange(N), draw.rows) for draw in delete_group(labels)]
    assert sorted(np.concatenate(left)) == list(range(N))
    assert {len(rows) for rows in left} == {4, 5}


def test_deletion_labels_respect_clusters_strata_and_order():
    by_cluster = deletion_labels(N, 4, seed=0, clusters=LABELS)
    assert all(len(np.unique(by_cluster[c == LABELS])) == 1 for c in range(8))
    by_stratum = deletion_labels(N, 4, seed=0, strata=LABELS % 2)
    assert (np.array([np.bincount(by_stratum[s == LABELS % 2]) for s in (0, 1)]) == 3).all()
    assert (np.diff(deletion_labels(N, 4, seed=0, in_order=True)) >= 0).all()
    with pytest.raises(ValueError, match="from 2 to 8, the clusters"):
        deletion_labels(N, 9, seed=0, clusters=LABELS)


def test_permutations_stay_within_groups_and_reach_all_orders():
    groups = np.array([0, 1, 0, 1, 0])
    found = {tuple(permutation(5, b, seed=0, groups=groups)) for b in range(400)}
    assert len(found) == 12  # 3! x 2!
    assert all(groups[order].tolist() == groups.tolist() for order in map(list, found))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, 2, 3], "one label for each of 4 rows"),
        ([1.0, 2.0, np.nan, 1.0], "missing for 1 rows"),
        (["a", None, "b", "a"], "missing for 1"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        codes_of("clusters", np.array(labels, dtype=object if None in labels else None), 4)

"""Predicted distributions with options by row, levels and several columns."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from small_families import family, predicted

from deepstat.distributions.family import family_of
from deepstat.distributions.predicted import PredictedDistribution
from deepstat.distributions.zero_inflated import zero_inflated
from deepstat.records import Distribution

NORMAL = {"loc": [0.0, 5.0, -1.0], "scale": [1.0, 2.0, 0.5]}
OTHER = {"loc": [1.0, 4.0, -9.0], "scale": [0.5, 2.5, 0.1]}


def test_options_by_row_are_indexed_with_the_rows():
    from deepstat.distributions.binomial import Binomial
    from deepstat.records import Parameter

    record = Distribution(
        name="binomial", target=Binomial, domain="trials", columns=2, parameters=(Parameter("logits"),)
    )
    each = PredictedDistribution(
        family_of(record, Binomial, columns=2), [{"logits": [0.0, 1.0]}], by_row={"total_count": [4.0, 9.0]}
    )
    p = 1 / (1 + math.exp(-1.0))
    np.testing.assert_allclose(each.mean, [2.0, 9 * p])
    np.testing.assert_allclose(each[1].pmf(3), stats.binom.pmf(3, 9, p), rtol=1e-10)
    np.testing.assert_allclose(each.log_prob([[1, 3], [2, 0]]), [math.log(0.25), 2 * math.log(p)], rtol=1e-10)
    assert (each.attained(0.8) >= 0.8).all()
    k = np.arange(10)
    crps = ((stats.binom.cdf(k, 9, p) - (k >= 5)) ** 2).sum()
    assert each.crps([1, 5])[1] == pytest.approx(crps, rel=1e-9)


def test_zero_inflated_counts_are_scored_by_summation():
    each = predicted("poisson", {"rate": [3.0], "gate": [0.0]}, wrapper=zero_inflated)
    k = np.arange(80)
    cdf = 0.5 + 0.5 * stats.poisson.cdf(k, 3.0)
    assert each.crps(4)[0] == pytest.approx(((cdf - (k >= 4)) ** 2).sum(), rel=1e-9)
    p = np.diff(np.concatenate([[0], cdf]))
    p = p[p > 0]
    assert each.entropy()[0] == pytest.approx(-(p * np.log(p)).sum(), rel=1e-9)
    assert family("poisson").name in repr(each)


def test_levels_of_an_ordinal_target_are_taken_as_they_are():
    from deepstat.distributions.ordinal import Ordinal
    from deepstat.records import Parameter

    parameters = (Parameter("location"), Parameter("thresholds", "increasing", "constant", "thresholds"))
    record = Distribution(
        name="ordinal", target=Ordinal, domain="levels", parameters=parameters, center="median"
    )
    values = [
        {"location": [0.0, 2.0], "thresholds": [[-1.0, 0.5, 1.5]]},
        {"location": [1.0, -9.0], "thresholds": [[-1.0, 0.0, 1.0]]},
    ]
    levels = np.array([0.25, 0.5, 2.0, 10.0])
    each = PredictedDistribution(family_of(record, Ordinal, levels=4), values, {"levels": levels})
    cuts = [np.array(member["thresholds"][0]) - np.array(member["location"])[:, None] for member in values]
    cdf = np.column_stack([sum(1 / (1 + np.exp(-cut)) for cut in cuts) / 2, np.ones(2)])
    p = np.diff(cdf, prepend=0.0)
    np.testing.assert_allclose(each.pmf(levels[None]), p, rtol=1e-10)
    np.testing.assert_allclose(each.mean, p @ levels)
    np.testing.assert_array_equal(
        each.icdf([0.1, 0.9]), [[levels[(row < q).sum()] for q in (0.1, 0.9)] for row in cdf]
    )
    rps = ((cdf - (levels >= 2.0)) ** 2).sum(1)
    np.testing.assert_allclose(each.crps(2.0), rps)
    np.testing.assert_allclose(each.entropy(), -(p * np.log(p)).sum(1))
    for row in range(2):
        spans = [(h - low, -p[row, low : h + 1].sum(), low, h) for low in range(4) for h in range(low, 4)]
        best = min(span for span in spans if -span[1] >= 0.6)
        np.testing.assert_array_equal(each.interval(0.6)[row], levels[list(best[2:])])
        assert each.attained(0.6)[row] == pytest.approx(-best[1])
    assert len(each.hdr(0.6)) == 2


def gaussian(*members):
    from deepstat.distributions.multivariate_normal import MultivariateNormal
    from deepstat.records import Parameter

    parameters = (Parameter("loc", size="columns"), Parameter("scale_tril", "cholesky", size="columns"))
    record = Distribution(
        name="multivariate_normal", target=MultivariateNormal, columns=None, parameters=parameters
    )
    return PredictedDistribution(family_of(record, MultivariateNormal, columns=3), members)


TRIL = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [-0.5, 0.1, 2.0]])


def test_several_columns_have_marginals_conditionals_and_regions():
    each = gaussian({"loc": [[0.0, 1.0, 2.0]] * 2, "scale_tril": np.array([TRIL] * 2)})
    cov = TRIL @ TRIL.T
    frozen = stats.multivariate_normal([0, 1, 2], cov)
    y = np.array([[0.3, 0.1, 2.0], [0.0, 0.0, 0.0]])
    np.testing.assert_allclose(each.log_prob(y), frozen.logpdf(y), rtol=1e-10)
    np.testing.assert_allclose(each.entropy(), frozen.entropy(), rtol=1e-10)
    np.testing.assert_allclose(each.variance, [np.diag(cov)] * 2)
    intervals = np.column_stack(stats.norm.interval(0.9, [0, 1, 2], np.sqrt(np.diag(cov))))
    np.testing.assert_allclose(each.interval(0.9), [intervals] * 2)
    np.testing.assert_allclose(
        each.marginal([0, 2]).log_prob(y[:, [0, 2]]),
        stats.multivariate_normal([0, 2], cov[[0, 2]][:, [0, 2]]).logpdf(y[:, [0, 2]]),
        rtol=1e-10,
    )
    known = each.conditional(1, {0: [0.5, -1.0]})
    np.testing.assert_allclose(known.mean, 1 + cov[1, 0] / cov[0, 0] * np.array([0.5, -1.0]))
    np.testing.assert_allclose(known.variance, cov[1, 1] - cov[1, 0] ** 2 / cov[0, 0])
    assert each.region(0.9).contains(torch.tensor([[0.0, 1.0, 2.0]]).double()).all()
    assert each[:1].sample(4, random_state=0).shape == (4, 1, 3)
    for what in (lambda: each.cdf(0.0), lambda: each.hdr(), lambda: each.median, lambda: each.top(1)):
        with pytest.raises(NotImplementedError, match="multivariate_normal"):
            what()


def test_an_ensemble_of_several_columns_mixes_its_marginals():
    first, second = (
        {"loc": [[0.0, 1.0, 2.0]], "scale_tril": TRIL[None]},
        {"loc": [[4.0, 1.0, 2.0]], "scale_tril": np.eye(3)[None]},
    )
    each = gaussian(first, second)
    assert each.marginal(0).cdf(1.0)[0] == pytest.approx((stats.norm.cdf(1) + stats.norm.cdf(-3)) / 2)
    np.testing.assert_allclose(each.mean, [[2, 1, 2]])
    low, high = each.interval(0.8)[0, 0]
    assert each.marginal(0).cdf(high)[0] - each.marginal(0).cdf(low)[0] == pytest.approx(0.8)
    for what in (
        lambda: each.crps([[0.0, 0.0, 0.0]]),
        lambda: each.region(),
        lambda: each.conditional(0, {1: [0.0]}),
    ):
        with pytest.raises(NotImplementedError, match="of several members"):
            what()

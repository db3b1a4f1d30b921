"""Poisson, negative binomial and binomial: against SciPy, summation and arithmetic in many digits."""

import mpmath
import numpy as np
import pytest
import torch
from scipy import stats
from trainable import check_trainable

from deepstat.distributions.binomial import Binomial
from deepstat.distributions.negative_binomial import NegativeBinomial
from deepstat.distributions.poisson import Poisson


def f64(values):
    return torch.tensor(values, dtype=torch.float64)


MEANS = f64([0.02, 1.0, 3.7, 45.0, 8000.0])
DISPERSIONS = f64([2.0, 0.5, 30.0, 0.01, 0.3])
LOGITS, TRIALS = f64([-8.0, 0.3, 2.5, -1.0, 6.0]), f64([3.0, 1.0, 10.0, 300.0, 5000.0])

POISSON = Poisson(MEANS), stats.poisson(MEANS.numpy())
NEGATIVE_BINOMIAL = (
    NegativeBinomial(MEANS, DISPERSIONS),
    stats.nbinom(1 / DISPERSIONS.numpy(), 1 / (1 + DISPERSIONS * MEANS).numpy()),
)
BINOMIAL = Binomial(LOGITS, TRIALS), stats.binom(TRIALS.numpy(), torch.sigmoid(LOGITS).numpy())
FAMILIES = {"poisson": POISSON, "negative_binomial": NEGATIVE_BINOMIAL, "binomial": BINOMIAL}
COUNTS = f64([[0, 0, 0, 0, 0], [1, 1, 2, 40, 8000], [2, 0, 9, 80, 4980], [3, 1, 10, 130, 5000]])
family = pytest.mark.parametrize(("ours", "theirs"), FAMILIES.values(), ids=FAMILIES)


def log_prob(ours, counts):
    return getattr(ours, "latent", ours).log_prob(counts)


def table(count_from_zero=40_000):
    return torch.arange(count_from_zero, dtype=torch.float64)[:, None]


@family
def test_probabilities_moments_and_tails_are_scipys(ours, theirs):
    np.testing.assert_allclose(log_prob(ours, COUNTS).exp(), theirs.pmf(COUNTS), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(ours.cdf(COUNTS), theirs.cdf(COUNTS), rtol=1e-10)
    np.testing.assert_allclose(ours.cdf(COUNTS + 0.5), theirs.cdf(COUNTS), rtol=1e-10)
    assert (ours.cdf(f64(-1.0).expand(5)) == 0).all()
    np.testing.assert_allclose(ours.mean, theirs.mean())
    np.testing.assert_allclose(ours.variance, theirs.var())
    assert ours.support.is_discrete


@family
def test_quantiles_are_the_smallest_counts_that_reach_the_level(ours, theirs):
    levels = f64([[1e-12], [0.01], [0.5], [0.9], [1 - 1e-9]])
    found = ours.icdf(levels)
    np.testing.assert_array_equal(found, theirs.ppf(levels))
    assert (ours.cdf(found) >= levels).all()
    assert ((ours.cdf(found - 1) < levels) | (found == 0)).all()
    assert (ours.icdf(f64(0.0)) == 0).all()


@family
def test_total_mass_is_one(ours, theirs):
    counts = torch.arange(70_000, dtype=torch.float64)[:, None]
    mass = log_prob(ours, counts).exp().sum(0)
    np.testing.assert_allclose(mass, np.minimum(1, theirs.cdf(69_999)), rtol=1e-10)


@family
def test_entropy_is_the_sum(ours, theirs):
    counts = torch.arange(200_000, dtype=torch.float64)[:, None]
    each = theirs.logpmf(counts)
    with np.errstate(invalid="ignore"):
        exact = -np.where(np.isfinite(each), each * np.exp(each), 0.0).sum(0)
    np.testing.assert_allclose(ours.entropy(), exact, rtol=1e-9)


@pytest.mark.parametrize("name", ["poisson", "negative_binomial"])
def test_crps_is_the_sum_of_squared_differences(name):
    ours, theirs = FAMILIES[name]
    counts = np.arange(150_000)[:, None]
    below = theirs.cdf(counts)
    for y in COUNTS:
        exact = ((below - (counts >= y.numpy())) ** 2).sum(0)
        np.testing.assert_allclose(ours.crps(y), exact, rtol=1e-9)


def test_crps_of_small_dispersion_is_poissons():
    counts = f64([0.0, 2.0, 3.0, 60.0, 8100.0])
    limit = NegativeBinomial(MEANS, torch.full_like(MEANS, 1e-11)).crps(counts)
    np.testing.assert_allclose(limit, Poisson(MEANS).crps(counts), rtol=1e-6)


@family
def test_draws_follow_the_probabilities(ours, theirs):
    torch.manual_seed(3)
    draws = ours.sample((20_000,)).numpy()
    for i in range(5):
        edges = np.unique(theirs.ppf(np.linspace(0.0, 1.0, 12)[1:-1, None])[:, i])
        share = np.diff([0.0, *theirs.cdf(edges[:, None])[:, i], 1.0])
        seen = np.bincount(np.searchsorted(edges, draws[:, i]), minlength=len(edges) + 1)
        keep = share > 1e-9
        assert seen[~keep].sum() == 0
        if keep.sum() > 1:
            assert stats.chisquare(seen[keep], 20_000 * share[keep] / share[keep].sum()).pvalue > 1e-3


def exact_negative_binomial(count, mean, dispersion):
    with mpmath.workdps(60):
        r, m, k = 1 / mpmath.mpf(dispersion), mpmath.mpf(mean), mpmath.mpf(count)
        p = r / (r + m)
        pmf = mpmath.loggamma(k + r) - mpmath.loggamma(r) - mpmath.loggamma(k + 1)
        return float(pmf + r * mpmath.log(p) + k * mpmath.log(1 - p))


@pytest.mark.parametrize("dispersion", [1e-13, 1e-6, 1e-2, 0.11, 1.0, 50.0, 1e5])
@pytest.mark.parametrize(
    ("count", "mean"), [(0, 1e-6), (0, 3.0), (1, 3.0), (7, 2.5), (900, 850.0), (20, 1e5)]
)
def test_negative_binomial_keeps_its_digits_for_every_dispersion(count, mean, dispersion):
    ours = NegativeBinomial(f64([mean]), f64([dispersion])).log_prob(f64([count]))
    np.testing.assert_allclose(ours, exact_negative_binomial(count, mean, dispersion), rtol=1e-12, atol=2e-12)
    single = NegativeBinomial(torch.tensor([mean]), torch.tensor([dispersion])).log_prob(
        torch.tensor([float(count)])
    )
    np.testing.assert_allclose(
        single, exact_negative_binomial(count, mean, dispersion), rtol=2e-5, atol=1e-6 * (1 + 10 * count)
    )


@pytest.mark.parametrize("name", ["poisson", "negative_binomial"])
def test_log_tails_are_scipys_far_out_too(name):
    ours, theirs = FAMILIES[name]
    for counts in (COUNTS, f64([[30.0, 60.0, 300.0, 300.0, 30_000.0]])):
        for log_tail, exact in (
            (ours.log_cdf(counts), theirs.logcdf(counts)),
            (ours.log_survival(counts), theirs.logsf(counts)),
        ):
            known = np.isfinite(exact) & (exact > -600)
            np.testing.assert_allclose(log_tail.numpy()[known], exact[known], rtol=2e-8, atol=2e-16)
    assert (ours.log_cdf(f64([-1.0] * 5)) == -torch.inf).all()
    assert (ours.log_survival(f64([-1.0] * 5)) == 0).all()


def test_tails_beyond_the_reach_of_floats_keep_their_logarithm():
    with mpmath.workdps(50):
        sums = [mpmath.nsum(lambda j: mpmath.exp(-2) * mpmath.mpf(2) ** j / mpmath.factorial(j), [401, 600])]
        sums.append(
            mpmath.fsum(mpmath.exp(-3000) * mpmath.mpf(3000) ** j / mpmath.factorial(j) for j in range(6))
        )
        exact = [float(mpmath.log(each)) for each in sums]
    np.testing.assert_allclose(Poisson(f64([2.0])).log_survival(f64([400.0])), exact[0], rtol=1e-10)
    np.testing.assert_allclose(Poisson(f64([3000.0])).log_cdf(f64([5.0])), exact[1], rtol=1e-10)


@pytest.mark.parametrize("name", ["log_prob", "log_cdf", "log_survival"])
def test_likelihoods_and_tails_are_trainable(name):
    counts, means, dispersions = f64([0.0, 2.0, 9.0]), f64([0.3, 2.4, 7.0]), f64([0.2, 1.5, 0.04])
    check_trainable(lambda y, rate: getattr(Poisson(rate, validate_args=False), name)(y), [means], counts)
    check_trainable(
        lambda y, mean, alpha: getattr(NegativeBinomial(mean, alpha, validate_args=False), name)(y),
        [means, dispersions],
        counts,
        second=name == "log_prob",
    )


def test_binomial_likelihood_is_trainable():
    pairs = f64([[2.0, 1.0], [0.0, 4.0], [30.0, 1.0]])
    check_trainable(
        lambda y, logits: Binomial(logits, validate_args=False).log_prob(y), [f64([0.3, -2.0, 5.0])], pairs
    )


@pytest.mark.parametrize("raw", [-85.0, -30.0, 0.0, 30.0])
@pytest.mark.parametrize("count", [0.0, 1.0, 50.0, 1e6])
def test_float32_gradients_are_finite_everywhere(raw, count):
    y = torch.tensor([count])
    for shape in (-85.0, -20.0, 0.0, 20.0, 85.0):
        raws = torch.tensor([[raw], [shape]], requires_grad=True)
        mean, alpha = raws.exp().unbind()
        for value in (
            Poisson(mean, validate_args=False).log_prob(y),
            NegativeBinomial(mean, alpha, validate_args=False).log_prob(y),
            Binomial(raws[0] * 3, validate_args=False).log_prob(torch.tensor([[count, 3.0]])),
        ):
            (slope,) = torch.autograd.grad(value.sum(), raws, allow_unused=True, retain_graph=True)
            assert value.isfinite().all()
            assert slope.isfinite().all()


@pytest.mark.parametrize("count", [0.0, 3.0, 2000.0])
@pytest.mark.parametrize("mean", [1e-6, 0.5, 40.0, 1e4])
def test_float32_tails_are_those_of_float64(count, mean):
    for make in (
        lambda m: Poisson(m, validate_args=False),
        lambda m: NegativeBinomial(m, torch.full_like(m, 0.2), validate_args=False),
    ):
        mean32 = torch.tensor([mean], requires_grad=True)
        mean64 = mean32.detach().double().requires_grad_()
        for name in ("log_cdf", "log_survival"):
            ours = getattr(make(mean32), name)(torch.tensor([count]))
            exact = getattr(make(mean64), name)(f64([count]))
            torch.testing.assert_close(ours.double(), exact, rtol=1e-3, atol=1e-6)
            (slope,) = torch.autograd.grad(ours.sum(), mean32)
            (steep,) = torch.autograd.grad(exact.sum(), mean64)
            torch.testing.assert_close(slope.double(), steep, rtol=1e-2, atol=1e-6)


def test_binomial_reads_successes_and_failures_or_counts():
    logits = f64([0.3, -1.0])
    pairs = f64([[2.0, 1.0], [0.0, 4.0]])
    exact = stats.binom([3, 4], torch.sigmoid(logits)).logpmf([2, 0])
    np.testing.assert_allclose(Binomial(logits).log_prob(pairs), exact)
    np.testing.assert_allclose(Binomial(logits).log_prob(pairs.expand(3, 2, 2)), np.tile(exact, (3, 1)))
    np.testing.assert_allclose(Binomial(logits, f64([3.0, 4.0])).log_prob(f64([2.0, 0.0])), exact)
    assert (Binomial(logits, 3.0).latent.log_prob(f64([4.0, -1.0])) == -torch.inf).all()

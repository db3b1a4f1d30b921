import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from small_families import predicted, tensor

from deepstat.distributions.censored import censored
from deepstat.distributions.family import family_of
from deepstat.distributions.hurdle import hurdle
from deepstat.distributions.mixture import mixture
from deepstat.distributions.predicted import PredictedDistribution
from deepstat.distributions.truncated import truncated
from deepstat.records import Distribution

NORMAL = {"loc": [0.0, 5.0, -1.0], "scale": [1.0, 2.0, 0.5]}
OTHER = {"loc": [1.0, 4.0, -9.0], "scale": [0.5, 2.5, 0.1]}


def ensemble():
    return predicted("normal", NORMAL, OTHER)


def mixed(method, y, row):
    parts = [(each["loc"][row], each["scale"][row]) for each in (NORMAL, OTHER)]
    return sum(getattr(stats.norm, method)(y, *part) for part in parts) / 2


def test_one_member_is_scipys_normal():
    each = predicted("normal", NORMAL)
    frozen = stats.norm(NORMAL["loc"], NORMAL["scale"])
    y = np.array([0.3, 4.0, -1.0])
    for ours, theirs in [
        (each.mean, frozen.mean()),
        (each.variance, frozen.var()),
        (each.std, frozen.std()),
        (each.median, frozen.median()),
        (each.center, frozen.mean()),
        (each.log_prob(y), frozen.logpdf(y)),
        (each.pdf(y), frozen.pdf(y)),
        (each.cdf(y), frozen.cdf(y)),
        (each.icdf(0.3), frozen.ppf(0.3)),
        (each.entropy(), frozen.entropy()),
        (each.interval(0.9), np.column_stack(frozen.interval(0.9))),
    ]:
        assert ours.dtype == np.float64
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_places_may_be_a_number_a_column_or_a_table():
    each = predicted("normal", NORMAL)
    assert each.cdf(0.0).shape == (3,)
    grid = np.linspace(-2, 2, 5)
    np.testing.assert_allclose(
        each.pdf(grid[None]),
        stats.norm.pdf(grid, tensor(NORMAL["loc"])[:, None], tensor(NORMAL["scale"])[:, None]),
    )
    assert each.icdf([0.1, 0.2]).shape == (3, 2)
    with pytest.raises(ValueError, match="there are 3 rows"):
        each.cdf([0.0, 1.0])


def test_members_are_mixed_with_equal_weights():
    each = ensemble()
    for row in range(3):
        assert each.cdf(0.5)[row] == pytest.approx(mixed("cdf", 0.5, row), rel=1e-12)
        assert each.log_prob(0.5)[row] == pytest.approx(math.log(mixed("pdf", 0.5, row)), rel=1e-12)
        found = each.icdf([0.01, 0.5, 0.97])[row]
        np.testing.assert_allclose(mixed("cdf", found, row), [0.01, 0.5, 0.97], rtol=1e-9)
    loc, scale = np.array([NORMAL["loc"], OTHER["loc"]]), np.array([NORMAL["scale"], OTHER["scale"]])
    np.testing.assert_allclose(each.mean, loc.mean(0))
    np.testing.assert_allclose(each.variance, (scale**2 + loc**2).mean(0) - loc.mean(0) ** 2)
    assert [sorted(member) for member in each.parameters] == [["loc", "scale"]] * 2
    assert each.n_members == 2


def crps_by_quadrature(cdf, y, low, high, points=()):
    options = {"limit": 400, "epsabs": 1e-12}
    below = integrate.quad(
        lambda x: cdf(x) ** 2, low, y, points=[p for p in points if low < p < y] or None, **options
    )
    above = integrate.quad(
        lambda x: (1 - cdf(x)) ** 2, y, high, points=[p for p in points if y < p < high] or None, **options
    )
    return below[0] + above[0]


def test_crps_of_an_ensemble_of_normals_equals_quadrature():
    found = ensemble().crps([0.2, 9.0, -5.0])
    for row, y in enumerate([0.2, 9.0, -5.0]):
        points = [each["loc"][row] for each in (NORMAL, OTHER)]
        expected = crps_by_quadrature(lambda x, row=row: mixed("cdf", x, row), y, -30, 30, points)
        assert found[row] == pytest.approx(expected, rel=1e-7)


GAMMAS = (
    {"mean": [1.0, 0.01], "concentration": [0.5, 30.0]},
    {"mean": [9.0, 8.0], "concentration": [50.0, 400.0]},
)


def test_numbers_without_closed_form_equal_quadrature():
    each = predicted("gamma", *GAMMAS)
    y = np.array([2.0, 20.0])
    for row in range(2):
        parts = [
            stats.gamma(m["concentration"][row], scale=m["mean"][row] / m["concentration"][row])
            for m in GAMMAS
        ]
        points = sorted(q for part in parts for q in part.ppf([0.001, 0.5, 0.999]))

        def cdf(x, parts=parts):
            return sum(part.cdf(x) for part in parts) / 2

        assert each.crps(y)[row] == pytest.approx(crps_by_quadrature(cdf, y[row], 0, 40, points), rel=1e-6)

        def surprise(u, parts=parts):
            return -sum(np.log(sum(p.pdf(part.ppf(u)) for p in parts) / 2) for part in parts) / 2

        entropy = integrate.quad(surprise, 0, 1, limit=400)[0]
        assert each.entropy()[row] == pytest.approx(entropy, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("normal", {"loc": [0.0, 7.0], "scale": [1.0, 0.01]}),
        ("laplace", {"loc": [0.0, 7.0], "scale": [1.0, 0.01]}),
        ("student_t", {"df": [3.0, 30.0], "loc": [0.0, 1.0], "scale": [1.0, 2.0]}),
        ("gamma", {"mean": [1.0, 3.0], "concentration": [0.3, 8.0]}),
        ("lognormal", {"loc": [0.0, 1.0], "scale": [1.0, 0.2]}),
        ("poisson", {"rate": [0.3, 40.0]}),
        ("negative_binomial", {"mean": [0.3, 9.0], "dispersion": [2.0, 0.3]}),
    ],
)
def test_quadrature_and_summation_equal_the_closed_forms(name, values):
    """The numerical scores and entropies, forced by two equal members, against the families' own."""
    one, two = predicted(name, values), predicted(name, values, values)
    y = np.round(one.icdf(0.8))
    np.testing.assert_allclose(two.crps(y), one.crps(y), rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(two.entropy(), one.entropy(), rtol=1e-8, atol=1e-10)


def test_rows_are_chosen_as_in_numpy():
    each = ensemble()
    assert len(each) == 3
    for rows in (1, slice(0, 2), np.array([True, False, True]), [2, 0], -1):
        index = np.atleast_1d(np.arange(3)[rows])
        assert len(each[rows]) == len(index)
        np.testing.assert_allclose(each[rows].mean, each.mean[index])
        np.testing.assert_allclose(each[rows].icdf(0.9), each.icdf(0.9)[index], rtol=1e-12)
    assert [row.mean[0] for row in each] == list(each.mean)
    with pytest.raises(IndexError):
        each[3]


def test_constants_count_for_all_rows():
    each = predicted("normal", {"loc": [0.0, 1.0], "scale": [2.0]})
    np.testing.assert_allclose(each[1].std, [2.0])
    with pytest.raises(ValueError, match="has 2 rows, but another one has 3"):
        predicted("normal", {"loc": [0.0, 1.0, 2.0], "scale": [2.0, 1.0]})


def test_samples_are_reproducible_and_leave_the_generator_alone():
    each = ensemble()
    before = torch.get_rng_state()
    one = each.sample(500, random_state=3)
    assert torch.equal(before, torch.get_rng_state())
    np.testing.assert_array_equal(one, each.sample(500, random_state=3))
    assert not np.array_equal(one, each.sample(500, random_state=4))
    assert (one.shape, each.sample(random_state=1).shape) == ((500, 3), (3,))
    assert each.sample(2, random_state=np.random.RandomState(0)).shape == (2, 3)
    for row in range(3):
        assert stats.kstest(one[:, row], lambda y, row=row: mixed("cdf", y, row)).pvalue > 0.005


def test_intervals_of_counts_are_the_shortest_with_enough_probability():
    each = predicted("poisson", {"rate": [0.05, 3.0, 40.0]}, {"rate": [0.1, 9.0, 40.0]})
    found, attained = each.interval(0.9), each.attained(0.9)
    for row, (low, high) in enumerate(found):
        k = np.arange(120)
        p = each[row].pmf(k[None])[0]
        c = np.concatenate([[0], p.cumsum()])
        best = min((h - lo, -(c[h + 1] - c[lo])) for lo in k for h in k[lo:] if c[h + 1] - c[lo] >= 0.9)
        assert high - low == best[0]
        assert attained[row] == pytest.approx(-best[1], rel=1e-9)
        assert attained[row] >= 0.9
    assert predicted("normal", NORMAL).attained(0.9) == pytest.approx(0.9)


def test_regions_of_two_modes_have_two_intervals_with_the_probability_asked_for():
    each = predicted(
        "normal", {"loc": [-3.0, 0.0], "scale": [1.0, 1.0]}, {"loc": [3.0, 0.0], "scale": [0.5, 1.0]}
    )
    both, one = each.hdr(0.9)
    assert both.shape == (2, 2)
    ends = both.ravel()
    mass = sum(np.diff(each[0].cdf(part[None])[0])[0] for part in both)
    assert mass == pytest.approx(0.9, abs=1e-9)
    np.testing.assert_allclose(each[0].pdf(ends[None])[0], each[0].pdf(ends[0])[0], rtol=1e-6)
    np.testing.assert_allclose(one, [stats.norm.interval(0.9)], rtol=1e-6)


def test_a_point_mass_has_no_region_of_highest_density():
    with pytest.raises(NotImplementedError, match="hurdle"):
        predicted("gamma", {"mean": [1.0], "concentration": [2.0], "gate": [0.0]}, wrapper=hurdle).hdr()


def test_regions_of_counts_are_runs_of_the_most_probable():
    region = predicted("poisson", {"rate": [1.0]}, {"rate": [60.0]}).hdr(0.8)[0]
    assert region.shape == (2, 2)
    k = np.arange(200)
    p = (stats.poisson.pmf(k, 1.0) + stats.poisson.pmf(k, 60.0)) / 2
    chosen = np.zeros(200, dtype=bool)
    chosen[np.argsort(-p)[: np.searchsorted(np.sort(p)[::-1].cumsum(), 0.8) + 1]] = True
    inside = np.zeros(200, dtype=bool)
    for low, high in region:
        inside |= (k >= low) & (k <= high)
    np.testing.assert_array_equal(inside, chosen)


def test_the_region_of_a_monotone_density_starts_at_its_end():
    region = predicted("gamma", {"mean": [1.0], "concentration": [1.0]}).hdr(0.9)[0]
    np.testing.assert_allclose(region, [[0.0, -math.log(0.1)]], atol=1e-5)


KAPPA = {"loc": [3.0, 0.0], "concentration": [4.0, 0.5]}


def test_directions_have_a_mean_direction_and_an_arc():
    each = predicted("von_mises", KAPPA)
    np.testing.assert_allclose(each.mean, KAPPA["loc"])
    resultant = [stats.vonmises(k).expect(np.cos, lb=-math.pi, ub=math.pi) for k in KAPPA["concentration"]]
    np.testing.assert_allclose(each.variance, 1 - np.array(resultant), rtol=1e-7)
    np.testing.assert_allclose(each.std, np.sqrt(-2 * np.log(resultant)), rtol=1e-7)
    low, high = each.interval(0.8).T
    half = stats.vonmises.ppf(0.9, KAPPA["concentration"])
    np.testing.assert_allclose(high - low, 2 * half, rtol=1e-7)
    np.testing.assert_allclose((low + high) / 2 % (2 * math.pi), KAPPA["loc"], atol=1e-9)


def test_ensembles_of_directions_equal_quadrature():
    members = (KAPPA, {"loc": [-3.0, 1.0], "concentration": [2.0, 30.0]})
    each = predicted("von_mises", *members)

    def density(y, row):
        return sum(stats.vonmises.pdf(y - m["loc"][row], m["concentration"][row]) for m in members) / 2

    grid = np.linspace(-math.pi, math.pi, 4001)[:-1]
    step = grid[1] - grid[0]
    for row, y in enumerate([2.0, -1.0]):
        p = density(grid, row)
        moment = (p * np.exp(1j * grid)).sum() * step
        assert each.mean[row] == pytest.approx(np.angle(moment), abs=1e-9)
        assert each.variance[row] == pytest.approx(1 - abs(moment), rel=1e-9)
        assert each.entropy()[row] == pytest.approx(-(p * np.log(p)).sum() * step, rel=1e-9)

        def apart(a, b):
            return np.abs((a - b + math.pi) % (2 * math.pi) - math.pi)

        to_y = (p * apart(grid, y)).sum() * step
        between = (p[:, None] * p * apart(grid[:, None], grid)).sum() * step**2
        assert each.crps([2.0, -1.0])[row] == pytest.approx(to_y - between / 2, abs=1e-6)
        low, high = each.interval(0.7)[row]
        assert integrate.quad(density, low, high, args=(row,))[0] == pytest.approx(0.7, rel=1e-8)
        assert (low + high) / 2 == pytest.approx(
            each.mean[row] + 2 * math.pi * round((low - each.mean[row]) / 6.3), abs=2 * math.pi
        )
    for what in (lambda: each.cdf(0.0), lambda: each.icdf(0.5), lambda: each.hdr(0.5)):
        with pytest.raises(NotImplementedError, match="von_mises"):
            what()


def test_a_censored_family_predicts_the_latent_and_the_observed_variable():
    values = {"loc": [0.5, -1.0], "scale": [1.0, 1.0]}
    each = predicted("normal", values, wrapper=lambda f: censored(f, low=0.0, high=2.0))
    np.testing.assert_allclose(each.mean, values["loc"])
    np.testing.assert_allclose(each.cdf(-1.0), stats.norm.cdf(-1.0, values["loc"]))
    np.testing.assert_allclose(each.log_prob(0.0), stats.norm.logcdf(0.0, values["loc"]), rtol=1e-12)
    np.testing.assert_allclose(each.pdf(0.0), stats.norm.pdf(0.0, values["loc"]), rtol=1e-12)
    seen = each.observed()
    low, high = seen.interval(0.9).T
    assert (low >= 0).all()
    assert (high <= 2).all()
    cdf = [lambda x, loc=loc: stats.norm.cdf(x, loc) for loc in values["loc"]]
    expected = [crps_by_quadrature(each_cdf, 0.7, 0, 2) for each_cdf in cdf]
    np.testing.assert_allclose(seen.crps(0.7), expected, rtol=1e-8)
    for row, loc in enumerate(values["loc"]):
        masses = [stats.norm.cdf(0, loc), stats.norm.sf(2, loc)]
        middle = integrate.quad(lambda y, loc=loc: -stats.norm.pdf(y, loc) * stats.norm.logpdf(y, loc), 0, 2)[
            0
        ]
        assert seen.entropy()[row] == pytest.approx(middle - sum(p * math.log(p) for p in masses), rel=1e-8)
    assert seen[1].mean == pytest.approx(seen.mean[1])
    with pytest.raises(NotImplementedError, match="has no observed"):
        predicted("normal", NORMAL).observed()


def test_targets_of_two_ends_have_a_log_likelihood():
    each = predicted("normal", {"loc": [0.0, 1.0], "scale": [1.0, 1.0]}, wrapper=censored)
    found = each.log_prob([[0.0, math.inf], [0.5, 0.5]])
    np.testing.assert_allclose(found, [math.log(0.5), stats.norm.logpdf(-0.5)], rtol=1e-12)
    np.testing.assert_allclose(each.median, [0, 1], atol=1e-12)
    np.testing.assert_allclose(each.pdf(0.5), stats.norm.pdf(0.5, [0, 1]), rtol=1e-12)
    with pytest.raises(NotImplementedError, match="observed"):
        each.observed()


@pytest.mark.parametrize(
    ("name", "wrapper", "values"),
    [
        ("gamma", hurdle, {"mean": [1.0], "concentration": [0.7], "gate": [-1.0]}),
        (
            "gamma",
            lambda f: hurdle(mixture(f)),
            {"mean": [[0.01, 9.0]], "concentration": [[9.0, 90.0]], "weights": [[0.3, 0.7]], "gate": [0.0]},
        ),
        ("normal", lambda f: truncated(f, low=0.5), {"loc": [0.0], "scale": [1.0]}),
        ("tweedie", None, {"mean": [1.5], "dispersion": [0.9]}),
        ("laplace", mixture, {"loc": [[0.0, 9.0]], "scale": [[1.0, 0.01]], "weights": [[0.7, 0.3]]}),
    ],
)
def test_scores_and_entropies_of_mixed_distributions_equal_brute_force(name, wrapper, values):
    each = predicted(name, values, wrapper=wrapper)
    # Brute force: sums over a fine grid, between which the error of neither exceeds what is allowed.
    n = 2_000 if name == "tweedie" else 20_000
    low, high = (float(each.icdf(q)[0]) for q in (1e-9, 1 - 1e-9))
    quantiles = each.icdf(np.linspace(1e-9, 1 - 1e-9, n))[0]
    knots = np.unique(np.concatenate([quantiles, np.linspace(low, high, 2 * n)]))
    cdf = each.cdf(knots[None])[0]
    y = float(each.icdf(0.83)[0])
    area = (cdf - (knots >= y)) ** 2
    crps = np.sum(((area[1:] + area[:-1]) / 2 * np.diff(knots))[(knots[1:] <= y) | (knots[:-1] >= y)])
    assert each.crps(y)[0] == pytest.approx(crps, rel=10 / n)
    surprise = -each.log_prob(each.icdf((np.arange(n) + 0.5) / n))
    assert each.entropy()[0] == pytest.approx(surprise.mean(), abs=10 / n)


def test_what_a_family_lacks_raises_and_names_it():
    record = Distribution(name="mine", target=torch.distributions.Normal, lacks=("variance", "crps"))
    each = PredictedDistribution(
        family_of(record, torch.distributions.Normal), [{"loc": [0.0], "scale": [1.0]}]
    )
    for what in (lambda: each.variance, lambda: each.crps(0.0)):
        with pytest.raises(NotImplementedError, match="The distribution 'mine' has no"):
            what()
    record = Distribution(name="plain", target=torch.distributions.StudentT)
    plain = PredictedDistribution(
        family_of(record, torch.distributions.StudentT), [{"df": [3.0], "loc": [0.0], "scale": [1.0]}]
    )
    assert plain.mean == 0.0
    for what in (
        lambda: plain.cdf(0.0),
        lambda: plain.median,
        lambda: plain.interval(),
        lambda: plain.crps(0.0),
    ):
        with pytest.raises(NotImplementedError, match="The distribution 'plain' has no"):
            what()


def test_a_class_of_torch_gets_what_can_be_computed_from_its_cdf():
    record = Distribution(name="gumbel", target=torch.distributions.Gumbel)
    each = PredictedDistribution(
        family_of(record, torch.distributions.Gumbel), [{"loc": [1.0], "scale": [2.0]}]
    )
    frozen = stats.gumbel_r(1.0, 2.0)
    np.testing.assert_allclose(each.interval(0.8)[0], frozen.interval(0.8), rtol=1e-10)
    assert each.entropy()[0] == pytest.approx(frozen.entropy(), rel=1e-9)
    assert each.crps(3.0)[0] == pytest.approx(crps_by_quadrature(frozen.cdf, 3.0, -20, 90), rel=1e-8)


def test_pdf_and_pmf_are_kept_apart():
    with pytest.raises(NotImplementedError, match="use pmf"):
        predicted("poisson", {"rate": [1.0]}).pdf(1)
    with pytest.raises(NotImplementedError, match="use pdf"):
        predicted("normal", NORMAL).pmf(1)


@pytest.mark.parametrize("level", [0.0, 1.0, 95])
def test_levels_are_probabilities(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        predicted("normal", NORMAL).interval(level)


def test_places_in_read_only_memory_are_taken_without_a_warning():  # as pandas hands its columns out
    y = np.array([0.5, 4.0, -1.0])
    y.flags.writeable = False
    expected = stats.norm(NORMAL["loc"], NORMAL["scale"]).logpdf(y)
    np.testing.assert_allclose(predicted("normal", NORMAL).log_prob(y), expected, rtol=1e-12)
    assert y.tolist() == [0.5, 4.0, -1.0]

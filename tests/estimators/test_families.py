"""From names and options to families."""

import numpy as np
import pytest

from deepstat.builtin.distributions import DISTRIBUTIONS
from deepstat.distributions.family import Family
from deepstat.errors import UnknownName
from deepstat.estimators.families import family_for, resolve_distribution


def names(family: Family):
    return [(p.name, p.per, p.size) for p in family.parameters]


def test_equal_settings_give_one_family():
    one = family_for(resolve_distribution("mixture", {"family": "normal"}), 1, 0)
    other = family_for(resolve_distribution("mixture", {"n_components": 2, "family": "normal"}), 1, 0)
    assert one == other
    assert hash(one) == hash(other)
    assert one is family_for(resolve_distribution("mixture", {"family": "normal"}), 1, 0)


@pytest.mark.parametrize("name", [record.name for record in DISTRIBUTIONS if not record.wraps])
def test_every_builtin_family_is_made_for_its_columns(name):
    resolved = resolve_distribution(name, None)
    columns = resolved.record.columns or 3
    family = family_for(resolved, columns, 4)
    assert family.columns == columns
    assert family.n_row >= 1
    assert (
        family.n_row + family.n_constant
        == sum(
            k for k in [max(1, int(p.size)) * (2 if p.link == "direction" else 1) for p in family.parameters]
        )
        or name == "multivariate_normal"
    )


def test_sizes_follow_the_target():
    assert names(family_for(resolve_distribution("ordinal", None), 1, 5)) == [
        ("location", "row", 0),
        ("thresholds", "constant", 4),
    ]
    normal = family_for(resolve_distribution("multivariate_normal", None), 4, 0)
    assert normal.n_row == 4 + 10


def test_families_inside_wrappers_keep_their_own_columns():
    inner = {"family": "hurdle", "family_params": {"family": "gamma"}}
    family = family_for(resolve_distribution("censored", inner), 2, 0)
    assert family.name == "censored(hurdle(gamma))"
    assert (family.columns, family.distribution.inner.columns) == (2, 1)
    with pytest.raises(ValueError, match="censored cannot wrap 'multivariate_normal'"):
        family_for(resolve_distribution("censored", {"family": "multivariate_normal"}), 2, 0)


def test_options_reach_the_family_that_they_are_for():
    params = {"family": "tweedie", "family_params": {"power": 1.25}, "high": 3}
    family = family_for(resolve_distribution("truncated", {"family": "poisson", "high": 3}), 1, 0)
    assert family.limits == {"high": 3.0}
    with pytest.raises(ValueError, match="hurdle cannot wrap 'tweedie'"):
        family_for(resolve_distribution("hurdle", {k: params[k] for k in ("family", "family_params")}), 1, 0)
    assert dict(family_for(resolve_distribution("tweedie", {"power": 1.25}), 1, 0).options) == {"power": 1.25}


def test_numbers_of_numpy_are_numbers():
    one = resolve_distribution("mixture", {"family": "normal", "n_components": np.int64(3)})
    assert one.options["n_components"] == 3
    assert type(one.options["n_components"]) is int
    assert resolve_distribution("tweedie", {"power": np.float32(1.5)}).options["power"] == 1.5
    low = resolve_distribution("censored", {"family": "normal", "low": np.int32(2)}).options["low"]
    assert (low, type(low)) == (2.0, float)


def test_a_given_link_replaces_that_of_the_first_parameter():
    family = family_for(resolve_distribution("gamma", {"link": "inverse"}), 1, 0)
    assert [p.link for p in family.parameters] == ["inverse", "exp"]
    with pytest.raises(ValueError, match="link='probit' is not among 'exp', 'inverse'"):
        resolve_distribution("gamma", {"link": "probit"})
    with pytest.raises(ValueError, match="'poisson' has no option 'link'"):
        resolve_distribution("poisson", {"link": "inverse"})


@pytest.mark.parametrize(
    ("distribution", "params", "error", "message"),
    [
        ("tweedy", None, UnknownName, "Did you mean 'tweedie'"),
        ("tweedie", {"pwer": 1.5}, ValueError, "no option 'pwer'.*Did you mean 'power'"),
        ("tweedie", {"power": 2.5}, ValueError, "power=2.5 is not allowed"),
        ("tweedie", {"power": [1.5]}, ValueError, "is not allowed"),
        ("tweedie", [("power", 1.5)], TypeError, "distribution_params must be a dict"),
        ("normal", {"family": "gamma"}, ValueError, "'normal' has no option 'family'"),
        ("normal", {"loc": 0.0}, ValueError, "'normal' has no option 'loc'"),
        ("ordinal", {"levels": 3}, ValueError, "no option 'levels': its options are latent"),
        ("ordinal", {"latent": "cauchy"}, ValueError, "latent='cauchy' is not allowed"),
        ("plackett_luce", {"ties": "efron"}, ValueError, "ties='efron' is not allowed"),
        ("mixture", {}, ValueError, "needs the distribution that it changes"),
        ("mixture", {"family": "normal", "n_components": 2.0}, ValueError, "n_components=2.0 is not allowed"),
        (
            "mixture",
            {"family": "normal", "family_params": {"a": 1}},
            ValueError,
            "'normal' has no option 'a'",
        ),
        (
            "censored",
            {"family": "normal", "low": {}},
            TypeError,
            "low={} must be a number, a word or a tuple",
        ),
        (3, None, TypeError, "neither a name nor a callable"),
    ],
)
def test_what_is_no_setting_gets_one_sentence(distribution, params, error, message):
    with pytest.raises(error, match=message):
        resolve_distribution(distribution, params)

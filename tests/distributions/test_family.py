"""Families: parameters from constraints, constants, units."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import distributions
from torch.distributions import constraints

from deepstat.distributions.family import as_tensor, family_of
from deepstat.distributions.normal import Normal
from deepstat.records import Distribution, Parameter


def family(target, **fields):
    return family_of(
        Distribution(name="mine", target=target, **fields), target, columns=fields.pop("columns", 1) or 3
    )


@pytest.mark.parametrize(
    ("target", "links"),
    [
        (distributions.Gumbel, {"loc": "identity", "scale": "exp"}),
        (distributions.Gamma, {"concentration": "exp", "rate": "exp"}),
        (distributions.Poisson, {"rate": "exp"}),
        (distributions.Bernoulli, {"logits": "identity"}),
        (distributions.Cauchy, {"loc": "identity", "scale": "exp"}),
        (distributions.Kumaraswamy, {"concentration1": "exp", "concentration0": "exp"}),
    ],
)
def test_parameters_of_torch_classes_follow_their_constraints(target, links):
    found = family(target)
    assert {p.name: p.link for p in found.parameters} == links
    assert found.n_constant == 0
    distribution = found.build(torch.zeros(2, found.n_row, dtype=torch.float64))
    for name in links:
        assert bool(target.arg_constraints[name].check(getattr(distribution, name)).all())


def test_vectors_and_triangles_have_an_entry_for_each_column():
    found = family(distributions.MultivariateNormal, columns=None)
    assert {p.name: (p.link, p.size) for p in found.parameters} == {
        "loc": ("identity", 3),
        "scale_tril": ("cholesky", 3),
    }
    raw = torch.randn(2, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    built = found.build(raw)
    y = np.array([0.1, 0.2, 0.3])
    for row in range(2):
        mean, covariance = built.loc[row].numpy(), built.covariance_matrix[row].numpy()
        expected = stats.multivariate_normal.logpdf(y, mean, covariance)
        assert built.log_prob(torch.from_numpy(y))[row].item() == pytest.approx(expected)
    assert family(distributions.Dirichlet, columns=None).n_row == 3


class Above(Normal):
    """A parameter that no link keeps in its range."""

    arg_constraints = {"loc": constraints.greater_than(2.0), "scale": constraints.positive}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Above, "asks for 'loc' in GreaterThan"),
        (distributions.Binomial, "asks for 'total_count'"),
        (distributions.Independent, "neither parameters nor arg_constraints"),
        (np.sin, "neither parameters nor arg_constraints"),
    ],
)
def test_other_constraints_need_declared_parameters(target, message):
    with pytest.raises(TypeError, match=message):
        family(target)


def test_constant_parameters_come_last_whatever_their_place():
    record = {"parameters": (Parameter("loc"), Parameter("scale", "exp"))}
    plain = family(Normal, **record)
    swapped = plain.with_constant(("loc",))
    assert (swapped.n_row, swapped.n_constant) == (1, 1)
    raw = torch.tensor([[0.5, 2.0]])
    assert plain.build(raw).loc.item() == 0.5
    assert swapped.build(raw).loc.item() == 2.0
    assert swapped.with_constant(()) == plain
    with pytest.raises(ValueError, match="constant='shape' is no parameter of 'mine': they are loc, scale"):
        plain.with_constant(("shape",))
    with pytest.raises(ValueError, match="leave one that depends on X"):
        plain.with_constant(("loc", "scale"))


def test_floors_are_for_networks_only():
    floored = family(Normal, parameters=(Parameter("loc"), Parameter("scale", "exp", floor=0.1)))
    raw = torch.tensor([[0.0, -50.0]])
    assert floored.build(raw).scale.item() == pytest.approx(0.1)
    assert floored.build(raw, floored=False).scale.item() < 1e-20


def test_units_follow_shifts_and_powers():
    parameters = (
        Parameter("loc", size="columns", shifts=True, power=1.0),
        Parameter("scale_tril", "cholesky", size="columns", power=1.0),
    )
    found = family(distributions.MultivariateNormal, columns=None, parameters=parameters)
    raw = torch.randn(4, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    center, scale = torch.tensor([1.0, 2.0, 3.0]).double(), torch.tensor([10.0, 0.1, 5.0]).double()
    moved = found.at(found.in_units(found.values(raw), center, scale))
    y = torch.zeros(4, 3, dtype=torch.float64)
    standardised = found.build(raw).log_prob((y - center) / scale) - scale.log().sum()
    torch.testing.assert_close(moved.log_prob(y), standardised)
    rate = family(distributions.Exponential, parameters=(Parameter("rate", "exp", power=-1.0),))
    value = rate.in_units({"rate": torch.tensor([2.0])}, torch.zeros(1), torch.tensor([4.0]))
    assert value["rate"].item() == 0.5


def test_read_only_arrays_become_tensors_without_a_warning():
    column = np.arange(3)
    column.flags.writeable = False
    assert as_tensor(column).dtype == torch.float64

"""Newton and L-BFGS against statsmodels' discrete models, on hand-written objectives."""

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from torch.nn.functional import softplus

from deepstat.solvers.gram import gram
from deepstat.solvers.lbfgs import lbfgs
from deepstat.solvers.newton import newton


def logit(X, y, W):
    def objective(b, order):
        eta = b @ X.T
        mean = torch.sigmoid(eta)
        value = (W * (softplus(eta) - y * eta)).sum(1)
        return value, (W * (mean - y)) @ X, gram(X, W * mean * (1 - mean)) if order == 2 else None

    return objective


def poisson(X, y, W):
    def objective(b, order):
        eta = b @ X.T
        mean = eta.exp()
        value = (W * (mean - y * eta)).sum(1)
        return value, (W * (mean - y)) @ X, gram(X, W * mean) if order == 2 else None

    return objective


def spector():
    data = sm.datasets.spector.load_pandas()
    return torch.tensor(sm.add_constant(data.exog.to_numpy())), torch.tensor(data.endog.to_numpy())


def bootstrap_weights(members, rows, seed=0):
    generator = np.random.default_rng(seed)
    return torch.tensor(
        generator.multinomial(rows, np.full(rows, 1 / rows), size=members), dtype=torch.float64
    )


def simulated(rows=300, columns=4, seed=1):
    generator = np.random.default_rng(seed)
    X = np.c_[np.ones(rows), generator.normal(size=(rows, columns - 1))]
    eta = X @ np.linspace(-0.5, 1.0, columns)
    return (
        X,
        (generator.random(rows) < 1 / (1 + np.exp(-eta))).astype(float),
        generator.poisson(np.exp(eta / 2)),
    )


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_logit_on_spector_equals_statsmodels(solver):
    X, y = spector()
    reference = sm.Logit(y.numpy(), X.numpy()).fit(method="newton", tol=1e-14, maxiter=200, disp=0)
    found = solver(logit(X, y, torch.ones(1, len(y))), torch.zeros(1, 4))
    assert found.converged.all()
    np.testing.assert_allclose(found.x[0], reference.params, rtol=1e-7 if solver is lbfgs else 1e-11)
    np.testing.assert_allclose(-found.value[0], reference.llf, rtol=1e-13)


def test_the_hessian_at_the_solution_gives_statsmodels_standard_errors():
    X, y = spector()
    found = newton(logit(X, y, torch.ones(1, len(y))), torch.zeros(1, 4))
    reference = sm.Logit(y.numpy(), X.numpy()).fit(method="newton", tol=1e-14, maxiter=200, disp=0)
    np.testing.assert_allclose(
        torch.linalg.inv(found.hessian[0]).diagonal().sqrt(), reference.bse, rtol=1e-10
    )
    assert found.gradient.abs().max() < 1e-11


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_poisson_equals_statsmodels(solver):
    X, _, counts = simulated()
    reference = sm.Poisson(counts, X).fit(method="newton", tol=1e-14, maxiter=200, disp=0)
    found = solver(poisson(torch.tensor(X), torch.tensor(counts), torch.ones(1, 300)), torch.zeros(1, 4))
    assert found.converged.all()
    np.testing.assert_allclose(found.x[0], reference.params, rtol=1e-8)


def test_poisson_overshooting_to_overflow_is_backtracked():
    X = torch.ones(3, 1, dtype=torch.float64)
    y = torch.tensor([1e6, 2e6, 3e6], dtype=torch.float64)
    found = newton(poisson(X, y, torch.ones(1, 3)), torch.zeros(1, 1))
    assert found.converged.all()
    np.testing.assert_allclose(found.x[0, 0], np.log(2e6), rtol=1e-14)


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_a_member_of_a_population_equals_its_solo_fit(solver):
    X, y, _ = simulated()
    X, y, W = torch.tensor(X), torch.tensor(y), bootstrap_weights(20, 300)
    together = solver(logit(X, y, W), torch.zeros(20, 4))
    for k in (0, 7, 19):
        alone = solver(logit(X, y, W[k : k + 1]), torch.zeros(1, 4))
        torch.testing.assert_close(together.x[k], alone.x[0], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_narrowing_changes_the_work_and_not_the_result(solver):
    X, y, _ = simulated(rows=60)
    X, y, W = torch.tensor(X), torch.tensor(y), bootstrap_weights(30, 60)
    start = torch.randn(30, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    sizes = []

    def narrow(members):
        sizes.append(len(members))
        return logit(X, y, W[members])

    narrowed = solver(logit(X, y, W), start, narrow=narrow)
    whole = solver(logit(X, y, W), start)
    torch.testing.assert_close(narrowed.x, whole.x, rtol=1e-8, atol=1e-9)
    assert sizes
    assert max(sizes) <= 15


def test_a_thousand_bootstrap_logits_have_the_score_at_zero():
    X, y, _ = simulated(rows=100)
    X, y, W = torch.tensor(X), torch.tensor(y), bootstrap_weights(1000, 100)
    found = newton(logit(X, y, W), torch.zeros(1000, 4))
    assert found.converged.all()
    mean = 1 / (1 + np.exp(-(X.numpy() @ found.x.numpy().T)))
    score = np.einsum("kn,nk,np->kp", W.numpy(), y.numpy()[:, None] - mean, X.numpy())
    assert np.abs(score).max() < 1e-8


@pytest.mark.parametrize(("solver", "scale"), [(newton, 1.0), (newton, 1e-6), (newton, 1e6), (lbfgs, 1.0)])
def test_separated_data_do_not_pretend_convergence(solver, scale):
    X, _, _ = simulated()
    y = torch.tensor((X @ [0.3, 1.0, -1.0, 0.5] > 0).astype(float))
    X = torch.tensor(X * [1.0, scale, 1.0, 1.0])
    W = bootstrap_weights(10, 300)
    found = solver(logit(X, y, W), torch.zeros(10, 4), max_iter=150)
    assert not found.converged.any()
    assert torch.isfinite(found.x).all()


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_one_separating_column_does_not_pretend_convergence(solver):
    X, y, _ = simulated()
    dummy = np.zeros(300)
    dummy[np.flatnonzero(y)[:5]] = 1.0  # a level with five rows, all of them successes
    X, y = torch.tensor(np.c_[X, dummy]), torch.tensor(y)
    W = torch.ones(2, 300, dtype=torch.float64)
    W[1, dummy > 0] = 0.5
    found = solver(logit(X, y, W), torch.zeros(2, 5), max_iter=150)
    assert not found.converged.any()


def test_a_separated_member_does_not_disturb_the_others():
    X, y, _ = simulated(rows=80)
    X = torch.tensor(X)
    y = torch.stack([torch.tensor(y), (X[:, 1] > 0.0).double(), torch.tensor(y)])
    found = newton(logit(X, y, torch.ones(3, 80)), torch.zeros(3, 4))
    assert found.converged.tolist() == [True, False, True]
    torch.testing.assert_close(found.x[0], found.x[2], rtol=0, atol=0)


def test_newton_is_indifferent_to_the_units_of_the_columns():
    X, y, _ = simulated()
    units = np.array([1.0, 1e-7, 1e8, 1.0])
    y = torch.tensor(y)
    plain = newton(logit(torch.tensor(X), y, torch.ones(1, 300)), torch.zeros(1, 4))
    scaled = newton(logit(torch.tensor(X * units), y, torch.ones(1, 300)), torch.zeros(1, 4))
    assert scaled.converged.all()
    np.testing.assert_allclose(scaled.x[0].numpy() * units, plain.x[0], rtol=1e-11)


def rosenbrock(x, order):
    a, b = x[:, 0], x[:, 1]
    value = 100 * (b - a**2) ** 2 + (1 - a) ** 2
    gradient = torch.stack([-400 * a * (b - a**2) - 2 * (1 - a), 200 * (b - a**2)], 1)
    across = -400 * a
    rows = [torch.stack([1200 * a**2 - 400 * b + 2, across], 1), torch.stack([across, 0 * a + 200], 1)]
    return value, gradient, torch.stack(rows, 1) if order == 2 else None


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_rosenbrock_from_where_the_hessian_is_indefinite(solver):
    start = torch.tensor([[-1.2, 1.0], [0.0, 2.0], [-2.0, 8.0], [5.0, -5.0]], dtype=torch.float64)
    found = solver(rosenbrock, start)
    assert found.converged.all()
    torch.testing.assert_close(found.x, torch.ones(4, 2, dtype=torch.float64), rtol=0, atol=1e-8)


def saddle(x, order):
    a, b = x[:, 0], x[:, 1]
    gradient = torch.stack([2 * a, 4 * b**3 - 2 * b], 1)
    H = torch.diag_embed(torch.stack([2 + 0 * a, 12 * b**2 - 2], 1))
    return a**2 + b**4 - b**2, gradient, H if order == 2 else None


def test_a_saddle_point_is_left_or_reported():
    found = newton(saddle, torch.tensor([[1.0, 1e-3], [1.0, 0.0]], dtype=torch.float64))
    assert found.converged.tolist() == [True, False]
    np.testing.assert_allclose(found.x[0].abs(), [0.0, 0.5**0.5], atol=1e-12)


def test_a_saddle_point_with_positive_second_derivatives_is_reported():
    def turned(x, order):
        T = torch.tensor([[3.0, 3.0], [1.0, -1.0]], dtype=torch.float64)
        value, gradient, hessian = saddle(x @ T.T, order)
        return value, gradient @ T, None if hessian is None else T.T @ hessian @ T

    found = newton(turned, torch.zeros(1, 2))
    assert (found.hessian[0].diagonal() > 0).all()
    assert found.gradient.abs().max() == 0
    assert not found.converged.any()


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_a_member_that_starts_where_the_objective_is_not_finite_stays_there(solver):
    def objective(x, order):
        return (x - x.log()).sum(1), 1 - 1 / x, torch.diag_embed(x**-2) if order == 2 else None

    found = solver(objective, torch.tensor([[-1.0], [3.0], [20.0]], dtype=torch.float64))
    assert found.converged.tolist() == [False, True, True]
    assert found.x[0, 0] == -1
    assert found.n_iter[0] == 0
    np.testing.assert_allclose(found.x[1:, 0], 1.0, atol=1e-10)


@pytest.mark.parametrize("fault", ["value", "gradient", "hessian"])
def test_not_a_number_behind_the_start_is_never_accepted(fault):
    def objective(x, order):
        bad = torch.where(x[:, 0] > 0.5, torch.nan, 0.0)
        value, gradient, hessian = (x - 1).square().sum(1), 2 * (x - 1), 2 * torch.ones(len(x), 1, 1).double()
        if fault == "value":
            value = value + bad
        elif fault == "gradient":
            gradient = gradient + bad[:, None]
        else:
            hessian = hessian + bad[:, None, None]
        return value, gradient, hessian

    found = newton(objective, torch.zeros(1, 1))
    assert not found.converged.any()
    assert torch.isfinite(found.x).all()
    assert found.x[0, 0] <= 0.5


def test_a_wrong_gradient_is_not_called_converged():
    def objective(x, order):  # planted: the sign of one derivative
        return (
            x.square().sum(1),
            2 * x * torch.tensor([1.0, -1.0]),
            2 * torch.eye(2).double().expand(len(x), 2, 2),
        )

    assert not newton(objective, torch.ones(1, 2)).converged.any()
    assert not lbfgs(objective, torch.ones(1, 2)).converged.any()


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_running_out_of_iterations_is_not_convergence(solver):
    found = solver(rosenbrock, torch.tensor([[-1.2, 1.0]]), max_iter=3)
    assert not found.converged.any()
    assert found.n_iter.tolist() == [3]


@pytest.mark.parametrize("solver", [newton, lbfgs])
def test_a_start_that_is_no_finite_matrix_is_refused(solver):
    with pytest.raises(ValueError, match="start has 1 dimension"):
        solver(rosenbrock, torch.zeros(2))
    with pytest.raises(ValueError, match="NaN or infinite"):
        solver(rosenbrock, torch.tensor([[torch.nan, 0.0]]))


def test_a_member_that_runs_off_to_infinity_stops_where_its_curvature_is_lost():
    x = torch.tensor([-2.0, -1.0, 1.0, 2.0])
    y = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]])  # separated; not separated

    def objective(b, order):
        mean = torch.sigmoid(b * x)
        value = torch.nn.functional.softplus(torch.where(y > 0.5, -b * x, b * x)).sum(1)
        return value, ((mean - y) * x).sum(1, keepdim=True), (mean * (1 - mean) * x**2).sum(1)[:, None, None]

    found = newton(objective, torch.zeros(2, 1, dtype=torch.float64), max_iter=500)
    assert found.converged.tolist() == [False, True]
    assert int(found.n_iter[0]) < 40
    assert float(found.x[0]) < 60


def test_a_member_whose_value_is_rounding_stops():
    def objective(x, order):  # falls to one and stays there, with a slope that is not zero
        return (
            1 + x.exp().sum(1) * 1e-30 + x.sum(1) * 1e-20,
            x.exp() * 1e-30 + 1e-20,
            (x.exp() * 1e-30)[:, :, None],
        )

    found = newton(objective, torch.full((1, 1), 1.0, dtype=torch.float64), max_iter=500, tol=1e-300)
    assert not found.converged.any()
    assert int(found.n_iter[0]) <= 12

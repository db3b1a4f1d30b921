"""Linear fits under each loss against classical ones, and equivariance under changes of the target's units.

The fits are by Adam with a cosine schedule in full batches, so they come near the optimum and not to it: the distance
to a reference is stated in its standard errors.
"""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import integrate, optimize, special, stats
from sklearn.linear_model import QuantileRegressor

from deepstat import DeepRegressor

LINEAR = {
    "architecture": "linear",
    "learning_rate": 0.05,
    "max_epochs": 800,
    "batch_size": 10_000,
    "early_stopping": False,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)) * [1.0, 10.0] + [0.0, 50.0]
    y = 3.0 + X @ [2.0, -0.5] + rng.standard_t(3, size=200)
    y[:20] += 30.0  # a tenth of the rows are outliers
    return X, y


def coefficients(model):
    layer = model.network_.linear
    weight = layer.weight.detach().numpy()[0]
    center = np.array([column.center[0] for column in model.schema_.columns])
    scale = np.array([column.scale[0] for column in model.schema_.columns])
    slope = weight / scale * model.target_.scale[0]
    start = layer.bias.item() * model.target_.scale[0] + model.target_.center[0] - slope @ center
    return np.r_[start, slope]


def test_squared_is_least_squares(data):
    X, y = data
    reference = sm.OLS(y, sm.add_constant(X)).fit()
    found = coefficients(DeepRegressor(**LINEAR).fit(X, y))
    assert (np.abs(found - reference.params) / reference.bse).max() < 1e-3


def robust(X, y, norm):
    """RLM with the same rule for the scale: the median absolute residual around zero, updated to convergence."""
    model = sm.RLM(y, sm.add_constant(X), M=norm)
    return model.fit(scale_est="mad", update_scale=True, tol=1e-12, maxiter=5000, conv="coefs")


@pytest.mark.parametrize("delta", [1.345, 2.0])
def test_huber_agrees_with_rlm(delta, data):
    X, y = data
    reference = robust(X, y, sm.robust.norms.HuberT(delta))
    model = DeepRegressor(loss="huber", loss_params={"delta": delta}, **LINEAR).fit(X, y)
    assert (np.abs(coefficients(model) - reference.params) / reference.bse).max() < 0.01
    assert model.members_[0].scale.item() * model.target_.scale[0] == pytest.approx(
        reference.scale, rel=0.005
    )
    least_squares = sm.OLS(y, sm.add_constant(X)).fit().params
    assert abs(least_squares[0] - 3.0) > 2 * abs(coefficients(model)[0] - 3.0)


def test_tukey_starts_from_huber_and_keeps_its_scale(data):
    X, y = data
    huber = robust(X, y, sm.robust.norms.HuberT(1.345))
    start = sm.RLM(y, sm.add_constant(X), M=sm.robust.norms.TukeyBiweight(4.685))
    reference = start.fit(
        scale_est=lambda residual: huber.scale, start_params=huber.params, tol=1e-12, maxiter=5000
    )
    model = DeepRegressor(loss="tukey", **LINEAR).fit(X, y)
    assert model.members_[0].scale.item() * model.target_.scale[0] == pytest.approx(huber.scale, rel=0.005)
    assert (np.abs(coefficients(model) - reference.params) / reference.bse).max() < 0.01


def test_a_scale_that_is_a_number_is_in_units_of_the_target(data):
    X, y = data
    reference = sm.RLM(y, sm.add_constant(X), M=sm.robust.norms.HuberT(1.345 * 0.7))
    fixed = reference.fit(
        scale_est=lambda residual: 1.0, tol=1e-12, maxiter=5000, conv="coefs", update_scale=True
    )
    model = DeepRegressor(loss="huber", loss_params={"scale": 0.7}, **LINEAR).fit(X, y)
    assert (np.abs(coefficients(model) - fixed.params) / fixed.bse).max() < 0.01


def test_proposal_two_is_the_scale_of_huber(data):
    X, y = data
    model = DeepRegressor(loss="huber", loss_params={"scale": "huber"}, **LINEAR).fit(X, y)
    residual = y - model.predict(X)
    scale = float(model.members_[0].scale[0]) * model.target_.scale[0]
    inside = np.minimum((residual / scale) ** 2, 2.5**2).mean()
    normal = stats.norm
    expected = normal.expect(lambda z: np.minimum(z**2, 2.5**2), lb=-12, ub=12)
    assert inside == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("tau", [0.25, 0.5, 0.9])
def test_quantiles_are_those_of_the_linear_programme(tau, data):
    X, y = data
    model = DeepRegressor(loss="quantile", loss_params={"tau": tau}, **LINEAR).fit(X, y)

    def pinball(prediction):
        return np.mean(np.where(y > prediction, tau, tau - 1) * (y - prediction))

    best = QuantileRegressor(quantile=tau, alpha=0, solver="highs").fit(X, y).predict(X)
    assert pinball(model.predict(X)) < 1.001 * pinball(best)
    if tau == 0.5:
        absolute = DeepRegressor(loss="absolute", **LINEAR).fit(X, y)
        assert pinball(absolute.predict(X)) < 1.001 * pinball(best)


def test_the_constants_of_barrons_likelihood_are_in_units_of_the_target():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(500, 1))
    y = 4.0 * X[:, 0] + 2.5 * rng.standard_t(4, size=500)
    model = DeepRegressor(loss="barron_likelihood", **LINEAR).fit(X, y)

    def rho(x, alpha):
        b = 2.0 - alpha
        return b / alpha * ((x**2 / b + 1.0) ** (alpha / 2.0) - 1.0)

    def negative_log_likelihood(raw):  # the normalising constant by quadrature
        alpha, c = 2.0 * special.expit(raw[0]), np.exp(raw[1])
        constant = 2.0 * integrate.quad(lambda x: np.exp(-rho(x, alpha)), 0, np.inf)[0]
        return np.mean(rho((y - model.predict(X)) / c, alpha)) + np.log(c * constant)

    best = optimize.minimize(
        negative_log_likelihood, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}
    )
    assert model.constants_["c"] == pytest.approx([np.exp(best.x[1])], rel=0.01)
    assert model.constants_["alpha"] == pytest.approx([2.0 * special.expit(best.x[0])], rel=0.02)
    thousand = DeepRegressor(loss="barron_likelihood", **LINEAR).fit(X, 1000 * y)
    np.testing.assert_allclose(thousand.constants_["c"], 1000 * model.constants_["c"], rtol=1e-6)
    np.testing.assert_allclose(thousand.constants_["alpha"], model.constants_["alpha"], rtol=1e-6)


LOSSES = {
    "squared": {},
    "absolute": {},
    "huber": {"delta": 1.0},
    "tukey": {},
    "barron": {"alpha": 0.5},
    "barron_likelihood": {},
    "charbonnier": {},
    "cauchy": {},
    "geman_mcclure": {},
    "welsch": {},
    "quantile": {"tau": 0.8},
    "expectile": {"tau": 0.8},
    "log_cosh": {},
    "huber with a number": {"scale": 0.7},
    "epsilon_insensitive": {"epsilon": 0.5},
}
IN_UNITS = {"scale", "epsilon"}  # options that change with the units of the target


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("factor", "shift"), [(1000.0, 0.0), (0.001, 5.0)])
def test_predictions_follow_affine_changes_of_the_target(name, factor, shift, data):
    X, y = data
    options = LOSSES[name]
    settings = {
        "architecture": "mlp",
        "loss": name.split(" ")[0],
        "max_epochs": 20,
        "random_state": 0,
        "n_members": 2,
        "early_stopping": True,
    }
    moved = {key: value * factor if key in IN_UNITS else value for key, value in options.items()}
    if name == "epsilon_insensitive":
        moved = {"epsilon": 0.5, "scale": factor}  # in units of `scale`, which is 1 by default
    one = DeepRegressor(loss_params=options, **settings).fit(X, y)
    other = DeepRegressor(loss_params=moved, **settings).fit(X, factor * y + shift)
    np.testing.assert_allclose(
        other.predict(X), factor * one.predict(X) + shift, rtol=1e-6, atol=1e-6 * factor
    )


def test_predictions_do_not_depend_on_the_units_of_the_columns(data):
    X, y = data
    one = DeepRegressor(architecture="mlp", max_epochs=20, random_state=0).fit(X, y).predict(X)
    other = DeepRegressor(architecture="mlp", max_epochs=20, random_state=0).fit(
        X * [1000.0, -0.001] * [1.0, -1.0] + 7.0, y
    )
    np.testing.assert_allclose(other.predict(X * [1000.0, 0.001] + 7.0), one, rtol=1e-6)


def test_poisson_and_gamma_are_generalised_linear_models():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    mean = np.exp(0.5 + X @ [0.3, -0.2])
    for loss, y, family in (
        ("poisson", rng.poisson(mean), sm.families.Poisson()),
        ("gamma", rng.gamma(4.0, mean / 4.0), sm.families.Gamma(sm.families.links.Log())),
    ):
        reference = sm.GLM(y, sm.add_constant(X), family=family).fit(tol=1e-12)
        model = DeepRegressor(loss=loss, **LINEAR).fit(X, y)
        assert (model.predict(X) > 0).all()
        np.testing.assert_allclose(
            np.log(model.predict(X)), reference.fittedvalues * 0 + np.log(reference.mu), atol=0.002
        )


def test_members_average_after_the_link():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 2))
    model = DeepRegressor(architecture="mlp", loss="poisson", n_members=3, max_epochs=3, random_state=0).fit(
        X, rng.poisson(3.0, size=50)
    )
    raw, _ = model._raw(X)
    np.testing.assert_allclose(model.predict(X), np.exp(raw[:, :, 0]).mean(axis=0) * model.target_.scale)


def test_robust_scales_are_of_each_output():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = np.c_[X[:, 0] + rng.normal(size=200), 100 * X[:, 1] + 1000 * rng.normal(size=200)]
    model = DeepRegressor(loss="huber", **{**LINEAR, "max_epochs": 300}).fit(X, y)
    scales = model.members_[0].scale.numpy() * model.target_.scale
    found = np.median(np.abs(y - model.predict(X)), axis=0) / 0.6744897501960817
    np.testing.assert_allclose(scales, found, rtol=1e-6)


def test_the_residual_scale_is_reported_in_units_of_the_target():
    from sklearn.datasets import load_diabetes
    from statsmodels.robust.scale import mad

    X, y = load_diabetes(return_X_y=True)
    settings = {"architecture": "linear", "early_stopping": False, "max_epochs": 30, "random_state": 0}
    model = DeepRegressor(loss="huber", precision="float64", **settings).fit(X, 10 * y)
    assert model.residual_scale_[0, 0] == pytest.approx(mad(10 * y - model.predict(X), center=0), rel=1e-9)
    assert DeepRegressor(**settings).fit(X, y).residual_scale_ is None

"""The focal loss, and the map that recovers probabilities from its minimiser."""

import numpy as np
import pytest
import torch
from scipy import optimize, special

from deepstat.losses.cross_entropy import cross_entropy
from deepstat.losses.focal import focal, focal_probabilities


def logit(p):
    return torch.full((1, 1), special.logit(p), dtype=torch.float64)


ONE = torch.ones(1, 1, dtype=torch.float64)


def test_focal_reduces_easy_rows_as_published():
    # Lin et al., section 3.2: with gamma 2 a row at .9 costs 100 times less, at .968 about 1000 times.
    ratios = [(cross_entropy(logit(p), ONE) / focal(logit(p), ONE, gamma=2.0)).item() for p in (0.9, 0.968)]
    assert ratios[0] == pytest.approx(100)
    assert ratios[1] == pytest.approx(1000, rel=0.03)


def test_focal_without_focus_is_cross_entropy():
    torch.manual_seed(0)
    for c in (1, 3):
        f = torch.randn(8, c, dtype=torch.float64)
        y = (
            torch.rand(8, 1, dtype=torch.float64)
            if c == 1
            else torch.rand(8, c, dtype=torch.float64).softmax(dim=1)
        )
        torch.testing.assert_close(focal(f, y, gamma=0.0), cross_entropy(f, y))


def test_focal_of_one_logit_equals_focal_of_two_scores():
    f = torch.linspace(-4, 4, 9, dtype=torch.float64).unsqueeze(1)
    y = torch.linspace(0, 1, 9, dtype=torch.float64).unsqueeze(1)
    two = focal(torch.cat([f - f, f], dim=1), torch.cat([1 - y, y], dim=1), gamma=1.5)
    torch.testing.assert_close(focal(f, y, gamma=1.5), two)


def test_alpha_weighs_the_second_class_and_its_complement_the_first():
    plain = [focal(logit(0.3), y * ONE).item() for y in (0.0, 1.0)]
    weighted = [focal(logit(0.3), y * ONE, alpha=0.25).item() for y in (0.0, 1.0)]
    assert weighted == pytest.approx([0.75 * plain[0], 0.25 * plain[1]])


def test_alpha_is_refused_for_more_than_two_classes():
    with pytest.raises(ValueError, match="weighs two classes, not 3"):
        focal(torch.zeros(2, 3), torch.zeros(2, 3), alpha=0.25)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
def test_rows_that_are_certainly_right_have_finite_gradients(gamma):
    f = torch.tensor([[40.0], [1e3], [-1e3]], dtype=torch.float64, requires_grad=True)
    focal(f, torch.tensor([[1.0], [1.0], [1.0]], dtype=torch.float64), gamma=gamma).sum().backward()
    assert f.grad.isfinite().all()
    assert f.grad[2].item() == pytest.approx(-1.0)


def risk_minimiser(p, gamma, weight=None):
    """The q that minimises the expected focal loss under the true p, numerically and in numpy."""
    p = np.asarray(p)
    weight = np.ones_like(p) if weight is None else np.asarray(weight)

    def risk(free):
        q = special.softmax(np.append(free, 0.0))
        return -np.sum(weight * p * (1 - q) ** gamma * np.log(q))

    fit = optimize.minimize(
        risk, np.zeros(len(p) - 1), method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-15}
    )
    return special.softmax(np.append(fit.x, 0.0))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("p", [(0.95, 0.05), (0.4, 0.6), (0.7, 0.2, 0.1), (0.05, 0.15, 0.3, 0.5)])
def test_the_map_recovers_true_probabilities_from_the_minimiser(p, gamma):
    q = torch.from_numpy(risk_minimiser(p, gamma)).unsqueeze(0)
    recovered = focal_probabilities(q, gamma=gamma)
    np.testing.assert_allclose(recovered[0].numpy(), p, atol=1e-6)


@pytest.mark.parametrize("alpha", [0.25, 0.9])
def test_the_map_recovers_true_probabilities_under_alpha(alpha):
    q = torch.from_numpy(risk_minimiser((0.7, 0.3), 2.0, (1 - alpha, alpha))).unsqueeze(0)
    recovered = focal_probabilities(q, gamma=2.0, alpha=alpha)
    np.testing.assert_allclose(recovered[0].numpy(), (0.7, 0.3), atol=1e-6)


def test_raw_probabilities_are_as_wrong_as_measured_elsewhere():
    assert risk_minimiser((0.95, 0.05), 2.0)[1] == pytest.approx(0.25, abs=0.005)
    assert risk_minimiser((0.99, 0.01), 2.0)[1] == pytest.approx(0.154, abs=0.0005)


def test_the_map_keeps_certainty_order_and_totals():
    q = torch.linspace(0, 1, 101, dtype=torch.float64)
    p = focal_probabilities(torch.stack([1 - q, q], dim=1), gamma=2.0)
    assert p.isfinite().all()
    torch.testing.assert_close(p.sum(dim=1), torch.ones(101, dtype=torch.float64))
    assert (p[1:, 1] > p[:-1, 1]).all()
    torch.testing.assert_close(p[[0, 50, 100], 1], torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64))

"""Cross-entropy, hinge and Dice against torch and scikit-learn."""

import numpy as np
import pytest
import torch
import torch.nn.functional as functional
from sklearn import metrics

from deepstat.losses.cross_entropy import cross_entropy, unsmooth_probabilities
from deepstat.losses.dice import dice
from deepstat.losses.hinge import hinge


def scores(n, c, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(n, c, dtype=torch.float64, generator=generator)


def labels(n, c, seed=1):
    return torch.randint(c, (n,), generator=torch.Generator().manual_seed(seed))


def one_hot(y, c):
    return functional.one_hot(y, c).double()


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.7])
def test_cross_entropy_equals_torch_with_label_smoothing(smoothing):
    f, y = scores(9, 4), labels(9, 4)
    expected = functional.cross_entropy(f, y, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(cross_entropy(f, one_hot(y, 4), label_smoothing=smoothing), expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_binary_cross_entropy_equals_torch_on_two_scores(smoothing):
    f, y = scores(9, 1), labels(9, 2)
    two = torch.cat([torch.zeros_like(f), f], dim=1)
    expected = functional.cross_entropy(two, y, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(cross_entropy(f, y.double().unsqueeze(1), label_smoothing=smoothing), expected)


def test_cross_entropy_equals_sklearns_log_loss():
    f, y = scores(9, 4), labels(9, 4)
    expected = metrics.log_loss(y, f.softmax(dim=1).numpy(), labels=range(4))
    assert cross_entropy(f, one_hot(y, 4)).mean().item() == pytest.approx(expected)
    f, y = scores(9, 1), labels(9, 2)
    expected = metrics.log_loss(y, f.sigmoid().numpy()[:, 0])
    assert cross_entropy(f, y.double().unsqueeze(1)).mean().item() == pytest.approx(expected)


def test_cross_entropy_of_soft_targets_is_torchs_divergence_plus_the_entropy():
    f, y = scores(9, 4), scores(9, 4, seed=2).softmax(dim=1)
    divergence = functional.kl_div(f.log_softmax(dim=1), y, reduction="none").sum(dim=1)
    torch.testing.assert_close(cross_entropy(f, y), divergence + torch.special.entr(y).sum(dim=1))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.6])
def test_unsmooth_probabilities_recovers_the_true_probabilities(smoothing):
    p = torch.tensor([[0.2, 0.5, 0.3], [0.0, 0.0, 1.0]], dtype=torch.float64)
    mixed = torch.lerp(p, torch.full_like(p, 1 / 3), smoothing)  # what minimises the smoothed loss
    torch.testing.assert_close(
        unsmooth_probabilities(mixed, label_smoothing=smoothing), p, rtol=0, atol=1e-12
    )


def test_unsmooth_probabilities_are_probabilities_when_a_network_overshoots():
    recovered = unsmooth_probabilities(torch.tensor([[0.98, 0.01, 0.01]]), label_smoothing=0.3)
    torch.testing.assert_close(recovered, torch.tensor([[1.0, 0.0, 0.0]]))


def test_hinge_equals_sklearn_for_two_classes():
    f, y = scores(40, 1), labels(40, 2)
    expected = metrics.hinge_loss(y.numpy(), f.numpy()[:, 0])
    assert hinge(f, y.double().unsqueeze(1)).mean().item() == pytest.approx(expected)


def test_hinge_equals_sklearns_crammer_singer_for_more_classes():
    f, y = scores(40, 4), labels(40, 4)
    expected = metrics.hinge_loss(y.numpy(), f.numpy(), labels=range(4))
    assert hinge(f, one_hot(y, 4)).mean().item() == pytest.approx(expected)


def test_hinge_of_tied_scores_is_one():
    torch.testing.assert_close(hinge(torch.zeros(3, 3), torch.eye(3)), torch.ones(3))


@pytest.mark.parametrize("c", [1, 3])
def test_hinge_of_soft_targets_mixes_the_losses_of_the_classes(c):
    f = scores(5, c)
    soft = scores(5, max(c, 2), seed=3).softmax(dim=1)
    pure = torch.stack(
        [
            hinge(f, row.expand(5, -1))
            for row in (torch.eye(3).double() if c > 1 else torch.eye(2)[:, 1:].double())
        ],
        dim=1,
    )
    torch.testing.assert_close(hinge(f, soft if c > 1 else soft[:, 1:]), (soft * pure).sum(dim=1))


def test_dice_of_hard_predictions_is_one_minus_sklearns_f1():
    y, guess = labels(50, 2), labels(50, 2, seed=5)
    ours = dice(1e3 * (2 * guess.double() - 1).unsqueeze(1), y.double().unsqueeze(1), smooth=1e-12)
    assert ours.item() == pytest.approx(1 - metrics.f1_score(y, guess))
    y, guess = labels(50, 3), labels(50, 3, seed=5)
    ours = dice(1e3 * one_hot(guess, 3), one_hot(y, 3), smooth=1e-12)
    assert ours.item() == pytest.approx(1 - metrics.f1_score(y, guess, average="macro"))


@pytest.mark.parametrize("c", [1, 3])
def test_dice_is_zero_where_probabilities_are_the_targets_and_larger_elsewhere(c):
    f = scores(20, c)
    target = f.sigmoid() if c == 1 else f.softmax(dim=1)
    assert dice(f, target).item() == pytest.approx(0.0, abs=1e-12)
    assert dice(f + scores(20, c, seed=4), target) > 0.01


@pytest.mark.parametrize("c", [1, 3])
def test_dice_of_weight_two_equals_the_row_twice(c):
    f, y = scores(6, c), (one_hot(labels(6, 3), 3) if c > 1 else labels(6, 2).double().unsqueeze(1))
    weight = torch.tensor([1, 2, 0, 3, 1, 1])
    repeated = dice(f.repeat_interleave(weight, dim=0), y.repeat_interleave(weight, dim=0))
    torch.testing.assert_close(dice(f, y, weight=weight.double()), repeated)


def test_dice_calls_an_absent_class_that_is_not_predicted_right():
    absent = dice(torch.full((10, 1), -30.0), torch.zeros(10, 1))
    np.testing.assert_allclose(absent.item(), 0.0, atol=1e-6)


def test_the_probit_link_is_the_normal_log_likelihood():
    from scipy.stats import norm

    score = torch.linspace(-6, 6, 13, dtype=torch.float64)[:, None]
    target = (torch.arange(13) % 2).double()[:, None]
    found = cross_entropy(score, target, link="probit")
    expected = -np.where(target[:, 0] == 1, norm.logcdf(score[:, 0]), norm.logsf(score[:, 0]))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_a_probit_of_three_classes_is_refused():
    with pytest.raises(ValueError, match="A probit has two classes, and the target has 3"):
        cross_entropy(torch.zeros(1, 3), torch.eye(3)[:1], link="probit")


def test_a_deep_probit_predicts_normal_probabilities_and_equals_the_logit_nearly():
    from scipy.stats import norm

    from deepstat import DeepClassifier

    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    y = (X[:, 0] + rng.normal(size=100) > 0).astype(int)
    settings = {"architecture": "linear", "max_epochs": 300, "learning_rate": 0.05, "random_state": 0}
    probit = DeepClassifier(loss_params={"link": "probit"}, **settings).fit(X, y)
    logit = DeepClassifier(**settings).fit(X, y)
    np.testing.assert_allclose(
        probit.predict_proba(X)[:, 1], norm.cdf(probit.decision_function(X)), atol=1e-12
    )
    assert np.abs(probit.predict_proba(X) - logit.predict_proba(X)).max() < 0.05

"""Simulated from a known logit: predict_proba speaks of the classes as they are, whatever shaped the fit."""

import numpy as np
import pytest
from scipy.special import expit, logit, softmax
from sklearn.linear_model import LogisticRegression

from deepstat import DeepClassifier

N = 4000
LINEAR = {
    "architecture": "linear",
    "learning_rate": 0.05,
    "max_epochs": 40,
    "batch_size": 500,
    "early_stopping": False,
    "random_state": 0,
}
SHAPED = {
    "focal": {"loss": "focal"},
    "strong focus": {"loss": "focal", "loss_params": {"gamma": 4.0}},
    "alpha": {"loss": "focal", "loss_params": {"gamma": 2.0, "alpha": 0.8}},
    "balanced": {"class_weight": "balanced"},
    "dict": {"class_weight": {0: 1.0, 1: 8.0}},
    "effective number": {"class_weight": "effective_number", "class_weight_params": {"beta": 0.999}},
    "smoothing": {"loss_params": {"label_smoothing": 0.1}},
    "balanced focal": {"loss": "focal", "class_weight": "balanced"},
    "balanced smoothing": {"loss_params": {"label_smoothing": 0.1}, "class_weight": "balanced"},
    "members": {"loss": "focal", "class_weight": "balanced", "n_members": 2},
}


@pytest.fixture(scope="module")
def binary():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 2))
    coefficients = np.array([-2.5, 1.0, -0.5])
    p = expit(coefficients[0] + X @ coefficients[1:])
    return X, (rng.random(N) < p).astype(int), p, coefficients


@pytest.fixture(scope="module")
def reference(binary):
    X, c, _, _ = binary
    return LogisticRegression(C=np.inf, tol=1e-10).fit(X, c)


def line(model, X):
    """Return intercept and coefficients of the log-odds of predict_proba, and how well a line fits them."""
    odds = logit(model.predict_proba(X)[:, 1])
    design = np.c_[np.ones(len(X)), X]
    found, *_ = np.linalg.lstsq(design, odds, rcond=None)
    return found, np.abs(design @ found - odds).max()


def standard_errors(X, p):
    design = np.c_[np.ones(len(X)), X]
    return np.sqrt(np.diag(np.linalg.inv(design.T * (p * (1 - p)) @ design)))


def test_cross_entropy_is_the_logit_model(binary, reference):
    X, c, p, _ = binary
    model = DeepClassifier(**{**LINEAR, "max_epochs": 200}).fit(X, c)
    found, rest = line(model, X)
    expected = np.r_[reference.intercept_, reference.coef_[0]]
    assert rest < 1e-9
    assert (np.abs(found - expected) / standard_errors(X, p)).max() < 0.02
    np.testing.assert_allclose(model.predict_raw_proba(X), model.predict_proba(X), rtol=1e-12)


@pytest.mark.parametrize("shaped", [name for name in SHAPED if "smoothing" not in name])
def test_probabilities_are_calibrated_and_raw_ones_are_not(shaped, binary):
    X, c, p, _ = binary
    model = DeepClassifier(**LINEAR, **SHAPED[shaped]).fit(X, c)
    proba, raw = model.predict_proba(X), model.predict_raw_proba(X)
    error = np.sqrt((p * (1 - p)).sum()) / N
    assert abs(proba[:, 1].mean() - c.mean()) < 3 * error
    assert abs(raw[:, 1].mean() - c.mean()) > 5 * error
    assert np.abs(proba[:, 1] - p).max() < 0.06
    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 1.0)):  # and in each range of what is predicted
        own = (proba[:, 1] >= low) & (proba[:, 1] < high)
        se = np.sqrt((proba[own, 1] * proba[own, 0]).sum()) / own.sum()
        assert abs(c[own].mean() - proba[own, 1].mean()) < 3.5 * se


# Cells of a category with indicators of their own: the model is saturated, so that its honest probabilities are the
# shares of the classes in each cell, whatever shaped the fit.
CELLS = {
    2: np.array([[90, 10], [50, 50], [20, 80], [97, 3]]),
    3: np.array([[60, 30, 10], [20, 20, 60], [5, 80, 15], [34, 33, 33]]),
}
SATURATED = {
    "architecture": "linear",
    "learning_rate": 0.1,
    "max_epochs": 600,
    "batch_size": 1000,
    "early_stopping": False,
    "random_state": 0,
}


def cells(n_classes):
    counts = CELLS[n_classes]
    column = np.repeat(np.array(list("ABCD"), dtype=object), counts.sum(axis=1))
    labels = np.concatenate([np.repeat(np.arange(n_classes), own) for own in counts])
    return (
        column[:, None],
        labels,
        np.repeat(counts / counts.sum(axis=1, keepdims=True), counts.sum(axis=1), axis=0),
    )


@pytest.mark.parametrize(
    ("shaped", "n_classes"),
    [(name, n) for name in SHAPED for n in CELLS if (name, n) != ("alpha", 3)],  # alpha weighs two classes
)
def test_the_shares_of_a_saturated_model_are_recovered(shaped, n_classes):
    X, labels, shares = cells(n_classes)
    model = DeepClassifier(**SATURATED, **SHAPED[shaped]).fit(X, labels)
    proba, raw = model.predict_proba(X), model.predict_raw_proba(X)
    np.testing.assert_allclose(proba, shares, atol=2e-3)
    assert np.abs(raw - shares).max() > 0.02
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    np.testing.assert_allclose(raw.sum(axis=1), 1.0)


@pytest.mark.parametrize("shaped", ["balanced", "dict", "effective number"])
def test_class_weights_shift_the_intercept_alone(shaped, binary):
    X, c, p, truth = binary
    model = DeepClassifier(**LINEAR, **SHAPED[shaped]).fit(X, c)
    found, rest = line(model, X)
    assert rest < 1e-9
    # Weighted maximum likelihood is less efficient: within four of the plain standard errors of the truth.
    assert (np.abs(found - truth) / standard_errors(X, p)).max() < 4
    ratio = model.class_weight_[1] / model.class_weight_[0]
    np.testing.assert_allclose(
        model.decision_function(X), logit(model.predict_proba(X)[:, 1]) + np.log(ratio)
    )


@pytest.mark.parametrize("shaped", ["focal", "strong focus", "alpha"])
def test_the_focal_map_recovers_the_order_and_the_truth(shaped, binary):
    X, c, p, _ = binary
    model = DeepClassifier(**LINEAR, **SHAPED[shaped]).fit(X, c)
    proba = model.predict_proba(X)[:, 1]
    assert np.corrcoef(np.argsort(np.argsort(proba)), np.argsort(np.argsort(p)))[0, 1] > 0.99
    assert np.abs(proba - p).mean() < 0.01


def test_class_weights_are_costs_for_predict(binary):
    X, c, _, _ = binary
    plain = DeepClassifier(**LINEAR).fit(X, c)
    weighted = DeepClassifier(**LINEAR, class_weight={1: 5.0}).fit(X, c)
    # Predict the second class where its expected cost, 5 p, is the larger: p > 1/6.
    np.testing.assert_array_equal(weighted.predict(X) == 1, weighted.predict_proba(X)[:, 1] > 1 / 6)
    assert weighted.predict(X).mean() > 2 * plain.predict(X).mean()
    np.testing.assert_array_equal(plain.predict(X) == 1, plain.predict_proba(X)[:, 1] > 0.5)


THREE = {
    "plain": {},
    "focal": {"loss": "focal"},
    "balanced": {"class_weight": "balanced"},
    "dict": {"class_weight": {"b": 0.3, "c": 4.0}},
    "focal, weighted": {"loss": "focal", "class_weight": {"c": 3.0}},
}


@pytest.fixture(scope="module")
def ternary():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(N, 2))
    scores = np.c_[np.full(N, 1.5), 0.5 + X[:, 0], -0.5 + X[:, 1] - X[:, 0]]
    p = softmax(scores, axis=1)
    labels = np.array(["a", "b", "c"])[(rng.random((N, 1)) > p.cumsum(axis=1)).sum(axis=1)]
    return X, labels, p


@pytest.mark.parametrize("shaped", THREE)
def test_three_classes_are_calibrated(shaped, ternary):
    X, labels, p = ternary
    model = DeepClassifier(**LINEAR, **THREE[shaped]).fit(X, labels)
    proba, raw = model.predict_proba(X), model.predict_raw_proba(X)
    shares = np.array([(labels == level).mean() for level in model.classes_])
    errors = np.sqrt((p * (1 - p)).sum(axis=0)) / N
    assert (np.abs(proba.mean(axis=0) - shares) < 3 * errors).all()
    # Under focal a line in the raw scores is not quite a line in the log-odds.
    assert np.abs(proba - p).mean() < (0.025 if "focal" in shaped else 0.02)
    assert (np.abs(raw.mean(axis=0) - shares) > 5 * errors).any() == (shaped != "plain")
    np.testing.assert_array_equal(model.predict(X), model.classes_[model.decision_function(X).argmax(axis=1)])


@pytest.mark.parametrize(
    "settings", [{}, {"class_weight": {0: 1.0, 1: 4.0}}, {"loss": "focal", "class_weight": {1: 4.0}}]
)
def test_a_soft_target_is_its_parts_of_rows(settings, binary):
    X, _, p, _ = binary
    X, p = X[:100], p[:100]
    full = {**LINEAR, "batch_size": 1000, "max_epochs": 20, **settings}
    soft = DeepClassifier(**full).fit(X, np.c_[1 - p, p])
    parts = DeepClassifier(**full).fit(np.r_[X, X], np.repeat([0, 1], 100), sample_weight=np.r_[1 - p, p])
    np.testing.assert_allclose(soft.decision_function(X), parts.decision_function(X), rtol=0, atol=1e-9)
    np.testing.assert_allclose(soft.predict_proba(X), parts.predict_proba(X), rtol=0, atol=1e-9)


def test_soft_targets_under_class_weights_are_recovered(binary):
    X, _, p, _ = binary
    model = DeepClassifier(**{**LINEAR, "max_epochs": 100}, class_weight={1: 5.0}).fit(X, np.c_[1 - p, p])
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], p, atol=1e-3)


@pytest.mark.parametrize("loss", ["hinge", "dice"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_margins_are_no_probabilities(loss, n_classes, ternary):
    X, labels, _ = ternary
    kept = np.isin(labels, ["a", "b", "c"][:n_classes])
    model = DeepClassifier(loss=loss, **{**LINEAR, "max_epochs": 5})
    for method in ("predict_proba", "predict_log_proba", "predict_raw_proba"):
        assert not hasattr(model, method)
    model.fit(X[kept], labels[kept])
    for method in ("predict_proba", "predict_log_proba", "predict_raw_proba"):
        assert not hasattr(model, method)
        with pytest.raises(AttributeError) as told:
            getattr(model, method)
        assert f"loss='{loss}' gives no probabilities: use decision_function" in str(told.value.__cause__)
    score = model.decision_function(X)
    assert score.shape == ((N,) if n_classes == 2 else (N, 3))
    chosen = (score > 0).astype(int) if n_classes == 2 else score.argmax(axis=1)
    np.testing.assert_array_equal(model.predict(X), model.classes_[chosen])
    assert model.score(X[kept], labels[kept]) > 0.5


def test_log_probabilities_are_logarithms(ternary):
    X, labels, _ = ternary
    model = DeepClassifier(**{**LINEAR, "max_epochs": 3}).fit(X, labels)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))
    far = model.predict_log_proba(X[:1] * 1e6)
    assert not np.isnan(far).any()


def test_probabilities_stay_finite_far_away(binary):
    X, c, _, _ = binary
    for settings in SHAPED.values():
        model = DeepClassifier(**{**LINEAR, "max_epochs": 1}, **settings).fit(X, c)
        proba = model.predict_proba(np.r_[X[:5] * 1e8, -X[:5] * 1e8])
        assert np.isfinite(proba).all()
        np.testing.assert_allclose(proba.sum(axis=1), 1.0)

"""Sets against loops by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from conformal_models import Columns, SeeingLogistic
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from deepstat import DeepClassifier
from deepstat.conformal import ConformalClassifier
from deepstat.conformal.row_keys import row_keys, uniforms
from deepstat.inference.randomness import root_seed

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = np.array(["low", "mid", "top"])[np.digitize(X[:, 0] + RNG.normal(size=60), [-0.5, 0.8])]
NEW = RNG.normal(size=(8, 2))
CLASSES = ["low", "mid", "top"]


def adaptive(probabilities, own, part):
    """Score one class of one row."""
    mine = probabilities[own]
    return sum(p for p in probabilities if p > mine) + part * mine


def score_by_hand(name, probabilities, own, part):
    score = 1 - probabilities[own] if name == "lac" else adaptive(probabilities, own, part)
    return round(score, 9)  # the last of all classes scores 1 whoever adds up


@pytest.mark.parametrize("name", ["lac", "aps"])
@pytest.mark.parametrize("method", ["cv+", "jackknife+-after-bootstrap"])
@pytest.mark.parametrize("by_class", [False, True])
def test_each_individual_is_compared_under_the_fits_that_did_not_see_it(name, method, by_class):
    settings = {
        "method": method,
        "n_folds": 6,
        "n_resamples": 12,
        "conformity_score": name,
        "by_class": by_class,
    }
    model = ConformalClassifier(
        SeeingLogistic(), level=0.7, randomised=False, random_state=2, **settings
    ).fit(X, Y)
    assert model.classes_.tolist() == CLASSES
    found = model.predict_set(NEW)
    codes = np.searchsorted(CLASSES, Y)
    expected = np.zeros_like(found)
    for number, x in enumerate(NEW):
        for c in range(3):
            smaller = total = 0
            for i in range(60):
                if by_class and codes[i] != c:
                    continue
                total += 1
                own = [fit for fit in model.estimators_ if X[i, 0] not in fit.seen_]
                if not own:
                    continue  # an infinite score is never smaller
                mine = np.mean([fit.predict_proba(X[[i]])[0] for fit in own], axis=0)
                new = np.mean([fit.predict_proba(x[None])[0] for fit in own], axis=0)
                smaller += score_by_hand(name, mine, codes[i], 1.0) < score_by_hand(name, new, c, 1.0)
            expected[number, c] = smaller < 0.7 * (total + 1)
    np.testing.assert_array_equal(found, expected)
    assert 0 < expected.sum() < expected.size


@pytest.mark.parametrize("randomised", [False, True])
@pytest.mark.parametrize("name", ["lac", "aps"])
def test_a_split_leaves_out_classes_whose_score_is_above_the_quantile(name, randomised):
    table = RNG.dirichlet(np.ones(3), size=70)
    y = RNG.integers(0, 3, size=40)
    model = ConformalClassifier(
        FrozenEstimator(Columns()), conformity_score=name, randomised=randomised, level=0.8, random_state=3
    ).fit(table[:40], y)
    part = uniforms(row_keys(table), root_seed(3)) if randomised else np.ones(70)
    scores = [score_by_hand(name, table[i], y[i], part[i]) for i in range(40)]
    np.testing.assert_allclose(np.sort(model.scores_), np.sort(scores), atol=2e-9)
    limit = sorted(scores)[math.ceil(0.8 * 41) - 1]
    expected = [[score_by_hand(name, table[i], c, part[i]) <= limit for c in range(3)] for i in range(40, 70)]
    np.testing.assert_array_equal(model.predict_set(table[40:]), expected)


@pytest.mark.parametrize("method", ["split", "cv+", "jackknife+-after-bootstrap"])
def test_the_set_of_a_row_does_not_hang_on_the_other_rows(method):
    model = ConformalClassifier(
        LogisticRegression(), method=method, conformity_score="aps", random_state=1
    ).fit(X, Y)
    together = model.predict_set(NEW)
    np.testing.assert_array_equal(together, np.concatenate([model.predict_set(NEW[[i]]) for i in range(8)]))
    np.testing.assert_array_equal(together[::-1], model.predict_set(NEW[::-1]))
    other = clone(model).fit(X, Y)
    np.testing.assert_array_equal(together, other.predict_set(NEW))


def test_each_class_is_calibrated_by_itself():
    table = np.c_[np.arange(40.0) / 50, 1 - np.arange(40.0) / 50]
    y = np.repeat([0, 1], [19, 21])
    model = ConformalClassifier(FrozenEstimator(Columns(2)), by_class=True, level=0.75).fit(table, y)
    limits = [sorted(1 - table[:19, 0])[14], sorted(1 - table[19:, 1])[16]]  # 0.75 of 20; of 22: 16.5
    np.testing.assert_array_equal(model.predict_set(table), 1 - table <= limits)
    assert "within each class" in model.claim_


def test_a_class_too_rare_to_calibrate_is_in_every_set():
    table, y = RNG.dirichlet(np.ones(3), size=50), np.r_[np.zeros(25), np.ones(20), np.full(5, 2)]
    model = ConformalClassifier(FrozenEstimator(Columns()), by_class=True).fit(table, y)
    with pytest.warns(
        UserWarning, match="5 calibration rows of a class are too few for level=0.9, which needs 9"
    ):
        found = model.predict_set(table)
    assert found[:, 2].all()
    assert not found[:, :2].all()


def test_categories_and_classes_go_together():
    table, y = RNG.dirichlet(np.ones(2), size=80), np.tile([0, 1], 40)
    kind = np.repeat(["u", "v"], 40)
    model = ConformalClassifier(FrozenEstimator(Columns(2)), by_class=True, level=0.8).fit(
        table, y, mondrian=kind
    )
    found = model.predict_set(table, mondrian=kind)
    for label in "uv":
        for c in (0, 1):
            own = (kind == label) & (y == c)
            limit = sorted(1 - table[own, c])[math.ceil(0.8 * 21) - 1]
            np.testing.assert_array_equal(found[kind == label, c], 1 - table[kind == label, c] <= limit)
    with pytest.warns(UserWarning, match="0 calibration rows of a class and category"):
        assert model.predict_set(table[:1], mondrian=["w"]).all()


def test_weights_count_rows():
    weight = RNG.integers(0, 4, size=60)
    rows = np.repeat(np.arange(60), weight)
    for method in ("split", "cv+", "jackknife+-after-bootstrap"):
        model = ConformalClassifier(
            LogisticRegression(), method=method, conformity_score="aps", random_state=0
        )
        weighted, repeated = clone(model).fit(X, Y, sample_weight=weight), clone(model).fit(X[rows], Y[rows])
        np.testing.assert_array_equal(weighted.predict_set(X, 0.7), repeated.predict_set(X, 0.7))
        np.testing.assert_allclose(np.sort(weighted.scores_), np.sort(repeated.scores_), atol=1e-4)


def test_a_class_that_a_fit_has_not_met_has_probability_zero():
    y = np.where(np.arange(60) == 7, "rare", Y)
    model = ConformalClassifier(LogisticRegression(), method="cv+", n_folds=60, random_state=0).fit(X, y)
    met = [len(fit.classes_) for fit in model.estimators_]
    assert sorted(met)[:2] == [3, 4]
    assert model.predict_proba(NEW).shape == (8, 4)
    assert model.scores_[np.flatnonzero(model.calibration_rows_ == 7)] == 1.0


def test_a_draw_with_one_class_predicts_that_class():
    y = np.where(np.arange(60) < 2, "yes", "no")
    model = ConformalClassifier(
        LogisticRegression(), method="jackknife+-after-bootstrap", random_state=0
    ).fit(X, y)
    constant = [fit for fit in model.estimators_ if len(fit.classes_) == 1]
    assert len(constant) == pytest.approx((58 / 60) ** 60 * 50, abs=12)
    assert model.predict_set(NEW, 0.9).shape == (8, 2)
    with pytest.raises(ValueError, match="at least 2 classes"):
        clone(model).fit(X, np.zeros(60, dtype=int))


def test_predictions_are_those_of_the_fits():
    split = ConformalClassifier(LogisticRegression(), random_state=0).fit(X, Y)
    np.testing.assert_array_equal(split.predict(NEW), split.estimator_.predict(NEW))
    whole = ConformalClassifier(LogisticRegression(), method="cv+", random_state=0).fit(X, Y)
    np.testing.assert_allclose(
        whole.predict_proba(NEW), LogisticRegression().fit(X, Y).predict_proba(NEW), atol=1e-4
    )
    bagged = ConformalClassifier(
        LogisticRegression(), method="jackknife+-after-bootstrap", random_state=0
    ).fit(X, Y)
    mean = np.mean([fit.predict_proba(NEW) for fit in bagged.estimators_], axis=0)
    np.testing.assert_allclose(bagged.predict_proba(NEW), mean)
    np.testing.assert_array_equal(bagged.predict(NEW), np.array(CLASSES)[mean.argmax(axis=1)])


def test_deep_classifiers_and_frames_with_text_are_taken():
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(colour=np.tile(["red", "blue", "green"], 20))
    deep = DeepClassifier(architecture="mlp", max_epochs=2, random_state=0)
    model = ConformalClassifier(deep, method="cv+", n_folds=3, conformity_score="aps", random_state=0).fit(
        frame, Y
    )
    assert model.predict_set(frame).shape == (60, 3)
    assert list(model.feature_names_in_) == ["a", "b", "colour"]


def test_classifiers_without_probabilities_are_refused():
    with pytest.raises(TypeError, match="needs a classifier with predict_proba, which LinearSVC has not"):
        ConformalClassifier(LinearSVC()).fit(X, Y)

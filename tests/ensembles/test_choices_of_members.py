"""Out-of-bag predictions, selection and snapshots, against the members taken one by one."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, log_loss, mean_pinball_loss, r2_score
from small_ensembles import LABELS, NOISY, SMALL, WINE, X, Y, plans_of, regressor

from deepstat import DeepClassifier, DeepRegressor, EnsembleClassifier, EnsembleRegressor


@pytest.mark.parametrize(
    "settings", [{"rows": "bootstrap"}, {"rows": "subsample"}, {"snapshots": 2, "rows": "bootstrap"}]
)
def test_out_of_bag_predictions_are_those_of_members_that_did_not_see_the_row(settings):
    calls, model = plans_of(regressor("auto", oob_score=True, **settings))
    repeats = settings.get("snapshots", 1)
    total, seen = np.zeros(len(X)), np.zeros(len(X))
    for plan, own in zip(calls[0], np.split(np.arange(4 * repeats), 4), strict=True):
        drawn = set(plan.rows) | (set() if plan.validation_rows is None else set(plan.validation_rows))
        outside = np.setdiff1d(np.arange(len(X)), sorted(drawn))
        for k in own:
            total[outside] += model.estimators_[k].predict(X)[outside]
            seen[outside] += 1
    expected = np.where(seen > 0, total / np.maximum(seen, 1), np.nan)
    np.testing.assert_allclose(model.oob_prediction_, expected, rtol=1e-10)
    assert 0 < (seen == 0).sum() < 100
    assert model.oob_score_ == pytest.approx(r2_score(Y[seen > 0], expected[seen > 0]))


def test_out_of_bag_rows_are_predicted_worse_than_rows_seen():
    own = DeepClassifier(architecture="mlp", max_epochs=200, learning_rate=0.02)
    y = np.random.default_rng(0).integers(0, 2, 100)
    noise = np.random.default_rng(1).normal(size=(100, 20))
    model = EnsembleClassifier(own, n_members=12, rows="bootstrap", oob_score=True, random_state=0).fit(
        noise, y
    )
    assert accuracy_score(y, model.predict(noise)) > 0.95
    assert model.oob_score_ < 0.7
    known = np.isfinite(model.oob_prediction_[:, 0])
    assert model.oob_score_ == accuracy_score(y[known], model.oob_prediction_[known].argmax(axis=1))


def test_no_member_learns_from_the_rows_it_is_selected_by():
    calls, model = plans_of(regressor(True, selection="greedy", selection_fraction=0.25))
    learned = set()
    for plan in calls[0]:
        learned |= set(plan.rows) | set(plan.validation_rows)
    held = np.setdiff1d(np.arange(len(X)), sorted(learned))
    assert len(held) == 111  # a quarter of 442, halves up
    changed = Y.copy()
    changed[held] = changed[held][::-1]
    other = clone(model).fit(X, changed)
    np.testing.assert_array_equal(model.predict_members(X), other.predict_members(X))
    assert model.selection_losses_ != other.selection_losses_


@pytest.mark.parametrize("loss", ["squared", "quantile", "poisson", "huber", "barron_likelihood"])
def test_selection_lowers_the_own_loss_of_the_held_out_rows(loss):
    own = DeepRegressor(loss=loss, loss_params={"tau": 0.9} if loss == "quantile" else None, **SMALL)
    drawn = {"learning_rate": [1e-5, 3e-2]}
    model = EnsembleRegressor(own, n_members=6, random_params=drawn, selection="greedy", random_state=0)
    calls, model = plans_of(model)
    assert min(model.selection_losses_) <= model.selection_losses_[0]
    assert model.weights_.sum() == pytest.approx(1.0)
    slow = np.array([params["learning_rate"] == 1e-5 for params in model.params_])
    assert model.weights_[slow].sum() < model.weights_[~slow].sum()
    if loss in ("squared", "quantile"):  # the loss of the first choice, from scikit-learn's metrics
        last = calls[0]
        learned = {int(row) for plan in last for row in (*plan.rows, *plan.validation_rows)}
        held = [row for row in range(len(X)) if row not in learned]
        scale = model.estimators_[0].target_.scale[0]
        predicted = model.predict_members(X[held])
        if loss == "squared":
            of_each = [0.5 * np.mean((Y[held] - p) ** 2) / scale**2 for p in predicted]
        else:
            of_each = [mean_pinball_loss(Y[held], p, alpha=0.9) / scale for p in predicted]
        assert model.selection_losses_[0] == pytest.approx(min(of_each), rel=1e-9)


def test_classes_are_selected_by_log_loss_and_keep_their_shares_in_the_held_out_rows():
    drawn = {"learning_rate": [1e-5, 3e-2]}
    own = DeepClassifier(**SMALL)
    model = EnsembleClassifier(own, n_members=6, random_params=drawn, selection="greedy", random_state=0)
    calls, model = plans_of(model, WINE, LABELS)
    learned = {int(row) for plan in calls[0] for row in (*plan.rows, *plan.validation_rows)}
    held = [row for row in range(len(WINE)) if row not in learned]
    assert np.bincount(LABELS[held]).tolist() == [12, 14, 10]  # a fifth of 59, 71 and 48
    of_each = [log_loss(LABELS[held], p) for p in model.predict_members(WINE[held])]
    assert model.selection_losses_[0] == pytest.approx(min(of_each), rel=1e-7)
    mixed = log_loss(LABELS[held], model.predict_proba(WINE[held]))
    assert mixed == pytest.approx(min(model.selection_losses_), rel=1e-7)


@pytest.mark.parametrize("max_epochs", [6, 7])
def test_snapshots_of_an_ensemble_are_fits_stopped_at_the_end_of_each_cycle(max_epochs):
    own = DeepRegressor(**{**NOISY, "max_epochs": max_epochs})
    model = EnsembleRegressor(own, n_members=2, snapshots=3, random_state=0).fit(X, Y)
    assert len(model.estimators_) == 6
    ends = [2, 4, 6] if max_epochs == 6 else [2, 4, 7]
    for k, member in enumerate(model.estimators_):
        end = ends[k % 3]
        assert member.schedule == "cosine_restarts"
        assert member.best_epochs_ == [end]
        assert member.history_[-1]["epoch"] == end
        alone = clone(member).set_params(on_epoch=lambda m, entry, end=end: entry["epoch"] == end).fit(X, Y)
        np.testing.assert_allclose(member.predict(X), alone.predict(X), rtol=1e-9)
    assert model.estimators_[0].random_state == model.estimators_[2].random_state
    assert model.estimators_[0].random_state != model.estimators_[3].random_state


def test_snapshots_of_estimators_that_are_ensembles_keep_their_members():
    own = DeepRegressor(n_members=2, **SMALL)
    model = EnsembleRegressor(own, n_members=2, snapshots=2, random_state=0).fit(X, Y)
    assert [len(member.members_) for member in model.estimators_] == [2] * 4


def test_a_fit_that_ends_in_nan_gives_its_last_good_weights_for_the_snapshots_it_missed():
    own = DeepRegressor(**{**SMALL, "learning_rate": 1e6}, optimizer="sgd")
    with pytest.warns(UserWarning, match="became NaN or infinite"):
        model = EnsembleRegressor(own, n_members=2, snapshots=3, random_state=0).fit(X, Y)
    assert len(model.estimators_) == 6
    assert np.isfinite(model.predict(X)).all()

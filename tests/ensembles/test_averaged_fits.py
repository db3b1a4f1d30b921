"""``average_from`` on the estimators: what is averaged, saved, gone on from and shared."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from small_ensembles import LABELS, SMALL, WINE, X, Y

import deepstat
from deepstat import DeepClassifier, DeepRegressor

BATCH_NORM = {"hidden_layer_sizes": (8,), "normalization": "batch", "dropout": 0.2}


def test_an_estimator_keeps_the_mean_of_its_weights_after_the_last_epochs():
    model = DeepRegressor(average_from=0.5, early_stopping=False, random_state=0, **SMALL).fit(X, Y)
    ends = [
        DeepRegressor(early_stopping=False, random_state=0, **SMALL)
        .set_params(on_epoch=lambda member, entry, last=last: entry["epoch"] == last)
        .fit(X, Y)
        for last in (4, 5, 6)
    ]
    mean = torch.stack([end.members_[0].flat for end in ends]).mean(dim=0)
    torch.testing.assert_close(model.members_[0].flat, mean, rtol=0, atol=1e-12)


def test_averages_of_members_equal_those_of_fits_alone():
    settings = {**SMALL, "architecture_params": BATCH_NORM, "average_from": 0.3, "random_state": 0}
    scores = cross_val_score(DeepRegressor(**settings), X, Y, cv=4)
    with deepstat.population():
        together = cross_val_score(DeepRegressor(**settings), X, Y, cv=4)
    np.testing.assert_allclose(together, scores, rtol=1e-8)


def test_a_fit_that_averages_ignores_patience():
    settings = {
        **SMALL,
        "max_epochs": 40,
        "learning_rate": 0.1,
        "patience": 1,
        "early_stopping": True,
        "random_state": 0,
    }
    assert DeepRegressor(**settings).fit(X, Y).n_iter_ < 40
    assert DeepRegressor(average_from=0.75, **settings).fit(X, Y).n_iter_ == 40


def test_a_saved_average_predicts_alike(tmp_path):
    model = DeepClassifier(average_from=0.5, random_state=0, **{**SMALL, "architecture_params": BATCH_NORM})
    model.fit(WINE, LABELS)
    deepstat.save(model, tmp_path / "model")
    twin = deepstat.load(tmp_path / "model")
    assert twin.average_from == 0.5
    np.testing.assert_array_equal(twin.predict_proba(WINE), model.predict_proba(WINE))


def test_partial_fits_do_not_average_and_warm_starts_go_on_from_the_average():
    settings = {**SMALL, "early_stopping": False, "random_state": 0}
    a, b = DeepRegressor(average_from=0.0, **settings), DeepRegressor(**settings)
    for _ in range(3):
        a.partial_fit(X, Y)
        b.partial_fit(X, Y)
    np.testing.assert_array_equal(a.predict(X), b.predict(X))
    model = DeepRegressor(average_from=0.5, warm_start=True, **settings).fit(X, Y)
    start = model.members_[0].flat.clone()
    model.set_params(learning_rate=1e-12).fit(X, Y)
    torch.testing.assert_close(model.members_[0].flat, start, rtol=0, atol=1e-8)


def test_losses_that_start_from_another_average_their_own_epochs_alone():
    settings = {**SMALL, "loss": "tukey", "early_stopping": False, "random_state": 0}
    plain = DeepRegressor(**settings).fit(X, Y)
    last = clone(plain).set_params(average_from=0.99).fit(X, Y)  # the mean of the sixth epoch alone
    np.testing.assert_array_equal(last.predict(X), plain.predict(X))
    half = clone(plain).set_params(average_from=0.5).fit(X, Y)
    assert not np.allclose(half.predict(X), plain.predict(X))


@pytest.mark.parametrize("share", [-0.1, 1.0, "half"])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="The 'average_from' parameter"):
        DeepRegressor(average_from=share, **SMALL).fit(X, Y)

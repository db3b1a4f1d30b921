"""Refits on draws of rows: each equals the fit alone, and nothing of other rows reaches it."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import Ridge

from deepstat import DeepClassifier, DeepRegressor
from deepstat.estimators import refit as module
from deepstat.estimators.plan import plan_draw
from deepstat.estimators.refit import Draw, refit
from deepstat.estimators.settings import read_settings
from deepstat.estimators.source import Source
from deepstat.training.together import trained_by

X, Y = load_diabetes(return_X_y=True)
SMALL = {
    "architecture": "mlp",
    "architecture_params": {"hidden_layer_sizes": (8,)},
    "max_epochs": 6,
    "random_state": 0,
    "precision": "float64",  # what is equal is so to rounding
}


def bootstrap(n, n_draws, **settings):
    return [Draw(rows=np.random.default_rng(b).integers(0, n, n), seed=b, **settings) for b in range(n_draws)]


def mixed_table():
    draw = np.random.default_rng(0)
    table = pd.DataFrame(X[:, :3], columns=list("abc"))
    table.loc[draw.random(len(X)) < 0.1, "b"] = np.nan
    return table.assign(
        group=draw.choice(list("uvw"), len(X)), rare=np.where(np.arange(len(X)) < 2, "x", "y")
    )


@pytest.mark.parametrize("loss", ["squared", "huber", "tukey", "poisson"])
def test_refits_without_validation_equal_fits_on_the_rows_drawn(loss):
    model = DeepRegressor(loss=loss, early_stopping=False, **SMALL)
    draws = bootstrap(len(X), 4)
    for draw, fitted in zip(draws, refit(model, X, Y, draws), strict=True):
        alone = clone(model).set_params(random_state=draw.seed).fit(X[draw.rows], Y[draw.rows])
        np.testing.assert_allclose(fitted.predict(X), alone.predict(X), rtol=1e-9)


@pytest.mark.parametrize("table", [X, mixed_table(), X.astype(np.float32)], ids=["plain", "mixed", "single"])
@pytest.mark.parametrize("stopping", [True, False])
def test_a_refit_does_not_depend_on_those_beside_it(table, stopping):
    params = SMALL["architecture_params"] | {"dropout": 0.2}
    model = DeepRegressor(early_stopping=stopping, **{**SMALL, "architecture_params": params})
    draws = bootstrap(len(X), 5)
    together = list(refit(model, table, Y, draws))
    for draw, fitted in zip(draws, together, strict=True):
        (alone,) = refit(model, table, Y, [draw])
        np.testing.assert_allclose(fitted.predict(table), alone.predict(table), rtol=1e-9)


def test_classes_missing_from_a_draw_stay_known():
    X, y = load_wine(return_X_y=True)
    draws = [Draw(rows=np.flatnonzero(y < 2)), Draw(rows=np.arange(len(y)))]
    first, second = refit(DeepClassifier(**SMALL), X, y, draws)
    assert first.predict_proba(X).shape == second.predict_proba(X).shape == (178, 3)
    assert first.predict_proba(X)[:, 2].max() < 0.05


def test_each_refit_learns_columns_target_and_classes_from_its_own_training_rows_alone():
    table = mixed_table()
    draws = bootstrap(len(X), 3)
    model = DeepRegressor(early_stopping=True, **SMALL)
    changed_table, changed_y = table.copy(), Y.copy()
    left_out = np.setdiff1d(np.arange(len(X)), draws[0].rows)
    changed_table.loc[left_out, "a"], changed_y[left_out] = 1e6, 1e9
    before = next(refit(model, table, Y, draws))
    after = next(refit(model, changed_table, changed_y, draws))
    assert (before.predict(table) == after.predict(table)).all()
    assert before.schema_ == after.schema_
    settings = read_settings(model)
    source = Source.of(settings, model, X, Y, None, reference=True)
    plan = plan_draw(model, settings, source, draws[0]).plans[0]
    fitted = next(refit(model, X, Y, draws))
    np.testing.assert_allclose(fitted.schema_.affine()[0], X[plan.rows].mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(fitted.target_.center, Y[plan.rows].mean())


def test_copies_of_a_row_and_rows_of_a_group_lie_on_one_side_of_the_validation_split():
    model = DeepRegressor(early_stopping=True, validation_fraction=0.3, **SMALL)
    settings = read_settings(model)
    source = Source.of(settings, model, X, Y, None, reference=True)
    groups = np.arange(len(X)) // 10
    for draw in bootstrap(len(X), 5, groups=groups):
        plan = plan_draw(model, settings, source, draw).plans[0]
        assert len(plan.rows) + len(plan.validation_rows) == len(X)
        assert not set(groups[plan.rows]) & set(groups[plan.validation_rows])
    for draw in bootstrap(len(X), 5):
        plan = plan_draw(model, settings, source, draw).plans[0]
        assert not set(plan.rows) & set(plan.validation_rows)
        assert sorted([*plan.rows, *plan.validation_rows]) == sorted(draw.rows)


def test_weights_of_a_draw_count_as_repeated_rows():
    model = DeepRegressor(
        architecture="linear",
        batch_size=1000,
        early_stopping=False,
        max_epochs=30,
        random_state=0,
        precision="float64",
    )
    counts = np.bincount(np.random.default_rng(0).integers(0, len(X), len(X)), minlength=len(X))
    by_weight, by_rows = refit(
        model, X, Y, [Draw(weight=counts.astype(float)), Draw(rows=np.repeat(np.arange(len(X)), counts))]
    )
    np.testing.assert_allclose(by_weight.predict(X), by_rows.predict(X), rtol=1e-9)


def test_a_draw_with_a_target_of_its_own_equals_the_fit_to_it():
    other = np.random.default_rng(0).permutation(Y)
    model = DeepRegressor(early_stopping=False, **SMALL)
    first, second = refit(model, X, Y, [Draw(y=other), Draw()])
    np.testing.assert_allclose(first.predict(X), clone(model).fit(X, other).predict(X), rtol=1e-9)
    np.testing.assert_allclose(second.predict(X), clone(model).fit(X, Y).predict(X), rtol=1e-9)


def test_class_weights_follow_the_draw():
    X, y = load_breast_cancer(return_X_y=True)
    rows = np.concatenate([np.flatnonzero(y == 0)[:30], np.flatnonzero(y == 1)[:200]])
    model = DeepClassifier(class_weight="balanced", early_stopping=False, **SMALL)
    fitted, _ = refit(model, X, y, [Draw(rows=rows), Draw()])
    np.testing.assert_allclose(fitted.class_weight_, 230 / (2 * np.array([30, 200])))
    alone = clone(model).fit(X[rows], y[rows])
    np.testing.assert_allclose(fitted.predict_proba(X), alone.predict_proba(X), rtol=1e-9)


def test_waves_change_nothing_and_share_one_table(monkeypatch):
    model, draws, rounds = DeepRegressor(**SMALL), bootstrap(len(X), 7), []
    whole = [fitted.predict(X) for fitted in refit(model, X, Y, draws)]

    def counting(plans):
        from deepstat.training.loop import train

        assert len({id(plan.table.x) for plan in plans}) == 1
        rounds.append(len(plans))
        return train(plans)

    monkeypatch.setattr(module, "WAVE", 3)
    with trained_by(counting):
        parts = [fitted.predict(X) for fitted in refit(model, X, Y, draws)]
        tight = [fitted.predict(X) for fitted in refit(model, X, Y, draws, memory=1)]
    assert rounds == [3, 3, 1] + [1] * 7
    np.testing.assert_allclose(parts, whole, rtol=1e-9)
    np.testing.assert_allclose(tight, whole, rtol=1e-9)


def test_draws_are_read_a_wave_at_a_time(monkeypatch):
    monkeypatch.setattr(module, "WAVE", 2)
    read = []

    def draws():
        for b in range(6):
            read.append(b)
            yield Draw(seed=b)

    fitted = refit(DeepRegressor(**SMALL), X, Y, draws())
    next(fitted)
    assert len(read) == 3


def test_members_of_an_ensemble_learn_from_their_own_training_rows():
    model = DeepRegressor(early_stopping=True, validation_fraction=0.3, n_members=3, **SMALL).fit(X, Y)
    assert len({schema.columns[0].center for schema in model.schemas_}) == 3
    assert len({target.center for target in model.targets_}) == 3
    with torch.no_grad():
        own = [
            target.decode(network(torch.tensor((X - schema.affine()[0]) * schema.affine()[1])).numpy())
            for network, schema, target in zip(model.networks_, model.schemas_, model.targets_, strict=True)
        ]
    np.testing.assert_allclose(model.predict(X), np.mean(own, axis=0), rtol=1e-12)


def test_draws_and_estimators_that_cannot_be_fitted_are_told():
    with pytest.raises(TypeError, match="refit got Ridge, but takes a DeepRegressor or DeepClassifier"):
        refit(Ridge(), X, Y, [])
    with pytest.raises(ValueError, match="no row of positive weight"):
        list(
            refit(
                DeepRegressor(**SMALL),
                X,
                Y,
                [Draw(rows=[0, 1])],
                sample_weight=np.arange(len(X)) > 1,
            )
        )
    assert list(refit(DeepRegressor(**SMALL), X, Y, [])) == []


def test_an_empty_column_of_some_draws_is_told_without_an_error():
    table = pd.DataFrame(X[:, :2], columns=["a", "b"])
    table.loc[1:, "b"] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = list(refit(DeepRegressor(**SMALL), table, Y, [Draw(rows=np.arange(5, 200)), Draw()]))
    assert fitted[0].schema_.columns[1].kind == "empty"
    assert fitted[1].schema_.columns[1].kind == "numeric"

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine

import deepstat
from deepstat import DeepClassifier, DeepDistributionRegressor, DeepQuantileRegressor, DeepRegressor
from deepstat.estimators.refit import Draw, refit
from deepstat.layers.piecewise_linear import PiecewiseLinearEmbedding

X, Y = load_diabetes(return_X_y=True, as_frame=True)


def has_bins(model):
    return any(isinstance(module, PiecewiseLinearEmbedding) for module in model.network_.modules())


def test_the_default_is_eight_networks_with_bins():
    model = DeepRegressor(max_epochs=2, random_state=0).fit(X, Y)
    assert len(model.members_) == 8
    assert has_bins(model)
    learned = {tuple(schema.columns) for schema in model.schemas_}
    assert len(learned) == 8  # each learned from training rows of its own


def test_probabilities_are_the_mean_over_members():
    X, y = load_wine(return_X_y=True)
    model = DeepClassifier(max_epochs=3, random_state=0).fit(X, y)
    raw, _ = model._raw(X)
    each = torch.from_numpy(raw).softmax(-1).numpy()
    np.testing.assert_allclose(model.predict_proba(X), each.mean(0), atol=1e-6)
    assert len(each) == 8


@pytest.mark.parametrize(
    ("model", "members", "bins"),
    [
        (DeepRegressor(architecture="mlp"), 1, False),
        (DeepRegressor(architecture="tabular"), 8, True),
        (DeepRegressor(architecture="deepstat/tabular"), 8, True),
        (DeepRegressor(architecture="tabular", n_members=2), 2, True),
        (DeepRegressor(n_members=1), 1, True),
        (DeepRegressor(formula="target ~ age + deep(bmi, s5)"), 1, False),
        (DeepDistributionRegressor(), 1, False),
        (DeepQuantileRegressor(), 1, False),
    ],
)
def test_auto_depends_on_what_is_declared(model, members, bins):
    table = X.assign(target=Y) if model.formula else X
    model = clone(model).set_params(max_epochs=1, random_state=0)
    model = model.fit(table) if model.formula else model.fit(X, Y)
    assert len(model.members_) == members
    assert has_bins(model) == bins


def test_parameters_keep_the_word_auto_and_files_say_what_it_meant(tmp_path):
    model = DeepRegressor(max_epochs=1, random_state=0).fit(X, Y)
    assert model.get_params()["architecture"] == model.get_params()["n_members"] == "auto"
    deepstat.save(model, tmp_path / "model")
    loaded = deepstat.load(tmp_path / "model")
    assert loaded.get_params()["architecture"] == "auto"
    assert loaded._recipe["architecture"] == "deepstat/tabular"
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_the_default_is_single_precision_beyond_small_tables_alone():
    kinds = {
        n: DeepRegressor(max_epochs=1, random_state=0).fit(X[:n], Y[:n]).members_[0].flat.dtype
        for n in (128, 129)
    }
    assert kinds == {128: torch.float64, 129: torch.float32}
    plain = DeepRegressor(architecture="mlp", max_epochs=1, random_state=0).fit(X, Y)
    assert plain.members_[0].flat.dtype == torch.float64


def test_a_fit_goes_on_with_all_members():
    model = DeepRegressor(max_epochs=1, random_state=0, warm_start=True).fit(X, Y)
    before = [member.flat.clone() for member in model.members_]
    model.fit(X, Y)
    assert len(model.members_) == 8
    assert not any(torch.equal(a, b.flat) for a, b in zip(before, model.members_, strict=True))


def n_bins(model):
    [layer] = [m for m in model.network_.modules() if isinstance(m, PiecewiseLinearEmbedding)]
    return layer.start.shape[-1]


def test_bins_grow_with_the_training_rows_and_stay_in_saved_models_and_in_fits_that_go_on(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4_600, 2))
    y = X[:, 0] + rng.normal(size=4_600)
    model = DeepRegressor(max_epochs=1, n_members=1, random_state=0, warm_start=True)
    assert n_bins(clone(model).fit(X[:4_500], y[:4_500])) == 32  # a tenth is held out
    assert n_bins(model.fit(X, y)) == 64
    deepstat.save(model, tmp_path / "model")
    loaded = deepstat.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    model.fit(X[:500], y[:500])
    assert n_bins(model) == 64


def test_refits_on_both_sides_of_a_threshold_equal_fits_alone():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4_200, 2))
    y = X[:, 0] + rng.normal(size=4_200)
    model = DeepRegressor(max_epochs=1, n_members=1, early_stopping=False, random_state=0)
    rows = [np.arange(4_200), np.arange(4_000)]
    together = list(refit(model, X, y, [Draw(rows=own) for own in rows]))
    assert [n_bins(fitted) for fitted in together] == [64, 32]
    for own, fitted in zip(rows, together, strict=True):
        alone = clone(model).fit(X[own], y[own])
        np.testing.assert_allclose(fitted.predict(X[:50]), alone.predict(X[:50]), rtol=2e-4, atol=2e-4)


def test_an_unknown_word_is_told():
    with pytest.raises(ValueError, match="n_members"):
        DeepRegressor(n_members="many").fit(X, Y)
    with pytest.raises(ValueError, match="Unknown architecture 'auot'"):
        DeepRegressor(architecture="auot").fit(X, Y)

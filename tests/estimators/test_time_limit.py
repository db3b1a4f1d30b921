"""Time limits, stopping rules and precision as parameters of estimators."""

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification
from sklearn.model_selection import cross_val_score
from torch import nn

import deepstat
from deepstat import DeepClassifier, DeepRegressor
from deepstat.estimators import network_estimator
from deepstat.estimators.draw import Draw
from deepstat.estimators.refit import refit
from deepstat.training import clock
from deepstat.training.loop import train


@pytest.fixture
def planned(monkeypatch):
    """The plans that fits hand in; training itself is left out but for one epoch."""
    seen = []

    def look(plans):
        seen.append(plans)
        return train([network_estimator.one_epoch(plan) for plan in plans])

    monkeypatch.setattr(network_estimator, "train_together", look)
    return seen


def test_the_limit_counts_from_the_first_line_of_fit_and_is_shared_by_members(planned, monkeypatch, X, y):
    time = iter(range(100))
    monkeypatch.setattr(clock, "now", lambda: float(next(time)))
    DeepRegressor(
        architecture="mlp", n_members=3, loss="tukey", time_limit=50, max_epochs=1, random_state=0
    ).fit(X, y)
    (plans,) = planned
    limits = {id(plan.time_limit) for plan in plans} | {id(plan.start.time_limit) for plan in plans}
    assert len(limits) == 1
    assert plans[0].time_limit.seconds == 50.0
    assert plans[0].time_limit.spent == 1.0


def test_a_limit_that_is_over_before_training_still_returns_trained_weights(X, y):
    model = DeepRegressor(
        architecture="mlp", time_limit=1e-9, max_epochs=50, random_state=0, early_stopping=True
    ).fit(X, y)
    fresh = DeepRegressor(
        architecture="mlp", max_epochs=1, learning_rate=1e-12, random_state=0, early_stopping=True
    ).fit(X, y)
    assert model.n_iter_ == 1
    assert np.abs(model.predict(X) - fresh.predict(X)).max() > 1e-4
    assert np.isfinite(model.predict(X)).all()


def test_refits_share_no_limit(X, y):
    model = DeepRegressor(architecture="mlp", max_epochs=500, time_limit=1e-9, random_state=0)
    first, second = refit(model, X, y, [Draw(), Draw(params={"time_limit": None, "max_epochs": 3})])
    assert (first.n_iter_, second.n_iter_) == (1, 3)


def test_folds_of_one_population_have_the_sum_of_their_limits(X, y):
    model = DeepRegressor(architecture="mlp", max_epochs=3, time_limit=1000.0, random_state=0)
    with deepstat.population() as together:
        joint = cross_val_score(model, X, y, cv=3)
    assert [each.n_fits for each in together.rounds] == [3]
    np.testing.assert_allclose(joint, cross_val_score(model, X, y, cv=3), atol=1e-9)


@pytest.mark.parametrize("verbose", [1, 2])
def test_a_fit_that_is_cut_short_says_so(verbose, X, y, capsys):
    DeepRegressor(architecture="mlp", time_limit=1e-9, verbose=verbose, random_state=0).fit(X, y)
    assert "stopped in epoch 1" in capsys.readouterr().out


def test_a_fit_of_minutes_ends_within_its_second():
    draw = np.random.default_rng(0)
    X = draw.normal(size=(50_000, 10))
    began = clock.now()
    model = DeepRegressor(
        architecture="mlp", time_limit=1.0, max_epochs=1000, random_state=0, device="cpu"
    ).fit(X, X[:, 0] ** 2)
    assert clock.now() - began < 3.0
    assert model.n_iter_ < 1000


@pytest.mark.parametrize("parameter", [{"time_limit": 5.0}, {"stop_by": "smoothed"}])
def test_classical_solvers_refuse_what_means_nothing_there(parameter, X, y):
    with pytest.raises(ValueError, match=f"leave out {next(iter(parameter))}="):
        DeepRegressor(architecture="linear", optimizer="newton", **parameter).fit(X, y)


@pytest.mark.parametrize("loss", ["focal", "hinge"])
def test_refinement_is_refused_where_there_is_no_log_loss(loss, X, y, labels):
    sentence = f"which '{loss}' has not: use loss='cross_entropy' of a classifier"
    with pytest.raises(ValueError, match=sentence):
        DeepClassifier(architecture="mlp", stop_by="refinement", loss=loss).fit(X, labels)
    with pytest.raises(ValueError, match="which 'squared' has not"):
        DeepRegressor(architecture="mlp", stop_by="refinement").fit(X, y)


def test_refinement_goes_on_where_the_log_loss_is_misled_by_overconfidence():
    X, y = make_classification(400, 20, n_informative=5, flip_y=0.3, random_state=0)
    settings = {"max_epochs": 25, "schedule": "constant", "learning_rate": 0.02, "random_state": 0}
    by_loss, refined = (
        DeepClassifier(stop_by=stop_by, n_members=2, **settings).fit(X, y)
        for stop_by in ("loss", "refinement")
    )
    assert by_loss.best_epochs_ != refined.best_epochs_
    for member, best in enumerate(refined.best_epochs_):
        own = [entry for entry in refined.history_ if entry["member"] == member]
        assert all(entry["refined_loss"] <= entry["validation_loss"] + 1e-6 for entry in own)
        assert best == 1 + int(np.argmin([entry["refined_loss"] for entry in own]))


# -- learning rates of modules ----------------------------------------------------------------------------------------


class Rated(nn.Sequential):
    learning_rate_factors = {"0": 0.0, "2": 0.5}


def rated(inputs, n_outputs, *, plain=False):
    layers = nn.Linear(inputs.width, 4), nn.Tanh(), nn.Linear(4, n_outputs)
    return nn.Sequential(*layers) if plain else Rated(*layers)


@pytest.mark.parametrize("n_members", [1, 2])
def test_a_module_s_factors_freeze_and_halve(n_members, X, y):
    def weights(**settings):
        model = DeepRegressor(
            architecture=rated, optimizer="sgd", batch_size=60, max_epochs=1, n_members=n_members, random_state=0,
            schedule="constant", **settings,
        ).fit(X, y)  # fmt: skip
        return torch.stack([member.flat for member in model.members_])

    plain = {"architecture_params": {"plain": True}}
    start, whole, own = weights(learning_rate=1e-300, **plain), weights(**plain), weights()
    first = slice(0, 16)  # the first layer of three columns
    assert torch.equal(own[:, first], start[:, first])
    assert torch.allclose(own[:, 16:] - start[:, 16:], 0.5 * (whole[:, 16:] - start[:, 16:]), atol=1e-12)
    assert torch.equal(weights(freeze=["2"]), start)


# -- precision --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n_rows", "dtype"), [(128, torch.float64), (129, torch.float32)])
def test_the_default_network_of_tables_trains_in_float32_where_it_trains_in_batches(n_rows, dtype):
    draw = np.random.default_rng(0)
    X = draw.normal(size=(n_rows, 3))
    model = DeepRegressor(n_members=1, max_epochs=1, random_state=0, device="cpu").fit(X, X[:, 0])
    assert model.members_[0].flat.dtype == dtype
    assert model.predict(X).dtype == np.float64
    other = DeepRegressor(architecture="mlp", max_epochs=1, device="cpu").fit(X, X[:, 0])
    assert other.members_[0].flat.dtype == torch.float64
    given = DeepRegressor(n_members=1, max_epochs=1, precision="float64", device="cpu").fit(X, X[:, 0])
    assert given.members_[0].flat.dtype == torch.float64
    (refitted,) = refit(model, X, X[:, 0], [Draw(rows=np.arange(50))])
    assert refitted.members_[0].flat.dtype == dtype  # the table's, however few are drawn


def test_a_fit_that_goes_on_keeps_its_precision():
    X = np.random.default_rng(0).normal(size=(300, 3))
    model = DeepRegressor(n_members=1, max_epochs=1, random_state=0, device="cpu").fit(X, X[:, 0])
    model.partial_fit(X[:20], X[:20, 0])
    assert model.members_[0].flat.dtype == torch.float32
    small = DeepRegressor(n_members=1, max_epochs=1, random_state=0, device="cpu").fit(X[:20], X[:20, 0])
    small.set_params(warm_start=True).fit(X, X[:, 0])
    assert small.members_[0].flat.dtype == torch.float64


def test_formulas_and_classical_solvers_stay_in_float64():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.random.default_rng(0).normal(size=(300, 3)), columns=["y", "a", "b"])
    by_formula = DeepRegressor(formula="y ~ a + deep(b)", max_epochs=1, random_state=0).fit(frame)
    solved = DeepRegressor(architecture="linear", optimizer="newton").fit(frame[["a", "b"]], frame["y"])
    for model in (by_formula, solved):
        assert model.members_[0].flat.dtype == torch.float64

# ruff: noqa: NPY002  # numpy's global generator is what must not be touched
"""What a fit promises: repeatable to the bit, weights as frequencies, members as solo fits, nothing else touched."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning

from deepstat import DeepClassifier, DeepRegressor
from deepstat.estimators.plan import plan_fit
from deepstat.estimators.settings import ROWS_FOR_STOPPING
from deepstat.training.loop import train

FULL = {
    "architecture": "mlp",
    "batch_size": 10_000,
    "early_stopping": False,
    "max_epochs": 30,
    "random_state": 0,
    "learning_rate": 0.01,
}


@pytest.fixture(scope="module")
def table(X):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame.loc[::7, "b"] = np.nan
    return frame.assign(
        colour=np.tile(["red", "blue", None], 20),
        seen=np.tile([True, False, False, True], 15),
        day=pd.date_range("2020-01-01", periods=60, freq="31h"),
    )


@pytest.fixture(scope="module")
def weight():
    return np.random.default_rng(3).integers(0, 4, size=60).astype(float)


REGRESSIONS = [
    {},
    {"n_members": 3},
    {"loss": "huber"},
    {"loss": "tukey", "loss_params": {"scale": "huber"}},
    {"loss": "barron_likelihood", "l2": 0.01, "l1": 0.001},
    {"architecture": "linear", "loss": "quantile", "loss_params": {"tau": 0.3}},
    {"architecture_params": {"numeric_embedding": "periodic"}, "clip": 0.1},
]


@pytest.mark.parametrize("settings", REGRESSIONS)
def test_weight_two_is_the_row_twice_and_zero_its_absence(settings, table, y, weight):
    twice = np.repeat(np.arange(60), weight.astype(int))
    weighted = DeepRegressor(**{**FULL, **settings}).fit(table, y, weight)
    repeated = DeepRegressor(**{**FULL, **settings}).fit(table.iloc[twice], y[twice])
    np.testing.assert_allclose(weighted.predict(table), repeated.predict(table), rtol=0, atol=1e-9)
    for name, values in weighted.constants_.items():
        np.testing.assert_allclose(values, repeated.constants_[name], rtol=1e-9)


CLASSIFICATIONS = [
    {},
    {"class_weight": "balanced"},
    {"class_weight": {"mid": 3.0}, "loss": "focal"},
    {"class_weight": "effective_number", "class_weight_params": {"beta": 0.99}, "n_members": 2},
    {"loss": "hinge"},
    {"loss": "dice", "loss_params": {"smooth": 1e-12}},
    {"loss_params": {"label_smoothing": 0.1}, "class_weight": "balanced"},
]


@pytest.mark.parametrize("settings", CLASSIFICATIONS)
def test_weight_two_is_the_row_twice_in_classification(settings, table, three, weight):
    twice = np.repeat(np.arange(60), weight.astype(int))
    weighted = DeepClassifier(**{**FULL, **settings}).fit(table, three, weight)
    repeated = DeepClassifier(**{**FULL, **settings}).fit(table.iloc[twice], three[twice])
    np.testing.assert_allclose(
        weighted.decision_function(table), repeated.decision_function(table), rtol=0, atol=1e-9
    )
    if settings.get("loss") not in ("hinge", "dice"):
        np.testing.assert_allclose(
            weighted.predict_proba(table), repeated.predict_proba(table), rtol=0, atol=1e-9
        )


def test_the_level_of_weights_does_not_matter(X, y, weight):
    settings = {**FULL, "l2": 0.1, "clip": 0.5}
    plain = DeepRegressor(**settings).fit(X, y, weight)
    np.testing.assert_allclose(
        DeepRegressor(**settings).fit(X, y, 1000 * weight).predict(X), plain.predict(X), atol=1e-9
    )
    ones = DeepRegressor(**settings).fit(X, y, np.ones(60))
    np.testing.assert_allclose(ones.predict(X), DeepRegressor(**settings).fit(X, y).predict(X), atol=1e-9)


def test_rows_of_weight_zero_teach_nothing(table, y, three):
    weight = np.r_[np.ones(50), np.zeros(10)]
    odd = table.copy()
    odd.loc[50:, "colour"] = "violet"
    odd.loc[50:, "a"] = 1e6
    far = np.where(weight > 0, y, 1e6)
    other = np.where(weight > 0, three, "never")
    model = DeepRegressor(**{**FULL, "early_stopping": True}).fit(odd, far, weight)
    short = DeepRegressor(**{**FULL, "early_stopping": True}).fit(odd[:50], y[:50], weight[:50])
    assert model.schema_ == short.schema_
    np.testing.assert_array_equal(model.predict(table), short.predict(table))
    assert "never" not in DeepClassifier(**FULL).fit(odd, other, weight).classes_


SEEDED = {"max_epochs": 4, "batch_size": 16, "early_stopping": True, "architecture_params": {"dropout": 0.2}}


@pytest.mark.parametrize("n_members", [1, 3])
def test_one_seed_gives_one_fit_to_the_bit(n_members, table, y, three):
    for cls, target in ((DeepRegressor, y), (DeepClassifier, three)):
        fits = [cls(n_members=n_members, random_state=5, **SEEDED).fit(table, target) for _ in range(2)]
        for one, other in zip(fits[0].members_, fits[1].members_, strict=True):
            assert torch.equal(one.flat, other.flat)
        assert fits[0].history_ == fits[1].history_
        np.testing.assert_array_equal(fits[0].predict(table), fits[1].predict(table))


def test_numpy_integers_are_seeds_like_any_other(X, y):
    one = DeepRegressor(architecture="mlp", random_state=np.int64(3), **SEEDED).fit(X, y).predict(X)
    np.testing.assert_array_equal(
        one, DeepRegressor(architecture="mlp", random_state=3, **SEEDED).fit(X, y).predict(X)
    )


def test_a_random_state_instance_moves_on(X, y):
    def draws(seed):
        generator = np.random.RandomState(seed)
        return [
            DeepRegressor(architecture="mlp", random_state=generator, **SEEDED).fit(X, y).predict(X)
            for _ in range(2)
        ]

    first, again = draws(0), draws(0)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[0], first[1])


def test_no_seed_draws_fresh_entropy(X, y):
    np.random.seed(0)
    one = DeepRegressor(architecture="mlp", **SEEDED).fit(X, y).predict(X)
    np.random.seed(0)
    assert not np.array_equal(one, DeepRegressor(architecture="mlp", **SEEDED).fit(X, y).predict(X))


@pytest.mark.parametrize("random_state", [None, 0])
def test_global_generators_are_never_touched(random_state, table, y, three):
    np.random.seed(1)
    torch.manual_seed(1)
    for cls, target in ((DeepRegressor, y), (DeepClassifier, three)):
        model = cls(random_state=random_state, initializer="he_normal", n_members=2, **SEEDED)
        model.fit(table, target).predict(table)
        model.partial_fit(table, target)
    found = np.random.random(), torch.rand(1)
    np.random.seed(1)
    torch.manual_seed(1)
    assert found == (np.random.random(), torch.rand(1))


@pytest.mark.parametrize(
    "settings", [{}, {"loss": "huber"}, {"loss": "tukey"}, {"optimizer": torch.optim.Adamax}]
)
def test_members_equal_solo_fits(settings, table, y):
    model = DeepRegressor(n_members=3, random_state=0, **SEEDED, **settings)
    together = model.fit(table, y).members_
    plans = plan_fit(model, table, y, None).plans
    for plan, member in zip(plans, together, strict=True):
        (alone,) = train([plan])
        torch.testing.assert_close(alone.state.flat, member.flat, rtol=0, atol=1e-9)


def test_members_differ_and_predictions_average(X, y, three):
    model = DeepRegressor(architecture="mlp", n_members=3, random_state=0, max_epochs=5).fit(X, y)
    own = [
        network(torch.as_tensor((X - X.mean(0)) / X.std(0))).detach().numpy()[:, 0]
        for network in model.networks_
    ]
    own = np.array(own) * y.std() + y.mean()
    assert np.abs(own[0] - own[1]).max() > 1e-3
    np.testing.assert_allclose(model.predict(X), own.mean(axis=0), atol=1e-9)
    assert model.network_ is model.networks_[0]
    model = DeepClassifier(architecture="mlp", n_members=3, random_state=0, max_epochs=5).fit(X, three)
    raw = [network(torch.as_tensor((X - X.mean(0)) / X.std(0))) for network in model.networks_]
    mean = torch.stack([scores.softmax(dim=1) for scores in raw]).mean(dim=0).detach().numpy()
    np.testing.assert_allclose(model.predict_proba(X), mean, atol=1e-9)
    np.testing.assert_allclose(model.decision_function(X), np.log(mean), atol=1e-9)


def test_members_hold_out_rows_of_their_own(X, y):
    model = DeepRegressor(architecture="mlp", n_members=3, random_state=0, early_stopping=True, max_epochs=1)
    plans = plan_fit(model, X, y, None).plans
    held_out = [tuple(plan.validation_rows) for plan in plans]
    assert len(set(held_out)) == 3
    for plan in plans:
        assert sorted([*plan.rows, *plan.validation_rows]) == list(range(60))


def test_early_stopping_keeps_the_best_weights(X, y):
    noise = np.random.default_rng(0).normal(size=60)
    settings = {
        "architecture": "mlp",
        "early_stopping": True,
        "validation_fraction": 0.3,
        "learning_rate": 0.05,
        "random_state": 0,
    }
    model = DeepRegressor(max_epochs=200, patience=5, **settings).fit(X, noise)
    losses = [entry["validation_loss"] for entry in model.history_]
    best = int(np.argmin(losses)) + 1
    assert model.best_epochs_ == [best]
    assert model.n_iter_ == len(losses) == best + 5 < 200
    shorter = DeepRegressor(max_epochs=200, patience=5, on_epoch=lambda m, e: e["epoch"] == best, **settings)
    np.testing.assert_array_equal(model.predict(X), shorter.fit(X, noise).predict(X))


def test_early_stopping_is_off_for_small_tables_and_on_for_large_ones():
    X = np.random.default_rng(0).normal(size=(ROWS_FOR_STOPPING, 2))
    small = DeepRegressor(architecture="mlp", max_epochs=1, random_state=0).fit(X[1:], X[1:, 0])
    large = DeepRegressor(architecture="mlp", max_epochs=1, random_state=0).fit(X, X[:, 0])
    assert "validation_loss" not in small.history_[0]
    assert "validation_loss" in large.history_[0]


def test_a_loss_that_becomes_nan_warns_and_keeps_finite_weights(X, y):
    settings = {
        "architecture": "mlp",
        "optimizer": "sgd",
        "learning_rate": 1e6,
        "max_epochs": 50,
        "random_state": 0,
        "n_members": 2,
    }
    with pytest.warns(ConvergenceWarning, match="because its loss became NaN or infinite") as told:
        model = DeepRegressor(**settings).fit(X, y)
    assert [str(each.message).partition(" stopped")[0] for each in told] == ["Member 0", "Member 1"]
    assert all(member.flat.isfinite().all() for member in model.members_)


def test_large_arrays_are_trained_where_they_lie(monkeypatch, X, y):
    plain = (
        DeepRegressor(architecture="mlp", max_epochs=3, batch_size=16, random_state=0).fit(X, y).predict(X)
    )
    monkeypatch.setattr("deepstat.estimators.source.BYTES_WORTH_SHARING", 0)
    before = X.copy()
    model = DeepRegressor(architecture="mlp", max_epochs=3, batch_size=16, random_state=0)
    plan = plan_fit(model, X, y, None).plans[0]
    assert plan.table.x.data_ptr() == X.ctypes.data
    np.testing.assert_allclose(model.fit(X, y).predict(X), plain, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(X, before)

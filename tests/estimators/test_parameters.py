"""Every documented parameter changes the fit, or is documented not to and leaves it to the bit."""

import inspect
import itertools

import numpy as np
import pytest
import torch

from deepstat import DeepClassifier, DeepRegressor
from deepstat.estimators.parameters import CONSTRAINTS, LOSS_CONSTRAINTS

NET = {"hidden_layer_sizes": (8,)}
# For each parameter settings of a regression beside which another value of it must change the predictions.
CHANGES = {
    "architecture": (
        {"architecture": "linear", "architecture_params": None},
        {"architecture": "resnet", "architecture_params": None},
    ),
    "architecture_params": ({}, {"architecture_params": {**NET, "skip": True}}),
    "loss": ({}, {"loss": "absolute"}),
    "loss_params": ({"loss": "huber"}, {"loss": "huber", "loss_params": {"delta": 0.1}}),
    "optimizer": ({}, {"optimizer": "rmsprop"}),
    "optimizer_params": ({}, {"optimizer_params": {"beta1": 0.5}}),
    "learning_rate": ({}, {"learning_rate": 0.02}),
    "schedule": ({}, {"schedule": "constant"}),
    "schedule_params": ({"schedule": "cosine"}, {"schedule": "cosine", "schedule_params": {"end": 0.5}}),
    "batch_size": ({}, {"batch_size": 7}),
    "max_epochs": ({}, {"max_epochs": 6}),
    "early_stopping": ({"early_stopping": False}, {"early_stopping": True}),
    "validation_fraction": ({"early_stopping": True}, {"early_stopping": True, "validation_fraction": 0.4}),
    "patience": (
        {"early_stopping": True, "max_epochs": 40, "learning_rate": 0.3, "patience": 30},
        {"early_stopping": True, "max_epochs": 40, "learning_rate": 0.3, "patience": 1},
    ),
    "tol": (
        {"early_stopping": True, "max_epochs": 20, "patience": 3},
        {"early_stopping": True, "max_epochs": 20, "patience": 3, "tol": 0.5},
    ),
    "stop_by": (
        {"early_stopping": True, "max_epochs": 30, "learning_rate": 0.1},
        {"early_stopping": True, "max_epochs": 30, "learning_rate": 0.1, "stop_by": "smoothed"},
    ),
    "average_from": ({}, {"average_from": 0.5}),
    "l1": ({}, {"l1": 0.1}),
    "l2": ({}, {"l2": 0.1}),
    "clip": ({"optimizer": "sgd"}, {"optimizer": "sgd", "clip": 0.01}),
    "initializer": ({}, {"initializer": "xavier_normal"}),
    "initializer_params": (
        {"initializer": "normal"},
        {"initializer": "normal", "initializer_params": {"bias": 1.0}},
    ),
    "start_from": ({}, {"start_from": "a fitted estimator"}),
    "freeze": ({}, {"freeze": ["linear_0"]}),
    "n_members": ({}, {"n_members": 2}),
    "precision": ({}, {"precision": "float32"}),
    "random_state": ({}, {"random_state": 1}),
}
NEUTRAL = {
    "verbose": {"verbose": 2},
    "device": {"device": "cpu"},
    "on_epoch": {"on_epoch": lambda member, entry: None},
    "compile": {"compile": False},
    "time_limit": {"time_limit": 1000},  # not reached
    "checkpoint": {"checkpoint": "a folder"},
}
ELSEWHERE = {
    "warm_start",
    "class_weight",
    "class_weight_params",
    "formula",
    "terms",
}  # test_resuming.py, test_formula.py, and below


def fit(X, y, **settings):
    fixed = {"architecture": "mlp", "max_epochs": 5, "architecture_params": NET, "random_state": 0}
    model = DeepRegressor(**{**fixed, **settings})
    return model.fit(X, y).predict(X)


def test_every_parameter_is_tested_here():
    named = set(inspect.signature(DeepRegressor).parameters) | set(
        inspect.signature(DeepClassifier).parameters
    )
    assert named == set(CHANGES) | set(NEUTRAL) | ELSEWHERE
    assert set(CONSTRAINTS) | set(LOSS_CONSTRAINTS) | {"class_weight", "class_weight_params"} == named


@pytest.mark.parametrize("name", CHANGES)
def test_the_parameter_changes_the_predictions(name, X, y):
    first, second = (dict(settings) for settings in CHANGES[name])
    if name == "start_from":
        second = {
            name: DeepRegressor(
                architecture="mlp", architecture_params=NET, max_epochs=3, random_state=9
            ).fit(X, y)
        }
    difference = np.abs(fit(X, y, **first) - fit(X, y, **second)).max()
    assert difference > (1e-9 if name == "precision" else 1e-4)


@pytest.mark.parametrize("name", NEUTRAL)
def test_the_parameter_leaves_the_numbers_alone(name, X, y, tmp_path, capsys):
    settings = {"checkpoint": tmp_path} if name == "checkpoint" else NEUTRAL[name]
    np.testing.assert_array_equal(fit(X, y, **settings), fit(X, y))
    assert bool(capsys.readouterr().out) == (name == "verbose")


@pytest.mark.slow
def test_compiled_fits_equal_eager_ones(X, y):
    settings = {
        "batch_size": 20,
        "max_epochs": 3,
        "n_members": 2,
        "architecture_params": {**NET, "dropout": 0.3},
    }
    np.testing.assert_allclose(
        fit(X, y, compile=True, **settings), fit(X, y, compile=False, **settings), rtol=0, atol=1e-9
    )


OPTIONS = {
    "hidden_layer_sizes": (5, 5),
    "activation": "tanh",
    "dropout": 0.4,
    "normalization": "batch",
    "numeric_embedding": "periodic",
    "skip": True,
}


@pytest.mark.parametrize("option", OPTIONS)
def test_options_of_the_network_change_the_predictions(option, X, y):
    params = {**NET, option: OPTIONS[option]}
    assert np.abs(fit(X, y, architecture_params=params) - fit(X, y)).max() > 1e-4


def test_options_of_category_embeddings_change_the_predictions(y):
    X = np.array([["a", "b", "c", "d"][i % 4] for i in range(len(y))], dtype=object)[:, None]
    fits = [
        {"one_hot_max": 9},
        {"one_hot_max": 1, "embedding_dim": 2},
        {"one_hot_max": 1, "embedding_dim": 3},
    ]
    found = [fit(X, y, architecture_params={**NET, **params}) for params in fits]
    for one, other in itertools.combinations(found, 2):
        assert np.abs(one - other).max() > 1e-4


def test_options_of_numeric_embeddings_change_the_predictions(X, y):
    def periodic(**params):
        return fit(
            X,
            y,
            architecture_params={**NET, "numeric_embedding": "periodic", "numeric_embedding_params": params},
        )

    plain = periodic()
    for changed in ({"n_frequencies": 3}, {"n_outputs": 2}, {"sigma": 1.0}, {"relu": False}):
        assert np.abs(plain - periodic(**changed)).max() > 1e-4


def test_options_of_activations_change_the_predictions(X, y):
    found = [
        fit(X, y, architecture_params={**NET, "activation": "swish", "activation_params": {"beta": beta}})
        for beta in (0.5, 2.0)
    ]
    assert np.abs(found[0] - found[1]).max() > 1e-4


CLASS_WEIGHTS = {
    "balanced": {"class_weight": "balanced"},
    "dict": {"class_weight": {"yes": 3.0}},
    "effective_number": {"class_weight": "effective_number", "class_weight_params": {"beta": 0.99}},
    "another beta": {"class_weight": "effective_number", "class_weight_params": {"beta": 0.9}},
}


def test_class_weights_change_the_scores(X, labels):
    rare = np.flatnonzero((labels == "no") | (np.arange(60) % 3 == 0))
    found = [
        DeepClassifier(max_epochs=5, random_state=0, **settings)
        .fit(X[rare], labels[rare])
        .decision_function(X)
        for settings in ({}, *CLASS_WEIGHTS.values())
    ]
    for one, other in itertools.combinations(found, 2):
        assert np.abs(one - other).max() > 1e-4


CLASSIFICATION_OPTIONS = [
    ("cross_entropy", {"label_smoothing": 0.2}),
    ("focal", {"gamma": 0.5}),
    ("focal", {"alpha": 0.2}),
    ("dice", {"smooth": 5.0}),
]


@pytest.mark.parametrize(("loss", "params"), CLASSIFICATION_OPTIONS)
def test_options_of_classification_losses_change_the_scores(loss, params, X, labels):
    plain = (
        DeepClassifier(architecture="mlp", loss=loss, max_epochs=5, random_state=0)
        .fit(X, labels)
        .decision_function(X)
    )
    changed = DeepClassifier(
        architecture="mlp", loss=loss, loss_params=params, max_epochs=5, random_state=0
    ).fit(X, labels)
    assert np.abs(plain - changed.decision_function(X)).max() > 1e-4


def test_callables_stand_for_names(X, y):
    from deepstat.architectures.mlp import mlp
    from deepstat.initializers.he_normal import he_normal
    from deepstat.losses.huber import huber
    from deepstat.optimizers.adam import adam
    from deepstat.schedules.cosine import cosine

    named = fit(
        X,
        y,
        loss="quantile",
        initializer="he_normal",
        optimizer="adam",
        schedule="cosine",
        architecture="mlp",
    )
    given = fit(
        X, y, loss="quantile", initializer=he_normal, optimizer=adam, schedule=cosine, architecture=mlp
    )
    np.testing.assert_array_equal(named, given)
    # A bare callable has no record, so that its options are in units of the standardised target.
    fixed = fit(X, y, loss="huber", loss_params={"scale": float(np.std(y))})
    np.testing.assert_allclose(fit(X, y, loss=huber), fixed, atol=1e-9)


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.Adamax, torch.optim.SGD])
def test_torch_optimizers_train(optimizer, X, y):
    assert np.corrcoef(fit(X, y, optimizer=optimizer, learning_rate=0.05, max_epochs=20), y)[0, 1] > 0.9


def test_on_epoch_sees_every_epoch_of_every_member_and_stops_one(X, y):
    seen = []

    def stop(member, entry):
        seen.append((member, entry["epoch"], entry["loss"]))
        return member == 1 and entry["epoch"] == 3

    model = DeepRegressor(architecture="mlp", n_members=3, max_epochs=5, on_epoch=stop, random_state=0).fit(
        X, y
    )
    assert sorted(seen) == sorted((e["member"], e["epoch"], e["loss"]) for e in model.history_)
    assert [sum(e["member"] == m for e in model.history_) for m in range(3)] == [5, 3, 5]
    assert model.best_epochs_ == [5, 3, 5]


def test_on_epoch_does_not_see_the_fit_that_tukey_starts_from(X, y):
    seen = []
    model = DeepRegressor(
        architecture="mlp", loss="tukey", max_epochs=4, on_epoch=lambda m, e: seen.append(e), random_state=0
    ).fit(X, y)
    assert [entry["epoch"] for entry in seen] == [1, 2, 3, 4] == [entry["epoch"] for entry in model.history_]


def test_the_history_is_a_table(X, y):
    pandas = pytest.importorskip("pandas")
    model = DeepRegressor(
        architecture="mlp", n_members=2, early_stopping=True, max_epochs=4, random_state=0
    ).fit(X, y)
    table = pandas.DataFrame(model.history_)
    assert list(table.columns) == ["member", "epoch", "loss", "validation_loss"]
    assert table.groupby("member")["epoch"].apply(list).tolist() == [[1, 2, 3, 4]] * 2
    assert np.isfinite(table.to_numpy()).all()


def test_numeric_options_accept_whole_numbers(X, y):
    whole = fit(X, y, loss="huber", loss_params={"delta": 1, "scale": 2})
    np.testing.assert_array_equal(whole, fit(X, y, loss="huber", loss_params={"delta": 1.0, "scale": 2.0}))

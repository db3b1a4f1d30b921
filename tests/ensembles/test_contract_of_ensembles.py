"""scikit-learn's own checks of the ensembles, and its tools around them."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import deepstat
from deepstat import (
    DeepClassifier,
    DeepRegressor,
    EnsembleClassifier,
    EnsembleRegressor,
    Graph,
    GraphClassifier,
    NodeRegressor,
)

X, Y = load_diabetes(return_X_y=True)
WINE, LABELS = load_wine(return_X_y=True)
FAST = {"max_epochs": 40, "learning_rate": 0.03, "architecture_params": {"hidden_layer_sizes": (16,)}}
SMALL = {"max_epochs": 5, "architecture_params": {"hidden_layer_sizes": (8,)}}


@pytest.mark.slow
@parametrize_with_checks(
    [
        EnsembleRegressor(DeepRegressor(architecture="mlp", **FAST), n_members=2),
        EnsembleClassifier(DeepClassifier(architecture="mlp", **FAST), n_members=2),
        EnsembleRegressor(
            DeepRegressor(architecture="mlp", **FAST), n_members=2, snapshots=2, batches="shared"
        ),
        EnsembleClassifier(DeepClassifier(architecture="mlp", loss="hinge", **FAST), n_members=2),
    ]
)
def test_the_ensembles_obey_the_contract(estimator, check):
    check(estimator)


def test_parameters_of_the_estimator_are_reached_through_the_ensemble():
    model = EnsembleRegressor(DeepRegressor(architecture="mlp", **SMALL), n_members=2, random_state=0)
    grid = {"estimator__learning_rate": [1e-4, 3e-2], "rows": ["all", "bootstrap"]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, Y)
    assert len(set(search.cv_results_["mean_test_score"])) == 4
    assert search.best_params_["estimator__learning_rate"] == 3e-2
    assert search.best_estimator_.estimators_[0].learning_rate == 3e-2


def test_cross_validation_pipelines_and_the_population_context():
    model = make_pipeline(
        StandardScaler(),
        EnsembleClassifier(
            DeepClassifier(architecture="mlp", **SMALL), n_members=3, rows="bootstrap", random_state=0
        ),
    )
    alone = cross_validate(model, WINE, LABELS, cv=3, scoring="neg_log_loss")["test_score"]
    with deepstat.population() as together:
        found = cross_validate(model, WINE, LABELS, cv=3, scoring="neg_log_loss")["test_score"]
    np.testing.assert_allclose(found, alone, rtol=1e-8)
    assert [each.n_fits for each in together.rounds] == [3]


@pytest.mark.parametrize(
    "settings", [{}, {"selection": "greedy"}, {"random_params": {"l2": loguniform(1e-6, 1)}}]
)
def test_a_pickled_ensemble_predicts_alike_and_a_clone_is_unfitted(settings):
    model = EnsembleClassifier(
        DeepClassifier(architecture="mlp", **SMALL), n_members=3, random_state=0, **settings
    )
    model.fit(WINE, LABELS)
    twin = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(twin.predict_proba(WINE), model.predict_proba(WINE))
    fresh = clone(model)
    assert not [name for name in vars(fresh) if name.endswith("_")]
    np.testing.assert_array_equal(fresh.fit(WINE, LABELS).predict_proba(WINE), model.predict_proba(WINE))


def test_frames_of_every_kind_are_taken_and_names_are_demanded():
    frame = pd.DataFrame(X[:, :3], columns=list("abc")).assign(group=np.where(X[:, 4] > 0, "u", "v"))
    settings = {"n_members": 3, "rows": "bootstrap", "selection": "greedy", "random_state": 0}
    model = EnsembleRegressor(DeepRegressor(architecture="mlp", **SMALL), **settings).fit(frame, Y)
    assert list(model.feature_names_in_) == ["a", "b", "c", "group"]
    other = clone(model).fit(pl.from_pandas(frame), Y)
    np.testing.assert_allclose(other.predict(pl.from_pandas(frame)), model.predict(frame), rtol=1e-12)
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        model.predict(frame[["b", "a", "c", "group"]])
    model.fit(frame.drop(columns="group").to_numpy(), Y)
    assert not hasattr(model, "feature_names_in_")


def test_several_outputs_and_the_dtype_of_the_table():
    model = EnsembleRegressor(
        DeepRegressor(architecture="mlp", **SMALL), n_members=3, rows="bootstrap", random_state=0
    )
    targets = np.column_stack([Y, -Y])
    model.fit(X.astype(np.float32), targets)
    assert model.predict(X.astype(np.float32)).dtype == np.float32
    assert model.predict(X).shape == (442, 2)
    assert model.predict_spread(X).shape == (442, 2)


def test_a_failed_fit_leaves_the_fitted_state():
    model = EnsembleRegressor(DeepRegressor(architecture="mlp", **SMALL), n_members=2, random_state=0).fit(
        X, Y
    )
    before = model.predict(X)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X, Y[:-1])
    np.testing.assert_array_equal(model.predict(X), before)
    model.set_params(rows="bootstrap", oob_score=True).fit(X, Y)
    assert hasattr(model, "oob_score_")
    assert not hasattr(model.set_params(oob_score=False).fit(X, Y), "oob_score_")


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"estimator": Ridge()}, TypeError, "got a Ridge as its estimator, but takes a DeepRegressor"),
        ({"estimator": DeepClassifier()}, TypeError, "got a DeepClassifier as its estimator"),
        (
            {"estimator": NodeRegressor(graph=Graph([[0], [1]]))},
            TypeError,
            "draws rows of a table, and NodeRegressor reads graphs: .* scikit-learn's VotingRegressor",
        ),
        ({"estimator": GraphClassifier()}, TypeError, "GraphClassifier reads graphs: .* VotingClassifier"),
        (
            {"batches": "shared", "rows": "bootstrap"},
            ValueError,
            "batches='shared' needs members with the same rows",
        ),
        ({"oob_score": True}, ValueError, "oob_score=True needs members that leave rows out"),
        ({"rows": "bayesian", "oob_score": True}, ValueError, "oob_score=True needs"),
        ({"row_fraction": 0.5}, ValueError, "row_fraction=0.5 has no meaning for rows='all'"),
        ({"rows": "jackknife"}, ValueError, "The 'rows' parameter"),
        ({"n_members": 0}, ValueError, "The 'n_members' parameter"),
        ({"random_params": {"random_state": [1]}}, ValueError, "random_params cannot draw random_state"),
        ({"random_params": {"lerning_rate": [1]}}, ValueError, "Invalid parameter 'lerning_rate'"),
        (
            {"random_params": {"precision": ["float32"]}},
            ValueError,
            "set precision and device on the estimator",
        ),
        ({"snapshots": 9}, ValueError, "9 snapshots need as many epochs, but max_epochs=5"),
        ({"estimator__schedule": "linear", "snapshots": 2}, ValueError, "leave that at its default"),
        ({"estimator__average_from": 0.5, "snapshots": 2}, ValueError, "average_from of the estimator"),
        ({"estimator__early_stopping": True, "snapshots": 2}, ValueError, "leave early_stopping"),
    ],
)
def test_what_does_not_fit_is_told_in_one_sentence(settings, error, sentence):
    model = EnsembleRegressor(DeepRegressor(architecture="mlp", **SMALL), n_members=2).set_params(**settings)
    with pytest.raises(error, match=sentence):
        model.fit(X, Y)


def test_margins_are_averaged_and_give_no_probabilities():
    model = EnsembleClassifier(
        DeepClassifier(architecture="mlp", loss="hinge", **SMALL), n_members=3, random_state=0
    ).fit(WINE, LABELS)
    assert not hasattr(model, "predict_proba")
    members = np.stack([member.decision_function(WINE) for member in model.estimators_])
    np.testing.assert_allclose(model.decision_function(WINE), members.mean(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(model.predict_members(WINE), members)
    for settings in ({"selection": "greedy"}, {"rows": "bootstrap", "oob_score": True}):
        with pytest.raises(ValueError, match="Members are measured by their probabilities"):
            clone(model).set_params(**settings).fit(WINE, LABELS)


def test_copies_of_a_graph_estimator_are_averaged_by_scikit_learn():
    graph = Graph([[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]], node_features=np.eye(6))
    copies = [(f"seed_{i}", NodeRegressor(graph=graph, max_epochs=3, random_state=i)) for i in range(2)]
    nodes, y = np.arange(6), np.linspace(0.0, 1.0, 6)
    voting = VotingRegressor(copies).fit(nodes, y)
    single = [clone(each).fit(nodes, y).predict(nodes) for _, each in copies]
    np.testing.assert_allclose(voting.predict(nodes), np.mean(single, axis=0), rtol=1e-5)

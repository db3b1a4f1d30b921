"""scikit-learn's tools take the estimators as they take their own."""

import copy
import pickle
import re
import subprocess
import sys
import textwrap

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import PartialDependenceDisplay, permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr

from deepstat import DeepClassifier, DeepRegressor

FAST = {"max_epochs": 100, "learning_rate": 0.05, "architecture": "linear", "random_state": 0}


@pytest.fixture(scope="module")
def frame(X):
    return pd.DataFrame(X, columns=["a", "b", "c"]).assign(colour=np.tile(["red", "blue", "green"], 20))


@pytest.fixture(scope="module")
def regressor():
    return DeepRegressor(**FAST)


@pytest.fixture(scope="module")
def classifier():
    return DeepClassifier(**FAST)


def test_pipeline_and_column_transformer_feed_the_network(frame, y, regressor):
    scale = ColumnTransformer([("scale", StandardScaler(), ["a", "b"])], remainder="passthrough")
    model = make_pipeline(scale.set_output(transform="pandas"), regressor).fit(frame, y)
    assert model.score(frame, y) > 0.9
    assert list(model[-1].feature_names_in_)[-1] == "remainder__colour"
    assert model[-1].schema_.columns[-1].kind == "categorical"


def test_grid_search_reaches_entries_of_the_params(X, y):
    grid = {
        "loss_params__delta": [0.5, 2.0],
        "architecture_params__dropout": [0.0, 0.5],
        "optimizer_params__beta1": [0.5, 0.9],
    }
    model = DeepRegressor(
        architecture="mlp", loss="huber", max_epochs=3, random_state=0, architecture_params={"dropout": 0.1}
    )
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)
    scores = search.cv_results_["mean_test_score"]
    assert len(set(scores)) == 8
    best = search.best_estimator_
    assert {
        f"{a}__{b}"
        for a in ("loss_params", "architecture_params", "optimizer_params")
        for b in getattr(best, a)
    } == set(grid)
    assert model.loss_params is None
    assert model.architecture_params == {"dropout": 0.1}


def test_an_unknown_entry_of_the_params_fails_in_the_search(X, y, regressor):
    search = GridSearchCV(regressor, {"loss_params__dleta": [1.0]}, cv=2, error_score="raise")
    with pytest.raises(ValueError, match="no option 'dleta'"):
        search.fit(X, y)


def test_nested_entries_are_parameters():
    model = DeepRegressor(architecture="mlp", loss="huber", loss_params={"delta": 1.0})
    assert model.get_params()["loss_params__delta"] == 1.0
    assert "loss_params__delta" not in model.get_params(deep=False)
    before = model.loss_params
    model.set_params(loss_params__delta=3.0, loss_params__scale=2.0)
    assert model.loss_params == {"delta": 3.0, "scale": 2.0}
    assert before == {"delta": 1.0}  # a dict given by the caller is never written to
    with pytest.raises(ValueError, match="Invalid parameter 'lss_params'"):
        model.set_params(lss_params__delta=3.0)
    model.set_params(
        start_from=DeepRegressor(architecture="mlp", loss_params={"delta": 1.0}),
        start_from__loss_params__delta=2.0,
    )
    assert model.start_from.loss_params == {"delta": 2.0}


def test_cross_validate_with_several_scorers(X, y, labels, regressor, classifier):
    found = cross_validate(
        regressor, X, y, cv=3, scoring=("r2", "neg_median_absolute_error", "neg_max_error")
    )
    assert (found["test_r2"] > 0.9).all()
    scorers = ("neg_log_loss", "roc_auc", "balanced_accuracy")
    assert (cross_validate(classifier, X, labels, cv=3, scoring=scorers)["test_roc_auc"] > 0.9).all()


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba", "decision_function"])
def test_cross_val_predict_with_every_method(method, X, three, classifier):
    found = cross_val_predict(classifier, X, three, cv=3, method=method)
    assert found.shape == (60, 3)
    assert np.isfinite(found).all()


def test_permutation_importance_orders_the_columns(X, y, regressor):
    importance = permutation_importance(regressor.fit(X, y), X, y, n_repeats=3, random_state=0)
    assert importance.importances_mean.argmax() == 1


@pytest.mark.filterwarnings("ignore:.*[Pp]yparsing:DeprecationWarning")
def test_partial_dependence_display_draws_numbers_and_categories(frame, y, labels, regressor, classifier):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    model = clone(regressor).fit(frame, y)
    features = ["a", ("a", "b"), "colour"]
    kinds = ["both", "average", "average"]
    shown = PartialDependenceDisplay.from_estimator(
        model, frame, features, categorical_features=["colour"], kind=kinds, grid_resolution=5
    )
    assert shown.axes_.size == 3
    PartialDependenceDisplay.from_estimator(
        clone(classifier).fit(frame, labels), frame, ["b"], grid_resolution=5
    )
    plt.close("all")


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_wraps_the_classifier(method, X, labels, classifier):
    model = CalibratedClassifierCV(classifier, method=method, cv=2).fit(X, labels)
    assert model.score(X, labels) > 0.9
    prefit = CalibratedClassifierCV(FrozenEstimator(clone(classifier).fit(X, labels)), method=method).fit(
        X, labels
    )
    assert prefit.score(X, labels) > 0.9


def test_calibration_gives_a_hinge_network_probabilities(X, labels, classifier):
    hinge = clone(classifier).set_params(loss="hinge")
    model = CalibratedClassifierCV(hinge, cv=2).fit(X, labels)
    assert model.predict_proba(X).shape == (60, 2)


@pytest.mark.parametrize("tool", [BaggingRegressor, AdaBoostRegressor])
def test_regression_ensembles(tool, X, y, regressor):
    assert tool(regressor, n_estimators=2, random_state=0).fit(X, y).score(X, y) > 0.8


@pytest.mark.parametrize("tool", [BaggingClassifier, AdaBoostClassifier])
def test_classification_ensembles(tool, X, three, classifier):
    assert tool(classifier, n_estimators=2, random_state=0).fit(X, three).score(X, three) > 0.7


def test_bagging_draws_columns_too(frame, y):
    model = BaggingRegressor(DeepRegressor(**FAST), n_estimators=2, max_features=2, random_state=0)
    assert np.isfinite(model.fit(frame.drop(columns="colour"), y).predict(frame.drop(columns="colour"))).all()


def test_stacking_gives_frames_on_request(frame, y, labels, regressor, classifier):
    stack = StackingRegressor(
        [("deep", regressor), ("mean", DeepRegressor(architecture="mlp", max_epochs=1))],
        LinearRegression(),
        cv=2,
    )
    out = stack.set_output(transform="pandas").fit_transform(frame, y)
    assert list(out.columns) == ["stackingregressor_deep", "stackingregressor_mean"]
    stack = StackingClassifier([("deep", classifier)], LogisticRegression(), cv=2, passthrough=False)
    out = stack.set_output(transform="polars").fit(frame, labels).transform(frame)
    assert out.columns == ["stackingclassifier_deep"]


def test_transformed_target_and_several_outputs(X, y, regressor):
    model = TransformedTargetRegressor(regressor, func=np.sinh, inverse_func=np.arcsinh).fit(X, np.arcsinh(y))
    assert model.score(X, np.arcsinh(y)) > 0.8
    assert MultiOutputRegressor(regressor).fit(X, np.c_[y, -y]).predict(X).shape == (60, 2)


def test_one_against_the_rest(X, three, classifier):
    assert OneVsRestClassifier(classifier).fit(X, three).score(X, three) > 0.7


def test_weights_are_routed(X, y):
    weight = np.where(X[:, 0] > 0, 5.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        model = (
            DeepRegressor(**FAST).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        )
        plain = cross_validate(DeepRegressor(**FAST), X, y, cv=2)["test_score"]
        found = cross_validate(model, X, y, cv=2, params={"sample_weight": weight})["test_score"]
        piped = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        through = cross_validate(piped, X, y, cv=2, params={"sample_weight": weight})["test_score"]
        piped.fit(X, y, sample_weight=weight)
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError):
            make_pipeline(DeepRegressor(**FAST)).fit(X, y, sample_weight=weight)
    assert not np.isclose(plain, found).any()
    np.testing.assert_allclose(through, found, atol=1e-3)
    for method in ("set_fit_request", "set_partial_fit_request", "set_score_request"):
        assert hasattr(DeepClassifier(), method)


def test_feature_names_are_learned_and_demanded(frame, y):
    model = DeepRegressor(**FAST).fit(frame, y)
    assert list(model.feature_names_in_) == ["a", "b", "c", "colour"]
    assert model.n_features_in_ == 4
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        model.predict(frame[["b", "a", "c", "colour"]])
    with pytest.raises(ValueError, match="Feature names unseen at fit time:\n- d"):
        model.predict(frame.rename(columns={"c": "d"}))
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(frame.to_numpy())
    model.fit(frame.drop(columns="colour").to_numpy(), y)
    assert not hasattr(model, "feature_names_in_")


def test_names_of_mixed_type_are_refused_before_training(frame, y):
    mixed = frame.rename(columns={"a": 1})
    with pytest.raises(TypeError, match="all input features have string names"):
        DeepRegressor(**FAST).fit(mixed, y)


def test_clone_forgets_the_fit_and_keeps_the_params(X, y):
    settings = {
        "architecture_params": {"hidden_layer_sizes": (4,)},
        "loss": "huber",
        "loss_params": {"delta": 2.0},
    }
    model = DeepRegressor(max_epochs=2, **settings).fit(X, y)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert twin.architecture_params is not model.architecture_params
    assert [name for name in vars(twin) if name.endswith("_") or name.startswith("_")] == []


def test_a_frozen_start_survives_cloning(X, y):
    source = DeepRegressor(architecture="mlp", max_epochs=30, learning_rate=0.02, random_state=0).fit(X, y)
    model = DeepRegressor(
        architecture="mlp", start_from=FrozenEstimator(source), max_epochs=1, learning_rate=1e-6
    )
    assert cross_validate(model, X, y, cv=2, error_score="raise")["test_score"].min() > 0.8


ROUND_TRIPS = {
    "pickle": lambda model, folder: pickle.loads(pickle.dumps(model)),
    "old pickle": lambda model, folder: pickle.loads(pickle.dumps(model, protocol=2)),
    "deepcopy": lambda model, folder: copy.deepcopy(model),
    "joblib": lambda model, folder: joblib.load(joblib.dump(model, folder / "model.joblib")[0]),
}


@pytest.mark.parametrize("round_trip", ROUND_TRIPS)
@pytest.mark.parametrize(
    "settings", [{}, {"n_members": 2, "architecture_params": {"dropout": 0.2, "normalization": "batch"}}]
)
def test_copies_predict_and_go_on_alike(round_trip, settings, frame, labels, tmp_path):
    model = DeepClassifier(max_epochs=3, random_state=0, **settings).fit(frame, labels)
    twin = ROUND_TRIPS[round_trip](model, tmp_path)
    np.testing.assert_array_equal(twin.predict_proba(frame), model.predict_proba(frame))
    twin.partial_fit(frame, labels)
    model.partial_fit(frame, labels)
    np.testing.assert_array_equal(twin.predict_proba(frame), model.predict_proba(frame))
    twin.partial_fit(frame, labels)  # and the copy shares no memory
    assert not np.array_equal(twin.predict_proba(frame), model.predict_proba(frame))


def test_pickles_hold_no_modules_and_no_rows(X, y):
    y = y * np.pi
    data = pickle.dumps(DeepRegressor(**FAST).fit(X, y))
    assert b"torch.nn" not in data
    assert X[7].tobytes() not in data
    assert y[7:9].tobytes() not in data


def test_a_pickle_works_in_a_fresh_process(frame, labels, tmp_path):
    model = DeepClassifier(architecture="mlp", max_epochs=2, random_state=0).fit(frame, labels)
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    frame.to_pickle(tmp_path / "frame.pickle")
    script = f"""
        import pickle, pathlib, pandas
        folder = pathlib.Path({str(tmp_path)!r})
        model = pickle.loads((folder / "model.pickle").read_bytes())
        print(model.predict_proba(pandas.read_pickle(folder / "frame.pickle")).tobytes().hex())
    """
    run = [sys.executable, "-W", "error", "-c", textwrap.dedent(script)]
    printed = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    assert printed == model.predict_proba(frame).tobytes().hex()


def test_reprs_show_what_was_changed(X, y):
    model = DeepRegressor(loss="huber", loss_params={"delta": 2.0})
    assert re.sub(r"\s+", "", repr(model)) == "DeepRegressor(loss='huber',loss_params={'delta':2.0})"
    assert repr(DeepRegressor()) == "DeepRegressor()"
    for each in (model, model.set_params(max_epochs=1).fit(X, y), make_pipeline(model)):
        html = estimator_html_repr(each)
        assert "DeepRegressor" in html
        assert "delta" in html

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor

from deepstat import DeepClassifier, DeepRegressor
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.nuisances.check_learner import check_learner
from deepstat.inference.nuisances.cross_fitted import cross_fitted
from deepstat.inference.nuisances.joint_table import joint_table
from deepstat.inference.nuisances.mean_learner import mean_learner_for
from deepstat.inference.nuisances.parts import make_parts
from deepstat.inference.nuisances.regressions import Regressions
from deepstat.inference.nuisances.working_responses import working_responses
from deepstat.inference.randomness import DRAW, derived_seed
from deepstat.inference.scores.mean_model import mean_model
from deepstat.training.loop import train
from deepstat.training.together import trained_by


class Memory(RegressorMixin, BaseEstimator):
    """Predicts 1 for labels (first column) it has seen, else 2."""

    def fit(self, X, y, sample_weight=None):
        self.seen_ = np.asarray(X)[:, 0]
        return self

    def predict(self, X):
        return 2.0 - np.isin(np.asarray(X)[:, 0], self.seen_)


@pytest.mark.parametrize("n_inner", [0, 3])
def test_parts_and_inner_folds_partition_the_rows(n_inner):
    parts = make_parts(23, 4, 2, seed=1, fit_seed=5, n_inner=n_inner)
    for repetition in range(2):
        own = [part for part in parts if part.repetition == repetition]
        assert sorted(np.concatenate([part.test for part in own])) == list(range(23))
    for part in parts:
        assert not np.intersect1d(part.train, part.test).size
        assert len(part.train) + len(part.test) == 23
        assert len(part.inner) == n_inner
        if n_inner:
            assert sorted(np.concatenate([held for _, held in part.inner])) == part.train.tolist()
            assert all(sorted([*rest, *held]) == part.train.tolist() for rest, held in part.inner)
    assert len({part.seed for part in parts}) == 2
    assert {tuple(part.test) for part in parts[:4]} != {tuple(part.test) for part in parts[4:]}


def test_clusters_lie_on_one_side_of_every_fold():
    clusters = np.repeat(np.arange(12), 3).astype(np.int32)
    for part in make_parts(36, 4, 1, seed=0, fit_seed=None, clusters=clusters, n_inner=3):
        assert not np.intersect1d(clusters[part.train], clusters[part.test]).size
        assert all(not np.intersect1d(clusters[rest], clusters[held]).size for rest, held in part.inner)


def test_strata_are_shared_among_folds():
    strata = (np.arange(40) < 8).astype(np.int32)
    for part in make_parts(40, 4, 1, seed=0, fit_seed=None, strata=strata, n_inner=3):
        assert strata[part.test].sum() == 2
        assert all(strata[held].sum() == 2 for _, held in part.inner)


@pytest.mark.parametrize(
    "learner", [LinearRegression(), DeepRegressor(architecture="mlp", max_epochs=2, random_state=1)]
)
def test_predictions_are_those_of_scikit_learn_with_the_same_folds(learner):
    rng = np.random.default_rng(0)
    Z, y, d = rng.normal(size=(60, 2)), rng.normal(size=60), rng.normal(size=60)
    fit_seed = getattr(learner, "random_state", None)
    parts = make_parts(60, 3, 1, seed=3, fit_seed=fit_seed)
    found = cross_fitted(
        Regressions(learner, Z), parts, [[(t, part.train, None) for t in (y, d)] for part in parts], 60
    )
    folds = PredefinedSplit(deletion_labels(60, 3, seed=derived_seed(3, DRAW, 0)))
    if fit_seed is not None:
        learner.set_params(random_state=parts[0].seed)
    for column, target in enumerate((y, d)):
        np.testing.assert_allclose(
            found[0, :, column], cross_val_predict(learner, Z, target, cv=folds), atol=1e-9
        )


def test_all_networks_train_in_one_call():
    rng = np.random.default_rng(0)
    Z, y, d = rng.normal(size=(40, 2)), rng.normal(size=40), rng.normal(size=40)
    parts = make_parts(40, 2, 3, seed=0, fit_seed=0)
    sizes = []

    def trainer(plans):
        sizes.append(len(plans))
        return train(plans)

    tasks = [[(target, part.train, None) for target in (y, d)] for part in parts]
    with trained_by(trainer):
        cross_fitted(Regressions(DeepRegressor(architecture="mlp", max_epochs=1), Z), parts, tasks, 40)
    assert sizes == [12]


@pytest.mark.parametrize("clustered", [False, True])
def test_no_row_meets_a_fit_that_has_seen_it(clustered):
    clusters = np.arange(60, dtype=np.int32) // 3
    labels = (clusters if clustered else np.arange(60))[:, None].astype(float)
    y = np.random.default_rng(0).poisson(2.0, 60).astype(float)
    parts = make_parts(60, 3, 2, seed=0, fit_seed=None, clusters=clusters if clustered else None, n_inner=4)
    memory = Regressions(Memory(), labels)
    assert (cross_fitted(memory, parts, [[(y, part.train, None)] for part in parts], 60) == 2).all()
    for part, (eta, _, _) in zip(
        parts, working_responses(memory, y, mean_model("poisson"), parts, np.ones(60)), strict=True
    ):
        np.testing.assert_allclose(eta[part.train], np.log(2))
        assert (eta[part.test] == 0).all()


def test_weights_reach_the_fits():
    y = np.array([0.0, 0.0, 9.0, 9.0])
    tasks = [(y, np.array([0, 1, 2]), np.array([1.0, 1.0, 2.0, 1.0]), None)]
    found = Regressions(DummyRegressor(), np.zeros((4, 1)), np.array([1.0, 1.0, 4.0, 1.0])).predict(
        tasks, [np.array([3])]
    )
    assert found[0][0] == pytest.approx(9 * 8 / 10)


def test_probabilities_of_class_one_are_taken_from_classifiers():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(50, 1))
    y = (Z[:, 0] + rng.normal(size=50) > 0).astype(float)
    found = Regressions(LogisticRegression(), Z).predict([(y, np.arange(50), None, None)], [np.arange(50)])
    np.testing.assert_allclose(found[0], LogisticRegression().fit(Z, y).predict_proba(Z)[:, 1])
    with pytest.raises(ValueError, match="one class only"):
        Regressions(DummyClassifier(), Z).predict([(y, np.flatnonzero(y == 0), None, None)], [np.arange(5)])


def test_predictions_that_are_not_finite_are_refused():
    class Wild(DummyRegressor):
        def predict(self, X):
            return np.full(len(X), np.nan)

    with pytest.raises(ValueError, match="something else than one finite number"):
        Regressions(Wild(), np.zeros((4, 1))).predict(
            [(np.arange(4.0), np.arange(4), None, None)], [np.arange(2)]
        )


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_joint_table_keeps_the_frame_and_its_names(frame):
    joint = joint_table(np.array([[1.0], [2.0]]), frame({"d1": ["a", "b"], "z": [3, 4]}))
    assert isinstance(joint, frame)
    assert list(joint.columns) == ["d1", "z", "d2"]
    assert list(joint["d2"]) == [1.0, 2.0]
    assert list(joint["d1"]) == ["a", "b"]


def test_joint_table_of_rows_in_another_order_stays_in_that_order():
    joint = joint_table(np.array([[1.0], [2.0]]), pd.DataFrame({"z": [3, 4]}, index=[7, 3]))
    assert joint.to_numpy().tolist() == [[3, 1], [4, 2]]


def test_joint_table_keeps_a_sparse_matrix_sparse():
    joint = joint_table(np.array([[1.0], [2.0]]), sparse.csr_array(np.eye(2)))
    assert sparse.issparse(joint)
    assert joint.toarray().tolist() == [[1, 0, 1], [0, 1, 2]]


@pytest.mark.parametrize(
    ("learner", "error", "words"),
    [
        (DeepRegressor(architecture="mlp", loss="absolute"), ValueError, "does not estimate a mean"),
        (GradientBoostingRegressor(loss="quantile"), ValueError, "set loss='squared_error'"),
        (RandomForestRegressor(criterion="absolute_error"), ValueError, "set criterion='squared_error'"),
        (LogisticRegression(), TypeError, "give a regressor"),
        (KNeighborsRegressor(), ValueError, "takes no sample_weight"),
    ],
)
def test_learners_of_something_else_than_means_are_refused(learner, error, words):
    with pytest.raises(error, match=words):
        check_learner(learner, weighted=True)


def test_the_mean_learner_of_a_network_has_the_loss_of_the_family():
    network = DeepRegressor(
        architecture="mlp", max_epochs=7, architecture_params={"hidden_layer_sizes": (8,)}
    )
    found = mean_learner_for(network, None, "binomial", weighted=False)
    assert isinstance(found, DeepClassifier)
    assert found.get_params()["architecture_params"] == {"hidden_layer_sizes": (8,)}
    assert mean_learner_for(network, None, "gamma", weighted=True).loss == "gamma"
    given = LogisticRegression()
    assert mean_learner_for(network, given, "binomial", weighted=True) is given


def test_mean_learners_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="give mean_learner, such as HistGradientBoostingClassifier"):
        mean_learner_for(LinearRegression(), None, "binomial", weighted=False)
    with pytest.raises(TypeError, match="needs a regressor"):
        mean_learner_for(LinearRegression(), LogisticRegression(), "poisson", weighted=False)
    with pytest.raises(TypeError, match="no predict_proba"):
        mean_learner_for(LinearRegression(), Perceptron(), "binomial", weighted=False)

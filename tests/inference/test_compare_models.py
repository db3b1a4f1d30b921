import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RepeatedKFold,
    cross_val_score,
    cross_validate,
)
from statsmodels.stats.multitest import multipletests

from deepstat import DeepRegressor
from deepstat.inference import compare_models, nested_cross_validate
from deepstat.inference.splits import make_splits

X, Y = load_diabetes(return_X_y=True)
X, Y = X[:150], Y[:150]
NETWORK = DeepRegressor(architecture="mlp", max_epochs=3, random_state=0)


def test_scores_are_scikit_learns_and_tests_are_paired():
    models = {"mean": DummyRegressor(), "linear": LinearRegression(), "net": NETWORK}
    found = compare_models(models, X, Y, cv=3, n_repeats=2, random_state=0)
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    for name, model in models.items():
        np.testing.assert_allclose(found.scores[name], cross_val_score(model, X, Y, cv=cv), atol=1e-8)
    pair = found.differences["mean", "linear"]
    difference = found.scores["mean"] - found.scores["linear"]
    t = difference.mean() / np.sqrt((1 / 6 + 1 / 2) * difference.var(ddof=1))
    assert pair.p_value == pytest.approx(2 * stats.t.sf(abs(t), 5))
    p = [test.p_value for test in found.differences.values()]
    np.testing.assert_allclose(list(found.p_holm.values()), multipletests(p, method="holm")[1])
    assert list(found.means) == sorted(models, key=lambda name: -found.scores[name].mean())
    assert "linear - net" in repr(found)


def test_groups_stay_whole_and_repetitions_differ():
    groups = np.arange(150) // 5
    splits = make_splits(X, Y, cv=3, n_repeats=2, groups=groups, random_state=0)
    assert len(splits) == 6
    assert all(not set(groups[train]) & set(groups[test]) for train, test in splits)
    assert not np.array_equal(splits[0][1], splits[3][1])


def test_splitters_and_classifiers_are_taken_as_scikit_learn_takes_them():
    splits = make_splits(X, Y, cv=KFold(4), n_repeats=5)
    assert [test.tolist() for _, test in splits] == [test.tolist() for _, test in KFold(4).split(X)]
    classes = np.repeat([0, 1], [100, 50])
    shares = [
        classes[test].mean() for _, test in make_splits(X, classes, cv=5, classifier=True, random_state=0)
    ]
    np.testing.assert_allclose(shares, 1 / 3)


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        ({"one": LinearRegression()}, {}, "at least two"),
        ([LinearRegression()], {}, "dictionary"),
        ({"a": LinearRegression(), "b": LogisticRegression()}, {}, "compare one kind"),
        ({"a": LinearRegression(), "b": LinearRegression()}, {"n_repeats": 0}, "n_repeats=0"),
        ({"a": LinearRegression(), "b": LinearRegression()}, {"level": 2}, "between 0 and 1"),
        (
            {"a": LinearRegression(), "b": LinearRegression()},
            {"cv": [(np.arange(9), np.arange(9, 12))]},
            "one split only",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(models, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        compare_models(models, X, Y, **options)


def test_nested_cross_validation_equals_scikit_learns():
    grid = {"learning_rate": [1e-4, 1e-2]}
    found = nested_cross_validate(NETWORK, grid, X, Y, inner_cv=2, outer_cv=KFold(3))
    search = GridSearchCV(NETWORK, grid, cv=2)
    plain = cross_validate(search, X, Y, cv=KFold(3), return_estimator=True)
    np.testing.assert_allclose(found.outer_scores, plain["test_score"], atol=1e-8)
    np.testing.assert_allclose(found.best_scores, [one.best_score_ for one in plain["estimator"]], atol=1e-8)
    assert found.chosen == [one.best_params_ for one in plain["estimator"]]
    assert found.optimism == pytest.approx(found.best_scores.mean() - found.outer_scores.mean())
    assert len(found.inner_results[0]["params"]) == 2
    assert "outer score" in repr(found)


def test_nested_cross_validation_keeps_groups_whole_inside_too():
    X, y = load_breast_cancer(return_X_y=True)
    X, y = X[:120], y[:120]
    groups = np.arange(120) // 4
    seen = []

    class Watched(GroupKFold):
        def split(self, X, y=None, groups=None):
            seen.append(groups)
            return super().split(X, y, groups)

    model = LogisticRegression(max_iter=3000)
    nested_cross_validate(model, {"C": [1e-3, 1.0]}, X, y, inner_cv=Watched(3), outer_cv=3, groups=groups)
    assert all(len(own) in (80, 79, 81) or len(own) % 4 == 0 for own in seen)
    assert len(seen) == 3
    nested_cross_validate(model, {"C": [1e-3, 1.0]}, X, y, inner_cv=3, outer_cv=3, groups=groups)

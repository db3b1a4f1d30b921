"""scikit-learn's own checks of an estimator, for the defaults and for settings that take other paths."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from deepstat import DeepClassifier, DeepRegressor

FAST = {"max_epochs": 60, "learning_rate": 0.01}


@parametrize_with_checks([DeepRegressor(), DeepClassifier()])
def test_the_defaults_obey_the_contract(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [
        DeepRegressor(n_members=3, **FAST),
        DeepRegressor(architecture="linear", loss="huber", **FAST),
        DeepClassifier(architecture="resnet", loss="focal", **FAST),
        DeepClassifier(architecture="linear", loss="hinge", n_members=3, **FAST),
    ]
)
def test_other_settings_obey_the_contract(estimator, check):
    check(estimator)

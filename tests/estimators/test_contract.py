"""scikit-learn's own checks of an estimator, for the defaults and for settings that take other paths."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from deepstat import DeepClassifier, DeepRegressor

FAST = {"max_epochs": 60, "learning_rate": 0.02}
SMALL = {"hidden_layer_sizes": (16,)}
# Dropout's noise goes by a row's place, so that a weight of two is not the row twice.
PLAIN = {"width": 16, "n_blocks": 1, "dropout": 0.0}


@parametrize_with_checks([DeepRegressor(), DeepClassifier()])
def test_the_defaults_obey_the_contract(estimator, check):
    check(estimator)


@parametrize_with_checks(
    [
        DeepRegressor(architecture="mlp", n_members=3, architecture_params=SMALL, **FAST),
        DeepRegressor(architecture="linear", loss="huber", **FAST),
        DeepClassifier(architecture="resnet", architecture_params=PLAIN, loss="focal", **FAST),
        DeepClassifier(architecture="linear", loss="hinge", n_members=3, **FAST),
    ]
)
def test_other_settings_obey_the_contract(estimator, check):
    check(estimator)

"""Small ensembles for the tests, and what their fits hand to training."""

from sklearn.datasets import load_diabetes, load_wine

from deepstat import DeepRegressor, EnsembleRegressor
from deepstat.training.loop import train
from deepstat.training.together import trained_by

X, Y = load_diabetes(return_X_y=True)
WINE, LABELS = load_wine(return_X_y=True)
SMALL = {"architecture": "mlp", "max_epochs": 6, "architecture_params": {"hidden_layer_sizes": (8,)}}
NOISY = {**SMALL, "architecture_params": {"hidden_layer_sizes": (8,), "dropout": 0.2}}


def regressor(early_stopping="auto", n_members=4, params=SMALL, **settings):
    own = DeepRegressor(early_stopping=early_stopping, **params)
    return EnsembleRegressor(own, n_members=n_members, random_state=0, **settings)


def plans_of(model, X=X, y=Y):
    """Return the plans that a fit hands to training, one list for each call, and the fitted model."""
    calls = []

    def noting(plans):
        calls.append(list(plans))
        return train(plans)

    with trained_by(noting):
        model.fit(X, y)
    return calls, model

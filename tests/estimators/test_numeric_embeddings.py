"""Encodings of columns, by name and by callable, from the estimators on."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import deepstat
from deepstat import DeepClassifier, DeepDistributionRegressor, DeepRegressor
from deepstat.layers.numeric_embeddings.periodic import periodic
from deepstat.layers.ordered_categories import OrderedCategories
from deepstat.layers.tree_edges import tree_edges
from deepstat.records import NumericEmbedding

GENERATOR = np.random.default_rng(0)
N = 90
X = pd.DataFrame({
    "a": GENERATOR.normal(size=N),
    "b": GENERATOR.standard_t(2, size=N),
    "town": pd.Categorical([f"t{i}" for i in GENERATOR.integers(0, 15, N)]),
})  # fmt: skip
Y = np.sin(3 * X["a"]) + X["town"].cat.codes / 5 + 0.1 * GENERATOR.normal(size=N)
SETTINGS = {"n_members", "formula", "early_stopping", "precision"}
NET = {"hidden_layer_sizes": (4,)}


def fitted(kind=DeepRegressor, y=Y, sample_weight=None, X=X, **options):
    settings = {key: options.pop(key) for key in SETTINGS & options.keys()}
    model = kind(
        architecture="mlp", architecture_params=NET | options, max_epochs=2, random_state=0, **settings
    )
    return model.fit(X, y, sample_weight=sample_weight)


def layer(model, kind):
    return next(module for module in model.network_.modules() if isinstance(module, kind))


class Twice(nn.Module):
    def __init__(self, inputs, *, factor=2.0):
        super().__init__()
        self.n_features_out, self.factor = inputs.n_numeric, factor

    def forward(self, x):
        return self.factor * x


def test_a_name_a_callable_and_a_record_mean_the_same():
    found = [
        fitted(numeric_embedding=each).predict(X)
        for each in ("periodic", "deepstat/periodic", periodic, NumericEmbedding(name="own", target=periodic))
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(found[0], other)


def test_a_callable_takes_options():
    two, three = (
        fitted(numeric_embedding=Twice, numeric_embedding_params={"factor": factor}) for factor in (2.0, 3.0)
    )
    assert np.abs(two.predict(X) - three.predict(X)).max() > 1e-4


def test_unknown_names_and_options_are_refused():
    with pytest.raises(
        ValueError, match=r"Unknown numeric_embedding 'periodical': .* Did you mean 'periodic'"
    ):
        fitted(numeric_embedding="periodical")
    with pytest.raises(ValueError, match="Did you mean 'sigma'"):
        fitted(numeric_embedding="periodic", numeric_embedding_params={"sigmas": 1.0})


CHANGES = {
    "phase": {"numeric_embedding": "periodic", "numeric_embedding_params": {"phase": True}},
    "dense": {"numeric_embedding": "periodic", "numeric_embedding_params": {"dense": True}},
    "bins": {"numeric_embedding": "piecewise_linear", "numeric_embedding_params": {"bins": "target"}},
    "min_leaf": {
        "numeric_embedding": "piecewise_linear",
        "numeric_embedding_params": {"bins": "target", "min_leaf": 3},
    },
    "category_encoding": {"category_encoding": "ordered"},
    "numeric_scaling": {"numeric_scaling": "robust"},
}


def test_every_option_changes_the_predictions():
    plain = [{}, {"numeric_embedding": "periodic"}, {"numeric_embedding": "piecewise_linear"}]
    found = [fitted(**options).predict(X) for options in (*plain, *CHANGES.values())]
    for i, one in enumerate(found):
        for other in found[i + 1 :]:
            assert np.abs(one - other).max() > 1e-4


def test_bins_of_the_target_see_training_rows_only():
    options = {"n_bins": 6, "bins": "target", "min_leaf": 3}
    model = fitted(numeric_embedding="piecewise_linear", numeric_embedding_params=options)
    x = (X[["a", "b"]] - X[["a", "b"]].mean()) / X[["a", "b"]].std(ddof=0)
    y = torch.tensor(Y.to_numpy()).unsqueeze(1)
    expected = tree_edges(torch.tensor(x.to_numpy()), y, 6, min_leaf=3)
    torch.testing.assert_close(model.network_[0].numeric.start[:, 0], expected[:, :-1])
    stopped = fitted(
        numeric_embedding="piecewise_linear", numeric_embedding_params=options, early_stopping=True
    )
    assert not torch.allclose(stopped.network_[0].numeric.start[:, 0], expected[:, :-1])


def test_ordered_categories_see_the_target_and_its_weights():
    weight = GENERATOR.integers(1, 4, N)
    rows = np.repeat(np.arange(N), weight)
    options = {"category_encoding": "ordered", "early_stopping": False, "precision": "float64"}
    plain, weighted, repeated = (
        layer(model, OrderedCategories).value
        for model in (
            fitted(**options),
            fitted(sample_weight=weight, **options),
            fitted(X=X.iloc[rows], y=Y.iloc[rows], **options),
        )
    )
    torch.testing.assert_close(weighted, repeated)
    assert not torch.allclose(weighted, plain)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_there_is_a_number_for_each_of_more_than_two_classes(n_classes):
    y = np.digitize(Y, np.quantile(Y, np.arange(1, n_classes) / n_classes))
    model = fitted(DeepClassifier, y, category_encoding="ordered", n_members=2)
    value = layer(model, OrderedCategories).value
    assert value.shape == (16, 1 if n_classes == 2 else n_classes)
    assert model.predict_proba(X).shape == (N, n_classes)


@pytest.mark.parametrize("kind", [DeepRegressor, DeepDistributionRegressor])
@pytest.mark.parametrize("options", CHANGES.values(), ids=CHANGES)
def test_saved_models_predict_the_same(kind, options, tmp_path):
    y = np.column_stack([Y, -(Y**2)]) if kind is DeepRegressor else Y
    model = fitted(kind, y, n_members=2, **options)
    deepstat.save(model, tmp_path / "model")
    np.testing.assert_array_equal(deepstat.load(tmp_path / "model").predict(X), model.predict(X))


def test_saved_models_name_the_plugin_of_the_embedding(tmp_path):
    model = fitted(numeric_embedding="periodic")
    deepstat.save(model, tmp_path / "model")
    loaded = deepstat.load(tmp_path / "model")
    assert loaded._recipe["architecture_params"]["numeric_embedding"] == "deepstat/periodic"


def test_deep_terms_of_a_formula_see_the_target():
    X_y = X.assign(y=Y)
    model = fitted(
        X=X_y, y=None, formula="y ~ b + deep(a, town)", numeric_embedding="piecewise_linear",
        numeric_embedding_params={"n_bins": 6, "bins": "target", "min_leaf": 3}, category_encoding="ordered",
    )  # fmt: skip
    assert layer(model, OrderedCategories).value.std() > 0.1
    assert np.isfinite(model.predict(X_y)).all()


@pytest.mark.parametrize(
    "table",
    [
        X[["town"]],
        X[["a"]].assign(c=1.0),
        X.assign(a=X["a"].where(X["a"] > -0.5)),
        X[["a", "b"]].to_numpy(np.float32),
    ],
    ids=["no number", "constant", "missing", "float32"],
)
def test_all_options_at_once_take_any_table(table):
    for options in CHANGES.values():
        model = fitted(X=table, **options | {"category_encoding": "ordered", "numeric_scaling": "robust"})
        predicted = model.predict(table)
        assert np.isfinite(predicted).all()
        np.testing.assert_allclose(model.predict(table[:1]), predicted[:1], rtol=1e-5)

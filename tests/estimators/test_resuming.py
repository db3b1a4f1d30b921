"""warm_start and partial_fit go on from where the last call ended."""

import numpy as np
import pandas as pd
import pytest
import torch

from deepstat import DeepClassifier, DeepRegressor

WARM = {"warm_start": True, "max_epochs": 3, "random_state": 0}


def weights(model):
    return torch.stack([member.flat for member in model.members_])


def test_partial_fit_is_one_epoch_at_the_constant_rate(X, y):
    model = DeepRegressor(architecture="mlp", random_state=0)
    for _ in range(3):
        model.partial_fit(X, y)
    whole = DeepRegressor(architecture="mlp", random_state=0, max_epochs=3, schedule="constant").fit(X, y)
    torch.testing.assert_close(weights(model), weights(whole), rtol=0, atol=1e-12)
    assert [entry["epoch"] for entry in model.history_] == [1, 2, 3] == [e["epoch"] for e in whole.history_]
    np.testing.assert_allclose([e["loss"] for e in model.history_], [e["loss"] for e in whole.history_])
    assert model.n_iter_ == whole.n_iter_ == 3
    assert model.best_epochs_ == whole.best_epochs_ == [3]


def test_warm_start_goes_on_with_weights_and_optimizer(X, y):
    settings = {"architecture": "mlp", **WARM, "schedule": "constant", "n_members": 2}
    model = DeepRegressor(**settings).fit(X, y).fit(X, y)
    whole = DeepRegressor(**{**settings, "max_epochs": 6}).fit(X, y)
    torch.testing.assert_close(weights(model), weights(whole), rtol=0, atol=1e-12)
    assert model.n_iter_ == 6
    assert [(e["member"], e["epoch"]) for e in model.history_] == [
        (m, e + 1) for m in range(2) for e in range(6)
    ]


def test_without_warm_start_a_fit_begins_afresh(X, y):
    model = DeepRegressor(architecture="mlp", max_epochs=3, random_state=0).fit(X, y)
    first = weights(model)
    assert torch.equal(weights(model.fit(X, y)), first)
    assert model.n_iter_ == 3


@pytest.mark.parametrize("optimizer", ["adam", "momentum_velocity", "rmsprop", "lion", torch.optim.Adamax])
def test_every_optimizer_goes_on_with_its_memory(optimizer, X, y):
    settings = {
        "architecture": "mlp",
        "optimizer": optimizer,
        "schedule": "constant",
        "random_state": 0,
        "learning_rate": 1e-3,
    }
    model = DeepRegressor(**settings).partial_fit(X, y).partial_fit(X, y)
    whole = DeepRegressor(max_epochs=2, **settings).fit(X, y)
    torch.testing.assert_close(weights(model), weights(whole), rtol=0, atol=1e-12)


def test_a_new_optimizer_begins_with_a_memory_of_its_own(X, y):
    model = DeepRegressor(architecture="mlp", **WARM, optimizer="rmsprop").fit(X, y)
    moved = model.members_[0].flat.clone()
    model.set_params(optimizer="adam", max_epochs=1).fit(X, y)
    # Adam's first step moves every weight by the learning rate; with another's memory it would not.
    step = (model.members_[0].flat - moved).abs()
    torch.testing.assert_close(
        step[step > 1e-6].max(), torch.tensor(model.learning_rate, dtype=torch.float64), rtol=1e-3, atol=0
    )


def test_warm_start_holds_out_the_same_rows(X, y):
    from deepstat.estimators.plan import plan_fit

    model = DeepRegressor(architecture="mlp", **WARM, early_stopping=True, n_members=2).fit(X, y)
    first = plan_fit(model, X, y, None).plans
    again = plan_fit(model, X, y, None, fitted=True).plans
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.validation_rows, other.validation_rows)
        assert one.seed != other.seed  # but noise and order are new


def test_settings_may_change_between_warm_fits(X, y):
    model = DeepRegressor(architecture="mlp", **WARM, architecture_params={"dropout": 0.1}).fit(X, y)
    before = weights(model)
    model.set_params(architecture_params={"dropout": 0.5}, loss="huber", learning_rate=1e-9, l2=0.1).fit(X, y)
    torch.testing.assert_close(weights(model), before, rtol=0, atol=1e-6)
    assert [float(v) for n, v in model.network_.named_buffers() if n.endswith(".p")] == [0.5, 0.5]
    model.set_params(loss="barron_likelihood").fit(X, y)
    assert set(model.constants_) == {"alpha", "c"}
    model.set_params(loss="squared").fit(X, y)
    assert model.constants_ == {}
    torch.testing.assert_close(weights(model), before, rtol=0, atol=1e-6)


def test_the_loss_of_a_warm_fit_does_not_inherit_another_scale(X, y):
    settings = {"architecture": "mlp", **WARM, "optimizer": "sgd", "learning_rate": 0.01}
    model = DeepRegressor(**settings, loss="huber").fit(X, y)
    model.set_params(loss="quantile", max_epochs=1)
    twin = DeepRegressor(**{**settings, "max_epochs": 1, "loss": "quantile"})
    twin.set_params(start_from=model).fit(X, y)
    torch.testing.assert_close(weights(model.fit(X, y)), weights(twin), rtol=0, atol=1e-12)


@pytest.mark.parametrize("loss", ["huber", "tukey", "charbonnier"])
def test_partial_fit_follows_the_residuals_with_its_scale(loss, X, y):
    model = DeepRegressor(loss=loss, architecture="linear", learning_rate=0.05, random_state=0)
    for _ in range(100):
        model.partial_fit(X, y)
    residual = y - model.predict(X)
    scale = np.median(np.abs(residual)) / 0.6744897501960817
    np.testing.assert_allclose(float(model.members_[0].scale[0]) * y.std(), scale, rtol=1e-6)


def test_warm_tukey_keeps_the_scale_of_its_huber_fit(X, y):
    model = DeepRegressor(architecture="mlp", **WARM, loss="tukey").fit(X, y)
    first = model.members_[0].scale
    assert torch.equal(model.fit(X, y).members_[0].scale, first)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"architecture": "linear", "architecture_params": None},
            "The layers that architecture='linear' asks for now differ",
        ),
        (
            {"architecture_params": {"hidden_layer_sizes": (5,)}},
            "keep the architecture, or fit afresh with warm_start=False",
        ),
        ({"architecture_params": {"normalization": "batch"}}, "keep the architecture"),
        ({"n_members": 2}, "n_members=2 cannot go on from a fit of 1: keep the number"),
    ],
)
def test_what_cannot_go_on_is_refused(change, message, X, y):
    model = DeepRegressor(architecture="mlp", **WARM).fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match=message):
        model.set_params(**change).fit(X, y)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before)


def test_the_columns_and_the_scale_of_the_first_call_stay(X, y):
    model = DeepRegressor(architecture="mlp", random_state=0).partial_fit(X[:30], y[:30])
    schema, target = model.schema_, model.target_
    model.partial_fit(X[30:] * 100, y[30:] * 100)
    assert (model.schema_, model.target_) == (schema, target)


def test_other_columns_are_refused(X, y):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    for model in (
        DeepRegressor().partial_fit(frame, y),
        DeepRegressor(architecture="mlp", **WARM).fit(frame, y),
    ):
        go_on = model.fit if model.warm_start else model.partial_fit
        with pytest.raises(ValueError, match="Feature names must be in the same order"):
            go_on(frame[["b", "a", "c"]], y)
        with pytest.raises(ValueError, match="Feature names unseen at fit time"):
            go_on(frame.assign(d=0.0), y)
        with pytest.raises(
            ValueError, match=r"X has 2 features, but DeepRegressor is expecting 3|Feature names"
        ):
            go_on(frame[["a", "b"]], y)
        with pytest.raises(ValueError, match="Column 'a' was learned with numbers and now holds text"):
            go_on(frame.assign(a="x"), y)


def test_the_first_call_names_all_classes(X, three):
    model = DeepClassifier(architecture="mlp", random_state=0).partial_fit(
        X[:5], ["mid"] * 5, classes=["low", "mid", "top"]
    )
    assert list(model.classes_) == ["low", "mid", "top"]
    model.partial_fit(X, three, classes=["top", "mid", "low"])
    assert model.predict_proba(X).shape == (60, 3)
    with pytest.raises(ValueError, match="differ from those of the first call"):
        model.partial_fit(X, three, classes=["low", "mid"])
    with pytest.raises(ValueError, match="y holds the label 'new', which is none of the classes learned"):
        model.partial_fit(X[:1], ["new"])


def test_class_weights_by_counts_are_refused_where_rows_come_in_parts(X, three):
    with pytest.raises(ValueError, match="class_weight='balanced' needs all rows at once"):
        DeepClassifier(architecture="mlp", class_weight="balanced").partial_fit(X, three)
    DeepClassifier(architecture="mlp", class_weight={"low": 2.0}).partial_fit(X, three).partial_fit(
        X[:1], three[:1]
    )


def test_partial_fit_holds_no_rows_out(X, y):
    model = DeepRegressor(architecture="mlp", early_stopping=True, random_state=0).partial_fit(X, y)
    twin = DeepRegressor(architecture="mlp", early_stopping=False, random_state=0).partial_fit(X, y)
    assert torch.equal(weights(model), weights(twin))
    model.partial_fit(X[:1], y[:1])
    assert "validation_loss" not in model.history_[0]


def test_unequal_lengths_are_told_in_later_calls_too(X, y):
    model = DeepRegressor().partial_fit(X, y)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[60, 59\]"):
        model.partial_fit(X, y[1:])
    with pytest.raises(ValueError, match="requires y to be passed"):
        model.partial_fit(X, None)


def test_settings_between_fit_and_predict_change_the_next_fit_alone(X, y, labels):
    model = DeepRegressor(architecture="mlp", loss="huber", max_epochs=2, random_state=0).fit(X, y)
    before = model.predict(X)
    model.set_params(loss="gamma", architecture="linear", n_members=4, precision="float32")
    np.testing.assert_array_equal(model.predict(X), before)
    classifier = DeepClassifier(architecture="mlp", max_epochs=2, random_state=0).fit(X, labels)
    before = classifier.predict_proba(X)
    np.testing.assert_array_equal(classifier.set_params(loss="focal").predict_proba(X), before)
    assert hasattr(classifier.set_params(loss="hinge"), "predict_proba")
    hinge = (
        DeepClassifier(architecture="mlp", loss="hinge", max_epochs=2)
        .fit(X, labels)
        .set_params(loss="cross_entropy")
    )
    assert not hasattr(hinge, "predict_proba")

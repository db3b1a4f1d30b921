"""summary() of networks: what it says, that its numbers are those of their sources, and what it never says."""

import re
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import log_loss, mean_pinball_loss, r2_score, root_mean_squared_error

from deepstat import (
    DeepClassifier,
    DeepDistributionRegressor,
    DeepExpectileRegressor,
    DeepQuantileRegressor,
    DeepRegressor,
    load,
    save,
)
from deepstat.inference import average_derivative, bootstrap
from deepstat.inference.draws.deletion_labels import deletion_labels
from deepstat.inference.randomness import root_seed
from deepstat.inference.summary.held_out_measures import held_out_measures

# What only a theorem, a maximised likelihood or a test gives.
FORBIDDEN = re.compile(
    r"\bAIC\b|\bBIC\b|\bp-?values?\b|P>\||\bstd\.? ?err|significan|\[0\.025|confidence interval",
    re.IGNORECASE,
)
ALLOWED = "bootstrap variability of the whole procedure, no confidence interval"


def forbidden(report):
    """Return the words of a report that a deep fit may not have."""
    text = re.sub(r"\s+", " ", str(report))
    return FORBIDDEN.findall(text.replace(ALLOWED, ""))


def entries(report, title):
    """Return the rows of the table with a title, by label."""
    (table,) = [table for table in report.tables if (table.title or "").startswith(title)]
    rows = [[cell.data for cell in row] for row in table][1 if table[0][0].datatype == "empty" else 0 :]
    return {row[0]: [float(value) for value in row[1:]] for row in rows}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    n = 160
    table = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "g": rng.choice(list("abc"), n),
            "b": rng.random(n) > 0.5,
            "k": rng.poisson(3, n),
            "day": pd.date_range("2024-01-01", periods=n),
        }
    )
    y = table.x + table.b + (table.g == "c") * 2 + rng.normal(size=n)
    return table, y.rename("y")


@pytest.fixture(scope="module")
def model(data):
    return DeepRegressor(
        architecture="mlp", loss="huber", loss_params={"delta": 2.0}, max_epochs=5, random_state=0
    ).fit(*data)


def test_the_head_says_what_was_fitted_and_how(model):
    text = str(model.summary())
    assert "DeepRegressor: report" in text
    for words in ("huber(delta=2.0)", "mlp", "144 + 16 held out", "max_epochs=5, random_state=0"):
        assert words in text
    assert "verbose" not in text


def test_losses_are_those_of_the_epoch_that_was_kept(model):
    entry = next(e for e in model.history_ if e["epoch"] == model.best_epochs_[0])
    text = str(model.summary())
    assert re.search(rf"Training loss: +{entry['loss']:.5g}\s", text)
    assert re.search(rf"Held-out loss: +{entry['validation_loss']:.5g}\s", text)


def test_losses_of_several_members_are_averaged(data):
    model = DeepRegressor(architecture="mlp", max_epochs=3, n_members=3, random_state=0).fit(*data)
    best = set(enumerate(model.best_epochs_))
    kept = [entry["loss"] for entry in model.history_ if (entry["member"], entry["epoch"]) in best]
    assert f"{np.mean(kept):.5g}" in str(model.summary())


def test_fit_and_effects_equal_their_sources(data, model):
    X, y = data
    report = model.summary(X, y)
    fit = entries(report, "Fit on the rows given")
    predicted = model.predict(X)
    assert fit["R squared"] == pytest.approx([r2_score(y, predicted)], rel=1e-4)
    assert fit["Root mean squared error"] == pytest.approx([root_mean_squared_error(y, predicted)], rel=1e-4)
    effects = entries(report, "Average marginal effects")
    assert list(effects) == [
        "x: per unit",
        "g: b against a",
        "g: c against a",
        "b: True against False",
        "k: one more",
    ]
    by_hand = model.predict(X.assign(b=True)).mean() - model.predict(X.assign(b=False)).mean()
    assert effects["b: True against False"] == pytest.approx([by_hand], rel=1e-3)
    by_hand = model.predict(X.assign(k=X.k + 1)).mean() - predicted.mean()
    assert effects["k: one more"] == pytest.approx([by_hand], rel=1e-3)
    assert effects["x: per unit"] == pytest.approx([float(average_derivative(X, "x")(model))], rel=1e-4)
    assert "day (dates)" in str(report)


def test_effects_are_labelled_as_plug_in(data, model):
    assert "plug-in: no standard error" in str(model.summary(*data))


def test_variability_is_that_of_the_bootstrap(data, model):
    X, y = data
    report = model.summary(X, y, n_resamples=4, n_seeds=2, random_state=3)
    effects = entries(report, "Average marginal effects")
    result = bootstrap(model, X, y, average_derivative(X, "x"), n_draws=4, n_seeds=2, random_state=3)
    low, high = result.interval(0.95, "percentile")
    expected = [
        float(average_derivative(X, "x")(model)),
        result.standard_error,
        result.seed_variance**0.5,
        low,
        high,
    ]
    assert effects["x: per unit"] == pytest.approx(np.array(expected), rel=1e-4)
    assert ALLOWED in re.sub(r"\s+", " ", str(report))
    assert "Fit by cross-validation" in str(report)
    assert "Fit on the rows given" not in str(report)


def test_cross_validated_fit_is_honest_where_the_training_fit_is_not():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(60, 5)), rng.normal(size=60)
    model = DeepRegressor(architecture="mlp", max_epochs=150, random_state=0, learning_rate=0.01).fit(X, y)
    flattering = entries(model.summary(X, y), "Fit on the rows given")["R squared"][0]
    honest = entries(model.summary(X, y, n_resamples=2, n_seeds=0), "Fit by cross-validation")["R squared"][0]
    assert flattering > 0.8
    assert honest < 0.2


def test_frames_of_polars_and_arrays_give_the_same_effects(data):
    X, y = data
    X = X[["x", "b"]].astype(float)
    model = DeepRegressor(architecture="mlp", max_epochs=2, random_state=0).fit(X.to_numpy(), y)
    frame = DeepRegressor(architecture="mlp", max_epochs=2, random_state=0).fit(pl.from_pandas(X), y)
    one = entries(model.summary(X.to_numpy(), y), "Average")
    other = entries(frame.summary(pl.from_pandas(X), y), "Average")
    assert list(one) == ["x0: per unit", "x1: 1 against 0"]
    assert np.ravel(list(one.values())) == pytest.approx(np.ravel(list(other.values())), rel=1e-4)


def test_two_classes_have_effects_on_the_probability_of_the_second(data):
    X, y = data
    labels = np.where(y > 1, "yes", "no")
    model = DeepClassifier(architecture="mlp", max_epochs=3, random_state=0).fit(X, labels)
    report = model.summary(X, labels)
    effects = entries(report, "Average marginal effects")
    p = [model.predict_proba(X.assign(b=value))[:, 1].mean() for value in (False, True)]
    assert effects["b: True against False [yes]"] == pytest.approx([p[1] - p[0]], rel=1e-3)
    fit = entries(report, "Fit on the rows given")
    assert fit["Log loss"] == pytest.approx([log_loss(labels, model.predict_proba(X))], rel=1e-4)
    assert fit["Accuracy"] == pytest.approx([model.score(X, labels)], rel=1e-4)


def test_losses_without_probabilities_say_so(data):
    X, y = data
    model = DeepClassifier(architecture="mlp", loss="hinge", max_epochs=2, random_state=0).fit(X, y > 1)
    text = str(model.summary(X, y > 1))
    assert "no probabilities" in text
    assert "Log loss" not in text


def test_distributions_have_log_likelihood_and_crps(data):
    X, y = data
    model = DeepDistributionRegressor(max_epochs=3, random_state=0).fit(X, y)
    fit = entries(model.summary(X, y), "Fit on the rows given")
    predicted = model.predict_distribution(X)
    assert fit["Mean log-likelihood of a row"] == pytest.approx([model.score(X, y)], rel=1e-4)
    assert fit["CRPS"] == pytest.approx([predicted.crps(y.to_numpy()).mean()], rel=1e-4)


def test_quantiles_have_effects_at_every_level(data):
    X, y = data
    model = DeepQuantileRegressor(quantiles=[0.1, 0.9], max_epochs=3, random_state=0).fit(X, y)
    report = model.summary(X, y)
    effects = entries(report, "Average marginal effects")
    curves = [model.predict_quantiles(X.assign(b=value)).mean(axis=0) for value in (False, True)]
    for j, level in enumerate(("0.1", "0.9")):
        assert effects[f"b: True against False [{level}]"] == pytest.approx(
            [(curves[1] - curves[0])[j]], rel=1e-3
        )
    fit = entries(report, "Fit on the rows given")
    bands = zip((0.1, 0.9), model.predict_quantiles(X).T, strict=True)
    expected = np.mean([mean_pinball_loss(y, band, alpha=level) for level, band in bands])
    assert fit["Pinball loss"] == pytest.approx([expected], rel=1e-4)


@pytest.mark.parametrize(
    ("estimator", "target"),
    [
        (DeepRegressor(), "y"),
        (DeepRegressor(), "two columns"),
        (DeepClassifier(), "classes"),
        (DeepQuantileRegressor(), "y"),
        (DeepExpectileRegressor(), "y"),
        (DeepDistributionRegressor(distribution="student_t"), "y"),
        (DeepDistributionRegressor(distribution="von_mises"), "y"),
        (DeepDistributionRegressor(distribution="binomial"), "trials"),
        (
            DeepDistributionRegressor(
                distribution="censored", distribution_params={"family": "normal", "low": 0.0}
            ),
            "y",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_no_report_of_a_network_borrows_from_classical_statistics(data, estimator, target):
    X, y = data
    rng = np.random.default_rng(2)
    targets = {
        "y": np.maximum(y.to_numpy(), 0.0),
        "two columns": np.column_stack([y, -y]),
        "classes": rng.choice(["u", "v", "w"], len(y)),
        "trials": rng.integers(1, 4, size=(len(y), 2)),
    }
    estimator.set_params(max_epochs=2, random_state=0).fit(X, targets[target])
    report = estimator.summary(X, targets[target])
    assert forbidden(report) == []
    assert report.as_html()
    assert report.as_csv()


def test_forbidden_words_are_found_where_they_are(data):
    classical = DeepRegressor(architecture="linear", optimizer="newton").fit(data[0][["x"]], data[1])
    assert {"AIC", "BIC", "P>|"} <= set(forbidden(classical.summary()))
    assert forbidden("the AIC is 3") == ["AIC"]
    assert forbidden("a 95% confidence interval") != []
    assert forbidden(ALLOWED) == []


def test_a_report_with_draws_borrows_nothing_either(data, model):
    assert forbidden(model.summary(*data, n_resamples=2, n_seeds=0)) == []


def test_after_saving_and_loading_the_report_is_the_same(data, model, tmp_path):
    save(model, tmp_path / "model.deepstat")
    assert str(load(tmp_path / "model.deepstat").summary(*data)) == str(model.summary(*data))


@pytest.mark.parametrize("title", ["Fit on the rows given", "Average marginal effects"])
def test_a_weight_of_two_is_the_row_twice(data, model, title):
    X, y = data
    weight = np.arange(len(y)) % 3
    fit = entries(model.summary(X, y, sample_weight=weight), title)
    rows = np.repeat(np.arange(len(y)), weight)
    repeated = entries(model.summary(X.iloc[rows], y.iloc[rows]), title)
    assert list(fit) == list(repeated)
    assert np.ravel(list(fit.values())) == pytest.approx(np.ravel(list(repeated.values())))


def test_broken_weights_leave_the_effects_out(data, model):
    text = str(model.summary(*data, sample_weight=np.full(len(data[1]), 0.5)))
    assert "Average marginal effects" not in text
    assert "Fit on the rows given" in text
    assert "weights are not" in re.sub(r"\s+", " ", text)


def test_the_cross_validated_fit_is_that_of_the_rows_left_out(data):
    X, y = data[0][["x"]].to_numpy(), data[1].to_numpy()
    weight = np.arange(len(y)) % 3 + 1
    model = DeepRegressor(architecture="linear", optimizer="newton")
    found = {own.label: own.value for own in held_out_measures(model, X, y, weight, random_state=5)}
    labels = deletion_labels(len(y), 5, seed=root_seed(5))
    residual = np.empty(len(y))
    for fold in range(5):
        rest = labels != fold
        line = LinearRegression().fit(X[rest], y[rest], sample_weight=weight[rest])
        residual[~rest] = y[~rest] - line.predict(X[~rest])
    expected = np.sqrt(np.average(residual**2, weights=weight))
    assert found["Root mean squared error"] == pytest.approx(expected)
    assert found["Mean absolute error"] == pytest.approx(np.average(np.abs(residual), weights=weight))


def test_cross_validation_keeps_clusters_whole():
    cluster = np.repeat(np.arange(20), 10)
    X = np.eye(20)[cluster]
    y = np.random.default_rng(0).normal(size=20)[cluster]
    model = DeepRegressor(architecture="mlp", max_epochs=60, random_state=0, learning_rate=0.02)
    leaky = held_out_measures(model, X, y, random_state=0)[0]
    honest = held_out_measures(model, X, y, clusters=cluster, random_state=0)[0]
    assert leaky.value > 0.9
    assert honest.value < 0.3


def test_a_classical_fit_reports_its_inference(data):
    X, y = data
    model = DeepRegressor(architecture="linear", optimizer="newton").fit(X[["x", "g"]], y)
    assert str(model.summary()) == str(model.inference().summary())
    assert str(model.summary(level=0.9, covariance="HC3")) == str(
        model.inference(covariance="HC3").summary(0.9)
    )


def test_a_classical_fit_of_several_quantiles_reports_each(data):
    X, y = data
    model = DeepQuantileRegressor(quantiles=[0.25, 0.75], architecture="linear", optimizer="interior_point")
    text = str(model.fit(X[["x"]], y).summary())
    assert "at 0.25" in text
    assert "at 0.75" in text


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"n_resamples": 10}, ValueError, "give X and y"),
        ({"y": [1.0]}, ValueError, "give X too"),
        ({"level": 1.5}, ValueError, "no probability"),
        ({"covariance": "HC3"}, TypeError, "no option 'covariance'"),
    ],
)
def test_what_does_not_belong_to_a_network_is_refused(model, given, error, words):
    with pytest.raises(error, match=words):
        model.summary(**given)


def test_rows_are_refused_after_a_classical_fit(data):
    X, y = data
    model = DeepRegressor(architecture="linear", optimizer="newton").fit(X[["x"]], y)
    with pytest.raises(ValueError, match="leave X, y"):
        model.summary(X[["x"]], y)


def test_a_penalised_fit_says_why_it_has_no_table(data):
    X, y = data
    model = DeepRegressor(architecture="linear", optimizer="newton", l2=0.1).fit(X[["x"]], y)
    with pytest.raises(AttributeError, match="biased on purpose"):
        model.summary()


def test_without_statsmodels_the_error_says_what_to_install(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels.iolib.summary", None)
    with pytest.raises(ImportError, match="pip install statsmodels"):
        model.summary()

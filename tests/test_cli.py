import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression

import deepstat
from deepstat.cli import main, parse_options
from deepstat.registry import registry

FAST = ("--set", "max_epochs=15", "--set", "random_state=0")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with two tables, as the working directory."""
    monkeypatch.chdir(tmp_path)
    frame = load_diabetes(as_frame=True).frame
    frame.to_csv("diabetes.csv", index=False)
    iris = load_iris(as_frame=True)
    species = iris.target.map(dict(enumerate(iris.target_names)))
    iris.data.assign(species=species).to_csv("iris.csv", index=False)
    return tmp_path


@pytest.fixture
def run(capsys):
    """Return a function that runs a command line and returns exit code, stdout and stderr."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return run


def test_plugins_are_listed_with_version_state_and_components(run):
    code, out, _ = run("plugins")
    assert code == 0
    assert "deepstat" in out
    assert deepstat.__version__ in out
    assert "active" in out


def test_plugins_are_listed_as_json(run):
    code, out, _ = run("plugins", "--json")
    (builtin,) = [each for each in json.loads(out) if each["name"] == "deepstat"]
    assert code == 0
    assert builtin["state"] == "active"
    assert builtin["error"] == ""
    assert set(builtin["components"]["losses"]) <= set(registry().names("loss"))
    assert "huber" in builtin["components"]["losses"]


@pytest.mark.parametrize(
    ("plural", "kind"),
    [("losses", "loss"), ("architectures", "architecture"), ("distributions", "distribution")]
    + [("optimizers", "optimizer"), ("activations", "activation"), ("initializers", "initializer")]
    + [("schedules", "schedule"), ("numeric_embeddings", "numeric_embedding")],
)
def test_every_component_of_a_kind_is_listed(run, plural, kind):
    code, out, _ = run("list", plural, "--json")
    found = json.loads(out)
    assert code == 0
    assert {each["name"] for each in found} == set(registry().names(kind))
    assert all(set(each) == {"name", "plugin", "summary", "reference"} for each in found)
    assert run("list", plural)[0] == 0


def test_an_unknown_kind_is_refused_with_the_choices(run):
    code, _, err = run("list", "loss")
    assert code == 2
    assert "losses" in err


def test_the_module_runs_as_the_command_does():
    command = [sys.executable, "-m", "deepstat", "--version"]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ended.stdout.strip() == deepstat.__version__


def test_check_reports_every_component_of_a_plugin(run):
    code, out, _ = run("check", "deepstat")
    assert code == 0
    assert "loss huber: passes" in out


def test_check_of_an_unknown_plugin_is_one_sentence(run):
    code, out, err = run("check", "nope")
    assert (code, out) == (2, "")
    assert err.startswith("Error: No plugin is called 'nope'")


def test_a_regression_is_fitted_saved_and_predicts_as_in_python(folder, run):
    arguments = ["--target", "target", "--loss", "huber", "--option", "delta=1.0", "--out", "model.deepstat"]
    code, out, err = run("fit", "diabetes.csv", *arguments, *FAST)
    assert (code, err) == (0, "")
    assert out.startswith("model.deepstat: DeepRegressor, 442 rows, 10 columns, 15 epochs, score 0.")
    code, out, err = run("predict", "model.deepstat", "diabetes.csv", "--out", "predictions.csv")
    assert (code, out, err) == (0, "predictions.csv: 442 predictions\n", "")
    table = pd.read_csv("diabetes.csv")
    X, y = table.drop(columns="target"), table["target"]
    model = deepstat.DeepRegressor(loss="huber", loss_params={"delta": 1.0}, max_epochs=15, random_state=0)
    expected = model.fit(X, y).predict(X)
    np.testing.assert_allclose(pd.read_csv("predictions.csv")["prediction"], expected, rtol=1e-12)


def test_classes_and_their_probabilities_are_written_by_name(folder, run):
    assert run("fit", "iris.csv", "--target", "species", "--out", "model.deepstat", *FAST)[0] == 0
    assert run("predict", "model.deepstat", "iris.csv", "--proba", "--out", "p.parquet")[0] == 0
    written = pd.read_parquet("p.parquet")
    names = ["setosa", "versicolor", "virginica"]
    assert list(written.columns) == ["prediction", *(f"probability_{name}" for name in names)]
    probabilities = written[[f"probability_{name}" for name in names]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert (written["prediction"] == np.array(names)[probabilities.argmax(axis=1)]).all()


def test_an_integer_target_is_a_regression_unless_the_task_or_the_loss_says_otherwise(folder, run):
    pd.read_csv("iris.csv").assign(species=load_iris().target).to_csv("numbers.csv", index=False)
    arguments = ["fit", "numbers.csv", "--target", "species", "--out", "m.deepstat", *FAST]
    assert "DeepRegressor" in run(*arguments)[1]
    assert "DeepClassifier" in run(*arguments, "--task", "classification")[1]
    assert "DeepClassifier" in run(*arguments, "--loss", "focal")[1]


def test_cross_validation_of_the_linear_architecture_is_that_of_least_squares(folder, run):
    arguments = [
        "--target",
        "target",
        "--folds",
        "4",
        "--json",
        "--seed",
        "3",
        "--set",
        "architecture=linear",
    ]
    settings = ["max_epochs=300", "batch_size=442", "learning_rate=0.1", "early_stopping=false"]
    more = [word for setting in settings for word in ("--set", setting)]
    code, out, _ = run("cv", "diabetes.csv", *arguments, *more)
    result = json.loads(out)
    from sklearn.model_selection import KFold, cross_val_score

    X, y = load_diabetes(return_X_y=True)
    expected = cross_val_score(LinearRegression(), X, y, cv=KFold(4, shuffle=True, random_state=3))
    assert code == 0
    assert result["scoring"] == "r2"
    np.testing.assert_allclose(result["scores"], expected, atol=0.01)


def test_cross_validation_prints_each_fold_and_the_mean(folder, run):
    code, out, _ = run("cv", "iris.csv", "--target", "species", "--folds", "3", *FAST)
    assert code == 0
    assert "accuracy" in out
    assert "mean 0." in out
    assert "standard deviation over folds" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fit", "none.csv", "--target", "y", "--out", "m"], "There is no file none.csv"),
        (["fit", "table.xls", "--target", "y", "--out", "m"], "neither a .csv nor a .parquet file"),
        (["fit", "iris.csv", "--target", "specie", "--out", "m"], "Did you mean 'species'?"),
        (
            ["fit", "iris.csv", "--target", "species", "--loss", "hubber", "--out", "m"],
            "Did you mean 'huber'?",
        ),
        (
            ["fit", "iris.csv", "--target", "species", "--option", "delta", "--out", "m"],
            "'delta' is not name=value",
        ),
        (
            ["fit", "iris.csv", "--target", "species", "--option", "delta=1", "--out", "m"],
            "has no option 'delta'",
        ),
        (["fit", "iris.csv", "--target", "species", "--set", "max_epoch=1", "--out", "m"], "'max_epoch'"),
        (["cv", "iris.csv", "--target", "species", "--scoring", "r3"], "r3"),
        (["cv", "diabetes.csv", "--target", "target", "--folds", "1"], "n_splits=1"),
        (["predict", "iris.csv", "iris.csv", "--out", "p.csv"], "'iris.csv' is no model saved by deepstat"),
        (["predict", "none.deepstat", "iris.csv", "--out", "p.csv"], "none.deepstat"),
    ],
)
def test_what_the_user_must_correct_is_one_sentence_and_exit_code_2(folder, run, arguments, sentence):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Error: ")
    assert sentence in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not (folder / "m").exists()


def test_predict_refuses_what_the_model_cannot_do(folder, run):
    assert run("fit", "diabetes.csv", "--target", "target", "--out", "m.deepstat", *FAST)[0] == 0
    assert (
        "gives no probabilities"
        in run("predict", "m.deepstat", "diabetes.csv", "--proba", "--out", "p.csv")[2]
    )
    assert "There is no column 'age'" in run("predict", "m.deepstat", "iris.csv", "--out", "p.csv")[2]
    assert "neither a .csv" in run("predict", "m.deepstat", "diabetes.csv", "--out", "p.txt")[2]
    X, y = load_diabetes(return_X_y=True)
    deepstat.save(deepstat.DeepRegressor(architecture="mlp", max_epochs=1).fit(X, y), "unnamed.deepstat")
    assert "columns without names" in run("predict", "unnamed.deepstat", "diabetes.csv", "--out", "p.csv")[2]


def test_options_are_python_literals_or_text():
    given = ["a=1", "b=0.5", "c=(64, 64)", "d=relu", "e=True", "f=none", "g=x=y", "h={'k': 2}"]
    assert parse_options(given) == {
        "a": 1, "b": 0.5, "c": (64, 64), "d": "relu", "e": True, "f": None, "g": "x=y", "h": {"k": 2},
    }  # fmt: skip
    assert parse_options(None) == {}

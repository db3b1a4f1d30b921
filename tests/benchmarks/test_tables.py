"""The benchmark of tables: its measures, its cache, its sets, its summaries, and the nested choice of settings."""

import json
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


def module(name):
    return import_module(f"benchmarks.{name}")


def asked(folder, **changes):
    """Return options as the scripts parse them."""
    settings = {"splits": 2, "rows": 60, "jobs": 1, "threads": 1, "fresh": False, "only_cached": False}
    return SimpleNamespace(**{**settings, "cache": folder, "deepstat_version": None, **changes})


def columns(*names):
    return [module("tables_models").COLUMNS[name] for name in names]


def gather(folder, names=("hgb", "linear"), sets=("wine",), **changes):
    return module("tables_measure").gather(columns(*names), {n: n for n in sets}, asked(folder, **changes))


@pytest.fixture
def counted(monkeypatch):
    """Count fits, and end the run at the number given by `stop`."""
    measuring = module("tables_measure")
    fits = SimpleNamespace(names=[], stop=None)

    def measure(column, split, threads):
        if len(fits.names) == fits.stop:
            raise KeyboardInterrupt
        fits.names.append((column.name, split.number))
        return {"error": 0.5 + 0.1 * len(fits.names), "seconds": 1.0, "epochs": None}

    monkeypatch.setattr(measuring, "measure", measure)
    return fits


class Told:
    """A fitted classifier with given probabilities."""

    def __init__(self, probability):
        self.probability = probability

    def predict_proba(self, X):
        return self.probability


def test_measures_of_classes_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    probability, y = rng.dirichlet(np.ones(3), size=50), rng.integers(0, 3, 50)
    split = SimpleNamespace(task="classification", X_test=None, y_test=y)
    found = module("tables_measure").judge(Told(probability), split, np.arange(3))
    assert found["error"] == pytest.approx(log_loss(y, probability))
    assert found["auc"] == pytest.approx(roc_auc_score(y, probability, multi_class="ovr"))
    assert found["accuracy"] == accuracy_score(y, probability.argmax(axis=1))


def test_area_of_two_classes_is_that_of_the_second():
    rng = np.random.default_rng(1)
    p, y = rng.random(40), rng.integers(0, 2, 40)
    found = module("tables_measure").area(np.column_stack([1 - p, p]), y)
    assert found == pytest.approx(roc_auc_score(y, p))


def test_a_class_without_training_rows_has_probability_zero():
    split = SimpleNamespace(task="classification", X_test=None, y_test=np.array([0, 1, 2]))
    probability = np.array([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]])
    found = module("tables_measure").judge(Told(probability), split, np.array([0, 2]))
    assert found["error"] == pytest.approx((2 * np.log(2) - np.log(np.finfo(float).eps)) / 3)


def test_calibration_error_of_two_bins_is_the_weighted_gap():
    # Sure of 0.95, right in one of two: gap 0.45. Sure of 0.65, right in both: gap 0.35.
    probability = np.array([[0.95, 0.05], [0.95, 0.05], [0.35, 0.65], [0.65, 0.35]])
    found = module("tables_measure").calibration_error(probability, np.array([0, 1, 1, 0]))
    assert found == pytest.approx(0.5 * 0.45 + 0.5 * 0.35)


def test_an_interrupted_run_is_continued_where_it_ended(tmp_path, counted):
    counted.stop = 3
    with pytest.raises(KeyboardInterrupt):
        gather(tmp_path)
    counted.stop = None
    found = gather(tmp_path)
    assert counted.names == [("hgb", 0), ("linear", 0), ("hgb", 1), ("linear", 1)]
    assert found.measured["wine", "linear"][1]["error"] == pytest.approx(0.9)
    gather(tmp_path)
    assert len(counted.names) == 4


def test_fresh_measures_again_and_the_later_measurement_counts(tmp_path, counted):
    first = gather(tmp_path, ["hgb"], splits=1).measured["wine", "hgb"][0]["error"]
    gather(tmp_path, ["hgb"], splits=1, fresh=True)
    assert gather(tmp_path, ["hgb"], splits=1, only_cached=True).measured["wine", "hgb"][0]["error"] > first


def test_other_rows_are_another_measurement_but_a_looser_limit_is_not(tmp_path, counted):
    gather(tmp_path, ["hgb"], splits=1, rows=None)
    gather(tmp_path, ["hgb"], splits=1, rows=10_000)
    assert len(counted.names) == 1
    gather(tmp_path, ["hgb"], splits=1, rows=50)
    assert len(counted.names) == 2


def test_a_line_cut_short_is_passed_over(tmp_path, counted):
    gather(tmp_path, ["hgb"])
    path = tmp_path / "measurements.jsonl"
    path.write_text(path.read_text()[:-30])
    found = gather(tmp_path, ["hgb"])
    assert counted.names[2:] == [("hgb", 1)]
    assert sorted(found.measured["wine", "hgb"]) == [0, 1]
    assert sorted(gather(tmp_path, ["hgb"], only_cached=True).measured["wine", "hgb"]) == [0, 1]


def test_errors_of_other_threads_count_and_their_seconds_do_not(tmp_path, counted):
    gather(tmp_path, ["hgb"], splits=1)
    measured = gather(tmp_path, ["hgb"], splits=1, threads=2, only_cached=True).measured["wine", "hgb"][0]
    assert measured["error"] == pytest.approx(0.6)
    assert measured["seconds"] is None


def test_a_package_that_is_missing_is_named_and_its_known_measurements_are_used(
    tmp_path, counted, monkeypatch
):
    gather(tmp_path, ["hgb"], splits=1)
    for name in ("tables_measure", "tables"):
        monkeypatch.setattr(module(name), "version_of", lambda package: None)
    assert module("tables").missing(columns("hgb")).startswith("not installed: scikit-learn (hgb)")
    found = gather(tmp_path, ["hgb"])
    assert list(found.measured["wine", "hgb"]) == [0]
    assert len(counted.names) == 1


def test_a_fit_that_fails_is_told_and_the_others_go_on(tmp_path, monkeypatch, capsys):
    measuring = module("tables_measure")
    make = measuring.make

    def failing(column, split, threads):
        if column.name == "linear":
            raise ValueError("no such matrix")
        return make(column, split, threads)

    monkeypatch.setattr(measuring, "make", failing)
    found = gather(tmp_path, ["linear", "hgb"], splits=1)
    assert list(found.measured) == [("wine", "hgb")]
    assert "wine 0 linear FAILED: ValueError: no such matrix" in capsys.readouterr().err


def test_settings_differ_by_task_where_they_say_so():
    models = module("tables_models")
    both = models.ours("a", {"learning_rate": 0.1})
    apart = models.ours("b", {"classification": {"learning_rate": 0.1}})
    assert both.params_for("regression") == {"learning_rate": 0.1}
    assert apart.params_for("regression") == {}
    assert apart.params_for("classification") == {"learning_rate": 0.1}


def test_realmlp_smooths_no_labels():
    (column,) = columns("realmlp")
    assert column.params_for("classification") == {"use_ls": False}
    assert column.params_for("regression") == {}


def test_checksum_tells_tables_apart():
    sets, total = module("tables_sets"), module("tables_cache").checksum
    first, second = list(sets.splits_of("wine", 2, 50))
    (again,) = sets.splits_of("wine", 1, 50)
    assert total(first) == total(again) != total(second)
    again.X_test.iloc[-1, -1] += 1.0
    assert total(first) != total(again)


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer", "wine", "fair", "friedman", "sparse_classes"])
def test_own_tables_are_split_three_to_one(name):
    (split,) = module("own_tables").own_splits(name, 1, None)
    assert len(split.y_train) == pytest.approx(3 * len(split.y_test), abs=4)
    assert len(split.X_train) == len(split.y_train)
    assert (split.y_train.dtype.kind == "i") == (split.task == "classification")


def test_every_set_has_one_family():
    own = module("own_tables")
    names = [name for family in own.FAMILIES.values() for name in family]
    assert sorted(names) == sorted([*module("datasets").NAMES, *own.OWN])
    assert own.family_of("mine") == "mine"


@pytest.fixture
def table(tmp_path):
    """A file with signs in names, text, booleans, missing cells and many categories."""
    frame = pd.DataFrame(
        {
            "a [m]": [1.0, None, 3.0, 4.0] * 100,
            "who": ["x", None, "y", "x"] * 100,
            "flag": [True, False] * 200,
            "key": [f"k{i}" for i in range(400)],
            "grade": [1, 3, 1, None] * 100,
        }
    )
    path = tmp_path / "mine.csv"
    frame.to_csv(path, index=False)
    return path


def test_a_file_is_read_as_the_models_need_it(table):
    name, task, X, y = module("tables_sets").read(f"{table}:grade")
    assert (name, task, len(X)) == ("mine", "regression", 300)
    assert list(X.columns) == ["x0", "x1", "x2", "x3"]
    assert [str(kind) for kind in X.dtypes] == ["float64", *["category"] * 3]
    assert X["x3"].cat.categories.size == 255
    assert X["x0"].isna().sum() == X["x1"].isna().sum() == 100
    assert set(y) == {1.0, 3.0}


@pytest.mark.parametrize("given", ["grade:classification", "flag", "who"])
def test_text_and_booleans_and_what_is_said_to_be_are_classes(table, given):
    _, task, _, y = module("tables_sets").read(f"{table}:{given}")
    assert task == "classification"
    assert set(y) == {0, 1}


@pytest.mark.parametrize(
    ("text", "fault"),
    [("none.csv:y", "no file"), ("{}", "names no target"), ("{}:grade:odd", "one of regression")],
)
def test_a_wrong_set_is_refused_before_anything_is_measured(table, text, fault):
    with pytest.raises(ValueError, match=fault):
        module("tables_sets").check_set(text.format(table))


def test_a_target_that_is_no_column_is_refused(table):
    with pytest.raises(ValueError, match="has no column 'none'"):
        module("tables_sets").read(f"{table}:none")


@pytest.fixture
def printed():
    """Two sets, two splits, three models, by hand; the second set lacks a split of RealMLP."""
    errors = {
        ("one", "deepstat"): [1.0, 1.2],
        ("one", "hgb"): [2.0, 2.4],
        ("one", "realmlp"): [1.0, 1.0],
        ("two", "deepstat"): [4.0, 4.0],
        ("two", "hgb"): [2.0, 2.0],
        ("two", "realmlp"): [1.0],
    }
    found = module("tables_measure").Found(task=dict.fromkeys(["one", "two"], "regression"))
    for key, values in errors.items():
        seconds = 1.0 if key[1] == "realmlp" else 0.25
        found.measured[key] = {i: {"error": e, "seconds": seconds} for i, e in enumerate(values)}
    report, names = module("timing").Report(), ["deepstat", "hgb", "realmlp"]
    tables = module("tables_report").Tables(report, found, ["one", "two"], names, names[1:], 2)
    tables.say()
    return tables, report.lines


def test_summaries_of_relative_errors_are_those_by_hand(printed):
    lines = [line.split() for line in printed[1]]
    assert ["geometric", "mean", "1.000", "1.000", "0.477"] in lines
    assert ["median", "1.250", "1.000", "0.477"] in lines
    assert ["worst", "2.000", "1.000", "0.500"] in lines
    assert ["two", "RMSE/sd", "4.0000", "2.0000", "1.0000", "(1)"] in lines


def test_ranks_and_oracle_are_those_by_hand(printed):
    lines = [line.split() for line in printed[1]]
    assert ["over", "sets", "2.50", "2.50", "1.00"] in lines
    assert ["over", "splits", "2.38", "2.50", "1.12"] in lines
    assert ["one", "realmlp", "1.0000", "1.100"] in lines
    assert ["two", "realmlp", "1.0000", "4.000"] in lines


def test_the_interval_is_that_of_the_corrected_test(printed):
    # One: differences -1 and -1.2, sd 0.1414; t with one degree of freedom 12.706; variance factor 1/2 + 1/3.
    half = 12.7062 * 0.141421 * (5 / 6) ** 0.5
    cell, verdict = printed[0].difference("one", "deepstat", "hgb")
    assert cell == f"-1.1000 [{-1.1 - half:+.4f}, {-1.1 + half:+.4f}] "
    assert verdict == 2
    assert printed[0].difference("two", "deepstat", "hgb") == ("+2.0000 [+2.0000, +2.0000]!", 1)
    assert printed[0].difference("two", "deepstat", "realmlp") == ("-", None)


def test_seconds_are_related_to_those_of_realmlp(printed):
    lines = [line.split() for line in printed[1]]
    assert ["one", "0.250", "0.250", "1.000"] in lines


def test_the_honest_score_judges_what_was_chosen_elsewhere():
    choose = module("choose_defaults")
    # "a" is best on friedman, by luck; "b" on both sets of scikit-learn; over all sets it is a.
    ratios = {
        "wine": {"a": 1.0, "b": 0.9},
        "digits": {"a": 1.0, "b": 0.9},
        "friedman": {"a": 0.5, "b": 1.0},
    }
    rotations = choose.rotate(ratios)
    assert [(r.family, r.chosen, r.best) for r in rotations] == [
        ("scikit-learn", "a", "b"),
        ("simulated", "b", "a"),
    ]
    assert choose.scores(ratios)["a"] == pytest.approx(0.5 ** (1 / 3))
    assert choose.honest_score(ratios, rotations) == pytest.approx(1.0)
    assert rotations[0].judged == pytest.approx(1.0)
    assert rotations[1].score == pytest.approx(0.9)


def test_one_family_leaves_nothing_to_judge_on():
    with pytest.raises(ValueError, match="at least two families"):
        module("choose_defaults").rotate({"wine": {"a": 1.0}, "digits": {"a": 1.0}})


def test_candidates_come_from_a_file_and_their_fits_from_the_cache(tmp_path, counted, capsys):
    file = tmp_path / "candidates.json"
    file.write_text(json.dumps({"plain": {}, "slow": {"learning_rate": 1e-4}}))
    given = ["--candidates", str(file), "--cache", str(tmp_path), "--sets", "wine,friedman", "--splits", "1"]
    module("choose_defaults").main(given)
    n_fits = len(counted.names)
    module("choose_defaults").main([*given, "--only-cached"])
    assert len(counted.names) == n_fits == 6
    assert capsys.readouterr().out.count("honest score") == 2

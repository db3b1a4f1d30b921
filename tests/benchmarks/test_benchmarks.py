"""Every benchmark runs, at sizes that prove nothing but that."""

import os
from importlib import import_module
from pathlib import Path

import pytest
import torch
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    path.stem
    for path in (ROOT / "benchmarks").glob("*.py")
    if "def main(" in path.read_text(encoding="utf-8")
)
OPTIONS = {"gpu": ["--device", "cpu"]}
SPEAKS_OF = {
    "bootstrap": "skorch loop / deepstat eager",
    "bootstrap_coverage": "mean standard error / sd of estimates",
    "choose_defaults": "optimism",
    "coverage": "mean SE / sd",
    "classical": "all targets reached",
    "cross_validation": "Mean score (R2) of the folds",
    "gpu": "plain loop / deepstat eager",
    "graph_classification": "Graph classification",
    "graph_nodes": "Public split",
    "graph_scale": "an epoch over",
    "graph_speed": "products of a GCN alone",
    "grid": "Best mean score",
    "import_time": "import deepstat beyond the interpreter",
    "many_small": "skorch / deepstat eager",
    "memory": "deepstat / data",
    "one_fit_long": "deepstat eager / bare products",
    "one_fit_short": "deepstat / plain loop",
    "one_member_more": "one more / the first",
    "population": "plain loop / deepstat eager",
    "resampling_memory": "1.5 x one fit + 4 K n + weights",
    "same_numbers": "Largest difference, float64",
    "tables": "Tables: default models",
    "uci": "likelihood of predicted distributions",
}


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))


@pytest.fixture
def one_thread(monkeypatch):
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, os.environ.get(name, "1"))
    before = torch.get_num_threads()
    with threadpool_limits(None):
        yield
    torch.set_num_threads(before)


def test_every_script_is_expected_here():
    assert sorted(SPEAKS_OF) == SCRIPTS


@pytest.mark.parametrize("name", SPEAKS_OF)
def test_script_runs_and_writes_its_report(name, one_thread, tmp_path, capsys):
    if name in ("bootstrap", "many_small", "one_fit_long"):
        pytest.importorskip("skorch", reason="the benchmarks' peer is not installed")
    out = tmp_path / "results" / f"{name}.txt"
    import_module(f"benchmarks.{name}").main(
        ["--quick", "--threads", "1", "--out", str(out), *OPTIONS.get(name, [])]
    )
    text = out.read_text(encoding="utf-8")
    assert SPEAKS_OF[name] in text
    assert text == capsys.readouterr().out


def test_ratios_are_taken_within_rounds():
    timing = import_module("benchmarks.timing")
    found = {"a": [1.0, 2.0, 9.0], "b": [2.0, 1.0, 3.0]}
    assert timing.ratio(found, "a", "b") == (2.0, 0.5, 3.0)


def test_order_of_rows_turns_and_every_row_runs_once_a_round():
    timing = import_module("benchmarks.timing")
    seen = []
    tasks = {name: (lambda name=name: seen.append(name) or 1.0) for name in "abc"}
    assert timing.interleave(tasks, 2) == {"a": [1.0, 1.0], "b": [1.0, 1.0], "c": [1.0, 1.0]}
    assert "".join(seen) == "abcbca"


def test_claim_says_whether_its_bound_was_kept():
    timing = import_module("benchmarks.timing")
    assert timing.Claim("a", "b", at_most=0.5).line(0.4, 0.3, 0.6).endswith("target <= 0.5: reached")
    assert timing.Claim("a", "b", at_most=0.5).line(0.6, 0.3, 0.6).endswith("MISSED")
    assert timing.Claim("a", "b", at_least=3.5).line(3.4, 3.0, 4.0).endswith("target >= 3.5: MISSED")

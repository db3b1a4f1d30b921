"""Every tutorial runs from top to bottom, without a warning, and draws what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tutorials"
FIGURES = {
    "partially_linear": ["coefficients.png"],
    "directions": ["directions.png"],
    "engel": ["engel.png"],
    "excess_zeros": ["counts.png"],
    "from_ols_to_distribution": ["calibration.png", "least_squares.png"],
    "rankings": ["dishes.png"],
    "robust_regression": ["stars.png"],
    "first_fit": ["history.png"],
    "loss_functions": [
        "classification_losses.png",
        "leverage.png",
        "rare_class.png",
        "regression_losses.png",
    ],
    "resampling": ["resampling.png"],
    "network_by_hand": ["depth.png", "three_units.png", "xor.png"],
    "write_a_plugin": ["additive.png"],
    "changing_graph": ["changing_graph.png"],
    "karate_club": ["karate.png"],
    "link_prediction": ["links.png"],
    "message_passing": ["message_passing.png"],
    "molecules": ["molecules.png"],
}


def test_every_tutorial_is_tested():
    assert sorted(path.stem for path in FOLDER.glob("*.py")) == sorted(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_a_tutorial_is_a_percent_script_that_opens_with_its_title(name):
    first, second, *_ = (FOLDER / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert first == "# %% [markdown]"
    assert second.startswith("# # ")


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_a_tutorial_runs_without_a_warning_and_draws_its_figures(name, tmp_path):
    environment = {
        **os.environ,
        "DEEPSTAT_FIGURES": str(tmp_path),
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FOLDER / f"{name}.py")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stderr
    drawn = sorted(path.name for path in tmp_path.glob("*.png"))
    assert drawn == FIGURES[name]
    for figure in drawn:
        assert (tmp_path / figure).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert (tmp_path / figure).stat().st_size > 10_000

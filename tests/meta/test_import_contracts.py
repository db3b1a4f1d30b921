import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = 4


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the package and its contracts."""
    shutil.copytree(ROOT / "deepstat", tmp_path / "deepstat", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def lint(folder):
    """Return what import-linter says about the package in `folder`."""
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); from importlinter.cli import lint_imports; "
    program += "sys.exit(lint_imports(cache_dir=None, no_cache=True))"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr


def test_the_import_contracts_are_kept(copy):
    assert f"Contracts: {CONTRACTS} kept, 0 broken" in lint(copy)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("training/loop.py", "from deepstat.registry import registry"),
        ("losses/huber.py", "from deepstat.data.schema import Schema"),
        ("builtin/losses.py", "import torch"),
        ("optimizers/adam.py", "import pandas"),
    ],
)
def test_a_planted_import_is_rejected(copy, file, line):
    path = copy / "deepstat" / file
    path.write_text(path.read_text() + f"\n{line}\n")
    assert "1 broken" in lint(copy) or "2 broken" in lint(copy)

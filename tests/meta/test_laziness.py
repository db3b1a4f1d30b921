import subprocess
import sys

import pytest

HEAVY = {"torch", "sklearn", "scipy", "pandas", "polars", "matplotlib"}

LIGHT = {
    "import deepstat": "import deepstat; dir(deepstat)",
    "the hooks": "from deepstat import hookimpl; import deepstat.records, deepstat.errors",
    "the registry": "from deepstat.registry import registry; registry().record('loss', 'huber')",
    "deepstat plugins": "from deepstat.cli import main; main(['plugins', '--json'])",
    "deepstat list losses": "from deepstat.cli import main; main(['list', 'losses'])",
    "deepstat --help": "from deepstat.cli import main; main(['--help'])",
}


def loaded_by(code):
    """Return which heavy packages a fresh interpreter has loaded after running `code`."""
    program = f"import sys\ntry:\n    exec({code!r})\nexcept SystemExit as end:\n    assert not end.code\n"
    program += f"print('loaded:', *sorted({HEAVY!r} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ended.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("code", LIGHT.values(), ids=LIGHT)
def test_what_computes_nothing_loads_nothing_heavy(code):
    assert loaded_by(code) == set()


def test_the_checker_sees_a_heavy_import():
    assert {"torch", "sklearn"} <= loaded_by("import deepstat; deepstat.DeepRegressor")

"""The template as a third party would meet it: installed beside deepstat, in processes of their own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import deepstat

ROOT = Path(__file__).resolve().parents[2]

FIT = """
import pickle, sys, deepstat
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True, as_frame=True)
model = deepstat.DeepRegressor(
    loss="smooth_absolute", loss_params={"bandwidth": 0.2}, architecture="template/gated",
    architecture_params={"width": 8}, max_epochs=15, random_state=0,
).fit(X, y)
assert model.score(X, y) > 0.3, model.score(X, y)
deepstat.save(model, "model.deepstat")
open("model.pickle", "wb").write(pickle.dumps(model))
model.predict(X).tofile("predictions.bin")
"""

PREDICT = """
import pickle, numpy, deepstat
from sklearn.datasets import load_diabetes
X, y = load_diabetes(return_X_y=True, as_frame=True)
expected = numpy.fromfile("predictions.bin")
numpy.testing.assert_array_equal(pickle.load(open("model.pickle", "rb")).predict(X), expected)
numpy.testing.assert_array_equal(deepstat.load("model.deepstat").predict(X), expected)
"""

# Prints one line for each of three attempts: the plugin's loss, its saved model, and a built-in loss.
ATTEMPTS = """
import deepstat
def attempt(act):
    try:
        act()
        print("works")
    except deepstat.errors.DeepstatError as error:
        print(" ".join(str(error).split()))
import deepstat.errors
X, y = [[0.0], [1.0], [2.0], [3.0]] * 3, [0.0, 1.0, 2.0, 3.0] * 3
attempt(lambda: deepstat.DeepRegressor(loss="smooth_absolute", max_epochs=1).fit(X, y))
attempt(lambda: deepstat.load(PATH))
attempt(lambda: deepstat.DeepRegressor(loss="huber", max_epochs=1).fit(X, y))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Install the template into a folder of its own."""
    folder = tmp_path_factory.mktemp("template")
    source = shutil.copytree(ROOT / "plugins" / "template", folder / "source")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
    ]
    subprocess.run([*pip, "--target", folder / "site", source], check=True, capture_output=True, text=True)
    return folder / "site"


@pytest.fixture(scope="module")
def fitted(site, tmp_path_factory):
    """Return the folder of a model that was fitted, pickled and saved with the plugin."""
    folder = tmp_path_factory.mktemp("fitted")
    run(site, "-c", FIT, cwd=folder)
    return folder


def run(site, *arguments, cwd=None, **environment):
    """Run python with `site` on its path; return stdout."""
    path = os.pathsep.join([str(site), str(Path(deepstat.__file__).parents[1])])
    clean = {name: value for name, value in os.environ.items() if name != "DEEPSTAT_PLUGINS"}
    ended = subprocess.run(
        [sys.executable, *arguments],
        env={**clean, "PYTHONPATH": path, **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def listed(site, **environment):
    found = json.loads(run(site, "-m", "deepstat", "plugins", "--json", **environment))
    return next(each for each in found if each["name"] == "template")


def attempts(site, fitted, **environment):
    return run(
        site, "-c", f"PATH = {str(fitted / 'model.deepstat')!r}\n{ATTEMPTS}", **environment
    ).splitlines()


def corrupted(site, folder, module):
    """Return a copy of the installed plugin in which one module cannot be imported."""
    copy = shutil.copytree(site, folder / "site")
    (copy / "deepstat_template" / f"{module}.py").write_text("def (\n")
    return copy


def test_an_installed_plugin_is_listed_with_version_and_components(site):
    assert listed(site) == {
        "name": "template",
        "version": "0.1.0",
        "state": "active",
        "error": "",
        "components": {"losses": ["smooth_absolute"], "architectures": ["gated"]},
    }


def test_its_own_tests_with_the_conformance_checks_pass(site):
    out = run(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=ROOT / "plugins" / "template")
    assert "10 passed" in out


def test_a_model_with_its_components_survives_pickle_and_file(site, fitted):
    run(site, "-c", PREDICT, cwd=fitted)
    assert b"template/smooth_absolute" in (fitted / "model.deepstat").read_bytes()


def test_a_blocked_plugin_is_named_and_everything_else_works(site, fitted):
    assert listed(site, DEEPSTAT_PLUGINS="")["state"] == "blocked"
    loss, saved, huber = attempts(site, fitted, DEEPSTAT_PLUGINS="")
    assert "Unknown loss 'smooth_absolute'" in loss
    assert "Blocked by DEEPSTAT_PLUGINS: 'template'" in loss
    assert "template" in saved
    assert "Blocked by DEEPSTAT_PLUGINS: 'template'" in saved
    assert huber == "works"


def test_a_broken_plugin_is_reported_and_everything_else_works(site, fitted, tmp_path):
    broken = corrupted(site, tmp_path, "plugin")
    found = listed(broken)
    assert (found["state"], found["version"], found["components"]) == ("failed", "0.1.0", {})
    assert "SyntaxError" in found["error"]
    loss, saved, huber = attempts(broken, fitted)
    for sentence in (loss, saved):
        assert "Plugin 'template' failed to load (SyntaxError" in sentence
    assert huber == "works"


def test_a_broken_component_is_told_when_it_is_used(site, fitted, tmp_path):
    broken = corrupted(site, tmp_path, "smooth_absolute")
    assert listed(broken)["state"] == "active"
    loss, _, huber = attempts(broken, fitted)
    assert (
        "'deepstat_template.smooth_absolute:smooth_absolute' of loss 'smooth_absolute' cannot be imported"
        in loss
    )
    assert huber == "works"


def test_listing_imports_nothing_heavy(site):
    code = (
        "import sys\nfrom deepstat.registry import registry\n"
        "assert registry().record('loss', 'template/smooth_absolute').summary\n"
        "assert not {'torch', 'sklearn', 'pandas'} & set(sys.modules)\n"
    )
    run(site, "-c", code)

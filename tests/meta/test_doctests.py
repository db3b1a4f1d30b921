import doctest
import importlib
import pkgutil
import types

import pytest

import deepstat

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(deepstat.__path__, "deepstat.")
    if not name.endswith("__main__")
]


def run_examples(module):
    """Run the examples of a module; return how many there were and what failed."""
    failures = []
    runner = doctest.DocTestRunner()
    count = 0
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        count += len(test.examples)
        runner.run(test, out=failures.append)
    return count, "".join(failures)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_every_module_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, failures = run_examples(importlib.import_module(name))
    assert not failures, failures


def test_the_package_has_examples():
    counts = {name: run_examples(importlib.import_module(name))[0] for name in MODULES if ".losses." in name}
    assert sum(counts.values()) > 20


def test_an_example_with_a_wrong_answer_is_rejected():
    module = types.ModuleType("planted", "A module.\n\n>>> 1 + 1\n3\n")
    count, failures = run_examples(module)
    assert count == 1
    assert "Expected:" in failures

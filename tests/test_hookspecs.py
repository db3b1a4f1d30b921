import doctest
import inspect

import pytest

from deepstat import hookimpl, hookspecs
from deepstat.registry import HOOKS, KINDS, Registry

SPECS = {name: spec for name, spec in vars(hookspecs).items() if name.startswith("deepstat_")}


def test_there_is_one_hook_for_each_kind_of_record():
    assert set(HOOKS.values()) == set(SPECS)
    assert set(HOOKS) == set(KINDS)


@pytest.mark.parametrize("hook", SPECS)
def test_every_hook_takes_no_argument(hook):
    assert not inspect.signature(SPECS[hook]).parameters


@pytest.mark.parametrize("hook", SPECS)
def test_every_hook_has_a_complete_example_that_runs(hook):
    examples = doctest.DocTestFinder().find(SPECS[hook], hook, module=hookspecs)
    source = "".join(example.source for test in examples for example in test.examples)
    for part in ("from deepstat import hookimpl", "@hookimpl", f"def {hook}(self)", "Registry.from_plugins"):
        assert part in source
    runner = doctest.DocTestRunner()
    assert sum(runner.run(test).failed for test in examples) == 0


@pytest.mark.parametrize(("kind", "hook"), HOOKS.items())
def test_a_record_yielded_by_its_hook_is_found_under_its_name_and_kind(kind, hook):
    record = KINDS[kind](name="of_mine", target=len)

    class Plugin:
        pass

    @hookimpl
    def implementation(self):
        yield record

    implementation.__name__ = hook
    setattr(Plugin, hook, implementation)
    registry = Registry.from_plugins({"mine": Plugin()})
    assert registry.record(kind, "of_mine") is record
    assert registry.qualified(kind, "of_mine") == "mine/of_mine"

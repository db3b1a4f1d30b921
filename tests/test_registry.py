import importlib.metadata
import types

import pytest

from deepstat import hookimpl
from deepstat.builtin import plugin as builtin
from deepstat.errors import PluginError, UnknownName
from deepstat.records import Loss, Optimizer
from deepstat.registry import Plugin, Registry, registry, resolve, resolve_target


def plugin_of(*records, hook="deepstat_losses"):
    """Return a plugin whose hook yields `records`; an exception among them is raised there."""

    def implementation():
        for record in records:
            if isinstance(record, BaseException):
                raise record
            yield record

    return types.SimpleNamespace(**{hook: hookimpl(implementation)})


def mine(name="mine", **more):
    return Loss(name=name, target="math:fsum", **more)


def state_of(found, name):
    return next(plugin for plugin in found.plugins if plugin.name == name)


class Entry:
    """An entry point that is not installed."""

    def __init__(self, name, loaded, value="package.plugin", version="1.2"):
        self.name, self.loaded, self.value = name, loaded, value
        self.dist = types.SimpleNamespace(version=version)

    def load(self):
        if isinstance(self.loaded, BaseException):
            raise self.loaded
        return self.loaded


@pytest.fixture
def installed(monkeypatch, no_plugin_limits):
    entries = []
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda group: entries if group == "deepstat" else []
    )
    return entries


def test_the_built_in_plugin_uses_the_hooks_of_a_third_party():
    found = Registry.from_plugins({})
    assert found.qualified("loss", "huber") == "deepstat/huber"
    assert state_of(found, "deepstat").state == "active"
    assert builtin.deepstat_losses.__module__ == "deepstat.builtin.plugin"


def test_a_target_is_imported_when_it_is_resolved_and_not_before():
    found = Registry.from_plugins({"a": plugin_of(mine(), Loss(name="lost", target="nowhere_at_all:f"))})
    assert found.names("loss", builtin=False) == ["lost", "mine"]
    assert found.resolve("loss", "mine") is __import__("math").fsum
    with pytest.raises(PluginError, match="'nowhere_at_all:f' of loss 'lost' cannot be imported"):
        found.resolve("loss", "lost")


def test_a_callable_target_is_its_own_resolution():
    assert resolve(Loss(name="mine", target=len)) is len
    assert resolve_target(len, "anything") is len


@pytest.mark.parametrize(
    ("plugin", "sentence"),
    [
        (plugin_of(mine(), RuntimeError("no\nluck")), "RuntimeError: no luck"),
        (plugin_of(mine(), SystemExit("bye")), "SystemExit: bye"),
        (plugin_of("huberish"), "deepstat_losses yielded 'huberish'; it must yield Loss records"),
        (plugin_of(Optimizer(name="o", target=len)), "it must yield Loss records"),
        (plugin_of(mine("Mine")), "must be lower case letters"),
        (plugin_of(mine("a/b")), "must be lower case letters"),
        (plugin_of(mine(api_version=2)), "has api_version 2; this deepstat reads version 1"),
        (plugin_of(mine("huber")), "loss 'huber' is a built-in name; choose another"),
        (plugin_of(mine(), mine()), "loss 'mine' is registered twice"),
        (plugin_of(mine(), hook="deepstat_lossess"), "deepstat_lossess"),
        (types.SimpleNamespace(deepstat_losses=lambda: [mine()]), "write @hookimpl above it"),
    ],
)
def test_a_broken_plugin_is_listed_as_failed_gives_nothing_and_harms_nobody(plugin, sentence):
    found = Registry.from_plugins({"bad": plugin, "good": plugin_of(mine("fine"))}, versions={"bad": "0.3"})
    failed = state_of(found, "bad")
    assert (failed.state, failed.version) == ("failed", "0.3")
    assert sentence in failed.error
    assert "\n" not in failed.error
    assert found.names("loss", builtin=False) == ["fine"]
    assert found.record("loss", "huber").name == "huber"


def test_the_name_of_the_built_in_plugin_is_reserved():
    found = Registry.from_plugins({"deepstat": plugin_of(mine())})
    assert [plugin.state for plugin in found.plugins] == ["active", "failed"]
    assert found.names("loss", builtin=False) == []


def test_a_failed_plugin_is_named_when_a_component_is_missing():
    found = Registry.from_plugins({"bad": plugin_of(ValueError("no wheels"))})
    with pytest.raises(UnknownName, match=r"Plugin 'bad' failed to load \(ValueError: no wheels\)"):
        found.record("loss", "wheels")


def test_an_unknown_name_lists_what_there_is_and_suggests():
    with pytest.raises(
        UnknownName, match=r"Unknown loss 'hubber': choose one of absolute, .* Did you mean 'huber'\?"
    ):
        Registry.from_plugins({}).record("loss", "hubber")


def test_two_plugins_may_share_a_name_until_the_bare_name_is_used():
    first, second = mine(), mine()
    found = Registry.from_plugins({"a": plugin_of(first), "b": plugin_of(second)})
    assert found.record("loss", "a/mine") is first
    assert found.record("loss", "b/mine") is second
    assert found.qualified("loss", "b/mine") == "b/mine"
    with pytest.raises(UnknownName, match="write 'a/mine' or 'b/mine'"):
        found.record("loss", "mine")


def test_a_qualified_name_works_for_everything():
    found = Registry.from_plugins({"a": plugin_of(mine())})
    assert found.record("loss", "deepstat/huber") is found.record("loss", "huber")
    with pytest.raises(UnknownName, match="Unknown loss 'b/mine'"):
        found.record("loss", "b/mine")


def test_installed_plugins_are_found_with_name_and_version(installed):
    installed.append(Entry("mine", plugin_of(mine()), version="3.1"))
    assert state_of(registry(), "mine") == Plugin("mine", "3.1", "active")
    assert registry().qualified("loss", "mine") == "mine/mine"


def test_a_plugin_that_cannot_be_imported_is_reported(installed):
    installed.append(Entry("mine", ImportError("no module named wings")))
    assert state_of(registry(), "mine").error == "ImportError: no module named wings"
    assert registry().record("loss", "huber")


def test_the_second_of_two_plugins_with_one_name_is_reported(installed):
    installed.append(Entry("mine", plugin_of(mine("one")), value="a.plugin"))
    installed.append(Entry("mine", plugin_of(mine("two")), value="b.plugin"))
    states = [plugin.state for plugin in registry().plugins if plugin.name == "mine"]
    assert sorted(states) == ["active", "failed"]
    assert registry().names("loss", builtin=False) == ["one"]


def test_an_entry_point_cannot_take_the_place_of_the_built_in_plugin(installed):
    installed.append(Entry("deepstat", plugin_of(mine())))
    assert sorted(plugin.state for plugin in registry().plugins) == ["active", "failed"]


@pytest.mark.parametrize(
    ("allowed", "states"),
    [
        (None, {"a": "active", "b": "active"}),
        ("", {"a": "blocked", "b": "blocked"}),
        ("b", {"a": "blocked", "b": "active"}),
        (" a , b ", {"a": "active", "b": "active"}),
        ("c", {"a": "blocked", "b": "blocked", "c": "failed"}),
    ],
)
def test_the_environment_decides_which_plugins_are_loaded(installed, monkeypatch, allowed, states):
    installed += [Entry("a", plugin_of(mine("one"))), Entry("b", plugin_of(mine("two")))]
    if allowed is not None:
        monkeypatch.setenv("DEEPSTAT_PLUGINS", allowed)
    found = {plugin.name: plugin.state for plugin in registry().plugins}
    assert found == {"deepstat": "active", **states}


def test_a_blocked_plugin_is_never_imported_and_is_named_in_the_error(installed, monkeypatch):
    installed.append(Entry("a", RuntimeError("imported all the same")))
    monkeypatch.setenv("DEEPSTAT_PLUGINS", "")
    assert state_of(registry(), "a").error == ""
    with pytest.raises(UnknownName, match="Blocked by DEEPSTAT_PLUGINS: 'a'"):
        registry().record("loss", "mine")

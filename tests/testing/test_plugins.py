import types

import pytest
import torch

import deepstat.testing
from deepstat import hookimpl
from deepstat.builtin import plugin as builtin
from deepstat.errors import PluginError
from deepstat.records import Activation, Loss
from deepstat.registry import KINDS, Registry
from deepstat.testing import check_plugin, report_plugin
from deepstat.testing.plugins import CHECKS

GOOD = Activation(name="sine", target=torch.sin)
BAD = Activation(name="centred", target=lambda x: x - x.mean())


def plugin_of(*records):
    def deepstat_activations():
        return records

    return types.SimpleNamespace(deepstat_activations=hookimpl(deepstat_activations))


def test_there_is_a_check_for_every_kind_of_component():
    assert set(CHECKS) == set(KINDS)
    assert all(getattr(deepstat.testing, f"check_{kind}") is check for kind, check in CHECKS.items())


def test_a_good_plugin_is_reported_as_passing():
    report = check_plugin(plugin_of(GOOD), "waves")
    assert report.passes
    assert str(report) == "waves: 1 of 1 components pass\n  activation sine: passes"


def test_one_bad_component_fails_the_plugin_and_is_named():
    with pytest.raises(AssertionError, match=r"^activation 'centred' gives a row other values"):
        check_plugin(plugin_of(GOOD, BAD))


def test_a_report_goes_on_after_a_failure():
    report = report_plugin(Registry.from_plugins({"mine": plugin_of(BAD, GOOD)}), "mine")
    assert [(result.name, bool(result.error)) for result in report.results] == [
        ("centred", True),
        ("sine", False),
    ]
    assert not report.passes


@pytest.mark.parametrize(
    ("plugin", "sentence"),
    [
        (plugin_of(), "registers no component"),
        (plugin_of(Loss(name="x", target=len)), "must yield Activation records"),
    ],
)
def test_a_plugin_that_cannot_be_used_fails_with_its_reason(plugin, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_plugin(plugin)


def test_an_unknown_plugin_is_told_with_those_there_are():
    with pytest.raises(PluginError, match="No plugin is called 'nope': the plugins are deepstat, mine"):
        report_plugin(Registry.from_plugins({"mine": plugin_of(GOOD)}), "nope")


def test_the_built_in_plugin_is_a_plugin_like_others():
    report = report_plugin(Registry.from_plugins({}), "deepstat")
    assert report.passes, report
    hooks = [name for name in vars(builtin) if name.startswith("deepstat_")]
    assert len(report.results) == sum(len(list(getattr(builtin, hook)())) for hook in hooks)

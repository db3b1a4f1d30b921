import pytest

from deepstat.errors import DeepstatError, FileError, PluginError, UnknownName, suggest, unknown


def test_an_unknown_name_is_told_with_sorted_choices_and_the_nearest_one():
    error = unknown("loss", "hubber", ["squared", "huber"])
    assert str(error) == "Unknown loss 'hubber': choose one of huber, squared. Did you mean 'huber'?"


def test_nothing_is_suggested_when_nothing_is_near():
    assert suggest("zzz", ["huber", "squared"]) == ""


def test_an_empty_choice_is_said_to_be_empty():
    assert str(unknown("distribution", "normal", [])) == (
        "Unknown distribution 'normal': there is none to choose from."
    )


@pytest.mark.parametrize("error", [UnknownName, FileError])
def test_what_a_user_mistypes_is_a_value_error_for_scikit_learn(error):
    assert issubclass(error, ValueError)
    assert issubclass(error, DeepstatError)


def test_a_broken_plugin_is_no_value_error():
    assert issubclass(PluginError, DeepstatError)
    assert not issubclass(PluginError, ValueError)

"""Files of other versions, and files that need a plugin that is not there."""

import numpy as np
import pytest
from saved_models import LABELS, TABLE, parts, save_model, write

import deepstat
from deepstat import DeepClassifier
from deepstat.errors import FileError
from deepstat.model_container import FORMAT


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("saved") / "model")


def test_a_newer_format_is_told(good, tmp_path):
    document, tensors = parts(good)
    document |= {"format": FORMAT + 1, "deepstat": "9.0.0"}
    write(tmp_path / "model", document, tensors)
    with pytest.raises(
        FileError,
        match=f"saved by deepstat 9.0.0 in format {FORMAT + 1}, this version reads up to {FORMAT}: update deepstat",
    ):
        deepstat.load(tmp_path / "model")


def test_a_file_of_another_minor_version_loads(good, tmp_path):
    document, tensors = parts(good)
    document |= {"deepstat": "0.0.9", "news": {"of": "later"}}
    for name in ("tol", "verbose", "freeze"):  # parameters that the older version did not have
        del document["params"][name]
    del document["fit"]["optimizer"]
    write(tmp_path / "model", document, tensors)
    older = deepstat.load(tmp_path / "model")
    np.testing.assert_array_equal(older.predict_proba(TABLE), deepstat.load(good).predict_proba(TABLE))
    assert older.tol == DeepClassifier().tol
    older.partial_fit(TABLE, LABELS)


def test_a_missing_plugin_is_named(good, tmp_path):
    document, tensors = parts(good)
    document["components"]["loss"] = "deepstat-stars/galactic"
    document["plugins"]["deepstat-stars"] = "2.1"
    write(tmp_path / "model", document, tensors)
    with pytest.raises(
        FileError,
        match=r"The model needs 'deepstat-stars/galactic' of plugin 'deepstat-stars' 2.1: install it",
    ):
        deepstat.load(tmp_path / "model")

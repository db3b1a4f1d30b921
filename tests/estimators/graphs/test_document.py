"""The paragraphs of parameters that graph estimators share with those of tables."""

import pytest

from deepstat import GraphClassifier, NodeClassifier
from deepstat.estimators.graphs import document as module


def test_what_is_said_of_tables_alone_is_replaced():
    for cls in (NodeClassifier, GraphClassifier):
        assert "tabular" not in cls.__doc__
        assert "formula :" not in cls.__doc__
    assert "all rows at once" in NodeClassifier.__doc__
    assert "growing with the table" in GraphClassifier.__doc__


def test_a_sentence_that_was_reworded_is_told(monkeypatch):
    monkeypatch.setitem(module.OTHERWISE, "a sentence that is not there", "")
    with pytest.raises(ValueError, match="a sentence that is not there"):
        module._shared(NodeClassifier)

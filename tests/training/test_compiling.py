"""When a population is compiled, and how a large one is cut."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import distance, plan, table

from deepstat.training import compiling
from deepstat.training.compiling import check_compilable, decide, in_cache
from deepstat.training.loop import train

ONE = plan(compiled="auto")


def test_the_decision_looks_at_the_whole_population():
    members = [replace(ONE, max_epochs=1000)] * 100
    assert not decide(members[:2])[0].compiled
    assert all(each.compiled is True for each in decide(members))
    assert not decide([replace(each, compiled=False) for each in members])[0].compiled
    assert decide([replace(ONE, compiled=True)])[0].compiled is True


def test_without_a_compiler_auto_runs_eagerly_and_true_is_told(monkeypatch, caplog):
    monkeypatch.setattr(compiling, "compiler", lambda: None)
    with caplog.at_level("INFO", logger="deepstat"):
        assert not decide([replace(ONE, max_epochs=1000)] * 100)[0].compiled
    assert "No C++ compiler found" in caplog.text
    with pytest.raises(ValueError, match="needs a C\\+\\+ compiler"):
        check_compilable(replace(ONE, compiled=True))


@given(st.integers(1, 300), st.integers(1, 40), st.booleans())
def test_parts_cover_everybody_and_leave_nobody_alone(n, members_in_cache, compiled):
    state = 4 * sum(p.numel() * p.element_size() for p in ONE.network.parameters())
    before = compiling.CACHE
    compiling.CACHE = members_in_cache * state
    try:
        parts = in_cache([replace(ONE, compiled=compiled)] * n)
    finally:
        compiling.CACHE = before
    assert [k for part in parts for k in part] == list(range(n))
    assert n == 1 or min(map(len, parts)) > 1
    if compiled:
        assert len({len(part) for part in parts}) == 1
    if len(parts) > 1:
        assert min(map(len, parts[:-1])) >= compiling.SMALLEST // 2


def test_small_populations_and_those_with_a_checkpoint_stay_whole(monkeypatch):
    assert len(in_cache([ONE] * 50)) == 1
    monkeypatch.setattr(compiling, "CACHE", 1)
    assert len(in_cache([ONE] * 100)) > 1
    assert len(in_cache([replace(ONE, checkpoint="folder")] * 100)) == 1


def test_cutting_changes_no_member(monkeypatch):
    own = table()
    plans = [plan(own, seed=k, max_epochs=2 + k % 3, dropout=0.1) for k in range(40)]
    whole = train(plans)
    monkeypatch.setattr(compiling, "CACHE", 1)
    settled = []
    parts = train(plans, settled.append)
    assert max(map(distance, whole, parts)) < 1e-12
    assert sum(settled) == sum(each.max_epochs for each in plans)

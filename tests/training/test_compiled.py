"""Compiled graphs on disk: found again, never mistaken for another, and never trusted when damaged."""

import os
from dataclasses import replace

import pytest
import torch
from plans import distance, plan
from torch.fx.experimental.proxy_tensor import make_fx

from deepstat.training import compiled, graphs
from deepstat.training.compiled import compile_graph, fingerprint, folder
from deepstat.training.loop import train


def traced(function, *inputs):
    return make_fx(function)(*inputs), list(inputs)


def add_to(x, y):
    x.add_(y)
    return (x * 2,)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPSTAT_CACHE", str(tmp_path))
    monkeypatch.setattr(graphs, "_GRAPHS", type(graphs._GRAPHS)())
    return tmp_path


def test_a_fingerprint_tells_operations_shapes_strides_types_and_constants_apart():
    x, y = torch.ones(3, 4), torch.ones(3, 4)
    constant = torch.arange(4.0)
    variants = [
        traced(add_to, x, y),
        traced(lambda x, y: (x.add_(y) * 3,), x, y),
        traced(add_to, torch.ones(3, 5), torch.ones(3, 5)),
        traced(add_to, x, torch.ones(4, 3).t()),
        traced(add_to, x.double(), y.double()),
        traced(lambda x, y: (x + constant,), x, y),
        traced(lambda x, y: (x + (constant + 1),), x, y),
    ]
    assert len({fingerprint(*each) for each in variants}) == len(variants)
    assert fingerprint(*variants[0]) == fingerprint(*traced(add_to, x, y))


def test_a_fingerprint_tells_numbers_of_threads_apart(monkeypatch):
    graph = traced(add_to, torch.ones(3), torch.ones(3))
    before = fingerprint(*graph)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    assert fingerprint(*graph) != before


@pytest.mark.slow
def test_a_library_changes_its_inputs_and_is_found_again_or_made_anew_when_damaged(cache, monkeypatch):
    x, y = torch.arange(12.0).view(3, 4), torch.ones(3, 4)
    inputs = [x.clone(), y]
    graph = graphs.trace(add_to, inputs)
    run = compile_graph(graph, inputs)
    mine = x.clone()
    (found,) = run([mine, y])
    assert torch.equal(mine, x + 1)
    assert torch.equal(found, 2 * (x + 1))
    (library,) = cache.glob("*.so")
    assert [path.name for path in cache.iterdir()] == [library.name]

    library.unlink()  # the file that is loaded must stay as it is
    library.write_bytes(b"no library")
    assert torch.equal(compile_graph(graph, inputs)([x.clone(), y])[0], found)
    monkeypatch.setattr(compiled, "_compile", None)  # not called any more
    assert torch.equal(compile_graph(graph, inputs)([x.clone(), y])[0], found)


@pytest.mark.slow
def test_only_the_libraries_used_last_are_kept(cache, monkeypatch):
    monkeypatch.setattr(compiled, "KEPT", 2)
    for age, name in enumerate(["older", "newer"]):
        (cache / f"{name}.so").touch()
        os.utime(cache / f"{name}.so", (age, age))
    inputs = [torch.ones(2), torch.ones(2)]
    compile_graph(graphs.trace(add_to, inputs), inputs)
    names = {path.stem for path in cache.glob("*.so")}
    assert len(names) == 2
    assert "newer" in names


def test_a_folder_that_cannot_be_used_is_replaced_by_one_of_this_process(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DEEPSTAT_CACHE", str(tmp_path / "file" / "below"))
    assert folder().is_dir()
    assert tmp_path not in folder().parents
    monkeypatch.setenv("DEEPSTAT_CACHE", str(tmp_path / "mine"))
    assert folder() == tmp_path / "mine"
    assert folder().stat().st_mode & 0o077 == 0
    monkeypatch.setattr(os, "getuid", lambda: -1)
    assert folder() != tmp_path / "mine"


@pytest.mark.slow
def test_a_changed_loss_is_another_library(cache):
    def shifted(raw, y, *, delta=1.0):
        return (raw - y - delta).square().mean(dim=1)

    def tilted(raw, y, *, delta=1.0):
        return (raw - 2 * y - delta).square().mean(dim=1)

    for loss in (shifted, tilted):
        one = plan(loss=loss, options={"delta": 0.5}, hidden=(4,), max_epochs=1, compiled=True)
        eager = train([replace(one, compiled=False)])[0]
        assert distance(train([one])[0], eager) < 1e-12
    assert len(list(cache.glob("*.so"))) == 2

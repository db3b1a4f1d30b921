# ruff: noqa: E501  # one case a line
"""A file that was harmed or made by hand is refused, whatever is in it, and nothing of it is executed."""

import json
import os
import pathlib
import pickle
import subprocess
import sys
import textwrap
import threading
import zipfile

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save as serialise
from saved_models import LABELS, TABLE, N, parts, save_model, write

import deepstat
from deepstat.errors import FileError
from deepstat.model_container import FORMAT
from deepstat.model_file import LARGEST_OPTION, no_larger_than


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("saved") / "model")


def test_a_missing_file_or_folder_is_told(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(FileError, match=r"There is no file .*: check the path"):
            deepstat.load(path)


def test_truncated_files_are_refused(good, tmp_path):
    data, rng = good.read_bytes(), np.random.default_rng(0)
    for length in [0, 1, 7, 8, 9, *rng.integers(10, len(data), size=60), len(data) - 1]:
        (tmp_path / "model").write_bytes(data[:length])
        with pytest.raises(FileError):
            deepstat.load(tmp_path / "model")
    (tmp_path / "model").write_bytes(data + b"x")
    with pytest.raises(FileError):
        deepstat.load(tmp_path / "model")


def test_flipped_bits_are_told(good, tmp_path):
    data, rng = good.read_bytes(), np.random.default_rng(0)
    expected = deepstat.load(good).predict_proba(TABLE)
    for position in [*range(16), *rng.integers(0, len(data), size=150)]:
        harmed = bytearray(data)
        harmed[position] ^= 1 << int(rng.integers(8))
        (tmp_path / "model").write_bytes(harmed)
        try:
            loaded = deepstat.load(tmp_path / "model")
        except FileError:
            continue
        np.testing.assert_array_equal(loaded.predict_proba(TABLE), expected)  # a space in the header


class Bomb:
    def __reduce__(self):
        return (pathlib.Path.touch, (pathlib.Path("exploded"),))


def test_files_of_other_kinds_are_refused_and_not_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pickle").write_bytes(pickle.dumps(Bomb()))
    torch.save({"a": Bomb()}, tmp_path / "torch")
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(Bomb()))
    (tmp_path / "json").write_text(json.dumps({"format": FORMAT}))
    (tmp_path / "text").write_text("model")
    (tmp_path / "weights").write_bytes(serialise({"0/flat": torch.zeros(3)}))
    (tmp_path / "other metadata").write_bytes(serialise({"0/flat": torch.zeros(3)}, {"format": "pt"}))
    (tmp_path / "pickled metadata").write_bytes(serialise({}, {"deepstat": pickle.dumps(Bomb(), 0).decode()}))
    header = b'{"__metadata__":{"deepstat":"{}"}'
    (tmp_path / "long header").write_bytes((1 << 62).to_bytes(8, "little") + header)
    for name in (
        "pickle",
        "torch",
        "zip",
        "json",
        "text",
        "weights",
        "other metadata",
        "pickled metadata",
        "long header",
    ):
        with pytest.raises(FileError, match=r"is no model saved by deepstat|holds no deepstat model"):
            deepstat.load(tmp_path / name)
    assert not (tmp_path / "exploded").exists()


def set_at(path, value):
    """Return a change of one entry of the document, by its path."""

    def change(document, tensors):
        *outer, last = path
        for step in outer:
            document = document[step]
        document[last] = value

    return change


def drop(name):
    return lambda document, tensors: document.pop(name)


def tensor(name, value):
    return lambda document, tensors: tensors.__setitem__(name, value)


def architecture(**options):
    pairs = [
        [key, {"tuple": list(value)} if isinstance(value, tuple) else value] for key, value in options.items()
    ]
    return set_at(("fit", "architecture_params"), {"dict": pairs})


CRAFTED = {
    "estimator by path": set_at(("estimator",), "os.system"),
    "no such estimator": set_at(("estimator",), "DeepOracle"),
    "estimator of another target": set_at(("estimator",), "DeepRegressor"),
    "estimator as list": set_at(("estimator",), ["DeepClassifier"]),
    "architecture by path": set_at(("components", "architecture"), "os:system"),
    "architecture in fit by path": lambda d, t: (d["components"].pop("architecture"), d["fit"].update(architecture="os:system")),
    "loss by path": set_at(("components", "loss"), "deepstat/os.system"),
    "loss in fit by path": set_at(("fit", "loss"), "subprocess:run"),
    "activation by path": set_at(("components", "activation:0"), "os:system"),
    "activation in fit by path": lambda d, t: (d["components"].pop("activation:0"), architecture(hidden_layer_sizes=(3,), activation="os:system")(d, t)),
    "another kind": set_at(("components", "os"), "deepstat/system"),
    "regression loss": set_at(("fit", "loss"), "huber"),
    "params as list": set_at(("params",), [1]),
    "unknown parameter": set_at(("params", "evil"), 1),
    "parameter of a wrong type": set_at(("params", "max_epochs"), "many"),
    "parameter out of range": set_at(("params", "n_members"), -1),
    "parameter that nests deeply": set_at(("params", "loss_params"), "@deep@"),
    "fit that nests deeply": set_at(("fit", "architecture_params"), "@deep@"),
    "unhashable key": set_at(("params", "loss_params"), {"dict": [[[1], 2]]}),
    "pairs that are none": set_at(("params", "loss_params"), {"dict": [1]}),
    "object of a wrong form": set_at(("params", "loss_params"), {"__reduce__": ["os.system", "true"]}),
    "option of another architecture": architecture(width=3),
    "wider network": architecture(hidden_layer_sizes=(4,), dropout=0.1, normalization="batch"),
    "giant network": architecture(hidden_layer_sizes=(10**6, 10**6)),
    "giant number": architecture(hidden_layer_sizes=(10**18,)),
    "giant embedding": architecture(numeric_embedding="periodic", numeric_embedding_params={"dict": [["n_frequencies", 10**12]]}),
    "endless network": architecture(hidden_layer_sizes=(1,) * 20_000),
    "infinite option": architecture(dropout=float("inf")),
    "negative layer": architecture(hidden_layer_sizes=(-3,)),
    "column of an unknown kind": set_at(("schemas", 0, "columns", 0, "kind"), "magic"),
    "column with too many numbers": set_at(("schemas", 0, "columns", 0, "center"), [0.0] * 5),
    "column of text": set_at(("schemas", 0, "columns", 0, "center"), ["a"]),
    "infinite centre": set_at(("schemas", 0, "columns", 0, "center"), [float("inf")]),
    "column without levels": set_at(("schemas", 0, "columns", 2, "levels"), []),
    "levels that are lists": set_at(("schemas", 0, "columns", 2, "levels"), [["a"], ["b"], ["c"]]),
    "unknown entry of a column": set_at(("schemas", 0, "columns", 0, "evil"), 1),
    "columns as dict": set_at(("schemas", 0, "columns"), {}),
    "another number of columns": lambda d, t: d["schemas"][0]["columns"].append(d["schemas"][0]["columns"][0]),
    "names of another number": set_at(("schemas", 0, "feature_names"), ["a"]),
    "no such time zone": set_at(("schemas", 0, "columns", 5, "zone"), "../../etc/passwd"),
    "zone of a number": set_at(("schemas", 0, "columns", 0, "zone"), "UTC"),
    "schema missing": drop("schemas"),
    "target missing": drop("targets"),
    "params missing": drop("params"),
    "n_steps missing": drop("n_steps"),
    "target of an unknown type": set_at(("targets", 0, "type"), "os.system"),
    "one level": set_at(("targets", 0, "levels"), ["low"]),
    "equal levels": set_at(("targets", 0, "levels"), ["low", "low", "top"]),
    "another number of levels": set_at(("targets", 0, "levels"), ["low", "mid"]),
    "levels of a giant type": set_at(("targets", 0, "dtype"), "<U999999999"),
    "levels of a void type": set_at(("targets", 0, "dtype"), "|V8"),
    "levels of a compound type": set_at(("targets", 0, "dtype"), "i4,i4"),
    "levels of no type": set_at(("targets", 0, "dtype"), "os.system"),
    "levels as numbers": set_at(("targets", 0, "dtype"), "<i8"),
    "weights of other classes": set_at(("class_weight",), [1.0]),
    "weights of zero": set_at(("class_weight",), [0.0, 1.0, 1.0]),
    "more members": set_at(("n_steps",), [1, 1, 1]),
    "no members": set_at(("n_steps",), []),
    "negative steps": set_at(("n_steps",), [-1, 1]),
    "giant steps": set_at(("n_steps",), [10**30, 1]),
    "steps of text": set_at(("n_steps",), ["1", "1"]),
    "infinite steps": set_at(("n_steps",), [float("inf"), 1]),
    "history of another member": lambda d, t: d["history"][0].update(member=7),
    "history without entries": lambda d, t: d["history"][0].pop("epoch"),
    "history as text": set_at(("history",), "none"),
    "constants that are none": set_at(("constants",), {"alpha": [1.0, 1.0]}),
    "callable asked for": set_at(("callables",), ["random_state"]),
    "no weights": lambda d, t: t.pop("0/flat"),
    "fewer weights": lambda d, t: t.update({"0/flat": t["0/flat"][:-1]}),
    "more weights": lambda d, t: t.update({"0/flat": torch.cat([t["0/flat"], t["0/flat"]])}),
    "weights of another shape": lambda d, t: t.update({"0/flat": t["0/flat"][None]}),
    "weights as integers": lambda d, t: t.update({"0/flat": t["0/flat"].long(), "1/flat": t["1/flat"].long()}),
    "weights as bfloat16": lambda d, t: t.update({n: v.bfloat16() for n, v in t.items() if n.endswith("flat")}),
    "weights of two types": lambda d, t: t.update({"1/flat": t["1/flat"].float()}),
    "buffers missing": lambda d, t: [t.pop(name) for name in list(t) if "buffers" in name],
    "buffer of another shape": lambda d, t: t.update({n: torch.zeros(99) for n in t if n.endswith("running_mean")}),
    "buffer of a new name": tensor("0/buffers/forward", torch.zeros(1)),
    "buffer of no module": tensor("0/buffers/os.system", torch.zeros(1)),
    "scale of another shape": tensor("0/scale", torch.zeros(9, 9)),
    "optimizer of another shape": lambda d, t: t.update({n: torch.zeros(2, 2) for n in t if "optimizer" in n}),
    "plugins as list": set_at(("plugins",), ["deepstat"]),
}  # fmt: skip
HARMLESS = {"optimizer of another shape", "scale of another shape", "levels as numbers"}


@pytest.mark.parametrize("name", [name for name in CRAFTED if name not in HARMLESS])
def test_files_made_by_hand_are_refused(name, good, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "system", lambda command: pytest.fail("executed"))
    document, tensors = parts(good)
    CRAFTED[name](document, tensors)
    write(tmp_path / "model", document, tensors)
    with pytest.raises(FileError):
        deepstat.load(tmp_path / "model")


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_files_made_by_hand_are_refused_or_work(name, good, tmp_path):
    document, tensors = parts(good)
    CRAFTED[name](document, tensors)
    write(tmp_path / "model", document, tensors)
    try:
        model = deepstat.load(tmp_path / "model")
    except FileError:
        return
    assert np.isfinite(model.predict_proba(TABLE)).all()
    model.partial_fit(TABLE, LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "1e400",
        "NaN",
        '"a"',
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 10_000,
        '{"format": true}',
        '{"format": "1"}',
    ],
)
def test_metadata_that_is_no_document_is_refused(text, good, tmp_path):
    _, tensors = parts(good)
    write(tmp_path / "model", text, tensors)
    with pytest.raises(FileError):
        deepstat.load(tmp_path / "model")


def test_random_changes_of_the_document_are_refused_or_work(good, tmp_path):
    rng = np.random.default_rng(0)
    values = [
        None,
        True,
        -1,
        10**25,
        1e30,
        float("nan"),
        "os.system",
        "",
        [],
        {},
        [[]],
        {"dict": []},
        {"tuple": [1]},
    ]

    def places(value, path=()):
        yield path
        if isinstance(value, (dict, list)):
            for key in value if isinstance(value, dict) else range(len(value)):
                yield from places(value[key], (*path, key))

    everywhere = [path for path in places(parts(good)[0]) if path]
    for _ in range(250):
        document, tensors = parts(good)
        path = everywhere[rng.integers(len(everywhere))]
        set_at(path, values[rng.integers(len(values))])(document, tensors)
        write(tmp_path / "model", document, tensors)
        try:
            model = deepstat.load(tmp_path / "model")
        except FileError:
            continue
        if {"feature_names", "zone"} & set(path):  # other names and zones: the table is refused in a sentence
            continue
        assert model.predict_proba(TABLE).shape == (N, 3), path


def test_a_giant_network_is_refused_before_it_fills_the_memory(good, tmp_path):
    """The process may take two gigabytes; the network would take eighty."""
    document, tensors = parts(good)
    architecture(hidden_layer_sizes=(100_000, 100_000))(document, tensors)
    write(tmp_path / "model", document, tensors)
    script = f"""
        import resource, deepstat
        from deepstat.errors import FileError
        try:
            deepstat.load({str(tmp_path / "model")!r})
        except FileError as error:
            print(error)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told, peak = run.stdout.splitlines()
    assert "weights" in told
    assert int(peak) < 2_000_000


def test_other_threads_may_build_networks_of_any_size_meanwhile():
    with no_larger_than(10, None):
        thread = threading.Thread(target=lambda: built.append(torch.nn.Linear(100, 100)))
        built = []
        thread.start()
        thread.join()
        assert built
        with pytest.raises(FileError, match="more than its 10 weights"):
            torch.nn.Linear(100, 100)
    torch.nn.Linear(100, 100)
    with (
        pytest.raises(FileError, match="has an option of"),
        no_larger_than(10, {"a": [(LARGEST_OPTION + 1,)]}),
    ):
        pass


def test_a_changed_file_is_told_by_its_digest(good, tmp_path):
    document, tensors = parts(good)
    tensors["0/flat"][0] += 1e-9
    text = json.dumps(document)
    with safe_open(str(good), framework="pt") as file:
        digest = file.metadata()["digest"]
    (tmp_path / "model").write_bytes(serialise(tensors, {"deepstat": text, "digest": digest}))
    with pytest.raises(FileError, match="was damaged or changed after it was saved"):
        deepstat.load(tmp_path / "model")

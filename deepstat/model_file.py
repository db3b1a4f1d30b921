"""What the JSON document of a saved model must look like: a file made by hand is refused before it is used.

A document is compared with a pattern. A type stands for its values; a tuple for one of several patterns; ``[p]`` for a
list of p; ``{...: p}`` for a dict with values p; any other dict for one with these entries at least.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from torch.nn.modules.module import register_module_parameter_registration_hook

from deepstat.data.domains import DOMAINS
from deepstat.data.instants import PARTS, wall_clock_offset
from deepstat.errors import FileError

Number = (int, float)
_COLUMN = {
    "name": str,
    "kind": str,
    "center": [Number],
    "scale": [Number],
    "levels": [(str, int, float, bool, None)],
    "missing": bool,
    "zone": (str, None),
}
_SCHEMA = {"feature_names": ([str], None), "columns": [_COLUMN], "is_sparse": bool}
_FACTOR = {
    "text": str,
    "is_name": bool,
    "levels": ([(str, int, float, bool)], None),
    "fields": ([str], None),
    "spans_intercept": bool,
    "states": {...: object},
}
_CODINGS = {
    "Schema": _SCHEMA,
    "Design": {**_SCHEMA, "left_out": [int]},
    "GraphCoding": {
        "columns": [str],
        "feature_names": None,
        "scalings": [{"kind": str, "center": [Number], "scale": [Number]}],
        "structural": ([str], None),
        "n_features": int,
        "type_widths": [int],
        "n_edge_features": int,
        "n_edge_types": int,
    },
    "CollectionCoding": {
        "columns": [str],
        "feature_names": None,
        "structural": [str],
        "by_row": bool,
        "edge_types": [(str, int, float, bool)],
        "center": [Number],
        "scale": [Number],
        "largest_degree": (int, None),
        "n_edge_features": int,
        "n_edge_types": int,
    },
    "FormulaDesign": {
        "feature_names": [str],
        "columns": [str],
        "parameters": [
            {
                "name": str,
                "terms": [[str]],
                "factors": [_FACTOR],
                "center": [Number],
                "scale": [Number],
                "deep": [[(str, int)]],
            }
        ],
        "groups": [{"names": [str], "schema": _SCHEMA}],
    },
}
_DOCUMENT = {
    "deepstat": str,
    "plugins": {...: str},
    "estimator": str,
    "params": {...: object},
    "fit": {...: object},
    "components": {...: str},
    "callables": [str],
    "schemas": [{}],
    "targets": [
        (
            {
                "type": str,
                "center": [Number],
                "scale": [Number],
                "is_vector": bool,
                "domain": str,
                "levels": [Number],
            },
            {"type": str, "levels": [(str, int, float, bool)], "dtype": str, "is_soft": bool},
        )
    ],
    "class_weight": ([Number], None),
    "constants": {...: [Number]},
    "history": [{"member": int, "epoch": int, "loss": Number}],
    "best_epochs": [int],
    "n_iter": int,
    "n_steps": [int],
}
_REPORT = {
    "model": str,
    "names": [str],
    "estimate": [Number],
    "covariance": ([[Number]], None),
    "covariance_name": str,
    "n_obs": Number,
    "df_resid": Number,
    "use_t": bool,
    "df_test": (*Number, None),
    "target": str,
    "n_estimated": int,
    "values": {...: Number},
    "refusals": {...: str},
    "family": str,
    "data_key": str,
    "link": str,
    "n_mean": int,
    "converged": bool,
    "n_iter": int,
    "score_norm": Number,
    "notes": [str],
    "method": str,
    "solver": str,
    "rank_paths": [{"estimate": Number, "points": [Number], "statistics": [Number], "df": Number}],
}
_CLASSICAL = {
    "choice": ({"name": str, "values": [Number], "default": (*Number, None)}, None),
    "results": [(_REPORT, str)],
}
_GRAPH_DOCUMENT = {
    "estimator": str,
    "params": {...: object},
    "n_nodes": int,
    "names": ({"values": [(str, int, float, bool)], "is_object": bool}, None),
}
_OF_GRAPH_MODEL = {
    "GraphClusterer": {"modularity": Number},
    "NodeEmbedder": {"fit": {"method": str, "method_params": object}, "coding": ({}, None)},
}
_TARGET_OF = {
    "DeepRegressor": "RegressionTarget",
    "DeepClassifier": "ClassTarget",
    "DeepDistributionRegressor": "RegressionTarget",
    "DeepQuantileRegressor": "RegressionTarget",
    "DeepExpectileRegressor": "RegressionTarget",
    "NodeClassifier": "ClassTarget",
    "NodeRegressor": "RegressionTarget",
    "EdgeClassifier": "ClassTarget",
    "EdgeRegressor": "RegressionTarget",
    "LinkPredictor": "ClassTarget",
    "GraphClassifier": "ClassTarget",
    "GraphRegressor": "RegressionTarget",
}
# Float columns that a column is encoded to, beside the indicator of missing values.
_FLOATS = {"numeric": 1, "boolean": 1, "datetime": len(PARTS), "categorical": 0, "empty": 1}
# Counts of a network's parts are bounded by its weights; thresholds may be larger than a small network.
LARGEST_OPTION = 1 << 20
MOST_STEPS = 1 << 53
MOST_LETTERS = 1 << 26  # of all class labels, padded to the longest


def check_document(document: dict[str, Any]) -> None:
    """Raise ``FileError`` unless a document has the form of a saved model and agrees with itself.

    Examples
    --------
    >>> check_document({"deepstat": "0.1.0"})
    Traceback (most recent call last):
    deepstat.errors.FileError: The model is damaged or was changed by hand: its entry 'plugins' is missing.
    """
    wrong = _mismatch(document, _DOCUMENT, "")
    if not wrong and document.get("classical") is not None:
        wrong = _mismatch(document["classical"], _CLASSICAL, "classical")
    if wrong:
        raise _damaged(wrong)
    for schema in document["schemas"]:
        _check_coding(schema)
    for target in document["targets"]:
        _check_target(document, target)
    n_members = len(document["n_steps"])
    members = {entry["member"] for entry in document["history"]}
    each = [document[name] for name in ("best_epochs", "schemas", "targets")]
    lengths = {*map(len, each), *map(len, document["constants"].values())}
    described = {(len(own["columns"]), str(own["feature_names"])) for own in document["schemas"]}
    described_targets = {str((own["levels"], len(own.get("center", ())))) for own in document["targets"]}
    if not n_members or lengths != {n_members} or not members <= set(range(n_members)):
        raise _damaged("its members disagree in number")
    if len(described) > 1 or len(described_targets) > 1:
        raise _damaged("its members disagree on columns or target")
    if not all(0 <= n < MOST_STEPS for n in document["n_steps"]):
        raise _damaged("its number of steps is out of range")


def check_graph_document(document: dict[str, Any]) -> None:
    """Raise ``FileError`` unless a document has the form of a saved embedding or clustering of nodes.

    Examples
    --------
    >>> check_graph_document({"estimator": "GraphClusterer"})
    Traceback (most recent call last):
    deepstat.errors.FileError: The model is damaged or was changed by hand: its entry 'params' is missing.
    """
    wrong = _mismatch(document, {**_GRAPH_DOCUMENT, **_OF_GRAPH_MODEL[document["estimator"]]}, "")
    if wrong:
        raise _damaged(wrong)
    names = document["names"]
    if document["n_nodes"] < 0 or (names is not None and len(names["values"]) != document["n_nodes"]):
        raise _damaged("its nodes and their names disagree in number")
    if document.get("coding") is not None:
        if document["coding"].get("type") != "GraphCoding":
            raise _damaged("its node features are not coded as those of a graph")
        _check_coding(document["coding"])


def _check_coding(coding: dict[str, Any]) -> None:
    """Check what was learned of the columns: standardised, a design matrix, or a formula."""
    pattern = _CODINGS.get(str(coding.get("type", "Schema")))  # older files have no type
    if pattern is None:
        raise _damaged(f"its columns are coded by {coding['type']!r}, which is unknown")
    wrong = _mismatch(coding, pattern, "schemas")
    if wrong:
        raise _damaged(wrong)
    if coding.get("type") == "GraphCoding":
        numbers = [(own["center"], own["scale"]) for own in coding["scalings"]]
        if not all(map(math.isfinite, _numbers(numbers))):
            raise _damaged("its scaling of node features is not finite")
        return
    if coding.get("type") == "CollectionCoding":
        _check_collection(coding)
        return
    if "groups" not in pattern:
        _check_schema(coding)
        return
    for group in coding["groups"]:
        _check_schema(group["schema"])
    for own in coding["parameters"]:
        learned = [factor["states"] for factor in own["factors"]]
        if not all(map(math.isfinite, _numbers([own["center"], own["scale"], learned]))):
            raise _damaged("its formula is not finite")


def _check_collection(coding: dict[str, Any]) -> None:
    center, scale, largest = coding["center"], coding["scale"], coding["largest_degree"]
    if len(center) != len(scale) or not all(map(math.isfinite, [*center, *scale])) or 0 in scale:
        raise _damaged("its scaling of node features is not consistent")
    counts = coding["n_edge_features"], coding["n_edge_types"], largest or 0
    if min(counts) < 0 or max(counts) > LARGEST_OPTION:
        raise _damaged("its counts of graph features are out of range")


def _check_schema(schema: dict[str, Any]) -> None:
    for column in schema["columns"]:
        floats = _FLOATS.get(column["kind"], -1) + (column["missing"] and column["kind"] != "categorical")
        lengths = (len(column["center"]), len(column["scale"]))
        if lengths != (floats, floats) or bool(column["levels"]) != (column["kind"] == "categorical"):
            raise _damaged(f"column {column['name']!r} is not consistent")
        zone = column["zone"]
        if zone is not None and (column["kind"] != "datetime" or not _is_zone(zone)):
            raise _damaged(f"column {column['name']!r} has no time zone {zone!r}")
        if not all(map(math.isfinite, [*column["center"], *column["scale"]])):
            raise _damaged(f"column {column['name']!r} is not finite")
    names = schema["feature_names"]
    if names is not None and len(names) != len(schema["columns"]):
        raise _damaged("its columns and their names disagree in number")


def _is_zone(zone: str) -> bool:
    """Say whether a time zone is known on this machine."""
    try:
        wall_clock_offset(np.zeros(1), zone)
    except ValueError:
        return False
    return True


def _check_target(document: dict[str, Any], target: dict[str, Any]) -> None:
    weight = document["class_weight"]
    if target["type"] != _TARGET_OF.get(document["estimator"]):
        raise _damaged("estimator and target do not belong together")
    if "center" in target:
        good = len(target["center"]) == len(target["scale"]) > 0 and target["domain"] in DOMAINS
        good = (
            good
            and all(map(math.isfinite, [*target["center"], *target["scale"]]))
            and min(target["scale"]) > 0
        )
    else:
        levels = target["levels"]
        text = re.fullmatch(r"[<>|=]U(\d{1,9})", target["dtype"])
        good = len(levels) > 1 and len(set(levels)) == len(levels)
        good = good and bool(re.fullmatch(r"[<>|=]?([biuf]\d{1,2}|O)", target["dtype"]) or text)
        good = good and (text is None or int(text[1]) * len(levels) <= MOST_LETTERS)
        good = good and (weight is None or (len(weight) == len(levels) and min(weight) > 0))
    if not good:
        raise _damaged("its target is not consistent")


def _mismatch(value: Any, pattern: Any, path: str) -> str:
    """Return what is wrong with a value, or nothing."""
    if isinstance(pattern, tuple):
        wrong = [_mismatch(value, each, path) for each in pattern]
        return "" if "" in wrong else wrong[0]
    if isinstance(pattern, list):
        items = enumerate(value) if isinstance(value, list) else None
        parts = [] if items is None else [(item, pattern[0], f"{path}[{i}]") for i, item in items]
        good = items is not None
    elif isinstance(pattern, dict):
        good = isinstance(value, dict)
        missing = [name for name in pattern if name is not ... and good and name not in value]
        if missing:
            return f"its entry {f'{path}.{missing[0]}'.lstrip('.')!r} is missing"
        parts = [
            (item, pattern.get(name, pattern.get(..., object)), f"{path}.{name}")
            for name, item in (value.items() if good else ())
        ]
    else:
        good = pattern is object or value is pattern or (pattern is not None and type(value) is pattern)
        parts = []
    if not good:
        return f"its entry {path.lstrip('.')!r} has a wrong type"
    return next((wrong for part in parts if (wrong := _mismatch(*part))), "")


@contextmanager
def no_larger_than(n_weights: int, options: Any) -> Iterator[None]:
    """Refuse to build a network that is larger than the weights in the file, before it fills the memory.

    Parameters
    ----------
    n_weights : int
        Numbers in the file for one member.
    options : dict or None
        Of the architecture, as loaded.
    """
    for value in _numbers(options):
        if value > max(n_weights, LARGEST_OPTION):
            raise _damaged(f"its architecture has an option of {value:g}, but {n_weights} weights")
    thread, registered = threading.get_ident(), 0

    def count(module: Any, name: str, parameter: Any) -> None:
        nonlocal registered
        if threading.get_ident() == thread and parameter is not None:
            registered += parameter.numel()
            if registered > n_weights:
                raise _damaged(f"its architecture describes more than its {n_weights} weights")

    hook = register_module_parameter_registration_hook(count)
    try:
        yield
    finally:
        hook.remove()


def _numbers(options: Any) -> Iterator[float]:
    if isinstance(options, (int, float)) and not isinstance(options, bool):
        yield options
    elif isinstance(options, dict):
        yield from _numbers(list(options.values()))
    elif isinstance(options, (list, tuple)):
        for option in options:
            yield from _numbers(option)


def _damaged(what: str) -> FileError:
    return FileError(f"The model is damaged or was changed by hand: {what}.")

"""Save and load fitted estimators: safetensors and JSON in one file. No pickle, no code, no training rows.

The file is a safetensors file (weights, buffers) whose metadata holds one JSON document: parameters, schema, target,
history, and the qualified names ("plugin/name") of the components used. Nothing named in a file is ever imported:
names are looked up among the installed plugins, and JSON can only make numbers, text, lists and dicts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from deepstat.data.class_target import ClassTarget
from deepstat.data.design import Design
from deepstat.data.regression_target import RegressionTarget
from deepstat.data.schema import Schema
from deepstat.errors import FileError, PluginError
from deepstat.estimators.classical.kept_reports import KeptReports
from deepstat.estimators.classical.mode import is_classical
from deepstat.estimators.classifier import DeepClassifier
from deepstat.estimators.components import record_of
from deepstat.estimators.distributional import DeepDistributionRegressor
from deepstat.estimators.expectile import DeepExpectileRegressor
from deepstat.estimators.finish import RECIPE
from deepstat.estimators.formula_effects import projection_shapes
from deepstat.estimators.graphs.collection_coding import CollectionCoding
from deepstat.estimators.graphs.edge_classifier import EdgeClassifier
from deepstat.estimators.graphs.edge_regressor import EdgeRegressor
from deepstat.estimators.graphs.graph_classifier import GraphClassifier
from deepstat.estimators.graphs.graph_coding import GraphCoding
from deepstat.estimators.graphs.graph_regressor import GraphRegressor
from deepstat.estimators.graphs.link_predictor import LinkPredictor
from deepstat.estimators.graphs.node_classifier import NodeClassifier
from deepstat.estimators.graphs.node_regressor import NodeRegressor
from deepstat.estimators.network_estimator import NetworkEstimator
from deepstat.estimators.quantile import DeepQuantileRegressor
from deepstat.estimators.regressor import DeepRegressor
from deepstat.estimators.tasks import TASKS
from deepstat.formula.formula_design import FormulaDesign
from deepstat.model_container import FORMAT, from_json, read_container, to_json, write_container
from deepstat.model_file import check_document, no_larger_than
from deepstat.registry import registry
from deepstat.saved_graph_models import FITTED, GRAPH_MODELS, describe_graph_model, restore_graph_model
from deepstat.training.plan import MemberState

ESTIMATORS: dict[str, type[NetworkEstimator]] = {
    cls.__name__: cls
    for cls in (
        DeepRegressor,
        DeepClassifier,
        DeepDistributionRegressor,
        DeepQuantileRegressor,
        DeepExpectileRegressor,
        NodeClassifier,
        NodeRegressor,
        EdgeClassifier,
        EdgeRegressor,
        LinkPredictor,
        GraphClassifier,
        GraphRegressor,
    )
}
CODINGS: dict[str, Any] = {
    cls.__name__: cls for cls in (Schema, Design, FormulaDesign, GraphCoding, CollectionCoding)
}
TARGETS = {cls.__name__: cls for cls in (RegressionTarget, ClassTarget)}
NAMED = {
    "architecture": "architecture",
    "optimizer": "optimizer",
    "schedule": "schedule",
    "initializer": "initializer",
}
# Options of architectures that name components of these kinds.
NAMED_OPTIONS = ("activation", "numeric_embedding")
# Parameters that belong to a training run on one machine and not to the model; and a graph, which holds the data.
LEFT_OUT = ("on_epoch", "start_from", "checkpoint", "graph")


def save(estimator: Any, path: str | os.PathLike[str]) -> None:
    """Save a fitted estimator to one file.

    The file is written beside its final place and moved there whole: a failed save leaves an old file as it was.

    Parameters
    ----------
    estimator : deep estimator of tables or of a graph
        Fitted. Components must be registered names; give callables again to :func:`load`. The parameters
        ``on_epoch``, ``start_from``, ``checkpoint`` and ``graph`` are not saved: a graph is then given to ``predict``.
        Of a ``NodeEmbedder`` and a ``GraphClusterer`` the names of nodes are kept, with their vectors or labels.
    path : path

    Raises
    ------
    FileError
        A parameter cannot be saved, or the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib, deepstat
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 3.0]
    >>> model = deepstat.DeepRegressor(architecture="linear", random_state=0).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "model.deepstat"
    ...     deepstat.save(model, path)
    ...     bool((deepstat.load(path).predict(X) == model.predict(X)).all())
    True
    """
    kinds = {**ESTIMATORS, **GRAPH_MODELS}
    if type(estimator) not in kinds.values():
        raise FileError(
            f"{type(estimator).__name__} cannot be saved: deepstat.save takes {', '.join(kinds)}."
        )
    document, tensors = (_describe if type(estimator) in ESTIMATORS.values() else _describe_nodes)(estimator)
    whole = {
        "format": FORMAT,
        "deepstat": _version(),
        "plugins": {plugin.name: plugin.version for plugin in registry().plugins if plugin.state == "active"},
        **document,
    }
    write_container(path, whole, tensors)


def load(path: str | os.PathLike[str], *, components: Mapping[str, Any] | None = None) -> Any:
    """Load an estimator saved by :func:`save`.

    Parameters
    ----------
    path : path
    components : mapping or None
        Callables that the saved estimator used instead of registered names, by parameter, e.g.
        ``{"loss": my_loss}``.

    Returns
    -------
    estimator
        Fitted.

    Raises
    ------
    FileError
        The file is missing, truncated, no model of this package, of a newer format, or needs a plugin or a
        callable that is not there.
    """
    document, tensors = read_container(Path(path))
    given = dict(components or {})
    try:
        if document.get("estimator") in GRAPH_MODELS:
            if given:
                raise FileError(f"components={given!r} are not asked for by this file: leave them out.")
            return restore_graph_model(document, tensors)
        return _restore(document, tensors, given)
    except (FileError, PluginError):
        raise
    except Exception as error:  # a file made by hand can go wrong in any way; all mean the same
        raise FileError(
            f"{os.fspath(path)!r} cannot be used ({type(error).__name__}: {error}): it is damaged, was changed by "
            f"hand, or needs deepstat {document.get('deepstat')!r}; save the model again."
        ) from error


def _describe_nodes(estimator: Any) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    check_is_fitted(estimator, FITTED[type(estimator).__name__])
    estimator._validate_params()
    return describe_graph_model(estimator)


def _describe(estimator: NetworkEstimator) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Return the document and the tensors of a fitted estimator."""
    check_is_fitted(estimator, "members_")
    estimator._validate_params()  # what could not be fitted could not be loaded
    components, callables = _components(estimator)
    params = {k: v for k, v in estimator.get_params(deep=False).items() if k not in LEFT_OUT}
    document = {
        "estimator": type(estimator).__name__,
        "params": {
            name: to_json(name, None if name in callables else value) for name, value in params.items()
        },
        "fit": {
            name: to_json(name, value) for name, value in estimator._recipe.items() if name not in callables
        },
        "components": components,
        "callables": callables,
        "schemas": [{"type": type(schema).__name__, **schema.to_json()} for schema in estimator.schemas_],
        "projections": [
            [own.tolist() for own in member] for member in getattr(estimator, "_projections", [])
        ],
        "targets": [{"type": type(target).__name__, **target.to_json()} for target in estimator.targets_],
        "n_outputs": estimator.n_outputs_,
        "class_weight": None
        if estimator.class_weight_ is None
        else list(map(float, estimator.class_weight_)),
        "constants": {name: values.tolist() for name, values in estimator.constants_.items()},
        "history": estimator.history_,
        "best_epochs": estimator.best_epochs_,
        "n_iter": estimator.n_iter_,
        "n_rows": getattr(estimator, "n_rows_", []),
        "n_steps": [member.n_steps for member in estimator.members_],
        "classical": estimator._evidence.kept().to_json() if is_classical(estimator._recipe) else None,
    }
    tensors: dict[str, torch.Tensor] = {}
    for m, member in enumerate(estimator.members_):
        tensors |= {f"{m}/{name}": value for name, value in member.tensors().items()}
    return document, tensors


def _restore(document: dict[str, Any], tensors: dict[str, torch.Tensor], given: dict[str, Any]) -> Any:
    check_document(document)
    for name in [*document["callables"], *given]:
        if name not in given:
            raise FileError(
                f"The model was fitted with a callable as {name!r}: give it again, "
                f"load(path, components={{{name!r}: ...}})."
            )
        if name not in document["callables"]:
            raise FileError(f"components={{{name!r}: ...}} is not asked for by this file: leave it out.")
    components = document["components"]
    _check_installed(components, document["plugins"])
    params = {name: from_json(value) for name, value in document["params"].items()}
    estimator = ESTIMATORS[document["estimator"]](**{**params, **given})
    estimator._validate_params()
    fit = {name: from_json(value) for name, value in document["fit"].items()}
    named, recipe = _named(estimator), (*RECIPE, *TASKS[estimator._task].recipe)
    fit |= {name: components[kind] for name, kind in named.items() if kind in components and name in fit}
    chosen = {option: components[f"{option}:0"] for option in NAMED_OPTIONS if f"{option}:0" in components}
    if chosen:
        fit["architecture_params"] = {**fit["architecture_params"], **chosen}
    given_at_fit = {name: value for name, value in given.items() if name in recipe}
    estimator._recipe = {**{name: getattr(estimator, name) for name in recipe}, **fit, **given_at_fit}
    schemas = [CODINGS[schema.get("type", "Schema")].from_json(schema) for schema in document["schemas"]]
    estimator.schemas_ = [schemas[schemas.index(schema)] for schema in schemas]  # equal ones are one again
    estimator.targets_ = [
        TARGETS[target["type"]].from_json({name: value for name, value in target.items() if name != "type"})
        for target in document["targets"]
    ]
    estimator.members_ = [_member(tensors, m, n) for m, n in enumerate(document["n_steps"])]
    if not len(estimator.members_) == len(estimator.schemas_) == len(estimator.targets_) > 0:
        raise ValueError("schemas, targets and weights are of different numbers of members")
    estimator.n_features_in_ = len(estimator.schema_.columns)
    if estimator.schema_.feature_names is not None:
        estimator.feature_names_in_ = np.array(estimator.schema_.feature_names, dtype=object)
    estimator.n_outputs_, _ = TASKS[estimator._task].sizes(estimator._resolved(), estimator.target_)
    weight = document["class_weight"]
    estimator.class_weight_ = None if weight is None else np.array(weight)
    estimator.constants_ = {name: np.array(values) for name, values in document["constants"].items()}
    for name in ("history", "best_epochs", "n_iter"):
        setattr(estimator, f"{name}_", document[name])
    estimator.n_steps_ = max(document["n_steps"])
    estimator.n_rows_ = [(int(learned), int(held_out)) for learned, held_out in document.get("n_rows", [])]
    if isinstance(estimator.target_, ClassTarget):
        estimator.classes_ = estimator.target_.classes_
    flats = [member.flat for member in estimator.members_]
    if {(flat.dim(), flat.dtype) for flat in flats} not in ({(1, torch.float32)}, {(1, torch.float64)}):
        raise ValueError("the weights are no rows of float32 or float64")
    # Now, so that names that nobody knows and weights that do not fit are told here.
    if not is_classical(estimator._recipe):
        record_of("optimizer", estimator._recipe["optimizer"])
    sizes = [estimator._recipe[name] for name in ("architecture_params", "terms")]
    with no_larger_than(sum(flat.numel() for flat in flats), sizes):
        estimator._networks = estimator._build_networks()
    estimator._projections = _projections(document.get("projections", []), estimator)
    _restore_reports(estimator, document.get("classical"))
    return estimator


def _restore_reports(estimator: NetworkEstimator, saved: dict[str, Any] | None) -> None:
    """Set the reports of a classical fit, which has a design in the units of the data and one member."""
    classical = is_classical(estimator._recipe)
    unfit = Schema if classical else Design  # a formula goes with either
    if classical != (saved is not None) or isinstance(estimator.schema_, unfit):
        raise ValueError("its optimizer, columns and reports do not belong together")
    if saved is None:
        return
    estimator._evidence = KeptReports.from_json(saved)
    if len(estimator.members_) > 1:
        raise ValueError("a classical fit has one member")


def _projections(saved: Any, estimator: NetworkEstimator) -> list[list[np.ndarray]]:
    """Return what deep terms' outputs have in common with the structured columns, checked."""

    def read(own: Any, shape: tuple[int, int]) -> np.ndarray:
        values = np.array(own, dtype=np.float64)
        if values.shape != (shape if shape[0] else (0,)) or not np.isfinite(values).all():
            raise ValueError("the projections of its deep terms do not fit its formula")
        return values.reshape(shape)

    return [
        [read(own, shape) for own, shape in zip(*each, strict=True)]
        for each in zip(saved, projection_shapes(estimator), strict=True)
    ]


def _check_installed(components: dict[str, str], versions: dict[str, str]) -> None:
    for kind, name in components.items():
        plugin = name.partition("/")[0]
        try:
            registry().record(kind.partition(":")[0], name)
        except ValueError as error:
            raise FileError(
                f"The model needs {name!r} of plugin {plugin!r} {versions.get(plugin, '')}: install it. {error}"
            ) from error


def _member(tensors: dict[str, torch.Tensor], m: int, n_steps: int) -> MemberState:
    own = {name.removeprefix(f"{m}/"): t for name, t in tensors.items() if name.startswith(f"{m}/")}
    return MemberState.from_tensors(own, int(n_steps))


def _components(estimator: NetworkEstimator) -> tuple[dict[str, str], list[str]]:
    """Return the qualified names of the components used, and the parameters that hold callables instead."""
    known, names, callables = registry(), {}, []
    named = _named(estimator)
    given = {**{name: getattr(estimator, name) for name in named}, **estimator._recipe}
    for parameter, kind in named.items():
        value = given[parameter]
        if parameter == "optimizer" and is_classical(given):
            continue  # solvers are no components
        if isinstance(value, str) and value != "auto":
            names[kind] = known.qualified(kind, value)
        elif value is not None and value != "auto":
            callables.append(parameter)
    for option in NAMED_OPTIONS:
        value = (given["architecture_params"] or {}).get(option)
        if isinstance(value, str):
            names[f"{option}:0"] = known.qualified(option, value)
    for term, own in (given["terms"] or {}).items():
        for kind in ("architecture", *NAMED_OPTIONS):
            if isinstance(own.get(kind), str):
                names[f"{kind}:{term}"] = known.qualified(kind, own[kind])
    inner, depth = given.get("distribution_params") or {}, 0
    while isinstance(inner.get("family"), str):  # a wrapper's families, one inside the other
        names[f"distribution:{depth}"] = known.qualified("distribution", inner["family"])
        inner, depth = inner.get("family_params") or {}, depth + 1
    return names, callables


def _named(estimator: NetworkEstimator) -> dict[str, str]:
    """Return which parameters name components, and of what kind."""
    return {**TASKS[estimator._task].components, **NAMED}


def _version() -> str:
    from deepstat import __version__

    return __version__

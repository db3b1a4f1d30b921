"""deepstat: deep learning for people who do statistics.

Importing this package loads neither torch nor scikit-learn: public names are loaded on first use (PEP 562).
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "DeepRegressor": "deepstat.estimators.regressor",
    "DeepClassifier": "deepstat.estimators.classifier",
    "DeepDistributionRegressor": "deepstat.estimators.distributional",
    "DeepQuantileRegressor": "deepstat.estimators.quantile",
    "DeepExpectileRegressor": "deepstat.estimators.expectile",
    "ConformalRegressor": "deepstat.conformal.regressor",
    "ConformalClassifier": "deepstat.conformal.classifier",
    "EnsembleRegressor": "deepstat.ensembles.regressor",
    "EnsembleClassifier": "deepstat.ensembles.classifier",
    "Graph": "deepstat.graph.graph",
    "EdgeClassifier": "deepstat.estimators.graphs.edge_classifier",
    "EdgeRegressor": "deepstat.estimators.graphs.edge_regressor",
    "LinkPredictor": "deepstat.estimators.graphs.link_predictor",
    "GraphClassifier": "deepstat.estimators.graphs.graph_classifier",
    "GraphRegressor": "deepstat.estimators.graphs.graph_regressor",
    "NodeClassifier": "deepstat.estimators.graphs.node_classifier",
    "NodeRegressor": "deepstat.estimators.graphs.node_regressor",
    "NodeEmbedder": "deepstat.estimators.graphs.node_embedder",
    "GraphClusterer": "deepstat.estimators.graphs.graph_clusterer",
    "hookimpl": "deepstat.hookspecs",
    "save": "deepstat.persistence",
    "load": "deepstat.persistence",
    "population": "deepstat.model_selection.population",
}
__all__ = [
    "ConformalClassifier",
    "ConformalRegressor",
    "DeepClassifier",
    "DeepDistributionRegressor",
    "DeepExpectileRegressor",
    "DeepQuantileRegressor",
    "DeepRegressor",
    "EdgeClassifier",
    "EdgeRegressor",
    "EnsembleClassifier",
    "EnsembleRegressor",
    "Graph",
    "GraphClassifier",
    "GraphClusterer",
    "GraphRegressor",
    "LinkPredictor",
    "NodeClassifier",
    "NodeEmbedder",
    "NodeRegressor",
    "__version__",
    "hookimpl",
    "load",
    "population",
    "save",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'deepstat' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

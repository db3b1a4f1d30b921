from deepstat.conformal.classifier import ConformalClassifier as ConformalClassifier
from deepstat.conformal.regressor import ConformalRegressor as ConformalRegressor
from deepstat.ensembles.classifier import EnsembleClassifier as EnsembleClassifier
from deepstat.ensembles.regressor import EnsembleRegressor as EnsembleRegressor
from deepstat.estimators.classifier import DeepClassifier as DeepClassifier
from deepstat.estimators.distributional import DeepDistributionRegressor as DeepDistributionRegressor
from deepstat.estimators.expectile import DeepExpectileRegressor as DeepExpectileRegressor
from deepstat.estimators.graphs.edge_classifier import EdgeClassifier as EdgeClassifier
from deepstat.estimators.graphs.edge_regressor import EdgeRegressor as EdgeRegressor
from deepstat.estimators.graphs.graph_classifier import GraphClassifier as GraphClassifier
from deepstat.estimators.graphs.graph_clusterer import GraphClusterer as GraphClusterer
from deepstat.estimators.graphs.graph_regressor import GraphRegressor as GraphRegressor
from deepstat.estimators.graphs.link_predictor import LinkPredictor as LinkPredictor
from deepstat.estimators.graphs.node_classifier import NodeClassifier as NodeClassifier
from deepstat.estimators.graphs.node_embedder import NodeEmbedder as NodeEmbedder
from deepstat.estimators.graphs.node_regressor import NodeRegressor as NodeRegressor
from deepstat.estimators.quantile import DeepQuantileRegressor as DeepQuantileRegressor
from deepstat.estimators.regressor import DeepRegressor as DeepRegressor
from deepstat.graph.graph import Graph as Graph
from deepstat.hookspecs import hookimpl as hookimpl
from deepstat.model_selection.population import population as population
from deepstat.persistence import load as load
from deepstat.persistence import save as save

__version__: str
__all__: list[str]

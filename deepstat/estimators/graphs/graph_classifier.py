"""Classes of graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from deepstat.estimators.class_predictions import ClassPredictions
from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.graph_set_estimator import GraphSetEstimator
from deepstat.estimators.parameters import LOSS_CONSTRAINTS


@dataclass(kw_only=True, eq=False, repr=False)
class GraphClassifier(ClassPredictions, GraphSetEstimator):
    """A graph network that predicts the class of whole graphs; X is a list of graphs.

    The graphs are taken as independent: splits, scores and the bootstrap mean what they mean for the rows of a table.
    X may be anything that scikit-learn's splitters index: a list, an object array, a series.

    Parameters
    ----------
    {graphs}
    class_weight : dict, "balanced", "effective_number" or None
        Weights of the rows of each class, normalised to mean one over rows.
    class_weight_params : dict or None
    {loss}
    {shared}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    {attributes}

    Notes
    -----
    Batch norm, in the default architecture, lets a graph's training signal depend on the others of its batch: a weight
    of two is then not quite the graph twice, and where graphs are few or much alike its statistics are poor. With
    ``architecture_params={"normalization": "none"}`` neither is so. Members of one estimator, and folds, train one
    after the other.

    References
    ----------
    Errica, Podda, Bacciu and Micheli (2020), A fair comparison of graph neural networks for graph classification, ICLR:
    why to set ``architecture="no_graph"`` beside every other.

    Examples
    --------
    >>> import networkx as nx
    >>> from deepstat import GraphClassifier
    >>> cycles = [nx.cycle_graph(n) for n in range(5, 15)]
    >>> trees = [nx.random_labeled_tree(n, seed=n) for n in range(5, 15)]
    >>> model = GraphClassifier(
    ...     architecture="sage_readout", structural_features="one_hot_degree", max_epochs=20, random_state=0
    ... )
    >>> model = model.fit(cycles + trees, ["cycle"] * 10 + ["tree"] * 10)
    >>> model.predict([nx.cycle_graph(20), nx.path_graph(20)])
    array(['cycle', 'tree'], dtype='<U5')
    """

    _task: ClassVar[str] = "classification"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **GraphSetEstimator._parameter_constraints,
        **LOSS_CONSTRAINTS,
        "class_weight": [dict, str, None],
        "class_weight_params": [dict, None],
    }

    loss: Any = "auto"
    loss_params: Any = None
    class_weight: Any = None
    class_weight_params: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> GraphClassifier:
        """Train the network.

        Parameters
        ----------
        X : sequence of m Graph or networkx graphs
            With the same columns and types of nodes and edges.
        y : array-like of shape (m,), or (m, n_classes)
            Labels, or class probabilities.
        sample_weight : array-like of shape (m,) or None
            Frequencies.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)


document(GraphClassifier, "cross_entropy")

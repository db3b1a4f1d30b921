"""Links between nodes."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval, StrOptions

from deepstat.estimators.components import Resolved
from deepstat.estimators.finish import finish_fit
from deepstat.estimators.graphs.document import document
from deepstat.estimators.graphs.edge_mask import masked_weights, weighs_edges
from deepstat.estimators.graphs.graph_class_predictions import GraphClassPredictions
from deepstat.estimators.graphs.graph_tensors import graph_tensors
from deepstat.estimators.graphs.link_rows import LinkRows, link_rows
from deepstat.estimators.graphs.on_pairs import OnPairs
from deepstat.estimators.graphs.pair_estimator import PairEstimator, document_pairs
from deepstat.estimators.graphs.structural_kinds import structural_kinds
from deepstat.estimators.parameters import LOSS_CONSTRAINTS
from deepstat.estimators.plan import Draft, plan_fit
from deepstat.estimators.settings import draw_seed
from deepstat.graph.graph import Graph
from deepstat.training import clock
from deepstat.training.device import choose_device, choose_precision
from deepstat.training.plan import TrainResult
from deepstat.training.seed import mix
from deepstat.training.together import train_together

# A purpose beside those of deepstat.training.seed.
NEGATIVES = 4
# Columns made of the graph that do not depend on its edges.
EDGELESS = {"identity", "constant"}


@dataclass(kw_only=True, eq=False, repr=False)
class LinkPredictor(GraphClassPredictions, PairEstimator):
    """A graph network that predicts whether two nodes are linked; X names pairs of nodes.

    A graph architecture embeds the nodes, a decoder turns the embeddings of a pair into the log-odds of a link. Fit
    takes links alone, or links and non-links; further non-links are sampled. Edges of the graph that are not among the
    links of X are held out: messages run along them in neither direction, in the fit and in predictions. In an
    undirected graph (u, v) and (v, u) are one link.

    Parameters
    ----------
    {graph}
    {pairs}
    n_negatives : float, default=1.0
        Rows without a link for each row with one. Pairs with y=0 count towards them; the others are drawn uniformly,
        without repetition, from the pairs of different nodes that are neither linked in the graph nor in X, once for
        each fit, by its seed; the members of an ensemble share them.
    base_rate : float or None
        The share of links in the population that probabilities are for. None: the share of links among all pairs of
        different nodes of the graph, its held-out edges included.
    propagate : {"fit", "graph"}, default="fit"
        What messages run along: those edges of the graph that are among the links of X, or all edges.
    {loss}
    {shared}

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        0 and 1.
    class_weight_ : ndarray of shape (2,)
        The share of each class among the rows trained on over its share in the population; probabilities are divided
        by it.
    propagation_graph_ : Graph
        What messages ran along in the fit.
    {attributes}

    See Also
    --------
    deepstat.graph.splitters.edge_k_fold.EdgeKFold : folds that do not part (u, v) from (v, u).

    Notes
    -----
    The ratio of links to non-links among the rows is a choice, so the network's log-odds are too large by the logarithm
    of the rate at which links were sampled over that of non-links (case-control sampling; Prentice and Pyke 1979).
    ``predict_proba`` takes it off: it estimates the probability that a pair drawn at random from all pairs is linked,
    whatever `n_negatives`. That holds for links of X drawn at random from all links and non-links of X drawn at random
    from all non-links; for other designs give `base_rate`. Links trained on carry messages too: averages of
    probabilities over many pairs are right, those of single pairs lie too far apart, as after any overfit.
    ``predict``, ``decision_function`` and ``score`` are at the ratio trained on, 1 to 1 by default, since in a sparse
    graph hardly any pair is more likely linked than not.

    Accuracy and average precision depend on the ratio of links to non-links in the pairs they are computed on; say
    which it was. ``scoring="roc_auc"`` does not.

    Rows held out by `early_stopping` do take part in the messages. Edge features never reach the decoder, as they would
    tell which pairs are linked. Where structural features look at edges, they are computed without the edges held out,
    and fits of different links then train one after the other instead of as a population.

    References
    ----------
    Kipf and Welling (2016), Variational graph auto-encoders, NIPS workshop on Bayesian deep learning; Prentice and Pyke
    (1979), Logistic disease incidence models and case-control studies, Biometrika.

    Examples
    --------
    >>> import networkx as nx
    >>> import numpy as np
    >>> from deepstat import Graph, LinkPredictor
    >>> graph = Graph(np.array(nx.karate_club_graph().edges).T)
    >>> links = graph.edges.T
    >>> held_out = np.arange(len(links)) % 5 == 0
    >>> model = LinkPredictor(graph=graph, structural_features="identity", max_epochs=40, random_state=0)
    >>> model = model.fit(links[~held_out])
    >>> model.propagation_graph_.n_edges
    62
    >>> model.predict_proba(links[held_out]).shape
    (16, 2)
    """

    _task: ClassVar[str] = "classification"
    _reads_edge_features: ClassVar[bool] = False
    _rows: ClassVar[LinkRows | None] = None  # of the fit that is being planned, as is the next
    _whole: ClassVar[Graph | None] = None
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **PairEstimator._parameter_constraints,
        **LOSS_CONSTRAINTS,
        "n_negatives": [Interval(Real, 0, None, closed="left")],
        "base_rate": [Interval(Real, 0, 1, closed="neither"), None],
        "propagate": [StrOptions({"fit", "graph"})],
    }

    n_negatives: float = 1.0
    base_rate: float | None = None
    propagate: str = "fit"
    loss: Any = "auto"
    loss_params: Any = None

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> LinkPredictor:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (m, 2)
            Names of the two nodes of each pair, in a directed graph source and target, or their ids where the graph has
            no names.
        y : array-like of shape (m,) or None
            1 for a link, 0 for none; None: all are links.
        sample_weight : array-like of shape (m,) or None
            Frequencies.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Any:
        began = clock.now()
        self._validate_params()
        whole = self._known_graph(self.graph)
        rows = link_rows(
            whole,
            self._rows_of(X),
            y,
            sample_weight,
            n_negatives=float(self.n_negatives),
            base_rate=self.base_rate,
            rng=np.random.default_rng(mix(draw_seed(self.random_state), NEGATIVES)),
        )
        fitted = bool(self.warm_start) and hasattr(self, "members_")
        fit = copy.copy(self)  # looks at the graph without the edges held out
        fit._rows, fit._whole = rows, whole  # type: ignore[misc]
        held_out = np.flatnonzero(~rows.carries) if self.propagate == "fit" else np.empty(0, np.int64)
        fit.graph = whole.without_edges(held_out) if len(held_out) else whole
        pairs = rows.pairs if whole.node_names is None else whole.node_names[rows.pairs]
        draft = plan_fit(fit, pairs, rows.y, rows.weight, fitted=fitted)
        results = train_together(self._in_time(draft.plans, began))
        results = _without_masks(draft, self._continued(results) if fitted else results)
        finish_fit(self, replace(draft, class_weight=rows.rate), results)
        self.propagation_graph_, self._graph_of_fit = fit.graph, whole
        return self._keep_decoding()

    # -- what the networks look at ------------------------------------------------------------------------------------

    def _placed(self, architecture: Resolved) -> Resolved:
        """Return the architecture on the graph without the edges held out.

        Those are removed by weights of zero if that comes to the same: networks of other links then train beside it.
        """
        if self._rows is None:
            raise ValueError(
                "A LinkPredictor samples non-links and holds out links anew in each fit, so it cannot be refitted on "
                "draws of rows: use scikit-learn's tools inside `with deepstat.population():`."
            )
        placed = super()._placed(architecture)
        structural = set(structural_kinds(self.structural_features) or ())
        goes_on = bool(self.warm_start) and hasattr(self, "members_")
        if self.graph is self._whole or goes_on or not structural <= EDGELESS:
            return placed
        device = choose_device(self.device)
        dtype, _ = choose_precision(self.precision, device, True)
        coding = self._coding()
        whole = graph_tensors(self._whole, coding, dtype, device)
        weight = masked_weights(self._whole, whole.edges, self._rows.carries, dtype)
        pairs: OnPairs = placed.target
        probe = architecture.target, coding.described, pairs.embedding_dim, architecture.options
        if not weighs_edges(*probe, whole, weight):
            return placed
        return replace(placed, target=replace(pairs, data=whole, edge_weight=weight))

    def _auto_decoder(self, ordered: bool) -> str:
        return "bilinear" if ordered else "dot"

    def _rows_of(self, X: Any) -> np.ndarray:
        pairs = super()._rows_of(X)
        same = pairs[:, 0] == pairs[:, 1]
        if same.any():
            raise ValueError(
                f"Row {same.argmax()} of X pairs a node with itself, which is no link: give pairs of different nodes."
            )
        return pairs

    def _message_graph(self) -> Graph:
        graph = self._known_graph(self.graph)
        return self.propagation_graph_ if graph is getattr(self, "_graph_of_fit", None) else graph

    def __sklearn_tags__(self) -> Tags:
        """Say that there are two classes, and that y may be left out."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.target_tags.required = False
        return tags


def _without_masks(draft: Draft, results: list[TrainResult]) -> list[TrainResult]:
    """Take the masks of edges out of trained networks: predictions run over a graph that lacks those edges."""
    for plan in draft.plans:
        plan.network.edge_weight = None
    return [
        replace(
            result,
            state=replace(
                result.state,
                buffers={name: own for name, own in result.state.buffers.items() if name != "edge_weight"},
            ),
        )
        for result in results
    ]


document_pairs(LinkPredictor, '"dot", in a directed graph "bilinear"')
document(LinkPredictor, "cross_entropy")

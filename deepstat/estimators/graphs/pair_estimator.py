"""What the estimators of pairs of nodes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import Interval
from torch import nn

from deepstat.architectures.check_options import check_counts, check_dropout
from deepstat.data.table import Table
from deepstat.errors import unknown
from deepstat.estimators.components import Resolved, check_options, options_of, resolve_architecture
from deepstat.estimators.graphs.graph_estimator import GraphEstimator
from deepstat.estimators.graphs.graph_tensors import graph_tensors
from deepstat.estimators.graphs.on_pairs import OnPairs
from deepstat.estimators.network_estimator import CHUNK, predict_device
from deepstat.graph.graph import Graph
from deepstat.layers.graph.decoders.bilinear import Bilinear
from deepstat.layers.graph.decoders.dot_product import DotProduct
from deepstat.layers.graph.decoders.pair_mlp import PairMLP
from deepstat.layers.graph.graph_data import GraphData
from deepstat.registry import registry, resolve
from deepstat.training.device import choose_device, choose_precision

DECODERS: dict[str, Callable[..., nn.Module]] = {"dot": DotProduct, "bilinear": Bilinear, "mlp": PairMLP}
# What the columns of X hold: an order of the two nodes, or none.
ORDERED, UNORDERED = ("source", "target"), ("node", "node")
# Parameters of the decoder, kept as they were in the fit.
DECODING = ("embedding_dim", "decoder", "decoder_params")

PAIRS = """\
embedding_dim : int, default=16
        Width of the nodes' embeddings: the outputs of the graph architecture.
    decoder : {"auto", "mlp", "dot", "bilinear"} or callable, default="{decoder}"
        How the embeddings u and v of a pair become outputs: "mlp", a multilayer perceptron of [u, v] and of what the
        edge between them carries; "dot", the scalar product, for one output; "bilinear", u'Wv for each output (with
        ``diagonal=True`` DistMult). In an undirected graph (u, v) and (v, u) get one prediction by all of them; "dot"
        and DistMult give one in a directed graph too. Or a class of modules,
        ``decoder(n_in, n_outputs, symmetric=..., n_features=..., **options)``. "auto": {auto}.
    decoder_params : dict or None
        Options of the decoder, e.g. ``{"hidden_layer_sizes": (32,), "dropout": 0.1}``."""


def document_pairs(cls: type, auto: str) -> None:
    """Fill the shared paragraph on decoders into a docstring."""
    assert cls.__doc__ is not None
    text = PAIRS.replace("{decoder}", cls.decoder).replace("{auto}", auto)  # type: ignore[attr-defined]
    cls.__doc__ = cls.__doc__.replace("{pairs}", text)


@dataclass(kw_only=True, eq=False, repr=False)
class PairEstimator(GraphEstimator):
    """Abstract: a network that embeds the nodes of a graph and decodes pairs of them."""

    _reads_edge_features: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **GraphEstimator._parameter_constraints,
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "decoder": [str, callable],
        "decoder_params": [dict, None],
    }

    embedding_dim: int = 16
    decoder: Any = "auto"
    decoder_params: Any = None

    @property
    def _what(self) -> tuple[str, ...]:  # type: ignore[override]
        return ORDERED if self._known_graph(self.graph).directed else UNORDERED

    def _auto_decoder(self, ordered: bool) -> str:
        """Return what ``decoder="auto"`` is."""
        return "mlp"

    def _fit(self, X: Any, y: Any, sample_weight: Any) -> Any:
        super()._fit(X, y, sample_weight)
        return self._keep_decoding()

    def _keep_decoding(self) -> Any:
        """Keep the decoder's parameters as they were in the fit."""
        self._recipe = {**self._recipe, **{name: getattr(self, name) for name in DECODING}}
        return self

    # -- the network --------------------------------------------------------------------------------------------------

    def _placed(self, architecture: Resolved) -> Resolved:
        device = choose_device(self.device)
        dtype, _ = choose_precision(self.precision, device, True)
        graph = self._known_graph(self.graph)
        data = graph_tensors(graph, self._coding(), dtype, device)
        given = {name: getattr(self, name) for name in DECODING}
        return replace(architecture, target=self._on_pairs(architecture, given, graph.directed, data))

    def _architecture(self) -> Resolved:
        given = self._recipe["architecture"], self._recipe["architecture_params"]
        found = resolve_architecture(*given, self._takes)[0]
        decoding = {name: self._recipe.get(name, getattr(self, name)) for name in DECODING}
        return replace(found, target=self._on_pairs(found, decoding, self._is_ordered(), None))

    def _is_ordered(self) -> bool:
        return tuple(self.schema_.columns) == ORDERED

    def _on_pairs(
        self, architecture: Resolved, given: dict[str, Any], ordered: bool, data: GraphData | None
    ) -> OnPairs:
        name = given["decoder"]
        name = self._auto_decoder(ordered) if isinstance(name, str) and name == "auto" else name
        if isinstance(name, str) and name not in DECODERS:
            raise unknown("decoder", name, [*DECODERS, "auto"])
        decoder: Any = DECODERS[name] if isinstance(name, str) else name
        allowed = options_of(decoder, ("n_in", "n_outputs", "symmetric", "n_features"))
        options = dict(check_options("decoder", str(name), given["decoder_params"], allowed))
        if isinstance(options.get("activation"), str):
            options["activation"] = resolve(registry().record("activation", options["activation"]))
        check_counts("hidden_layer_sizes", options.get("hidden_layer_sizes", ()))
        check_dropout("dropout", options.get("dropout", 0.0))
        described = tuple(
            (key, value if callable(value) else repr(value)) for key, value in sorted(options.items())
        )
        return OnPairs(
            architecture.target,
            int(given["embedding_dim"]),
            decoder,
            options,
            described,
            symmetric=not ordered,
            reads_features=self._reads_edge_features,
            data=data,
        )

    # -- predictions --------------------------------------------------------------------------------------------------

    def _message_graph(self) -> Graph:
        """Return the graph that messages run over in predictions."""
        return self._known_graph(self.graph)

    def _outputs(self, table: Table) -> np.ndarray:
        """Return raw outputs (members, n, k): nodes are embedded once, pairs decoded in chunks."""
        graph, ordered = self._message_graph(), self._is_ordered()
        if graph.directed != ordered:
            words = ("directed", "undirected")
            raise ValueError(
                f"The graph is {words[ordered]} and that of the fit was {words[not ordered]}: give one of its kind."
            )
        device = predict_device(self.device)
        data = graph_tensors(graph, self.schema_, self.members_[0].flat.dtype, device)  # type: ignore[arg-type]
        ids = torch.as_tensor(self.schema_.encode(table, np.int64), device=device)
        out = []
        with torch.no_grad():
            for network in self.networks_:
                own = network.on(data)  # type: ignore[operator]
                embedding = own.embed()
                out.append(torch.cat([own.decode(embedding, chunk) for chunk in ids.split(CHUNK)]))
        return torch.stack(out).cpu().double().numpy()

"""The networks of embeddings, untrained."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn

from deepstat.architectures.graphs.gcn import gcn
from deepstat.data.graph_inputs import GraphInputs
from deepstat.embedding.infomax import ConvolutionEncoder
from deepstat.embedding.methods import METHODS
from deepstat.embedding.variational_graph_autoencoder import PosteriorMean


def embedding_encoder(
    method: str, inputs: GraphInputs, n_components: int, params: Mapping[str, Any] | None
) -> nn.Module:
    """Return the network that a method trains, in float32 and prediction mode; its weights are to be filled in.

    Parameters
    ----------
    method : {"graph_autoencoder", "variational_graph_autoencoder", "infomax"}
    inputs : GraphInputs
    n_components : int
    params : mapping or None
        Options of the method.

    Raises
    ------
    ValueError
        The method has no network.

    Examples
    --------
    >>> embedding_encoder("infomax", GraphInputs(3), 2, None).bias.shape
    torch.Size([2])
    """
    if method == "infomax":
        return ConvolutionEncoder(inputs, n_components).eval()
    if method not in ("graph_autoencoder", "variational_graph_autoencoder"):
        raise ValueError(f"method={method!r} trains no network.")
    known = inspect.signature(METHODS[method].function).parameters
    options = {
        name: (params or {}).get(name, known[name].default) for name in ("hidden_layer_sizes", "dropout")
    }
    options["hidden_layer_sizes"] = tuple(options["hidden_layer_sizes"])
    if method == "graph_autoencoder":
        return gcn(inputs, n_components, **options).eval()
    return PosteriorMean(gcn(inputs, 2 * n_components, **options)).eval()

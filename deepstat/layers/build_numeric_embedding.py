"""From a numeric embedding as a user writes it to its layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any

from torch import nn

from deepstat.data.inputs import Inputs
from deepstat.errors import unknown
from deepstat.layers.numeric_embeddings.none import none
from deepstat.layers.numeric_embeddings.periodic import periodic
from deepstat.layers.numeric_embeddings.piecewise_linear import piecewise_linear

# For networks built by hand. Estimators look every name up among the plugins, where these are registered too.
BY_NAME: dict[str, Callable[..., nn.Module]] = {
    "none": none,
    "periodic": periodic,
    "piecewise_linear": piecewise_linear,
}


def build_numeric_embedding(
    inputs: Inputs, embedding: str | Callable[..., nn.Module], params: Mapping[str, Any] | None = None
) -> nn.Module:
    """Build the layer that embeds the numeric columns.

    Parameters
    ----------
    inputs : Inputs
    embedding : str or callable
        A built-in name, or ``build(inputs, *, option=default) -> nn.Module``, see
        :class:`deepstat.records.NumericEmbedding`.
    params : mapping or None
        Options of the embedding.

    Raises
    ------
    ValueError
        There is no such name, or no such option.
    TypeError
        The embedding is no callable, or built something else than a module with an int ``n_features_out``.

    Examples
    --------
    >>> build_numeric_embedding(Inputs(2), "periodic", {"n_outputs": 3}).n_features_out
    6
    >>> build_numeric_embedding(Inputs(2), "periodic", {"n_output": 3})
    Traceback (most recent call last):
    deepstat.errors.UnknownName: Unknown option of numeric_embedding 'periodic': 'n_output': choose one of dense, \
n_frequencies, n_outputs, phase, relu, sigma. Did you mean 'n_outputs'?
    """
    if isinstance(embedding, str):
        if embedding not in BY_NAME:
            raise unknown("numeric_embedding", embedding, BY_NAME)
        embedding = BY_NAME[embedding]
    if not callable(embedding) or isinstance(embedding, nn.Module):
        raise TypeError(
            f"numeric_embedding is {embedding!r}; give a name, or a callable that builds a layer from inputs."
        )
    name, given = getattr(embedding, "__name__", "numeric_embedding"), dict(params or {})
    options = [p for p in signature(embedding).parameters.values() if p.name != "inputs"]
    if not any(p.kind is Parameter.VAR_KEYWORD for p in options):
        known = [p.name for p in options if p.default is not Parameter.empty]
        for option in given:
            if option not in known:
                raise unknown(f"option of numeric_embedding {name!r}:", str(option), known or ["no option"])
    layer = embedding(inputs, **given)
    if not isinstance(layer, nn.Module) or not isinstance(getattr(layer, "n_features_out", None), int):
        raise TypeError(
            f"numeric_embedding {name!r} built {type(layer).__name__}; return an nn.Module whose attribute "
            "n_features_out is the number of its outputs."
        )
    return layer

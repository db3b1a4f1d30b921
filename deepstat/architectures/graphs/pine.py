"""Partially permutation-invariant sets."""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import nn

from deepstat.architectures.graphs.build_stack import build_stack
from deepstat.architectures.takes_options_of import takes_options_of
from deepstat.data.graph_inputs import GraphInputs
from deepstat.layers.graph.pine import PINE


@takes_options_of(build_stack, hidden_layer_sizes=(32,), dropout=0.5)
def pine(inputs: GraphInputs, n_outputs: int, *, own_set: bool = True, **stack: Any) -> nn.Module:
    """Build a network of what each node's neighbours say by type, each type a set of its own.

    Parameters
    ----------
    inputs : GraphInputs
    n_outputs : int
    own_set : bool
        Whether the node itself is one more set, of one member.
    **stack
        Options of :func:`deepstat.architectures.graphs.build_stack.build_stack`.

    Returns
    -------
    nn.Module

    References
    ----------
    Gui et al. (2021), PINE: universal deep embedding for graph nodes via partial permutation invariant set
    functions, IEEE TPAMI.

    Examples
    --------
    >>> network = pine(GraphInputs(n_numeric=3), 2)
    >>> len(network.operators)
    2
    """
    return build_stack(inputs, n_outputs, partial(PINE, own_set=own_set), **stack)

"""Operators with attention, types, states of edges or no edges at all, as the tests build them."""

from functools import partial

import torch
from sum_operators import N_EDGE_FEATURES, N_IN, N_OUT, N_TYPES
from torch import nn

from deepstat.layers.graph.deep_sets import DeepSets
from deepstat.layers.graph.gat import GAT
from deepstat.layers.graph.gatv2 import GATv2
from deepstat.layers.graph.graph_block import GraphBlock
from deepstat.layers.graph.pine import PINE
from deepstat.layers.graph.relational import Relational

KNOWN = {"n_types": N_TYPES, "n_edge_features": N_EDGE_FEATURES}
OPERATORS = {
    "gat": GAT,
    "gat_heads": partial(GAT, heads=2, **KNOWN),
    "gat_mean": partial(GAT, heads=3, concat=False, self_loops=False),
    "gatv2": GATv2,
    "gatv2_heads": partial(GATv2, heads=2, **KNOWN),
    "gatv2_mean": partial(GATv2, heads=3, concat=False, self_loops=False, share_weights=True),
    "relational": partial(Relational, **KNOWN),
    "relational_bases": partial(Relational, n_bases=3, **KNOWN),
    "relational_blocks": lambda n_in, n_out: Relational(n_in, n_out, n_blocks=1, **KNOWN),
    "block": partial(GraphBlock, **KNOWN),
    "block_mean": partial(GraphBlock, aggregation="mean", n_hidden=5, **KNOWN),
    "sets_mean": DeepSets,
    "sets_sum": partial(DeepSets, pool="sum"),
    "sets_max": partial(DeepSets, pool="max"),
    "pine": partial(PINE, **KNOWN),
    "pine_others": partial(PINE, own_set=False, n_hidden=5, **KNOWN),
}


def make(name_or_class, n_in=N_IN, n_out=N_OUT, dtype=torch.float64, **options):
    """Build an operator with biases away from zero, where a fault could hide."""
    torch.manual_seed(0)
    layer = OPERATORS.get(name_or_class, name_or_class)(n_in, n_out, **options).to(dtype)
    for name, parameter in layer.named_parameters():
        if parameter.dim() == 1 or name == "of_type":
            nn.init.normal_(parameter)
    return layer

"""Splitters for dependent rows: nodes and links of one graph, in scikit-learn's form (``cv=...``).

A random fold of nodes estimates the error for labels missing at random on the same graph: test nodes have
training nodes as neighbours. These splitters answer other questions: new components, new regions, later times.
"""

from deepstat.graph.splitters.component_k_fold import ComponentKFold
from deepstat.graph.splitters.edge_k_fold import EdgeKFold
from deepstat.graph.splitters.graph_before import graph_before
from deepstat.graph.splitters.inductive_graph import inductive_graph
from deepstat.graph.splitters.partition_k_fold import PartitionKFold
from deepstat.graph.splitters.temporal_split import TemporalSplit

__all__ = [
    "ComponentKFold",
    "EdgeKFold",
    "PartitionKFold",
    "TemporalSplit",
    "graph_before",
    "inductive_graph",
]

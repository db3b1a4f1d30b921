"""Random walks over a graph, and the pairs of nodes that meet on them."""

from deepstat.graph.walks.cooccurrences import cooccurrences
from deepstat.graph.walks.node2vec_walks import node2vec_walks
from deepstat.graph.walks.uniform_walks import uniform_walks

__all__ = ["cooccurrences", "node2vec_walks", "uniform_walks"]

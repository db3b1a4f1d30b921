"""Embeddings of nodes that take no training: factorisations of matrices of the graph."""

from deepstat.graph.embeddings.deepwalk_matrix import deepwalk_matrix
from deepstat.graph.embeddings.matrix_factorisation import matrix_factorisation
from deepstat.graph.embeddings.negative_distribution import negative_distribution
from deepstat.graph.embeddings.spectral_embedding import spectral_embedding

__all__ = ["deepwalk_matrix", "matrix_factorisation", "negative_distribution", "spectral_embedding"]

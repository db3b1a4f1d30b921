"""Communities: groups of nodes with many edges inside and few between them."""

from deepstat.graph.communities.modularity import modularity
from deepstat.graph.communities.spectral_communities import spectral_communities

__all__ = ["modularity", "spectral_communities"]

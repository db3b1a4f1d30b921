"""Pooling of graphs: readouts of nodes into one vector a graph, and layers that make a graph smaller."""

"""From the embeddings of two nodes to the outputs of their pair, one decoder a file."""

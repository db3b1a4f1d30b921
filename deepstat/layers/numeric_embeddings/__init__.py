"""Embeddings of numeric columns that a user chooses by name: builders ``build(inputs, **options) -> nn.Module``."""

"""The population engine: K networks of one shape, trained as one batched computation."""

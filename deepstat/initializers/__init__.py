"""Initial weights, drawn from a generator that is given; the global one is never touched."""

"""Update rules: one file a rule, functions on the flat state (K, P) of a population, after optax."""

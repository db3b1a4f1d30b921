"""Solvers of classical estimation problems: pure functions of float64 tensors, batched over members."""

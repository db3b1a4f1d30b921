"""Estimators of graphs: X says what is predicted for, and the graph is a parameter."""

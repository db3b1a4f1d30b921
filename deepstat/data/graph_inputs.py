"""What a graph architecture is told about the graphs that it will see."""

from __future__ import annotations

from dataclasses import dataclass

from deepstat.data.inputs import Inputs


@dataclass(frozen=True)
class GraphInputs(Inputs):
    """Widths of what nodes and edges carry; `n_numeric` is the width of the node features.

    Attributes
    ----------
    type_widths : tuple of int
        Width of the features of each node type, where each type has features of its own; then `n_numeric` is 0.
    n_edge_features : int
    n_edge_types : int

    Examples
    --------
    >>> GraphInputs(n_numeric=1433).n_features
    1433
    """

    type_widths: tuple[int, ...] = ()
    n_edge_features: int = 0
    n_edge_types: int = 1

    @property
    def n_features(self) -> int:
        """Width of the node features."""
        return self.n_numeric

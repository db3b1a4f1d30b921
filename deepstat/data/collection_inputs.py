"""What a network of whole graphs is told about the graphs that it will see."""

from __future__ import annotations

from dataclasses import dataclass

from deepstat.data.graph_inputs import GraphInputs


@dataclass(frozen=True)
class CollectionInputs(GraphInputs):
    """Widths, as for any graph network, and how stored columns of nodes become the features that it reads.

    Attributes
    ----------
    center, scale : tuple of float
        Of the stored columns, which become ``(x - center) / scale``.
    largest_degree : int or None
        Not None: ``largest_degree + 1`` columns follow, a one in the column of a node's degree, in the last for more.

    Examples
    --------
    >>> CollectionInputs(n_numeric=5, center=(0.0,), scale=(1.0,), largest_degree=3).n_features
    5
    """

    center: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    largest_degree: int | None = None

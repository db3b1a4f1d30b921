"""Edges between nodes at most two steps apart."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from scipy import sparse

from deepstat.layers.graph.edges import Edges


def two_step_edges(edges: Edges) -> Edges:
    """Return the arcs of ``(A + I)^2`` without its diagonal: neighbours, and neighbours of neighbours.

    Nodes that pooling would leave without neighbours stay in touch. The weights are numbers: no gradient flows to
    those of `edges`. Features and types of edges are left behind.

    Parameters
    ----------
    edges : Edges

    References
    ----------
    Gao and Ji (2019), Graph U-Nets, ICML, section 3.4 (the second power of the graph).

    Examples
    --------
    >>> path = Edges(torch.tensor([1, 0, 2, 1]), torch.tensor([0, 1, 1, 2]), n_nodes=3)
    >>> two_step_edges(path).matrix.with_values(two_step_edges(path).weight).to_dense()
    tensor([[0., 2., 1.],
            [2., 0., 2.],
            [1., 2., 0.]])
    """
    if edges.weight is None:
        return edges.remember("two steps", partial(_square, edges))
    if not edges.is_constant:
        return _square(edges)
    if "two steps" not in edges.derived:
        edges.derived["two steps"] = _square(edges)
    return edges.derived["two steps"]


def _square(edges: Edges) -> Edges:
    if edges.weight is None:
        weight = np.ones(len(edges), dtype=str(torch.get_default_dtype()).removeprefix("torch."))
    else:
        weight = edges.weight.detach().cpu().numpy()
    place = edges.target.cpu().numpy(), edges.source.cpu().numpy()
    whole = sparse.csr_array((weight, place), shape=(edges.n_nodes, edges.n_nodes))
    whole = whole + sparse.eye_array(edges.n_nodes, dtype=weight.dtype, format="csr")
    square = sparse.coo_array(whole @ whole)
    order = np.lexsort((square.col, square.row))
    order = order[square.row[order] != square.col[order]]
    device = edges.source.device
    return Edges(
        torch.as_tensor(square.col[order].astype(np.int64), device=device),
        torch.as_tensor(square.row[order].astype(np.int64), device=device),
        edges.n_nodes,
        weight=torch.as_tensor(square.data[order], device=device),
        node_graph=edges.node_graph,
        n_graphs=edges.n_graphs,
    )

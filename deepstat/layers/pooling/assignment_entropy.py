"""How undecided an assignment to clusters is."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.mean_readout import mean_readout


def assignment_entropy(assignment: Tensor, edges: Edges) -> Tensor:
    """Return ``-sum_c s_ic log s_ic``, in nats, as a mean over the nodes i of each graph.

    Parameters
    ----------
    assignment : Tensor of shape (n, k)
        Rows that sum to one.
    edges : Edges

    Returns
    -------
    Tensor of shape (n_graphs,)
        Zero for a graph without nodes.

    References
    ----------
    Ying, You, Morris, Ren, Hamilton and Leskovec (2018), Hierarchical graph representation learning with
    differentiable pooling, NeurIPS, section 3.3.

    Examples
    --------
    >>> pair = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> assignment_entropy(torch.tensor([[0.5, 0.5], [1.0, 0.0]]), pair)  # (log 2 + 0) / 2
    tensor([0.3466])
    """
    least = torch.finfo(assignment.dtype).tiny  # zero counts as this, so that its gradient is finite
    entropy = -(assignment * assignment.clamp(min=least).log()).sum(1, keepdim=True)
    return mean_readout(entropy, edges)[:, 0]

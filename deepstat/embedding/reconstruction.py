"""How well inner products tell edges from other pairs."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from deepstat.architectures.check_options import check_count
from deepstat.embedding.counter_words import CounterWords
from deepstat.layers.graph.edges import Edges

# Nodes up to which all pairs are looked at where nobody says how many.
ALL_PAIRS, PER_EDGE = 2000, 5


class Reconstruction(nn.Module):
    r"""The loss of the probabilities :math:`\sigma(z_i^\top z_j)` that nodes are linked.

    Half the mean of :math:`-\log \sigma` over the linked pairs (each node with itself among them) plus half the mean
    of :math:`-\log(1 - \sigma)` over the others: the weighted cross-entropy of Kipf and Welling, whose weights make
    both kinds of pairs count alike. Weights and directions of edges do not count, nor do parallel ones.

    Parameters
    ----------
    n_nodes : int
    n_negative : int or "auto", default="auto"
        Pairs drawn at each step, for each linked one, to stand for the others; those drawn that are linked are left
        out. "auto": all pairs of up to 2,000 nodes, and 5 of larger graphs.

    References
    ----------
    Kipf and Welling (2016), Variational graph auto-encoders, NeurIPS workshop on Bayesian deep learning.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=3)
    >>> good, bad = torch.tensor([[3.0, 0], [3.0, 0], [0, 3.0]]), torch.tensor([[3.0, 0], [0, 3.0], [3.0, 0]])
    >>> bool(Reconstruction(3)(good, edges) < Reconstruction(3)(bad, edges))
    True
    """

    def __init__(self, n_nodes: int, n_negative: int | str = "auto") -> None:
        super().__init__()
        if n_negative == "auto":
            n_negative = 0 if n_nodes <= ALL_PAIRS else PER_EDGE
        else:
            check_count("n_negative", n_negative)
        self.n_negative = int(n_negative)
        self.words = CounterWords()

    def forward(self, z: Tensor, edges: Edges) -> Tensor:
        """Map the vectors of nodes (n, d) to the loss ()."""
        n = edges.n_nodes
        linked = edges.remember("linked pairs", partial(_linked_pairs, edges))
        score = _products(z, linked // n, linked % n)
        attracted = functional.softplus(-score).mean()
        if not self.n_negative:
            others = functional.softplus(z @ z.mT).sum() - functional.softplus(score).sum()
            return (attracted + others / max(1, n * n - len(linked))) / 2
        drawn = self.words.below(2 * self.n_negative * len(linked), n).view(2, -1)
        pair = drawn[0] * n + drawn[1]
        place = torch.searchsorted(linked, pair).clamp(max=len(linked) - 1)
        free = (linked[place] != pair).to(z.dtype)
        repelled = (functional.softplus(_products(z, drawn[0], drawn[1])) * free).sum()
        return (attracted + repelled / free.sum().clamp(min=1)) / 2


def _products(z: Tensor, first: Tensor, second: Tensor) -> Tensor:
    return (functional.embedding(first, z) * functional.embedding(second, z)).sum(1)


def _linked_pairs(edges: Edges) -> Tensor:
    """Return the sorted numbers target * n + source of distinct pairs, each node with itself among them."""
    own = torch.arange(edges.n_nodes, device=edges.source.device) * (edges.n_nodes + 1)
    return torch.cat([edges.target * edges.n_nodes + edges.source, own]).unique()

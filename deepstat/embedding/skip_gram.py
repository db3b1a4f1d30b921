"""Skip-gram with negative sampling on walks."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from deepstat.architectures.check_options import check_count, check_positive
from deepstat.embedding.counter_words import BITS, CounterWords
from deepstat.embedding.train_networks import train_networks
from deepstat.graph.embeddings.negative_distribution import negative_distribution
from deepstat.training.device import choose_device
from deepstat.training.seed import INITIAL, mix, own_noise

# Steps of an epoch, where there are walks enough for them; and the most walks of a step.
STEPS, LARGEST_BATCH = 200, 64


class SkipGram(nn.Module):
    r"""Two vectors a node, by which walks are told from chance.

    The loss of a walk is the mean over its pairs (node i, context j at most `window` steps apart) of
    :math:`-\log \sigma(u_i^\top v_j) - b\, E_{j'} \log \sigma(-u_i^\top v_{j'})`. The expectation over negative
    samples j' is a mean over as many samples as a walk has nodes, drawn afresh at each step and shared by the nodes of
    the walk: both parts are then products of small dense matrices, and the gradient is unbiased all the same.

    Parameters
    ----------
    probability : ndarray of shape (n_nodes,)
        Of each node to be a negative sample.
    n_components, length, window : int
    n_negative : float
        b.

    References
    ----------
    Mikolov, Sutskever, Chen, Corrado and Dean (2013), Distributed representations of words and phrases and their
    compositionality, NeurIPS.

    Examples
    --------
    >>> network = SkipGram(np.array([0.5, 0.5]), 4, length=3, window=1, n_negative=1.0)
    >>> network(torch.tensor([[0, 1, 0], [1, 0, -1]])).shape
    torch.Size([2, 1])
    """

    near: Tensor
    limits: Tensor

    def __init__(
        self, probability: np.ndarray, n_components: int, *, length: int, window: int, n_negative: float
    ) -> None:
        super().__init__()
        n_nodes = len(probability)
        self.centre = nn.Parameter((torch.rand(n_nodes, n_components) - 0.5) / n_components)
        self.context = nn.Parameter(torch.zeros(n_nodes, n_components))
        place = torch.arange(length)
        distance = (place[:, None] - place).abs()
        self.register_buffer("near", (distance > 0) & (distance <= window))
        limits = np.round(np.cumsum(probability) * 2**BITS).astype(np.int64)
        self.register_buffer("limits", torch.from_numpy(limits))
        self.words = CounterWords()
        self.n_negative = float(n_negative)
        self.n_pairs = int(self.near.sum())

    def forward(self, x: Tensor) -> Tensor:
        """Map walks (m, length), filled up with -1, to their losses (m, 1)."""
        there = x >= 0
        ids = x.clamp(min=0)
        centre, context = functional.embedding(ids, self.centre), functional.embedding(ids, self.context)
        near = (self.near & there[:, :, None] & there[:, None, :]).to(centre.dtype)
        attracted = (functional.softplus(-centre @ context.mT) * near).sum((1, 2))
        drawn = torch.searchsorted(self.limits, self.words(x.numel()), right=True).view(x.shape)
        strangers = functional.embedding(drawn, self.context)
        repelled = (functional.softplus(centre @ strangers.mT).mean(2) * near.sum(2)).sum(1)
        return ((attracted + self.n_negative * repelled) / self.n_pairs)[:, None]


def skip_gram(
    walks: Any,
    n_nodes: int,
    n_components: int = 128,
    *,
    window: int = 10,
    n_negative: float = 5.0,
    negative_power: float = 0.75,
    learning_rate: float = 0.01,
    max_epochs: int = 3,
    batch_size: int | str = "auto",
    random_state: int = 0,
    device: str = "auto",
    verbose: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Embed nodes so that :math:`u_i^\top v_j` tells how much oftener j is near i on walks than by chance.

    Where the dimension is no constraint, the inner products become
    :math:`\log \bigl(p(i, j) / (p(i) q(j))\bigr) - \log b`, with q the distribution of the negative samples.

    Parameters
    ----------
    walks : array-like of shape (m, length), int
        Node ids; -1 marks what is behind the end of a walk.
    n_nodes : int
    n_components : int, default=128
    window : int, default=10
        Steps between two nodes that count as met.
    n_negative : float, default=5
        b, the weight of the negative samples.
    negative_power : float, default=0.75
        Negative samples are drawn in proportion to this power of a node's visits.
    learning_rate : float, default=0.01
        Of Adam; it falls linearly to zero.
    max_epochs : int, default=3
        Passes over the walks.
    batch_size : int or "auto"
        Walks of a step. "auto": so that an epoch has two hundred steps, at most 64.
    random_state : int
    device : str
    verbose : int

    Returns
    -------
    centre, context : ndarray of shape (n_nodes, n_components), float32
        u and v. A node that meets none is at 0. A step costs of the order of n_nodes x n_components, beside its walks.

    Raises
    ------
    ValueError
        If no two nodes meet, or an option is out of range.

    References
    ----------
    Mikolov et al. (2013), Distributed representations of words and phrases and their compositionality, NeurIPS.
    Levy and Goldberg (2014), Neural word embedding as implicit matrix factorization, NeurIPS.

    Examples
    --------
    >>> centre, context = skip_gram([[0, 1, 0, 1], [2, 3, 2, 3]] * 8, 4, 2, window=1, max_epochs=20)
    >>> together = centre @ context.T
    >>> bool(together[0, 1] > together[0, 2]), bool(together[2, 3] > together[2, 0])
    (True, True)
    """
    walks = np.asarray(walks, dtype=np.int64)
    for name, count in (("n_components", n_components), ("window", window)):
        check_count(name, count)
    check_positive("n_negative", n_negative)
    walks = walks[(walks >= 0).sum(axis=1) > 1]
    met = np.bincount(walks[walks >= 0], minlength=n_nodes)
    if not met.any():
        raise ValueError(
            "No two nodes meet on the walks: give a graph with edges and walks of at least two nodes."
        )
    if batch_size == "auto":
        batch_size = max(1, min(LARGEST_BATCH, len(walks) // STEPS))
    where = choose_device(device)
    with own_noise(mix(random_state, INITIAL), torch.device("cpu")):
        network = SkipGram(
            negative_distribution(met, negative_power),
            int(n_components),
            length=walks.shape[1],
            window=int(window),
            n_negative=n_negative,
        ).to(where)
    (network,) = train_networks(
        [network],
        torch.from_numpy(walks).to(where),
        recipe=("skip_gram", n_nodes, n_components, walks.shape[1], window, float(n_negative)),
        seeds=[random_state],
        learning_rate=learning_rate,
        max_epochs=max_epochs,
        batch_size=batch_size,
        decay=True,
        verbose=verbose,
    )
    centre, context = (table.detach().cpu().numpy() for table in (network.centre, network.context))
    centre[met == 0] = context[met == 0] = 0.0
    return centre, context

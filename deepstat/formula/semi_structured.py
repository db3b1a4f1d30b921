"""A network whose raw outputs are sums of a linear part, which can be read, and of networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.formula.formula_inputs import DeepColumns, FormulaInputs, HeadColumns


def semi_structured(inputs: FormulaInputs, n_outputs: int, **terms: Any) -> nn.Module:
    """Build the network of a formula.

    Parameters
    ----------
    inputs : FormulaInputs
    n_outputs : int
        The sum of ``inputs.sizes``.
    **terms : callable
        The recipe of each deep term, ``recipe(inputs, n_outputs) -> nn.Module``, by label.

    References
    ----------
    Ruegamer, Kolb and Klein (2023), Semi-structured distributional regression, The American Statistician 78.
    """
    if sum(inputs.sizes) != n_outputs:
        raise ValueError(
            f"The formula's parameters have {sum(inputs.sizes)} raw outputs, but {n_outputs} are needed."
        )
    heads = []
    for head, size in zip(inputs.heads, inputs.sizes, strict=True):
        networks = [terms[label](inputs.of_deep(j), size) for label, j in head.deep]
        for (label, _), network in zip(head.deep, networks, strict=True):
            if not isinstance(network, nn.Module):
                raise TypeError(
                    f"The architecture of {label} returned {type(network).__name__}, not an nn.Module."
                )
        heads.append(SemiStructuredHead(head, size, [inputs.deep[j] for _, j in head.deep], networks))
    return SemiStructured(heads)


class SemiStructuredHead(nn.Module):
    """The raw outputs of one parameter: structured columns times weights, an intercept, and networks.

    Weights start at zero. Without an intercept a fixed number takes its place: the target is trained on
    centred, and a line through the origin of the data does not go through the origin there.

    Parameters
    ----------
    columns : HeadColumns
    size : int
        Raw outputs.
    deep : sequence of DeepColumns
        What each network sees.
    networks : sequence of nn.Module

    Examples
    --------
    >>> head = SemiStructuredHead(HeadColumns("", 0, 2, True, ()), 1, [], [])
    >>> head(torch.ones(3, 2)).shape
    torch.Size([3, 1])
    """

    def __init__(
        self, columns: HeadColumns, size: int, deep: Sequence[DeepColumns], networks: Sequence[nn.Module]
    ) -> None:
        super().__init__()
        self.columns, self.deep = columns, tuple(deep)
        n = columns.stop - columns.start
        self.weight = nn.Parameter(torch.zeros(size, n)) if n else None
        if columns.intercept:
            self.bias = nn.Parameter(torch.zeros(size))
        else:
            self.register_buffer("bias", torch.zeros(size))
        self.networks = nn.ModuleList(networks)

    @property
    def has_level(self) -> bool:
        """Whether an intercept, or a network, sets the level."""
        return self.columns.intercept or len(self.networks) > 0

    def deep_outputs(self, x: Tensor) -> list[Tensor]:
        """Return the outputs (n, size) of each deep term."""
        return [network(own.of(x)) for network, own in zip(self.networks, self.deep, strict=True)]

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width) to (n, size)."""
        if self.weight is not None:
            own = x[:, self.columns.start : self.columns.stop]
            raw = nn.functional.linear(own, self.weight, self.bias)
        else:
            raw = self.bias.expand(len(x), -1)
        for output in self.deep_outputs(x):
            if output.shape != raw.shape:
                raise ValueError(
                    f"The network of a deep term returned shape {tuple(output.shape)}, but this parameter needs "
                    f"{tuple(raw.shape)}: heads, as 'tabm' has them, are averaged as predictions, which are no sum of "
                    "terms; give the term an architecture such as 'mlp'."
                )
            raw = raw + output
        return raw


class SemiStructured(nn.Module):
    """Heads side by side.

    Examples
    --------
    >>> network = SemiStructured([SemiStructuredHead(HeadColumns("", 0, 2, True, ()), 1, [], [])])
    >>> network.start_at(torch.tensor([5.0]))
    >>> network(torch.zeros(1, 2)).item()
    5.0
    """

    def __init__(self, heads: Sequence[SemiStructuredHead]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, width) to (n, n_outputs)."""
        outputs = [head(x) for head in self.heads]
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs, 1)

    def start_at(self, raw: Tensor) -> None:
        """Let every row start at raw numbers (n_outputs,), where a head has a level of its own."""
        self._set(raw, lambda head: head.has_level)

    def set_origin(self, raw: Tensor) -> None:
        """Let heads without an intercept go through raw numbers (n_outputs,): the origin of the target's own axis."""
        self._set(raw, lambda head: not head.has_level)

    def silence(self) -> None:
        """Let every deep term start at zero: its last linear layer is; the layers before it keep their weights."""
        with torch.no_grad():
            for head in self.heads:
                for network in head.networks:  # type: ignore[union-attr]
                    linear = [each for each in network.modules() if isinstance(each, nn.Linear)]
                    if linear and linear[-1].out_features == len(head.bias):  # type: ignore[arg-type]
                        for value in linear[-1].parameters():
                            value.zero_()

    def _set(self, raw: Tensor, chosen: Callable[[SemiStructuredHead], bool]) -> None:
        sizes = [len(head.bias) for head in self.heads]
        with torch.no_grad():
            for head, own in zip(self.heads, raw.split(sizes), strict=True):
                if chosen(head):
                    head.bias.copy_(own.to(head.bias))

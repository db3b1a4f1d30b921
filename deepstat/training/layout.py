"""How a network's parameters lie in one flat row, and how trained constants follow them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from deepstat.records import Constant


@dataclass(frozen=True)
class Layout:
    """Names and shapes of the pieces of a flat row of P numbers: network parameters, then constants.

    Examples
    --------
    >>> layout = Layout.of(nn.Linear(3, 1), (Constant("alpha", start=1.0, low=0.0, high=2.0),))
    >>> layout.size, [tuple(v.shape) for v in layout.views(torch.zeros(5, 5)).values()]
    (5, [(5, 1, 3), (5, 1)])
    """

    names: tuple[str, ...]
    shapes: tuple[torch.Size, ...]
    constants: tuple[Constant, ...] = ()
    free: frozenset[str] = frozenset()  # names of parameters that no penalty is on

    @classmethod
    def of(cls, network: nn.Module, constants: Iterable[Constant] = ()) -> Layout:
        """Read the layout off a network."""
        parameters = dict(network.named_parameters())
        shapes = tuple(p.shape for p in parameters.values())
        return cls(tuple(parameters), shapes, tuple(constants), _unpenalised(network))

    @property
    def sizes(self) -> list[int]:
        """Numbers in each piece."""
        return [shape.numel() for shape in self.shapes] + [1] * len(self.constants)

    @property
    def size(self) -> int:
        """P, the length of a row."""
        return sum(self.sizes)

    def views(self, flat: Tensor) -> dict[str, Tensor]:
        """Return views of the network's parameters: (P,) -> their shapes, (K, P) -> their shapes behind K."""
        lead = flat.shape[:-1]
        pieces = flat.split(self.sizes, dim=-1)
        return {
            name: piece.view(*lead, *shape)
            for name, shape, piece in zip(self.names, self.shapes, pieces, strict=False)
        }

    def constant_values(self, flat: Tensor) -> dict[str, Tensor]:
        """Return the trained constants, each in its interval, with the leading shape of `flat`."""
        first = self.size - len(self.constants)
        return {
            constant.name: from_line(flat[..., first + i], constant)
            for i, constant in enumerate(self.constants)
        }

    def penalised(self, dtype: torch.dtype, device: torch.device) -> Tensor:
        """Return (P,) ones at weights (two or more axes) and zeros at biases, norms' scales and constants."""
        pairs = zip(self.names, self.shapes, strict=True)
        weights = [len(shape) > 1 and not name.endswith("bias") for name, shape in pairs]
        ones = [float(own and name not in self.free) for name, own in zip(self.names, weights, strict=True)]
        ones += [0.0] * len(self.constants)
        return torch.repeat_interleave(
            torch.tensor(ones, dtype=dtype, device=device), torch.tensor(self.sizes, device=device)
        )

    def flatten(self, network: nn.Module) -> Tensor:
        """Return the flat row of a network's own values and the constants' start values."""
        pieces = [p.detach().reshape(-1) for p in network.parameters()]
        like = pieces[0] if pieces else torch.zeros(0)
        constants = [to_line(constant.start, constant) for constant in self.constants]
        return torch.cat([*pieces, torch.tensor(constants, dtype=like.dtype, device=like.device)])


def _unpenalised(network: nn.Module) -> frozenset[str]:
    """Return the parameters inside what a module of the network lists as ``unpenalised``, a tuple of its children."""
    free: set[str] = set()
    for path, module in network.named_modules():
        for child in getattr(module, "unpenalised", ()):
            place = f"{path}.{child}" if path else child
            free |= {name for name, _ in network.named_parameters() if name.startswith(f"{place}.")}
    return frozenset(free)


def declared_factors(network: nn.Module) -> dict[str, float]:
    """Return the factors on the learning rate, by parameter, that modules declare; those without are left out.

    A module declares them as ``learning_rate_factors``, a mapping from names of its children or of its own parameters
    to factors. Factors of modules inside one another multiply.

    Raises
    ------
    ValueError
        A name is none of the module's, or a factor is negative or infinite.

    Examples
    --------
    >>> network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    >>> network.learning_rate_factors = {"0": 0.1}
    >>> declared_factors(network)
    {'0.weight': 0.1, '0.bias': 0.1}
    """
    found: dict[str, float] = {}
    names = [name for name, _ in network.named_parameters()]
    for path, module in network.named_modules():
        for child, factor in _checked_factors(module):
            place = f"{path}.{child}" if path else child
            for name in names:
                if within(name, place):
                    found[name] = found.get(name, 1.0) * factor
    return found


def _checked_factors(module: nn.Module) -> Iterator[tuple[str, float]]:
    for child, factor in dict(getattr(module, "learning_rate_factors", {})).items():
        own = sorted({**dict(module.named_children()), **dict(module.named_parameters(recurse=False))})
        if child not in own:
            raise ValueError(
                f"{type(module).__name__}.learning_rate_factors names {child!r}, which is no child or parameter of it: "
                f"it has {', '.join(own)}."
            )
        if not 0.0 <= factor < math.inf:
            raise ValueError(
                f"{type(module).__name__}.learning_rate_factors[{child!r}] is {factor!r}, but must be a number from 0."
            )
        yield child, float(factor)


def within(name: str, place: str) -> bool:
    """Say whether a parameter is the one named, or lies in the layer named.

    Examples
    --------
    >>> [within(name, "a.1") for name in ("a.1", "a.1.bias", "a.10")]
    [True, True, False]
    """
    return name == place or name.startswith(f"{place}.")


def from_line(raw: Tensor, constant: Constant) -> Tensor:
    """Map an unconstrained number to the constant's open interval (identity, exp, or scaled sigmoid)."""
    if math.isinf(constant.low) and math.isinf(constant.high):
        return raw
    if math.isinf(constant.high):
        return constant.low + raw.exp()
    if math.isinf(constant.low):
        return constant.high - raw.exp()
    return constant.low + (constant.high - constant.low) * raw.sigmoid()


def to_line(value: float, constant: Constant) -> float:
    """Invert :func:`from_line`."""
    if math.isinf(constant.low) and math.isinf(constant.high):
        return value
    if math.isinf(constant.high):
        return math.log(value - constant.low)
    if math.isinf(constant.low):
        return math.log(constant.high - value)
    share = (value - constant.low) / (constant.high - constant.low)
    return math.log(share) - math.log1p(-share)

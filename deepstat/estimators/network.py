"""Build and initialise a network, reproducibly and without moving the user's random generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.data.inputs import Inputs
from deepstat.estimators.components import Resolved
from deepstat.formula.formula_inputs import FormulaInputs
from deepstat.formula.semi_structured import SemiStructured
from deepstat.layers.dropout import Dropout
from deepstat.layers.head_linear import HeadLinear
from deepstat.layers.ntk_linear import NTKLinear
from deepstat.layers.with_constants import WithConstants
from deepstat.training.layout import declared_factors, within
from deepstat.training.seed import INITIAL, mix, own_noise


def build_network(
    architecture: Resolved,
    inputs: Inputs,
    n_outputs: int,
    *,
    n_constants: int = 0,
    seed: int,
    dtype: torch.dtype,
    device: torch.device,
    initializer: Resolved | None = None,
    gain: float = 1.0,
) -> nn.Module:
    """Return the network of a recipe with initial weights that depend on `seed` alone.

    Layers of ``nn.Dropout`` become deepstat's own, whose noise is reproducible and resumable. An initializer draws the
    weights before an activation with its `gain`, those of the last layer with gain one. `n_constants` trained numbers
    follow the outputs.
    """
    with own_noise(mix(seed, INITIAL), torch.device("cpu")):
        network = architecture.target(inputs, n_outputs, **architecture.options)
    if not isinstance(network, nn.Module):
        raise TypeError(
            f"architecture {architecture.record.name!r} returned {type(network).__name__}, not an nn.Module."
        )
    for module in list(network.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout:
                setattr(module, name, Dropout(child.p))
    if initializer is not None:
        _initialise(network, initializer, seed, gain)
    if n_constants:
        network = WithConstants(network, n_constants)
    return network.to(device=device, dtype=dtype)


def _initialise(network: nn.Module, initializer: Resolved, seed: int, gain: float) -> None:
    """Draw the weights of linear and convolution layers by the initializer; set their biases to a constant.

    Adapters of heads keep their start.
    """
    generator = torch.Generator().manual_seed(mix(seed, INITIAL, 1))
    options = dict(initializer.options)
    bias = float(options.pop("bias", 0.0))
    kinds = (nn.Linear, HeadLinear, nn.modules.conv._ConvNd)
    layers = [m for m in network.modules() if isinstance(m, kinds)]
    with torch.no_grad():
        for layer in layers:
            own = 1.0 if layer is layers[-1] else gain
            for weight in layer.weight if isinstance(layer, HeadLinear) else (layer.weight,):
                drawn = initializer.target(
                    tuple(weight.shape), generator=generator, gain=own, dtype=weight.dtype, **options
                )
                # What the layer multiplies its weights by is divided out, so that the map starts as drawn.
                weight.copy_(drawn * layer.in_features**0.5 if isinstance(layer, NTKLinear) else drawn)
            if layer.bias is not None:
                layer.bias.fill_(bias)


def start_at(network: nn.Module, raw: Tensor, n_outputs: int, *, flat: bool = False) -> None:
    """Let the network start at the raw numbers (n_outputs + n_constants,), the same for every row.

    Those of rows are added to the last bias of a linear layer with that many outputs, of heads to each one's: for
    classes they are the log-odds of their frequencies, and a rare class is then not learned from one half downwards.

    `flat`: exactly so. The weights of that layer, and of a linear map of the inputs beside it, become zero; the layers
    before it keep theirs, by which units differ.
    """
    structured = [m for m in network.modules() if isinstance(m, SemiStructured)]
    every = [m for m in network.modules() if isinstance(m, (nn.Linear, HeadLinear))]
    last = [m for m in every if m.bias is not None and m.out_features == n_outputs]
    with torch.no_grad():
        if structured:
            structured[0].start_at(raw[:n_outputs])
        elif last:
            if flat:
                for layer in every[every.index(last[-1]) :]:
                    if layer.out_features == n_outputs:
                        layer.weight.zero_()
                last[-1].bias.zero_()
            last[-1].bias.add_(raw[:n_outputs].to(last[-1].bias))
        if isinstance(network, WithConstants):
            network.constants.copy_(raw[n_outputs:])


def transfer(network: nn.Module, source: nn.Module) -> list[str]:
    """Copy every parameter and buffer of `source` that has the same name and shape; return the names copied."""
    given = {**dict(source.named_parameters()), **dict(source.named_buffers())}
    copied = []
    with torch.no_grad():
        for name, value in {**dict(network.named_parameters()), **dict(network.named_buffers())}.items():
            if name in given and given[name].shape == value.shape:
                value.copy_(given[name])
                copied.append(name)
    return copied


def learning_rate_factors(network: nn.Module, freeze: Sequence[str], n_constants: int) -> Tensor | None:
    """Return (P,) factors on the learning rate: those that modules declare, and zero inside entries of `freeze`.

    None where all are one. See :func:`deepstat.training.layout.declared_factors`.
    """
    names = [name for name, _ in network.named_parameters()]
    for prefix in freeze:
        if not any(within(name, prefix) for name in names):
            raise ValueError(f"freeze={prefix!r} names no layer: the parameters are {', '.join(names)}.")
    factor_of = declared_factors(network)
    factor_of |= {name: 0.0 for name in names if any(within(name, prefix) for prefix in freeze)}
    if all(factor == 1.0 for factor in factor_of.values()):
        return None
    factors = [
        torch.full((parameter.numel(),), factor_of.get(name, 1.0), dtype=torch.float64)
        for name, parameter in network.named_parameters()
    ]
    return torch.cat([*factors, torch.ones(n_constants, dtype=torch.float64)])


def recipe_key(architecture: Resolved, inputs: Inputs, n_outputs: int, network: nn.Module) -> Any:
    """Return what two networks must share to train as one population: the recipe, its options, all shapes.

    Dropout rates are buffers, so they may differ as long as both networks have the layers.
    """
    options: Mapping[str, Any] = architecture.options
    rates = any(isinstance(module, Dropout) for module in network.modules())
    described = tuple(
        (name, "a rate" if rates and name.endswith("dropout") and value else _described(value))
        for name, value in sorted(options.items())
    )
    shapes = tuple((name, tuple(p.shape)) for name, p in network.named_parameters())
    layout = inputs.layout if isinstance(inputs, FormulaInputs) else ()
    return (architecture.target, described, inputs.n_numeric, inputs.cardinalities, layout, n_outputs, shapes)


def _described(value: Any) -> Any:
    """Return a function as itself, since its repr holds an address that changes with the process."""
    return value if callable(value) else repr(value)

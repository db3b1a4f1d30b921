"""Activations as layers: a function with its options bound, or a module class with parameters of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn


def make_activation(activation: Callable[..., Any], params: Mapping[str, Any] | None = None) -> nn.Module:
    """Build one activation layer; call it once for each place in a network.

    Parameters
    ----------
    activation : callable
        A function ``f(x, **params)``, or a subclass of ``nn.Module`` to be built as ``activation(**params)``.
    params : mapping or None
        Options of the activation.

    Raises
    ------
    TypeError
        `activation` is neither; a module that is already built is refused, as its parameters would be shared.

    Examples
    --------
    >>> import torch
    >>> make_activation(torch.relu)(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    >>> make_activation(nn.functional.elu, {"alpha": 2.0})(torch.tensor([0.0, 3.0]))
    tensor([0., 3.])
    >>> make_activation(nn.PReLU, {"init": 0.5})(torch.tensor([-1.0, 2.0])).tolist()
    [-0.5, 2.0]
    """
    if isinstance(activation, nn.Module):
        name = type(activation).__name__
        raise TypeError(
            f"activation is a built {name}; give the class {name} and its options in activation_params."
        )
    if not callable(activation):
        raise TypeError(
            f"activation is {activation!r}; give a function of a tensor or a subclass of nn.Module."
        )
    if isinstance(activation, type) and issubclass(activation, nn.Module):
        return activation(**(params or {}))
    return ActivationLayer(activation, params)


class ActivationLayer(nn.Module):
    """A function of a tensor, with options, as a layer.

    Parameters
    ----------
    function : callable
        ``function(x, **params)``, elementwise.
    params : mapping or None
        Options; bound once, so that a forward pass is one call.

    Examples
    --------
    >>> import torch
    >>> ActivationLayer(torch.clamp, {"min": 0.0, "max": 1.0})(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """

    def __init__(self, function: Callable[..., Tensor], params: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.function = partial(function, **params) if params else function

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function; same shape."""
        return self.function(x)

    def extra_repr(self) -> str:
        """Show the function and its options."""
        function, options = self.function, {}
        if isinstance(function, partial):
            function, options = function.func, function.keywords
        return ", ".join(
            [getattr(function, "__name__", repr(function)), *(f"{k}={v!r}" for k, v in options.items())]
        )

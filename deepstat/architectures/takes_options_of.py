"""Options that several recipes share, said once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any


def takes_options_of(
    builder: Callable[..., Any], **defaults: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a recipe that ends in ``**options`` take the keyword-only options of what it calls, each by its name.

    The recipe's signature then lists them like its own, so that they are checked and searched by name, and its
    ``**options`` always holds all of them. An option that the recipe names itself is the recipe's, and not among them.

    Parameters
    ----------
    builder : callable
        What the recipe hands ``**options`` to.
    **defaults
        Of those of the builder's options that have none, or another one here.

    Returns
    -------
    callable
        A decorator.

    Examples
    --------
    >>> def build(size, *, dropout=0.0, skip=False): return size, dropout, skip
    >>> @takes_options_of(build, dropout=0.5)
    ... def recipe(*, width=8, **options): return build(width, **options)
    >>> inspect.signature(recipe)
    <Signature (*, dropout=0.5, skip=False, width=8)>
    >>> recipe(), recipe(width=16, skip=True)
    ((8, 0.5, False), (16, 0.5, True))
    """

    def decorate(recipe: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(recipe)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        named = {parameter.name for parameter in own}
        shared = [
            parameter.replace(default=defaults.get(parameter.name, parameter.default))
            for parameter in inspect.signature(builder).parameters.values()
            if parameter.kind is parameter.KEYWORD_ONLY and parameter.name not in named
        ]
        given = {parameter.name: parameter.default for parameter in shared}
        if unknown := defaults.keys() - given:
            raise TypeError(f"{recipe.__name__} gives defaults of no shared option: {sorted(unknown)}.")
        filled = {name: default for name, default in given.items() if default is not inspect.Parameter.empty}

        @wraps(recipe)
        def build(*arguments: Any, **options: Any) -> Any:
            return recipe(*arguments, **{**filled, **options})

        split = sum(parameter.kind is not parameter.KEYWORD_ONLY for parameter in own)
        build.__signature__ = signature.replace(parameters=[*own[:split], *shared, *own[split:]])  # type: ignore[attr-defined]
        return build

    return decorate

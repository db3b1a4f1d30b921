"""A term of a formula that is a network: ``deep(z1, z2)``."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

DEEP = re.compile(r"deep\s*\((.*)\)", re.DOTALL)


@dataclass(frozen=True)
class DeepTerm:
    """A term ``deep(z1, z2)``: a network of the columns named.

    Examples
    --------
    >>> DeepTerm(("z1", "house size")).label
    'deep(z1, `house size`)'
    """

    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """How it is written, with one space after each comma."""
        return f"deep({', '.join(name if name.isidentifier() else f'`{name}`' for name in self.names)})"

    @classmethod
    def read(cls, text: str) -> DeepTerm:
        """Read ``deep(z1, `z 2`)``: names of columns and nothing else.

        Examples
        --------
        >>> DeepTerm.read("deep( z1,z2 )")
        DeepTerm(names=('z1', 'z2'))
        """
        known = {f"_quoted_{j}_": name for j, name in enumerate(re.findall(r"`([^`]*)`", text))}
        identifiers = iter(known)
        try:
            plain = re.sub(r"`[^`]*`", lambda _: next(identifiers), text.strip())
            node: Any = ast.parse(plain, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            node = None
        called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "deep"
        good = called and not node.keywords and all(isinstance(argument, ast.Name) for argument in node.args)
        names = tuple(known.get(argument.id, argument.id) for argument in node.args) if good else ()
        if not names or len(set(names)) < len(names):
            raise ValueError(
                f"{text!r} in a formula: deep(...) takes different names of columns and nothing else; its "
                "architecture is given by terms={'deep(z1, z2)': {'architecture': 'resnet'}}."
            )
        return cls(names)

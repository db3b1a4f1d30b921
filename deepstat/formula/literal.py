"""Plain values written in a formula, as options of functions."""

from __future__ import annotations

import ast
from typing import Any


def literal(node: ast.expr) -> Any:
    """Return a number, text, True, False, None, or a list of them.

    Examples
    --------
    >>> literal(ast.parse("[1, -2.5]", mode="eval").body)
    [1, -2.5]
    """
    if isinstance(node, ast.Constant) and type(node.value) in (int, float, str, bool, type(None)):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = literal(node.operand)
        if type(value) in (int, float):
            return -value
    if isinstance(node, (ast.List, ast.Tuple)) and not any(
        isinstance(e, (ast.List, ast.Tuple)) for e in node.elts
    ):
        return [literal(each) for each in node.elts]
    raise ValueError(
        f"{ast.unparse(node)!r} in a formula is no number, text or list of them: options are plain values."
    )


def level_coding(node: ast.Call) -> dict[str, Any]:
    """Return the options of ``C(g, Treatment("b"), levels=["a", "b"])``.

    Examples
    --------
    >>> level_coding(ast.parse("C(g, Treatment('b'))", mode="eval").body)
    {'reference': 'b'}
    """
    given: dict[str, Any] = {}
    extra = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "contrasts")]
    for keyword in node.keywords:
        if keyword.arg == "levels":
            given["levels"] = literal(keyword.value)
    contrast = extra[0] if extra else None
    good = len(extra) <= 1 and all(keyword.arg in ("levels", "contrasts") for keyword in node.keywords)
    levels = given.get("levels", ["one"])
    good = good and isinstance(levels, list) and 0 < len(set(map(repr, levels))) == len(levels)
    if contrast is not None:
        called = isinstance(contrast, ast.Call) and isinstance(contrast.func, ast.Name)
        good = good and called and contrast.func.id == "Treatment"  # type: ignore[attr-defined]
        values = (
            []
            if not good
            else [*contrast.args, *(k.value for k in contrast.keywords if k.arg == "reference")]
        )  # type: ignore[attr-defined]
        good = good and len(values) == 1 == len(contrast.args) + len(contrast.keywords)  # type: ignore[attr-defined]
        if good:
            given["reference"] = literal(values[0])
    if not good:
        raise ValueError(
            f"{ast.unparse(node)!r} in a formula: C takes a column, and Treatment('b') for another "
            "reference level or levels=['a', 'b'] for their order."
        )
    return given

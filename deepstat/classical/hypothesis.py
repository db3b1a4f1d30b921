"""Linear hypotheses in words: ``"x1 = x2, 2*x3 + x4 = 1"``."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def hypothesis(text: str, names: Sequence[str]) -> tuple[Array, Array]:
    """Read linear hypotheses about named coefficients as R b = r.

    Parameters
    ----------
    text : str
        Equations separated by commas. An expression without ``=`` is set to zero. Names may hold any characters
        (``"g[T.b]"``, ``"scale: x"``); the longest name that fits is taken.
    names : sequence of str

    Returns
    -------
    R : ndarray of shape (q, P)
    r : ndarray of shape (q,)

    Raises
    ------
    ValueError
        Something is no name, no number, or not linear.

    Examples
    --------
    >>> hypothesis("x1 = x2, g[T.b] = 1", ["x1", "x2", "g[T.b]"])
    (array([[ 1., -1.,  0.],
           [ 0.,  0.,  1.]]), array([0., 1.]))
    """
    place = {name: j for j, name in enumerate(names)}
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    # Names become plain words first: they may hold commas, signs and brackets of their own.
    plain = re.sub(rf"(?<![\w.])(?:{longest_first})(?![\w.])", lambda found: f"_{place[found[0]]}_", text)
    rows = []
    for equation in plain.split(","):
        sides = equation.split("=")
        if len(sides) > 2 or not all(side.strip() for side in sides):
            raise ValueError(f"{text!r} is no hypothesis: write equations such as 'x1 = x2, x3 = 0'.")
        rows.append(_linear(sides[0], text, names) - (_linear(sides[1], text, names) if sides[1:] else 0.0))
    matrix = np.array(rows)
    return matrix[:, :-1], 0.0 - matrix[:, -1]


def _linear(side: str, text: str, names: Sequence[str]) -> Array:
    """Return the coefficients (P,) of an expression, then its constant."""
    try:
        return _value(ast.parse(side.strip(), mode="eval").body, len(names))
    except (SyntaxError, ValueError, IndexError):
        raise ValueError(
            f"{text!r} is no linear hypothesis about these coefficients: {', '.join(names)}; write equations such as "
            "'x1 = x2, 2*x3 + x4 = 1'."
        ) from None


def _value(node: ast.expr, p: int) -> Array:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return np.append(np.zeros(p), float(node.value))
    if isinstance(node, ast.Name) and re.fullmatch(r"_\d+_", node.id):
        return np.eye(p + 1)[int(node.id.strip("_"))]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        return _value(node.operand, p) * (-1.0 if isinstance(node.op, ast.USub) else 1.0)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, p), _value(node.right, p)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult) and not (left[:-1].any() and right[:-1].any()):
            return left[-1] * right if right[:-1].any() else right[-1] * left
        if isinstance(node.op, ast.Div) and not right[:-1].any() and right[-1]:
            return left / right[-1]
    raise ValueError("not linear")

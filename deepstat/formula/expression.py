"""One factor of a formula: arithmetic on columns that is checked before anything of it is computed.

Formulas also come from saved files, so nothing here is ever given to Python to run: the text is parsed to a
tree, every node of the tree must be known, and the tree is walked.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.raw_column import RawColumn
from deepstat.formula.evaluated import Evaluated
from deepstat.formula.literal import level_coding, literal
from deepstat.formula.transform import FIRST_OPTION, OPTIONS, TRANSFORMS, check_options, transform

LONGEST = 2_000  # letters of an expression
ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "log": np.log,
    "log1p": np.log1p,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
}
FUNCTIONS = ("C", "I", *TRANSFORMS, *ELEMENTWISE)
_BINARY: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARED: dict[type, Callable[..., Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
Lookup = Callable[[str], RawColumn]


@dataclass(frozen=True)
class Expression:
    """A factor of a formula, known to be harmless.

    Parameters
    ----------
    text : str
        A column's name, or an expression.
    is_name : bool
        Whether the text is a column's name, of any letters.

    Attributes
    ----------
    names : tuple of str
        The columns that it uses, in order.

    Raises
    ------
    ValueError
        The text holds something else than columns, numbers, ``+ - * / **``, comparisons and the functions C,
        I, bs, cs, cr, cc, poly, center, scale, log, log1p, exp, sqrt, abs, sin, cos (also as ``np.log``).

    Examples
    --------
    >>> Expression("log(income) * `house size`").names
    ('income', 'house size')
    >>> Expression("income.mean()")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: 'income.mean()' in a formula uses 'income.mean', which is not allowed: write columns, numbers, ...
    """

    text: str
    is_name: bool = False

    def __post_init__(self) -> None:
        if not self.is_name:
            _check(self._tree, self)
            if not self.names:
                raise ValueError(f"{self.text!r} in a formula uses no column: write 1 for the intercept.")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns that it uses."""
        if self.is_name:
            return (self.text,)
        called = {id(node.func) for node in ast.walk(self._tree) if isinstance(node, ast.Call)}
        # `np` in `np.log` lies inside what is called.
        called |= {
            id(child) for node in ast.walk(self._tree) if id(node) in called for child in ast.walk(node)
        }
        found = [
            node for node in ast.walk(self._tree) if isinstance(node, ast.Name) and id(node) not in called
        ]
        found.sort(key=lambda node: node.col_offset)
        return tuple(dict.fromkeys(self._name(node) for node in found))

    @cached_property
    def _quoted(self) -> dict[str, str]:
        """Names in backticks by the identifier that stands for each."""
        return {f"_quoted_{j}_": name for j, name in enumerate(re.findall(r"`([^`]*)`", self.text))}

    @cached_property
    def _tree(self) -> ast.expr:
        if len(self.text) > LONGEST:
            raise ValueError(
                f"An expression in a formula has {len(self.text)} letters: {LONGEST} are allowed."
            )
        identifiers = iter(self._quoted)
        try:
            plain = re.sub(r"`[^`]*`", lambda _: next(identifiers), self.text)
            if "_quoted_" in self.text:
                raise ValueError("reserved")
            return ast.parse(plain.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ValueError(f"{self.text!r} in a formula cannot be read ({type(error).__name__}).") from None

    @property
    def tidy(self) -> Expression:
        """The same expression, spaced as Python is written."""
        text = ast.unparse(self._tree)
        for identifier, name in self._quoted.items():
            text = text.replace(identifier, f"`{name}`")
        return Expression(text)

    def _name(self, node: ast.Name) -> str:
        return self._quoted.get(node.id, node.id)

    def evaluate(self, lookup: Lookup, states: dict[str, Any]) -> Evaluated:
        """Return what it is on some rows.

        Parameters
        ----------
        lookup : callable
            ``lookup(name) -> RawColumn`` without missing values.
        states : dict
            What stateful functions learned, by call; those without an entry learn now and fill it.

        Raises
        ------
        ValueError
            A result is not finite, or columns hold something else than the functions need.
        """
        with np.errstate(all="ignore"):
            value = self._top(lookup, states)
        if value.matrix is not None and not np.isfinite(value.matrix).all():
            row = int(np.flatnonzero(~np.isfinite(value.matrix).all(axis=1))[0])
            raise ValueError(
                f"{self.text!r} in the formula is not finite in row {row}: check the values of "
                f"{', '.join(map(repr, self.names))} there."
            )
        return value

    @property
    def gives_levels(self) -> bool | None:
        """Whether it gives levels and not numbers; None: what the column holds decides."""
        if self.is_name or isinstance(self._tree, ast.Name):
            return None
        return _function(self._tree) == "C"

    def check_states(self, states: dict[str, Any], n_columns: int) -> None:
        """Raise ``ValueError`` unless states fit the expression: it is tried on a row of missing values."""
        if self.is_name:
            return
        calls = {ast.unparse(node) for node in ast.walk(self._tree) if _function(node) in TRANSFORMS}
        good = calls == states.keys()
        if good:
            with np.errstate(all="ignore"):
                value = self._top(lambda name: RawColumn(name, "numeric", np.array([np.nan])), dict(states))
            good = value.matrix is None or value.matrix.shape == (1, n_columns)
        if not good:
            raise ValueError(f"what {self.text!r} learned does not fit it")

    def _top(self, lookup: Lookup, states: dict[str, Any]) -> Evaluated:
        if self.is_name:
            raw = lookup(self.text)
            return Evaluated.of_levels(raw) if raw.kind == "categorical" else _numbers_of(raw)
        node = self._tree
        name = _function(node)
        if isinstance(node, ast.Name):
            raw = lookup(self._name(node))
            return Evaluated.of_levels(raw) if raw.kind == "categorical" else _numbers_of(raw)
        if name == "C":
            assert isinstance(node, ast.Call)
            inside = node.args[0]
            raw = (
                lookup(self._name(inside))
                if isinstance(inside, ast.Name)
                else RawColumn(self.text, "numeric", self._number(inside, lookup, states))
            )
            if raw.kind == "datetime":
                raise ValueError(
                    f"{self.text!r} in the formula is of dates: turn them into text or numbers first."
                )
            return Evaluated.of_levels(raw, **level_coding(node))
        if name in TRANSFORMS:
            return self._transformed(node, lookup, states)
        number = self._number(node, lookup, states)
        return Evaluated(matrix=number[:, None])

    def _transformed(self, node: Any, lookup: Lookup, states: dict[str, Any]) -> Evaluated:
        x = self._number(node.args[0], lookup, states)
        key = ast.unparse(node)
        known = states.get(key)
        name = str(_function(node))
        value, state = transform(name, x, _options(node, name), known, self.text)
        if known is None:
            states[key] = state
        return value

    def _number(self, node: ast.expr, lookup: Lookup, states: dict[str, Any]) -> Any:
        """Return floats: (n,), or a scalar of numbers alone."""
        if isinstance(node, ast.Name):
            return _floats(lookup(self._name(node)))
        if isinstance(node, ast.Constant):
            return np.float64(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.UnaryOp):
            value = self._number(node.operand, lookup, states)
            return -value if isinstance(node.op, ast.USub) else value
        if isinstance(node, ast.BinOp):
            left, right = (self._number(side, lookup, states) for side in (node.left, node.right))
            return _BINARY[type(node.op)](left, right)
        if isinstance(node, ast.Compare):
            return self._compared(node, lookup, states)
        name = _function(node)
        assert isinstance(node, ast.Call)
        if name in TRANSFORMS:
            value = self._transformed(node, lookup, states)
            if value.fields is not None:
                raise ValueError(
                    f"{name}(...) gives several columns: let it stand by itself, not in {self.text!r}."
                )
            return value.matrix[:, 0]  # type: ignore[index]
        value = self._number(node.args[0], lookup, states)
        return value if name == "I" else ELEMENTWISE[str(name)](value)

    def _compared(self, node: ast.Compare, lookup: Lookup, states: dict[str, Any]) -> NDArray[np.float64]:
        sides = (node.left, node.comparators[0])
        if any(_is_text(side) for side in sides):
            values = [self._cells(side, lookup) for side in sides]
        else:
            values = [self._number(side, lookup, states) for side in sides]
        return np.asarray(_COMPARED[type(node.ops[0])](*values)).astype(np.float64)

    def _cells(self, side: ast.expr, lookup: Lookup) -> Any:
        return (
            side.value if isinstance(side, ast.Constant) else lookup(self._name(side)).values.astype(object)
        )  # type: ignore[arg-type]


def _numbers_of(raw: RawColumn) -> Evaluated:
    return Evaluated(matrix=_floats(raw)[:, None])


def _floats(raw: RawColumn) -> NDArray[np.float64]:
    if raw.kind not in ("numeric", "boolean"):
        hint = "write C(...) for its levels" if raw.kind == "categorical" else "turn it into numbers first"
        raise ValueError(f"Column {raw.name!r} holds {raw.words}, but the formula computes with it: {hint}.")
    return raw.values.astype(np.float64)


# -- what is allowed --------------------------------------------------------------------------------------------------


def _check(node: ast.AST, expression: Expression) -> None:
    """Raise unless a node and all below it are arithmetic on columns."""
    if isinstance(node, ast.Name):
        good = not node.id.startswith("__")
        below: Iterator[ast.AST] = iter(())
    elif isinstance(node, ast.Constant):
        good, below = type(node.value) in (int, float), iter(())
    elif isinstance(node, ast.UnaryOp):
        good, below = isinstance(node.op, (ast.USub, ast.UAdd)), iter([node.operand])
    elif isinstance(node, ast.BinOp):
        good, below = type(node.op) in _BINARY, iter([node.left, node.right])
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        words = [side for side in sides if _is_text(side)]
        good = len(sides) == 2 and type(node.ops[0]) in _COMPARED and len(words) < 2
        if words:  # text is compared with a column, for being equal or not
            good = good and isinstance(node.ops[0], (ast.Eq, ast.NotEq))
            good = good and any(isinstance(side, ast.Name) for side in sides)
        below = iter([side for side in sides if side not in words])
    elif isinstance(node, ast.Call):
        good, below = _check_call(node, expression), iter(node.args[:1])
    else:
        good, below = False, iter(())
    if not good:
        raise _refused(node.func if isinstance(node, ast.Call) else node, expression)
    for each in below:
        _check(each, expression)


def _check_call(node: ast.Call, expression: Expression) -> bool:
    name = _function(node)
    if name not in FUNCTIONS or not node.args:
        return False
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return False
    top = expression._tree
    if name == "C":
        if node is not top:
            raise ValueError(f"C(...) must stand by itself in a formula, not inside {expression.text!r}.")
        level_coding(node)
    elif name in TRANSFORMS:
        check_options(name, _options(node, name), expression.text)
    elif len(node.args) > 1 or node.keywords:
        raise ValueError(f"{name}(...) in a formula takes one argument, not those of {expression.text!r}.")
    return True


def _function(node: ast.AST) -> str | None:
    """Return the name of what is called: ``log``, ``np.log``."""
    if not isinstance(node, ast.Call):
        return None
    called = node.func
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "np":
        return called.attr if called.attr in ELEMENTWISE else None
    return called.id if isinstance(called, ast.Name) else None


def _options(node: ast.Call, name: str) -> dict[str, Any]:
    """Return the options of a call as plain values."""
    if len(node.args) > 2:
        raise ValueError(f"{ast.unparse(node)!r} in a formula: give options by name, such as df=4.")
    given = {FIRST_OPTION.get(name, ""): argument for argument in node.args[1:]}
    for keyword in node.keywords:
        if keyword.arg not in OPTIONS[name] or keyword.arg in given:
            known = ", ".join(OPTIONS[name]) or "none"
            raise ValueError(
                f"{name}(...) in a formula has no option {keyword.arg!r}, or twice: they are {known}."
            )
        given[keyword.arg] = keyword.value
    if "" in given:
        raise ValueError(f"{name}(...) in a formula takes one argument, not those of {ast.unparse(node)!r}.")
    return {option: literal(value) for option, value in given.items()}


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _refused(node: ast.AST, expression: Expression) -> ValueError:
    return ValueError(
        f"{expression.text!r} in a formula uses {ast.unparse(node)!r}, which is not allowed: write columns, numbers, "
        f"+ - * / **, comparisons and the functions {', '.join(FUNCTIONS)}; compute anything else in the table first."
    )

"""From the text of a formula to its terms: structured ones, deep ones, and the left side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deepstat.formula.deep_term import DEEP, DeepTerm
from deepstat.formula.expression import Expression

MOST_LETTERS = 20_000


@dataclass(frozen=True)
class FormulaTerms:
    """The terms of one formula.

    Attributes
    ----------
    left : tuple of Expression
        The target's columns; empty where the left side is.
    structured : tuple of tuples of Expression
        Each a product of factors; the empty one is the intercept.
    deep : tuple of DeepTerm
    """

    left: tuple[Expression, ...]
    structured: tuple[tuple[Expression, ...], ...]
    deep: tuple[DeepTerm, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns of the right side, in order."""
        names = [name for term in self.structured for each in term for name in each.names]
        return tuple(dict.fromkeys(names + [name for term in self.deep for name in term.names]))


def read_formula(text: str) -> FormulaTerms:
    """Read a formula in Wilkinson's notation, by formulaic's parser.

    Parameters
    ----------
    text : str
        ``"y ~ x1 + C(g) * x2 + deep(z1, z2)"``; the left side may be left out.

    Raises
    ------
    ValueError
        The text is no formula, or a factor is not allowed (see :class:`deepstat.formula.expression.Expression`).

    Examples
    --------
    >>> terms = read_formula("y ~ x1 + bs(x2, df=4) + deep(z1,z2) - 1")
    >>> [[factor.text for factor in term] for term in terms.structured]
    [['x1'], ['bs(x2, df=4)']]
    >>> terms.deep[0].label, terms.left[0].names
    ('deep(z1, z2)', ('y',))
    """
    if not isinstance(text, str) or len(text) > MOST_LETTERS:
        raise ValueError(
            f"A formula must be text of at most {MOST_LETTERS} letters, such as 'y ~ x + deep(z1, z2)'."
        )
    factors, left, right = _parsed(text)
    structured, deep = [], []
    for term in right:
        own = [_factor(text, factor, factors) for factor in term.factors if factor.expr != "1"]
        found = [each for each in own if isinstance(each, DeepTerm)]
        if found and len(own) > 1:
            raise ValueError(
                f"formula={text!r} multiplies {found[0].label} by another column: let deep(...) stand by "
                "itself, and put the other columns inside it."
            )
        if found:
            deep += found
        else:
            structured.append(tuple(own))
    if not deep and not any(structured):
        raise ValueError(f"formula={text!r} has no column on its right side: there is nothing to learn from.")
    return FormulaTerms(
        _left(text, left, factors), tuple(dict.fromkeys(structured)), tuple(dict.fromkeys(deep))
    )


def _parsed(text: str) -> tuple[dict[str, Expression | DeepTerm], Any, Any]:
    """Return the factors by the identifiers that stand for them, and the terms of the left and of the right side.

    formulaic's parser runs pieces of a left side to find out what they use. So it is never shown a factor:
    each is checked here and replaced by an identifier first.
    """
    try:
        from formulaic import Formula, SimpleFormula
        from formulaic.parser.algos.tokenize import tokenize
    except ImportError as error:
        raise ImportError("Formulas need formulaic and pandas: pip install 'deepstat[formula]'.") from error
    try:
        tokens = [(token.token, token.kind and token.kind.value) for token in tokenize(text)]
    except Exception as error:
        raise _unreadable(text, error) from None
    places: dict[Expression | DeepTerm, str] = {}
    pieces = []
    for token, kind in tokens:
        if kind == "python" or (kind == "name" and token != "."):
            factor = Expression(token, is_name=True) if kind == "name" else _called(token)
            pieces.append(places.setdefault(factor, f"factor_{len(places)}_"))
        elif kind == "operator" and token == "in":
            pieces.append("%in%")
        else:
            pieces.append(token)
    try:
        formula = Formula(" ".join(pieces))
        left, right = ([], formula) if isinstance(formula, SimpleFormula) else (formula.lhs, formula.rhs)
        single = isinstance(right, SimpleFormula) and (left == [] or isinstance(left, SimpleFormula))
    except Exception as error:
        raise _unreadable(text, error) from None
    if not single:
        raise ValueError(
            f"formula={text!r} has several parts: give one formula, or a dict with one for each parameter."
        )
    return {place: factor for factor, place in places.items()}, left, right


def _unreadable(text: str, error: Exception) -> ValueError:
    """Say that a text is no formula; formulaic's reason names our identifiers, so only its kind is told."""
    hint = "name the columns instead of '.'" if "`.` operator" in str(error) else type(error).__name__
    return ValueError(
        f"formula={text!r} cannot be read ({hint}): write it as 'y ~ x1 + C(g) + deep(z1, z2)'."
    )


def _left(text: str, terms: Any, factors: dict[str, Expression | DeepTerm]) -> tuple[Expression, ...]:
    found = [factors.get(term.factors[0].expr) if len(term.factors) == 1 else None for term in terms]
    if not all(isinstance(each, Expression) for each in found):
        raise ValueError(
            f"formula={text!r}: its left side must be a column, log(column), or columns joined by +."
        )
    return tuple(found)  # type: ignore[arg-type]


def _factor(text: str, factor: Any, factors: dict[str, Expression | DeepTerm]) -> Any:
    if factor.expr not in factors:
        raise ValueError(
            f"formula={text!r} holds the number {factor.expr} by itself: multiply inside I(), as in I(2 * x)."
        )
    return factors[factor.expr]


def _called(text: str) -> Expression | DeepTerm:
    """Return what a piece such as ``bs( x,4 )`` or ``deep(z)`` stands for, written in one way."""
    return DeepTerm.read(text) if DEEP.fullmatch(text.strip()) else Expression(text).tidy

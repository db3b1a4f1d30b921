"""How the levels of each factor are coded so that no column of a design depends on the others."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

Piece = tuple[tuple[str, bool], ...]


def full_rank(terms: Sequence[Sequence[str]], spanning: frozenset[str]) -> list[list[Piece]]:
    """Say for each term which products of factors it contributes, and whether each factor keeps all of its levels.

    The levels of a factor span the intercept. A term is the sum of the spaces of its sub-products, those
    already spanned by earlier terms left out; a product with a level fewer and the same product without the
    factor are together the product with all levels.

    Parameters
    ----------
    terms : sequence of terms, each a sequence of factors
        The empty term is the intercept.
    spanning : frozenset of str
        Factors whose columns span the intercept: those with levels.

    Returns
    -------
    list of list of pieces, for each term
        A piece is a tuple of (factor, whether it has all of its columns).

    Examples
    --------
    >>> full_rank([(), ("g",), ("g", "x")], frozenset("g"))
    [[()], [(('g', False),)], [(('g', True), ('x', True))]]

    References
    ----------
    Smith et al. (2018), patsy, Describing statistical models in Python; Wilkinson and Rogers (1973),
    Symbolic description of factorial models, Applied Statistics 22.
    """
    spanned: set[frozenset[str]] = set()
    found = []
    for term in terms:
        choices = [((factor, False), None) if factor in spanning else ((factor, True),) for factor in term]
        parts = [tuple(filter(None, product)) for product in itertools.product(*choices)]
        new = [part for part in parts if frozenset(name for name, _ in part) not in spanned]
        spanned |= {frozenset(name for name, _ in part) for part in new}
        found.append(_merged(new))
    return found


def _merged(parts: list[Piece]) -> list[Piece]:
    """Join products that differ by one factor with a level fewer, until none is left."""
    merged: list[Piece] = []
    for part in sorted(parts, key=len):
        for other in merged:
            more = [each for each in part if each not in other]
            if len(part) == len(other) + 1 and len(more) == 1 and not more[0][1]:
                whole = tuple(
                    (name, True) if (name, full) == more[0] else (name, full) for name, full in part
                )
                merged = _merged([each for each in merged if each != other] + [whole])
                break
        else:
            merged.append(part)
    return merged

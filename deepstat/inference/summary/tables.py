"""Tables of a report, in the style of statsmodels."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

WIDTH = 90  # letters of a line of notes


def summary_class() -> Any:
    """Return statsmodels' Summary.

    Raises
    ------
    ImportError
        statsmodels is not installed.
    """
    try:
        from statsmodels.iolib.summary import Summary
    except ImportError:
        raise ImportError("summary() needs statsmodels: install it with `pip install statsmodels`.") from None
    return Summary


def two_columns(title: str, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> Any:
    """Return a table of labels and values, two of each in a line.

    Examples
    --------
    >>> table = two_columns("A report", [("Model:", "DeepRegressor")], [("Rows:", "442")])
    >>> print(table.as_text().splitlines()[2])
      Model:                DeepRegressor   Rows:                           442
    """
    from statsmodels.iolib.table import SimpleTable
    from statsmodels.iolib.tableformatting import fmt_2cols

    lines = list(zip_longest(left, right, fillvalue=("", "")))
    table, other = (
        SimpleTable(
            [[value] for _, value in side], stubs=[f"  {label}" for label, _ in side], txt_fmt=fmt_2cols
        )
        for side in zip(*lines, strict=True)
    )
    table.title = title
    table.extend_right(other)
    return table


def numbered(
    title: str, headers: Sequence[str], labels: Sequence[str], rows: Sequence[Sequence[float]]
) -> Any:
    """Return a table of numbers with five digits, a labelled row each.

    Examples
    --------
    >>> table = numbered("Fit", ["value"], ["R squared"], [[0.5]])
    >>> print(table.as_text().splitlines()[4])
    R squared         0.5
    """
    from statsmodels.iolib.table import SimpleTable
    from statsmodels.iolib.tableformatting import fmt_params

    data = [[f"{value:.5g}" for value in row] for row in rows]
    return SimpleTable(data, headers=list(headers), stubs=list(labels), title=title, txt_fmt=fmt_params)


def notes_of(notes: Sequence[str]) -> list[str]:
    """Return numbered notes, in lines of a bounded length.

    Examples
    --------
    >>> notes_of(["One thing.", "Another."])
    ['Notes:', '[1] One thing.', '[2] Another.']
    """
    lines = ["Notes:"]
    for number, note in enumerate(notes, start=1):
        lines += textwrap.wrap(f"[{number}] {note}", WIDTH, subsequent_indent="    ")
    return lines

"""The rows of a classical fit and its solution, from which reports are made; neither pickled nor saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from deepstat.classical.result import ClassicalResult
from deepstat.errors import suggest
from deepstat.estimators.classical.choice import Choice
from deepstat.estimators.classical.kept_reports import KeptReports
from deepstat.estimators.classical.models import Solved
from deepstat.estimators.classical.rows import Rows


class Evidence:
    """One member of a batch of fits; see the module."""

    def __init__(self, rows: Rows, solved: Solved, member: int, solver: str) -> None:
        self.rows, self.solved, self.member, self.solver = rows, solved, member, solver

    @property
    def choice(self) -> Choice | None:
        """Which of several reports of the fit there are."""
        return self.solved.choice

    def report(self, **options: Any) -> ClassicalResult:
        """Return the member's report.

        Raises
        ------
        TypeError
            An option is none of this model.
        ValueError
            A value of it is not known, or `groups` has another length than the table.
        """
        place = 0
        if self.choice is not None:
            place = self.choice.place(options.pop(self.choice.name, None))
        for name in options:
            if name not in self.solved.accepts:
                own = () if self.choice is None else (self.choice.name,)
                known = (*own, *self.solved.accepts)
                raise TypeError(
                    f"This model's reports have no option {name!r}: they have {', '.join(known) or 'none'}."
                    f"{suggest(name, known)}"
                )
        return self._report(place, **options)

    def kept(self) -> KeptReports:
        """Return the reports by default options, which outlive the rows."""
        choice = self.choice
        found: list[ClassicalResult | str] = []
        for place in range(1 if choice is None else len(choice.values)):
            try:
                found.append(self._report(place))
            except (ValueError, np.linalg.LinAlgError) as error:
                found.append(str(error))
        return KeptReports(choice, tuple(found))

    def _report(self, place: int, **options: Any) -> ClassicalResult:
        if options.get("groups") is not None:
            groups = np.asarray(options["groups"])
            if groups.shape != (self.rows.n_given,):
                raise ValueError(
                    f"groups has shape {groups.shape}, allowed: ({self.rows.n_given},), a label for each row of the "
                    "table that was fitted."
                )
            options["groups"] = groups[self.rows.used]
        names = self.rows.target_names
        by_column = self.choice is not None and self.choice.name == "output"
        target = names[place] if by_column else ", ".join(names)
        found = self.solved.report(self.member, place, target=target, notes=self.rows.notes, **options)
        return replace(found, solver=self.solver)

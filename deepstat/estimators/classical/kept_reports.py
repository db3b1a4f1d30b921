"""What is left of a classical fit's reports when its rows are gone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from deepstat.classical.result import ClassicalResult
from deepstat.estimators.classical.choice import Choice


@dataclass(frozen=True, eq=False)
class KeptReports:
    """The reports by default options, or why there is none.

    Attributes
    ----------
    choice : Choice or None
    results : tuple of ClassicalResult or str
        One for each of its values.

    Examples
    --------
    >>> KeptReports(None, ("Half of the residuals are equal.",)).report()
    Traceback (most recent call last):
    ValueError: Half of the residuals are equal.
    """

    choice: Choice | None
    results: tuple[ClassicalResult | str, ...]

    def report(self, **options: Any) -> ClassicalResult:
        """Return a kept report.

        Raises
        ------
        ValueError
            Options ask for another one, or it could not be made of the rows.
        """
        place = 0
        if self.choice is not None:
            place = self.choice.place(options.pop(self.choice.name, None))
        if options:
            raise ValueError(
                f"{', '.join(options)}: this needs the rows of the fit, which copies and saved models do not keep: fit "
                "again, or take such a report from the estimator that was fitted."
            )
        found = self.results[place]
        if isinstance(found, str):
            raise ValueError(found)
        return found

    def kept(self) -> KeptReports:
        """Return itself."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "choice": None
            if self.choice is None
            else {**asdict(self.choice), "values": list(self.choice.values)},
            "results": [each if isinstance(each, str) else each.to_json() for each in self.results],
        }

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> KeptReports:
        """Rebuild reports from what `to_json` returned.

        Raises
        ------
        ValueError
            They do not fit together.
        """
        choice = None
        if state["choice"] is not None:
            choice = Choice(**{**state["choice"], "values": tuple(state["choice"]["values"])})
        results = tuple(
            each if isinstance(each, str) else ClassicalResult.from_json(each) for each in state["results"]
        )
        if len(results) != (1 if choice is None else len(set(choice.values))):
            raise ValueError("the number of its reports is wrong")
        return cls(choice, results)

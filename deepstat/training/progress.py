"""A progress bar for a whole population, with the time left. Shown only when asked for."""

from __future__ import annotations

from typing import Any

from deepstat.training.plan import Plan


class Progress:
    """Counts member epochs; a member that stops early finishes its share.

    ``verbose=1`` shows a bar, ``verbose=2`` prints a line for each member and epoch instead.
    """

    def __init__(self, plans: list[Plan]) -> None:
        self.verbose = max(plan.verbose for plan in plans)
        self.total = sum(plan.max_epochs for plan in plans)
        self.epochs = [plan.max_epochs for plan in plans]
        self.bar: Any = None
        if self.verbose == 1:
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            )
            self.bar.start()
            self.task = self.bar.add_task("epochs", total=self.total)

    def epoch(self, indices: list[int], entries: list[dict[str, float]]) -> None:
        """Report one epoch of the members present."""
        if self.verbose == 1:
            text = f"loss {sum(e['loss'] for e in entries) / len(entries):.4g}"
            self.bar.update(self.task, advance=len(indices), description=text)
        elif self.verbose > 1:
            for member, entry in zip(indices, entries, strict=True):
                numbers = "  ".join(f"{name} {value:.6g}" for name, value in entry.items())
                print(f"member {member}  {numbers}", flush=True)

    def time_is_over(self, indices: list[int], epoch: int) -> None:
        """Say which members a time limit stopped, and in which epoch."""
        which = "training" if len(indices) == 1 else f"{len(indices)} members"
        told = f"time limit: {which} stopped in epoch {epoch}"
        if self.verbose == 1:
            self.bar.console.print(told)
        elif self.verbose > 1:
            print(told, flush=True)

    def close(self) -> None:
        """Take the bar down."""
        if self.bar is not None:
            self.bar.stop()

"""The time of one population, and how much of it is gone."""

from __future__ import annotations

from torch import Tensor

from deepstat.training import clock

# Schedules see the share of time gone in steps of one over this: between two steps their factor is not computed anew.
PARTS = 256
# On accelerators work is queued: this often within its time a population waits until the queue is done.
LOOKS = 100
# A first validation, whose duration is only estimated, may go beyond the limit by this share of it.
EXCESS = 0.05


class Deadline:
    """The seconds that a population has, counted from now.

    Parameters
    ----------
    seconds : float
    before : float
        Seconds of the limit that were gone already; a checkpoint counts them.

    Attributes
    ----------
    tail : float
        Seconds kept for what follows the last step: validating, averaging.
    """

    def __init__(self, seconds: float, before: float = 0.0) -> None:
        self.seconds, self.before, self.tail = seconds, before, 0.0
        self._began = self._looked = clock.now()
        self._gone = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds gone."""
        return clock.now() - self._began

    @property
    def state(self) -> list[float]:
        """What an interrupted run hands on: seconds gone, and those kept for the end."""
        return [self.before + self.elapsed, self.tail]

    def go_on(self, state: list[float]) -> None:
        """Go on where an interrupted run was."""
        self._began -= state[0]
        self.tail = state[1]

    @property
    def is_over(self) -> bool:
        """Whether no further step may be done."""
        return self.elapsed >= self.seconds - self.tail

    def ends_at(self, latest: Tensor) -> bool:
        """Say whether the step that made `latest` was the last one."""
        time = clock.now()
        if latest.device.type != "cpu" and time - self._looked > self.seconds / LOOKS:
            latest.sum().item()
            self._looked = time = clock.now()
        return time - self._began >= self.seconds - self.tail

    @property
    def gone(self) -> float:
        """Share of the time for steps that is gone: multiples of 1/256 below one, never falling."""
        whole = self.seconds - self.tail
        if whole <= 0:  # the one step that is done all the same shall be worth something
            return self._gone
        share = self.elapsed / whole
        self._gone = max(self._gone, min(int(share * PARTS), PARTS - 1) / PARTS)
        return self._gone

    def keep(self, seconds: float) -> None:
        """Keep seconds for what follows the last step; half of the time at most."""
        self.tail = min(max(self.tail, seconds), self.seconds / 2)

    def has_room_for(self, seconds: float) -> bool:
        """Say whether something that takes about so long ends within the limit, or hardly beyond it."""
        return self.elapsed + seconds <= (1.0 + EXCESS) * self.seconds

    def end(self) -> None:
        """Have no time left."""
        self.tail = self.seconds

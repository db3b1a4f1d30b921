"""Meetings for tests, without joblib and torch."""

from deepstat.model_selection.meeting import Meeting
from deepstat.model_selection.task import Group


class Notes:
    """A ledger of slots: one per fit."""

    def __init__(self, slots=10**6):
        self.slots, self.held = slots, 0

    def add(self, plans):
        self.held += 1

    def clear(self):
        self.held = 0

    @property
    def full(self):
        return self.held >= self.slots


def squared(fits):
    return [[plan**2 for plan in plans] for plans in fits]


def meet(train=squared, *, slots=10**6, patience=20.0, work=lambda plan, result: 1.0):
    return Meeting(train, ledger=Notes(slots), work=work, patience=patience)


def run(meeting, functions):
    """Do what a joblib call does."""
    group = Group()
    tasks = [meeting.submit(function, group) for function in functions]
    try:
        return [meeting.result(task) for task in tasks]
    except BaseException:
        meeting.end(group)
        raise

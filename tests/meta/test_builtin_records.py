import dataclasses

import pytest

from deepstat.errors import PluginError
from deepstat.records import Loss
from deepstat.registry import BUILTIN, HOOKS, Registry, resolve, resolve_target

RECORDS = [
    owners[BUILTIN] for kind in HOOKS for _, owners in sorted(Registry.from_plugins({}).entries[kind].items())
]


def check_record(record):
    """Check that a record resolves and tells what it is and where it comes from."""
    assert callable(resolve(record)) or type(resolve(record)).__name__ == "UpdateRule"
    for target in (getattr(record, "check", ""), getattr(record, "probabilities", "")):
        if target not in ("", "none"):
            assert callable(resolve_target(target, record.name))
    assert record.summary, f"{record.name} has no summary"
    assert record.summary[0] == record.summary[0].strip(), f"the summary of {record.name} is not tidy"
    assert not record.summary.endswith("."), f"the summary of {record.name} is no phrase"
    assert any(character.isdigit() for character in record.reference), (
        f"{record.name} has no reference with a year"
    )
    assert isinstance(record.target, str), f"the target of {record.name} is imported before it is used"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record.kind}-{record.name}")
def test_every_built_in_record_resolves_and_has_summary_and_reference(record):
    check_record(record)


@pytest.mark.parametrize(
    "fault",
    [{"summary": ""}, {"summary": "A loss."}, {"reference": ""}, {"reference": "folklore"}, {"target": len}]
    + [{"target": "deepstat.losses.huber:huberr"}, {"check": "deepstat.losses.huber:check"}],
)
def test_a_record_with_a_planted_fault_is_rejected(fault):
    good = Loss(name="mine", target="deepstat.losses.huber:huber", summary="robust", reference="Huber (1964)")
    check_record(good)
    with pytest.raises((AssertionError, PluginError)):
        check_record(dataclasses.replace(good, **fault))

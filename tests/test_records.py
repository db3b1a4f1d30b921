import dataclasses
import re
import subprocess
import sys

import pytest

from deepstat.records import RECORDS, Constant, Loss


@pytest.mark.parametrize("record", RECORDS)
def test_name_and_target_make_a_complete_record(record):
    made = record(name="mine", target="package.module:attribute")
    assert (made.name, made.target, made.api_version) == ("mine", "package.module:attribute", 1)


@pytest.mark.parametrize("record", RECORDS)
def test_every_other_field_has_a_default_so_that_old_plugins_stay_valid(record):
    required = {
        field.name
        for field in dataclasses.fields(record)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    assert required == {"name", "target"}


@pytest.mark.parametrize("record", RECORDS)
def test_records_are_frozen(record):
    made = record(name="mine", target="package.module:attribute")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "yours"


@pytest.mark.parametrize("record", RECORDS)
def test_records_take_keywords_only(record):
    with pytest.raises(TypeError):
        record("mine", "package.module:attribute")


def test_each_kind_of_record_has_a_name_of_its_own():
    kinds = [record.kind for record in RECORDS]
    assert len(set(kinds)) == len(kinds)


def test_every_field_is_described_in_a_docstring():
    described = "".join(cls.__doc__ or "" for record in (*RECORDS, Constant) for cls in record.__mro__)
    for record in (*RECORDS, Constant):
        for field in dataclasses.fields(record):
            assert re.search(rf"^ *(\w+, )*{field.name}(, \w+)* : ", described, re.MULTILINE), field.name


def test_a_loss_without_options_is_a_regression_loss_of_real_numbers():
    loss = Loss(name="mine", target="m:f")
    assert (loss.task, loss.domain, loss.link, loss.per_row) == ("regression", "real", "identity", True)


def test_records_are_free_of_torch_and_numpy():
    code = "import sys, deepstat.records, deepstat.hookspecs; sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

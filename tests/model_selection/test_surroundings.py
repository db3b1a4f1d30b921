"""What belongs to the process stays each task's own, and the caller's."""

import contextlib
import io
import os
import sys
import warnings

import pytest
from meetings import meet, run, squared


def test_each_task_keeps_its_own_warning_filters_and_the_caller_his():
    meeting, before = meet(), list(warnings.filters)

    def task(i):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.filterwarnings("ignore", message=f"{i}")
            meeting.hand_in([i])
            for j in range(3):
                warnings.warn(f"{j}", stacklevel=1)
        return [str(each.message) for each in caught]

    assert run(meeting, [lambda i=i: task(i) for i in range(3)]) == [["1", "2"], ["0", "2"], ["0", "1"]]
    assert list(warnings.filters) == before


def test_each_task_keeps_its_own_output_and_the_caller_his(capsys):
    meeting, before = meet(lambda fits: print("training") or squared(fits)), sys.stdout

    def task(i):
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            print(i)
            meeting.hand_in([i])
            print(i**2)
        return printed.getvalue().split()

    assert run(meeting, [lambda i=i: task(i) for i in range(3)]) == [["0", "0"], ["1", "1"], ["2", "4"]]
    assert sys.stdout is before
    assert capsys.readouterr().out == "training\n"


def test_the_output_of_a_task_that_is_ended_is_put_back():
    meeting, before = meet(), sys.stdout

    def task(i):
        with contextlib.redirect_stdout(io.StringIO()):
            if i == 2:
                raise OSError("disk")
            meeting.hand_in([i])

    with pytest.raises(OSError, match="disk"):
        run(meeting, [lambda i=i: task(i) for i in range(3)])
    assert sys.stdout is before


def test_each_task_keeps_its_own_working_directory_and_the_caller_his(tmp_path):
    meeting, before = meet(), os.getcwd()

    def task(i):
        own = tmp_path / f"{i}"
        own.mkdir()
        with contextlib.chdir(own):
            meeting.hand_in([i])
            return os.getcwd() == os.path.realpath(own)

    assert run(meeting, [lambda i=i: task(i) for i in range(3)]) == [True] * 3
    assert os.getcwd() == before

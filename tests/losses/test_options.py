"""Options outside their range are refused in one sentence that names loss, option, value and range."""

import math

import numpy as np
import pytest

from deepstat.builtin.losses import LOSSES
from deepstat.losses.options import check_option
from deepstat.registry import resolve_target

INF, NAN = math.inf, math.nan
WRONG = {
    "huber": [{"delta": 0.0}, {"delta": -1}, {"delta": INF}, {"delta": NAN}, {"delta": "1"}, {"delta": True}],
    "tukey": [{"c": 0}, {"c": -4.685}, {"c": None}],
    "barron": [{"alpha": 2.1}, {"alpha": INF}, {"alpha": NAN}, {"c": 0.0}],
    "charbonnier": [{"c": 0.0}, {"c": INF}],
    "cauchy": [{"c": -1.0}],
    "geman_mcclure": [{"c": 0.0}],
    "welsch": [{"c": 0.0}],
    "quantile": [{"tau": 0.0}, {"tau": 1.0}, {"tau": 50}, {"tau": [0.1, 0.9]}],
    "expectile": [{"tau": 0.0}, {"tau": 1.0}],
    "epsilon_insensitive": [{"epsilon": -0.1}, {"epsilon": INF}],
    "cross_entropy": [{"label_smoothing": -0.1}, {"label_smoothing": 1.0}],
    "focal": [{"gamma": -0.5}, {"gamma": INF}, {"alpha": 0.0}, {"alpha": 1.0}, {"alpha": "balanced"}],
    "dice": [{"smooth": 0.0}, {"smooth": -1}],
}
CHECKED = {record.name: resolve_target(record.check, record.name) for record in LOSSES if record.check}


@pytest.mark.parametrize(("name", "options"), [(name, bad) for name, each in WRONG.items() for bad in each])
def test_options_outside_their_range_are_refused(name, options):
    ((option, value),) = options.items()
    with pytest.raises(ValueError, match="give a number in") as caught:
        CHECKED[name](**options)
    assert str(caught.value).startswith(f"{name}: {option}={value!r} is not allowed")


def test_every_checked_loss_has_a_wrong_value_here():
    assert set(WRONG) == set(CHECKED)


@pytest.mark.parametrize("record", [r for r in LOSSES if r.check], ids=lambda r: r.name)
def test_defaults_and_examples_are_accepted(record):
    CHECKED[record.name]()
    CHECKED[record.name](**record.example)


def test_numbers_of_numpy_and_closed_ends_are_accepted():
    check_option("x: y", np.float32(0.5), 0.0, 1.0)
    check_option("x: y", np.int64(1), 0.0, 1.0, closed="high")
    check_option("x: y", 0, 0.0, 1.0, closed="both")


def test_open_ends_are_refused():
    with pytest.raises(ValueError, match=r"x: y=0 is not allowed; give a number in \(0, 1\]."):
        check_option("x: y", 0, 0.0, 1.0, closed="high")

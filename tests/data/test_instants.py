from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepstat.data.instants import PARTS, instants, wall_clock_offset

ZONES = ["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]


def by_calendar(moment: datetime) -> list[float]:
    """The cycles from Python's own calendar."""
    start = datetime(moment.year, 1, 1)
    wall = moment.replace(tzinfo=None)
    year = (wall - start) / (datetime(moment.year + 1, 1, 1) - start)
    day = (wall - wall.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(days=1)
    return [f(2 * np.pi * cycle) for cycle in (year, wall.weekday() / 7, day) for f in (np.sin, np.cos)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), min_size=1, max_size=5),
    st.sampled_from(ZONES),
)
def test_cycles_are_those_of_the_wall_clock(moments, zone):
    aware = [moment.replace(tzinfo=UTC) for moment in moments]
    seconds = np.array([(moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() for moment in aware])
    if zone == "UTC" or min(moments) > datetime(1990, 1, 1):  # before, clocks moved at odd seconds
        expanded = instants(seconds, zone)
        expected = [by_calendar(moment.astimezone(ZoneInfo(zone))) for moment in aware]
        np.testing.assert_allclose(expanded[:, 1:], expected, atol=1e-6)
    np.testing.assert_allclose(instants(seconds)[:, 0] * 86400, seconds, rtol=1e-12)


def test_offsets_agree_with_pandas_around_changes_of_the_clock():
    for zone in ZONES:
        times = pd.date_range("2023-01-01", "2024-01-01", freq="37min", tz="UTC")
        seconds = (times - pd.Timestamp("1970-01-01", tz="UTC")).total_seconds().to_numpy()
        expected = times.tz_convert(zone).tz_localize(None) - times.tz_localize(None)
        np.testing.assert_array_equal(wall_clock_offset(seconds, zone), expected.total_seconds())


def test_midnight_and_noon_have_the_same_sine_to_the_bit():
    seconds = np.arange(0, 40 * 365 * 86400, 43200 * 31.0)
    sine = instants(seconds)[:, PARTS.index("sine of time of day")]
    assert set(sine) == {0.0}


def test_fixed_offsets_are_read():
    for name in ("+05:30", "UTC+05:30", str(timezone(timedelta(hours=5, minutes=30)))):
        np.testing.assert_array_equal(wall_clock_offset(np.zeros(1), name), [19800.0])
    np.testing.assert_array_equal(wall_clock_offset(np.zeros(1), "-01:30"), [-5400.0])


def test_a_missing_instant_is_missing_in_every_part():
    expanded = instants(np.array([np.nan, 0.0]))
    assert expanded.shape == (2, len(PARTS))
    assert np.isnan(expanded[0]).all()
    assert np.isfinite(expanded[1]).all()


def test_an_unknown_time_zone_is_named():
    with pytest.raises(ValueError, match="'Mars/Olympus' is unknown on this machine"):
        instants(np.zeros(1), "Mars/Olympus")

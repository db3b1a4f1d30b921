"""Measurements kept in a file as soon as they are made: a line of JSON each.

Several runs may write to the file at the same time, and from different interpreters; of two measurements of the same
thing the later one counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.datasets import Split
from benchmarks.tables_models import Column

# What a fit reached (error and so on), and how it was run.
Measured = dict[str, Any]


def default_folder() -> Path:
    """Return the folder of measurements where none is given: one of this user, in the temporary folder."""
    return Path(tempfile.gettempdir()) / f"deepstat-tables-{os.getuid()}"


@dataclass(frozen=True)
class Key:
    """What was measured; version and threads beside it, since a look-up may leave them open.

    Attributes
    ----------
    model : str
    settings : str
        JSON of what was set for the task of the set.
    set : str
    split : int
    rows : int
        Of the training part.
    sum : str
        Checksum over all rows of both parts.
    """

    model: str
    settings: str
    set: str
    split: int
    rows: int
    sum: str


def key_of(column: Column, split: Split, total: str) -> Key:
    """Return the key of a column on a split whose checksum is `total`."""
    settings = json.dumps(column.params_for(split.task), sort_keys=True)
    return Key(column.model, settings, split.name, split.number, len(split.y_train), total)


def checksum(split: Split) -> str:
    """Return a checksum over all rows of a split: values only, so that it is the same for every pandas."""
    total = hashlib.sha1()
    for X in (split.X_train, split.X_test):
        for name in X.columns:
            column = X[name]
            if column.dtype == "category":
                total.update("\x1f".join(map(str, column.cat.categories)).encode())
                column = column.cat.codes
            total.update(column.to_numpy(float, na_value=float("nan")).tobytes())
    for y in (split.y_train, split.y_test):
        total.update(y.astype(float).tobytes())
    return total.hexdigest()[:16]


class Cache:
    """The measurements of a folder.

    Parameters
    ----------
    folder : Path
        Made where it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "measurements.jsonl"
        self.found: dict[Key, list[Measured]] = {}
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        if text and not text.endswith("\n"):  # a run was ended while it wrote
            self._append("\n")
        for line in text.splitlines():
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue
            key = Key(**{name: record.pop(name) for name in Key.__dataclass_fields__})
            self.found.setdefault(key, []).append(record)

    def find(self, key: Key, version: str | None, threads: int | None) -> Measured | None:
        """Return the latest measurement, of this version and number of threads (None: of any)."""
        return next(
            (
                record
                for record in reversed(self.found.get(key, []))
                if version in (None, record["version"]) and threads in (None, record["threads"])
            ),
            None,
        )

    def keep(self, key: Key, version: str, threads: int, jobs: int, measured: Measured) -> None:
        """Write a measurement."""
        date = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
        record = {"version": version, "threads": threads, "jobs": jobs, "date": date, **measured}
        self._append(json.dumps({**asdict(key), **record}) + "\n")
        self.found.setdefault(key, []).append(record)

    def _append(self, text: str) -> None:
        """Append in one write, which no other process can come between."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)

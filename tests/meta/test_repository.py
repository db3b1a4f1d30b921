"""The repository speaks for itself: no machine paths, no notes to be done, no folders of leftovers, no long files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("deepstat", "plugins", "tutorials", "tests", "benchmarks", "docs", ".ci")
SUFFIXES = {".py", ".pyi", ".md", ".toml", ".txt", ".yaml", ".ipynb", ""}
LONGEST = 420

# Written so that no pattern matches itself.
BANNED = {
    "an absolute path of one machine": r"(?<![\w.:])/(?:wor[k]|op[t]|hom[e]|roo[t]|User[s])/\w",
    "a note to be done": r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b",
    "a number of a tracker": r"\b(?:[Ii]ssue|PR|GH) ?#\d",
    "a reference to working notes": r"\bshare[d]/(?:desig[n]|statistic[s]|fiel[d])|\bCE[O]\b",
}
VAGUE = {"utils", "util", "common", "base", "helpers", "helper", "core", "misc"}


def files():
    """Return the files of the repository that people write."""
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    hidden = {"__pycache__", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", "results"}
    return [
        path for path in found if path.suffix in SUFFIXES and not hidden & set(path.relative_to(ROOT).parts)
    ]


def violations(name, text):
    """Return what is wrong with a file of that name and text."""
    path = Path(name)
    found = [what for what, pattern in BANNED.items() if re.search(pattern, text)]
    if VAGUE & {path.stem, *path.parts[:-1]}:
        found.append("a name that says nothing")
    if path.suffix == ".py" and text.count("\n") > LONGEST:
        found.append("too many lines")
    if path.suffix == ".py" and re.search(r"^\s*from \.", text, re.MULTILINE):
        found.append("a relative import")
    return found


def test_there_are_files_to_look_at():
    assert len(files()) > 100


def test_no_file_breaks_the_rules():
    broken = {}
    for path in files():
        name = str(path.relative_to(ROOT))
        if found := violations(name, path.read_text(encoding="utf-8")):
            broken[name] = found
    assert broken == {}


def test_every_package_of_deepstat_says_what_it_is():
    for path in (ROOT / "deepstat").rglob("__init__.py"):
        assert path.read_text().startswith('"""'), path


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.py", "open('/" + "home/me/data.csv')", "an absolute path of one machine"),
        ("a.md", "See /" + "work/notes.", "an absolute path of one machine"),
        ("a.py", "# TO" + "DO: later", "a note to be done"),
        ("a.md", "as in issue " + "#12", "a number of a tracker"),
        ("a.md", "see share" + "d/design.md", "a reference to working notes"),
        ("deepstat/utils.py", "", "a name that says nothing"),
        ("deepstat/core/huber.py", "", "a name that says nothing"),
        ("a.py", "x = 1\n" * 500, "too many lines"),
        ("a.py", "from . import x", "a relative import"),
    ],
)
def test_a_planted_fault_is_rejected(name, text, fault):
    assert violations(name, text) == [fault]


def test_harmless_text_is_accepted():
    assert (
        violations("deepstat/losses/huber.py", "# work/home ratio, https://x.org/home/page, opt/level\n")
        == []
    )

"""README and guides: their python blocks run, their links lead somewhere, their commands are those of the CI."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deepstat import hookspecs

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "plugins" / "template" / "README.md",
]


def blocks(text, language):
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def broken_links(page):
    """Return the relative links of a page that lead nowhere."""
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return [link for link in links if "://" not in link and not (page.parent / link).exists()]


def run_blocks(text):
    """Run all python blocks of a page one after the other, in one namespace."""
    namespace = {}
    for number, block in enumerate(blocks(text, "python"), start=1):
        exec(compile(block, f"block {number}", "exec"), namespace)
    return namespace


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_python_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_blocks(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_toml_blocks_are_toml(page):
    for block in blocks(page.read_text(encoding="utf-8"), "toml"):
        assert "deepstat" in tomllib.loads(block)["project"]["entry-points"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_lead_somewhere(page):
    assert broken_links(page) == []


def test_the_readme_has_two_commands_for_a_fresh_machine_on_a_line_each():
    lines = [
        line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("python3 -m venv")
    ]
    assert len(lines) == 2
    assert lines[0].endswith(".venv/bin/deepstat demo")
    assert lines[1].endswith(".venv/bin/pytest -n 2")
    assert all("-c constraints.txt" in line for line in lines)


def test_the_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text()
    pattern = re.search(r"grep -E '([^']+)' README.md", script)[1]
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len([line for line in lines if re.search(pattern, line)]) == 1
    subprocess.run(["bash", "-n", ROOT / ".ci" / "run"], check=True)


def test_the_commands_of_the_readme_exist():
    lines = (ROOT / "README.md").read_text().splitlines()
    used = {line.split()[1] for line in lines if line.startswith("deepstat ")}
    out = subprocess.run(
        [sys.executable, "-m", "deepstat", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert used >= {"fit", "predict", "cv", "list"}
    assert all(re.search(rf"\b{name}\b", out) for name in used)


def test_the_guide_to_plugins_names_every_hook():
    guide = (ROOT / "docs" / "plugins.md").read_text()
    assert all(f"`{name}`" in guide for name in vars(hookspecs) if name.startswith("deepstat_"))


def test_every_direct_requirement_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [*project["optional-dependencies"].values()]
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    for requirement in [*project["dependencies"], *(each for extra in extras for each in extra)]:
        name = re.match(r"[\w-]+", requirement)[0].lower()
        assert name in pinned | {"deepstat"}, f"{name} is not pinned in constraints.txt"


def test_a_block_that_fails_and_a_link_that_leads_nowhere_are_rejected(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("[gone](nowhere.md)\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    assert broken_links(page) == ["nowhere.md"]
    with pytest.raises(AssertionError):
        run_blocks(page.read_text())

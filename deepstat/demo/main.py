"""The order of the demonstration, and where its figures go."""

from __future__ import annotations

import os
import time
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from deepstat.errors import DeepstatError

# What the demonstration needs beyond deepstat itself.
NEEDED = ("matplotlib", "pandas", "statsmodels")


def main(out_dir: str | os.PathLike[str], console: Console | None = None) -> list[Path]:
    """Run the three studies: outliers, a rare class, ten-fold cross-validation. Under a minute on two cores.

    Parameters
    ----------
    out_dir : path
        Folder for the figures; made if it is missing.
    console : rich.console.Console or None
        Where to print; None for standard output.

    Returns
    -------
    list of Path
        The figures written.

    Raises
    ------
    DeepstatError
        A package that only the demonstration needs is missing, or the folder cannot be made.

    Examples
    --------
    >>> from deepstat.demo import main
    >>> figures = main("figures")  # doctest: +SKIP
    """
    _check_packages()
    folder = _make_folder(out_dir)
    from deepstat.demo.cross_validation import cross_validation
    from deepstat.demo.imbalance import imbalance
    from deepstat.demo.outliers import outliers

    console = console or Console()
    began = time.perf_counter()
    figures = []
    for number, study in enumerate((outliers, imbalance, cross_validation), start=1):
        title = study.__name__.replace("_", " ").capitalize()
        console.rule(f"[bold]{number}. {title}", align="left")
        figures.append(study(console, folder))
        console.print()
    console.rule(f"Done in {time.perf_counter() - began:.0f} s", align="left")
    for path in figures:
        console.print(f"Figure: {path}", soft_wrap=True, highlight=False)
    return figures


def _check_packages() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise DeepstatError(
            f"The demonstration needs {' and '.join(missing)}, not installed here: pip install 'deepstat[demo]'."
        )


def _make_folder(out_dir: str | os.PathLike[str]) -> Path:
    folder = Path(out_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DeepstatError(
            f"The folder {os.fspath(out_dir)!r} cannot be made ({error.strerror}): give another with --out."
        ) from error
    return folder

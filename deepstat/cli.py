"""The ``deepstat`` command: demo, fit, predict, cv, plugins, list, check.

Torch, scikit-learn and pandas are imported by the commands that compute, so that ``plugins`` and ``list`` answer
at once. An error is one sentence on stderr and exit code 2.
"""

from __future__ import annotations

import ast
import json
import statistics
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deepstat import __version__
from deepstat.errors import DeepstatError, suggest
from deepstat.registry import HOOKS, registry

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    help="Deep learning for people who do statistics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

KINDS = {hook.removeprefix("deepstat_"): kind for kind, hook in HOOKS.items()}
Kinds = StrEnum("Kinds", {plural.upper(): plural for plural in KINDS})  # type: ignore[misc]
Task = StrEnum("Task", {"AUTO": "auto", "REGRESSION": "regression", "CLASSIFICATION": "classification"})

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Data = Annotated[Path, typer.Argument(help="A CSV or Parquet file.", show_default=False)]
TargetColumn = Annotated[str, typer.Option(help="The column to predict.", show_default=False)]
LossName = Annotated[str, typer.Option(help="See `deepstat list losses`.")]
TaskName = Annotated[
    Task,
    typer.Option(help="auto: the task of the loss; without a loss, regression if the target is a number."),
]
Options = Annotated[
    list[str] | None, typer.Option("--option", help="name=value, an option of the loss; repeatable.")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="name=value, a parameter of the estimator; repeatable.")
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; `arguments` default to those of the process.

    Raises
    ------
    SystemExit
        Always: 0, 1 where a check fails, 2 for anything that the user must correct.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="deepstat")
    except (DeepstatError, ValueError, TypeError, OSError, ImportError) as error:
        typer.echo(f"Error: {' '.join(str(error).split())}", err=True)
        raise SystemExit(2) from None


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _deepstat(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Deep learning for people who do statistics."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for what the demonstration writes.")] = Path(
        "deepstat-demo"
    ),
) -> None:
    """Show in a minute what deepstat does."""
    from deepstat.demo import main as show

    show(out)


@app.command()
def fit(
    data: Data,
    target: TargetColumn,
    out: Annotated[Path, typer.Option(help="File for the fitted model.", show_default=False)],
    loss: LossName = "auto",
    task: TaskName = Task.AUTO,
    option: Options = None,
    settings: Settings = None,
) -> None:
    """Fit a model to a table and save it."""
    import deepstat

    X, y = split_target(read_table(data), target)
    model = make_estimator(y, loss, task, option, settings).fit(X, y)
    deepstat.save(model, out)
    typer.echo(
        f"{out}: {type(model).__name__}, {len(X)} rows, {X.shape[1]} columns, {model.n_iter_} epochs, "
        f"score {model.score(X, y):.4g} on these rows"
    )


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A file written by `deepstat fit`.", show_default=False)],
    data: Data,
    out: Annotated[Path, typer.Option(help="A CSV or Parquet file for the predictions.", show_default=False)],
    proba: Annotated[bool, typer.Option("--proba", help="Also write the probability of each class.")] = False,
) -> None:
    """Predict for each row of a table, in its order; columns that the model does not know are ignored."""
    import pandas as pd

    import deepstat

    fitted = deepstat.load(model)
    if not hasattr(fitted, "feature_names_in_"):
        raise ValueError(
            f"{model} was fitted to columns without names: fit it to a DataFrame, or use deepstat.load."
        )
    X = select_columns(read_table(data), list(fitted.feature_names_in_))
    predictions = pd.DataFrame({"prediction": fitted.predict(X)})
    if proba:
        if not hasattr(fitted, "predict_proba"):
            raise ValueError(
                f"{model} holds a {type(fitted).__name__} that gives no probabilities: leave out --proba."
            )
        names = [f"probability_{each}" for each in fitted.classes_]
        predictions = predictions.join(pd.DataFrame(fitted.predict_proba(X), columns=names))
    write_table(predictions, out)
    typer.echo(f"{out}: {len(predictions)} predictions")


@app.command()
def cv(
    data: Data,
    target: TargetColumn,
    folds: Annotated[int, typer.Option(help="Number of folds, at least 2.")] = 5,
    scoring: Annotated[str, typer.Option(help="A scorer of scikit-learn; auto: r2 or accuracy.")] = "auto",
    loss: LossName = "auto",
    task: TaskName = Task.AUTO,
    seed: Annotated[int, typer.Option(help="Seed of the folds and, unless --set, of the fits.")] = 0,
    option: Options = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Cross-validate a model on a table; rows are shuffled, and classes spread evenly over the folds."""
    from sklearn.base import is_classifier
    from sklearn.model_selection import KFold, StratifiedKFold

    from deepstat.model_selection import cross_validate

    X, y = split_target(read_table(data), target)
    model = make_estimator(y, loss, task, option, [f"random_state={seed}", *(settings or [])])
    scorer = scoring if scoring != "auto" else "accuracy" if is_classifier(model) else "r2"
    splitter = (StratifiedKFold if is_classifier(model) else KFold)(folds, shuffle=True, random_state=seed)
    scores = cross_validate(model, X, y, cv=splitter, scoring=scorer, error_score="raise")[
        "test_score"
    ].tolist()
    if as_json:
        typer.echo(json.dumps({"scoring": scorer, "scores": scores}))
        return
    table = Table("fold", scorer, box=box.SIMPLE)
    for fold, score in enumerate(scores, start=1):
        table.add_row(str(fold), f"{score:.4f}")
    Console().print(table)
    # The folds share training rows, so this spread is no standard error of the mean.
    typer.echo(
        f"mean {statistics.mean(scores):.4f}, standard deviation over folds {statistics.stdev(scores):.4f}"
    )


@app.command()
def plugins(as_json: Json = False) -> None:
    """List the plugins found: version, state, components."""
    found = [
        {
            "name": plugin.name,
            "version": plugin.version,
            "state": plugin.state,
            "error": plugin.error,
            "components": {plural: owned for plural in KINDS if (owned := _owned(plural, plugin.name))},
        }
        for plugin in registry().plugins
    ]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    table = Table("name", "version", "state", "components", box=box.SIMPLE)
    for each in found:
        components = ", ".join(f"{len(names)} {plural}" for plural, names in each["components"].items())  # type: ignore[attr-defined]
        table.add_row(each["name"], each["version"], each["state"], escape(each["error"] or components))  # type: ignore[arg-type]
    Console().print(table)


@app.command("list")
def list_components(
    kind: Annotated[Kinds, typer.Argument(help="What to list.", show_default=False)],
    as_json: Json = False,
) -> None:
    """List the components of one kind."""
    found = [
        {"name": name, "plugin": plugin, "summary": record.summary, "reference": record.reference}
        for name, owners in sorted(registry().entries[KINDS[kind]].items())
        for plugin, record in sorted(owners.items())
    ]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    table = Table("name", "plugin", "summary", "reference", box=box.SIMPLE)
    for each in found:
        table.add_row(*(escape(text) for text in each.values()))
    Console().print(table)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="A plugin; see `deepstat plugins`.", show_default=False)],
) -> None:
    """Run the conformance checks on everything that a plugin registers."""
    from deepstat.testing import report_plugin

    report = report_plugin(registry(), name)
    typer.echo(str(report))
    if not report.passes:
        raise typer.Exit(1)


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV or Parquet file."""
    import pandas as pd

    readers: dict[str, Any] = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    if path.suffix.lower() not in readers:
        raise ValueError(f"{path} is neither a .csv nor a .parquet file: convert it.")
    if not path.is_file():
        raise ValueError(f"There is no file {path}: check the path.")
    table: pd.DataFrame = readers[path.suffix.lower()](path)
    return table


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV or Parquet file."""
    writers: dict[str, Any] = {".csv": table.to_csv, ".parquet": table.to_parquet}
    if path.suffix.lower() not in writers:
        raise ValueError(f"{path} is neither a .csv nor a .parquet file: name one.")
    writers[path.suffix.lower()](path, index=False)


def select_columns(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the columns `names`, or say which one is missing."""
    columns = [str(column) for column in table.columns]
    for name in names:
        if name not in columns:
            raise ValueError(
                f"There is no column {name!r}: the columns are {', '.join(columns)}.{suggest(name, columns)}"
            )
    return table[names]


def split_target(table: pd.DataFrame, target: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return the other columns and the target."""
    y = select_columns(table, [target])[target]
    return table.drop(columns=target), y


def make_estimator(
    y: pd.Series, loss: str, task: Task, option: Sequence[str] | None, settings: Sequence[str] | None
) -> Any:
    """Return the regressor or classifier that the arguments ask for, not fitted."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    from deepstat import DeepClassifier, DeepRegressor

    chosen = str(task)
    if task is Task.AUTO:
        number = is_numeric_dtype(y) and not is_bool_dtype(y)
        chosen = "regression" if number else "classification"
        if loss != "auto":
            chosen = registry().record("loss", loss).task  # type: ignore[attr-defined]
    estimator = DeepClassifier if chosen == "classification" else DeepRegressor
    model = estimator(loss=loss, loss_params=parse_options(option) or None)
    return model.set_params(**parse_options(settings))


def parse_options(given: Sequence[str] | None) -> dict[str, Any]:
    """Read ``name=value`` pairs; a value is a Python literal where it can be, else text.

    Examples
    --------
    >>> parse_options(["max_epochs=50", "optimizer=sgd", "early_stopping=false"])
    {'max_epochs': 50, 'optimizer': 'sgd', 'early_stopping': False}
    """
    options = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise ValueError(f"{each!r} is not name=value: write for example max_epochs=50.")
        options[name] = _literal(value)
    return options


def _literal(text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _owned(plural: str, plugin: str) -> list[str]:
    return sorted(name for name, owners in registry().entries[KINDS[plural]].items() if plugin in owners)

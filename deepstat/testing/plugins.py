"""Conformance of whole plugins."""

from __future__ import annotations

from dataclasses import dataclass

from deepstat.errors import PluginError
from deepstat.records import Component
from deepstat.registry import HOOKS, Registry
from deepstat.testing.activations import check_activation
from deepstat.testing.architectures import check_architecture
from deepstat.testing.distributions import check_distribution
from deepstat.testing.initializers import check_initializer
from deepstat.testing.losses import check_loss
from deepstat.testing.numeric_embeddings import check_numeric_embedding
from deepstat.testing.optimizers import check_optimizer
from deepstat.testing.schedules import check_schedule

CHECKS = {
    "loss": check_loss,
    "architecture": check_architecture,
    "distribution": check_distribution,
    "optimizer": check_optimizer,
    "activation": check_activation,
    "initializer": check_initializer,
    "schedule": check_schedule,
    "numeric_embedding": check_numeric_embedding,
}


@dataclass(frozen=True)
class Result:
    """What became of one component: `error` is empty where it passed, or one sentence."""

    kind: str
    name: str
    error: str = ""


@dataclass(frozen=True)
class Report:
    """The results of one plugin's components, in the order of the hooks and of the names.

    Examples
    --------
    >>> report = Report("mine", (Result("loss", "one"), Result("loss", "two", "loss 'two' is not finite.")))
    >>> print(report)
    mine: 1 of 2 components pass
      loss one: passes
      loss two: loss 'two' is not finite.
    >>> report.passes
    False
    """

    plugin: str
    results: tuple[Result, ...]

    @property
    def passes(self) -> bool:
        """Whether every component passes."""
        return not any(result.error for result in self.results)

    def __str__(self) -> str:
        good = sum(not result.error for result in self.results)
        lines = [f"  {each.kind} {each.name}: {each.error or 'passes'}" for each in self.results]
        return "\n".join([f"{self.plugin}: {good} of {len(self.results)} components pass", *lines])


def check_component(record: Component) -> None:
    """Run the check of a record's kind.

    Raises
    ------
    AssertionError
        The first claim that fails, in one sentence.

    Examples
    --------
    >>> from deepstat.records import Activation
    >>> check_component(Activation(name="sine", target="torch:sin"))
    """
    CHECKS[record.kind](record)  # type: ignore[operator]  # each check takes the record of its kind


def report_plugin(registry: Registry, plugin: str) -> Report:
    """Check every component that `plugin` has in `registry`, and go on after a failure.

    Raises
    ------
    PluginError
        The registry has no such plugin, or it is blocked, failed to load, or registers nothing.
    """
    found = next((each for each in registry.plugins if each.name == plugin), None)
    if found is None:
        known = ", ".join(each.name for each in registry.plugins)
        raise PluginError(f"No plugin is called {plugin!r}: the plugins are {known}.")
    if found.state != "active":
        raise PluginError(
            f"The plugin {plugin!r} is {found.state}{f' ({found.error})' if found.error else ''}."
        )
    results: list[Result] = []
    for kind in HOOKS:
        owners = [registry.entries[kind][name] for name in sorted(registry.entries[kind])]
        results += [_result(each[plugin]) for each in owners if plugin in each]
    if not results:
        raise PluginError(f"The plugin {plugin!r} registers no component; yield records from its hooks.")
    return Report(plugin, tuple(results))


def check_plugin(plugin: object, name: str = "plugin") -> Report:
    """Check everything that a plugin registers.

    Parameters
    ----------
    plugin : object
        A module or an object with hook implementations.
    name : str
        What to call it in the report.

    Returns
    -------
    Report
        All components pass.

    Raises
    ------
    AssertionError
        One sentence for each component that fails; or the sentence that says why the plugin cannot be loaded.

    Examples
    --------
    >>> from deepstat import hookimpl
    >>> from deepstat.records import Activation
    >>> class Plugin:
    ...     @hookimpl
    ...     def deepstat_activations(self):
    ...         yield Activation(name="sine", target="torch:sin")
    >>> print(check_plugin(Plugin(), "waves"))
    waves: 1 of 1 components pass
      activation sine: passes
    """
    try:
        report = report_plugin(Registry.from_plugins({name: plugin}), name)
    except PluginError as error:
        raise AssertionError(str(error)) from error
    if not report.passes:
        raise AssertionError(" ".join(result.error for result in report.results if result.error))
    return report


def _result(record: Component) -> Result:
    try:
        check_component(record)
    except AssertionError as error:
        return Result(record.kind, record.name, str(error))
    return Result(record.kind, record.name)

"""Find plugins, block them, and look components up by name.

A :class:`Registry` is a value: tests and programs may build their own. :func:`registry` is the one that estimators
use; it reads the installed plugins once.
"""

from __future__ import annotations

import importlib.metadata
import os
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pluggy

from deepstat import hookspecs
from deepstat.errors import PluginError, UnknownName, unknown
from deepstat.records import RECORDS, Component

BUILTIN = "deepstat"
GROUP = "deepstat"
VARIABLE = "DEEPSTAT_PLUGINS"
KINDS: dict[str, type[Component]] = {record.kind: record for record in RECORDS}
HOOKS: dict[str, str] = {
    "loss": "deepstat_losses",
    "architecture": "deepstat_architectures",
    "distribution": "deepstat_distributions",
    "optimizer": "deepstat_optimizers",
    "activation": "deepstat_activations",
    "initializer": "deepstat_initializers",
    "schedule": "deepstat_schedules",
    "numeric_embedding": "deepstat_numeric_embeddings",
}


@dataclass(frozen=True)
class Plugin:
    """What is known of one plugin: its name, version and state, and the sentence that explains a failure."""

    name: str
    version: str
    state: str  # "active", "blocked" or "failed"
    error: str = ""


@dataclass(frozen=True)
class Registry:
    """Plugins and their records.

    Attributes
    ----------
    plugins : tuple of Plugin
        Every plugin found, also the blocked and the failed ones.
    entries : mapping
        kind -> name -> {plugin name: record}.
    """

    plugins: tuple[Plugin, ...]
    entries: Mapping[str, Mapping[str, Mapping[str, Component]]]

    @classmethod
    def from_plugins(
        cls,
        plugins: Mapping[str, object],
        others: Iterable[Plugin] = (),
        versions: Mapping[str, str] | None = None,
    ) -> Registry:
        """Build a registry of the built-in plugin and `plugins` (name -> object with hook implementations).

        A plugin whose hooks raise, or that yields something other than records, is listed as failed and gives
        nothing; the others are not harmed.
        """
        entries: dict[str, dict[str, dict[str, Component]]] = {kind: {} for kind in KINDS}
        known = list(others)
        versions = versions or {}
        for name, plugin in [(BUILTIN, _builtin()), *plugins.items()]:
            version = versions.get(name, "")
            try:
                if name == BUILTIN and plugin is not _builtin():
                    raise PluginError(f"{BUILTIN!r} is the built-in plugin's name; choose another.")
                records = _checked(name, _records(name, plugin), entries)
            except (Exception, SystemExit) as error:  # a broken plugin is reported, never fatal
                if plugin is _builtin():
                    raise
                known.append(Plugin(name, version, "failed", _sentence(error)))
                continue
            known.append(Plugin(name, version, "active"))
            for record in records:
                entries[record.kind].setdefault(record.name, {})[name] = record
        return cls(tuple(sorted(known, key=lambda plugin: (plugin.name != BUILTIN, plugin.name))), entries)

    def names(self, kind: str, builtin: bool = True) -> list[str]:
        """Return the sorted names of one kind of component."""
        known = self.entries[kind]
        return sorted(name for name, owners in known.items() if builtin or BUILTIN not in owners)

    def qualified(self, kind: str, name: str) -> str:
        """Return ``"plugin/name"``, as saved models store it."""
        return f"{self._owner(kind, name)}/{self.record(kind, name).name}"

    def record(self, kind: str, name: str) -> Component:
        """Look a record up by ``"name"`` or ``"plugin/name"``.

        Raises
        ------
        UnknownName
            No active plugin registers the name, or two third parties do and the bare name was used.
        """
        owner = self._owner(kind, name)  # before the names are used: it is what refuses unknown ones
        return self.entries[kind][name.rpartition("/")[2]][owner]

    def resolve(self, kind: str, name: str) -> Any:
        """Return the object behind a name, importing it now."""
        return resolve(self.record(kind, name))

    def _owner(self, kind: str, name: str) -> str:
        plugin, _, bare = name.rpartition("/")
        owners = self.entries[kind].get(bare, {})
        if plugin and plugin not in owners:
            qualified = [f"{owner}/{each}" for each, all_ in self.entries[kind].items() for owner in all_]
            raise unknown(kind, name, qualified, self.failures())
        if not plugin and not owners:
            raise unknown(kind, name, self.entries[kind], self.failures())
        if not plugin and len(owners) > 1:
            choices = " or ".join(repr(f"{owner}/{bare}") for owner in sorted(owners))
            raise UnknownName(f"More than one plugin registers the {kind} {bare!r}: write {choices}.")
        return plugin or next(iter(owners))

    def failures(self) -> str:
        """Return a sentence for each plugin that failed to load."""
        notes = [
            f" Plugin {p.name!r} failed to load ({p.error})." for p in self.plugins if p.state == "failed"
        ]
        blocked = [repr(p.name) for p in self.plugins if p.state == "blocked"]
        if blocked:
            notes.append(f" Blocked by {VARIABLE}: {', '.join(blocked)}.")
        return "".join(notes)


def resolve(record: Component) -> Any:
    """Return the object that a record's target names.

    Raises
    ------
    PluginError
        The target cannot be imported.
    """
    return resolve_target(record.target, f"{record.kind} {record.name!r}")


def resolve_target(target: str | Callable[..., Any], owner: str) -> Any:
    """Return what a dotted target of the component `owner` names (or the object itself)."""
    if not isinstance(target, str):
        return target
    try:
        return pkgutil.resolve_name(target)
    except Exception as error:  # whatever the plugin's import raises is told in one sentence
        raise PluginError(
            f"The target {target!r} of {owner} cannot be imported ({type(error).__name__}: {error}); "
            "correct the record's target or install what it needs."
        ) from error


@cache
def registry() -> Registry:
    """Return the registry of installed plugins, as ``DEEPSTAT_PLUGINS`` allows (unset: all; empty: built-in only)."""
    allowed = os.environ.get(VARIABLE)
    wanted = None if allowed is None else {name.strip() for name in allowed.split(",") if name.strip()}
    plugins: dict[str, object] = {}
    versions: dict[str, str] = {BUILTIN: _version()}
    others: list[Plugin] = []
    installed = sorted(
        importlib.metadata.entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)
    )
    for entry in installed:
        version = entry.dist.version if entry.dist is not None else ""
        if wanted is not None and entry.name not in wanted:
            others.append(Plugin(entry.name, version, "blocked"))
            continue
        try:
            if entry.name == BUILTIN:
                raise PluginError(f"{BUILTIN!r} is the built-in plugin's name; choose another.")
            if entry.name in plugins:
                raise PluginError(
                    f"{entry.value!r} has the name of another installed plugin; uninstall one of them."
                )
            plugins[entry.name] = entry.load()
            versions[entry.name] = version
        except (Exception, SystemExit) as error:  # a broken plugin is reported, never fatal
            others.append(Plugin(entry.name, version, "failed", _sentence(error)))
    missing = sorted((wanted or set()) - {entry.name for entry in installed})
    others += [
        Plugin(name, "", "failed", f"{VARIABLE} names it, but no installed package offers it")
        for name in missing
    ]
    return Registry.from_plugins(plugins, others, versions)


def _builtin() -> object:
    from deepstat.builtin import plugin

    return plugin


def _version() -> str:
    from deepstat import __version__

    return __version__


def _records(name: str, plugin: object) -> Iterable[Component]:
    manager = pluggy.PluginManager("deepstat")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name)
    manager.check_pending()
    for kind, hook in HOOKS.items():
        implementations = getattr(manager.hook, hook).get_hookimpls()
        if hasattr(plugin, hook) and not implementations:
            raise PluginError(f"{hook} is not marked as a hook; write @hookimpl above it.")
        for implementation in implementations:
            for record in implementation.function() or ():
                if not isinstance(record, KINDS[kind]):
                    raise PluginError(
                        f"{hook} yielded {record!r}; it must yield {KINDS[kind].__name__} records."
                    )
                yield record


def _checked(
    plugin: str, records: Iterable[Component], entries: Mapping[str, Mapping[str, Mapping[str, Component]]]
) -> list[Component]:
    """Return a plugin's records if every one has a name and a version that can be used."""
    checked: dict[tuple[str, str], Component] = {}
    for record in records:
        kind, name = record.kind, record.name
        if not name.isidentifier() or name != name.lower():
            raise PluginError(f"{kind} name {name!r} must be lower case letters, digits and underscores.")
        if record.api_version != 1:
            raise PluginError(
                f"{kind} {name!r} has api_version {record.api_version}; this deepstat reads version 1."
            )
        if plugin != BUILTIN and BUILTIN in entries[kind].get(name, {}):
            raise PluginError(f"{kind} {name!r} is a built-in name; choose another.")
        if (kind, name) in checked:
            raise PluginError(f"{kind} {name!r} is registered twice; choose two names.")
        checked[kind, name] = record
    return list(checked.values())


def _sentence(error: BaseException) -> str:
    """Return an error as one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"

"""How an estimator's formula becomes a network: which architecture each deep term has, what its outputs are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from deepstat.data.coding import Coding
from deepstat.data.inputs import Inputs
from deepstat.data.sample import Sample
from deepstat.errors import unknown
from deepstat.estimators.compatibility import check_trainable
from deepstat.estimators.components import Resolved, resolve_architecture
from deepstat.estimators.defaults import architecture_of
from deepstat.estimators.parameter_outputs import parameter_names
from deepstat.estimators.raw_outputs import RawOutputs
from deepstat.formula.deep_term import DeepTerm
from deepstat.formula.formula_inputs import FormulaInputs
from deepstat.formula.formulas import Formulas, read_formulas
from deepstat.formula.semi_structured import SemiStructured, semi_structured
from deepstat.records import Architecture


@dataclass(frozen=True)
class TermRecipe:
    """The network of one deep term: an architecture with its options."""

    target: Callable[..., nn.Module]
    options: tuple[tuple[str, Any], ...]

    def __call__(self, inputs: Inputs, n_outputs: int) -> nn.Module:
        """Build it."""
        return self.target(inputs, n_outputs, **dict(self.options))

    def __hash__(self) -> int:
        return hash(self.target)


def check_formula(parameters: Mapping[str, Any], resolved: Resolved) -> Formulas | None:
    """Read an estimator's formula and check that its other parameters go with it; None where it has none."""
    if parameters.get("formula") is None:
        if parameters.get("terms") is not None:
            raise ValueError(
                f"terms={parameters['terms']!r} are those of a formula: give formula='y ~ ...' too."
            )
        return None
    if parameters.get("constant") is not None:
        raise ValueError(
            f"constant={parameters['constant']!r} and formula both say what varies by row: leave constant "
            "out, and give a formula to the parameters that vary."
        )
    return formulas_of(parameters, resolved)


def formulas_of(parameters: Mapping[str, Any], resolved: Resolved) -> Formulas:
    """Read the formula among an estimator's parameters, or those of its fit."""
    names = parameter_names(resolved) if "distribution" in parameters else None
    return read_formulas(parameters["formula"], names)


def architecture_of_formula(labels: Sequence[str], parameters: Mapping[str, Any]) -> Resolved:
    """Return the architecture that a formula describes.

    Parameters
    ----------
    labels : sequence of str
        Of its deep terms.
    parameters : mapping
        ``architecture`` and ``architecture_params``, for deep terms without an entry in ``terms``.
    """
    terms = {}
    for key, given in (parameters.get("terms") or {}).items():
        label = DeepTerm.read(key).label if isinstance(key, str) else key
        if label not in labels:
            raise unknown("deep term in terms:", str(key), labels)
        if not isinstance(given, Mapping):
            raise TypeError(
                f"terms[{key!r}] must be a dict such as {{'architecture': 'resnet', 'width': 16}}, got {given!r}."
            )
        terms[label] = given
    recipes, batched = {}, []
    for label in labels:
        architecture, options = architecture_of(parameters, "formula"), parameters["architecture_params"]
        if label in terms:
            architecture = terms[label].get("architecture", architecture)
            options = {name: value for name, value in terms[label].items() if name != "architecture"}
        resolved, activation = resolve_architecture(architecture, options)
        check_trainable(activation)
        recipes[label] = TermRecipe(resolved.target, tuple(sorted(resolved.options.items())))
        batched.append(resolved.record.batched)  # type: ignore[attr-defined]
    known = False if False in batched else None if None in batched else True
    record = Architecture(name="formula", target=semi_structured, batched=known)
    return Resolved(None, record, semi_structured, recipes)


def labels_of(schema: Any) -> tuple[str, ...]:
    """Return the labels of the deep terms of a learned formula."""
    return tuple(dict.fromkeys(label for own in schema.parameters.values() for label, _ in own.deep))


def network_inputs(
    schema: Coding,
    outputs: Sequence[RawOutputs],
    n_targets: int,
    take: Callable[[], Sample] | None = None,
) -> Inputs:
    """Return what the architecture is told of the encoded table, and of a formula how many outputs each part has."""
    inputs = schema.inputs(take).with_targets(n_targets)
    if isinstance(inputs, FormulaInputs):
        return replace(inputs, sizes=tuple(len(own.labels) for own in outputs))
    return inputs


def set_origin(network: nn.Module, outputs: Sequence[RawOutputs]) -> None:
    """Let heads without an intercept go through the origin of the target's own axis."""
    for module in network.modules():
        if isinstance(module, SemiStructured):
            origin = np.concatenate([-own.shift / own.slope for own in outputs])
            module.set_origin(torch.from_numpy(origin))

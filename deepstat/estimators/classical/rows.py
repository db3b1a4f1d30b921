"""The rows of a classical fit: a design matrix, a response, weights of each member."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.classical.basis import dependent_columns
from deepstat.data.design import complete_rows, learn_design
from deepstat.data.table import Table, check_table, take
from deepstat.data.weights import check_weights
from deepstat.estimators.components import Resolved
from deepstat.estimators.draw import Draw
from deepstat.estimators.targets import check_length, weigh_classes, y_of
from deepstat.estimators.task import Task
from deepstat.formula.formula_design import FormulaDesign
from deepstat.formula.formulas import Formulas


@dataclass(frozen=True, eq=False)
class Rows:
    """What a classical model is fitted to.

    Attributes
    ----------
    design : Design
        How later tables become rows of `X`.
    X : Tensor of shape (n, 1 + p)
        With a column of ones first.
    names : tuple of str
    blocks : dict of parameter to slice
        Columns of `X` for each parameter of a distribution that has a formula of its own. Empty: all for each.
    target : RegressionTarget or ClassTarget
    target_names : tuple of str
        Of the columns of y.
    y : Tensor of shape (n, k), or (K, n, k) where members have responses of their own
    weight : Tensor of shape (K, n) or None
        Frequencies; times class weights, where there are any.
    class_weight : list of ndarray, or None
        Of each member.
    var_weights, offset : Tensor of shape (n,) or None
    used : ndarray of int
        Their places in the table given: rows of positive weight without missing values.
    n_given : int
        Rows of that table.
    n_members : int
    notes : tuple of str
    """

    design: Any
    X: Tensor
    names: tuple[str, ...]
    blocks: dict[str, slice]
    target: Any
    target_names: tuple[str, ...]
    y: Tensor
    weight: Tensor | None
    class_weight: list[NDArray[np.float64]] | None
    var_weights: Tensor | None
    offset: Tensor | None
    used: NDArray[np.intp]
    n_given: int
    n_members: int
    notes: tuple[str, ...]

    @property
    def column(self) -> Tensor:
        """The only column of the response, (n,) or (K, n)."""
        return self.y[..., 0]

    def design_of(self, parameter: str) -> tuple[Tensor, tuple[str, ...]]:
        """Return the design matrix of a distribution's parameter, with the column of ones first, and its names."""
        own = self.blocks.get(parameter)
        if own is None:
            return self.X, self.names
        return torch.cat([self.X[:, :1], self.X[:, own]], dim=1), (self.names[0], *self.names[own])

    def problems(self) -> tuple[Tensor, Tensor | None]:
        """Return the responses and weights of all columns, each a problem by itself: column j of member k is k m + j.

        Returns
        -------
        y : Tensor of shape (n,) or (K m, n)
        weight : Tensor of shape (K m, n) or None
        """
        m = self.y.shape[-1]
        if m == 1:
            return self.column, self.weight
        y = self.y.transpose(-1, -2)
        if y.dim() == 2 and self.weight is not None:
            y = y.expand(len(self.weight), *y.shape)
        return y.reshape(-1, y.shape[-1]), None if self.weight is None else self.weight.repeat_interleave(
            m, 0
        )


def rows_of(
    estimator: Any,
    task: Task,
    resolved: Resolved,
    X: Any,
    y: Any,
    sample_weight: Any,
    draws: Sequence[Draw],
    *,
    formulas: Formulas | None = None,
    var_weights: Any = None,
    offset: Any = None,
) -> Rows:
    """Check a table and its target, leave incomplete rows out, and weigh the rows of each draw.

    Columns that depend on those before them are left out with a warning, unless coefficients are penalised.

    Raises
    ------
    ValueError
        As for any fit; or a vector has another length than the table, or the classes are soft.
    """
    table = check_table(X)
    if table.is_sparse:
        raise ValueError(
            "A sparse table is nothing for classical solvers, which need all columns at once: give a dense one "
            "(X.toarray()), or choose an optimizer of networks."
        )
    n = table.n_rows
    check_length(estimator, y, n)
    shared = check_weights(sample_weight, n)
    counted = np.ones(n, dtype=bool) if shared is None else shared > 0
    complete = np.zeros(n, dtype=bool)
    complete[complete_rows(table)] = True
    used = np.flatnonzero(counted & complete)
    design = learn_design(table, used) if formulas is None else _learn_formula(formulas, table, used)
    matrix = _with_ones(design.encode(take(table, used), np.float64))
    notes = []
    if n_dropped := int((counted & ~complete).sum()):
        notes.append(f"{n_dropped} of {int(counted.sum())} rows have missing values and were left out.")
    if design.dropped:
        notes.append(f"Reference levels: {', '.join(design.dropped)}.")
    by_parameter = formulas is None or len(formulas.terms) == 1
    if not (estimator.l1 or estimator.l2) and by_parameter and (dependent := dependent_columns(matrix)):
        told = _told([design.encoded_names[j - 1] for j in dependent], len(used))
        warnings.warn(f"{type(estimator).__name__}: {told}", UserWarning, stacklevel=6)
        notes.append(told)
        design = design.without([j - 1 for j in dependent])
        matrix = matrix[:, [j for j in range(matrix.shape[1]) if j not in dependent]]
    target = task.learn_target(resolved, estimator, y_of(np.asarray(y), used), None, np.arange(len(used)))
    if getattr(target, "is_soft", False):
        raise ValueError(
            "y holds class probabilities, and a classical solver counts classes: give labels with sample_weight, or "
            "successes and failures to DeepDistributionRegressor(distribution='binomial')."
        )
    encoded = _responses(target, y, draws, used)
    weight = _weights(draws, shared, n, used)
    weight, class_weight = _class_weights(estimator, target, encoded, weight)
    return Rows(
        design=design,
        X=matrix,
        names=("Intercept", *design.encoded_names),
        blocks={} if formulas is None else _blocks(design),
        target=target,
        target_names=_target_names(y, encoded.shape[-1]),
        y=encoded,
        weight=weight,
        class_weight=class_weight,
        var_weights=_vector("var_weights", var_weights, n, used),
        offset=_vector("offset", offset, n, used),
        used=used,
        n_given=n,
        n_members=len(draws),
        notes=tuple(notes),
    )


def _learn_formula(formulas: Formulas, table: Table, used: NDArray[np.intp]) -> FormulaDesign:
    """Learn a formula's columns from the rows used, in the units of the data."""
    design = formulas.learn(take(table, used)).unscaled()
    for name, own in design.parameters.items():
        if not own.structured.has_intercept:
            raise ValueError(
                f"The formula{f' of {name}' if name else ''} has no intercept, which classical solvers always fit: "
                "leave '- 1' or '0 +' out, or choose an optimizer of networks."
            )
    return design


def _blocks(design: FormulaDesign) -> dict[str, slice]:
    """Return which columns, behind that of ones, belong to each parameter with a formula."""
    blocks, place = {}, 1
    for name, own in design.parameters.items():
        blocks[name] = slice(place, place + own.width)
        place += own.width
    return blocks


def _with_ones(encoded: NDArray[np.float64]) -> Tensor:
    columns = torch.from_numpy(encoded)
    return torch.cat([torch.ones(len(columns), 1, dtype=torch.float64), columns], dim=1)


def _told(names: Sequence[str], n_rows: int) -> str:
    listed = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{listed} {verb} constant, or a linear combination of the columns before, on the {n_rows} rows, and "
        f"{verb} left out of the model."
    )


def _responses(target: Any, y: Any, draws: Sequence[Draw], used: NDArray[Any]) -> Tensor:
    if all(draw.y is None for draw in draws):
        return torch.from_numpy(np.asarray(target.encode(y_of(np.asarray(y), used)), dtype=np.float64))
    own = [target.encode(y_of(np.asarray(y if draw.y is None else draw.y), used)) for draw in draws]
    return torch.from_numpy(np.asarray(own, dtype=np.float64))


def _target_names(y: Any, n_columns: int) -> tuple[str, ...]:
    """Return the names that a Series or a frame gives its columns; "y", or "y0", "y1", ... where it gives none."""
    given = getattr(y, "columns", None)
    names = [getattr(y, "name", None)] if given is None else list(given)
    if len(names) == n_columns and all(isinstance(name, str) and name for name in names):
        return tuple(names)
    return ("y",) if n_columns == 1 else tuple(f"y{j}" for j in range(n_columns))


def _weights(draws: Sequence[Draw], shared: Any, n: int, used: NDArray[Any]) -> Tensor | None:
    """Return how often each member has each row; None where every row counts once for all."""
    if len(draws) == 1 and draws[0].rows is None and draws[0].weight is None and shared is None:
        return None
    weights = np.empty((len(draws), len(used)))
    for k, draw in enumerate(draws):
        own = np.ones(n) if draw.rows is None else np.bincount(draw.rows, minlength=n).astype(np.float64)
        if draw.weight is not None:
            own = own * draw.weight
        if shared is not None:
            own = own * shared
        weights[k] = own[used]
    return torch.from_numpy(weights)


def _class_weights(
    estimator: Any, target: Any, y: Tensor, weight: Tensor | None
) -> tuple[Tensor | None, list[NDArray[np.float64]] | None]:
    """Multiply the weights of each member by its class weights, which go by the classes that it drew."""
    if getattr(estimator, "class_weight", None) is None and not getattr(
        estimator, "class_weight_params", None
    ):
        return weight, None
    n = y.shape[-2]
    own = torch.ones(1, n, dtype=torch.float64) if weight is None else weight
    codes = y.numpy() if y.dim() == 3 else y.numpy()[None]
    found = [
        weigh_classes(estimator, target, codes[k if len(codes) > 1 else 0], np.arange(n), member.numpy())[1:]
        for k, member in enumerate(own)
    ]
    return torch.from_numpy(np.array([by_row for by_row, _ in found])), [each for _, each in found]  # type: ignore[misc]


def _vector(name: str, given: Any, n: int, used: NDArray[Any]) -> Tensor | None:
    if given is None:
        return None
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (n,) or not np.isfinite(values[used]).all():
        raise ValueError(
            f"{name} must hold one finite number for each of the {n} rows, got shape {values.shape}."
        )
    return torch.from_numpy(values[used])

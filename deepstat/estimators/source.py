"""What is given to fit, checked once and encoded once, however many members learn from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.data.coding import Coding
from deepstat.data.scaling import inverse
from deepstat.data.schema import learn_schema
from deepstat.data.table import Table, check_table
from deepstat.data.tensors import SparseRows, to_device
from deepstat.data.weights import check_weights
from deepstat.estimators.settings import Settings, is_single
from deepstat.estimators.targets import check_length, y_of
from deepstat.training.device import choose_precision

# Larger tables of plain floats are used where they are, and standardised batch by batch: no second copy in memory.
BYTES_WORTH_SHARING = 32 << 20
Affine = tuple[Any, Tensor | None, Tensor | None]


@dataclass(eq=False)
class Source:
    """A table, its target and weights; rows on the device are made when first asked for, and kept.

    Attributes
    ----------
    table : Table
    y : array-like
        The target as given.
    weight : ndarray of shape (n,) or None
    rows : ndarray of int
        Rows of positive weight.
    target : RegressionTarget or ClassTarget
        What is known of the target before any member learns its scale.
    reference : Coding or None
        Members that learn their columns from rows of their own share the rows encoded by this one, where columns are
        plain numbers, and move them to their own centre and scale batch by batch.
    """

    table: Table
    y: Any
    weight: NDArray[Any] | None
    rows: NDArray[np.intp]
    target: Any
    device: torch.device
    dtype: torch.dtype
    mixed: bool
    reference: Coding | None = None
    _kept: dict[Any, tuple[Any, Any]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        settings: Settings,
        estimator: Any,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        target: Any = None,
        classes: Any = None,
        reference: bool = False,
    ) -> Source:
        """Check what is given to fit.

        Parameters
        ----------
        settings : Settings
        estimator : estimator
        X, y, sample_weight : as given to fit
        target : fitted target or None
            Go on with this one.
        classes : array-like or None
            All classes, where `y` may lack some.
        reference : bool
            Members will learn from different rows.
        """
        table = check_table(X)
        check_length(estimator, y, table.n_rows)
        weight = check_weights(sample_weight, table.n_rows)
        rows = np.arange(table.n_rows) if weight is None else np.flatnonzero(weight > 0)
        dtype, mixed = choose_precision(
            estimator.precision,
            settings.device,
            is_single(estimator, table, fitted=target is not None),
        )
        if target is None:
            target = settings.task.learn_target(settings.resolved, estimator, y, classes, rows)
        schema: Coding | None = None
        if reference and settings.formulas is not None:
            schema = settings.formulas.learn(table, rows, weight)
        elif reference:
            schema = learn_schema(table, rows, weight, warn=False)
        return cls(table, y, weight, rows, target, settings.device, dtype, mixed, schema)

    def x(self, schema: Coding) -> Affine:
        """Return the encoded rows on the device, and the standardisation left to do after each gather (None: done)."""
        reference = self.reference
        if reference is not None and schema.differs_by_affine(reference) and not self.table.is_sparse:
            encoded = self._encoded(reference)
            return encoded[0], *self._move(schema, reference, shared=encoded[1] is not None)
        return self._encoded(schema)

    def y_encoded(self, target: Any, y: Any) -> NDArray[np.float64]:
        """Return the targets (n, k) as trained on; rows of weight zero are zero."""
        encoded = np.zeros((self.table.n_rows, target.n_outputs))
        encoded[self.rows] = target.encode(y_of(y, self.rows))
        return encoded

    def kept(self, what: str, key: Any, make: Any) -> Any:
        """Return what was made for `key` before (the same object), or make it now."""
        if (what, id(key)) not in self._kept:
            self._kept[what, id(key)] = key, make()  # the key is kept too, so that its id stays its own
        return self._kept[what, id(key)][1]

    def send(self, array: NDArray[Any]) -> Tensor:
        """Move an array to the device, in the dtype of the fit."""
        return to_device(np.ascontiguousarray(array, dtype=np.float64), self.dtype, self.device)

    def _encoded(self, schema: Coding) -> Affine:
        return self.kept("x", schema, lambda: self._encode(schema))

    def _encode(self, schema: Coding) -> Affine:
        numpy_dtype = np.dtype(str(self.dtype).removeprefix("torch."))
        values = self.table.values
        shared = (
            schema.is_plain
            and not self.table.is_sparse
            and isinstance(values, np.ndarray)
            and values.dtype == numpy_dtype
            and values.flags.c_contiguous
            and values.nbytes >= BYTES_WORTH_SHARING
        )
        if shared:
            center, inverse_scale = schema.affine()
            return to_device(values, self.dtype, self.device), self.send(center), self.send(inverse_scale)  # type: ignore[arg-type]
        # Of a formula: levels that only rows held out or not drawn have are no reason to stop.
        encoded = getattr(schema, "encode_for_fit", schema.encode)(self.table, numpy_dtype)
        if isinstance(encoded, np.ndarray) and encoded.dtype.kind == "i":  # ids, which are no quantities
            return torch.from_numpy(encoded).to(self.device), None, None
        if not isinstance(encoded, np.ndarray):
            return SparseRows.from_scipy(encoded, self.dtype, self.device), None, None
        return to_device(encoded, self.dtype, self.device), None, None

    def _move(self, schema: Coding, reference: Coding, *, shared: bool) -> tuple[Tensor, Tensor]:
        """Return what takes the stored rows to the standardisation of `schema`."""
        center, inverse_scale = schema.affine()
        if not shared:  # stored as (x - a) * b: its standardisation has to be undone
            known, known_inverse = reference.affine()
            center = (center - known) * known_inverse
            inverse_scale = inverse_scale * inverse(known_inverse)
        return self.send(center), self.send(inverse_scale)

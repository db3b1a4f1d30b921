"""Training rows for starts that look at the data: bin edges, linear parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.data.sample import Sample
from deepstat.data.tensors import TensorTable

SAMPLE = 20_000


def sampled_rows(table: TensorTable, rows: NDArray[np.integer[Any]]) -> Tensor:
    """Return up to 20,000 evenly spaced training rows, on the table's device."""
    chosen = rows
    if len(rows) > SAMPLE:  # over all of them: a table may be sorted
        chosen = rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(np.intp)]
    return torch.as_tensor(chosen, dtype=torch.int64, device=table.x.device)


def sampled_inputs(table: TensorTable, rows: NDArray[np.integer[Any]], center: Any, scale: Any) -> Tensor:
    """Return the inputs of these rows, standardised."""
    x = table.x.index_select(0, sampled_rows(table, rows))
    return x if center is None else (x - center) * scale


def sample_of(table: TensorTable, rows: NDArray[np.integer[Any]], center: Any, scale: Any) -> Sample:
    """Return these rows' inputs, standardised, with their target and their weights as trained on."""
    chosen = sampled_rows(table, rows)
    weight = None if table.weight is None else table.weight.index_select(0, chosen)
    return Sample(sampled_inputs(table, rows, center, scale), table.y.index_select(0, chosen), weight)

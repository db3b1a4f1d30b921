"""What the estimators of nodes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from torch import nn

from deepstat.estimators.components import Resolved
from deepstat.estimators.graphs.graph_estimator import GraphEstimator
from deepstat.estimators.graphs.samplers import make_sampler
from deepstat.layers.graph.node_outputs import NodeOutputs
from deepstat.layers.graph.sampled_node_outputs import SampledNodeOutputs

# Rows of a batch whose surroundings are sampled (Hamilton et al. 2017 take 512, later work 1,024).
SAMPLED = 1024


@dataclass(kw_only=True, eq=False, repr=False)
class NodeEstimator(GraphEstimator):
    """Abstract: rows are nodes, whose surroundings may be sampled."""

    _what: ClassVar[tuple[str, ...]] = ("node",)
    _wrap: ClassVar[Callable[..., nn.Module]] = NodeOutputs
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **GraphEstimator._parameter_constraints,
        "sampler": [str, None],
        "sampler_params": [dict, None],
    }

    sampler: Any = None
    sampler_params: Any = None

    def _placed(self, architecture: Resolved) -> Resolved:
        whole = super()._placed(architecture)
        if self.sampler is None:
            if self.sampler_params:
                raise ValueError(
                    f"sampler_params={self.sampler_params!r} needs a sampler: name one, or leave them out."
                )
            return whole
        sampler = make_sampler(self.graph, whole.target.data, self.sampler, self.sampler_params)
        record = replace(architecture.record, batched=False)  # each member draws surroundings of its own
        wrap = partial(SampledNodeOutputs, sampler=sampler)
        return replace(whole, record=record, target=replace(whole.target, wrap=wrap))

    def _batch_rows(self, n_rows: int) -> int:
        sampled = self.sampler is not None and self.batch_size == "auto"
        return SAMPLED if sampled else super()._batch_rows(n_rows)

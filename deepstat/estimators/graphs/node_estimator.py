"""What the estimators of nodes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from torch import nn

from deepstat.estimators.components import Resolved
from deepstat.estimators.graphs.graph_estimator import GraphEstimator
from deepstat.estimators.graphs.samplers import SUBGRAPHS, make_sampler
from deepstat.layers.graph.node_outputs import NodeOutputs
from deepstat.layers.graph.sampled_node_outputs import SampledNodeOutputs
from deepstat.layers.graph.subgraph_node_outputs import SubgraphNodeOutputs, SubgraphSampler

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
        record = replace(architecture.record, batched=False)  # type: ignore[call-arg]  # each draws its own
        around: Any = SubgraphNodeOutputs if isinstance(sampler, SubgraphSampler) else SampledNodeOutputs
        wrap = partial(around, sampler=sampler)
        return replace(whole, record=record, target=replace(whole.target, wrap=wrap))

    def _settings_for(self, settings: Any, rows: Any) -> Any:
        """Refuse what does not go with subgraphs, which decide themselves what a batch is."""
        if self.sampler in SUBGRAPHS:
            if self.batch_size != "auto":
                raise ValueError(
                    f"batch_size={self.batch_size!r} is not for sampler={self.sampler!r}, whose subgraphs are the "
                    f"batches: leave it 'auto' and set their size by sampler_params."
                )
            loss = settings.resolved.record
            if not loss.per_row:
                raise ValueError(
                    f"loss={loss.name!r} is no mean over nodes, which sampler={self.sampler!r} estimates by subgraphs: "
                    "choose another loss, or another sampler."
                )
        return super()._settings_for(settings, rows)

    def _batch_rows(self, n_rows: int) -> int:
        sampled = self.sampler is not None and self.sampler not in SUBGRAPHS
        return SAMPLED if sampled and self.batch_size == "auto" else super()._batch_rows(n_rows)

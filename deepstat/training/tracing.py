"""Record a function of tensors as a graph of the operations that it does, below vmap and autograd.

torch's own tracer does more (symbolic shapes, decompositions) and imports the compiler for it, which takes a second: as
long as a small cross-validation. Here every operation is done once, on copies of the inputs, and written down.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten
_VIEWS = {
    aten.view.default,
    aten._unsafe_view.default,
    aten.expand.default,
    aten.detach.default,
    aten.alias.default,
}
_BY_ONE = {aten.mul.Scalar, aten.mul.Tensor, aten.div.Scalar, aten.div.Tensor, aten.pow.Tensor_Scalar}


def trace(function: Callable[..., Sequence[Tensor]], inputs: Sequence[Tensor]) -> fx.GraphModule:
    """Return the graph of ``function(*inputs)``: operations on tensors alone, in order, changes in place included.

    Parameters
    ----------
    function : callable
        Takes and returns tensors; it is called once, with copies of the inputs.
    inputs : sequence of Tensor
        The graph holds for inputs of these shapes, strides and types.

    Raises
    ------
    RuntimeError
        The function reads a value (``.item()``, a branch on data), so its operations may change from call to call.

    Examples
    --------
    >>> graph = trace(lambda x: (torch.func.grad(lambda x: (x**3).sum())(x),), [torch.ones(2)])
    >>> graph(torch.tensor([1.0, 2.0]))
    (tensor([ 3., 12.]),)
    """
    copies = [_copy(tensor) for tensor in inputs]
    recorder = _Recorder(copies)
    with torch.no_grad(), recorder:
        outputs = function(*copies)
    recorder.graph.output(tuple(recorder.node_of(output) for output in outputs))
    _drop_idle(recorder.graph)
    recorder.graph.eliminate_dead_code()
    return fx.GraphModule(recorder.root, recorder.graph)


def _copy(tensor: Tensor) -> Tensor:
    """Copy a tensor with its strides; one that repeats its entries (rows shared by all members) is never written to."""
    if 0 in tensor.stride():
        return tensor.detach()
    like = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=tensor.device)
    return like.copy_(tensor)


class _Recorder(TorchDispatchMode):
    """Writes down each operation that reaches the backends; tensors that it has not met are constants."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()
        self.graph, self.root = fx.Graph(), nn.Module()
        self.known: dict[
            int, tuple[Tensor, fx.Node]
        ] = {}  # by id; the tensor is kept, so that its id stays its own
        for k, tensor in enumerate(inputs):
            self._meet(tensor, self.graph.placeholder(f"input_{k}"))

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is aten._local_scalar_dense.default:
            raise RuntimeError("a value is read, so the operations may change from call to call")
        kwargs = kwargs or {}
        nodes = fx.node.map_aggregate((args, kwargs), self._as_argument)
        result = func(*args, **kwargs)
        node = self.graph.call_function(func, nodes[0], nodes[1])  # type: ignore[index]
        if isinstance(result, Tensor):
            self._meet(result, node)
        elif isinstance(result, (tuple, list)):
            for k, part in enumerate(result):
                if isinstance(part, Tensor):
                    self._meet(part, self.graph.call_function(operator.getitem, (node, k)))
        return result

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing here runs under torch.compile, and to be skipped would import it

    def node_of(self, tensor: Tensor) -> fx.Node:
        """Return the node that made a tensor."""
        if id(tensor) not in self.known:
            name = f"constant_{sum(1 for _ in self.root.buffers())}"
            self.root.register_buffer(name, tensor.detach())
            self._meet(tensor, self.graph.get_attr(name))
        return self.known[id(tensor)][1]

    def _as_argument(self, value: Any) -> Any:
        return self.node_of(value) if isinstance(value, Tensor) else value

    def _meet(self, tensor: Tensor, node: fx.Node) -> None:
        self.known[id(tensor)] = tensor, node
        node.meta["layout"] = tuple(tensor.shape), tensor.stride(), tensor.dtype


def _drop_idle(graph: fx.Graph) -> None:
    """Drop calls that return what they are given: half of a batched step, each a microsecond or more.

    Views of the same shape and strides always; products with one only where nothing is changed in place, since what
    they return is a copy.
    """
    calls = [node for node in graph.nodes if node.op == "call_function"]
    in_place = any(getattr(node.target, "_schema", None) and node.target._schema.is_mutable for node in calls)
    for node in calls:
        idle = node.target in _VIEWS or (not in_place and node.target in _BY_ONE and node.args[1] == 1)
        if idle and node.meta.get("layout") == node.args[0].meta.get("layout"):
            node.replace_all_uses_with(node.args[0])

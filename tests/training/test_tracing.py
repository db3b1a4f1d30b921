"""The tracer against torch's own, and against the function itself."""

import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.func import functional_call, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from deepstat.layers.dropout import Dropout
from deepstat.training.tracing import trace


def step(x, weight):
    """Gradients of three small networks, a change in place, parts of a tensor, a constant."""
    network = nn.Sequential(nn.Linear(4, 5), nn.LayerNorm(5), nn.Tanh(), Dropout(0.3), nn.Linear(5, 2))
    names = [name for name, _ in network.named_parameters()]
    shapes = [p.shape for p in network.parameters()]

    def loss(row, x):
        pieces = row.split([shape.numel() for shape in shapes])
        parameters = {n: piece.view(shape) for n, piece, shape in zip(names, pieces, shapes, strict=True)}
        return functional_call(network, parameters, (x,)).square().mean()

    with torch.enable_grad():
        leaf = weight.detach().requires_grad_()
        losses = vmap(loss, randomness="different")(leaf, x)
        (gradient,) = torch.autograd.grad(losses.sum(), leaf)
    weight.sub_(0.1 * gradient * torch.tensor([[1.0], [2.0], [3.0]]))
    return losses.detach(), weight.topk(2, dim=1)[0]


def inputs():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(3, 6, 4, generator=generator), torch.randn(3, 47, generator=generator)]


def test_a_graph_does_what_the_function_does_for_other_values_too():
    graph = trace(step, inputs())
    for scale in (1.0, 2.5):
        ours, direct = [[value * scale for value in inputs()] for _ in range(2)]
        found, expected = graph(*ours), step(*direct)
        for a, b in zip([*found, ours[1]], [*expected, direct[1]], strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-7)
        assert not torch.equal(ours[1], inputs()[1] * scale)


def test_a_graph_equals_that_of_torchs_own_tracer_operation_by_operation():
    def plain(x, y):
        z = (x @ y.t()).relu()
        x.add_(1.0)
        return (z.softmax(dim=1) + x.sum(),)

    x, y = torch.randn(3, 4), torch.randn(5, 4)
    ours = [node.target for node in trace(plain, [x, y]).graph.nodes if node.op == "call_function"]
    theirs = [node.target for node in make_fx(plain)(x, y).graph.nodes if node.op == "call_function"]
    assert ours == [target for target in theirs if "detach" not in str(target)]


def test_tracing_leaves_inputs_and_generators_alone():
    given = inputs()
    before = torch.get_rng_state()
    trace(lambda x, y: (x.add_(1), y.mul_(2)), given)
    assert all(torch.equal(a, b) for a, b in zip(given, inputs(), strict=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_branch_on_values_is_refused():
    with pytest.raises(RuntimeError, match="a value is read"):
        trace(lambda x: (x * 2 if x.sum() > 0 else x,), [torch.ones(3)])
    with pytest.raises(RuntimeError, match="a value is read"):
        trace(lambda x: (x * x.sum().item(),), [torch.ones(3)])


def test_calls_that_return_what_they_are_given_are_dropped_unless_something_is_changed_in_place():
    def idle(x):
        return ((x.view(2, 3) * 1 + 1).view(2, 3).expand(2, 3),)

    def changing(x):
        y = x * 1
        y += 1  # on a copy: x must stay
        return (y,)

    for function, least in ((idle, 1), (changing, 2)):
        x = torch.ones(2, 3)
        graph = trace(function, [x])
        assert torch.equal(graph(x)[0], function(torch.ones(2, 3))[0])
        assert torch.equal(x, torch.ones(2, 3))
        assert sum(node.op == "call_function" for node in graph.graph.nodes) == least


def test_tracing_imports_no_compiler():
    code = (
        "import sys, torch; from deepstat.training.tracing import trace; "
        "trace(lambda x: (torch.func.vmap(torch.sin)(x),), [torch.ones(2, 3)]); "
        "sys.exit(any(name in sys.modules for name in ('torch._dynamo', 'torch._inductor', 'sympy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

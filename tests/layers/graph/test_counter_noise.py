import pytest
import torch
from torch.func import functional_call, vmap

from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.counter_noise import PIECE
from deepstat.layers.graph.node_dropout import NodeDropout
from deepstat.training.tracing import trace


def pair(p):
    return Dropout(p), NodeDropout(p)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(1,), (3, 7), (PIECE + 5,), (2 * PIECE, 2), (0, 4)])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.6])
def test_masks_are_those_of_dropout_to_the_bit(shape, dtype, p):
    x = torch.ones(shape, dtype=dtype)
    slow, fast = pair(p)
    for layer in (slow.to(dtype), fast.to(dtype)):
        layer.seed.fill_(3)
        layer.step.fill_(7)
        layer.layer = 2
    assert torch.equal(slow(x), fast(x))


def test_members_have_seeds_and_rates_of_their_own():
    slow, fast = pair(0.5)
    x, seeds, rates = torch.rand(4, 1000), torch.arange(4), torch.tensor([0.1, 0.3, 0.5, 0.7])

    def run(layer, x=x):
        return vmap(lambda x, s, p: functional_call(layer, {"seed": s, "p": p}, (x,)))(x, seeds, rates)

    assert torch.equal(run(slow), run(fast))
    assert torch.equal(run(fast), trace(lambda x: (run(fast, x),), [x])(x)[0])


def test_gradients_pass_the_kept_entries_alone():
    layer = NodeDropout(0.5)
    x = torch.ones(50, requires_grad=True)
    out = layer(x)
    (gradient,) = torch.autograd.grad(out.sum(), x)
    assert torch.equal(gradient, out.detach())

import numpy as np
import pytest
import torch
from scipy import stats
from torch.func import functional_call, vmap

from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.counter_noise import PIECE
from deepstat.layers.graph.node_dropout import NodeDropout
from deepstat.training.tracing import trace


def mask(n, p=0.5, seed=3, step=7, layer=2, dtype=torch.float32):
    noise = NodeDropout(p)
    noise.seed.fill_(seed)
    noise.step.fill_(step)
    noise.layer = layer
    return noise(torch.ones(n, dtype=dtype))


def test_upper_halves_decide_as_the_whole_words_of_dropout():
    noise = Dropout(0.5)
    noise.seed.fill_(3)
    noise.step.fill_(7)
    noise.layer = 2
    whole = noise(torch.ones(PIECE + 100))
    assert torch.equal(mask(2 * (PIECE + 100))[1::2], whole)


@pytest.mark.parametrize("p", [0.01, 0.3, 0.5, 0.6, 0.97])
@pytest.mark.parametrize("part", [slice(None), slice(0, None, 2), slice(1, None, 2)])
def test_entries_are_dropped_with_their_probability(p, part):
    n_kept = int((mask(400_001, p)[part] > 0).sum())
    assert stats.binomtest(n_kept, len(range(400_001)[part]), 1 - p).pvalue > 1e-4


@pytest.mark.parametrize("p", [0.5, 0.6])
def test_neighbours_halves_members_steps_and_layers_are_independent(p):
    one = mask(200_000, p)
    others = [one.roll(1), one.roll(2), one.roll(7), mask(200_000, p, seed=4), mask(200_000, p, step=8)]
    others += [mask(200_000, p, layer=3), one.view(2, -1).flip(0).flatten()]
    for other in others:
        counts = np.histogram2d(one > 0, other > 0, bins=2)[0]
        assert stats.chi2_contingency(counts).pvalue > 1e-4


def test_runs_have_their_length():
    kept = (mask(300_000) > 0).numpy()
    changes = int((kept[1:] != kept[:-1]).sum())
    assert stats.binomtest(changes, len(kept) - 1, 0.5).pvalue > 1e-4
    words = kept[: 8 * (len(kept) // 8)].reshape(-1, 8) @ (1 << np.arange(8))
    assert stats.chisquare(np.bincount(words, minlength=256)).pvalue > 1e-4


@pytest.mark.parametrize("n", [0, 1, 2, 7, 2 * PIECE - 1, 2 * PIECE, 2 * PIECE + 1, 4 * PIECE + 3])
def test_a_longer_tensor_begins_like_a_shorter_one(n):
    assert torch.equal(mask(n), mask(5 * PIECE)[:n])
    assert torch.equal(mask(n, dtype=torch.float64), mask(n).double())


def test_members_have_seeds_and_rates_of_their_own():
    layer = NodeDropout(0.5)
    x, seeds, rates = torch.rand(4, 1000), torch.arange(4), torch.tensor([0.1, 0.3, 0.5, 0.7])

    def run(x, k=None):
        buffers = [{"seed": s, "p": p} for s, p in zip(seeds, rates, strict=True)]
        if k is not None:
            return functional_call(layer, buffers[k], (x[k],))
        return vmap(lambda x, s, p: functional_call(layer, {"seed": s, "p": p}, (x,)))(x, seeds, rates)

    together = run(x)
    for k in range(4):
        assert torch.equal(together[k], run(x, k))
    assert torch.equal(together, trace(lambda x: (run(x),), [x])(x)[0])


def test_gradients_pass_the_kept_entries_alone():
    layer = NodeDropout(0.5)
    x = torch.ones(50, requires_grad=True)
    out = layer(x)
    (gradient,) = torch.autograd.grad(out.sum(), x)
    assert torch.equal(gradient, out.detach())

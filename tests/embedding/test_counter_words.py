import numpy as np
import torch
from scipy import stats

from deepstat.embedding.counter_words import CounterWords


def words(seed=0, step=0):
    source = CounterWords()
    source.seed.fill_(seed)
    source.step.fill_(step)
    return source


def test_words_are_uniform_and_those_of_two_steps_unrelated():
    first, second = (words(7, step)(50_000).double().numpy() / 2**31 for step in (0, 1))
    assert stats.kstest(first, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.02


def test_integers_below_a_bound_are_equally_likely():
    counts = np.bincount(words(3).below(70_000, 7).numpy(), minlength=7)
    assert len(counts) == 7
    assert stats.chisquare(counts).pvalue > 1e-3


def test_normal_numbers_are_normal():
    assert stats.kstest(words(1).normal((100, 300), torch.float64).numpy().ravel(), "norm").pvalue > 1e-3


def test_the_same_seed_and_step_give_the_same_words():
    assert torch.equal(words(5, 2)(100), words(5, 2)(100))
    assert not torch.equal(words(5, 2)(100), words(6, 2)(100))

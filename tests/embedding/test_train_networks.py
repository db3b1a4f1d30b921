import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from torch import nn

from deepstat.embedding.counter_words import CounterWords
from deepstat.embedding.train_networks import train_networks
from deepstat.embedding.train_on_graph import train_on_graph
from deepstat.layers.graph.edges import Edges


class Middle(nn.Module):
    def __init__(self, start=0.0, power=1.0):
        super().__init__()
        self.a = nn.Parameter(torch.tensor([start], dtype=torch.float64))
        self.power = power

    def forward(self, x):
        return ((self.a - x) ** 2) ** self.power


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.rand(3, 1))
        self.words = CounterWords()

    def forward(self, x):
        return ((self.a - self.words.normal((3, 1), self.a.dtype)) ** 2).mean().view(1, 1)


ROWS = torch.tensor([[1.0], [3.0], [8.0]], dtype=torch.float64)
SETTINGS = {"learning_rate": 0.1, "max_epochs": 300, "batch_size": 3}
EDGES = Edges(torch.tensor([1]), torch.tensor([0]), n_nodes=2)


def test_a_loss_that_the_network_computes_is_minimised():
    (network,) = train_networks([Middle()], ROWS, recipe="middle", seeds=[0], **SETTINGS)
    assert network.a.item() == pytest.approx(4.0, abs=1e-3)
    assert not network.training


def test_networks_that_share_a_recipe_equal_their_own_fits():
    settings = {"recipe": "noisy", "learning_rate": 0.1, "max_epochs": 20}
    together = train_on_graph(Noisy, EDGES, torch.float64, seeds=[0, 1, 2], **settings)
    (alone,) = train_on_graph(Noisy, EDGES, torch.float64, seeds=[1], **settings)
    torch.testing.assert_close(together[1].a, alone.a, rtol=1e-9, atol=1e-9)
    assert not torch.allclose(together[0].a, together[1].a)


def test_patience_ends_a_fit_that_no_longer_improves():
    calls = []

    class Counted(Middle):
        def forward(self, x):
            calls.append(self.training)
            return super().forward(x)

    settings = {**SETTINGS, "max_epochs": 5000}
    (network,) = train_networks([Counted(4.5)], ROWS, recipe="counted", seeds=[0], patience=5, **settings)
    assert sum(calls) < 2000
    assert network.a.item() == pytest.approx(4.0, abs=0.1)


def test_a_loss_that_becomes_nan_keeps_the_weights_before_it_and_warns():
    with pytest.warns(ConvergenceWarning, match="NaN or infinite"):
        (network,) = train_networks(
            [Middle(4.0, power=-0.5)], ROWS - ROWS + 4.0, recipe="nan", seeds=[0], **SETTINGS
        )
    assert network.a.item() == 4.0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"learning_rate": 0.0}, "positive number"),
        ({"max_epochs": 0}, "at least 1"),
        ({"patience": 0}, "patience is 0"),
    ],
)
def test_settings_out_of_range_get_a_sentence(wrong, words):
    with pytest.raises(ValueError, match=words):
        train_networks([Middle()], ROWS, recipe="middle", seeds=[0], **{**SETTINGS, **wrong})

import torch

from deepstat.layers.draws_rows import DrawsRows
from deepstat.training.drawn_rows import drawn_rows


class Coin(DrawsRows):
    """Takes each row with a probability of its own, and at least the first."""

    def __init__(self, probability):
        super().__init__()
        self.probability = probability
        self.generator = torch.Generator().manual_seed(0)

    def draw_rows(self, x):
        taken = torch.rand(len(x), generator=self.generator) < self.probability
        rows = torch.nonzero(taken)[:, 0]
        return rows, 1 / self.probability[rows]


def test_weighted_means_of_the_rows_drawn_are_unbiased_for_that_of_all():
    probability = torch.tensor([1.0, 0.2, 0.5, 0.8])
    x, y, weight = (
        torch.arange(4.0)[:, None],
        torch.tensor([[3.0], [5.0], [-2.0], [7.0]]),
        torch.arange(4) + 1.0,
    )
    network = Coin(probability)
    for given in (None, weight):
        means = []
        for _ in range(4000):
            rows, targets, own = drawn_rows(network, x, y, given)
            assert len(rows) == len(targets) == len(own)
            means.append((targets[:, 0] * own).mean())
        whole = (y[:, 0] * (1.0 if given is None else given)).mean()
        error = torch.stack(means).std() / 4000**0.5
        assert (torch.stack(means).mean() - whole).abs() < 4 * error

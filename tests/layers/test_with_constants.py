"""Numbers trained beside a network."""

import torch
from torch import nn

from deepstat.layers.with_constants import WithConstants


def test_constants_follow_the_outputs_of_every_row():
    network = WithConstants(linear := nn.Linear(3, 2), 2)
    with torch.no_grad():
        network.constants.copy_(torch.tensor([5.0, -1.0]))
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    raw = network(x)
    torch.testing.assert_close(raw[:, :2], linear(x))
    torch.testing.assert_close(raw[:, 2:], torch.tensor([[5.0, -1.0]]).expand(4, 2))


def test_a_constants_gradient_is_the_sum_over_rows():
    network = WithConstants(nn.Linear(3, 1), 1)
    weight = torch.tensor([1.0, 2.0, 4.0])
    (network(torch.zeros(3, 3))[:, 1] * weight).sum().backward()
    assert network.constants.grad.item() == 7.0
    assert [name for name, _ in network.named_parameters()] == ["constants", "network.weight", "network.bias"]


def test_members_are_batched_and_predictions_follow_the_dtype_of_the_input():
    network = WithConstants(nn.Linear(3, 1), 1).double()
    state = {name: torch.stack([p.detach(), p.detach() + 1]) for name, p in network.named_parameters()}
    x = torch.ones(2, 3, dtype=torch.float64)

    def predict(parameters):
        return torch.func.functional_call(network, parameters, (x,))

    both = torch.func.vmap(predict)(state)
    torch.testing.assert_close(both[1] - both[0], torch.tensor([[4.0, 1.0]] * 2).double())
    assert both.dtype == torch.float64

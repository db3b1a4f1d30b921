from functools import partial

from torch import nn

from deepstat.layers.heads_of import heads_of
from deepstat.layers.with_constants import WithConstants


def test_a_network_says_its_heads_and_constants_pass_them_on():
    network = nn.Linear(2, 1)
    assert heads_of(network) is heads_of(WithConstants(network, 1)) is None
    network.n_heads = 3
    assert heads_of(network) == heads_of(WithConstants(network, 1)) == 3


def test_what_is_no_number_of_heads_is_none():
    assert heads_of(partial(nn.Linear)) is None
    network = nn.Linear(2, 1)
    network.n_heads = "several"
    assert heads_of(network) is None

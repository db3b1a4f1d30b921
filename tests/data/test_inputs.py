import torch

from deepstat.data.inputs import Inputs, inputs_of
from deepstat.data.sample import Sample


def test_a_sample_is_taken_once_and_only_when_asked_for():
    taken = []

    def take():
        taken.append(1)
        return Sample(torch.zeros(3, 2), torch.ones(3, 1))

    inputs = inputs_of(2, (), take, 1)
    assert inputs.has_sample
    assert taken == []
    assert inputs.sample is inputs.sample
    assert inputs.target.shape == (3, 1)
    assert inputs.weight is None
    assert len(taken) == 1


def test_inputs_for_other_targets_differ_in_that_alone():
    for inputs in (Inputs(2, (3,)), inputs_of(2, (3,), lambda: Sample(torch.zeros(1, 3)))):
        other = inputs.with_targets(4)
        assert (other.n_targets, inputs.n_targets) == (4, 1)
        assert (other.width, other.has_sample) == (inputs.width, inputs.has_sample)
    assert inputs_of(2, (3,)) == Inputs(2, (3,))
    assert hash(Inputs(2).with_targets(4)) != hash(Inputs(2))


def test_the_number_of_rows_is_known_without_a_sample():
    counted = inputs_of(2, (3,), n_rows=900)
    assert counted.n_rows == counted.with_targets(4).n_rows == 900
    assert inputs_of(2, (3,), lambda: Sample(torch.zeros(1, 3)), n_rows=900).n_rows == 900
    assert counted != Inputs(2, (3,))

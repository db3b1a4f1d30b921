import torch

from deepstat.layers.feature_gate import FeatureGate


def test_gates_start_open():
    x = torch.randn(4, 3)
    assert torch.equal(FeatureGate(3)(x), x)


def test_each_feature_is_multiplied_by_its_own_factor():
    gate = FeatureGate(3)
    gate.factor.data[:] = torch.tensor([0.0, 1.0, -2.0])
    assert gate(torch.ones(2, 3)).tolist() == [[0.0, 1.0, -2.0]] * 2


def test_gradients_are_right():
    gate = FeatureGate(2).double()
    x = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x, f: torch.func.functional_call(gate, {"factor": f}, (x,)), (x, gate.factor)
    )

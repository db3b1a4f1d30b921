import math

import torch

from deepstat.layers.periodic import PeriodicEmbedding


def test_the_embedding_equals_a_hand_computed_one():
    layer = PeriodicEmbedding(1, n_frequencies=2, n_outputs=1).double()
    layer.frequency.data[:] = torch.tensor([0.25, 0.5])
    layer.linear.weight.data[0, :, 0] = torch.tensor([1.0, 10.0, 100.0, 1000.0])
    layer.linear.bias.data[:] = 0.5
    # x = 1: angles π/2 and π, sines 1 and 0, cosines 0 and -1: negative, so 0 after the ReLU.
    # x = 1/3: angles π/6 and π/3, sines 1/2 and √3/2, cosines √3/2 and 1/2.
    out = layer(torch.tensor([[1.0], [1.0 / 3.0]], dtype=torch.float64))
    at_a_third = 0.5 + 10 * math.sqrt(3) / 2 + 100 * math.sqrt(3) / 2 + 1000 * 0.5 + 0.5
    torch.testing.assert_close(out, torch.tensor([[0.0], [at_a_third]], dtype=torch.float64))


def test_without_relu_negative_outputs_stay():
    torch.manual_seed(0)
    plain, cut = PeriodicEmbedding(2, relu=False), PeriodicEmbedding(2)
    cut.load_state_dict(plain.state_dict())
    x = torch.randn(20, 2)
    assert (plain(x) < 0).any()
    assert torch.equal(cut(x), plain(x).clamp(min=0))


def test_outputs_of_a_column_depend_on_that_column_alone():
    layer = PeriodicEmbedding(3, n_outputs=2, relu=False)
    x = torch.randn(1, 3)
    y = x.clone()
    y[0, 1] += 1.0
    changed = (layer(x) != layer(y))[0].tolist()
    assert changed == [False, False, True, True, False, False]


def test_sigma_is_the_spread_of_the_frequencies():
    torch.manual_seed(1)
    assert abs(PeriodicEmbedding(100, n_frequencies=100, sigma=2.0).frequency.std().item() - 2.0) < 0.06


def test_gradients_are_right():
    layer = PeriodicEmbedding(2, n_frequencies=3, n_outputs=2, sigma=1.0, relu=False).double()
    x = torch.randn(4, 2, dtype=torch.float64)
    names, values = zip(*layer.named_parameters(), strict=True)
    assert torch.autograd.gradcheck(
        lambda *p: torch.func.functional_call(layer, dict(zip(names, p, strict=True)), (x,)), values
    )


def test_with_phases_the_embedding_equals_a_hand_computed_one():
    layer = PeriodicEmbedding(1, n_frequencies=2, n_outputs=1, relu=False, phase=True, dense=True).double()
    layer.frequency.data[:] = torch.tensor([0.25, 0.5])
    layer.phase.data[:] = torch.tensor([0.0, 0.25])
    layer.linear.weight.data[0, :, 0] = torch.tensor([1.0, 10.0])
    layer.linear.bias.data[:] = 0.5
    # x = 2/3: the waves cos(π/3) = 1/2 and cos(2π/3 + π/2) = -√3/2; then the column itself.
    out = layer(torch.tensor([[2.0 / 3.0]], dtype=torch.float64))
    expected = torch.tensor([[0.5 - 10 * math.sqrt(3) / 2 + 0.5, 2.0 / 3.0]], dtype=torch.float64)
    torch.testing.assert_close(out, expected)


def test_dense_outputs_of_each_column_end_with_the_column():
    layer = PeriodicEmbedding(3, n_outputs=2, dense=True)
    x = torch.randn(5, 3)
    out = layer(x)
    assert out.shape == (5, layer.n_features_out) == (5, 9)
    assert torch.equal(out[:, 2::3], x)
    plain = PeriodicEmbedding(3, n_outputs=2)
    plain.load_state_dict(layer.state_dict())
    assert torch.equal(out[:, [0, 1, 3, 4, 6, 7]], plain(x))


def test_phases_start_uniform_in_a_turn():
    torch.manual_seed(2)
    phase = PeriodicEmbedding(100, n_frequencies=100, phase=True).phase.detach()
    assert -0.5 <= phase.min() < -0.49
    assert 0.49 < phase.max() <= 0.5
    assert abs(phase.std().item() - 12**-0.5) < 0.005


def test_gradients_with_phases_are_right():
    layer = PeriodicEmbedding(
        2, n_frequencies=3, n_outputs=2, sigma=1.0, relu=False, phase=True, dense=True
    ).double()
    x = torch.randn(4, 2, dtype=torch.float64)
    names, values = zip(*layer.named_parameters(), strict=True)
    assert "phase" in names
    assert torch.autograd.gradcheck(
        lambda *p: torch.func.functional_call(layer, dict(zip(names, p, strict=True)), (x,)), values
    )

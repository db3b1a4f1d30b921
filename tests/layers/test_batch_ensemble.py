import pytest
import torch

from deepstat.errors import UnknownName
from deepstat.layers.batch_ensemble import BatchEnsemble


def scattered(layer, seed=0):
    """Move every parameter away from its start, so that no one and no zero hides a mistake."""
    draws = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=draws, dtype=parameter.dtype)
    return layer


def own_matrix(layer, head):
    """Materialise the matrix (out, in) of one head."""
    r = torch.ones(layer.in_features).double() if layer.r is None else layer.r[head]
    s = torch.ones(layer.out_features).double() if layer.s is None else layer.s[head]
    return layer.weight * torch.outer(s, r)


@pytest.mark.parametrize("inputs", ["ones", "signs", "normal", None])
@pytest.mark.parametrize("outputs", [True, False])
def test_each_head_has_the_shared_matrix_times_an_outer_product(inputs, outputs):
    layer = scattered(BatchEnsemble(4, 3, 5, inputs=inputs, outputs=outputs).double())
    x = torch.randn(7, 4, 3, dtype=torch.float64)
    found = layer(x)
    assert found.shape == (7, 4, 5)
    for head in range(4):
        bias = layer.bias[head] if outputs else layer.bias
        torch.testing.assert_close(found[:, head], x[:, head] @ own_matrix(layer, head).T + bias)


def test_one_table_for_all_heads_equals_a_copy_for_each():
    layer = scattered(BatchEnsemble(4, 3, 5, inputs="normal"))
    x = torch.randn(7, 3)
    torch.testing.assert_close(layer(x), layer(x[:, None].expand(-1, 4, -1)))


def test_heads_differ_at_the_start_by_the_adapters_of_the_inputs_alone():
    torch.manual_seed(0)
    signs = BatchEnsemble(200, 10, 5, inputs="signs")
    assert set(signs.r.unique().tolist()) == {-1.0, 1.0}
    assert abs(signs.r.mean().item()) < 0.1
    normal = BatchEnsemble(200, 10, 5, inputs="normal")
    assert abs(normal.r.std().item() - 1.0) < 0.1
    for layer in (signs, normal, BatchEnsemble(200, 10, 5)):
        assert (layer.s == 1).all()
        assert torch.equal(layer.bias, layer.bias[:1].expand(200, -1))
    assert (BatchEnsemble(200, 10, 5).r == 1).all()


def test_an_unknown_start_is_refused():
    with pytest.raises(UnknownName, match="choose one of normal, ones, signs"):
        BatchEnsemble(2, 3, 4, inputs="zeros")

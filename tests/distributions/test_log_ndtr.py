import numpy as np
import pytest
import scipy.special
import torch

from deepstat.distributions.log_ndtr import log_ndtr

PLACES = [-1e10, -1e4, -50.0, -5.0, -1.0, 0.0, 0.7, 0.71, 3.0, 8.0]


@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float32, 2e-6), (torch.float64, 1e-13)])
def test_values_and_gradients_are_scipys_in_both_tails(dtype, rtol):
    z = torch.tensor(PLACES, dtype=dtype, requires_grad=True)
    value = log_ndtr(z)
    (gradient,) = torch.autograd.grad(value.sum(), z)
    exact = z.detach().double().numpy()
    np.testing.assert_allclose(value.detach(), scipy.special.log_ndtr(exact), rtol=rtol, atol=1e-30)
    # The derivative is the density over the distribution function.
    ratio = np.sqrt(2 / np.pi) / scipy.special.erfcx(-exact / np.sqrt(2))
    np.testing.assert_allclose(gradient, ratio, rtol=20 * rtol, atol=1e-30)


def test_populations_need_no_loop():
    z = torch.tensor(PLACES)
    batched = torch.func.vmap(torch.func.grad(log_ndtr))(
        z
    )  # a missing rule would warn, and warnings are errors
    assert batched.isfinite().all()

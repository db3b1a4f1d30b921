import numpy as np
import pytest
import torch

from deepstat.distributions.expm1 import expm1

PLACES = [-1e4, -90.0, -3.0, -1e-3, -1e-9, 0.0, 1e-20, 1e-10, 3e-8, 1e-5, 0.4, 1.0, 5.0, 20.0, 80.0, 88.0]


@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float32, 1e-6), (torch.float64, 1e-14)])
def test_values_and_slopes_are_exact(dtype, rtol):
    x = torch.tensor(PLACES, dtype=dtype)
    exact = x.double().numpy()
    np.testing.assert_allclose(expm1(x), np.expm1(exact), rtol=rtol)
    slopes = torch.func.grad(lambda x: expm1(x).sum())(x)
    np.testing.assert_allclose(slopes, np.exp(exact), rtol=10 * rtol, atol=1e-30)


@pytest.mark.slow
def test_compiled_values_are_exact():
    # Sixteen places: enough for the compiler to write vector instructions, in which its own expm1 loses small numbers.
    x = torch.tensor(PLACES)
    np.testing.assert_allclose(
        torch.compile(expm1, fullgraph=True)(x), np.expm1(x.double().numpy()), rtol=1e-6
    )

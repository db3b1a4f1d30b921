"""What a likelihood must bear in training: derivatives, populations and tracing."""

import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.func import grad, vmap
from torch.fx.experimental.proxy_tensor import make_fx


def check_trainable(likelihood, parameters, value, *, second=False):
    """Check ``likelihood(value, *parameters) -> (n,)`` at float64 parameters: a list of tensors.

    Derivatives against finite differences, a population of two against the members one by one, a traced graph against
    the function itself, and float32 against float64.
    """
    leaves = [parameter.clone().requires_grad_() for parameter in parameters]
    assert gradcheck(lambda *given: likelihood(value, *given), leaves, rtol=1e-5, atol=1e-7)
    if second:
        assert gradgradcheck(lambda *given: likelihood(value, *given), leaves, rtol=1e-4, atol=1e-6)

    def loss(*given):
        return likelihood(value.to(given[0].dtype), *given).mean()

    slopes = grad(loss, argnums=tuple(range(len(parameters))))
    one_by_one = [slopes(*parameters), slopes(*(0.9 * parameter for parameter in parameters))]
    stacked = [torch.stack([parameter, 0.9 * parameter]) for parameter in parameters]
    together = vmap(slopes)(*stacked)
    for i, slope in enumerate(together):
        torch.testing.assert_close(slope, torch.stack([each[i] for each in one_by_one]), equal_nan=False)
    traced = make_fx(vmap(slopes))(*stacked)(*(1.1 * parameter for parameter in stacked))
    torch.testing.assert_close(traced, vmap(slopes)(*(1.1 * parameter for parameter in stacked)))
    single = vmap(slopes)(*(parameter.float() for parameter in stacked))
    for slope, exact in zip(single, together, strict=True):
        torch.testing.assert_close(slope.double(), exact, rtol=2e-3, atol=2e-5)

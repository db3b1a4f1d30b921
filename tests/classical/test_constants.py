"""Constants in their own units, with the derivative for the delta method."""

import numpy as np
import torch
from statsmodels.tools.numdiff import approx_fprime

from deepstat.classical.constants import constants
from deepstat.distributions.family import family_of
from deepstat.records import Distribution, Parameter


def test_vectors_and_triangles_are_named_by_place_and_differentiated():
    parameters = (
        Parameter("loc"),
        Parameter("tril", "cholesky", per="constant", size=2),
        Parameter("cuts", "increasing", per="constant", size=3),
        Parameter("share", "sigmoid", per="constant"),
    )
    family = family_of(Distribution(name="any", target=dict, parameters=parameters), dict)
    raw = torch.tensor([0.2, -1.0, 0.5, 1.0, 0.1, -0.3, 0.4], dtype=torch.float64)
    names, values, jacobian = constants(family, raw)
    assert names == ("tril[0,0]", "tril[1,0]", "tril[1,1]", "cuts[0]", "cuts[1]", "cuts[2]", "share")
    e = np.exp
    cuts = [1.0, 1.0 + e(0.1), 1.0 + e(0.1) + e(-0.3)]
    np.testing.assert_allclose(values, [e(0.2), -1.0, e(0.5), *cuts, 1 / (1 + e(-0.4))])
    numeric = approx_fprime(raw.numpy(), lambda at: constants(family, torch.from_numpy(at))[1], centered=True)
    np.testing.assert_allclose(jacobian, numeric, atol=1e-8)

"""Families for the tests of wrappers and predicted distributions, independent of what is registered."""

import numpy as np
import torch

from deepstat.distributions.family import family_of
from deepstat.distributions.gamma import Gamma
from deepstat.distributions.laplace import Laplace
from deepstat.distributions.lognormal import LogNormal
from deepstat.distributions.negative_binomial import NegativeBinomial
from deepstat.distributions.normal import Normal
from deepstat.distributions.poisson import Poisson
from deepstat.distributions.predicted import PredictedDistribution
from deepstat.distributions.student_t import StudentT
from deepstat.distributions.tweedie import Tweedie
from deepstat.distributions.von_mises import VonMises
from deepstat.records import Distribution, Parameter

LOC = Parameter("loc", shifts=True, power=1.0)
SCALE = Parameter("scale", "exp", power=1.0, floor=1e-3)
MEAN = Parameter("mean", "exp", power=1.0)
CLASSES = {
    "normal": (Normal, (LOC, SCALE), {"rescale": "affine"}),
    "laplace": (Laplace, (LOC, SCALE), {"rescale": "affine"}),
    "student_t": (StudentT, (Parameter("df", "exp", per="constant"), LOC, SCALE), {"rescale": "affine"}),
    "lognormal": (LogNormal, (Parameter("loc"), Parameter("scale", "exp")), {"domain": "positive"}),
    "gamma": (Gamma, (MEAN, Parameter("concentration", "exp")), {"domain": "positive", "rescale": "scale"}),
    "poisson": (Poisson, (Parameter("rate", "exp"),), {"domain": "count"}),
    "negative_binomial": (
        NegativeBinomial,
        (Parameter("mean", "exp"), Parameter("dispersion", "exp", per="constant")),
        {"domain": "count"},
    ),
    "tweedie": (
        Tweedie,
        (MEAN, Parameter("dispersion", "exp")),
        {"domain": "nonnegative", "rescale": "scale"},
    ),
    "von_mises": (
        VonMises,
        (Parameter("loc", "direction"), Parameter("concentration", "exp")),
        {"center": "direction"},
    ),
}


def family(name, columns=1):
    target, parameters, fields = CLASSES[name]
    record = Distribution(name=name, target=target, parameters=parameters, **fields)
    return family_of(record, target, columns=columns)


def tensor(values):
    return torch.as_tensor(np.asarray(values, dtype=np.float64))


def predicted(name, *members, wrapper=None, **options):
    """Return the predicted distribution of `name`, wrapped, with the parameters of each member."""
    each = family(name)
    return PredictedDistribution(each if wrapper is None else wrapper(each), members, options)

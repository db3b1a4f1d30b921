"""Families as the classical tests use them: the library's distributions with nuisance parameters that are constant."""

from deepstat.distributions.beta import Beta
from deepstat.distributions.binomial import Binomial
from deepstat.distributions.family import Family, family_of
from deepstat.distributions.gamma import Gamma
from deepstat.distributions.inverse_gaussian import InverseGaussian
from deepstat.distributions.negative_binomial import NegativeBinomial
from deepstat.distributions.normal import Normal
from deepstat.distributions.ordinal import Ordinal
from deepstat.distributions.poisson import Poisson
from deepstat.distributions.student_t import StudentT
from deepstat.distributions.tweedie import Tweedie
from deepstat.records import Distribution, Parameter


def constant(name, link="exp", **more):
    return Parameter(name, link, per="constant", **more)


MEAN = Parameter("mean", "exp", power=1.0)
LOC = Parameter("loc", shifts=True, power=1.0)
FAMILIES = {
    "normal": (Normal, (LOC, constant("scale", power=1.0))),
    "poisson": (Poisson, (Parameter("rate", "exp"),)),
    "negative_binomial": (NegativeBinomial, (MEAN, constant("dispersion"))),
    "gamma": (Gamma, (MEAN, constant("concentration"))),
    "inverse_gaussian": (InverseGaussian, (MEAN, constant("concentration", power=1.0))),
    "tweedie": (Tweedie, (MEAN, constant("dispersion"))),
    "binomial": (Binomial, (Parameter("logits"),)),
    "beta": (Beta, (Parameter("mean", "sigmoid"), Parameter("precision", "exp"))),
    "student_t": (StudentT, (LOC, constant("scale", power=1.0), constant("df"))),
    "ordinal": (Ordinal, (Parameter("location"), constant("thresholds", "increasing", size="thresholds"))),
}
COLUMNS = {"binomial": 2}
LINKS = {"gamma": ("inverse", "identity"), "inverse_gaussian": ("inverse_squared",)}


def family(name: str, *, levels: int = 0, **options) -> Family:
    target, parameters = FAMILIES[name]
    record = Distribution(
        name=name, target=target, parameters=parameters, links=LINKS.get(name, ()), domain="count"
    )
    return family_of(record, target, columns=COLUMNS.get(name, 1), levels=levels, options=options)

"""The built-in distributions."""

from __future__ import annotations

from deepstat.records import Distribution, Parameter

# Scales of the standardised target stay above this, so that no likelihood grows without bound at a single row.
FLOOR = 1e-3
_LOC = Parameter("loc", shifts=True, power=1.0)
_SCALE = Parameter("scale", "exp", power=1.0, floor=FLOOR)
_MEAN = Parameter("mean", "exp", power=1.0)
_RIGBY = "Rigby, Stasinopoulos, Heller and De Bastiani (2019), Distributions for Modeling Location, Scale, and Shape"

CONTINUOUS: tuple[Distribution, ...] = (
    Distribution(
        name="normal",
        target="deepstat.distributions.normal:Normal",
        summary="the normal distribution",
        reference="Nix and Weigend (1994), Estimating the mean and variance of the target probability distribution",
        parameters=(_LOC, _SCALE),
        rescale="affine",
    ),
    Distribution(
        name="laplace",
        target="deepstat.distributions.laplace:Laplace",
        summary="double exponential: median regression with a scale",
        reference=_RIGBY,
        parameters=(_LOC, _SCALE),
        rescale="affine",
    ),
    Distribution(
        name="student_t",
        target="deepstat.distributions.student_t:StudentT",
        summary="heavy tails by trained degrees of freedom",
        reference="Lange, Little and Taylor (1989), Robust statistical modeling using the t distribution",
        parameters=(_LOC, _SCALE, Parameter("df", "exp", per="constant", floor=FLOOR)),
        rescale="affine",
        center="median",
    ),
    Distribution(
        name="lognormal",
        target="deepstat.distributions.lognormal:LogNormal",
        summary="the logarithm is normal",
        reference=_RIGBY,
        domain="positive",
        parameters=(Parameter("loc"), Parameter("scale", "exp", floor=FLOOR)),
    ),
    Distribution(
        name="exponential",
        target="deepstat.distributions.exponential:Exponential",
        summary="waiting times of constant hazard; the scale is the mean",
        reference=_RIGBY,
        domain="nonnegative",
        parameters=(Parameter("scale", "exp", power=1.0),),
        rescale="scale",
    ),
    Distribution(
        name="gamma",
        target="deepstat.distributions.gamma:Gamma",
        summary="positive numbers by mean and shape; the dispersion is 1 / concentration",
        reference="McCullagh and Nelder (1989), Generalized Linear Models, chapter 8",
        domain="positive",
        parameters=(_MEAN, Parameter("concentration", "exp")),
        rescale="scale",
        links=("inverse", "identity"),
    ),
    Distribution(
        name="weibull",
        target="deepstat.distributions.weibull:Weibull",
        summary="waiting times whose hazard is a power of time",
        reference="Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data",
        domain="positive",
        parameters=(
            Parameter("scale", "exp", power=1.0),
            Parameter("concentration", "exp", per="constant"),
        ),
        rescale="scale",
    ),
    Distribution(
        name="inverse_gaussian",
        target="deepstat.distributions.inverse_gaussian:InverseGaussian",
        summary="first passage times, by mean and concentration lambda",
        reference="Tweedie (1957), Statistical properties of inverse Gaussian distributions",
        domain="positive",
        parameters=(_MEAN, Parameter("concentration", "exp", power=1.0)),
        rescale="scale",
        links=("inverse_squared", "inverse", "identity"),
    ),
    Distribution(
        name="beta",
        target="deepstat.distributions.beta:Beta",
        summary="shares strictly between 0 and 1, by mean and precision",
        reference="Ferrari and Cribari-Neto (2004), Beta regression for modelling rates and proportions",
        domain="open_unit_interval",
        parameters=(Parameter("mean", "sigmoid"), Parameter("precision", "exp")),
    ),
    Distribution(
        name="von_mises",
        target="deepstat.distributions.von_mises:VonMises",
        summary="directions, in radians",
        reference="Mardia and Jupp (2000), Directional Statistics",
        parameters=(Parameter("loc", "direction"), Parameter("concentration", "exp")),
        center="direction",
    ),
    Distribution(
        name="generalized_pareto",
        target="deepstat.distributions.generalized_pareto:GeneralizedPareto",
        summary="exceedances of a high threshold",
        reference="Davison and Smith (1990), Models for exceedances over high thresholds",
        domain="nonnegative",
        parameters=(Parameter("scale", "exp", power=1.0), Parameter("concentration", per="constant")),
        rescale="scale",
        center="median",
    ),
)

DISCRETE: tuple[Distribution, ...] = (
    Distribution(
        name="poisson",
        target="deepstat.distributions.poisson:Poisson",
        summary="counts whose variance is their mean",
        reference="Cameron and Trivedi (2013), Regression Analysis of Count Data",
        domain="count",
        parameters=(Parameter("rate", "exp"),),
    ),
    Distribution(
        name="negative_binomial",
        target="deepstat.distributions.negative_binomial:NegativeBinomial",
        summary="overdispersed counts, NB2: variance mean + dispersion mean^2",
        reference="Cameron and Trivedi (2013), Regression Analysis of Count Data",
        domain="count",
        parameters=(Parameter("mean", "exp"), Parameter("dispersion", "exp", per="constant")),
    ),
    Distribution(
        name="binomial",
        target="deepstat.distributions.binomial:Binomial",
        summary="successes among trials; the target has columns of successes and failures",
        reference="McCullagh and Nelder (1989), Generalized Linear Models, chapter 4",
        domain="trials",
        columns=2,
        parameters=(Parameter("logits"),),
    ),
    Distribution(
        name="ordinal",
        target="deepstat.distributions.ordinal:Ordinal",
        summary="levels in order: a latent variable falls between trained thresholds (cumulative logit, probit)",
        reference="McCullagh (1980), Regression models for ordinal data",
        example={"latent": "normal"},
        domain="levels",
        parameters=(
            Parameter("location"),
            Parameter("thresholds", "increasing", per="constant", size="thresholds"),
        ),
        center="median",
        check="deepstat.distributions.ordinal:check_ordinal",
    ),
)

MIXED: tuple[Distribution, ...] = (
    Distribution(
        name="tweedie",
        target="deepstat.distributions.tweedie:Tweedie",
        summary="zeros and positive numbers: a Poisson number of gamma amounts; variance dispersion mean^power",
        reference="Dunn and Smyth (2005), Series evaluation of Tweedie exponential dispersion model densities",
        example={"power": 1.3},
        domain="nonnegative",
        parameters=(Parameter("mean", "exp"), Parameter("dispersion", "exp", per="constant")),
        check="deepstat.distributions.tweedie:check_tweedie",
    ),
)

SEVERAL_COLUMNS: tuple[Distribution, ...] = (
    Distribution(
        name="dirichlet",
        target="deepstat.distributions.dirichlet:Dirichlet",
        summary="shares of a whole",
        reference="Aitchison (1986), The Statistical Analysis of Compositional Data",
        domain="simplex",
        columns=None,
        parameters=(Parameter("concentration", "exp", size="columns"),),
        lacks=("cdf", "icdf", "crps"),
    ),
    Distribution(
        name="multivariate_normal",
        target="deepstat.distributions.multivariate_normal:MultivariateNormal",
        summary="several numbers with a full covariance matrix",
        reference="Williams (1996), Using neural networks to model conditional multivariate densities",
        columns=None,
        parameters=(
            Parameter("loc", size="columns", shifts=True, power=1.0),
            Parameter("scale_tril", "cholesky", size="columns", power=1.0, floor=FLOOR),
        ),
        rescale="affine",
        lacks=("cdf", "icdf"),
    ),
    Distribution(
        name="plackett_luce",
        target="deepstat.distributions.plackett_luce:PlackettLuce",
        summary="rankings of items, partial and with ties",
        reference="Turner, van Etten, Firth and Kosmidis (2020), Modelling rankings in R: the PlackettLuce package",
        example={"ties": "breslow"},
        domain="ranking",
        columns=None,
        parameters=(Parameter("scores", size="columns"),),
        lacks=("cdf", "icdf", "interval", "entropy", "crps"),
        check="deepstat.distributions.plackett_luce:check_plackett_luce",
    ),
)

WRAPPERS: tuple[Distribution, ...] = (
    Distribution(
        name="mixture",
        target="deepstat.distributions.mixture:mixture",
        summary="a mixture of several of one family",
        reference="Bishop (1994), Mixture density networks",
        example={"n_components": 3},
        wraps=True,
        check="deepstat.distributions.mixture:check_mixture",
    ),
    Distribution(
        name="zero_inflated",
        target="deepstat.distributions.zero_inflated:zero_inflated",
        summary="counts with zeros in excess",
        reference="Lambert (1992), Zero-inflated Poisson regression",
        wraps=True,
    ),
    Distribution(
        name="hurdle",
        target="deepstat.distributions.hurdle:hurdle",
        summary="zero or not by itself, and the family for what is not zero",
        reference="Mullahy (1986), Specification and testing of some modified count data models",
        wraps=True,
    ),
    Distribution(
        name="censored",
        target="deepstat.distributions.censored:censored",
        summary="a target known only to lie beyond a limit, or in an interval (Tobit)",
        reference="Tobin (1958), Estimation of relationships for limited dependent variables",
        example={"low": 1.0, "high": 3.0},
        wraps=True,
    ),
    Distribution(
        name="truncated",
        target="deepstat.distributions.truncated:truncated",
        summary="a target that is never seen beyond a limit",
        reference="Hausman and Wise (1977), Social experimentation, truncated distributions, and efficient estimation",
        example={"low": 1.0, "high": 4.0},
        wraps=True,
    ),
)

DISTRIBUTIONS: tuple[Distribution, ...] = CONTINUOUS + DISCRETE + MIXED + SEVERAL_COLUMNS + WRAPPERS

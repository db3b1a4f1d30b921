"""The built-in activations.

Gains: 1 / sqrt(E f(z)²) for a standard normal z, which keeps the mean square of a layer's inputs from layer to layer;
for tanh, selu and sigmoid the customary 5/3, 3/4 and 1. They hold for the default options.
"""

from __future__ import annotations

import math

from deepstat.records import Activation

ACTIVATIONS: tuple[Activation, ...] = (
    Activation(
        name="identity",
        target="deepstat.activations.identity:identity",
        summary="no activation",
        reference="Baldi and Hornik (1989), on networks that are linear throughout",
        gain=1.0,
    ),
    Activation(
        name="sigmoid",
        target="torch:sigmoid",
        summary="the logistic function, 1 / (1 + exp(-x))",
        reference="Rumelhart, Hinton and Williams (1986)",
        gain=1.0,
    ),
    Activation(
        name="tanh",
        target="torch:tanh",
        summary="hyperbolic tangent",
        reference="LeCun, Bottou, Orr and Müller (1998)",
        gain=5.0 / 3.0,
    ),
    Activation(
        name="threshold",
        target="deepstat.activations.threshold:threshold",
        summary="1 where x > 0, else 0; not trainable by gradients",
        reference="McCulloch and Pitts (1943)",
        trainable=False,
        gain=math.sqrt(2.0),
    ),
    Activation(
        name="relu",
        target="torch:relu",
        summary="rectifier, max(x, 0)",
        reference="Nair and Hinton (2010)",
        gain=math.sqrt(2.0),
    ),
    Activation(
        name="leaky_relu",
        target="deepstat.activations.leaky_relu:leaky_relu",
        summary="rectifier with a small slope for negative x",
        reference="Maas, Hannun and Ng (2013)",
        example={"negative_slope": 0.2},
        gain=math.sqrt(2.0 / (1.0 + 0.01**2)),
    ),
    Activation(
        name="prelu",
        target="deepstat.activations.prelu:PReLU",
        summary="leaky rectifier whose slope is trained, one a layer",
        reference="He, Zhang, Ren and Sun (2015)",
        example={"slope": 0.125},
        gain=math.sqrt(2.0 / (1.0 + 0.25**2)),
    ),
    Activation(
        name="softplus",
        target="deepstat.activations.softplus:softplus",
        summary="smooth rectifier, log(1 + exp(beta x)) / beta",
        reference="Dugas, Bengio, Bélisle, Nadeau and Garcia (2001)",
        example={"beta": 2.0},
        gain=1.0418668355336516,
    ),
    Activation(
        name="elu",
        target="deepstat.activations.elu:elu",
        summary="x, or alpha (exp(x) - 1) for negative x",
        reference="Clevert, Unterthiner and Hochreiter (2016)",
        example={"alpha": 0.5},
        gain=1.2451983007007064,
    ),
    Activation(
        name="selu",
        target="torch:selu",
        summary="elu scaled so that layers normalise themselves",
        reference="Klambauer, Unterthiner, Mayr and Hochreiter (2017)",
        gain=3.0 / 4.0,
    ),
    Activation(
        name="gelu",
        target="torch.nn.functional:gelu",
        summary="x times the normal distribution function of x",
        reference="Hendrycks and Gimpel (2016)",
        example={"approximate": "tanh"},
        gain=1.5335304411955353,
    ),
    Activation(
        name="silu",
        target="torch.nn.functional:silu",
        summary="x sigmoid(x)",
        reference="Elfwing, Uchibe and Doya (2018)",
        gain=1.6765324703310913,
    ),
    Activation(
        name="swish",
        target="deepstat.activations.swish:swish",
        summary="x sigmoid(beta x)",
        reference="Ramachandran, Zoph and Le (2017)",
        example={"beta": 0.5},
        gain=1.6765324703310913,
    ),
    Activation(
        name="mish",
        target="torch.nn.functional:mish",
        summary="x tanh(softplus(x))",
        reference="Misra (2020)",
        gain=1.4868475812732078,
    ),
)

"""The built-in initializers."""

from __future__ import annotations

from deepstat.records import Initializer

INITIALIZERS: tuple[Initializer, ...] = (
    Initializer(
        name="zeros",
        target="deepstat.initializers.zeros:zeros",
        summary="all zeros",
        reference="Goodfellow, Bengio and Courville (2016), section 8.4, on biases",
    ),
    Initializer(
        name="constant",
        target="deepstat.initializers.constant:constant",
        summary="all the same number",
        reference="Goodfellow, Bengio and Courville (2016), section 8.4, on biases",
        example={"value": 0.5},
    ),
    Initializer(
        name="normal",
        target="deepstat.initializers.normal:normal",
        summary="normal with a given standard deviation",
        reference="Krizhevsky, Sutskever and Hinton (2012)",
        example={"std": 0.1},
    ),
    Initializer(
        name="uniform",
        target="deepstat.initializers.uniform:uniform",
        summary="uniform between given ends",
        reference="Rumelhart, Hinton and Williams (1986)",
        example={"low": -0.1, "high": 0.2},
    ),
    Initializer(
        name="xavier_uniform",
        target="deepstat.initializers.xavier_uniform:xavier_uniform",
        summary="uniform, variance gain² 2 / (inputs + outputs)",
        reference="Glorot and Bengio (2010)",
    ),
    Initializer(
        name="xavier_normal",
        target="deepstat.initializers.xavier_normal:xavier_normal",
        summary="normal, variance gain² 2 / (inputs + outputs)",
        reference="Glorot and Bengio (2010)",
    ),
    Initializer(
        name="he_uniform",
        target="deepstat.initializers.he_uniform:he_uniform",
        summary="uniform, variance 2 / inputs, for rectifiers",
        reference="He, Zhang, Ren and Sun (2015)",
    ),
    Initializer(
        name="he_normal",
        target="deepstat.initializers.he_normal:he_normal",
        summary="normal, variance 2 / inputs, for rectifiers",
        reference="He, Zhang, Ren and Sun (2015)",
    ),
    Initializer(
        name="lecun_uniform",
        target="deepstat.initializers.lecun_uniform:lecun_uniform",
        summary="uniform, variance gain² / inputs, for any activation",
        reference="LeCun, Bottou, Orr and Müller (1998)",
    ),
    Initializer(
        name="lecun_normal",
        target="deepstat.initializers.lecun_normal:lecun_normal",
        summary="normal, variance gain² / inputs, for any activation",
        reference="LeCun, Bottou, Orr and Müller (1998)",
    ),
    Initializer(
        name="orthogonal",
        target="deepstat.initializers.orthogonal:orthogonal",
        summary="orthonormal rows or columns, times gain",
        reference="Saxe, McClelland and Ganguli (2014)",
    ),
)

"""The built-in optimizers."""

from __future__ import annotations

from deepstat.records import Optimizer

OPTIMIZERS: tuple[Optimizer, ...] = (
    Optimizer(
        name="sgd",
        target="deepstat.optimizers.sgd:sgd",
        summary="stochastic gradient descent",
        reference="Robbins and Monro (1951)",
    ),
    Optimizer(
        name="momentum_velocity",
        target="deepstat.optimizers.momentum_velocity:momentum_velocity",
        summary="momentum as a velocity: v <- mu v - lr g, w <- w + v",
        reference="Polyak (1964); Sutskever, Martens, Dahl and Hinton (2013)",
        example={"momentum": 0.5},
    ),
    Optimizer(
        name="momentum_averaged",
        target="deepstat.optimizers.momentum_averaged:momentum_averaged",
        summary="momentum as an average: m <- beta m + (1 - beta) g, w <- w - lr m",
        reference="Polyak (1964)",
        example={"beta": 0.5},
    ),
    Optimizer(
        name="nesterov",
        target="deepstat.optimizers.nesterov:nesterov",
        summary="Nesterov's momentum, which looks one step ahead",
        reference="Nesterov (1983); Sutskever, Martens, Dahl and Hinton (2013)",
        example={"momentum": 0.5},
    ),
    Optimizer(
        name="adagrad",
        target="deepstat.optimizers.adagrad:adagrad",
        summary="steps divided by the root of the sum of squared gradients",
        reference="Duchi, Hazan and Singer (2011)",
        example={"eps": 0.1},
    ),
    Optimizer(
        name="adadelta",
        target="deepstat.optimizers.adadelta:adadelta",
        summary="steps in the units of the parameters; for a learning rate of 1",
        reference="Zeiler (2012)",
        example={"rho": 0.8, "eps": 1e-4},
    ),
    Optimizer(
        name="rmsprop",
        target="deepstat.optimizers.rmsprop:rmsprop",
        summary="steps divided by the root of a running mean of squared gradients",
        reference="Tieleman and Hinton (2012)",
        example={"decay": 0.9, "eps": 1e-4},
    ),
    Optimizer(
        name="adam",
        target="deepstat.optimizers.adam:adam",
        summary="running means of gradients and of their squares, corrected for their start",
        reference="Kingma and Ba (2015)",
        example={"beta1": 0.8, "beta2": 0.99, "eps": 1e-4},
    ),
    Optimizer(
        name="adamw",
        target="deepstat.optimizers.adamw:adamw",
        summary="Adam with decoupled weight decay",
        reference="Loshchilov and Hutter (2019)",
        example={"weight_decay": 0.1},
    ),
    Optimizer(
        name="nadam",
        target="deepstat.optimizers.nadam:nadam",
        summary="Adam with Nesterov's look ahead",
        reference="Dozat (2016)",
        example={"beta1": 0.8, "momentum_decay": 0.01},
    ),
    Optimizer(
        name="radam",
        target="deepstat.optimizers.radam:radam",
        summary="Adam whose denominator waits until its variance is under control",
        reference="Liu, Jiang, He, Chen, Liu, Gao and Han (2020)",
        example={"beta1": 0.8, "beta2": 0.9},
    ),
    Optimizer(
        name="lion",
        target="deepstat.optimizers.lion:lion",
        summary="steps of one size by the sign of an average; for small learning rates",
        reference="Chen, Liang, Huang et al. (2023)",
        example={"beta1": 0.8, "weight_decay": 0.1},
    ),
)

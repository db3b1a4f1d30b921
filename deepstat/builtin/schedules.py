"""The built-in schedules."""

from __future__ import annotations

from deepstat.records import Schedule

SCHEDULES: tuple[Schedule, ...] = (
    Schedule(
        name="constant",
        target="deepstat.schedules.constant:constant",
        summary="one learning rate throughout",
        reference="Robbins and Monro (1951), for the theory of decaying ones",
    ),
    Schedule(
        name="linear",
        target="deepstat.schedules.linear:linear",
        summary="linear decay to a fraction of the learning rate",
        reference="Defazio, Cutkosky, Mehta and Mishchenko (2023)",
        example={"end": 0.1},
    ),
    Schedule(
        name="cosine",
        target="deepstat.schedules.cosine:cosine",
        summary="half a cosine wave down",
        reference="Loshchilov and Hutter (2017)",
        example={"end": 0.1},
    ),
    Schedule(
        name="cosine_restarts",
        target="deepstat.schedules.cosine_restarts:cosine_restarts",
        summary="half cosine waves down, each from the top again",
        reference="Loshchilov and Hutter (2017); Huang et al. (2017), for snapshots at their ends",
        example={"cycles": 2, "end": 0.1},
    ),
    Schedule(
        name="exponential",
        target="deepstat.schedules.exponential:exponential",
        summary="the same relative decay at every step",
        reference="Goodfellow, Bengio and Courville (2016), section 8.5",
        example={"end": 0.1},
    ),
    Schedule(
        name="step_decay",
        target="deepstat.schedules.step_decay:step_decay",
        summary="drops by a factor at given fractions of the fit",
        reference="He, Zhang, Ren and Sun (2016)",
        example={"factor": 0.5, "at": (0.25, 0.5, 0.75)},
    ),
    Schedule(
        name="coslog",
        target="deepstat.schedules.coslog:coslog",
        summary="cosine waves, each twice as long as the one before",
        reference="Holzmüller, Grinsztajn and Steinwart (2024)",
        example={"cycles": 2},
    ),
    Schedule(
        name="flat_cosine",
        target="deepstat.schedules.flat_cosine:flat_cosine",
        summary="constant, then half a cosine wave down",
        reference="Loshchilov and Hutter (2017), for the wave",
        example={"flat": 0.25, "end": 0.1},
    ),
    Schedule(
        name="one_cycle",
        target="deepstat.schedules.one_cycle:one_cycle",
        summary="half a cosine wave up, then one down",
        reference="Smith and Topin (2018)",
        example={"warmup": 0.5, "start": 0.1, "end": 0.01},
    ),
    Schedule(
        name="warmup_cosine",
        target="deepstat.schedules.warmup_cosine:warmup_cosine",
        summary="linear warm-up, then half a cosine wave down",
        reference="Goyal et al. (2017); Loshchilov and Hutter (2017)",
        example={"warmup": 0.2, "start": 0.1, "end": 0.01},
    ),
)

"""What this plugin registers: records only. Targets are imported when somebody uses their names."""

from collections.abc import Iterable

from deepstat import hookimpl
from deepstat.records import Architecture, Loss


@hookimpl
def deepstat_losses() -> Iterable[Loss]:
    """Yield the losses."""
    yield Loss(
        name="smooth_absolute",
        target="deepstat_template.smooth_absolute:smooth_absolute",
        summary="absolute residual, smoothed by a normal kernel",
        reference="Fernandes, Guerre and Horta (2021), Smoothing quantile regressions",
        example={"bandwidth": 0.2},
        scale="mad",
        check="deepstat_template.smooth_absolute:check_smooth_absolute",
    )


@hookimpl
def deepstat_architectures() -> Iterable[Architecture]:
    """Yield the architectures."""
    yield Architecture(
        name="gated",
        target="deepstat_template.gated:gated",
        summary="one hidden layer of gated linear units",
        reference="Dauphin et al. (2017), Language modeling with gated convolutional networks",
        example={"width": 8},
        batched=True,
    )

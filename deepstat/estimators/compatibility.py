"""Do loss, architecture, target and settings fit together? Fail now, in one sentence."""

from __future__ import annotations

import os
from numbers import Integral
from pathlib import Path

import torch

from deepstat.estimators.components import Resolved
from deepstat.layers.heads_of import heads_of
from deepstat.losses.cross_entropy import cross_entropy
from deepstat.records import Activation
from deepstat.training.layout import Layout
from deepstat.training.plan import Plan


def check_trainable(activation: Activation) -> None:
    """Refuse to train a network whose units have zero gradient everywhere."""
    if not activation.trainable:
        raise ValueError(
            f"activation={activation.name!r} has zero gradient everywhere, so a network with it cannot be trained: "
            "train with 'sigmoid' or 'tanh', or use it for inference in a network of your own."
        )


def check_checkpoint(folder: str | os.PathLike[str] | None, random_state: object) -> str | None:
    """Make the folder of checkpoints now; a fit can be resumed only if its randomness can be repeated."""
    if folder is None:
        return None
    if not isinstance(random_state, Integral):
        raise ValueError(
            f"checkpoint={os.fspath(folder)!r} needs random_state to be an integer (got {random_state!r}), "
            "so that a killed fit can be repeated."
        )
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ValueError(
            f"checkpoint={os.fspath(folder)!r} cannot be written ({error.strerror}): give a folder that can."
        ) from error
    return os.fspath(path)


def check_stop_by(stop_by: str, task: str, loss: Resolved) -> None:
    """Refuse to judge epochs by what calibration leaves of a loss that is no log-loss of classes."""
    if stop_by == "refinement" and (task != "classification" or loss.target is not cross_entropy):
        raise ValueError(
            f"stop_by='refinement' is the log-loss of classes after scaling by a temperature, which "
            f"{loss.record.name!r} has not: use loss='cross_entropy' of a classifier, or stop_by='smoothed'."
        )


def check_class_weight(loss: Resolved, class_weight: object) -> None:
    """Refuse to weigh classes twice: focal's alpha is a class weight too."""
    if class_weight is not None and loss.options.get("alpha") is not None and loss.record.name == "focal":
        raise ValueError(
            f"loss_params={{'alpha': {loss.options['alpha']!r}}} and class_weight={class_weight!r} both weigh the "
            "classes: give one of them."
        )


def check_network(plan: Plan, n_outputs: int) -> None:
    """Run two rows through a plan's network and loss in prediction mode, and check the shapes of what comes out."""
    if next(plan.network.parameters(), None) is None:
        raise ValueError(
            "The network has no parameters, so there is nothing to train: add a layer with weights."
        )
    rows = torch.as_tensor(plan.rows[[0, -1]], dtype=torch.int64, device=plan.table.y.device)
    x, y = plan.table.x.index_select(0, rows), plan.table.y.index_select(0, rows)
    if plan.center is not None and plan.scale is not None:
        x = (x - plan.center) * plan.scale
    plan.network.eval()
    with torch.no_grad():
        raw = plan.network(x)
        plan.network.train()
        if tuple(raw.shape) not in ((2, n_outputs), (2, heads_of(plan.network), n_outputs)):
            raise ValueError(
                f"The network returned shape {tuple(raw.shape)} for 2 rows, but this target needs (2, {n_outputs}): "
                "build the last layer with n_outputs outputs. (A network of a table with an attribute n_heads = H may "
                f"return (2, H, {n_outputs}).)"
            )
        raw = raw[:, 0] if raw.ndim == 3 else raw
        layout = Layout.of(plan.network, plan.objective.constants)
        constants = layout.constant_values(layout.flatten(plan.network))
        losses = plan.objective.loss(raw, y, **{**plan.objective.options, **constants})
    expected = (2,) if plan.objective.per_row else ()
    if tuple(losses.shape) != expected:
        raise ValueError(
            f"The loss returned shape {tuple(losses.shape)} for 2 rows, but must return {expected}: "
            "one number for each row, not reduced."
        )

"""Going on from a fitted estimator (``warm_start``, ``partial_fit``): what of its state a new fit keeps."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepstat.estimators.components import Resolved, record_of
from deepstat.estimators.defaults import n_members_of
from deepstat.layers.dropout import dropout_layers
from deepstat.training.layout import Layout
from deepstat.training.plan import MemberState, Objective


def resume(
    estimator: Any, member: int, network: nn.Module, objective: Objective, loss: Resolved, optimizer: Resolved
) -> MemberState:
    """Return where member `member` goes on.

    Weights and running statistics are kept. With another loss than fitted, trained constants and the residual
    scale start afresh; with another optimizer its memory does. Dropout rates are those asked for now.

    Parameters
    ----------
    estimator : fitted estimator
    member : int
    network : nn.Module
        As its parameters describe it now, on the device and in the dtype of the new fit.
    objective : Objective
    loss, optimizer : Resolved

    Raises
    ------
    ValueError
        The settings now ask for another number of members, or another network, than was fitted.
    """
    check_resumable(estimator, network)
    kept = estimator.members_[member]
    same_loss = estimator._resolved().record.target == loss.record.target
    layout = Layout.of(network, objective.constants)
    flat = layout.flatten(network)
    n_kept = layout.size if same_loss else layout.size - len(objective.constants)
    flat[:n_kept] = kept.flat[:n_kept].to(flat)
    drawn = tuple(f"{path}." for path in dropout_layers(network))
    buffers = {
        name: value.clone() if name.startswith(drawn) else kept.buffers[name].to(value)
        for name, value in network.named_buffers()
    }
    scale = kept.scale.to(flat) if same_loss and isinstance(objective.scale, str) else None  # type: ignore[union-attr]
    state = MemberState(flat=flat, buffers=buffers, scale=scale)
    fresh = optimizer.target.init(flat[None])
    fits = fresh.keys() == kept.optimizer.keys() and all(
        fresh[name].shape[1:] == value.shape for name, value in kept.optimizer.items()
    )
    if fits and record_of("optimizer", estimator._recipe["optimizer"]).target == optimizer.record.target:
        state.optimizer = {name: value.to(fresh[name]) for name, value in kept.optimizer.items()}
        state.n_steps = kept.n_steps
    return state


def check_resumable(estimator: Any, network: nn.Module) -> None:
    """Refuse to go on with another number of members, or another network, than was fitted."""
    anew = "or fit afresh with warm_start=False."
    if n_members_of(estimator) != len(estimator.members_):
        raise ValueError(
            f"n_members={estimator.n_members} cannot go on from a fit of {len(estimator.members_)}: "
            f"keep the number, {anew}"
        )
    fitted = estimator.network_
    drawn = tuple(f"{path}." for path in dropout_layers(network))
    missing = [
        name
        for name, value in network.named_buffers()
        if not name.startswith(drawn)
        and getattr(dict(fitted.named_buffers()).get(name), "shape", None) != value.shape
    ]
    if missing or Layout.of(fitted) != Layout.of(network):
        raise ValueError(
            f"The layers that architecture={estimator.architecture!r} asks for now differ from the fitted ones: "
            f"keep the architecture, {anew}"
        )

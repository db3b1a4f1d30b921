"""The parameters that all deep estimators share: their words, their ranges, their nested access."""

from __future__ import annotations

import functools
import os
from numbers import Integral, Real
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval, StrOptions

from deepstat.records import Component

SHARED = """\
formula : str, dict or None
        ``"y ~ x1 + C(g) + bs(x2, df=4) + deep(z1, z2)"``: a linear part that can be read (``coef_``) plus a network of
        the columns inside each ``deep(...)``. X must be a frame; the left side may be left out where `y` is given. For
        a distribution also a dict with one formula for each parameter; parameters without one are constants.
    terms : dict or None
        Networks of single deep terms: ``{"deep(z1, z2)": {"architecture": "resnet", "width": 16}}``. Others have
        `architecture`.
    architecture : str, callable or nn.Module class, default="auto"
        A registered name (``deepstat list architectures``), or ``recipe(inputs, n_outputs, **options)``. "auto":
        "tabular" for means and classes; "mlp" for distributions, quantiles, expectiles and in formulas.
    architecture_params : dict or None
        Options of the architecture, e.g. ``{"hidden_layer_sizes": (64, 64), "activation": "relu", "dropout": 0.1}``.
    optimizer : str or torch.optim.Optimizer class, default="adam"
        With ``architecture="linear"`` also a solver of classical models, "newton", "lbfgs", "irls", "interior_point" or
        "coordinate_descent": exact, on all rows, with standard errors (``inference``, ``summary``, ``coef_``).
    optimizer_params : dict or None
    learning_rate : float, default=0.003
    schedule : str or callable, default="cosine"
        Factor on the learning rate by progress.
    schedule_params : dict or None
    batch_size : int or "auto", default="auto"
        "auto": all rows up to 128 rows, then 32 to 256 growing with the table.
    max_epochs : int, default=100
    early_stopping : bool or "auto", default="auto"
        Hold out rows, stop when their loss no longer falls, keep the best weights. "auto": from 129 rows.
    validation_fraction : float, default=0.1
    patience : int, default=20
        Epochs without progress before stopping.
    tol : float, default=0.0
        Smallest relative fall of the validation loss that counts as progress.
    stop_by : {"loss", "smoothed", "refinement"}, default="loss"
        What epochs are judged by, on the rows held out. "loss": their loss. "smoothed": its median over the last five
        epochs, for noisy labels or few rows, where the least of many losses is the luckiest. "refinement" (classes,
        loss "cross_entropy"): the log-loss that is left after scaling by a temperature, so that overconfidence, which
        calibration mends, ends no training (Berta et al. 2025).
    time_limit : float or None
        Seconds that ``fit`` may take, kept to within a tenth; training ends within an epoch if need be, and the
        best weights so far are kept (without rows held out the latest). Schedules then follow the time where it runs
        out before the epochs do. Results depend on the machine and on what else it does, so they cannot be reproduced.
        ``n_iter_`` says how far it came. Fits of several estimators in one population share the sum of their limits.
    average_from : float or None
        Stochastic weight averaging (Izmailov et al. 2018): keep the mean of the weights over the epochs after this
        share of `max_epochs`, with the running statistics of batch norm taken anew. All of `max_epochs` are done,
        whatever `patience` says; rows held out choose between the mean and the best epoch.
    l1, l2 : float, default=0.0
        The objective is the mean loss + l1 * sum|w| + (l2 / 2) * sum w^2 over weights (not biases), on standardised
        columns and target. Note that "squared" is half the squared residual.
    clip : float or None
        Largest norm of a member's gradient.
    initializer : str, callable or None
        How to draw initial weights; None leaves it to the architecture.
    initializer_params : dict or None
        Its options, and ``bias``, the initial bias.
    start_from : fitted estimator or None
        Copy the weights of all its layers of equal name and shape (transfer learning). scikit-learn's tools clone
        parameters, which unfits them: wrap it in ``sklearn.frozen.FrozenEstimator`` there.
    freeze : list of str or None
        Names of layers or parameters (of ``network_.named_parameters()``) that stay as they start.
    n_members : int or "auto", default="auto"
        Networks trained as one population, each with its own seed and validation rows; predictions average. "auto": 8
        of the architecture "tabular", 1 of others.
    warm_start : bool, default=False
        Let ``fit`` go on from the fitted weights, with the columns and the target scale learned then.
    on_epoch : callable or None
        ``on_epoch(member, entry)`` after each epoch of each member, with the entry of ``history_``; returning True
        stops that member.
    checkpoint : path or None
        Folder for checkpoints: a killed fit, run again with the same arguments, ends with the same weights to the bit.
        Needs an integer `random_state`.
    device : str, default="auto"
        "auto" (CUDA, then MPS, then CPU), "cpu", "cuda", "cuda:1", "mps".
    precision : {"auto", "float32", "float64", "bfloat16"}, default="auto"
        "auto": float32 on accelerators, for float32 tables, and for "tabular" on tables of more than 128 rows; else
        float64. "bfloat16": mixed precision.
    compile : bool or "auto", default="auto"
        Compile the training step; "auto" does so for long fits where a C++ compiler is found.
    random_state : int, RandomState or None
        An integer makes the fit reproducible to the bit on one machine. Global generators are never touched.
    verbose : int, default=0
        1: a progress bar; 2: a line for each epoch."""

LOSS = """\
loss : str or callable, default="auto"
        A registered name (``deepstat list losses``), or ``loss(prediction, target) -> (n,)``. "auto": {auto_loss}.
    loss_params : dict or None
        Options of the loss, e.g. ``{{"delta": 1.345}}``."""

ATTRIBUTES = """\
network_ : nn.Module
        The network, in prediction mode (``networks_``: one for each member).
    schema_ : Schema
        What was learned of the columns (``schemas_``: by each member, from its own training rows).
    target_ : RegressionTarget or ClassTarget
        What was learned of the target (``targets_``: by each member).
    history_ : list of dict
        One entry for each member and epoch: member, epoch, loss, and validation_loss where rows were held out
        (refined_loss too with ``stop_by="refinement"``). A time limit may have cut the last one short.
    n_iter_ : int
        Epochs done (the longest member's).
    n_rows_ : list of (int, int)
        Rows that each member learned from, and rows that it held out.
    best_epochs_ : list of int
        Epoch of each member's weights.
    constants_ : dict of ndarray
        Numbers trained with the network, by name, one for each member (losses that have them).
    residual_scale_ : ndarray of shape (n_members, n_outputs) or None
        Scale of the residuals in units of the target, for losses whose options are in residual scales.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, where X has them"""


def document(cls: type, auto_loss: str = "") -> None:
    """Fill the shared paragraphs into a class's docstring."""
    assert cls.__doc__ is not None
    filled = {
        "{shared}": SHARED,
        "{attributes}": ATTRIBUTES,
        "{loss}": LOSS.format(auto_loss=auto_loss),
    }
    for name, text in filled.items():
        cls.__doc__ = cls.__doc__.replace(name, text)


NETWORK_CONSTRAINTS: dict[str, list[Any]] = {
    "architecture": [str, callable, Component],
    "architecture_params": [dict, None],
    "optimizer": [str, callable, tuple, Component],
    "optimizer_params": [dict, None],
    "learning_rate": [Interval(Real, 0, None, closed="neither")],
    "schedule": [str, callable, Component],
    "schedule_params": [dict, None],
    "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "max_epochs": [Interval(Integral, 1, None, closed="left")],
    "early_stopping": ["boolean", StrOptions({"auto"})],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "patience": [Interval(Integral, 1, None, closed="left")],
    "tol": [Interval(Real, 0, None, closed="left")],
    "stop_by": [StrOptions({"loss", "smoothed", "refinement"})],
    "time_limit": [Interval(Real, 0, None, closed="neither"), None],
    "average_from": [Interval(Real, 0, 1, closed="left"), None],
    "l1": [Interval(Real, 0, None, closed="left")],
    "l2": [Interval(Real, 0, None, closed="left")],
    "clip": [Interval(Real, 0, None, closed="neither"), None],
    "initializer": [str, callable, Component, None],
    "initializer_params": [dict, None],
    "start_from": [BaseEstimator, None],
    "freeze": [list, tuple, None],
    "n_members": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
    "warm_start": ["boolean"],
    "on_epoch": [callable, None],
    "checkpoint": [str, os.PathLike, None],
    "device": [str],
    "precision": [str],
    "compile": ["boolean", StrOptions({"auto"})],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}

CONSTRAINTS: dict[str, list[Any]] = {
    **NETWORK_CONSTRAINTS,
    "formula": [str, dict, None],
    "terms": [dict, None],
}

LOSS_CONSTRAINTS: dict[str, list[Any]] = {"loss": [str, callable, Component], "loss_params": [dict, None]}


class NestedParameters:
    """Reach the entries of ``*_params`` one by one: ``loss_params__delta`` in get_params, set_params and searches."""

    @classmethod
    @functools.cache  # reading the signature anew for every clone takes longer than cloning
    def _get_param_names(cls) -> list[str]:
        return super()._get_param_names()  # type: ignore[misc]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; with `deep` also each entry of the ``*_params``.

        Parameters
        ----------
        deep : bool, default=True

        Returns
        -------
        dict
        """
        params: dict[str, Any] = super().get_params(deep=deep)  # type: ignore[misc]
        if deep:
            for name, value in list(params.items()):
                if name.endswith("_params") and isinstance(value, dict):
                    params |= {f"{name}__{key}": entry for key, entry in value.items()}
        return params

    def set_params(self, **params: Any) -> Any:
        """Set parameters, also single entries such as ``loss_params__delta``.

        Parameters
        ----------
        **params : dict

        Returns
        -------
        self
        """
        own = self.get_params(deep=False)
        nested: dict[str, dict[str, Any]] = {}
        plain = {}
        for name, value in params.items():
            outer, _, key = name.partition("__")
            if key and outer.endswith("_params") and outer in own:
                nested.setdefault(outer, {})[key] = value
            else:
                plain[name] = value
        super().set_params(**plain)  # type: ignore[misc]
        for outer, entries in nested.items():
            setattr(self, outer, {**(getattr(self, outer) or {}), **entries})
        return self

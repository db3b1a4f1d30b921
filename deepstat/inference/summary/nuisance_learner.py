"""The learner of conditional means that a network with a formula suggests."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from deepstat.estimators.defaults import architecture_of
from deepstat.estimators.regressor import DeepRegressor
from deepstat.formula.deep_term import DeepTerm

# Of the joint fit, or of its run on one machine.
LEFT_OUT = (
    "formula",
    "terms",
    "loss",
    "loss_params",
    "start_from",
    "freeze",
    "warm_start",
    "on_epoch",
    "checkpoint",
)


def nuisance_learner(estimator: Any) -> DeepRegressor:
    """Return a regressor with the settings of an estimator and the architecture of its deep term.

    Parameters
    ----------
    estimator : fitted deep estimator
        With a formula. Of several deep terms the architecture is the one that they have by default.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"y": [0.0, 1.0, 3.0], "x": [0.0, 1.0, 2.0], "z": [1.0, 0.0, 2.0]})
    >>> terms = {"deep(z)": {"architecture": "resnet", "width": 16}}
    >>> model = DeepRegressor(formula="y ~ x + deep(z)", terms=terms, max_epochs=1, random_state=0).fit(table)
    >>> nuisance_learner(model)
    DeepRegressor(architecture='resnet', architecture_params={'width': 16},
                  max_epochs=1, random_state=0)
    """
    known = {field.name for field in fields(estimator)}
    names = [
        field.name for field in fields(DeepRegressor) if field.name in known and field.name not in LEFT_OUT
    ]
    params = {name: getattr(estimator, name) for name in names}
    params["architecture"] = architecture_of(vars(estimator), estimator._task)
    design = next(iter(estimator.schema_.parameters.values()))
    own = {DeepTerm.read(label).label: given for label, given in (estimator.terms or {}).items()}
    if len(design.deep) == 1 and design.deep[0][0] in own:
        given = dict(own[design.deep[0][0]])
        params["architecture"] = given.pop("architecture", params["architecture"])
        params["architecture_params"] = given or None
    return DeepRegressor(**params)

"""The head of a report: the model, the rows, the training."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.inference.summary.settings_in_words import named, shown

Lines = list[tuple[str, str]]


def header(estimator: Any) -> tuple[Lines, Lines]:
    """Return the two columns of the head of a report, as pairs of a label and a value.

    Parameters
    ----------
    estimator : fitted deep estimator

    Returns
    -------
    left, right : list of (str, str)
        Losses are those of training, at the epochs whose weights were kept, averaged over members.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 3.0]
    >>> left, right = header(DeepRegressor(max_epochs=2, random_state=0).fit(X, y))
    >>> left[2], right[:2]
    (('Architecture:', 'tabular'), [('Rows:', '4'), ('Columns:', '1')])
    """
    recipe = estimator._recipe
    left = [("Model:", type(estimator).__name__), target_of(estimator)]
    left.append(("Architecture:", named(recipe["architecture"], recipe["architecture_params"])))
    left += [("Members:", str(len(estimator.members_)))]
    left += [("Weights of each:", str(len(estimator.members_[0].flat)))]
    kept = [_kept_epoch(estimator, member) for member in range(len(estimator.members_))]
    right = [("Rows:", _rows(estimator)), ("Columns:", str(estimator.n_features_in_))]
    right += [("Epochs done:", str(estimator.n_iter_)), ("Epoch kept:", _range(estimator.best_epochs_))]
    right += [("Training loss:", _mean([entry.get("loss") for entry in kept]))]
    right += [("Held-out loss:", _mean([entry.get("validation_loss") for entry in kept]))]
    return left, [(label, value) for label, value in right if value]


def target_of(estimator: Any) -> tuple[str, str]:
    """Return what is fitted to the target: its loss, its distribution, its levels."""
    recipe = estimator._recipe
    if "distribution" in recipe:
        return "Distribution:", named(recipe["distribution"], recipe["distribution_params"])
    for levels in ("quantiles", "expectiles"):
        if levels in recipe:
            return f"{levels.capitalize()}:", shown(recipe[levels])
    loss = recipe["loss"]
    return "Loss:", named(
        estimator._resolved().record.name if loss == "auto" else loss, recipe["loss_params"]
    )


def _rows(estimator: Any) -> str:
    """Return the rows of the first member's fit; empty for one that was saved before they were counted."""
    training, held_out = (getattr(estimator, "n_rows_", None) or [(0, 0)])[0]
    return (f"{training} + {held_out} held out" if held_out else str(training)) if training else ""


def _kept_epoch(estimator: Any, member: int) -> dict[str, float]:
    """Return the history's entry of the epoch whose weights a member has."""
    epoch = estimator.best_epochs_[member]
    entries = [entry for entry in estimator.history_ if entry["member"] == member]
    return next((entry for entry in entries if entry["epoch"] == epoch), entries[-1] if entries else {})


def _range(values: list[int]) -> str:
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low} to {high}"


def _mean(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{np.mean(known):.5g}" if known else ""

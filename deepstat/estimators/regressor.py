"""Deep regression under any loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from deepstat.estimators.deep import DeepEstimator
from deepstat.estimators.parameters import document


class DeepRegressor(RegressorMixin, DeepEstimator):
    """A neural network for regression that obeys scikit-learn's contract.

    Takes tables as they are: numbers, booleans, categories, text, dates, missing values. Columns and target are
    standardised inside; predictions come back in units of the target.

    Parameters
    ----------
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DeepClassifier : the same for classes.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepRegressor
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = DeepRegressor(loss="huber", max_epochs=20, random_state=0).fit(X, y)
    >>> model.predict(X).shape, bool(model.score(X, y) > 0.3)
    ((442,), True)
    """

    _task = "regression"

    def __init__(
        self,
        *,
        architecture: Any = "mlp",
        architecture_params: Any = None,
        loss: Any = "auto",
        loss_params: Any = None,
        optimizer: Any = "adam",
        optimizer_params: Any = None,
        learning_rate: float = 3e-3,
        schedule: Any = "cosine",
        schedule_params: Any = None,
        batch_size: Any = "auto",
        max_epochs: int = 100,
        early_stopping: Any = "auto",
        validation_fraction: float = 0.1,
        patience: int = 20,
        tol: float = 0.0,
        average_from: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        clip: float | None = None,
        initializer: Any = None,
        initializer_params: Any = None,
        start_from: Any = None,
        freeze: Any = None,
        n_members: int = 1,
        warm_start: bool = False,
        on_epoch: Any = None,
        checkpoint: Any = None,
        device: str = "auto",
        precision: str = "auto",
        compile: Any = "auto",  # the word that torch uses
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.architecture = architecture
        self.architecture_params = architecture_params
        self.loss = loss
        self.loss_params = loss_params
        self.optimizer = optimizer
        self.optimizer_params = optimizer_params
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.schedule_params = schedule_params
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.tol = tol
        self.average_from = average_from
        self.l1 = l1
        self.l2 = l2
        self.clip = clip
        self.initializer = initializer
        self.initializer_params = initializer_params
        self.start_from = start_from
        self.freeze = freeze
        self.n_members = n_members
        self.warm_start = warm_start
        self.on_epoch = on_epoch
        self.checkpoint = checkpoint
        self.device = device
        self.precision = precision
        self.compile = compile
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> DeepRegressor:
        """Train the network.

        Parameters
        ----------
        X : table of shape (n, p)
            DataFrame (pandas, polars), array, list of lists or scipy sparse matrix.
        y : array-like of shape (n,) or (n, k)
        sample_weight : array-like of shape (n,) or None
            Frequencies: weight 2 counts a row twice, weight 0 leaves it out, everywhere.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> DeepRegressor:
        """Train for one epoch on the rows given; columns and target scale are learned at the first call.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,) or (n, k)
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        self
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: Any) -> np.ndarray:
        """Predict the target.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,) or (n, k)
            In units of the target; in X's float dtype, or float64. Several members are averaged.
        """
        members, dtype = self._members(X)
        return members.mean(axis=0).astype(dtype, copy=False)

    def _members(self, X: Any) -> tuple[np.ndarray, np.dtype[Any]]:
        """Return each member's predictions (members, n) or (members, n, k), and the dtype for their mean."""
        raw, dtype = self._raw(X)
        if self._loss().record.link == "exp":  # type: ignore[attr-defined]
            raw = np.exp(raw)
        return np.stack([target.decode(own) for target, own in zip(self.targets_, raw, strict=True)]), dtype

    def __sklearn_tags__(self) -> Tags:
        """Add several outputs to what the estimator does."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


document(DeepRegressor, "squared")

"""Deep classification, with honest probabilities whatever the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if

from deepstat.estimators.deep import DeepEstimator
from deepstat.estimators.parameters import CONSTRAINTS, document
from deepstat.estimators.probabilities import has_probabilities, probabilities, undo


def _gives_probabilities(estimator: DeepClassifier) -> bool:
    loss = getattr(estimator, "_recipe", {"loss": estimator.loss})["loss"]
    if has_probabilities(loss):
        return True
    raise AttributeError(
        f"loss={loss!r} gives no probabilities: use decision_function, or loss='cross_entropy' or 'focal'."
    )


class DeepClassifier(ClassifierMixin, DeepEstimator):
    """A neural network for classification that obeys scikit-learn's contract.

    ``predict_proba`` reports probabilities of the classes as they are in the data: what the loss distorts (focal's
    focusing, class weights, label smoothing) is undone. ``predict`` and ``decision_function`` follow the loss as
    trained, so that class weights act as costs. ``predict_raw_proba`` returns the network's own probabilities.

    Parameters
    ----------
    class_weight : dict, "balanced", "effective_number" or None
        Weights of the rows of each class, normalised to mean one over rows. "effective_number" (Cui et al. 2019)
        needs ``class_weight_params={"beta": ...}``.
    class_weight_params : dict or None
    {shared}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    class_weight_ : ndarray of shape (n_classes,) or None
        The weight of each class in training.
    {attributes}

    See Also
    --------
    DeepRegressor : the same for numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from deepstat import DeepClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = DeepClassifier(max_epochs=50, random_state=0).fit(X, y)
    >>> model.predict_proba(X).shape, bool(model.score(X, y) > 0.9)
    ((150, 3), True)
    """

    _task = "classification"
    _parameter_constraints = {  # noqa: RUF012  # scikit-learn's protocol
        **CONSTRAINTS,
        "class_weight": [dict, str, None],
        "class_weight_params": [dict, None],
    }

    def __init__(
        self,
        *,
        architecture: Any = "mlp",
        architecture_params: Any = None,
        loss: Any = "auto",
        loss_params: Any = None,
        class_weight: Any = None,
        class_weight_params: Any = None,
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
        self.class_weight = class_weight
        self.class_weight_params = class_weight_params
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

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> DeepClassifier:
        """Train the network.

        Parameters
        ----------
        X : table of shape (n, p)
            DataFrame (pandas, polars), array, list of lists or scipy sparse matrix.
        y : array-like of shape (n,), or (n, n_classes)
            Labels of any type; or class probabilities whose rows sum to one (soft targets), with classes 0, 1, ....
        sample_weight : array-like of shape (n,) or None
            Frequencies: weight 2 counts a row twice, weight 0 leaves it out, everywhere.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight)  # type: ignore[no-any-return]

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> DeepClassifier:
        """Train for one epoch on the rows given.

        Parameters
        ----------
        X : table of shape (n, p)
        y : array-like of shape (n,)
        classes : array-like or None
            All classes that will ever be seen; needed at the first call unless `y` has them all.
        sample_weight : array-like of shape (n,) or None

        Returns
        -------
        self
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} needs all rows at once, which partial_fit never sees: "
                "give a dict of class to weight."
            )
        if (
            classes is not None
            and hasattr(self, "classes_")
            and list(np.unique(classes)) != list(self.classes_)
        ):
            raise ValueError(
                f"classes={classes!r} differ from those of the first call, {self.classes_.tolist()}."
            )
        return self._partial_fit(X, y, sample_weight, classes)  # type: ignore[no-any-return]

    def predict(self, X: Any) -> np.ndarray:
        """Predict the class.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,)
        """
        score = self.decision_function(X)
        chosen = (score > 0).astype(np.intp) if score.ndim == 1 else score.argmax(axis=1)
        return self.classes_[chosen]

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the network's scores, whose largest is the class predicted.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n,) for two classes (positive: the second), else (n, n_classes)
            Log-odds, or log-probabilities up to a constant, for losses that have probabilities. Several members are
            averaged on that scale.
        """
        raw, dtype = self._raw(X)
        mean = raw.mean(axis=0)
        return (mean[:, 0] if mean.shape[1] == 1 else mean).astype(dtype, copy=False)

    @available_if(_gives_probabilities)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Estimate the probability of each class, with the distortions of the loss undone.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_classes)
            Columns as in ``classes_``.
        """
        members, dtype = self._members(X)
        return members.mean(axis=0).astype(dtype, copy=False)

    @available_if(_gives_probabilities)
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the logarithm of :meth:`predict_proba`.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        with np.errstate(divide="ignore"):  # a probability that underflowed to zero has log -inf
            return np.log(self.predict_proba(X))

    @available_if(_gives_probabilities)
    def predict_raw_proba(self, X: Any) -> np.ndarray:
        """Return the network's own probabilities, as the loss shaped them.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        raw, dtype = self._raw(X)
        return np.mean([probabilities(own) for own in raw], axis=0).astype(dtype, copy=False)

    def _members(self, X: Any) -> tuple[np.ndarray, np.dtype[Any]]:
        """Return each member's probabilities (members, n, n_classes), and the dtype for their mean."""
        raw, dtype = self._raw(X)
        loss = self._loss()
        return np.stack([undo(probabilities(own), loss, self.class_weight_) for own in raw]), dtype


document(DeepClassifier, "cross_entropy")

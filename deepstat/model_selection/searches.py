"""scikit-learn's searches, each under :func:`~deepstat.model_selection.population.population`."""

from __future__ import annotations

from typing import Any

from sklearn import model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  # scikit-learn asks for it

from deepstat.model_selection.population import population


class _InOnePopulation:
    n_jobs: int | None

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Search, as scikit-learn's class does."""
        with population(n_jobs=self.n_jobs):
            return super().fit(X, y, **params)  # type: ignore[misc]


class GridSearchCV(_InOnePopulation, model_selection.GridSearchCV):
    """:class:`sklearn.model_selection.GridSearchCV` whose deepstat fits, all candidates and folds, are one population.

    Parameters, attributes and results are scikit-learn's; `n_jobs` splits the population over so many processes.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> search = GridSearchCV(DeepRegressor(max_epochs=5, random_state=0), {"learning_rate": [1e-9, 1e-2]}, cv=2)
    >>> search.fit(X, y).best_params_
    {'learning_rate': 0.01}
    """


class RandomizedSearchCV(_InOnePopulation, model_selection.RandomizedSearchCV):
    """:class:`sklearn.model_selection.RandomizedSearchCV` whose deepstat fits are one population.

    Parameters, attributes and results are scikit-learn's; `n_jobs` splits the population over so many processes.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from deepstat import DeepRegressor
    >>> RandomizedSearchCV(DeepRegressor(), {"learning_rate": loguniform(1e-4, 1e-1)}, n_iter=20).n_iter
    20
    """


class HalvingGridSearchCV(_InOnePopulation, model_selection.HalvingGridSearchCV):
    """:class:`sklearn.model_selection.HalvingGridSearchCV`; the deepstat fits of an iteration are one population.

    Parameters, attributes and results are scikit-learn's; `n_jobs` splits the population over so many processes.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> HalvingGridSearchCV(DeepRegressor(), {"l2": [0.0, 0.1]}, resource="max_epochs", max_resources=40).resource
    'max_epochs'
    """


class HalvingRandomSearchCV(_InOnePopulation, model_selection.HalvingRandomSearchCV):
    """:class:`sklearn.model_selection.HalvingRandomSearchCV`; the deepstat fits of an iteration are one population.

    Parameters, attributes and results are scikit-learn's; `n_jobs` splits the population over so many processes.

    Examples
    --------
    >>> from deepstat import DeepRegressor
    >>> HalvingRandomSearchCV(DeepRegressor(), {"l2": [0.0, 0.1]}, factor=2).factor
    2
    """

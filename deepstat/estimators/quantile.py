"""Deep quantile regression: several quantiles from one network, which never cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.utils._param_validation import StrOptions

from deepstat.estimators.curves import DeepCurves
from deepstat.estimators.parameters import CONSTRAINTS, document


@dataclass(kw_only=True, eq=False, repr=False)
class DeepQuantileRegressor(DeepCurves):
    """Conditional quantiles by one network.

    Parameters
    ----------
    quantiles : sequence of float, default=(0.1, 0.5, 0.9)
        Levels in (0, 1). The median is always fitted beside them.
    crossing : {"auto", "none", "allow"}, default="auto"
        "none": the median and positive gaps to its neighbours, so that no two quantiles cross at any x. "allow": an
        output of the network for each level. "auto": "none" for networks; the lines of a classical solver may cross.
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DeepExpectileRegressor : the same for expectiles.
    DeepDistributionRegressor : a whole distribution from a family.

    References
    ----------
    Koenker and Bassett (1978), Regression quantiles, Econometrica 46.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepQuantileRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = DeepQuantileRegressor(quantiles=[0.05, 0.95], max_epochs=30, random_state=0).fit(X, y)
    >>> band = model.predict_quantiles(X)
    >>> band.shape, bool((band[:, 0] <= band[:, 1]).all())
    ((442, 2), True)
    """

    _task: ClassVar[str] = "quantiles"
    _kind: ClassVar[Literal["quantile", "expectile"]] = "quantile"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CONSTRAINTS,
        "quantiles": ["array-like", float],
        "crossing": [StrOptions({"auto", "none", "allow"})],
    }

    quantiles: Any = (0.1, 0.5, 0.9)
    crossing: str = "auto"

    def predict_quantiles(self, X: Any) -> np.ndarray:
        """Predict the quantiles.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, q)
            A column for each of `quantiles`, in their order, in units of the target. Members are averaged level by
            level.
        """
        return self._predict_levels(X, self._recipe["quantiles"])


document(DeepQuantileRegressor)

"""Deep expectile regression: several expectiles from one network, which never cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from sklearn.utils._param_validation import StrOptions

from deepstat.estimators.curves import DeepCurves
from deepstat.estimators.parameters import CONSTRAINTS, document


@dataclass(kw_only=True, eq=False, repr=False)
class DeepExpectileRegressor(DeepCurves):
    """Conditional expectiles (asymmetric least squares) by one network.

    Parameters
    ----------
    expectiles : sequence of float, default=(0.1, 0.5, 0.9)
        Levels in (0, 1). That of one half, the mean, is always fitted beside them.
    crossing : {"auto", "none", "allow"}, default="auto"
        "none": the mean and positive gaps to its neighbours, so that no two expectiles cross at any x. "allow": an
        output of the network for each level. "auto": "none" for networks; the lines of a classical solver may cross.
    {shared}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DeepQuantileRegressor : the same for quantiles.

    References
    ----------
    Newey and Powell (1987), Asymmetric least squares estimation and testing, Econometrica 55.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from deepstat import DeepExpectileRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = DeepExpectileRegressor(expectiles=[0.1, 0.9], max_epochs=30, random_state=0).fit(X, y)
    >>> band = model.predict_expectiles(X)
    >>> band.shape, bool((band[:, 0] <= band[:, 1]).all())
    ((442, 2), True)
    """

    _task: ClassVar[str] = "expectiles"
    _kind: ClassVar[Literal["quantile", "expectile"]] = "expectile"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **CONSTRAINTS,
        "expectiles": ["array-like", float],
        "crossing": [StrOptions({"auto", "none", "allow"})],
    }

    expectiles: Any = (0.1, 0.5, 0.9)
    crossing: str = "auto"

    def predict_expectiles(self, X: Any) -> np.ndarray:
        """Predict the expectiles.

        Parameters
        ----------
        X : table of shape (n, p)

        Returns
        -------
        ndarray of shape (n, q)
            A column for each of `expectiles`, in their order, in units of the target. Members are averaged level by
            level.
        """
        return self._predict_levels(X, self._recipe["expectiles"])


document(DeepExpectileRegressor)

"""What a reference found, and a case: a model on a data set, ours and theirs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import statsmodels.api as sm

from benchmarks.datasets import data_folder

NEWTON = {"architecture": "linear", "optimizer": "newton"}
POINT = {"architecture": "linear", "optimizer": "interior_point"}
IRLS = {"architecture": "linear", "optimizer": "irls"}
DESCENT = {"architecture": "linear", "optimizer": "coordinate_descent"}
Array = Any


@dataclass(frozen=True)
class Reference:
    """What a reference found, in our order of parameters.

    Attributes
    ----------
    params : ndarray of shape (P,)
    bse : ndarray of shape (P,)
        Its standard errors; of penalised fits those without a penalty, as units only.
    llf : float or None
        Log-likelihood, or the objective where there is none.
    score : callable or None
        The reference's own score at any parameters, in our order.
    by : str
        Who, with which options.
    rows : callable or None
        The summands (n, P) of the score.
    score_of : callable or None
        The score of our report, where it needs more than the parameters (a scale).
    """

    params: Array
    bse: Array
    llf: float | None
    score: Callable[[Array], Array] | None
    by: str
    rows: Callable[[Array], Array] | None = None
    score_of: Callable[[Any], Array] | None = None


@dataclass(frozen=True)
class Case:
    """A model on a data set.

    Attributes
    ----------
    model, data, errors : str
        What is fitted, to what, and the definition of the standard errors.
    ours : callable
        ``() -> ClassicalResult``, through an estimator.
    reference : callable
    what : {"llf", "objective"}
    has_errors : bool
    """

    model: str
    data: str
    errors: str
    ours: Callable[[], Any]
    reference: Callable[[], Reference]
    what: str = "llf"
    has_errors: bool = True


def quiet(fit: Callable[[], Any]) -> Any:
    """Fit without the warnings of a reference that starts badly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit()


def bundled(name: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return a data set of statsmodels."""
    loaded = getattr(sm.datasets, name).load_pandas()
    return loaded.exog.astype(float), loaded.endog.astype(float)


def table(package: str, name: str) -> pd.DataFrame | None:
    """Return a table of R's packages, or None where the folder is not there."""
    folder = data_folder()
    path = None if folder is None else folder / "rdatasets" / package / f"{name}.csv"
    return None if path is None or not path.exists() else pd.read_csv(path).drop(columns="rownames")


def coded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a design with a column of ones and treatment coding by pandas."""
    columns = [c for c in frame if not pd.api.types.is_numeric_dtype(frame[c])]
    design = pd.concat(
        [pd.get_dummies(frame[[c]], drop_first=True) if c in columns else frame[[c]] for c in frame], axis=1
    )
    return sm.add_constant(design.astype(float))


def told(options: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in options.items() if name != "disp")

"""What the raw outputs of a network mean, for those who read a linear part off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.data.regression_target import RegressionTarget


@dataclass(frozen=True, eq=False)
class RawOutputs:
    """Raw outputs that belong together: those of a parameter, or all.

    ``slope * raw + shift`` is the linear predictor of the target in its own units, where the network puts
    out that of the target as trained on; where no such line exists it is the raw output itself.

    Attributes
    ----------
    name : str
        The parameter; empty where there is none.
    labels : tuple of k str
        What each output stands for: a column of the target, a class, a level.
    slope, shift : ndarray of shape (k,)
    """

    name: str
    labels: tuple[str, ...]
    slope: NDArray[np.float64]
    shift: NDArray[np.float64]

    @classmethod
    def plain(cls, labels: Any, name: str = "") -> RawOutputs:
        """Return outputs that are what they are.

        Examples
        --------
        >>> RawOutputs.plain(["no", "yes"]).slope
        array([1., 1.])
        """
        labels = tuple(map(str, labels))
        return cls(name, labels, np.ones(len(labels)), np.zeros(len(labels)))


def outputs_of_target(target: RegressionTarget, log: bool = False) -> RawOutputs:
    """Return the outputs of a network with one for each column of the target, or for its logarithm.

    Examples
    --------
    >>> from deepstat.data.regression_target import RegressionTarget
    >>> outputs_of_target(RegressionTarget((5.0,), (2.0,), is_vector=True)).shift
    array([5.])
    """
    center, scale = np.array(target.center), np.array(target.scale)
    labels = tuple(map(str, range(len(scale)))) if len(scale) > 1 else ("y",)
    if log:
        return RawOutputs("", labels, np.ones(len(scale)), np.log(scale))
    return RawOutputs("", labels, scale, center)

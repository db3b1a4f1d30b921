"""What is exchangeable: the rows of a table, each as often as its weight says, or clusters of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.estimators.draw import Draw

# A weight is so many rows, each of which is dealt by itself; more than this many would fill the memory.
MOST = 100_000_000


@dataclass(frozen=True, eq=False)
class Units:
    """The rows of a table as individuals, and the units that are held out, or drawn, as a whole.

    Attributes
    ----------
    rows : ndarray of int of shape (N,)
        Row of each individual, ascending: a row of weight 2 is two individuals. With clusters, and with weights that
        are not whole numbers, each row is one.
    unit : ndarray of int of shape (N,)
        Code of the unit that each belongs to: its cluster, or itself.
    n_units : int
    weight : ndarray of shape (N,) or None
        What each counts for; None: one.
    clusters : ndarray of int of shape (n,) or None
        By row.
    category : ndarray of int of shape (N,)
        Category that each is calibrated in.
    weighted : bool
        Whether there were weights, which fits are then to be given.
    whole : bool
        Whether weights are whole numbers.
    """

    rows: NDArray[np.intp]
    unit: NDArray[np.intp]
    n_units: int
    weight: NDArray[np.float64] | None
    clusters: NDArray[np.int32] | None
    category: NDArray[np.intp]
    weighted: bool
    whole: bool

    @classmethod
    def of(
        cls,
        category: NDArray[np.integer[Any]],
        *,
        weight: NDArray[np.floating[Any]] | None = None,
        clusters: NDArray[np.int32] | None = None,
    ) -> Units:
        """Find the units of a table.

        Parameters
        ----------
        category : ndarray of int of shape (n,)
        weight : ndarray of shape (n,) or None
            Positive.
        clusters : ndarray of int of shape (n,) or None
            Codes 0, 1, ....

        Returns
        -------
        Units

        Raises
        ------
        ValueError
            Weights count more rows than can be held.

        Examples
        --------
        >>> units = Units.of(np.zeros(3, dtype=int), weight=np.array([1.0, 2.0, 1.0]))
        >>> units.rows.tolist(), units.n_units
        ([0, 1, 1, 2], 4)
        """
        rows = np.arange(len(category))
        whole = weight is None or bool((weight == np.round(weight)).all())
        own = None if weight is None else np.asarray(weight, dtype=np.float64)
        if own is not None and whole and clusters is None:
            if own.sum() > MOST:
                raise ValueError(
                    f"sample_weight counts {own.sum():g} rows; give weights that sum to {MOST} at most."
                )
            rows, own = np.repeat(rows, own.astype(np.intp)), None
        unit = np.arange(len(rows)) if clusters is None else np.asarray(clusters, dtype=np.intp)
        n_units = len(rows) if clusters is None else int(unit.max()) + 1
        category = np.asarray(category, dtype=np.intp)[rows]
        return cls(rows, unit, n_units, own, clusters, category, weight is not None, whole)

    def draw(self, counts: NDArray[np.integer[Any]]) -> Draw:
        """Return the draw that holds each individual so many times.

        Parameters
        ----------
        counts : ndarray of int of shape (N,)

        Returns
        -------
        Draw
            With each row once and its `weight` where the table has weights, else with repeated `rows`.
        """
        if not self.weighted:
            return Draw(rows=np.repeat(self.rows, counts).astype(np.int32), groups=self.clusters)
        n_rows = int(self.rows[-1]) + 1
        total = np.bincount(
            self.rows, counts * (1.0 if self.weight is None else self.weight), minlength=n_rows
        )
        return Draw(rows=np.flatnonzero(total).astype(np.int32), weight=total, groups=self.clusters)

    def mass(self, chosen: NDArray[np.intp]) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
        """Return what some individuals count for in quantiles of their category, and how much there is of each.

        Of a cluster all rows of one category together count for one: the next row, from another cluster, is
        exchangeable with a row drawn from each.

        Parameters
        ----------
        chosen : ndarray of int of shape (m,)
            Numbers of the individuals; clusters whole.

        Returns
        -------
        mass : ndarray of shape (m,) or None
            None: one each.
        sizes : ndarray of shape (n_categories,)
            Sum of the masses in each category, a whole number where weights are.

        References
        ----------
        Lee, Barber and Willett (2023), Distribution-free inference with hierarchical data.
        """
        category, n_categories = self.category[chosen], int(self.category.max()) + 1
        weight = None if self.weight is None else self.weight[chosen]
        if self.clusters is None:
            return weight, np.bincount(category, weight, minlength=n_categories).astype(np.float64)
        own = np.ones(len(chosen)) if weight is None else weight
        pairs, pair = np.unique(self.unit[chosen] * n_categories + category, return_inverse=True)
        sizes = np.bincount(pairs % n_categories, minlength=n_categories).astype(np.float64)
        return own / np.bincount(pair, own)[pair], sizes

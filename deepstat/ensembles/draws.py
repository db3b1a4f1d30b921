"""What each member of an ensemble learns from: its rows or weights, its parameters, its seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.estimators.draw import Draw
from deepstat.training.seed import mix

# Purposes of the random numbers of an ensemble.
FIT, ORDER, ROWS, PARAMS, HELD_OUT = range(1, 6)
ROW_FRACTIONS = {"bootstrap": 1.0, "subsample": 0.5}


def member_draws(
    n_members: int,
    rows: str,
    *,
    seed: int,
    learning: NDArray[np.int32] | None,
    n_rows: int,
    row_fraction: float | None = None,
    shared: bool = False,
    random_params: Mapping[str, Any] | None = None,
) -> list[Draw]:
    """Return the draw of each member; it depends on `seed` and on the member's number alone.

    Parameters
    ----------
    n_members : int
    rows : {"all", "bootstrap", "subsample", "bayesian"}
    seed : int
    learning : ndarray of int or None
        Rows that may be learned from. None: all.
    n_rows : int
        Of the table.
    row_fraction : float or None
        Rows drawn, as a share of those that may be. None: 1 for "bootstrap", 0.5 for "subsample".
    shared : bool
        Let all members see the same batches.
    random_params : mapping or None
        Parameter to distribution (with ``rvs``) or list.

    Returns
    -------
    list of Draw

    References
    ----------
    Breiman (1996), Bagging predictors. Rubin (1981), The Bayesian bootstrap. Buehlmann and Yu (2002), Analyzing
    bagging (half-samples).

    Examples
    --------
    >>> draws = member_draws(3, "subsample", seed=0, learning=None, n_rows=10)
    >>> [draw.rows.tolist() for draw in draws]
    [[1, 2, 6, 7, 8], [2, 3, 4, 5, 7], [0, 1, 4, 5, 7]]
    """
    eligible = np.arange(n_rows, dtype=np.int32) if learning is None else learning
    size = max(1, round((row_fraction or ROW_FRACTIONS.get(rows, 1.0)) * len(eligible)))
    draws = []
    for member in range(n_members):
        generator = np.random.default_rng(mix(seed, ROWS, member))
        drawn, weight = learning, None
        if rows == "bootstrap":
            drawn = generator.choice(eligible, size)
        elif rows == "subsample":
            drawn = np.sort(generator.choice(eligible, size, replace=False))
        elif rows == "bayesian":
            gaps = generator.standard_exponential(len(eligible))  # over their sum: Dirichlet(1, ..., 1)
            weight = np.zeros(n_rows)
            weight[eligible] = gaps / gaps.mean()
        draws.append(
            Draw(
                rows=drawn,
                weight=weight,
                seed=mix(seed, FIT, member) & 0x7FFFFFFF,
                order_seed=mix(seed, ORDER) if shared else None,
                params=_drawn_params(random_params, mix(seed, PARAMS, member)) if random_params else None,
            )
        )
    return draws


def _drawn_params(given: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Draw each parameter by itself, in the order of their names."""
    state = np.random.RandomState(np.random.MT19937(seed))
    params = {}
    for name, values in sorted(given.items()):
        value = (
            values.rvs(random_state=state) if hasattr(values, "rvs") else values[state.randint(len(values))]
        )
        params[name] = value.item() if isinstance(value, np.generic) else value
    return params

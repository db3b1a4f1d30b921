"""From a scheme's name and options to its draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from deepstat.errors import suggest
from deepstat.estimators.draw import Draw
from deepstat.inference.cross_fit import cross_fit
from deepstat.inference.draws.bayesian import bayesian
from deepstat.inference.draws.block import block
from deepstat.inference.draws.cluster import cluster
from deepstat.inference.draws.pairs import pairs
from deepstat.inference.draws.parametric import parametric
from deepstat.inference.draws.residual import residual
from deepstat.inference.draws.stratified import stratified
from deepstat.inference.draws.wild import wild
from deepstat.inference.leverage import leverage_adjusted
from deepstat.inference.simulator import simulator


@dataclass(frozen=True)
class Scheme:
    """What a scheme needs, may use, and draws.

    Attributes
    ----------
    needs, uses : tuple of str
        Options that must, or may, be given.
    draws : {"rows", "weight", "y"}
        What changes from draw to draw.
    independent : bool
        Rows (or clusters) are drawn independently, so that those left out are a test set.
    """

    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    draws: str = "rows"
    independent: bool = False


SCHEMES: Mapping[str, Scheme] = {
    "pairs": Scheme(independent=True),
    "stratified": Scheme(needs=("strata",), independent=True),
    "cluster": Scheme(needs=("clusters",), independent=True),
    "block": Scheme(needs=("block_length",)),
    "circular-block": Scheme(needs=("block_length",)),
    "stationary-block": Scheme(needs=("block_length",)),
    "residual": Scheme(uses=("residuals",), draws="y"),
    "wild": Scheme(uses=("residuals", "multiplier", "clusters"), draws="y"),
    "parametric": Scheme(needs=("family",), draws="y"),
    "bayesian": Scheme(uses=("clusters",), draws="weight"),
}
GIVEN = Scheme()


def check_scheme(scheme: Any, options: Mapping[str, Any]) -> Scheme:
    """Return a scheme's record, after a check that its options, and no others, are given.

    Parameters
    ----------
    scheme : str or sequence of Draw
    options : mapping of str to option or None

    Raises
    ------
    ValueError
        The name is unknown, an option is missing, or one is given that the scheme does not use.
    """
    if isinstance(scheme, str):
        if scheme not in SCHEMES:
            raise ValueError(
                f"Unknown scheme {scheme!r}; choose one of {', '.join(SCHEMES)}.{suggest(scheme, SCHEMES)}"
            )
        record, name = SCHEMES[scheme], f"scheme={scheme!r}"
    else:
        if not isinstance(scheme, Sequence) or not all(isinstance(draw, Draw) for draw in scheme[:1]):
            raise TypeError(
                f"scheme is a {type(scheme).__name__}; give a name ({', '.join(SCHEMES)}) or a list of Draw."
            )
        record, name = GIVEN, "A list of draws"
    given = {option for option, value in options.items() if value is not None}
    for option in record.needs:
        if option not in given:
            raise ValueError(f"{name} needs {option}; give it, or choose another scheme.")
    for option in sorted(given - set(record.needs) - set(record.uses)):
        takers = [key for key, other in SCHEMES.items() if option in other.needs + other.uses]
        raise ValueError(
            f"{name} does not use {option}; leave it out, or choose scheme {' or '.join(takers)}."
        )
    return record


def scheme_draws(
    scheme: str,
    estimator: Any,
    X: Any,
    y: np.ndarray,
    n_draws: int,
    options: Mapping[str, Any],
    *,
    seed: int,
    fit_seed: int | None,
    sample_weight: Any = None,
    n_folds: int = 5,
    n_jobs: int | None = None,
) -> Sequence[Draw]:
    """Return the draws of a scheme that was checked; those that draw targets first fit and cross-fit.

    Parameters
    ----------
    scheme : str
    estimator, X, y, sample_weight : as given to the bootstrap
    n_draws : int
    options : mapping of str to option or None
    seed, fit_seed : int
    n_folds : int
    n_jobs : int or None

    Returns
    -------
    sequence of Draw
    """
    n, clusters = len(y), options["clusters"]
    if scheme == "pairs":
        return pairs(n, n_draws, seed=seed)
    if scheme == "stratified":
        return stratified(options["strata"], n_draws, seed=seed)
    if scheme == "cluster":
        return cluster(clusters, n_draws, seed=seed)
    if scheme == "bayesian":
        return bayesian(n, n_draws, seed=seed, clusters=clusters)
    if SCHEMES[scheme].needs == ("block_length",):
        kind = "moving" if scheme == "block" else scheme.removesuffix("-block")
        return block(n, n_draws, length=options["block_length"], seed=seed, kind=kind)
    fitted, out_of_fold = cross_fit(
        estimator,
        X,
        y,
        seed=seed,
        fit_seed=fit_seed,
        n_folds=n_folds,
        clusters=clusters,
        sample_weight=sample_weight,
        n_jobs=n_jobs,
    )
    if scheme == "parametric":
        classes = np.unique(y) if is_classifier(estimator) else None
        scale = np.sqrt(((y - out_of_fold) ** 2).mean(axis=0)) if options["family"] == "normal" else None
        return parametric(
            simulator(options["family"], fitted, scale=scale, classes=classes), n_draws, seed=seed
        )
    errors = leverage_adjusted(X, y - fitted) if options["residuals"] == "leverage" else y - out_of_fold
    if scheme == "residual":
        return residual(fitted, errors, n_draws, seed=seed)
    multiplier = options["multiplier"] or "rademacher"
    return wild(fitted, errors, n_draws, seed=seed, multiplier=multiplier, clusters=clusters)

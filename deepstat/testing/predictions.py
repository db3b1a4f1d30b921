"""Conformance of what a distribution says when it predicts: everything must agree with its log_prob."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import biject_to, constraints

from deepstat.distributions.family import Family
from deepstat.distributions.predicted import PredictedDistribution
from deepstat.distributions.support_ends import support_ends
from deepstat.records import Distribution
from deepstat.testing.claim import attempt, claim

NODES = 40_001  # on the line: enough for a kink, where the rule is of second order only
NODES_FROM_END = 10_001  # where the line begins or ends: closer together, on a logarithmic axis
ON_CIRCLE = 1_000
CHUNK = 4_000
THINNED = 9  # of so many nodes one is asked for its cdf
COUNTS = 10_000
QUANTILES = (0.02, 0.3, 0.5, 0.9, 0.995)


def check_predictions(record: Distribution, family: Family, raw: Tensor, draws: Tensor) -> None:
    """Check total probability, and mean, variance, cdf, icdf, entropy, crps and draws against log_prob.

    Parameters
    ----------
    record : Distribution
        The one that is checked; of a wrapper, not that of the wrapped family.
    family : Family
    raw : Tensor of shape (n, n_row + n_constant)
    draws : Tensor of shape (m, n) or (m, n, columns)

    Raises
    ------
    AssertionError
        The first claim that fails.

    Examples
    --------
    >>> from deepstat.distributions.family import family_of
    >>> from deepstat.distributions.normal import Normal
    >>> record = Distribution(name="normal", target=Normal)
    >>> family, raw = family_of(record, Normal), torch.zeros(1, 2, dtype=torch.float64)
    >>> check_predictions(record, family, raw, torch.zeros(9_000, 1) + 0.5)
    Traceback (most recent call last):
        ...
    AssertionError: distribution 'normal' draws samples that do not follow its log_prob.
    """
    values = {name: value.detach() for name, value in family.values(raw).items()}
    whole = PredictedDistribution(family, [values])
    censored = family.columns == 1 and hasattr(whole.members[0], "observed")
    free = PredictedDistribution(
        replace(family, record=replace(family.record, lacks=())), [values], observed=censored
    )
    _check_lacks(record, family.record.lacks, free, draws)
    whole = whole.observed() if censored else whole
    if whole.members[0].event_shape and family.record.domain not in ("interval", "trials"):
        _check_moments(record, whole, draws)
        return
    for row in range(len(whole)):
        _Row(record, whole[row], draws[:, row]).check()


def _check_lacks(
    record: Distribution, lacks: tuple[str, ...], free: PredictedDistribution, draws: Tensor
) -> None:
    """Compare what raises NotImplementedError with what the record says is lacking."""
    y = draws[0].numpy()
    for what, ask in _questions(free, y).items():
        with attempt(record, f"to answer {what}"):
            try:
                has = bool(np.isfinite(ask()).any())
            except NotImplementedError:
                has = False
                claim(record, what in lacks, f"has no {what}: name it in the record's lacks.")
        claim(record, not has or what not in lacks, f"has {what}, which its record says it lacks.")


def _questions(predicted: PredictedDistribution, y: Any) -> dict[str, Callable[[], Any]]:
    return {
        "mean": lambda: predicted.mean,
        "variance": lambda: predicted.variance,
        "cdf": lambda: predicted.cdf(y),
        "icdf": lambda: predicted.icdf(0.3),
        "interval": lambda: predicted.interval(0.8),
        "entropy": predicted.entropy,
        "crps": lambda: predicted.crps(y),
    }


def _check_moments(record: Distribution, whole: PredictedDistribution, draws: Tensor) -> None:
    """Compare the means and variances of several columns with those of the draws."""
    given, error = whole.family.record.lacks, draws.std(0).numpy() / len(draws) ** 0.5
    if "mean" not in given:
        agrees = np.abs(draws.mean(0).numpy() - whole.mean) < 5.5 * error + 1e-9
        claim(record, agrees.all(), "draws samples that do not have its mean.")
    if "variance" not in given:
        away = (draws - torch.from_numpy(whole.mean)).square()
        error = away.std(0).numpy() / len(draws) ** 0.5
        agrees = np.abs(away.mean(0).numpy() - whole.variance) < 5.5 * error + 1e-9
        claim(record, agrees.all(), "draws samples that do not have its variance.")


class _Row:
    """One row of a prediction on the line, beside sums of its density."""

    def __init__(self, record: Distribution, predicted: PredictedDistribution, draws: Tensor) -> None:
        self.record, self.predicted, self.draws = record, predicted, draws
        self.lacks = predicted.family.record.lacks
        self.circular = predicted.family.record.center == "direction"
        member = predicted.members[0]
        self.latent = getattr(member, "latent", member)
        self.is_discrete = bool(self.latent.support.is_discrete)
        with attempt(record, "to be integrated over its support"):
            self.points, self.weights = self._nodes()
            self.log_prob = self._log_prob(self.points)
        self.probability = np.exp(self.log_prob) * self.weights
        self.probability[~(self.weights > 0)] = 0.0

    def check(self) -> None:
        total = self.probability.sum()
        self.claim(
            abs(total - 1.0) < 1e-6, f"has total probability {total:.6g}, not one; normalise its log_prob."
        )
        self._check_draws()
        for what in ("mean", "variance", "cdf", "icdf", "entropy", "crps"):
            if what not in self.lacks:
                with attempt(self.record, f"to answer {what}"):
                    getattr(self, f"_check_{what}")()
        self._check_tails()

    def claim(self, holds: object, sentence: str) -> None:
        claim(self.record, holds, sentence)

    def _log_prob(self, points: np.ndarray) -> np.ndarray:
        """Evaluate in pieces: a family may need a series for each point."""
        if self.predicted.family.record.domain == "interval":  # an exact value is an interval without length
            member = self.predicted.members[0]

            def one(value: Tensor) -> Tensor:
                return member.log_prob(torch.stack([value, value], -1))
        else:
            one = getattr(self.latent, "log_pmf", self.latent.log_prob)
        with torch.no_grad():
            pieces = [one(piece[:, None])[:, 0] for piece in torch.from_numpy(points).split(CHUNK)]
        return torch.cat(pieces).double().numpy()

    def _cdf(self, points: np.ndarray) -> np.ndarray:
        pieces = np.array_split(points, max(1, len(points) // CHUNK))
        return np.concatenate([self.predicted.cdf(piece[None])[0] for piece in pieces])

    def _ends(self) -> tuple[float, float]:
        low, high = (float(torch.as_tensor(end).reshape(-1)[0]) for end in support_ends(self.latent.support))
        return low, high

    def _nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return places and weights whose sum is the integral over the support; point masses at its ends included.

        Continuous: the trapezoidal rule after x = support(sinh t), which takes heavy tails and ends of the support.
        Discrete: every value, or the first 10,000 counts.
        """
        low, high = self._ends()
        if self.is_discrete:
            if self.latent.has_enumerate_support:
                points = self.latent.enumerate_support(expand=False).reshape(-1).double().numpy()
            else:
                points = max(low, 0.0) + np.arange(min(high - max(low, 0.0) + 1, COUNTS))
            return points, np.ones_like(points)
        if self.circular:
            points = np.linspace(-math.pi, math.pi, ON_CIRCLE + 1)[:-1]
            return points, np.full(ON_CIRCLE, 2 * math.pi / ON_CIRCLE)
        bounded = math.isfinite(low), math.isfinite(high)
        support = {
            (False, False): constraints.real,
            (True, False): constraints.greater_than(low),
            (False, True): constraints.less_than(high),
            (True, True): constraints.interval(low, high),
        }[bounded]
        transform = biject_to(support)
        end, n = (6.0, NODES_FROM_END) if any(bounded) else (40.0, NODES)
        t = torch.linspace(-end, end, n, dtype=torch.float64)
        line = t.sinh()
        places = transform(line)
        jacobian = transform.log_abs_det_jacobian(line, places).exp() * t.cosh()
        weights = jacobian * (2 * end / (n - 1))
        inside = weights.isfinite() & (weights > 0) & (places > low) & (places < high)
        points, weights = places[inside].numpy(), weights[inside].numpy()
        order = np.argsort(points)
        return self._with_masses(points[order], weights[order], low, high)

    def _with_masses(
        self, points: np.ndarray, weights: np.ndarray, low: float, high: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Add the ends at which the distribution function jumps, each with weight one."""
        if "cdf" in self.lacks:
            return points, weights
        before = np.nextafter(high, -np.inf)
        for end, place in ((high, len(points)), (low, 0)):
            if not math.isfinite(end):
                continue
            jump = self._cdf(np.array([low]))[0] if end == low else 1 - self._cdf(np.array([before]))[0]
            # A density may be infinite there: of a point mass log_prob is the logarithm of the jump.
            if jump > 1e-9 and abs(np.exp(self._log_prob(np.array([end]))[0]) - jump) < 1e-6:
                points, weights = np.insert(points, place, end), np.insert(weights, place, 1.0)
        return points, weights

    def _check_draws(self) -> None:
        """Compare bounded means of the draws with the density's."""
        draws = self.draws.numpy()
        if self.circular:
            bounded: tuple[Callable[[np.ndarray], np.ndarray], ...] = (np.sin, np.cos)
        else:
            low, middle, high = np.quantile(draws, [0.25, 0.5, 0.75])
            spread = max(high - low, 0.5)
            bounded = (
                lambda x: 0.5 + 0.5 * np.tanh((x - middle) / spread / 2),
                lambda x: np.exp(-(((x - middle) / spread) ** 2)),
            )
        for function in bounded:
            drawn = function(draws)
            expected = (self.probability * function(self.points)).sum()
            error = drawn.std() / len(draws) ** 0.5 + 1e-9
            self.claim(
                abs(drawn.mean() - expected) < 5 * error, "draws samples that do not follow its log_prob."
            )

    def _check_mean(self) -> None:
        mean = self.predicted.mean[0]
        if self.circular:
            moment = (self.probability * np.exp(1j * self.points)).sum()
            self._compare("mean", np.exp(1j * mean), moment / abs(moment), 1e-6)
        elif math.isfinite(mean):
            self._compare("mean", mean, (self.probability * self.points).sum(), 1e-4 * (1 + abs(mean)))

    def _check_variance(self) -> None:
        variance = self.predicted.variance[0]
        if self.circular:
            moment = (self.probability * np.exp(1j * self.points)).sum()
            self._compare("variance", variance, 1 - abs(moment), 1e-6)
        elif math.isfinite(variance):
            mean = (self.probability * self.points).sum()
            expected = (self.probability * (self.points - mean) ** 2).sum()
            self._compare("variance", variance, expected, 1e-3 * (1 + variance))

    def _check_cdf(self) -> None:
        if self.circular:
            q = np.array(QUANTILES)
            reached = self._cdf(self.draws[:2_000].numpy())
            uniform = np.abs(np.sort(reached) - np.linspace(0, 1, len(reached))).max()
            self.claim(uniform < 0.06, "has a cdf that its draws do not follow.")
            self._compare("cdf", self._cdf(self.predicted.icdf(q)[0]), q, 1e-6)
            return
        inner = self.probability.cumsum()
        if not self.is_discrete:  # half of a node's probability lies below it, all of a point mass
            inner -= np.where(self._is_mass(), 0.0, self.probability / 2)
        some = slice(None, None, 1 if self.is_discrete else THINNED)
        self._compare("cdf", self._cdf(self.points[some]), inner[some], 1e-5)

    def _is_mass(self) -> np.ndarray:
        low, high = self._ends()
        return (self.points == low) | (self.points == high)

    def _check_icdf(self) -> None:
        if self.circular:
            return
        q = np.array(QUANTILES)
        found = self.predicted.icdf(q)[0]
        reached = self._cdf(found)
        step = np.maximum(1e-6, 1e-6 * np.abs(found))
        before = self._cdf(np.nextafter(found, -np.inf) if self.is_discrete else found - step)
        right = (reached >= q - 1e-6) & (before <= q + 1e-6)
        self.claim(
            right.all(), "has an icdf that does not invert its cdf: give the smallest value with cdf >= q."
        )

    def _check_entropy(self) -> None:
        some = self.probability > 0
        expected = -(self.probability[some] * self.log_prob[some]).sum()
        self._compare("entropy", self.predicted.entropy()[0], expected, 1e-4 * (1 + abs(expected)))

    def _check_crps(self) -> None:
        y = float(np.quantile(self.draws.numpy(), 0.7, method="nearest"))
        found = self.predicted.crps(y)[0]
        if not math.isfinite(found):
            return
        if self.circular:
            weights = self.probability
            apart = np.abs((self.points - y + math.pi) % (2 * math.pi) - math.pi)
            angles = np.abs((self.points[:, None] - self.points + math.pi) % (2 * math.pi) - math.pi)
            expected = (weights * apart).sum() - weights @ angles @ weights / 2
        else:
            # E|Y - y| - E|Y - Y'| / 2; the second from the ordered points.
            points, p = self.points, self.probability
            if self.latent.has_enumerate_support:  # the ranked probability score: values are one apart
                points, y = np.arange(len(points)) * 1.0, float(np.flatnonzero(points == y)[0])
            below = p.cumsum() - p / 2
            expected = (p * np.abs(points - y)).sum() - (p * points * (2 * below - 1)).sum()
        self._compare("crps", found, expected, 1e-4 * (1 + abs(expected)))

    def _check_tails(self) -> None:
        """Compare log_cdf and log_survival, which censored families train on, with the cdf."""
        if not hasattr(self.latent, "log_cdf") or "cdf" in self.lacks:
            return
        points = self.predicted.icdf(np.array(QUANTILES))[0]
        low, _ = self._ends()
        points = points[points > low]
        places, below = torch.from_numpy(points)[:, None], self._cdf(points)
        try:
            tails = self.latent.log_cdf(places), self.latent.log_survival(places)
        except NotImplementedError:
            return
        except AttributeError:  # a wrapper of a family without tails
            return
        for name, tail, expected in zip(("log_cdf", "log_survival"), tails, (below, 1 - below), strict=True):
            self._compare(name, tail[:, 0].exp().numpy(), expected, 1e-7)

    def _compare(self, what: str, found: Any, expected: Any, tolerance: float) -> None:
        error = float(np.max(np.abs(np.asarray(found) - np.asarray(expected)), initial=0.0))
        self.claim(error <= tolerance, f"has {what} that differs by {error:.2g} from what its log_prob says.")

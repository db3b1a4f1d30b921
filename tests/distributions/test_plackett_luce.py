import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats
from trainable import check_trainable

from deepstat.distributions.plackett_luce import PlackettLuce, check_plackett_luce


def f64(values):
    return torch.tensor(values, dtype=torch.float64)


SCORES = f64([0.3, -1.2, 2.0, 0.0, 0.9])


def orders_and_probabilities(scores):
    worth = np.exp(np.asarray(scores))
    for order in itertools.permutations(range(len(worth))):
        rest = [math.fsum(worth[i] for i in order[a:]) for a in range(len(worth))]
        yield order, math.prod(worth[i] / r for i, r in zip(order, rest, strict=True))


def by_enumeration(scores, places):
    """The sum over all full orders that places do not contradict."""
    place = [p if p > 0 else math.inf for p in places]
    return math.fsum(
        probability
        for order, probability in orders_and_probabilities(scores)
        if all(place[i] <= place[j] for i, j in itertools.pairwise(order))
    )


def places_of(order):
    return [float(order.index(i) + 1) for i in range(len(order))]


@pytest.mark.parametrize("ties", ["exact", "breslow"])
def test_full_rankings_have_the_probability_of_their_choices_and_sum_to_one(ties):
    ours = PlackettLuce(SCORES[None], ties)
    total = 0.0
    for order, probability in orders_and_probabilities(SCORES):
        found = ours.log_prob(f64([places_of(order)])).exp()
        np.testing.assert_allclose(found, probability, rtol=1e-12)
        total += float(found)
    assert total == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("k", [4, 5])
@pytest.mark.parametrize("spread", [0.5, 3.0])
def test_partial_and_tied_rankings_have_the_sum_over_their_orders(k, spread):
    scores = spread * SCORES[:k]
    ours = PlackettLuce(scores[None])
    patterns = [[0.0, *rest] for rest in itertools.product([0.0, 1.0, 2.0], repeat=k - 1)]
    patterns += [[1.0, *rest] for rest in itertools.product([1.0, 2.0, 4.0], repeat=k - 1)]
    found = ours.log_prob(f64(patterns)[:, None, :])[:, 0]
    exact = [math.log(by_enumeration(scores, pattern)) for pattern in patterns]
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-7)


def test_probabilities_of_all_rankings_with_given_group_sizes_sum_to_one():
    ours = PlackettLuce(SCORES[None])
    patterns = sorted(set(itertools.permutations([1.0, 1.0, 2.0, 3.0, 3.0])))
    assert float(ours.log_prob(f64(patterns)[:, None]).exp().sum()) == pytest.approx(1.0, abs=1e-9)


def test_unranked_items_come_last_however_they_are_written():
    ours = PlackettLuce(SCORES[None])
    top_two = f64([[1.0, 0.0, 2.0, 0.0, 0.0]])
    same = f64([[1.0, torch.nan, 2.0, torch.nan, torch.nan]])
    tied_last = f64([[3.0, 9.0, 5.0, 9.0, 9.0]])
    expected = by_enumeration(SCORES, top_two[0].tolist())
    for places in (top_two, same, tied_last):
        np.testing.assert_allclose(ours.log_prob(places).exp(), expected, rtol=1e-9)


def test_breslow_agrees_where_only_the_last_place_is_shared():
    places = f64([[1.0, 0.0, 2.0, 0.0, 3.0], [1.0, 4.0, 2.0, 4.0, 3.0]])
    scores = SCORES.expand(2, 5)
    exact, fast = (PlackettLuce(scores, ties).log_prob(places) for ties in ("exact", "breslow"))
    np.testing.assert_allclose(fast, exact, rtol=1e-12)


def test_breslow_chooses_each_tied_item_from_all_not_before_it():
    worth = np.exp(SCORES.numpy())
    exact = worth[0] * worth[2] / worth.sum() ** 2 * worth[4] / (worth.sum() - worth[0] - worth[2])
    ours = PlackettLuce(SCORES[None], "breslow").log_prob(f64([[1.0, 0.0, 1.0, 0.0, 3.0]]))
    np.testing.assert_allclose(ours.exp(), exact)


def test_places_have_the_moments_of_all_orders():
    orders = list(orders_and_probabilities(SCORES))
    places = np.array([places_of(order) for order, _ in orders])
    weights = np.array([probability for _, probability in orders])
    ours = PlackettLuce(SCORES[None])
    mean = weights @ places
    np.testing.assert_allclose(ours.mean[0], mean)
    np.testing.assert_allclose(ours.variance[0], weights @ (places - mean) ** 2, rtol=1e-9)
    best = max(orders, key=lambda pair: pair[1])[0]
    assert ours.mode[0].tolist() == places_of(best)


@pytest.mark.parametrize("spread", [0.3, 1.0, 4.0])
def test_top_m_is_the_sum_over_orders_in_which_the_item_comes_early(spread):
    scores = spread * SCORES
    ours = PlackettLuce(scores[None])
    for m in range(1, 6):
        exact = np.zeros(5)
        for order, probability in orders_and_probabilities(scores):
            exact[list(order[:m])] += probability
        np.testing.assert_allclose(ours.top(m)[0], exact, rtol=1e-10)
    np.testing.assert_allclose(ours.top(1), scores.softmax(0)[None], rtol=1e-12)
    for m in (0, 6, 1.5):
        with pytest.raises(ValueError, match="from 1 to 5"):
            ours.top(m)


def test_top_m_of_many_rows_is_row_by_row():
    scores = torch.randn(40, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    together = PlackettLuce(scores).top(3)
    np.testing.assert_allclose(together.sum(1), 3.0, rtol=1e-10)
    np.testing.assert_allclose(PlackettLuce(scores[17:18]).top(3), together[17:18], rtol=1e-10)


def test_draws_follow_the_probabilities_of_full_rankings():
    torch.manual_seed(0)
    scores = SCORES[:4]
    draws = PlackettLuce(scores[None]).sample((20_000,))[:, 0]
    codes = (draws @ f64([1000.0, 100.0, 10.0, 1.0])).numpy()
    expected = {}
    for order, probability in orders_and_probabilities(scores):
        expected[int("".join(str(int(p)) for p in places_of(order)))] = 20_000 * probability
    seen = [int((codes == code).sum()) for code in expected]
    assert sum(seen) == 20_000
    assert stats.chisquare(seen, list(expected.values())).pvalue > 1e-3


@pytest.mark.parametrize("ties", ["exact", "breslow"])
def test_likelihood_is_trainable(ties):
    scores = f64([[0.3, -1.2, 2.0, 0.0], [0.1, 0.2, -0.3, 1.0]])
    places = f64([[1.0, 1.0, 2.0, 0.0], [2.0, 1.0, 3.0, torch.nan]])
    check_trainable(
        lambda y, scores: PlackettLuce(scores, ties, validate_args=False).log_prob(y),
        [scores],
        places,
        second=True,
    )


@pytest.mark.parametrize("ties", ["exact", "breslow"])
@pytest.mark.parametrize("spread", [1.0, 30.0, 300.0])
def test_float32_gradients_are_finite(ties, spread):
    for sign in (-1.0, 1.0):
        scores = (sign * spread * SCORES.float()[None]).requires_grad_()
        places = torch.tensor(
            [[[1.0, 2.0, 3.0, 4.0, 5.0]], [[1.0, 1.0, 2.0, 2.0, 0.0]], [[0.0, 0.0, 0.0, 0.0, 0.0]]]
        )
        value = PlackettLuce(scores, ties, validate_args=False).log_prob(places)
        (slope,) = torch.autograd.grad(value.sum(), scores)
        assert value.isfinite().all()
        assert slope.isfinite().all()


def test_an_unknown_way_with_ties_is_refused():
    with pytest.raises(ValueError, match="give 'exact' or 'breslow'"):
        check_plackett_luce(ties="efron")

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from plans import plan, table

from deepstat.training.batches import Rows, batch_sizes, segments


@given(st.integers(1, 500), st.integers(1, 64))
def test_batches_cover_every_row_once_and_none_is_a_single_row(n, size):
    sizes = batch_sizes(n, size)
    assert sum(sizes) == n
    assert all(own == size for own in sizes[:-1])
    assert n == 1 or size == 1 or min(sizes) > 1


@given(st.lists(st.integers(1, 200), min_size=1, max_size=6), st.integers(2, 32))
def test_segments_give_each_member_its_own_batches_in_order(n_rows, size):
    for k, n in enumerate(n_rows):
        own = [s for s in segments(n_rows, size) if s.members is None or k in s.members]
        position, sizes = 0, []
        for segment in own:
            assert segment.first == position
            position += segment.size * segment.n_steps
            sizes += [segment.size] * segment.n_steps
        assert sizes == batch_sizes(n, size)


def test_an_epoch_shows_each_member_its_rows_once_with_weights_of_mean_one():
    draw = np.random.default_rng(0)
    own = table(n=100, weight=draw.random(100) + 0.1)
    plans = [plan(own, rows=np.sort(draw.permutation(100)[:n]), seed=n) for n in (70, 71)]
    rows = Rows(plans, 16)
    orders = rows.orders(3)
    seen, weights = [[], []], [[], []]
    for segment in segments([70, 71], 16):
        members = list(segment.members or range(2))
        for x, _, weight in rows.blocks(orders, segment, members):
            for s in range(x.shape[0]):
                for position, k in enumerate(members):
                    seen[k].append(x[s, position])
                    weights[k].append(weight[s, position])
    for k in range(2):
        x = torch.cat(seen[k])
        expected = own.x[torch.from_numpy(plans[k].rows)]
        assert torch.equal(x.sort(dim=0).values, expected.sort(dim=0).values)
        assert abs(float(torch.cat(weights[k]).mean()) - 1) < 1e-12
    assert not torch.equal(rows.orders(4)[0], orders[0])

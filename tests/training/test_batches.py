import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from plans import plan, table

from deepstat.data.tensors import TensorTable
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


@given(st.lists(st.integers(1, 200), min_size=1, max_size=6), st.integers(2, 32))
def test_padded_segments_hold_the_same_rows_in_fewer_runs(n_rows, size):
    padded = segments(n_rows, size, padded=True)
    for k, n in enumerate(n_rows):
        sizes = []
        for segment in padded:
            if segment.members is None or k in segment.members:
                taking = list(segment.members or range(len(n_rows)))
                own = segment.size if segment.own is None else segment.own[taking.index(k)]
                sizes += [own] * segment.n_steps
        assert sizes == batch_sizes(n, size)
    plain = segments(n_rows, size)
    assert sum(s.n_steps for s in padded) <= sum(s.n_steps for s in plain)


def test_padding_has_weight_zero_and_a_batch_weights_of_mean_one():
    plans = [plan(table(n=100), rows=np.arange(n), seed=n) for n in (70, 75)]
    rows = Rows(plans, 16)
    last = segments([70, 75], 16, padded=True)[-1]
    assert last.own == (6, 11)
    ((x, _, weight),) = rows.blocks(rows.orders(0), last, [0, 1])
    assert x.shape == (1, 2, 16, 5)
    assert weight.tolist() == [[[16 / 6] * 6 + [0.0] * 10, [16 / 11] * 11 + [0.0] * 5]]


def test_members_with_one_order_seed_share_their_batches():
    own = table(n=100)
    everyone = np.arange(100, dtype=np.int32)
    plans = [plan(own, rows=everyone, seed=k, order_seed=7) for k in range(3)]
    rows = Rows(plans, 16)
    orders = rows.orders(2)
    assert orders[0] is orders[1] is orders[2]
    first = next(iter(rows.blocks(orders, segments([100] * 3, 16)[0], [0, 1, 2])))[0]
    assert first.stride(1) == 0
    assert not torch.equal(Rows([plan(own, seed=7)], 16).orders(3)[0], orders[0])


def test_parts_shared_by_some_members_are_stored_once():
    x, y, other = table(n=50).x, table(n=50).y, table(n=50, seed=1).y
    plans = [plan(TensorTable(x, target), seed=k) for k, target in enumerate([y, other, y])]
    rows = Rows(plans, 16)
    assert rows.x is x
    assert len(rows.y) == 100
    index = torch.arange(4, dtype=torch.int32).expand(3, 4)
    assert torch.equal(rows.gather(index, [0, 1, 2])[1], torch.stack([y[:4], other[:4], y[:4]]))
    assert torch.equal(rows.targets(1, torch.arange(3)), other[:3])

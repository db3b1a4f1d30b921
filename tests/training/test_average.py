"""Averaged weights and snapshots against weights recorded by fits that end earlier, in every way of training."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from plans import distance, plan, table
from torch import nn
from torch.optim.swa_utils import update_bn

from deepstat.losses.squared import squared
from deepstat.optimizers.sgd import sgd
from deepstat.training import average, checkpoint
from deepstat.training.batches import batch_sizes
from deepstat.training.chunks import train_chunks
from deepstat.training.layout import Layout
from deepstat.training.loop import train
from deepstat.training.population import bind
from deepstat.training.seed import permutation

NOISY = {"dropout": 0.3, "batch_norm": True}


def weights_after(own, epochs):
    """Return the weights after each of these epochs, each from a fit of its own that is stopped there."""
    return [
        train([replace(own, average_from=None, on_epoch=lambda m, e, last=last: e["epoch"] == last)])[0].state
        for last in epochs
    ]


def network_of(own, state):
    return bind(
        own.network, Layout.of(own.network), state.flat, {n: b.clone() for n, b in state.buffers.items()}
    )


@pytest.mark.parametrize(
    ("average_from", "epochs"), [(0.7, [8, 9, 10]), (0.0, range(1, 11)), (0.29, range(3, 11)), (0.95, [10])]
)
def test_the_average_is_the_mean_of_the_weights_after_the_last_epochs(average_from, epochs):
    own = plan(average_from=average_from, schedule=lambda progress: 1.0 - progress)
    recorded = torch.stack([state.flat for state in weights_after(own, epochs)])
    (result,) = train([own])
    torch.testing.assert_close(result.state.flat, recorded.mean(dim=0), rtol=0, atol=1e-12)
    assert result.best_epoch == 10


def test_a_share_of_a_hundred_epochs_is_counted_exactly():
    assert [average._first_epoch(plan(average_from=s, max_epochs=100)) for s in (0.0, 0.29, 0.57, 0.99)] == [
        1,
        30,
        58,
        100,
    ]


@pytest.mark.parametrize("batch_size", [32, 1000])
def test_running_statistics_are_those_of_torchs_update_bn(batch_size):
    own = plan(table(n=150), batch_norm=True, average_from=0.5, batch_size=batch_size, seed=3)
    (result,) = train([own])
    order = permutation(150, 3, own.max_epochs) if batch_size < 150 else torch.arange(150)
    sizes = batch_sizes(150, batch_size)
    network = network_of(own, weights_after(own, [1])[0])
    for name, view in Layout.of(own.network).views(result.state.flat).items():
        network.get_parameter(name).data.copy_(view)
    update_bn((own.table.x[part] for part in order.split(sizes)), network)
    for name, value in network.named_buffers():
        torch.testing.assert_close(result.state.buffers[name], value, rtol=1e-12, atol=0)


def test_dropout_is_off_while_running_statistics_are_taken():
    own = plan(table(n=64), average_from=0.5, batch_size=64, **NOISY)
    (result,) = train([own])
    network = network_of(own, result.state).eval()
    with torch.no_grad():
        seen = network[0](own.table.x)
    torch.testing.assert_close(
        result.state.buffers["1.running_mean"], seen.mean(dim=0), rtol=1e-10, atol=1e-12
    )


def members(**settings):
    own = table(n=190)
    return [
        plan(own, seed=k, rows=np.arange(150 + k), average_from=share, max_epochs=epochs, **settings)
        for k, (share, epochs) in enumerate([(0.5, 8), (None, 12), (0.25, 10), (0.9, 3)])
    ]


@pytest.mark.parametrize("held_out", [False, True])
def test_members_equal_solo_fits(held_out):
    more = {"validation_rows": np.arange(160, 190), "patience": 3} if held_out else {}
    plans = members(snapshot_epochs=(2, 5), **more, **NOISY)
    for together, alone in zip(train(plans), [train([p])[0] for p in plans], strict=True):
        assert distance(together, alone) < 1e-9
        assert together.best_epoch == alone.best_epoch
        assert together.snapshots.keys() == alone.snapshots.keys()
        for epoch, state in together.snapshots.items():
            assert (
                distance(replace(together, state=state), replace(alone, state=alone.snapshots[epoch])) < 1e-9
            )


def test_chunks_equal_one_process():
    plans = members(snapshot_epochs=(2, 5), dropout=0.3)
    parts = train_chunks(plans, n_jobs=2, backend="threading")
    for whole, part in zip(train(plans), parts, strict=True):
        assert distance(whole, part) < 1e-9
        assert [s.n_steps for s in whole.snapshots.values()] == [s.n_steps for s in part.snapshots.values()]


@pytest.mark.slow
def test_compiled_members_equal_eager_ones():
    plans = members(dropout=0.3)
    compiled = train([replace(p, compiled=True) for p in plans])
    assert max(map(distance, compiled, train(plans))) < 1e-9


@pytest.mark.parametrize("epoch", [1, 4, 7])
@pytest.mark.parametrize("n_members", [1, 4])
def test_an_interrupted_fit_run_again_ends_with_the_same_weights_to_the_bit(
    tmp_path, monkeypatch, epoch, n_members
):
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)
    plans = members(snapshot_epochs=(2, 5), **NOISY)[:n_members]
    whole = train(plans)

    def stop(member, entry):
        if entry["epoch"] == epoch and member == 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train([replace(p, checkpoint=str(tmp_path), on_epoch=stop) for p in plans])
    assert len(list(tmp_path.iterdir())) == (epoch > 1)
    resumed = train([replace(p, checkpoint=str(tmp_path)) for p in plans])
    for a, b in zip(whole, resumed, strict=True):
        assert distance(a, b) == 0.0
        assert a.snapshots.keys() == b.snapshots.keys()
        assert all(torch.equal(a.snapshots[e].flat, b.snapshots[e].flat) for e in a.snapshots)


def test_a_fit_that_averages_does_all_its_epochs_and_keeps_the_better_of_average_and_best_epoch():
    own = table(n=300)
    settings = {
        "rows": np.arange(200),
        "validation_rows": np.arange(200, 300),
        "patience": 2,
        "max_epochs": 60,
    }
    # From the start, the mean counts weights that have learned nothing; from near the end, it calms large steps.
    early, late = (
        plan(own, average_from=share, rule=sgd, learning_rate=0.3, batch_size=8, **settings)
        for share in (0.0, 0.8)
    )

    def held_out_loss(state):
        with torch.no_grad():
            return float(squared(network_of(late, state)(own.x[200:]), own.y[200:]).mean())

    for own_plan, average_wins in ((early, False), (late, True)):
        (result,) = train([own_plan])
        scores = [entry["validation_loss"] for entry in result.history]
        assert result.stopped == "max_epochs"
        assert len(scores) == 60
        assert (held_out_loss(result.state) < min(scores)) == average_wins
        assert result.best_epoch == (60 if average_wins else 1 + int(np.argmin(scores)))
        if not average_wins:
            assert held_out_loss(result.state) == pytest.approx(min(scores), rel=1e-9)


def test_a_fit_stopped_before_it_averages_keeps_the_weights_it_has():
    stopped = plan(average_from=0.5, on_epoch=lambda member, entry: entry["epoch"] == 4)
    (result,) = train([stopped])
    torch.testing.assert_close(result.state.flat, weights_after(plan(), [4])[0].flat, rtol=0, atol=0)
    (result,) = train([replace(stopped, on_epoch=lambda member, entry: entry["epoch"] == 7)])
    recorded = torch.stack([state.flat for state in weights_after(plan(), [6, 7])])
    torch.testing.assert_close(result.state.flat, recorded.mean(dim=0), rtol=0, atol=1e-12)


def test_a_diverging_fit_does_not_average_but_falls_back():
    def burst(progress):
        return torch.where(progress < 0.75, 1.0, 1e4)

    own = plan(rule=sgd, learning_rate=0.05, max_epochs=40, schedule=burst, average_from=0.5)
    (result,), (plain,) = train([own]), train([replace(own, average_from=None)])
    assert result.stopped == "nan"
    assert distance(result, plain) == 0.0


@pytest.mark.parametrize("n_members", [1, 3])
def test_snapshots_are_the_weights_of_fits_stopped_there(n_members):
    def waves(progress):
        return 0.5 + 0.5 * torch.cos(torch.pi * (3 * progress % 1.0))

    epochs = (3, 6, 9)
    plans = [plan(seed=k, schedule=waves, snapshot_epochs=epochs, **NOISY) for k in range(n_members)]
    for own, result in zip(plans, train(plans), strict=True):
        assert tuple(result.snapshots) == epochs
        for state, alone in zip(result.snapshots.values(), weights_after(own, epochs), strict=True):
            assert float((state.flat - alone.flat).abs().max()) < 1e-9
            assert state.n_steps == alone.n_steps
            for name, value in state.buffers.items():
                torch.testing.assert_close(value, alone.buffers[name], rtol=1e-9, atol=1e-9)


def test_a_planted_fault_in_the_average_is_caught(monkeypatch):
    """The tests above can fail: count every epoch as one more than it is."""
    monkeypatch.setattr(average, "_first_epoch", lambda own: 7)
    with pytest.raises(AssertionError):
        test_the_average_is_the_mean_of_the_weights_after_the_last_epochs(0.7, [8, 9, 10])


def test_plain_networks_keep_their_buffers():
    network = nn.Sequential(nn.Linear(5, 4), nn.LayerNorm(4), nn.Linear(4, 1)).double()
    (result,) = train([plan(net=network, average_from=0.5)])
    assert result.state.buffers == {}

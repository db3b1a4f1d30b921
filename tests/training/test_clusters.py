import os
import signal
from dataclasses import replace

import joblib
import pytest
from plans import distance, plan, table

from deepstat.training.chunks import train_chunks
from deepstat.training.loop import train

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client():
    """Return the client of a Dask cluster of two processes."""
    with (
        distributed.LocalCluster(
            processes=True, n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def on_dask(client):
    """Let joblib run on both workers."""
    client.wait_for_workers(2, timeout=60)
    with joblib.parallel_config(backend="dask"):
        yield


def members():
    own = table()
    return [plan(own, seed=k, dropout=0.2, max_epochs=4 + k) for k in range(5)]


def largest_distance(some, others):
    return max(distance(a, b) for a, b in zip(some, others, strict=True))


def test_members_trained_on_a_dask_cluster_equal_those_trained_here(on_dask, tmp_path):
    def on_epoch(member, entry):
        (tmp_path / f"{member}").write_text(str(os.getpid()))

    heard = []
    plans = [replace(each, on_epoch=on_epoch) for each in members()]
    results = train_chunks(plans, report=heard.append)
    assert largest_distance(results, train(members())) < 1e-9
    pids = [int((tmp_path / f"{k}").read_text()) for k in range(5)]
    assert len({*pids, os.getpid()}) == 3
    assert sum(heard) == 4 + 5 + 6 + 7 + 8


def test_a_dask_worker_killed_in_the_middle_changes_no_result(on_dask, tmp_path):
    killed = tmp_path / "killed"

    def on_epoch(member, entry):
        if member == 4 and entry["epoch"] == 3 and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    undisturbed = train_chunks(members())
    assert not killed.exists()
    results = train_chunks([replace(each, on_epoch=on_epoch) for each in members()])
    assert killed.exists()
    assert largest_distance(results, undisturbed) == 0.0


def test_a_chunk_that_kills_every_dask_worker_ends_with_an_error_not_with_waiting(on_dask):
    def on_epoch(member, entry):
        if member == 4:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(distributed.KilledWorker):
        train_chunks([replace(each, on_epoch=on_epoch) for each in members()])

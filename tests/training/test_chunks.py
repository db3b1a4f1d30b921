import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from joblib.externals.loky import get_reusable_executor
from plans import distance, network, plan, table
from scipy import sparse

from deepstat.data.tensors import SparseRows, TensorTable
from deepstat.training import chunks
from deepstat.training.chunks import train_chunks
from deepstat.training.loop import train

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def _no_workers_left():
    """End the workers that joblib would keep for later calls."""
    yield
    get_reusable_executor().shutdown(kill_workers=True)


def members(n=5, own=None, **settings):
    """Members of one population that differ in rows, epochs and learning rate."""
    own = table() if own is None else own
    n_rows = own.y.shape[0]
    return [
        plan(
            own,
            seed=k,
            rows=np.random.default_rng(k).permutation(n_rows)[: n_rows - 40 - k],
            learning_rate=1e-3 * (k + 1),
            max_epochs=4 + k,
            **settings,
        )
        for k in range(n)
    ]


def largest_distance(some, others):
    return max(distance(a, b) for a, b in zip(some, others, strict=True))


def writer(path, text=lambda member, entry: "", at=1):
    """Return a callback that appends a line to a file at one epoch of each member; pickled by value."""

    def on_epoch(member, entry):
        if entry["epoch"] == at:
            with open(path, "a") as file:
                file.write(f"{member} {text(member, entry)}\n")

    return on_epoch


# -- who trains what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_members", "n_chunks", "sizes"),
    [
        (20, 2, [10, 10]),
        (5, 2, [2, 3]),
        (3, 2, [3]),
        (7, 3, [2, 2, 3]),
        (9, 16, [2, 2, 2, 3]),
        (6, 2, [3, 3]),
    ],
)
def test_a_population_is_cut_evenly_and_never_down_to_one_member(n_members, n_chunks, sizes):
    own = table()
    found = chunks._cut([plan(own, seed=k) for k in range(n_members)], n_chunks)
    assert sorted(k for chunk in found for k in chunk) == list(range(n_members))
    assert sorted(map(len, found)) == sizes


def test_single_fits_are_spread_over_all_workers():
    own = table()
    alone = [replace(plan(own), recipe=k) for k in range(10)]
    assert chunks._cut(alone, 2) == [list(range(5)), list(range(5, 10))]


def test_networks_that_cannot_be_batched_are_spread_like_single_fits():
    own = table()
    plans = [plan(own, seed=k, batched=False) for k in range(3)]
    assert sorted(map(len, chunks._cut(plans, 2))) == [1, 2]
    assert list(map(len, chunks._cut([replace(each, batched=True) for each in plans], 2))) == [3]


def test_members_of_one_key_stay_together_wherever_they_stand():
    own = table()
    plans = [plan(own, seed=k, batch_size=16 if k % 2 else 32) for k in range(8)]
    assert chunks._cut(plans, 2) == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_chunks_are_balanced_by_work_not_by_number():
    own = table()
    plans = [plan(own, seed=k, max_epochs=100 if k < 3 else 10) for k in range(33)]
    first, second = chunks._cut(plans, 2)
    assert (len(first), len(second)) == (3, 30)
    wide = [plan(own, hidden=(400, 400), batch_size=200)] + [
        plan(own, batch_size=200 + k) for k in range(1, 4)
    ]
    assert chunks._cut(wide, 2)[0] == [0]


# -- the same numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings", [{"dropout": 0.3}, {"batch_norm": True}, {"hidden": (4,), "patience": 2}], ids=str
)
def test_chunks_equal_one_population_over_the_whole_fit(settings):
    if "patience" in settings:
        settings = {**settings, "validation_rows": np.arange(160, 200)}
    plans = members(**settings)
    assert largest_distance(train_chunks(plans, n_jobs=2), train(plans)) < 1e-9


def test_results_come_in_the_order_of_the_plans_whatever_their_keys():
    own = table()
    plans = [plan(own, seed=k, batch_size=16 if k % 3 else 32, max_epochs=2 + k) for k in range(6)]
    results = train_chunks(plans, n_jobs=2)
    assert [len(result.history) for result in results] == [2, 3, 4, 5, 6, 7]
    for result, expected in zip(results, train(plans), strict=True):
        assert distance(result, expected) < 1e-9
        assert result.history == expected.history
        assert (result.best_epoch, result.stopped) == (expected.best_epoch, expected.stopped)
        assert result.state.n_steps == expected.state.n_steps


def test_fits_that_start_from_others_and_sparse_rows_travel_whole():
    draw = np.random.default_rng(0)
    x = sparse.random_array((200, 5), density=0.4, rng=draw, format="csr")
    own = TensorTable(
        SparseRows.from_scipy(x, torch.float64, torch.device("cpu")), torch.tensor(draw.normal(size=(200, 1)))
    )
    plans = [replace(each, start=replace(each, seed=9)) for each in members(4, own)]
    assert largest_distance(train_chunks(plans, n_jobs=2), train(plans)) < 1e-9


def test_the_backend_and_the_number_of_jobs_may_come_from_the_configuration(tmp_path):
    plans = [replace(each, on_epoch=writer(tmp_path / "pids", lambda *_: os.getpid())) for each in members(4)]
    expected = train(members(4))
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert largest_distance(train_chunks(plans), expected) < 1e-9
    assert {line.split()[1] for line in (tmp_path / "pids").read_text().splitlines()} == {str(os.getpid())}
    with joblib.parallel_config(backend="threading"):
        train_chunks(plans, backend="loky", n_jobs=2)
    pids = [line.split()[1] for line in (tmp_path / "pids").read_text().splitlines()][4:]
    assert len({*pids, str(os.getpid())}) == 3


def test_a_cluster_larger_than_asked_for_does_not_make_smaller_chunks(monkeypatch):
    monkeypatch.setattr(
        joblib, "effective_n_jobs", lambda n_jobs: 1_000
    )  # as Dask says, whatever is asked for
    for n_jobs, n_chunks in ((2, 2), (-1, 4)):
        heard = []
        train_chunks(members(8), n_jobs=n_jobs, backend="threading", report=heard.append)
        assert len(heard) == n_chunks


def test_one_job_trains_here_and_reports_each_epoch():
    heard, inside = [], []
    plans = [replace(each, on_epoch=lambda member, entry: inside.append(member)) for each in members(2)]
    train_chunks(plans, report=heard.append)
    assert sum(heard) == 9
    assert len(heard) > 2
    assert Counter(inside) == {0: 4, 1: 5}


def test_callbacks_run_in_the_worker_and_hear_the_place_among_all_members(tmp_path):
    inside = []
    tell = writer(tmp_path / "told", lambda member, entry: f"{os.getpid()}")
    plans = [
        replace(each, batch_size=16 if k % 2 else 32, on_epoch=lambda m, e: (inside.append(m), tell(m, e))[1])
        for k, each in enumerate(members(4))
    ]
    heard = []
    train_chunks(plans, n_jobs=2, report=heard.append)
    told = dict(line.split() for line in (tmp_path / "told").read_text().splitlines())
    assert sorted(told) == ["0", "1", "2", "3"]
    assert told["0"] == told["2"] != told["1"] == told["3"]
    assert inside == []
    assert sorted(heard) == [4 + 6, 5 + 7]


# -- what travels -----------------------------------------------------------------------------------------------------


def test_a_shared_table_travels_once_and_a_view_without_the_rest_of_its_memory():
    x, many = torch.zeros(10_000, 20), torch.zeros(10_000, 50)
    plans = [
        plan(TensorTable(x, many[:, k : k + 1]), seed=k, net=network(20, dtype=torch.float32))
        for k in range(10)
    ]
    sent = pickle.dumps(chunks._exchange(plans))
    assert len(sent) < 1.1 * (x.nbytes + 10 * 10_000 * (4 + 8)) + 10 * 20_000
    back = chunks._exchange(pickle.loads(sent))
    assert len({id(each.table.x) for each in back}) == 1
    assert all(torch.equal(a.table.y, b.table.y) for a, b in zip(back, plans, strict=True))


def test_exchanging_twice_gives_the_same_back():
    (before,) = members(1, table(weight=np.ones(200)), center=torch.zeros(5), scale=torch.ones(5))
    (after,) = chunks._exchange(chunks._exchange([before]))
    assert after.table.weight.equal(before.table.weight)
    assert after.center.equal(before.center)
    assert after.rows is before.rows
    assert after.key == before.key


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="needs the memory map of a process")
def test_workers_share_the_memory_of_a_large_table(tmp_path):
    def mapped(member, entry):
        with open("/proc/self/maps") as file:
            return sum("joblib" in line for line in file)

    own, count = table(n=20_000, p=10), writer(tmp_path / "maps", mapped)
    plans = [plan(own, seed=k, rows=np.arange(100), max_epochs=1, on_epoch=count) for k in range(4)]
    train_chunks(plans, n_jobs=2)
    assert [int(line.split()[1]) > 0 for line in (tmp_path / "maps").read_text().splitlines()] == [True] * 4


@pytest.mark.skipif(os.cpu_count() < 2, reason="torch takes no more threads than there are cores")
def test_workers_use_the_threads_that_joblib_gives_them(tmp_path):
    own = table(n=1_000)
    threads = writer(tmp_path / "threads", lambda *_: torch.get_num_threads())
    plans = [
        plan(own, seed=k, hidden=(100, 100), batch_size=500, max_epochs=1, on_epoch=threads) for k in range(4)
    ]
    with joblib.parallel_config(backend="loky", n_jobs=2, inner_max_num_threads=2):
        train_chunks(plans)
    assert {line.split()[1] for line in (tmp_path / "threads").read_text().splitlines()} == {"2"}


def test_plans_on_an_accelerator_are_refused():
    own = table()
    own = TensorTable(own.x.to("meta"), own.y.to("meta"))
    plans = [plan(own, seed=k, batched=True) for k in range(4)]
    with pytest.raises(ValueError, match=r"on device 'meta': use n_jobs=1 .* or device='cpu'"):
        train_chunks(plans, n_jobs=2)


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_killed_worker_changes_no_result_and_costs_no_finished_chunk_and_no_saved_epoch(tmp_path):
    finished, killed, epochs = (tmp_path / name for name in ("finished", "killed", "epochs"))

    def on_epoch(member, entry):
        with open(epochs, "a") as file:
            file.write(f"{member}:{entry['epoch']} ")
        if member == 3 and entry["epoch"] == 3 and not killed.exists():
            while not finished.exists():
                time.sleep(0.01)
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def report(n):
        heard.append(n)
        finished.touch()

    plans, heard = members(4, dropout=0.2), []
    told = [replace(each, on_epoch=on_epoch, checkpoint=str(tmp_path)) for each in plans]
    results = train_chunks(told, n_jobs=2, report=report)
    assert killed.exists()
    assert heard == [4 + 5, 6 + 7]
    lived = {k: [int(e[2:]) for e in epochs.read_text().split() if e.startswith(f"{k}:")] for k in range(4)}
    assert (lived[0], lived[1]) == ([1, 2, 3, 4], [1, 2, 3, 4, 5])
    assert lived[3] == [1, 2, 3, 2, 3, 4, 5, 6, 7]  # the first epoch was saved
    assert largest_distance(results, train_chunks(plans, n_jobs=2)) == 0.0


@pytest.mark.slow
def test_workers_that_are_killed_again_and_again_end_with_one_sentence(tmp_path):
    lives = tmp_path / "lives"

    def on_epoch(member, entry):
        if member == 3:
            with open(lives, "a") as file:
                file.write(".")
            os.kill(os.getpid(), signal.SIGKILL)

    plans = [replace(each, on_epoch=on_epoch) for each in members(4)]
    with pytest.raises(
        RuntimeError, match=r"Workers were killed 3 times, with . of 4 members .* use fewer n_jobs"
    ):
        train_chunks(plans, n_jobs=2)
    assert lives.read_text() == "..."


def test_errors_in_training_and_in_report_propagate_unchanged_and_the_next_call_has_workers(tmp_path):
    def on_epoch(member, entry):
        with open(tmp_path / "lives", "a") as file:
            file.write(str(member))
        raise LookupError("in training", member)

    def report(n):
        raise LookupError("in report")

    plans = members(4)
    with pytest.raises(LookupError) as caught:
        train_chunks(plans, n_jobs=2, report=report)
    assert caught.value.args == ("in report",)
    plans[2] = replace(plans[2], on_epoch=on_epoch)
    with pytest.raises(LookupError) as caught:
        train_chunks(plans, n_jobs=2)
    assert caught.value.args == ("in training", 2)
    assert (tmp_path / "lives").read_text() == "2"  # not tried again


SCRIPT = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background process may ignore it
sys.path[:0] = {path!r}
from plans import plan, table
from deepstat.training.chunks import train_chunks
def pid(member, entry):
    if entry["epoch"] == 1:
        with open(os.path.join({folder!r}, f"partial{{member}}"), "w") as file:
            file.write(str(os.getpid()))
        os.replace(file.name, file.name.replace("partial", "pid"))
own = table()
try:
    train_chunks([plan(own, seed=k, max_epochs=10**6, on_epoch=pid) for k in range(4)], n_jobs=2)
except KeyboardInterrupt:
    print("interrupted")
"""


def alive(pid):
    """Say whether a process is there and is not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs the list of processes")
def test_an_interrupt_propagates_and_ends_the_workers(tmp_path):
    script = SCRIPT.format(path=[str(ROOT / "tests" / "support"), str(ROOT)], folder=str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, start_new_session=True
    )
    files = [tmp_path / f"pid{k}" for k in range(4)]
    deadline = time.monotonic() + 120
    while not all(file.exists() for file in files) and time.monotonic() < deadline:
        time.sleep(0.05)
    pids = {int(file.read_text()) for file in files}
    assert len(pids) == 2
    assert all(map(alive, pids))
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert out.decode().split() == ["interrupted"]
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, pids))

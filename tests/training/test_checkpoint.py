import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from plans import distance, plan, table

from deepstat.training import checkpoint
from deepstat.training.checkpoint import write_atomically
from deepstat.training.loop import train

SCRIPT = """
import os, signal, sys
sys.path[:0] = {path!r}
import numpy as np, torch
from plans import plan, table
from deepstat.training import checkpoint
from deepstat.training.loop import train
torch.set_num_threads({threads})
checkpoint.INTERVAL = 0.0
def die(member, entry):
    if member == {last} and entry["epoch"] == {epoch}:
        os.kill(os.getpid(), signal.SIGKILL)
settings = dict(dropout=0.3, batch_norm=True, on_epoch=die, checkpoint={folder!r}, patience=50)
settings |= dict(rows=np.arange(110), validation_rows=np.arange(110, 150))
train([plan(table(n=150), seed=k, max_epochs=9 - 4 * (k == 0), **settings) for k in range({members})])
"""


@pytest.mark.parametrize("members", [1, 3])
def test_a_fit_killed_at_any_epoch_and_run_again_ends_with_the_same_weights_to_the_bit(
    tmp_path, members, monkeypatch
):
    import torch

    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)
    settings = {
        "dropout": 0.3,
        "batch_norm": True,
        "rows": np.arange(110),
        "validation_rows": np.arange(110, 150),
        "patience": 50,
    }
    plans = [plan(table(n=150), seed=k, max_epochs=9 - 4 * (k == 0), **settings) for k in range(members)]
    whole = train(plans)
    for epoch in (2, 4) if members == 1 else (2, 8):
        folder = tmp_path / str(epoch)
        folder.mkdir()
        path = [str(Path(__file__).parents[1] / "support"), str(Path(__file__).parents[2])]
        script = SCRIPT.format(
            path=path,
            last=members - 1,
            epoch=epoch,
            folder=str(folder),
            members=members,
            threads=torch.get_num_threads(),
        )
        killed = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], check=False, capture_output=True
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
        files = list(folder.iterdir())
        assert len(files) == 1
        epochs = []
        note = {"checkpoint": str(folder), "on_epoch": lambda m, e, seen=epochs: seen.append(e["epoch"])}
        resumed = train([replace(p, **note) for p in plans])
        assert min(epochs) == epoch  # went on, did not start afresh
        assert all(distance(a, b) == 0.0 for a, b in zip(resumed, whole, strict=True))
        assert [r.history for r in resumed] == [r.history for r in whole]
        assert not list(folder.iterdir())


def test_other_arguments_do_not_meet_the_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)

    def stop(member, entry):
        if entry["epoch"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train([plan(checkpoint=str(tmp_path), on_epoch=stop)])
    assert len(list(tmp_path.iterdir())) == 1
    epochs = []
    train([plan(checkpoint=str(tmp_path), l2=0.1, on_epoch=lambda m, e: epochs.append(e["epoch"]))])
    assert epochs[0] == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def breaks():
        yield b"new"
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_atomically(path, breaks())
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_fit_has_the_same_checkpoint_in_every_process_whatever_its_activation():
    script = """
        import numpy as np, sys
        from deepstat import DeepRegressor
        from deepstat.estimators.plan import plan_fit
        from deepstat.training.checkpoint import Checkpoint
        X = np.arange(20.0)[:, None]
        params = {"activation": "tanh"}
        model = DeepRegressor(architecture_params=params, checkpoint=sys.argv[1], random_state=0)
        print(Checkpoint.of(plan_fit(model, X, X[:, 0], None).plans).path.name)
    """
    folder = tempfile.mkdtemp()
    command = [sys.executable, "-c", textwrap.dedent(script), folder]
    names = [subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(2)]
    assert names[0].endswith(".checkpoint\n")
    assert names[0] == names[1]

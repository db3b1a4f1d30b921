"""The engine on an accelerator: run with ``pytest -m gpu`` where there is one."""

from dataclasses import replace

import pytest
import torch
from plans import distance, plan, table

from deepstat.data.tensors import TensorTable
from deepstat.training.loop import train

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA"),
]


def on_gpu(own):
    return TensorTable(own.x.cuda(), own.y.cuda())


def moved(own_plan):
    return replace(own_plan, network=own_plan.network.cuda())


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.3}, {"batch_norm": True}], ids=str)
@pytest.mark.parametrize("compiled", [False, True])
def test_members_on_the_gpu_equal_solo_fits(settings, compiled):
    own = on_gpu(table())
    plans = [moved(plan(own, seed=k, compiled=compiled, **settings)) for k in range(3)]
    solo = [train([replace(p, compiled=False)])[0] for p in plans]
    assert max(map(distance, train(plans), solo)) < 1e-9


def test_the_gpu_gives_what_the_cpu_gives():
    own = table()
    gpu = train([moved(plan(on_gpu(own), dropout=0.2))])[0]
    cpu = train([plan(own, dropout=0.2)])[0]
    assert float((gpu.state.flat.cpu() - cpu.state.flat).abs().max()) < 1e-9


def test_a_nan_on_the_gpu_stops_its_member_alone():
    own = on_gpu(table())
    plans = [moved(plan(own, seed=k, learning_rate=1e300 if k == 0 else 1e-3)) for k in range(2)]
    results = train(plans)
    assert [r.stopped for r in results] == ["nan", "max_epochs"]
    assert torch.isfinite(results[0].state.flat).all()

from dataclasses import replace

import pytest
import torch
from sklearn.datasets import load_diabetes

from deepstat.estimators.plan import plan_fit
from deepstat.model_selection.ledger import Ledger, memory_of


@pytest.fixture
def plans(regressor):
    X, y = load_diabetes(return_X_y=True)
    return plan_fit(regressor(n_members=3), X, y, None).plans


def with_own_table(plan):
    table = replace(plan.table, x=plan.table.x.clone(), y=plan.table.y.clone())
    return replace(plan, table=table)


def test_memory_is_full_where_one_more_fit_would_not_fit(plans):
    table = 4 * (442 * 11) * 8
    for fits in (2, 5):
        ledger = Ledger(fits * (table + 20_000))
        for _ in range(fits - 1):
            assert not ledger.full
            ledger.add([with_own_table(plans[0])])
        assert not ledger.full
        ledger.add([with_own_table(plans[0])])
        assert ledger.full


def test_members_that_share_a_table_count_it_once(plans):
    shared, single = Ledger(1), Ledger(1)
    shared.add(plans)
    single.add(plans[:1])
    assert shared._held[torch.device("cpu")] < 2 * single._held[torch.device("cpu")]


def test_a_cleared_ledger_has_room_again(plans):
    ledger = Ledger(100_000)
    ledger.add(plans)
    ledger.add([with_own_table(plans[0])])
    assert ledger.full
    ledger.clear()
    assert not ledger.full


def test_the_default_is_a_quarter_of_the_memory(plans, monkeypatch):
    ledger = Ledger(None)
    assert ledger._budget(torch.device("cpu")) == memory_of(torch.device("cpu")) // 4


@pytest.mark.gpu
def test_memory_of_an_accelerator_is_its_own():
    device = torch.device("cuda")
    assert memory_of(device) == torch.cuda.get_device_properties(device).total_memory > 10**9

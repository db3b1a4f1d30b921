import pytest
from plans import distance, plan, table

from deepstat.training.loop import train


@pytest.mark.slow
def test_many_different_plans_can_be_compiled_in_one_process():
    own = table(n=64)
    for width in range(3, 13):
        plans = [plan(own, seed=k, hidden=(width,), max_epochs=1) for k in range(2)]
        compiled = [plan(own, seed=k, hidden=(width,), max_epochs=1, compiled=True) for k in range(2)]
        assert max(map(distance, train(compiled), train(plans))) < 1e-12

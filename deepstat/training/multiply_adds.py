"""What a fit costs, as far as its plan says."""

from __future__ import annotations

from deepstat.training.plan import Plan

# What the bookkeeping of a step costs, in multiply-adds: the members of a population share it.
STEP_OVERHEAD = 200_000


def multiply_adds(plan: Plan, n_members: int = 1) -> float:
    """Return about how many multiply-adds a fit takes, with its share of the steps' bookkeeping.

    The fit that it starts from, if any, is counted too.
    """
    size = sum(parameter.numel() for parameter in plan.network.parameters())
    own = plan.max_epochs * len(plan.rows) * (size + STEP_OVERHEAD / (n_members * plan.batch_size))
    return own if plan.start is None else own + multiply_adds(plan.start, n_members)

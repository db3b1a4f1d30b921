"""One thread a process, so that parallel test workers do not fight for cores; no deadlines; accelerators if any."""

import os

import pytest
from hypothesis import settings

# Before torch is imported anywhere; subprocesses inherit it.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

settings.register_profile("deepstat", deadline=None, derandomize=True, database=None)
settings.load_profile("deepstat")


def pytest_collection_modifyitems(config, items):
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        config.hook.pytest_deselected(items=marked)
        items[:] = [item for item in items if item not in marked]


@pytest.fixture
def no_plugin_limits(monkeypatch):
    """Forget the registry before and after, and what the environment says about plugins."""
    from deepstat.registry import registry

    monkeypatch.delenv("DEEPSTAT_PLUGINS", raising=False)
    registry.cache_clear()
    yield
    registry.cache_clear()

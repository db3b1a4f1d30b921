"""The conformance kit: what deepstat's own components pass, for the tests of plugins.

Each check takes a record and raises ``AssertionError`` with one sentence that says what to change.

>>> from deepstat.records import Activation
>>> from deepstat.testing import check_activation
>>> check_activation(Activation(name="sine", target="torch:sin"))
"""

from deepstat.testing.activations import check_activation
from deepstat.testing.architectures import check_architecture
from deepstat.testing.distributions import check_distribution
from deepstat.testing.initializers import check_initializer
from deepstat.testing.losses import check_loss
from deepstat.testing.numeric_embeddings import check_numeric_embedding
from deepstat.testing.optimizers import check_optimizer
from deepstat.testing.permutation import check_permutation_equivariance, check_permutation_invariance
from deepstat.testing.plugins import Report, Result, check_component, check_plugin, report_plugin
from deepstat.testing.schedules import check_schedule

__all__ = [
    "Report",
    "Result",
    "check_activation",
    "check_architecture",
    "check_component",
    "check_distribution",
    "check_initializer",
    "check_loss",
    "check_numeric_embedding",
    "check_optimizer",
    "check_permutation_equivariance",
    "check_permutation_invariance",
    "check_plugin",
    "check_schedule",
    "report_plugin",
]

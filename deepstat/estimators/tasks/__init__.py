"""What estimators of different kinds do differently: one file a kind."""

from deepstat.estimators.task import Task
from deepstat.estimators.tasks.classification import CLASSIFICATION
from deepstat.estimators.tasks.distribution import DISTRIBUTION
from deepstat.estimators.tasks.quantiles import EXPECTILES, QUANTILES
from deepstat.estimators.tasks.regression import REGRESSION

TASKS: dict[str, Task] = {
    task.name: task for task in (REGRESSION, CLASSIFICATION, DISTRIBUTION, QUANTILES, EXPECTILES)
}

"""What fits say beyond themselves: bootstrap, jackknife, permutation tests, comparisons of models.

Loading this package loads torch and scikit-learn.
"""

from deepstat.inference.bootstrap import bootstrap
from deepstat.inference.compare_models import compare_models
from deepstat.inference.corrected_t import corrected_t
from deepstat.inference.jackknife import jackknife
from deepstat.inference.multiplicity.holm import holm
from deepstat.inference.multiplicity.max_t import max_t
from deepstat.inference.nested_cross_validate import nested_cross_validate
from deepstat.inference.partially_linear import partially_linear
from deepstat.inference.permutation_test import permutation_test
from deepstat.inference.statistics.average_derivative import average_derivative
from deepstat.inference.statistics.contrast import contrast
from deepstat.inference.statistics.prediction import prediction
from deepstat.inference.statistics.reliance import reliance
from deepstat.inference.statistics.score import score

__all__ = [
    "average_derivative",
    "bootstrap",
    "compare_models",
    "contrast",
    "corrected_t",
    "holm",
    "jackknife",
    "max_t",
    "nested_cross_validate",
    "partially_linear",
    "permutation_test",
    "prediction",
    "reliance",
    "score",
]

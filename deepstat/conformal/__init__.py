"""Conformal prediction: intervals and sets whose coverage holds in finite samples, for any estimator.

Loading this package loads torch and scikit-learn.
"""

from deepstat.conformal.classifier import ConformalClassifier
from deepstat.conformal.regressor import ConformalRegressor

__all__ = ["ConformalClassifier", "ConformalRegressor"]

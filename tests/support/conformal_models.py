"""Small estimators for tests of conformal prediction."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import BayesianRidge, LinearRegression, LogisticRegression, QuantileRegressor


class Seeing(LinearRegression):
    """Least squares that remembers the first column of the rows it saw."""

    def fit(self, X, y, sample_weight=None):
        self.seen_ = np.asarray(X)[:, 0].copy()
        return super().fit(X, y, sample_weight)


class SeeingBayes(BayesianRidge):
    """Bayesian least squares that does."""

    def fit(self, X, y, sample_weight=None):
        self.seen_ = np.asarray(X)[:, 0].copy()
        return super().fit(X, y, sample_weight)


class SeeingLogistic(LogisticRegression):
    """A logistic regression that does."""

    def fit(self, X, y, sample_weight=None):
        self.seen_ = np.asarray(X)[:, 0].copy()
        return super().fit(X, y, sample_weight)


class FirstColumn(RegressorMixin, BaseEstimator):
    """Predicts the first column."""

    def fit(self, X, y, sample_weight=None):
        return self

    def predict(self, X):
        return np.asarray(X)[:, 0]

    def __sklearn_is_fitted__(self):
        return True


class Columns(ClassifierMixin, BaseEstimator):
    """Columns are probabilities of the classes 0, 1, ...."""

    def __init__(self, n_classes=3):
        self.n_classes = n_classes

    def fit(self, X, y, sample_weight=None):
        return self

    @property
    def classes_(self):
        return np.arange(self.n_classes)

    def predict_proba(self, X):
        return np.asarray(X)[:, : self.n_classes]

    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)

    def __sklearn_is_fitted__(self):
        return True


class Quantiles(RegressorMixin, BaseEstimator):
    """Linear quantile regressions side by side."""

    def __init__(self, quantiles=(0.05, 0.5, 0.95)):
        self.quantiles = quantiles

    def fit(self, X, y, sample_weight=None):
        self.fits_ = [
            QuantileRegressor(quantile=q, alpha=0.0).fit(X, y, sample_weight) for q in self.quantiles
        ]
        return self

    def predict_quantiles(self, X):
        return np.stack([fit.predict(X) for fit in self.fits_], axis=1)

    def predict(self, X):
        return self.predict_quantiles(X)[:, len(self.quantiles) // 2]

"""A predicted distribution with SciPy inside: what metrics and diagnostics ask of one, and nothing else."""

import numpy as np


class FrozenPredictions:
    """n rows of a frozen SciPy distribution whose parameters have shape (n,) or ()."""

    def __init__(self, frozen, n):
        self.frozen, self.n = frozen, n

    def __len__(self):
        return self.n

    def __getitem__(self, rows):
        index = np.arange(self.n)[rows]
        keywords = {name: np.broadcast_to(value, self.n)[index] for name, value in self.frozen.kwds.items()}
        assert not self.frozen.args, "give the parameters by keyword"
        return FrozenPredictions(self.frozen.dist(**keywords), len(index))

    def cdf(self, y):
        return self.frozen.cdf(y)

    def icdf(self, q):
        if np.ndim(q) == 0:
            return np.broadcast_to(self.frozen.ppf(q), self.n)
        return np.stack([np.broadcast_to(self.frozen.ppf(level), self.n) for level in q], axis=1)

    def sample(self, size=1, random_state=None):
        return self.frozen.rvs(size=(size, self.n), random_state=random_state)


class HurdlePredictions(FrozenPredictions):
    """Zero with probability `gate`, else positive and continuous: a jump at 0, a density above."""

    def __init__(self, frozen, n, gate):
        super().__init__(frozen, n)
        self.gate = gate

    def __getitem__(self, rows):
        return HurdlePredictions(self.frozen, len(np.arange(self.n)[rows]), self.gate)

    def cdf(self, y):
        return np.where(y < 0, 0.0, self.gate + (1 - self.gate) * self.frozen.cdf(y))

    def sample(self, size=1, random_state=None):
        generator = np.random.default_rng(random_state)
        positive = self.frozen.rvs(size=(size, self.n), random_state=generator)
        return np.where(generator.random((size, self.n)) < self.gate, 0.0, positive)

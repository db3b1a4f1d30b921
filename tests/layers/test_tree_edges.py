import numpy as np
import pytest
import torch
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from deepstat.layers.tree_edges import tree_edges


def data(n, k, seed, ties=False):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 3)).astype(np.float32).astype(float)  # sklearn's trees see float32
    if ties:
        x = np.round(x * 4) / 4
    y = np.sin(3 * x[:, :1]) + x[:, 1:2] ** 2 + 0.3 * generator.normal(size=(n, k))
    return x, y


SIZES = [(300, 1, 8, 1), (300, 2, 32, 5), (60, 1, 40, 7), (20, 1, 4, 10)]


def thresholds(tree):
    return np.sort(tree.threshold[tree.children_left >= 0])


def splits_of(edges):
    inner = edges[1:-1]
    return inner[inner < edges[-1]]


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(
    ("n", "k", "n_bins", "min_leaf"), [(300, 1, 8, 1), (300, 2, 32, 5), (60, 1, 40, 7), (20, 1, 4, 10)]
)
def test_splits_are_those_of_sklearn(n, k, n_bins, min_leaf, ties):
    x, y = data(n, k, n + n_bins, ties)
    edges = tree_edges(torch.from_numpy(x), torch.from_numpy(y), n_bins, min_leaf=min_leaf).numpy()
    for j in range(3):
        tree = DecisionTreeRegressor(max_leaf_nodes=n_bins, min_samples_leaf=min_leaf).fit(x[:, [j]], y)
        np.testing.assert_allclose(splits_of(edges[j]), thresholds(tree.tree_), rtol=0, atol=1e-7)
        assert edges[j, 0] == x[:, j].min()
        assert edges[j, -1] == x[:, j].max()


@pytest.mark.parametrize("n_classes", [2, 4])
def test_classes_as_indicators_are_split_by_the_criterion_of_gini(n_classes):
    x, y = data(400, 1, 5)
    label = np.digitize(y[:, 0], np.quantile(y, np.arange(1, n_classes) / n_classes))
    indicators = np.eye(n_classes)[label][:, 1:] if n_classes == 2 else np.eye(n_classes)[label]
    edges = tree_edges(torch.from_numpy(x), torch.from_numpy(indicators), 12, min_leaf=9).numpy()
    for j in range(3):
        tree = DecisionTreeClassifier(max_leaf_nodes=12, min_samples_leaf=9).fit(x[:, [j]], label)
        np.testing.assert_allclose(splits_of(edges[j]), thresholds(tree.tree_), rtol=0, atol=1e-7)


def test_a_row_of_weight_two_is_the_row_twice():
    x, y = data(80, 2, 1)
    times = np.random.default_rng(0).integers(1, 4, 80)
    weighted = tree_edges(
        torch.from_numpy(x), torch.from_numpy(y), 10, min_leaf=6, weight=torch.from_numpy(times).double()
    )
    repeated = tree_edges(
        torch.from_numpy(x.repeat(times, 0)), torch.from_numpy(y.repeat(times, 0)), 10, min_leaf=6
    )
    torch.testing.assert_close(weighted, repeated)
    assert not torch.allclose(weighted, tree_edges(torch.from_numpy(x), torch.from_numpy(y), 10, min_leaf=6))


def test_fewer_leaves_than_bins_repeat_the_largest_value():
    x = torch.tensor([[0.0, 3.0], [1.0, 3.0], [1.0, 3.0], [2.0, 3.0]])
    y = torch.tensor([[0.0], [5.0], [5.0], [5.0]])
    expected = [[0.0, 0.5, 2.0, 2.0, 2.0], [3.0] * 5]
    assert tree_edges(x, y, 4).tolist() == expected


def test_open_ends_of_intervals_count_as_the_mean():
    x = torch.linspace(0, 1, 40, dtype=torch.float64).unsqueeze(1)
    y = (x > 0.5).double()
    y[3], y[30] = -torch.inf, torch.nan
    filled = y.clone()
    filled[[3, 30]] = y[y.isfinite()].mean()
    torch.testing.assert_close(tree_edges(x, y, 6), tree_edges(x, filled, 6))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_single_row_and_no_columns_are_taken(dtype):
    assert tree_edges(torch.ones(1, 2, dtype=dtype), torch.ones(1, 1), 3).tolist() == [[1.0] * 4] * 2
    assert tree_edges(torch.ones(4, 0, dtype=dtype), torch.ones(4, 1), 3).shape == (0, 4)
    assert tree_edges(torch.ones(1, 2, dtype=dtype), torch.ones(1, 1), 3).dtype == dtype


def test_a_sample_without_rows_is_refused():
    with pytest.raises(ValueError, match="without rows"):
        tree_edges(torch.empty(0, 2), torch.empty(0, 1), 4)

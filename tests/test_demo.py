"""The demonstration: what it prints is true, what it cannot do it says."""

from __future__ import annotations

import io
import re
import sys

import numpy as np
import pytest
from rich.console import Console

from deepstat.demo import main
from deepstat.demo.imbalance import load_rare_affairs
from deepstat.demo.spoil import spoil
from deepstat.errors import DeepstatError


def test_spoil_multiplies_the_stated_share_by_ten_and_leaves_the_rest():
    y = np.arange(1.0, 201.0)
    kept = y.copy()
    recorded, spoiled = spoil(y, 0.1, seed=3)
    assert spoiled.sum() == 20
    np.testing.assert_array_equal(recorded[spoiled], 10 * y[spoiled])
    np.testing.assert_array_equal(recorded[~spoiled], y[~spoiled])
    np.testing.assert_array_equal(y, kept)


def test_spoil_depends_on_its_seed_alone():
    y = np.arange(50.0)
    np.random.seed(0)  # noqa: NPY002  # the global generator must not matter
    first = spoil(y, 0.2, seed=1)[1]
    second = spoil(y, 0.2, seed=1)[1]
    np.testing.assert_array_equal(first, second)
    assert (first != spoil(y, 0.2, seed=2)[1]).any()


def test_the_rare_class_is_five_in_a_hundred_and_no_other_row_is_lost():
    X, y = load_rare_affairs()
    assert y.mean() == pytest.approx(0.05, abs=1e-3)
    assert len(y) - y.sum() == 4313  # women without an affair in the whole data set
    assert len(X) == len(y)


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DeepstatError, match=r"cannot be made.*--out"):
        main(tmp_path / "file")


@pytest.mark.parametrize("package", ["statsmodels", "matplotlib", "pandas"])
def test_a_missing_package_is_named_with_the_way_to_install_it(package, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DeepstatError, match=rf"needs {package}, .*pip install"):
        main(tmp_path / "unused")
    assert not (tmp_path / "unused").exists()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "new" / "folder"
    printed = io.StringIO()
    figures = main(out, Console(file=printed, width=120))
    return printed.getvalue(), figures


def numbers(printed, name):
    """Return the numbers of the first table row that starts with `name`."""
    row = next(line for line in printed.splitlines() if re.match(rf"│ {re.escape(name)} +│", line))
    return [float(number) for number in re.findall(r"\d+\.\d+", row)]


@pytest.mark.slow
def test_the_demonstration_draws_three_figures(run):
    _, figures = run
    assert [path.name for path in figures] == ["outliers.png", "imbalance.png", "cross_validation.png"]
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in figures)


@pytest.mark.slow
def test_robust_losses_survive_the_outliers_as_in_statsmodels(run):
    printed, _ = run
    squared, huber, tukey = (
        numbers(printed, name)[::2] for name in ("squared", "huber", "tukey")
    )  # the means
    for column in range(3):
        assert squared[column] > 2 * huber[column] > 2 * 40
        assert squared[column] > 2 * tukey[column]
    for statsmodels, linear, _ in (huber, tukey):
        assert linear == pytest.approx(statsmodels, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["cross_entropy", "focal", "cross_entropy, balanced", "cross_entropy, effective_number"]
)
def test_predict_proba_stays_calibrated_in_the_large_whatever_the_loss(run, name):
    *_, honest, raw = numbers(run[0], name)
    assert honest == pytest.approx(0.05, abs=0.01)
    if name != "cross_entropy":
        assert raw > 0.15


@pytest.mark.slow
def test_the_linear_network_scores_like_least_squares_in_ten_folds(run):
    least_squares, linear = (
        numbers(run[0], name)[0] for name in ("LinearRegression", 'DeepRegressor, "linear"')
    )
    assert linear == pytest.approx(least_squares, abs=0.01)

"""The page "What each interval claims" names everything in the package that gives an interval, a band or a set."""

import importlib
import inspect
import pkgutil
import re
import types
from pathlib import Path

import deepstat
from deepstat import conformal, diagnostics, inference
from deepstat.classical.sandwich import KINDS
from deepstat.inference.bootstrap_result import METHODS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "intervals.md").read_text(encoding="utf-8")
CLAIMING = re.compile(
    r"(^|_)(intervals?|bands?|hdr|region|spread|conf_int|bse|pvalues?|claim|attained|coverage|jackknife|bootstrap|holm|max_t)(_|$)"
    r"|(wald|lr|permutation|calibration)_test|_set$|standard_error$|cov_params|(sampling|seed|total)_variance|corrected_t"
    r"|partially_linear|with_dropout"
)
# By which the public ones are computed or checked, and words that mean something else.
INTERNAL = {
    "check_interval",
    "densest_region",
    "intervals",
    "shortest_interval",
    "spread",  # of a basis
    "why_no_standard_error",
}


def claiming_names(modules):
    """Return the public functions, and methods of public classes, whose names say that they claim something."""
    found = set()
    for module in modules:
        own = [value for name, value in vars(module).items() if not name.startswith("_")]
        own = [value for value in own if getattr(value, "__module__", None) == module.__name__]
        names = {value.__name__ for value in own if inspect.isfunction(value)}
        names |= {
            name
            for value in own
            if inspect.isclass(value)
            for name in vars(value)
            if not name.startswith("_")
        }
        found |= {name for name in names if CLAIMING.search(name)}
    return found - INTERNAL


def missing(names, page=PAGE):
    """Return the names that a page does not have in code."""
    code = " ".join(re.findall(r"`([^`]+)`", page))
    return sorted(name for name in names if not re.search(rf"(?<![\w+-]){re.escape(name)}(?![\w+-])", code))


def modules():
    """Return all modules of the package but the kit that tests plugins."""
    names = [name for _, name, _ in pkgutil.walk_packages(deepstat.__path__, "deepstat.")]
    return [importlib.import_module(name) for name in names if not re.search(r"__main__|\.testing\b", name)]


def test_every_name_that_claims_something_is_on_the_page():
    names = claiming_names(modules())
    assert {"conf_int", "predict_interval", "bands", "hdr", "corrected_t"} <= names
    assert missing(names) == []


def test_every_method_and_definition_is_on_the_page():
    quantiles = ("powell", "iid", "rank", "bootstrap", "H1", "H2", "H3")
    of_conformal = ("split", "cv+", "jackknife+-after-bootstrap", "cqr", "lac", "aps", "mondrian", "by_class")
    assert missing([*METHODS, *KINDS, *quantiles, *of_conformal]) == []


def test_what_resamples_tests_or_checks_is_on_the_page():
    statistics = {"average_derivative", "contrast", "prediction", "reliance", "score"}
    of_graphs = {"AttentionDisplay", "EmbeddingDisplay", "GraphDisplay"}  # pictures, which claim nothing
    displays = [name for name in diagnostics.__all__ if name.endswith("Display") and name not in of_graphs]
    assert len(displays) == 5
    conformals = [name for name in conformal.__all__ if name.startswith("Conformal")]
    assert missing([*(set(inference.__all__) - statistics), *displays, *conformals]) == []


def test_every_table_has_as_many_cells_in_each_line():
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, flags=re.MULTILINE):
        widths = {line.count("|") for line in table.splitlines()}
        assert len(widths) == 1, table


def test_a_planted_name_is_missed():
    planted = types.ModuleType("planted")
    exec("def tolerance_interval(): ...\n\n\nclass Fit:\n    def fiducial_band(self): ...\n", vars(planted))
    for value in (planted.tolerance_interval, planted.Fit):
        value.__module__ = "planted"
    assert missing(claiming_names([planted])) == ["fiducial_band", "tolerance_interval"]

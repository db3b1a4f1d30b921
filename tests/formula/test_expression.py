"""Only arithmetic on columns is allowed, whatever a formula holds, and nothing else is ever run."""

import builtins
import contextlib
import os
import subprocess

import numpy as np
import pytest

from deepstat.data.raw_column import RawColumn
from deepstat.formula.expression import Expression
from deepstat.formula.read_formula import read_formula

COLUMNS = {
    "x": RawColumn("x", "numeric", np.array([1.0, 4.0, 9.0])),
    "k": RawColumn("k", "numeric", np.array([1, 2, 1])),
    "g": RawColumn("g", "categorical", np.array(["b", "a", "b"], dtype=object)),
    "on": RawColumn("on", "boolean", np.array([True, False, True])),
    "a b": RawColumn("a b", "numeric", np.array([2.0, 2.0, 2.0])),
    "day": RawColumn("day", "datetime", np.array([0.0, 1.0, 2.0])),
}
HARMFUL = [
    "__import__('os').system('true')",
    "I(__import__('os'))",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd')",
    "getattr(x, 'shape')",
    "x.shape",
    "I(x.shape)",
    "I(x.__class__.__mro__)",
    "np.load('x')",
    "np.linalg.inv(x)",
    "np.random.seed(1)",
    "np.lib.npyio.os.system('true')",
    "I((lambda: 1)())",
    "I(lambda: x)",
    "I([v for v in x])",
    "I({v for v in x})",
    "I((v for v in x))",
    "I(x if x else x)",
    "I(x and x)",
    "I(not x)",
    "I((x := 3))",
    "I(x[0])",
    "I(f'{x}')",
    "I(f'{x!r:>{9}}')",
    "I('text')",
    "I(b'1')",
    "I(1j * x)",
    "I(None)",
    "I(True * x)",
    "I(...)",
    "I(x @ x)",
    "I(x % 2)",
    "I(x // 2)",
    "I(x << 2)",
    "I(~x)",
    "I(x < x < x)",
    "I(x in x)",
    "I(x is x)",
    "I(await x)",
    "I(*x)",
    "I(**x)",
    "log(x, out=x)",
    "log(x, x)",
    "log()",
    "C()",
    "C(g, __import__('os'))",
    "C(g, Treatment(open('f')))",
    "C(g, levels=[open('f')])",
    "C(g, levels=x)",
    "C(g, spans_intercept=False)",
    "C(C(g))",
    "I(C(g))",
    "bs(x, _state={})",
    "bs(x, _spec=x)",
    "bs(x, knots=x)",
    "bs(x, df=10**9)",
    "bs(x, df=1000000000)",
    "bs(x, degree=-1)",
    "bs(x, 4, 3)",
    "poly(x, 10000)",
    "cr(x, constraints=x)",
    "cr(x, df=True)",
    "scale(x, ddof='a')",
    "hashed(g)",
    "lag(x)",
    "Q('x')",
    "I(__x)",
    "I(__builtins__)",
    "I(1)",
    "I(x < 'a')",
    "I('a' == 'b')",
    "I(x + 'a')",
    "(" * 500 + "x" + ")" * 500,
    "I(" * 3000 + "x" + ")" * 3000,
    "x" * 3000,
    "I(x\x00)",
    "I(_quoted_0_ + `x`)",
]


def lookup(name):
    return COLUMNS[name]


@pytest.fixture
def guarded(monkeypatch):
    """Make everything fail that a formula could do harm with."""

    def refuse(*given, **more):
        raise AssertionError(f"a formula ran something: {given}")

    for home, name in [(os, "system"), (subprocess, "Popen"), (builtins, "eval"), (builtins, "exec")]:
        monkeypatch.setattr(home, name, refuse)


@pytest.mark.parametrize("text", HARMFUL, ids=lambda text: text[:40])
def test_anything_but_arithmetic_on_columns_is_refused_and_not_run(text, guarded):
    with pytest.raises(ValueError):
        Expression(text)


@pytest.mark.parametrize("text", HARMFUL, ids=lambda text: text[:40])
@pytest.mark.parametrize(
    "place", ["{} ~ x", "~ {}", "y ~ x + {}:x", "y ~ bs({}, df=4)", "y ~ deep({})", "~ I({})"]
)
def test_a_formula_with_it_is_refused_or_takes_it_for_a_column_s_name(text, place, guarded):
    try:
        terms = read_formula(place.format(text))
    except ValueError:
        return
    # The tokeniser takes some texts for the names of columns, which then are looked up and nothing else.
    factors = [*terms.left, *(factor for term in terms.structured for factor in term)]
    assert all(factor.is_name or Expression(factor.text).names for factor in factors)
    assert terms.deep == () or place == "y ~ deep({})"


@pytest.mark.parametrize(
    "text",
    [
        "bs(__import__('os').environ.__setitem__('HARMED', '1')) ~ x",
        "{bs(__import__('os').environ.__setitem__('HARMED', '1'))} ~ x",
        "deep(__import__('os').environ.__setitem__('HARMED', '1')) ~ x",
        "deep(a)(__import__('os').environ.__setitem__('HARMED', '1')) ~ x",
        "C(`a`, levels=[\"`\", bs(__import__('os').environ.__setitem__('HARMED', '1')), \"`\"]) ~ x",
        "log(`__import__('os').environ.__setitem__('HARMED', '1')`) ~ x",
        "`bs(__import__('os').environ.__setitem__('HARMED', '1'))` ~ x",
    ],
)
def test_the_parser_is_never_shown_what_it_would_run(text, monkeypatch):
    monkeypatch.delenv("HARMED", raising=False)
    with contextlib.suppress(ValueError):
        read_formula(text)
    assert "HARMED" not in os.environ


def test_that_fault_is_real_in_the_parser_alone(monkeypatch):
    from formulaic import Formula

    monkeypatch.setenv("HARMED", "0")
    Formula("bs(__import__('os').environ.__setitem__('HARMED', '1')) ~ x")
    assert os.environ["HARMED"] == "1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I(x**2 + 1)", [2, 17, 82]),
        ("np.sqrt(x)", [1, 2, 3]),
        ("log1p(abs(-x))", np.log([2.0, 5.0, 10.0])),
        ("x / `a b`", [0.5, 2, 4.5]),
        ("I(g == 'b')", [1, 0, 1]),
        ("I('a' != g)", [1, 0, 1]),
        ("I(x >= 4)", [0, 1, 1]),
        ("on", [1, 0, 1]),
        ("I(2.5 * k - x)", [1.5, 1, -6.5]),
        ("I(x ** 0.5 * 2 ** 3)", [8, 16, 24]),
        ("sin(x) ** 2 + cos(x) ** 2", [1, 1, 1]),
        ("exp(log(x))", [1, 4, 9]),
    ],
)
def test_arithmetic_is_that_of_numpy(text, expected):
    value = Expression(text).evaluate(lookup, {})
    np.testing.assert_allclose(value.matrix[:, 0], expected, rtol=1e-14)


def test_whole_numbers_do_not_overflow():
    column = RawColumn("k", "numeric", np.array([10**6]))
    value = Expression("I(k ** 9)").evaluate(lambda name: column, {})
    assert value.matrix[0, 0] == pytest.approx(1e54)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("C(k)", [1, 2, 1]),
        ("C(on)", [True, False, True]),
        ("C(x > 3)", [0, 1, 1]),
        ("g", ["b", "a", "b"]),
    ],
)
def test_levels_are_the_values_of_the_column(text, cells):
    assert Expression(text).evaluate(lookup, {}).cells == cells


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (
            "log(x - 4)",
            r"'log\(x - 4\)' in the formula is not finite in row 0: check the values of 'x' there",
        ),
        ("log(g)", r"Column 'g' holds text or categories, but the formula computes with it: write C\(...\)"),
        ("day", "Column 'day' holds dates, but the formula computes with it: turn it into numbers first"),
        ("C(day)", "of dates: turn them into text or numbers first"),
        ("I(2 * bs(x, df=4))", r"bs\(...\) gives several columns: let it stand by itself"),
        ("bs(x, df=2)", r"'bs\(x, df=2\)' in the formula cannot be computed: .*`df` must be greater than 3"),
        ("bs(x, df=4, knots=[2])", r"cannot be computed: You cannot specify both `df` and `knots`"),
        ("cr(x, constraints='all', df=3)", "cannot be computed"),
    ],
)
def test_what_cannot_be_computed_is_told_in_one_sentence(text, match):
    with pytest.raises(ValueError, match=match):
        Expression(text).evaluate(lookup, {})


def test_names_are_those_of_columns_in_order_and_once():
    assert Expression("log(b) * a / `a b` + b").names == ("b", "a", "a b")
    assert Expression("np.log(np)").names == ("np",)
    assert Expression("log(`x`)").names == ("x",)

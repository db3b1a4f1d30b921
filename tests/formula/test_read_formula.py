"""Formulas are read as formulaic reads them, with deep terms beside."""

import pytest
from formulaic import Formula

from deepstat.formula.deep_term import DeepTerm
from deepstat.formula.formulas import read_formulas
from deepstat.formula.read_formula import read_formula


def texts(terms):
    return [[factor.text for factor in term] for term in terms.structured]


@pytest.mark.parametrize(
    "text",
    [
        "y ~ x",
        "x + z",
        "~ x - 1",
        "~ 0 + x",
        "~ x + 0",
        "y ~ a * b * c",
        "~ (a + b + c) ** 2",
        "~ (a + b) ^ 2 - b",
        "~ a / b",
        "~ b %in% a",
        "~ a * (b + c) - a:c",
        "~ x + bs( x,df = 4 ) + log(x):a",
        "~ `a b` * log(`a b`)",
        "~ {x + 1}",
        "~ a.b + a_b",
    ],
)
def test_terms_are_those_of_formulaic(text):
    formula = Formula(text)
    formula = getattr(formula, "rhs", formula)
    expected = [[factor.expr for factor in term.factors if factor.expr != "1"] for term in formula]
    assert texts(read_formula(text)) == expected


def test_deep_terms_stand_beside_and_are_written_in_one_way():
    terms = read_formula("y ~ x + deep( z1,z2 ) + deep(`a b`) + deep(z1, z2)")
    assert texts(terms) == [[], ["x"]]
    assert [term.label for term in terms.deep] == ["deep(z1, z2)", "deep(`a b`)"]
    assert terms.variables == ("x", "z1", "z2", "a b")
    assert texts(read_formula("deep(z) - 1")) == []
    assert DeepTerm.read("deep(`a b`, z)").names == ("a b", "z")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("y ~ x + .", "cannot be read .name the columns instead of '.'.: write it as 'y ~ x1"),
        ("y ~ x ~ z", "cannot be read"),
        ("y ~ ((x)", "cannot be read"),
        ("y ~ x | z", "cannot be read|has several parts"),
        ("y ~ 'x'", "cannot be read"),
        ("y ~ 1", "has no column on its right side: there is nothing to learn from"),
        ("", "has no column on its right side"),
        ("y ~ 2:x", r"holds the number 2 by itself: multiply inside I\(\), as in I\(2 \* x\)"),
        ("y ~ deep(z):x", r"multiplies deep\(z\) by another column: let deep\(...\) stand by itself"),
        ("y ~ deep(z) * x", r"multiplies deep\(z\) by another column"),
        ("y ~ deep()", r"deep\(...\) takes different names of columns and nothing else"),
        ("y ~ deep(z, z)", r"deep\(...\) takes different names"),
        (
            "y ~ deep(z, width=3)",
            r"its architecture is given by terms=\{'deep\(z1, z2\)': \{'architecture': 'resnet'",
        ),
        ("y ~ deep(log(z))", r"deep\(...\) takes different names"),
        ("y + 1 ~ x", "its left side must be a column"),
        ("y:z ~ x", "its left side must be a column"),
        ("deep(y) ~ x", "its left side must be a column"),
        ("y ~ " + "x" * 20_001, "must be text of at most 20000 letters"),
        (3, "must be text"),
    ],
)
def test_what_is_no_formula_is_told_in_one_sentence(text, match):
    with pytest.raises(ValueError, match=match):
        read_formula(text)


@pytest.mark.parametrize(
    ("formula", "match"),
    [
        (
            {"shape": "~ x"},
            "formula has 'shape', which is no parameter of the distribution: they are loc, scale",
        ),
        ({"scal": "~ x"}, "Did you mean 'scale'"),
        ({}, "is empty: give a formula for at least one parameter"),
        ({"loc": "y ~ x", "scale": "z ~ x"}, "has different left sides: write the target in one of them"),
        ("scale(y) ~ x", "learns from rows: targets are standardised inside; write y or log"),
    ],
)
def test_formulas_of_parameters_must_agree(formula, match):
    with pytest.raises(ValueError, match=match):
        read_formulas(formula, ("loc", "scale"))


def test_parameters_keep_the_order_of_the_distribution():
    formulas = read_formulas({"scale": "~ x", "loc": "y ~ z"}, ("loc", "scale"))
    assert list(formulas.terms) == ["loc", "scale"]
    assert formulas.variables == ("z", "x")
    assert list(read_formulas("y ~ x", ("loc", "scale")).terms) == ["loc"]
    with pytest.raises(ValueError, match="which DeepDistributionRegressor takes: give one formula here"):
        read_formulas({"loc": "y ~ x"})

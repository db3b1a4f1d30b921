"""Design matrices equal those of formulaic, and of patsy where the two agree."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from formulaic import model_matrix

from deepstat.formula.expression import Expression
from deepstat.formula.read_formula import read_formula
from deepstat.formula.structured_design import StructuredDesign, learn_structured_design

RNG = np.random.default_rng(0)
N = 40
TABLE = pd.DataFrame(
    {
        "x": RNG.normal(size=N) + 3,
        "z": RNG.uniform(1, 2, size=N),
        "a": np.array(list("pqr"))[RNG.integers(0, 3, N)],
        "b": np.array(["u", "v"])[RNG.integers(0, 2, N)],
        "k": RNG.integers(0, 3, N),
    }
)
TABLE["my col"] = TABLE["x"] ** 2
# What formulaic and patsy name alike too, but for order and the spelling of names.
BOTH = [
    "x + z",
    "x + C(a)",
    "a * b",
    "0 + a * b",
    "0 + a:b",
    "a:b",
    "a:x",
    "x + a:x",
    "0 + a:x",
    "a * x * b",
    "x:z + a:z",
    "C(k) * b - 1",
    "a + a:b:x",
    "a / x",
    "(x + z) ** 2",
    "-1 + x + a + b",
    "center(x) + np.log(z)",
    "C(a, Treatment('q')) * x",
]
FORMULAS = [
    *BOTH,
    "bs(x, df=5, extrapolation='extend')",
    "bs(x, df=5, include_intercept=True, extrapolation='extend')",
    "0 + bs(x, df=6, include_intercept=True, extrapolation='extend') + a",
    "bs(x, knots=[2.5, 3.0], degree=2, lower_bound=-5, upper_bound=12)",
    "cr(x, df=4)",
    "cc(z, df=4)",
    "cs(z, df=4, constraints='center') * a",
    "poly(x, 3) + log(z)",
    "poly(x, 2, raw=True)",
    "center(x) + scale(z) + np.log(x + 10)",
    "scale(x, center=False)",
    "log(center(x) + 9):a",
    "I(x ** 2) * a",
    "`my col` + log(`my col`)",
    "a:b:x",
    "{x > 3}:a",
    "b %in% a",
    "I(x > 3) + np.sqrt(np.abs(x)) + np.sin(z) * np.cos(z) + exp(-z)",
]


def learned(text, table=TABLE, rows=None):
    return learn_structured_design(read_formula(f"~ {text}").structured, table, rows)


@pytest.mark.parametrize("text", FORMULAS)
def test_the_matrix_and_its_names_are_those_of_formulaic(text):
    expected = model_matrix(text, TABLE)
    design = learned(text)
    assert design.names == tuple(expected.columns)
    np.testing.assert_array_equal(design.design(TABLE), np.asarray(expected, dtype=float))


@pytest.mark.parametrize("text", BOTH)
def test_the_columns_span_what_those_of_patsy_span(text):
    patsy = pytest.importorskip("patsy")
    expected = np.asarray(patsy.dmatrix(text, TABLE))
    own = learned(text).design(TABLE)
    assert own.shape[1] == np.linalg.matrix_rank(own) == np.linalg.matrix_rank(expected)
    assert np.linalg.matrix_rank(np.hstack([own, expected])) == own.shape[1]


@pytest.mark.parametrize("text", FORMULAS)
def test_new_rows_are_encoded_as_the_learned_ones_were(text):
    design = learned(text)
    np.testing.assert_array_equal(design.design(TABLE[7:11]), design.design(TABLE)[7:11])
    np.testing.assert_array_equal(design.design(pl.from_pandas(TABLE)), design.design(TABLE))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_design_survives_json_to_the_bit(text):
    design = learned(text)
    again = StructuredDesign.from_json(json.loads(json.dumps(design.to_json())))
    assert again == design
    np.testing.assert_array_equal(again.design(TABLE), design.design(TABLE))


@pytest.mark.parametrize(
    "text", ["bs(x, df=5)", "center(x)", "scale(x)", "poly(x, 2)", "cr(x, df=4)", "C(k)"]
)
def test_what_is_learned_comes_from_the_rows_given_alone(text):
    rows = np.array([3, 3, 5, 8, 9, 12, 20, 21, 22, 23])
    alone = learned(text, TABLE.iloc[rows])
    assert learned(text, TABLE, rows) == alone
    changed = TABLE.copy()
    changed.loc[changed.index.difference(rows), ["x", "k"]] = 99
    assert learned(text, changed, rows) == alone
    assert alone != learned(text) or text == "C(k)"


def test_beyond_its_knots_a_spline_goes_on_unless_it_is_told_to_stop():
    beyond = TABLE.assign(x=TABLE["x"] + 10.0)
    assert np.isfinite(learned("bs(x, df=5)").design(beyond)).all()
    with pytest.raises(ValueError, match=r"cannot be computed: Some field values extend beyond"):
        learned("bs(x, df=5, extrapolation='raise')").design(beyond)


def test_levels_may_be_given_in_order_and_another_may_be_the_reference():
    assert learned("C(b, levels=['v', 'u'])").names == ("Intercept", "C(b, levels=['v', 'u'])[T.u]")
    assert learned("C(a, Treatment('q'))").dropped == ("C(a, Treatment('q'))[q]",)
    assert learned("0 + C(a)").dropped == ()
    with pytest.raises(ValueError, match="leaves out the level 'v', which the data have: add it"):
        learned("C(b, levels=['u'])")
    with pytest.raises(ValueError, match="has no level 'w': the levels are 'u', 'v'"):
        learned("C(b, Treatment('w'))")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (
            {"a": "w"},
            r"'C\(a\)' in the formula holds 'w' in row 0, a level that was not learned: the levels are 'p'",
        ),
        (
            {"x": np.nan},
            r"Column 'x' is missing in 40 row\(s\), first in row 0: the structured part .* deep\(...\)",
        ),
        ({"a": None}, r"Column 'a' is missing in 40 row\(s\)"),
        ({"x": "text"}, r"Column 'x' holds text or categories|was learned with numbers"),
    ],
)
def test_rows_that_cannot_be_encoded_are_told_in_one_sentence(change, match):
    with pytest.raises(ValueError, match=match):
        learned("x + C(a)").design(TABLE.assign(**change))


def test_a_column_that_is_not_there_is_told_with_a_suggestion():
    with pytest.raises(ValueError, match=r"The formula uses 'my col', which X does not have: .* 'mycol'\?"):
        learned("`my col`").design(TABLE.rename(columns={"my col": "mycol"}))


def test_an_unseen_level_is_nan_where_it_is_let_pass():
    design = learned("x + a")
    matrix = design.design(TABLE.assign(a=["w", *TABLE["a"][1:]]), strict=False)
    assert np.isnan(matrix[0, 2:]).all()
    np.testing.assert_array_equal(matrix[1:], design.design(TABLE)[1:])


def test_a_design_knows_which_columns_of_the_table_each_of_its_own_is_made_of():
    design = learned("x + a:log(z)")
    assert [design.uses(j) for j in range(3)] == [set(), {"x"}, {"a", "z"}]
    assert design.labels[:3] == ("Intercept", "x", "a:log(z)")


@pytest.mark.parametrize(
    "harm",
    [
        lambda state: state["factors"][1].update(text="__import__('os').system('true')"),
        lambda state: state["factors"][1].update(text="bs(x, df=6)"),
        lambda state: state["factors"][1].update(states={}),
        lambda state: state["factors"][1].update(fields=["1"]),
        lambda state: state["factors"][1]["states"].update(other={"pairs": []}),
        lambda state: next(iter(state["factors"][1]["states"].values())).update(pairs=[]),
        lambda state: next(iter(state["factors"][1]["states"].values())).update(pairs=[["knots", [1.0]]]),
        lambda state: state["factors"][0].update(levels=[]),
        lambda state: state["factors"][0].update(levels=["p", "p"]),
        lambda state: state["factors"][0].update(states={"a": 1}),
        lambda state: state["terms"].append(["z"]),
        lambda state: state["terms"].append([]),
        lambda state: state["factors"].pop(),
    ],
)
def test_a_damaged_state_is_refused(harm):
    state = json.loads(json.dumps(learned("a + bs(x, df=5)").to_json()))
    harm(state)
    with pytest.raises((ValueError, KeyError)):
        StructuredDesign.from_json(state)


def test_expressions_with_one_text_are_one_factor():
    design = learned("x + x:a + log(x) + log( x )")
    assert list(design.factors) == ["x", "log(x)", "a"]
    assert Expression("log( x )").tidy == Expression("log(x)")

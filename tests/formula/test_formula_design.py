"""What a formula's network sees: standardised columns of each parameter, and deep columns as schemas encode them."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from formulaic import model_matrix

from deepstat.data.schema import learn_schema
from deepstat.formula.formula_design import FormulaDesign, learn_formula_design
from deepstat.formula.read_formula import read_formula

RNG = np.random.default_rng(1)
N = 50
TABLE = pd.DataFrame(
    {
        "x": RNG.normal(size=N) * 5 + 3,
        "z": np.where(np.arange(N) % 7, RNG.normal(size=N), np.nan),
        "g": np.array(list("pqr"))[np.arange(N) % 3],
        "day": pd.date_range("2020-01-01", periods=N),
        "other": "unused",
    }
)
FORMULAS = {
    "loc": "y ~ x + C(g) + deep(z, g)",
    "scale": "~ 0 + bs(x, df=4) + deep(day) + deep(z, g)",
}


def learned(formulas=FORMULAS, table=TABLE, rows=None, weight=None):
    terms = {name: read_formula(text) for name, text in formulas.items()}
    return learn_formula_design(terms, table, rows, weight)


def test_structured_columns_are_standardised_and_deep_ones_encoded_as_a_schema_does():
    design = learned()
    encoded = design.encode(TABLE)
    expected = np.asarray(model_matrix("x + C(g)", TABLE), dtype=float)[:, 1:]
    np.testing.assert_allclose(encoded[:, :3], (expected - expected.mean(0)) / expected.std(0), atol=1e-12)
    spline = np.asarray(model_matrix("0 + bs(x, df=4)", TABLE), dtype=float)
    np.testing.assert_allclose(encoded[:, 3:7], spline / np.sqrt((spline**2).mean(0)), atol=1e-12)
    inputs = design.inputs()
    for columns, names in zip(inputs.deep, (["z", "g"], ["day"]), strict=True):
        own = columns.of(torch.from_numpy(encoded)).numpy()
        np.testing.assert_array_equal(own, learn_schema(TABLE[names]).encode(TABLE[names]))
    assert design.feature_names == ("x", "g", "z", "day")
    assert (design.n_numeric, design.cardinalities) == (3 + 4 + 2 + 7, (3,))
    assert encoded.shape == (N, design.width) == (N, len(design.encoded_names))
    assert inputs.width == design.width


def test_equal_sets_of_deep_inputs_are_stored_once():
    assert [names for names, _ in learned().groups] == [("z", "g"), ("day",)]


def test_designs_are_in_the_units_of_the_data():
    design = learned()
    expected = model_matrix("x + C(g)", TABLE)
    np.testing.assert_array_equal(design.design(TABLE), np.asarray(expected, dtype=float))
    assert design.names == tuple(expected.columns)
    assert design.parameters["scale"].design(TABLE).shape == design.design(TABLE, "scale").shape == (N, 4)
    assert design.dropped == ("C(g)[p]",)


def test_coefficients_of_standardised_columns_give_those_of_the_data():
    own = learned().parameters["loc"]
    weight, bias = np.array([[1.0, -2.0, 3.0]]), np.array([0.5])
    raw = own.in_units_of_data(weight, bias)
    encoded = learned().encode(TABLE)[:, :3]
    np.testing.assert_allclose(own.design(TABLE) @ raw[0], encoded @ weight[0] + 0.5, atol=1e-12)


def test_an_unscaled_design_encodes_the_columns_as_they_are():
    design = learned().unscaled()
    np.testing.assert_array_equal(design.encode(TABLE)[:, :3], design.design(TABLE)[:, 1:])


def test_columns_shared_with_a_deep_term_are_those_made_of_its_inputs_alone():
    design = learned({"": "~ x + z1:x + C(g) + C(g):z1 + deep(z1, g)"}, TABLE.assign(z1=1.0 * np.arange(N)))
    names = [design.names[j] for j in design.shared_columns("", 0)]
    assert names == ["Intercept", "C(g)[T.q]", "C(g)[T.r]", *(n for n in design.names if n.endswith(":z1"))]
    assert "z1:x" in design.names
    assert "x" not in names


@pytest.mark.parametrize("weight", [np.array([2.0, 0.0] * (N // 2)), np.arange(N) // 3 % 3 * 1.0])
def test_a_weight_of_two_is_the_row_twice(weight):
    complete = TABLE.assign(z=1.0 * np.arange(N))
    rows = np.repeat(np.arange(N), weight.astype(int))
    by_weight, by_row = learned(table=complete, weight=weight), learned(table=complete.iloc[rows])
    for name, own in by_weight.parameters.items():
        other = by_row.parameters[name]
        np.testing.assert_allclose(own.design(complete), other.design(complete), atol=1e-12)
        np.testing.assert_allclose((own.center, own.scale), (other.center, other.scale), atol=1e-12)


def test_shares_of_a_million_stand_for_other_weights():
    weight = RNG.uniform(0.1, 1, N)
    design = learned({"": "~ center(x)"}, weight=weight)
    center = np.average(TABLE["x"], weights=weight)
    np.testing.assert_allclose(TABLE["x"] - center, design.design(TABLE)[:, 1], atol=1e-4)


def test_a_design_survives_json_to_the_bit():
    design = learned()
    again = FormulaDesign.from_json(json.loads(json.dumps(design.to_json())))
    assert again == design
    np.testing.assert_array_equal(again.encode(TABLE, np.float32), design.encode(TABLE, np.float32))


def test_rows_held_out_may_have_unseen_levels_and_count_as_average():
    design = learned({"": "~ x + C(g)"}, rows=np.flatnonzero(TABLE["g"] != "r"))
    encoded = design.encode_for_fit(TABLE)
    assert (encoded[TABLE["g"] == "r", 1] == 0.0).all()
    with pytest.raises(ValueError, match=r"'C\(g\)' in the formula holds 'r' in row 2"):
        design.encode(TABLE)


def test_designs_differ_by_an_affine_map_where_only_centres_and_scales_do():
    formulas = {"": "~ x + C(g) + deep(g, other)"}
    one, other = learned(formulas), learned(formulas, rows=np.arange(30))
    assert one.differs_by_affine(other)
    center, inverse_scale = one.affine()
    ours, theirs = one.encode(TABLE), other.encode(TABLE)
    assert (inverse_scale > 0).all()
    raw = ours / inverse_scale + center
    np.testing.assert_allclose((raw - other.affine()[0]) * other.affine()[1], theirs, atol=1e-10)
    assert not one.differs_by_affine(learned(formulas, rows=np.flatnonzero(TABLE["g"] != "r")))
    splines = {"": "~ bs(x, df=4)"}
    assert not learned(splines).differs_by_affine(learned(splines, rows=np.arange(30)))
    assert not one.differs_by_affine(learn_schema(TABLE[["x"]]))


def test_complete_rows_are_those_of_the_structured_part():
    holes = TABLE.assign(x=TABLE["x"].where(np.arange(N) > 1))
    np.testing.assert_array_equal(learned().complete_rows(holes), np.arange(2, N))


def test_a_value_too_large_for_the_dtype_is_told():
    design = learned({"": "~ I(exp(x))"})
    with pytest.raises(ValueError, match=r"'I\(exp\(x\)\)' of the formula is too large for float32"):
        design.encode(TABLE.assign(x=500.0), np.float32)


@pytest.mark.parametrize(
    "harm",
    [
        lambda state: state["feature_names"].pop(),
        lambda state: state["feature_names"].append("x"),
        lambda state: state["parameters"][0]["center"].pop(),
        lambda state: state["parameters"][0]["deep"].append(["deep(z)", 7]),
        lambda state: state["parameters"][0].update(name="scale"),
        lambda state: state["parameters"].clear(),
        lambda state: state["groups"][0]["names"].append("x"),
    ],
)
def test_a_state_whose_parts_do_not_belong_together_is_refused(harm):
    state = json.loads(json.dumps(learned().to_json()))
    harm(state)
    with pytest.raises(ValueError, match="do not belong together"):
        FormulaDesign.from_json(state)

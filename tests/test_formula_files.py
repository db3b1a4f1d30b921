"""Models with formulas in files: equal to the bit after loading, and refused where they were harmed."""

import json

import numpy as np
import pandas as pd
import pytest
from saved_models import parts, write

import deepstat
from deepstat import DeepDistributionRegressor, DeepRegressor
from deepstat.errors import FileError

RNG = np.random.default_rng(0)
N = 60
FRAME = pd.DataFrame(
    {
        "x": RNG.normal(size=N) + 3,
        "k": RNG.integers(0, 3, N),
        "z": np.where(np.arange(N) % 6, RNG.normal(size=N), np.nan),
        "w": np.array(["red", "blue"])[RNG.integers(0, 2, N)],
    }
)
FRAME["y"] = FRAME["x"] ** 2 + RNG.normal(size=N)
FAST = {
    "max_epochs": 2,
    "random_state": 0,
    "n_members": 2,
    "architecture_params": {"hidden_layer_sizes": (3,)},
}
RIGHT = "bs(x, df=4) + poly(x, 2) + cr(x, df=3, constraints='center') + C(k) + w + deep(z, w) + deep(x)"
TERMS = {"deep(z, w)": {"architecture": "resnet", "width": 2, "n_blocks": 1, "activation": "tanh"}}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model"
    model = DeepRegressor(formula=f"log(y + 9) ~ {RIGHT}", terms=TERMS, early_stopping=True, **FAST)
    deepstat.save(model.fit(FRAME), path)
    return path


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_loaded_model_agrees_to_the_bit(dtype, tmp_path):
    model = DeepDistributionRegressor(
        formula={"loc": f"y ~ {RIGHT}", "scale": "~ 0 + scale(x) + log(center(x) + 9) + deep(z)"},
        terms=TERMS,
        precision=dtype,
        **FAST,
    ).fit(FRAME)
    deepstat.save(model, tmp_path / "model")
    loaded = deepstat.load(tmp_path / "model")
    assert loaded.get_params() == model.get_params()
    assert loaded.schemas_ == model.schemas_
    new = FRAME.assign(x=FRAME["x"] + 1)
    np.testing.assert_array_equal(loaded.predict(new), model.predict(new))
    for name in ("loc", "scale"):
        pd.testing.assert_series_equal(loaded.coef_[name], model.coef_[name], check_exact=True)
        pd.testing.assert_frame_equal(loaded.effects(new)[name], model.effects(new)[name], check_exact=True)
    assert loaded.score(FRAME) == model.score(FRAME)
    loaded.set_params(max_epochs=1).fit(FRAME)


def test_the_components_of_deep_terms_are_named(good):
    components = parts(good)[0]["components"]
    assert components["architecture:deep(z, w)"] == "deepstat/resnet"
    assert components["activation:deep(z, w)"] == "deepstat/tanh"


def test_a_callable_in_terms_is_not_saved(tmp_path):
    from torch import nn

    def own(inputs, n_outputs):
        return nn.Linear(inputs.width, n_outputs)

    model = DeepRegressor(formula="y ~ x + deep(x)", terms={"deep(x)": {"architecture": own}}, **FAST).fit(
        FRAME
    )
    with pytest.raises(FileError, match=r"terms=.* cannot be saved: register it in a plugin"):
        deepstat.save(model, tmp_path / "model")


def factor(document, text):
    return next(f for f in document["schemas"][0]["parameters"][0]["factors"] if f["text"] == text)


def state(document, text="bs(x, df=4)"):
    return dict(map(tuple, factor(document, text)["states"][text]["pairs"]))


def set_state(document, text, **changes):
    factor(document, text)["states"][text] = {
        "pairs": [list(pair) for pair in ({**state(document, text), **changes}).items()]
    }


HARMED = {
    "a text that runs": lambda d: factor(d, "bs(x, df=4)").update(text="__import__('os').system('true')"),
    "an attribute": lambda d: factor(d, "C(k)").update(text="k.__class__"),
    "another function": lambda d: factor(d, "C(k)").update(text="hashed(k)"),
    "a spline without knots": lambda d: set_state(d, "bs(x, df=4)", knots=[]),
    "a spline of other knots": lambda d: set_state(d, "bs(x, df=4)", knots=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
    "knots that are no numbers": lambda d: set_state(d, "bs(x, df=4)", knots=["a"] * 9),
    "infinite knots": lambda d: set_state(d, "bs(x, df=4)", knots=[float("inf")] * 9),
    "a state of another form": lambda d: factor(d, "bs(x, df=4)")["states"].update({"bs(x, df=4)": [1]}),
    "no state": lambda d: factor(d, "poly(x, 2)").update(states={}),
    "levels that are lists": lambda d: factor(d, "C(k)").update(levels=[[0], [1], [2]]),
    "fewer levels": lambda d: factor(d, "C(k)").update(levels=[0, 1]),
    "levels for numbers": lambda d: factor(d, "bs(x, df=4)").update(levels=["a", "b", "c", "d"]),
    "a term of an unknown factor": lambda d: d["schemas"][0]["parameters"][0]["terms"].append(["q"]),
    "no terms": lambda d: d["schemas"][0]["parameters"][0].pop("terms"),
    "centres of another number": lambda d: d["schemas"][0]["parameters"][0]["center"].pop(),
    "infinite centres": lambda d: d["schemas"][0]["parameters"][0]["center"].__setitem__(0, float("nan")),
    "a deep term of no columns": lambda d: d["schemas"][0]["parameters"][0]["deep"].append(["deep(q)", 9]),
    "a deep term of another label": lambda d: d["schemas"][0]["parameters"][0]["deep"][0].__setitem__(
        0, "deep(q)"
    ),
    "deep columns harmed": lambda d: d["schemas"][0]["groups"][0]["schema"]["columns"][0].update(
        center=[0.0] * 9
    ),
    "names of another number": lambda d: d["schemas"][0]["feature_names"].append("q"),
    "a coding of an unknown type": lambda d: d["schemas"][0].update(type="os.system"),
    "a coding of another type": lambda d: d["schemas"][0].update(type="Schema"),
    "members of two types": lambda d: d["schemas"].__setitem__(
        1, {"type": "Schema", "feature_names": None, "columns": [], "is_sparse": False}
    ),
    "deep nesting": lambda d: factor(d, "bs(x, df=4)").update(states={"bs(x, df=4)": "@deep@"}),
    "no projections": lambda d: d.pop("projections"),
    "projections of another shape": lambda d: d["projections"][0][0].pop(),
    "projections of text": lambda d: d["projections"][0].__setitem__(0, [["a"]]),
    "infinite projections": lambda d: d["projections"][0][0][0].__setitem__(0, float("inf")),
    "no formula": lambda d: d["fit"].update(formula=None),
    "a formula of parameters": lambda d: d["fit"].update(formula={"dict": [["loc", "y ~ x"]]}),
    "a giant deep term": lambda d: d["fit"].update(
        terms={"dict": [["deep(z, w)", {"dict": [["architecture", "resnet"], ["width", 10**6]]}]]}
    ),
    "a deep term by path": lambda d: d["fit"].update(
        terms={"dict": [["deep(z, w)", {"dict": [["architecture", "os:system"]]}]]}
    ),
    "terms that are none": lambda d: d["fit"].update(terms=[1]),
}


@pytest.mark.parametrize("harm", HARMED.values(), ids=HARMED)
def test_a_harmed_file_is_refused(harm, good, tmp_path):
    document, tensors = parts(good)
    harm(document)
    write(
        tmp_path / "model",
        json.loads(json.dumps(document)) if "@deep@" not in json.dumps(document) else document,
        tensors,
    )
    with pytest.raises(FileError):
        deepstat.load(tmp_path / "model")

"""A saved classifier, and the pieces of its file, for the tests that change them."""

import json

import numpy as np
import pandas as pd
from safetensors import safe_open
from safetensors.torch import save as serialise

import deepstat
from deepstat import DeepClassifier
from deepstat.model_container import digest

N = 60
FAST = {"max_epochs": 2, "random_state": 0}
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "number": RNG.normal(size=N),
        "gap": np.where(np.arange(N) % 6, RNG.normal(size=N), np.nan),
        "word": np.array(["red", "blue", "green"])[np.arange(N) % 3],
        "code": pd.Categorical(np.arange(N) % 4),
        "flag": np.arange(N) % 2 == 0,
        "day": pd.date_range("2021-03-01", periods=N, freq="17h", tz="Europe/Berlin"),
        "none": 1.0,
    }
)
Y = TABLE["number"].to_numpy() * 10 + 50
LABELS = np.array(["low", "mid", "top"])[np.digitize(Y, [45.0, 55.0])]


def save_model(path):
    settings = {
        "architecture": "mlp",
        "n_members": 2,
        "architecture_params": {
            "hidden_layer_sizes": (3,),
            "dropout": 0.1,
            "normalization": "batch",
            "activation": "tanh",
        },
    }
    deepstat.save(DeepClassifier(**FAST, **settings, class_weight={"low": 2.0}).fit(TABLE, LABELS), path)
    return path


def parts(path):
    with safe_open(str(path), framework="pt") as file:
        return json.loads(file.metadata()["deepstat"]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def write(path, document, tensors):
    text = document if isinstance(document, str) else json.dumps(document)
    text = text.replace('"@deep@"', '{"tuple": [' * 3000 + "1" + "]}" * 3000)
    path.write_bytes(serialise(tensors, {"deepstat": text, "digest": digest(text, tensors)}))

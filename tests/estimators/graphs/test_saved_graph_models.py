"""Models of graphs come back to the bit, with a graph given again."""

import numpy as np
import pytest

import deepstat
from deepstat import EdgeClassifier, EdgeRegressor, LinkPredictor

FAST = {"max_epochs": 3, "random_state": 0}


@pytest.mark.parametrize("cls", [EdgeClassifier, EdgeRegressor, LinkPredictor])
def test_models_of_pairs_come_back_to_the_bit(blocks, cls, tmp_path):
    graph, block = blocks
    pairs = graph.edges.T
    y = (block[pairs[:, 0]] == block[pairs[:, 1]]).astype(int)
    model = cls(
        graph=graph, decoder="mlp", decoder_params={"hidden_layer_sizes": (4,)}, embedding_dim=3, **FAST
    )
    model.fit(pairs, None if cls is LinkPredictor else y)
    deepstat.save(model, tmp_path / "model")
    loaded = deepstat.load(tmp_path / "model")
    whole = getattr(model, "propagation_graph_", graph)
    np.testing.assert_array_equal(
        loaded.predict(pairs[:5], graph=whole), model.predict(pairs[:5], graph=whole)
    )
    with pytest.raises(ValueError, match="no graph"):
        loaded.predict(pairs[:5])

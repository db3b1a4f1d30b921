"""The built-in embeddings of numeric columns."""

from __future__ import annotations

from deepstat.records import NumericEmbedding

NUMERIC_EMBEDDINGS: tuple[NumericEmbedding, ...] = (
    NumericEmbedding(
        name="none",
        target="deepstat.layers.numeric_embeddings.none:none",
        summary="columns as they are",
        reference="Rumelhart, Hinton and Williams (1986), for networks of the columns themselves",
    ),
    NumericEmbedding(
        name="periodic",
        target="deepstat.layers.numeric_embeddings.periodic:periodic",
        summary="waves of trained frequencies and an affine map for each column",
        reference="Gorishniy, Rubachev and Babenko (2022); Holzmüller, Grinsztajn and Steinwart (2024), for phases",
        example={"n_outputs": 3, "relu": False, "phase": True, "dense": True},
    ),
    NumericEmbedding(
        name="piecewise_linear",
        target="deepstat.layers.numeric_embeddings.piecewise_linear:piecewise_linear",
        summary="how far a value lies through each bin, and an affine map for each column",
        reference="Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features",
        example={"n_bins": 4, "bins": "target", "min_leaf": 2},
    ),
)

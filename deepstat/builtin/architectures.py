"""The built-in architectures."""

from __future__ import annotations

from deepstat.records import Architecture

ARCHITECTURES: tuple[Architecture, ...] = (
    Architecture(
        name="linear",
        target="deepstat.architectures.linear:linear",
        summary="one affine map; the linear predictor of classical models",
        reference="Nelder and Wedderburn (1972), Generalized linear models",
        batched=True,
    ),
    Architecture(
        name="mlp",
        target="deepstat.architectures.mlp:mlp",
        summary="multilayer perceptron",
        reference="Rumelhart et al. (1986), Learning representations by back-propagating errors",
        example={"hidden_layer_sizes": (8,), "dropout": 0.1, "normalization": "layer", "skip": True},
        batched=True,
    ),
    Architecture(
        name="resnet",
        target="deepstat.architectures.resnet:resnet",
        summary="residual network for tables",
        reference="Gorishniy et al. (2021), Revisiting deep learning models for tabular data",
        example={"width": 8, "n_blocks": 1, "numeric_embedding": "piecewise_linear"},
        batched=True,
    ),
    Architecture(
        name="gcn",
        target="deepstat.architectures.graphs.gcn:gcn",
        summary="graph convolutional network",
        reference="Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks",
        example={"hidden_layer_sizes": (8,)},
        takes="graph",
        batched=True,
    ),
)

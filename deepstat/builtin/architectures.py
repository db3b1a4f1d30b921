"""The built-in architectures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deepstat.records import Architecture


def _of_nodes(
    name: str,
    summary: str,
    reference: str,
    *,
    example: Mapping[str, Any] | None = None,
    batched: bool = True,
) -> Architecture:
    """Return the record of the graph recipe of that name, in the file of that name."""
    return Architecture(
        name=name,
        target=f"deepstat.architectures.graphs.{name}:{name}",
        summary=summary,
        reference=reference,
        example=example or {"hidden_layer_sizes": (8,)},
        takes="graph",
        batched=batched,
    )


def _of_graphs(name: str, summary: str, reference: str, example: Mapping[str, Any]) -> Architecture:
    return replace(_of_nodes(name, summary, reference, example=example, batched=False), takes="graphs")


TABLES: tuple[Architecture, ...] = (
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
        name="tabular",
        target="deepstat.architectures.tabular:tabular",
        summary="columns embedded by bins, then a perceptron: the default of tables",
        reference="Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features",
        example={"hidden_layer_sizes": (8,), "start": "data", "gates": True, "parametrization": "ntk"},
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
        name="tabm",
        target="deepstat.architectures.tabm:tabm",
        summary="perceptrons that share their matrices: an ensemble in one network",
        reference="Gorishniy, Kotelnikov and Babenko (2025), TabM: advancing tabular deep learning with "
        "parameter-efficient ensembling, ICLR",
        example={"n_heads": 3, "width": 8, "n_blocks": 2, "shared": "mini", "numeric_embedding": "periodic"},
        batched=True,
    ),
)

NODES: tuple[Architecture, ...] = (
    _of_nodes(
        "gcn",
        "graph convolutional network",
        "Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks",
    ),
    _of_nodes(
        "message_passing",
        "basic neural message passing",
        "Hamilton (2020), Graph representation learning, chapter 5",
    ),
    _of_nodes(
        "mean_aggregation",
        "means over neighbours with a self weight",
        "Hamilton (2020), Graph representation learning, chapter 5",
    ),
    _of_nodes(
        "graph_sage",
        "sample and aggregate: mean, max or sum over neighbours",
        "Hamilton, Ying and Leskovec (2017), Inductive representation learning on large graphs, NeurIPS",
    ),
    _of_nodes(
        "gat",
        "graph attention network",
        "Velickovic, Cucurull, Casanova, Romero, Lio and Bengio (2018), Graph attention networks, ICLR",
        example={"hidden_layer_sizes": (8,), "heads": 2},
    ),
    _of_nodes(
        "gin",
        "graph isomorphism network",
        "Xu, Hu, Leskovec and Jegelka (2019), How powerful are graph neural networks?, ICLR",
    ),
    _of_nodes(
        "chebyshev",
        "spectral network by chebyshev polynomials",
        "Defferrard, Bresson and Vandergheynst (2016), CNNs on graphs with localized spectral filters",
    ),
    _of_nodes(
        "gated_graph",
        "gated graph network",
        "Li, Tarlow, Brockschmidt and Zemel (2016), Gated graph sequence neural networks, ICLR",
    ),
    _of_nodes(
        "node_mlp",
        "the baseline that does not look at the graph",
        "Shchur, Mumme, Bojchevski and Guennemann (2018), Pitfalls of graph neural network evaluation",
    ),
    _of_nodes(
        "appnp",
        "predict by node, then propagate by personalised PageRank",
        "Gasteiger, Bojchevski and Guennemann (2019), Predict then propagate, ICLR",
    ),
    _of_nodes(
        "graph_unet",
        "Graph U-Net: pooling and unpooling of nodes",
        "Gao and Ji (2019), Graph U-Nets",
        example={"hidden": 8, "depth": 2},
        batched=False,
    ),
    _of_nodes(
        "gatv2",
        "graph attention network with dynamic attention",
        "Brody, Alon and Yahav (2022), How attentive are graph attention networks?, ICLR",
        example={"hidden_layer_sizes": (8,), "heads": 2},
    ),
    _of_nodes(
        "relational",
        "weights for each type of edge",
        "Schlichtkrull et al. (2018), Modeling relational data with graph convolutional networks",
    ),
    _of_nodes(
        "graph_block",
        "generalised blocks of edge and node states",
        "Battaglia et al. (2018), Relational inductive biases, deep learning, and graph networks",
    ),
    _of_nodes(
        "deep_sets",
        "sets: each node and a pool of all, without edges",
        "Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov and Smola (2017), Deep sets, NeurIPS",
    ),
    _of_nodes(
        "pine",
        "neighbours of each type as a set of its own",
        "Gui et al. (2021), PINE: universal deep embedding for graph nodes",
    ),
)

GRAPHS: tuple[Architecture, ...] = (
    _of_graphs(
        "gin_readout",
        "graph isomorphism network of whole graphs",
        "Xu, Hu, Leskovec and Jegelka (2019), How powerful are graph neural networks?, ICLR",
        {"hidden_layer_sizes": (8, 8)},
    ),
    _of_graphs(
        "sage_readout",
        "GraphSAGE of whole graphs",
        "Hamilton, Ying and Leskovec (2017), Inductive representation learning on large graphs, NeurIPS",
        {"hidden_layer_sizes": (8, 8), "readout": "sum"},
    ),
    _of_graphs(
        "gcn_readout",
        "graph convolutional network of whole graphs",
        "Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks",
        {"hidden_layer_sizes": (8,)},
    ),
    _of_graphs(
        "diff_pool",
        "pools nodes by a soft assignment that a graph operator computes",
        "Ying et al. (2018), Hierarchical graph representation learning with differentiable pooling, NeurIPS",
        {"sizes": (4,), "hidden": 8},
    ),
    _of_graphs(
        "min_cut",
        "pools nodes by a soft assignment that cuts few edges",
        "Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks, ICML",
        {"sizes": (4,), "hidden": 8},
    ),
    _of_graphs(
        "top_k",
        "keeps the nodes with the highest scores",
        "Cangea et al. (2018), Towards sparse hierarchical graph classifiers",
        {"sizes": (0.8,), "hidden": 8},
    ),
    _of_graphs(
        "no_graph",
        "the baseline that looks at a graph's nodes and not at its edges",
        "Errica, Podda, Bacciu and Micheli (2020), A fair comparison of graph neural networks, ICLR",
        {"node_layer_sizes": (), "hidden_layer_sizes": (8,)},
    ),
)

ARCHITECTURES = TABLES + NODES + GRAPHS

"""The paragraphs that graph estimators share."""

from __future__ import annotations

import re

from deepstat.estimators.parameters import SHARED
from deepstat.estimators.parameters import document as document_shared

GRAPH = """\
graph : Graph
        All nodes of it take part in the messages.
    feature_scaling : {"auto", "row", "standard", "none"}, default="auto"
        "row" divides each node's features by their sum, "standard" standardises columns; learned from the graph of the
        fit. "auto": "row" for sparse features, "standard" for dense ones.
    structural_features : tuple of str, str or None
        Columns made of the graph, beside or instead of the node features: "identity" (a column for each node),
        "constant", "one_hot_degree", "degree", "laplacian_eigenvectors", "random_walk"."""

SAMPLER = """\
sampler : {"neighbors", "layers", "random_walks", "clusters"} or None
        For graphs too large to look at as a whole in each step; predictions do. Batches of nodes with a sample of their
        surroundings: "neighbors", some neighbours of each node (Hamilton et al. 2017); "layers", nodes important to the
        whole batch (Chen et al. 2018, Zou et al. 2019). Or batches that are subgraphs, for architectures of any reach:
        "random_walks", what walks from the nodes of X visit (GraphSAINT, Zeng et al. 2020); "clusters", parts of the
        graph with all arcs between them (Cluster-GCN, Chiang et al. 2019).
    sampler_params : dict or None
        "neighbors", "layers": ``sizes`` (from the nodes of the batch outwards, one for each operator), ``replace``,
        ``kind``. "random_walks": ``n_roots`` and ``walk_length`` of a subgraph, ``n_presamples`` in which nodes and
        arcs are counted. "clusters": ``n_parts``, ``n_joined`` (parts of a batch), ``rescale`` (whether arcs between
        parts count by how seldom these meet, under the degrees of the whole graph)."""

GRAPHS = """\
feature_scaling : {"auto", "standard", "row", "none"}, default="auto"
        "standard" standardises each column over all nodes of the training graphs, "row" divides each node's features by
        their sum. "auto": "standard", but columns of zeros and ones, which say what a node is, stay as they are.
    structural_features : tuple of str, str or None
        Columns made of the graphs, beside or instead of the node features: "constant", "one_hot_degree" (a column for
        each degree up to the largest of the training graphs, or 64), "degree", "random_walk"."""


# Sentences about tables, and what holds for graphs instead.
OTHERWISE = {
    ' "auto":\n        "tabular" for means and classes; "mlp" for distributions, quantiles, expectiles and in '
    "formulas.": "",
    ' "auto": 8\n        of the architecture "tabular", 1 of others.': "",
    'int or "auto", default="auto"\n        Networks trained': "int, default=1\n        Networks trained",
    '"auto": float32 on accelerators, for float32 tables, and for "tabular" on tables of more than 128 rows; else\n'
    "        float64.": '"auto": float32.',
}
# The same for the nodes and pairs of one graph; lists of graphs come in batches as rows do.
OF_ONE_GRAPH = {
    '"auto": all rows up to 128 rows, then 32 to 256 growing with the table.': '"auto": all rows at once, since each '
    "step looks at the whole\n        graph; 1,024 where surroundings are sampled. Subgraphs are batches of their own.",
}


def document(cls: type, auto_loss: str = "") -> None:
    """Fill the shared paragraphs into the docstring of a graph estimator, with its own defaults."""
    assert cls.__doc__ is not None
    cls.__doc__ = (
        cls.__doc__.replace("{graph}", GRAPH).replace("{sampler}", SAMPLER).replace("{graphs}", GRAPHS)
    )
    cls.__doc__ = cls.__doc__.replace("{shared}", _shared(cls))
    document_shared(cls, auto_loss)


def _shared(cls: type) -> str:
    """Return the paragraph of parameters without formulas and classical solvers, and with the class's own defaults."""
    kept = re.sub(r"formula : .*?(?=architecture : )", "", SHARED, flags=re.DOTALL)
    kept = re.sub(r"\n        With ``architecture=.linear.``.*?coef_``\)\.", "", kept, flags=re.DOTALL)
    changes = {**OTHERWISE, **OF_ONE_GRAPH} if hasattr(cls, "graph") else OTHERWISE
    for sentence, own in changes.items():
        if sentence not in kept:  # the paragraph was reworded: say here too what holds for graphs
            raise ValueError(f"The paragraph of parameters does not hold {sentence!r}.")
        kept = kept.replace(sentence, own)

    def own_default(match: re.Match[str]) -> str:
        value = repr(getattr(cls, match.group(1))).replace("'", '"')
        return f"{match.group(1)} : {match.group(2)}, default={value}"

    kept = kept.replace("l1, l2 : float, default=0.0", f"l1, l2 : float, default={cls.l1} and {cls.l2}")  # type: ignore[attr-defined]
    return re.sub(r"\b([a-z_]+) : (.*?), default=\S+$", own_default, kept, flags=re.MULTILINE)

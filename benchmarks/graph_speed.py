"""Seconds of graph networks on Cora: one run and a hundred seeds, beside PyG's example and its best setting.

``python -m benchmarks.graph_speed``

The models of the papers, trained for 200 epochs on the 140 public training nodes: GCN (16 hidden units, dropout 0.5,
Adam 0.01), GAT (8 heads of 8, dropout 0.6, Adam 0.005). PyG's rows are the training loops of its examples ``gcn.py``
and ``gat.py``, whose features are dense and whose edges are a list, without their test after each epoch; and its GCN
with features and adjacency in CSR, the latter normalised once (``cached``), and dropout on the features' entries.
"torch by hand" is that GCN without PyG, in a dozen lines of torch's own sparse products, and has no target. deepstat's
rows are whole calls of ``fit``. A hundred seeds are one population; every member has dropout masks of its own. The
limit is the sparse and dense products of an epoch alone, of one model, forward and backward.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.graph_data import Citations, cora
from benchmarks.timing import Claim, Report, head, interleave, options, parse, show

EPOCHS = 200
GCN = {"architecture": "gcn", "learning_rate": 0.01}
GAT = {
    "architecture": "gat",
    "learning_rate": 0.005,
    "architecture_params": {"hidden_layer_sizes": (64,), "heads": 8},
}
CLAIMS = [
    Claim("PyG's example, GCN", "deepstat GCN, one run", at_least=15.0),
    Claim("PyG with sparse features, GCN", "deepstat GCN, one run", at_least=3.0),
    Claim("PyG's example, GCN", "deepstat GCN, one of the seeds", at_least=25.0),
    Claim("PyG's example, GAT", "deepstat GAT, one of the seeds", at_least=8.0),
]


def deepstat_seconds(data: Citations, graph: Any, n_members: int, n_epochs: int, **params: Any) -> float:
    """Return seconds of a fit, for each member."""
    from deepstat import NodeClassifier

    model = NodeClassifier(graph=graph, n_members=n_members, max_epochs=n_epochs, random_state=0, **params)
    start = time.perf_counter()
    model.fit(data.train, data.y[data.train])
    return (time.perf_counter() - start) / n_members


class PyG:
    """PyG's training loops.

    Parameters
    ----------
    data : Citations
    """

    def __init__(self, data: Citations) -> None:
        words = data.words
        self.n, self.n_words, self.n_classes = *words.shape, int(data.y.max()) + 1
        dense = torch.tensor(words.toarray())
        self.x = dense / dense.sum(1, keepdim=True).clamp(min=1)
        self.edge_index = torch.tensor(np.concatenate([data.edges, data.edges[::-1]], axis=1))
        self.train, self.y = torch.tensor(data.train), torch.tensor(data.y)[data.train]

    def gcn(self, n_epochs: int) -> float:
        """Return seconds of ``examples/gcn.py``."""
        pyg = self
        from torch_geometric.nn import GCNConv

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.conv1 = GCNConv(pyg.n_words, 16, cached=True)
                self.conv2 = GCNConv(16, pyg.n_classes, cached=True)

            def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
                x = functional.dropout(x, 0.5, self.training)
                x = self.conv1(x, edge_index).relu()
                x = functional.dropout(x, 0.5, self.training)
                return self.conv2(x, edge_index)

        net = Net()
        groups = [
            {"params": net.conv1.parameters(), "weight_decay": 5e-4},
            {"params": net.conv2.parameters(), "weight_decay": 0.0},
        ]
        return pyg._loop(net, torch.optim.Adam(groups, lr=0.01), n_epochs)

    def gat(self, n_epochs: int) -> float:
        """Return seconds of ``examples/gat.py``."""
        pyg = self
        from torch_geometric.nn import GATConv

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.conv1 = GATConv(pyg.n_words, 8, 8, dropout=0.6)
                self.conv2 = GATConv(64, pyg.n_classes, heads=1, concat=False, dropout=0.6)

            def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
                x = functional.dropout(x, 0.6, self.training)
                x = functional.elu(self.conv1(x, edge_index))
                x = functional.dropout(x, 0.6, self.training)
                return self.conv2(x, edge_index)

        net = Net()
        return pyg._loop(net, torch.optim.Adam(net.parameters(), lr=0.005, weight_decay=5e-4), n_epochs)

    def sparse_gcn(self, n_epochs: int) -> float:
        """Return seconds of PyG's layers with sparse features and a sparse adjacency matrix, normalised once."""
        pyg = self
        from torch_geometric.nn import GCNConv
        from torch_geometric.utils import to_torch_csr_tensor

        adjacency = to_torch_csr_tensor(pyg.edge_index, size=(pyg.n, pyg.n))
        features = pyg.x.to_sparse_csr()
        rows, columns, values = features.crow_indices(), features.col_indices(), features.values()

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.conv1 = GCNConv(pyg.n_words, 16, cached=True)
                self.conv2 = GCNConv(16, pyg.n_classes, cached=True)

            def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
                kept = functional.dropout(values, 0.5, self.training)
                x = torch.sparse_csr_tensor(rows, columns, kept, features.shape, check_invariants=False)
                x = self.conv1(x, adjacency).relu()
                return self.conv2(functional.dropout(x, 0.5, self.training), adjacency)

        net = Net()
        groups = [
            {"params": net.conv1.parameters(), "weight_decay": 5e-4},
            {"params": net.conv2.parameters(), "weight_decay": 0.0},
        ]
        return pyg._loop(net, torch.optim.Adam(groups, lr=0.01), n_epochs)

    def torch_gcn(self, n_epochs: int) -> float:
        """Return seconds of the same GCN written by hand with torch's own sparse products."""
        pyg = self
        from torch_geometric.nn.conv.gcn_conv import gcn_norm
        from torch_geometric.utils import to_torch_csr_tensor

        edge_index, weight = gcn_norm(pyg.edge_index, num_nodes=pyg.n)
        adjacency = to_torch_csr_tensor(edge_index, weight, size=(pyg.n, pyg.n))
        features = pyg.x.to_sparse_csr()
        rows, columns, values = features.crow_indices(), features.col_indices(), features.values()

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.first = nn.Parameter(nn.init.xavier_uniform_(torch.empty(pyg.n_words, 16)))
                self.second = nn.Linear(16, pyg.n_classes, bias=False)
                self.b1, self.b2 = nn.Parameter(torch.zeros(16)), nn.Parameter(torch.zeros(pyg.n_classes))

            def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
                kept = functional.dropout(values, 0.5, self.training)
                x = torch.sparse_csr_tensor(rows, columns, kept, features.shape, check_invariants=False)
                hidden = (adjacency @ (x @ self.first) + self.b1).relu()
                return adjacency @ self.second(functional.dropout(hidden, 0.5, self.training)) + self.b2

        net = Net()
        groups = [
            {"params": [net.first, net.b1], "weight_decay": 5e-4},
            {"params": [*net.second.parameters(), net.b2], "weight_decay": 0.0},
        ]
        return pyg._loop(net, torch.optim.Adam(groups, lr=0.01), n_epochs)

    def _loop(self, net: nn.Module, optimizer: Any, n_epochs: int) -> float:
        start = time.perf_counter()
        for _ in range(n_epochs):
            net.train()
            optimizer.zero_grad()
            out = net(self.x, self.edge_index)
            functional.cross_entropy(out[self.train], self.y).backward()
            optimizer.step()
        return time.perf_counter() - start


def product_seconds(data: Citations, n_epochs: int) -> float:
    """Return seconds of the sparse and dense products of GCN's epochs, by the fastest kernel that torch has."""
    from deepstat.layers.graph.sparse_matrix import SparseMatrix

    n, k = len(data.y), int(data.y.max()) + 1
    x = SparseMatrix.from_scipy(data.words, torch.float32)
    source, target = np.concatenate([data.edges, data.edges[::-1]], axis=1)
    order = np.argsort(target, kind="stable")
    rows, columns = torch.tensor(target[order]), torch.tensor(source[order])
    arcs = SparseMatrix.from_entries(rows, columns, torch.ones(len(rows)), (n, n))
    first, hidden, second = torch.randn(x.shape[1], 16), torch.randn(n, 16), torch.randn(16, k)
    outputs = torch.randn(n, k)
    with torch.no_grad():
        start = time.perf_counter()
        for _ in range(n_epochs):
            x.matmul(first)
            for each in (hidden, hidden, outputs, outputs):  # there and back
                arcs.matmul(each)
            hidden @ second, outputs @ second.t(), hidden.t() @ outputs
            torch.ops.deepstat.sparse_sum(x.back_pointers, x.back_columns, x.values[None], hidden[None])
        return time.perf_counter() - start


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=3)
    parser.add_argument("--seeds", type=int, default=100, help="members of the populations")
    args = parse(parser, argv)
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    n_epochs, n_seeds = (3, 2) if args.quick else (EPOCHS, args.seeds)
    data = cora()
    report = Report()
    head(report, f"Graph networks on Cora: {n_epochs} epochs, {n_seeds} seeds", args)
    if not data.is_real:
        report.say("The folder of data was not found: a random graph of Cora's size takes its place.")
    from deepstat import Graph

    graph = Graph(data.edges, n_nodes=len(data.y), node_features=data.words)
    tasks: dict[str, Callable[[], float]] = {
        "products of a GCN alone": lambda: product_seconds(data, n_epochs),
        "deepstat GCN, one run": lambda: deepstat_seconds(data, graph, 1, n_epochs, **GCN),
        "deepstat GCN, one of the seeds": lambda: deepstat_seconds(data, graph, n_seeds, n_epochs, **GCN),
        "deepstat GAT, one run": lambda: deepstat_seconds(data, graph, 1, n_epochs, **GAT),
        "deepstat GAT, one of the seeds": lambda: deepstat_seconds(data, graph, n_seeds, n_epochs, **GAT),
    }
    if find_spec("torch_geometric") is None:
        report.say("PyG is not installed (pip install torch_geometric): its rows are left out.")
    else:
        pyg = PyG(data)
        tasks |= {
            "PyG's example, GCN": lambda: pyg.gcn(n_epochs),
            "PyG with sparse features, GCN": lambda: pyg.sparse_gcn(n_epochs),
            "torch by hand, GCN": lambda: pyg.torch_gcn(n_epochs),
            "PyG's example, GAT": lambda: pyg.gat(n_epochs),
        }
    deepstat_seconds(data, graph, 2, 2, **GCN)  # warm-up: first calls, the graph's tensors
    found = interleave(tasks, args.repeats)
    show(report, found, "deepstat GCN, one run", CLAIMS, unit=1.0, unit_name="s")
    report.write(args.out)


if __name__ == "__main__":
    main()

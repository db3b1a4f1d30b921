"""An epoch over a graph of a million nodes by sampled neighbourhoods: seconds, sampled arcs a second, peak memory.

``python -m benchmarks.graph_scale``

A random graph of 1,000,000 nodes and 10,000,000 undirected edges with 128 float32 features. Training looks at 100,000
of the nodes in batches of 1,024, each with up to 15 neighbours and 10 of theirs (GraphSAGE, 64 hidden units). One
process of its own makes the graph and fits. Memory is the process's high-water mark above what its imports take, beside
the bytes of the graph: edges, arcs in both directions, features. The limit of the rate is that of reading the rows of
features that a sampled arc points to, at random places of the matrix: the same number of rows gathered by torch alone.
PyG's loader is not beside it: its neighbour sampling needs a compiled extension.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.memory import peak_bytes, resident_bytes
from benchmarks.timing import Report, head, options, parse, worker

SIZES = (15, 10)
BATCH = 1024
MEMORY_TARGET = 2.0


def measure(n: int, n_edges: int, n_features: int, n_train: int, n_threads: int | None) -> None:
    """Print seconds, counts and bytes as JSON."""
    import torch

    import deepstat.estimators.graphs.node_classifier  # noqa: F401
    from deepstat import Graph, NodeClassifier
    from deepstat.graph.sampling.local_ids import LocalIds
    from deepstat.graph.sampling.neighbors import sample_neighbors

    if n_threads is not None:
        torch.set_num_threads(n_threads)
    base = resident_bytes()
    rng = np.random.default_rng(0)
    edges = rng.integers(0, n, (2, n_edges))
    features = np.empty((n, n_features), dtype=np.float32)
    for start in range(0, n, 10_000):
        features[start : start + 10_000] = rng.standard_normal(
            (min(10_000, n - start), n_features), np.float32
        )
    y = (features[:, 0] > 0).astype(np.int64)
    edges.flags.writeable = features.flags.writeable = False  # a graph then shares them
    start = time.perf_counter()
    graph = Graph(edges, n_nodes=n, node_features=features)
    arcs = graph.arcs
    building = time.perf_counter() - start
    held = [
        arcs.source,
        arcs.target,
        arcs.edge,
        arcs.reverse,
        arcs.pointers,
        graph.edges,
        graph.node_features,
    ]
    size = sum(array.nbytes for array in held)
    made = peak_bytes() - base
    nodes = rng.choice(n, n_train, replace=False)
    model = NodeClassifier(
        graph=graph,
        architecture="graph_sage",
        architecture_params={"hidden_layer_sizes": (64,), "dropout": 0.0},
        sampler="neighbors",
        sampler_params={"sizes": SIZES},
        feature_scaling="none",
        batch_size=BATCH,
        max_epochs=1,
        random_state=0,
    )
    start = time.perf_counter()
    model.fit(nodes, y[nodes])
    seconds = time.perf_counter() - start
    peak = peak_bytes() - base
    start = time.perf_counter()
    model.predict(nodes[:1000])
    predicting = time.perf_counter() - start
    local, n_arcs, n_rows, sampling = LocalIds(n), 0, 0, 0.0
    first_rows = []
    for first in range(0, n_train, BATCH):
        start = time.perf_counter()
        blocks = sample_neighbors(
            arcs.pointers, arcs.source, nodes[first : first + BATCH], SIZES, rng, local_ids=local
        )
        sampling += time.perf_counter() - start
        n_arcs += sum(len(block.source) for block in blocks)
        n_rows += len(blocks[0].nodes)
        first_rows.append(blocks[0].nodes[blocks[0].source])
    whole = torch.as_tensor(features.copy())
    start = time.perf_counter()
    for rows in first_rows:
        whole.index_select(0, torch.as_tensor(rows))
    reading = time.perf_counter() - start
    found = {
        "building": building,
        "seconds": seconds,
        "sampling": sampling,
        "reading": reading,
        "read": sum(map(len, first_rows)),
        "predicting": predicting,
        "arcs": n_arcs,
        "rows": n_rows,
        "graph": size,
        "made": made,
        "peak": peak,
        "whole": peak_bytes() - base,
    }
    print(json.dumps(found))


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--edges", type=int, default=10_000_000)
    parser.add_argument("--features", type=int, default=128)
    parser.add_argument("--train", type=int, default=100_000, help="nodes trained on")
    parser.add_argument("--measure", action="store_true", help="measure in this process and stop")
    args = parse(parser, argv)
    sizes = (args.nodes, args.edges, args.features, args.train)
    if args.quick:
        sizes = (5_000, 20_000, 8, 2_000)
    if args.measure:
        measure(*sizes, args.threads)
        return
    report = Report()
    head(report, f"Sampled training: {sizes[0]} nodes, {sizes[1]} edges, {sizes[2]} features", args)
    names = ("--nodes", "--edges", "--features", "--train")
    words = [word for name, value in zip(names, sizes, strict=True) for word in (name, str(value))]
    words += [] if args.threads is None else ["--threads", str(args.threads)]
    found = json.loads(worker("benchmarks.graph_scale", "--measure", *words))
    mega = 1 << 20
    rate = found["arcs"] / found["seconds"]
    limit = found["read"] / found["reading"]
    rows = [
        [
            "making the graph and its arcs",
            f"{found['building']:.1f} s",
            f"peak {found['made'] / mega:.0f} MiB",
        ],
        [
            f"an epoch over {sizes[3]} nodes",
            f"{found['seconds']:.1f} s",
            f"{rate / 1e6:.2f} million sampled arcs a second",
        ],
        ["of that, sampling alone", f"{found['sampling']:.1f} s", f"{found['arcs'] / 1e6:.1f} million arcs"],
        ["limit: rows at random places", f"{found['reading']:.1f} s", f"{limit / 1e6:.2f} million a second"],
        ["predictions from the whole graph", f"{found['predicting']:.1f} s", "all nodes, all arcs"],
    ]
    report.table(["", "time", ""], rows)
    report.say()
    ratio = found["peak"] / found["graph"]
    report.say(
        f"memory: graph {found['graph'] / mega:.0f} MiB; peak with training {found['peak'] / mega:.0f} MiB, "
        f"{ratio:.2f} x the graph, target <= {MEMORY_TARGET}: {'reached' if ratio <= MEMORY_TARGET else 'MISSED'}; "
        f"with predictions {found['whole'] / mega:.0f} MiB"
    )
    report.say(f"rate: {rate / limit:.2f} of the limit")
    report.write(args.out)


if __name__ == "__main__":
    main()

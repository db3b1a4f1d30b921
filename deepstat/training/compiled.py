"""Graphs compiled to libraries that stay on disk: the next process that needs the same step loads it in milliseconds.

On the CPU a step is compiled ahead of time (torch's AOTInductor): the library is called without Python in between, and
loading it imports none of torch's compiler, which takes longer to import than a cross-validation to run. The graph
itself is traced anew in each process, so a changed loss or layer is another graph. Elsewhere inductor compiles in
memory.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

Compiled = Callable[[Sequence[Tensor]], Sequence[Tensor]]
# Libraries kept, of some 200 kB each; those used longest ago go first.
KEPT = 256


def compile_graph(graph: torch.fx.GraphModule, inputs: Sequence[Tensor]) -> Compiled:
    """Return a traced graph as one compiled function of the list of its inputs; inputs that it changes are changed."""
    if inputs[0].device.type != "cpu":
        return _in_memory(graph, inputs)
    path = folder() / f"{fingerprint(graph, inputs)}.so"
    if path.exists():
        try:
            return _load(path)
        except RuntimeError:  # damaged: made anew below
            pass
    _compile(graph, inputs, path)
    return _load(path)


def fingerprint(graph: torch.fx.GraphModule, inputs: Sequence[Tensor]) -> str:
    """Return a hash of all that a library depends on: operations, shapes, constants, torch, threads, processor."""
    digest = hashlib.blake2b(digest_size=20)
    shapes = [(tuple(t.shape), t.stride(), str(t.dtype)) for t in inputs]
    machine = (
        torch.__version__,
        torch.get_num_threads(),
        torch.backends.cpu.get_cpu_capability(),
        _processor(),
    )
    digest.update(repr((graph.code, shapes, machine)).encode())
    for node in graph.graph.nodes:
        if node.op == "get_attr":
            constant = getattr(graph, node.target)
            digest.update(f"{node.target} {constant.dtype} {tuple(constant.shape)}".encode())
            digest.update(constant.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def folder() -> Path:
    """Return the folder of libraries: ``$DEEPSTAT_CACHE``, or ``deepstat`` in the user's folder for caches.

    What lies there is run, so a folder that belongs to somebody else is not used.
    """
    given = os.environ.get("DEEPSTAT_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or Path("~").expanduser() / ".cache"
    path = Path(given) if given else Path(home) / "deepstat"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = not hasattr(os, "getuid") or path.stat().st_uid == os.getuid()
        if mine and os.access(path, os.W_OK):
            return path
    except OSError:
        pass
    return Path(_own_folder().name)


@cache
def _own_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for this process alone, where there is no other."""
    return tempfile.TemporaryDirectory(prefix="deepstat-", ignore_cleanup_errors=True)


@cache
def _processor() -> str:
    """Return what the compiler is told of the processor: a folder may be shared by machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        return f"{platform.machine()} {platform.processor()}"


def _load(path: Path) -> Compiled:
    runner = torch._C._aoti.AOTIModelContainerRunnerCpu(str(path), 1)
    os.utime(path)
    return lambda inputs: runner.run(list(inputs))


def _compile(graph: torch.fx.GraphModule, inputs: Sequence[Tensor], path: Path) -> None:
    import torch._inductor

    with tempfile.TemporaryDirectory(dir=path.parent, ignore_cleanup_errors=True) as place:
        made = Path(place) / path.name
        with warnings.catch_warnings():  # inductor uses parts of torch that torch itself has deprecated
            warnings.simplefilter("ignore")
            torch._inductor.aot_compile(graph, tuple(inputs), options={"aot_inductor.output_path": str(made)})
        os.replace(made, path)
    libraries = sorted(path.parent.glob("*.so"), key=_last_used, reverse=True)
    for old in libraries[KEPT:]:
        old.unlink(missing_ok=True)


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process took it away
        return 0.0


def _in_memory(graph: torch.fx.GraphModule, inputs: Sequence[Tensor]) -> Compiled:
    from torch._guards import TracingContext, tracing
    from torch._inductor.compile_fx import compile_fx
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    # Shapes are fixed; the environment for symbolic ones is what inductor's own cache on disk asks for.
    context = TracingContext(FakeTensorMode(shape_env=ShapeEnv(), static_shapes=True))
    with warnings.catch_warnings(), tracing(context):
        warnings.simplefilter("ignore", DeprecationWarning)
        compiled = compile_fx(graph, list(inputs))
    return lambda inputs: compiled(*inputs)

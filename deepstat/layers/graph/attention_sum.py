"""Additive attention over incoming edges as one operation of torch: batched by vmap and differentiable.

The steps one by one make a dozen passes over tensors of all edges and heads and, for a population, of all members.
Here one member is dealt with after the other, so that its numbers stay in the cache, and the gradient is written down.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu_, pad

from deepstat.layers.graph.edge_softmax import LOG2E, log_weights, softmax_in_place, sum_by_row
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sampled_product import sampled_product
from deepstat.layers.graph.sparse_product import sparse_product  # noqa: F401 (defines sparse_sum)

_PATTERN = (
    "Tensor pointers, Tensor columns, Tensor rows, Tensor back_pointers, Tensor back_columns, Tensor order"
)
_LIBRARY = torch.library.Library("deepstat", "FRAGMENT")
_LIBRARY.define(
    f"attention_sum({_PATTERN}, Tensor source, Tensor target, Tensor x, Tensor? edge, Tensor? log_weight, "
    "Tensor? keep, float slope) -> (Tensor, Tensor, Tensor)"
)
_LIBRARY.define(
    f"attention_sum_backward({_PATTERN}, Tensor source, Tensor target, Tensor x, Tensor? edge, Tensor shares, "
    "Tensor values, Tensor gradient, float slope, bool weighted) -> (Tensor, Tensor, Tensor, Tensor, Tensor)"
)


def attention_sum(
    edges: Edges,
    source: Tensor,
    target: Tensor,
    x: Tensor,
    *,
    edge_scores: Tensor | None = None,
    keep: Tensor | None = None,
    negative_slope: float = 0.2,
) -> Tensor:
    """Return ``out_i = sum_j keep_ij share_ij x_j`` with shares from the scores of both ends of an edge.

    ``share_ij`` is proportional to ``w_ij exp(leaky_relu(source_j + target_i + edge_ij))`` and sums to one over the
    edges into i; w are the weights of the edges, so that an edge of weight zero is none. For twenty members,
    13,264 arcs and 8 heads of width 8, forward and backward take half of the time of the steps one by one.

    Parameters
    ----------
    edges : Edges
    source, target : Tensor of shape (n, h)
    x : Tensor of shape (n, h, d)
    edge_scores : Tensor of shape (e, h) or None
    keep : Tensor of shape (e, h) or None
        Factors of the shares, such as a dropout mask; no gradient flows to them.
    negative_slope : float
        At least zero.

    Returns
    -------
    Tensor of shape (n, h, d)
        Zeros where no edge arrives; of a sampled batch, the rows of ``edges.n_rows`` nodes.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 2, 0]), torch.tensor([0, 0, 1]), n_nodes=3)
    >>> x = torch.tensor([[[1.0]], [[2.0]], [[4.0]]])
    >>> attention_sum(edges, torch.zeros(3, 1), torch.zeros(3, 1), x).flatten()
    tensor([3., 1., 0.])
    """
    p = edges.matrix
    log_weight = log_weights(edges, x.dtype)
    out = torch.ops.deepstat.attention_sum(
        *(p.pointers, p.columns, p.rows, p.back_pointers, p.back_columns, p.order),
        *(source[None], target[None], x[None]),
        None if edge_scores is None else edge_scores[None],
        None if log_weight is None else log_weight[None],
        None if keep is None else keep[None],
        float(negative_slope),
    )
    return out[0][0]


def _of_heads(pointers: Tensor, columns: Tensor, n_columns: int, n_heads: int) -> tuple[Tensor, Tensor]:
    """Return the pattern (h n, m h) of all heads: row (k, i) has the entries of row i, at the columns (j, k)."""
    if n_heads == 1:
        return pointers, columns
    n_entries = len(columns)
    if max(n_entries, n_columns) * n_heads >= 2**31:
        pointers, columns = pointers.long(), columns.long()
    heads = torch.arange(n_heads, dtype=columns.dtype, device=columns.device)[:, None]
    starts = (pointers[:-1] + heads * n_entries).flatten()
    return pad(starts, (0, 1), value=n_heads * n_entries), (columns * n_heads + heads).flatten()


def _sum_into(out: Tensor, pointers: Tensor, columns: Tensor, values: Tensor, x: Tensor) -> None:
    """Write the sums (n, h, d) of x (m, h, d) with values (h, e), along the pattern of all heads."""
    n, n_heads, width = out.shape
    values, x = values.reshape(-1), x.reshape(len(x) * n_heads, width)
    if x.dtype == torch.float32 and x.device.type == "cpu":
        bags = torch.ops.aten._embedding_bag_forward_only(x, columns, pointers, False, 0, False, values, True)
        total = bags[0]
    else:
        total = torch.ops.deepstat.sparse_sum(pointers, columns, values[None], x[None])
    out.copy_(total.view(n_heads, n, width).movedim(0, 1))


def _scores(
    columns: Tensor, rows: Tensor, source: Tensor, target: Tensor, edge: Tensor | None, b: int, out: Tensor
) -> Tensor:
    """Write the scores (e, h) of member b, before leaky ReLU, as binary logarithms.

    Leaky ReLU commutes with the change of the base, which is cheaper at nodes than at edges.
    """
    at_source, at_target = _of(source, b) * LOG2E, _of(target, b) * LOG2E  # type: ignore[operator]
    torch.index_select(at_source, 0, columns, out=out).add_(at_target.index_select(0, rows))
    return out if edge is None else out.add_(_of(edge, b), alpha=LOG2E)  # type: ignore[arg-type]


def _of(values: Tensor | None, b: int) -> Tensor | None:
    return None if values is None else values[b if len(values) > 1 else 0]


def _attention(
    pointers: Tensor,
    columns: Tensor,
    rows: Tensor,
    back_pointers: Tensor,
    back_columns: Tensor,
    order: Tensor,
    source: Tensor,
    target: Tensor,
    x: Tensor,
    edge: Tensor | None,
    log_weight: Tensor | None,
    keep: Tensor | None,
    slope: float,
) -> tuple[Tensor, Tensor, Tensor]:
    optional = [part for part in (edge, log_weight, keep) if part is not None]
    n_batch = max(len(part) for part in (source, target, x, *optional))
    _, n, n_heads, width = x.shape
    n_rows = len(pointers) - 1  # fewer than nodes in a sampled batch
    shares = x.new_empty(n_batch, len(columns), n_heads)
    values = x.new_empty(n_batch, n_heads, len(columns))
    out = x.new_empty(n_batch, n_rows, n_heads, width)
    of_heads = _of_heads(pointers, columns, n, n_heads)
    for b in range(n_batch):
        score = leaky_relu_(_scores(columns, rows, source, target, edge, b, shares[b]), slope)
        if log_weight is not None:
            score.add_(_of(log_weight, b), alpha=LOG2E)  # type: ignore[arg-type]
        softmax_in_place(pointers, rows, score)
        if keep is None:
            values[b].copy_(score.t())
        else:
            torch.mul(score.t(), _of(keep, b).t(), out=values[b])  # type: ignore[union-attr]
        _sum_into(out[b], *of_heads, values[b], _of(x, b))  # type: ignore[arg-type]
    return out, shares, values


def _attention_backward(
    pointers: Tensor,
    columns: Tensor,
    rows: Tensor,
    back_pointers: Tensor,
    back_columns: Tensor,
    order: Tensor,
    source: Tensor,
    target: Tensor,
    x: Tensor,
    edge: Tensor | None,
    shares: Tensor,
    values: Tensor,
    gradient: Tensor,
    slope: float,
    weighted: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    n_batch, n_rows, n_heads, width = gradient.shape
    n = x.shape[1]
    of_x = gradient.new_empty(n_batch, n, n_heads, width)
    of_source, of_target = gradient.new_zeros(2, n_batch, n, n_heads)
    of_edge = torch.empty_like(shares)
    of_log_weight = shares.new_empty(n_batch, len(columns) if weighted else 0, 1)
    of_heads = _of_heads(pointers, columns, n, n_heads)
    back_of_heads = _of_heads(back_pointers, back_columns, n_rows, n_heads)
    for b in range(n_batch):
        own, flat = _of(x, b).reshape(-1, width), gradient[b].movedim(1, 0).reshape(-1, width)  # type: ignore[union-attr]
        product = sampled_product(*of_heads, flat, own).view(n_heads, -1)
        score = torch.mul(product.t(), values[b].t(), out=of_edge[b])
        inner = sum_by_row(pointers, score).index_select(0, rows)
        score.sub_(inner.mul_(shares[b]))
        if weighted:
            torch.sum(score, 1, keepdim=True, out=of_log_weight[b])
        before = _scores(columns, rows, source, target, edge, b, inner)
        score.copy_(torch.ops.aten.leaky_relu_backward(score, before, slope, False))
        of_target[b, :n_rows] = sum_by_row(pointers, score)
        of_source[b] = sum_by_row(back_pointers, score, order)
        _sum_into(of_x[b], *back_of_heads, values[b].index_select(1, order), gradient[b])
    return of_source, of_target, of_x, of_edge, of_log_weight


_LIBRARY.impl("attention_sum", _attention, "CompositeExplicitAutograd")
_LIBRARY.impl("attention_sum_backward", _attention_backward, "CompositeExplicitAutograd")


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    *pattern, source, target, x, edge, log_weight, _, ctx.slope = inputs
    ctx.set_materialize_grads(False)
    ctx.sizes = [None if part is None else len(part) for part in (source, target, x, edge, log_weight)]
    ctx.save_for_backward(*pattern, source, target, x, edge, *output[1:])


def _backward(ctx: Any, gradient: Tensor | None, *_: None) -> tuple[Tensor | None, ...]:
    if gradient is None:
        return (None,) * 13
    found = torch.ops.deepstat.attention_sum_backward(
        *ctx.saved_tensors, gradient, ctx.slope, ctx.needs_input_grad[10]
    )
    wanted: list[Tensor | None] = []
    for part, size, needed in zip(found, ctx.sizes, ctx.needs_input_grad[6:11], strict=True):
        if not needed:
            wanted.append(None)
        else:
            wanted.append(part.sum(0, keepdim=True) if size < len(part) else part)
    return (None,) * 6 + tuple(wanted) + (None, None)


def _differentiated_again(ctx: Any, *gradients: Tensor) -> None:
    raise RuntimeError("A sum with attention can be differentiated once, not twice.")


torch.library.register_autograd("deepstat::attention_sum", _backward, setup_context=_keep, lib=_LIBRARY)
torch.library.register_autograd("deepstat::attention_sum_backward", _differentiated_again, lib=_LIBRARY)


def _over_members(info: Any, in_dims: tuple[int | None, ...], *arguments: Any) -> tuple[Any, tuple[int, ...]]:
    """Fold members into the batch axis: (K, B, ...) becomes (K B, ...); what all share stays one."""
    n_members, own = info.batch_size, []
    for value, dim in zip(arguments[6:12], in_dims[6:12], strict=True):
        if dim is not None:
            value = value.movedim(dim, 0).flatten(0, 1)
        elif value is not None and len(value) > 1:
            value = value.expand(n_members, *value.shape).flatten(0, 1)
        own.append(value)
    out = torch.ops.deepstat.attention_sum(*arguments[:6], *own, arguments[12])
    return tuple(part.unflatten(0, (n_members, -1)) for part in out), (0,) * 3


torch.library.register_vmap("deepstat::attention_sum", _over_members, lib=_LIBRARY)

"""The product of a sparse and a dense matrix as one operation of torch: batched by vmap, differentiable, fast on a CPU.

On the CPU, except in float64, a row's sum is computed by the kernel of ``embedding_bag``: three to five times faster
than the CSR products of MKL on a citation graph (32 us against 105 us for 13,264 entries times 64 columns on one core).
It adds the entries of a row in order, one thread a row, so the result does not depend on the number of threads or of
members.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

_LIBRARY = torch.library.Library("deepstat", "DEF")
_LIBRARY.define(
    "sparse_product(Tensor pointers, Tensor columns, Tensor values, Tensor dense, Tensor rows, Tensor back_pointers, "
    "Tensor back_columns, Tensor order) -> Tensor"
)
_LIBRARY.define("sparse_sum(Tensor pointers, Tensor columns, Tensor values, Tensor dense) -> Tensor")
_LIBRARY.define("sampled_product(Tensor rows, Tensor columns, Tensor left, Tensor right) -> Tensor")


def sparse_product(
    pointers: Tensor,
    columns: Tensor,
    values: Tensor,
    dense: Tensor,
    rows: Tensor,
    back_pointers: Tensor,
    back_columns: Tensor,
    order: Tensor,
) -> Tensor:
    """Return the product (B, n, d) of B sparse matrices (n, m) of one pattern and B dense ones (m, d).

    Parameters
    ----------
    pointers, columns : Tensor of int, shapes (n + 1,) and (e,)
        The pattern in CSR.
    values : Tensor of shape (B, e) or (1, e)
    dense : Tensor of shape (B, m, d) or (1, m, d)
    rows : Tensor of int, shape (e,)
        Row of each entry.
    back_pointers, back_columns, order : Tensor of int, shapes (m + 1,), (e,), (e,)
        The pattern of the transpose, and which entry each of its entries is.

    Examples
    --------
    >>> matrix = torch.tensor([[0.0, 2.0], [3.0, 0.0]]).to_sparse_csr()
    >>> pattern = [matrix.crow_indices().int(), matrix.col_indices().int()]
    >>> back = [torch.tensor([0, 1]), pattern[0], torch.tensor([1, 0]), torch.tensor([1, 0])]
    >>> sparse_product(*pattern, matrix.values()[None], torch.ones(1, 2, 1), *back).flatten()
    tensor([2., 3.])
    """
    if forward_ad._current_level >= 0:  # torch would take the tangent for zero
        raise RuntimeError(
            "A product with a sparse matrix has no forward-mode derivative: use torch.autograd.grad."
        )
    return torch.ops.deepstat.sparse_product(
        pointers, columns, values, dense, rows, back_pointers, back_columns, order
    )


def _sum(pointers: Tensor, columns: Tensor, values: Tensor, dense: Tensor) -> Tensor:
    n, n_values, n_dense = pointers.shape[0] - 1, values.shape[0], dense.shape[0]
    n_batch, width = max(n_values, n_dense), dense.shape[2]
    if columns.shape[0] == 0 or n_batch * n * width == 0:
        return dense.new_zeros(n_batch, n, width)
    if n_batch == 1:
        return _one(pointers, columns, values[0], dense[0])[None]
    out = dense.new_empty(n_batch, n, width)
    for b in range(n_batch):
        own, x = values[b if n_values > 1 else 0], dense[b if n_dense > 1 else 0]
        out[b] = _one(pointers, columns, own, x)
    return out


def _one(pointers: Tensor, columns: Tensor, values: Tensor, dense: Tensor) -> Tensor:
    """Return the product (n, d) of one matrix."""
    dense, values = dense.contiguous(), values.contiguous()
    if dense.dtype != torch.float64 and dense.device.type == "cpu":
        forward = torch.ops.aten._embedding_bag_forward_only.default
        return forward(dense, columns, pointers, False, 0, False, values, True)[0]
    with warnings.catch_warnings():  # torch warns once that CSR tensors are in beta
        warnings.simplefilter("ignore")
        shape = pointers.shape[0] - 1, dense.shape[0]
        matrix = torch.sparse_csr_tensor(pointers, columns, values, shape, check_invariants=False)
    return matrix @ dense


def _product(pointers: Tensor, columns: Tensor, values: Tensor, dense: Tensor, *_transpose: Tensor) -> Tensor:
    return _sum(pointers, columns, values, dense)


def _sampled(rows: Tensor, columns: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Return (B, e): of each entry the scalar product of row `rows` of `left` and row `columns` of `right`."""
    n_batch = max(len(left), len(right))
    out = left.new_empty(n_batch, len(rows))
    for b in range(n_batch):
        one, other = left[b if len(left) > 1 else 0], right[b if len(right) > 1 else 0]
        torch.sum(one.index_select(0, rows) * other.index_select(0, columns), 1, out=out[b])
    return out


_LIBRARY.impl("sparse_product", _product, "CompositeExplicitAutograd")
_LIBRARY.impl("sparse_sum", _sum, "CompositeExplicitAutograd")
_LIBRARY.impl("sampled_product", _sampled, "CompositeExplicitAutograd")


def _keep(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
    ctx.save_for_backward(*inputs)


def _backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
    _, columns, values, dense, rows, back_pointers, back_columns, order = ctx.saved_tensors
    of_values = of_dense = None
    if ctx.needs_input_grad[2]:
        of_values = torch.ops.deepstat.sampled_product(rows, columns, gradient, dense)
        of_values = of_values.sum(0, keepdim=True) if len(values) < len(of_values) else of_values
    if ctx.needs_input_grad[3]:
        turned = values.index_select(1, order)
        of_dense = torch.ops.deepstat.sparse_sum(back_pointers, back_columns, turned, gradient)
        of_dense = of_dense.sum(0, keepdim=True) if len(dense) < len(of_dense) else of_dense
    return None, None, of_values, of_dense, None, None, None, None


def _differentiated_again(ctx: Any, gradient: Tensor) -> None:
    raise RuntimeError("A product with a sparse matrix can be differentiated once, not twice.")


torch.library.register_autograd("deepstat::sparse_product", _backward, setup_context=_keep, lib=_LIBRARY)
torch.library.register_autograd("deepstat::sparse_sum", _differentiated_again, lib=_LIBRARY)
torch.library.register_autograd("deepstat::sampled_product", _differentiated_again, lib=_LIBRARY)


def _over_members(info: Any, in_dims: tuple[int | None, ...], *arguments: Tensor) -> tuple[Tensor, int]:
    """Fold members into the batch axis: (K, B, ...) becomes (K B, ...); what all share stays as it is."""
    n_members = info.batch_size
    pattern = [*arguments[:2], *arguments[4:]]
    if any(dim is not None for dim in (*in_dims[:2], *in_dims[4:])):
        raise RuntimeError("All members of a population share the pattern of a sparse matrix.")
    folded, sizes = [], []
    for value, dim in zip(arguments[2:4], in_dims[2:4], strict=True):
        own = value.movedim(dim, 0) if dim is not None else value[None]
        folded.append(own)
        sizes.append(own.shape[1])
    n_batch = max(sizes)
    flat = []
    for own in folded:
        if own.shape[:2] == (1, 1):
            flat.append(own.reshape(1, *own.shape[2:]))
        else:
            flat.append(own.expand(n_members, n_batch, *own.shape[2:]).reshape(-1, *own.shape[2:]))
    out = sparse_product(*pattern[:2], *flat, *pattern[2:])
    if out.shape[0] == 1:
        return out.expand(n_members, *out.shape), 0
    return out.view(n_members, n_batch, *out.shape[1:]), 0


torch.library.register_vmap("deepstat::sparse_product", _over_members, lib=_LIBRARY)

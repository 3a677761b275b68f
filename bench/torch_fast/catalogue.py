"""The softmax over all items as the last layer and its cross-entropy, in the ways that PyTorch has and in one of ours."""
import functools

import torch
from torch.nn import functional as F


class Chunked(torch.autograd.Function):
    """A few rows at a time, while their scores are in the cache; gradients are made on the way, so that scores are neither
    kept nor made twice, and a chunk's memory serves the next one."""

    @staticmethod
    def forward(ctx, output, table, targets, rows):
        grad_output, grad_table = torch.empty_like(output), torch.zeros_like(table)
        scores, shares = (output.new_empty(min(rows, len(output)), len(table)) for _ in range(2))
        chosen = []
        for begin in range(0, len(output), rows):
            of, target = output[begin:begin + rows], targets[begin:begin + rows, None]
            share = shares[:len(of)]
            torch.softmax(torch.mm(of, table.T, out=scores[:len(of)]), 1, out=share)
            chosen.append(share.gather(1, target))
            share.scatter_add_(1, target, share.new_full((1, 1), -1.0).expand(len(of), 1))
            torch.mm(share, table, out=grad_output[begin:begin + rows])
            grad_table.addmm_(share.T, of)
        ctx.save_for_backward(grad_output.div_(len(output)), grad_table.div_(len(output)))
        return -torch.cat(chosen).clamp_min_(torch.finfo(output.dtype).tiny).log_().mean()

    @staticmethod
    def backward(ctx, grad):
        grad_output, grad_table = ctx.saved_tensors
        return grad_output.mul_(grad), grad_table.mul_(grad), None, None


def whole(output, table, targets):
    return F.cross_entropy(output @ table.T, targets)


@torch.compiler.disable
def chunked(output, table, targets, rows):
    return Chunked.apply(output, table, targets, rows)


def library(output, table, targets, rows):
    options = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=rows, chunking_method=None)
    return F.linear_cross_entropy(output, table, targets, options=options)


FORMS = (chunked, library) if hasattr(torch.nn, "LinearCrossEntropyOptions") else (chunked,)
LOSSES = {"whole": whole, **{f"{form.__name__}-{rows}": functools.partial(form, rows=rows)
                             for form in FORMS for rows in (256, 1024)}}

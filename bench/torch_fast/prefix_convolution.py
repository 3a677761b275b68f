"""Caser's horizontal convolutions and their maximum, of all beginnings of a history that are shorter than the filters' frame
and padded to it on the right. A filter that looks over an end sums up what lies before it, as for every other end, and a
constant of the padding, so sums over 1, 2, ... items are made one from the other and serve all ends."""
import torch


class PrefixConvolution(torch.autograd.Function):
    """vectors [histories, L, d] the first items; weights [L, L, filters, d] of height (less one) and place, 0 beyond the
    height; padding [L, L, filters] of height and number of items: what the padding behind these adds. Returns
    [histories, L, L, filters] of end (less one) and height, before bias and activation."""

    @staticmethod
    def forward(ctx, vectors, weights, padding):
        histories, length, d = vectors.shape
        filters = weights.shape[2]
        number = torch.arange(1, length + 1)
        fits = number[:, None] + number <= length  # nothing but padding: ends before `height` places of it
        best = torch.where(fits[None, :, :, None], padding[:, 0], -torch.inf).repeat(histories, 1, 1, 1)
        chosen = torch.zeros(best.shape, dtype=torch.int8)  # how many items the best place has; -1: a full one
        full = torch.full_like(best, -torch.inf)
        for items in range(1, length + 1):
            left = length - items + 1
            product = vectors[:, items - 1:] @ weights[items - 1:, items - 1].reshape(-1, d).T
            product = product.view(histories, left, left, filters)  # of place and height
            sums = product if items == 1 else product.add_(sums[:, :left, 1:])
            full[:, items - 1:, items - 1] = sums[:, :, 0]
            if items == length:
                break
            over = torch.arange(left)[:, None] + torch.arange(items + 1, length + 1) > length
            candidate = sums[:, :, 1:] + padding[items:, items].masked_fill(over[:, :, None], -torch.inf)
            at = best[:, items - 1:, items:]
            chosen[:, items - 1:, items:].masked_fill_(candidate > at, items)
            torch.maximum(at, candidate, out=at)
        full, ends = full.cummax(1)
        chosen.masked_fill_(full > best, -1)
        ctx.save_for_backward(vectors, weights, chosen, ends)
        return torch.maximum(best, full, out=best)

    @staticmethod
    def backward(ctx, grad):
        vectors, weights, chosen, ends = ctx.saved_tensors
        histories, length, d = vectors.shape
        filters = weights.shape[2]
        of_full = torch.zeros_like(grad).scatter_add_(1, ends, grad * (chosen == -1))
        grad_vectors, grad_weights = torch.zeros_like(vectors), torch.zeros_like(weights)
        grad_padding = grad.new_zeros(length, length, filters)
        grad_padding[:, 0] = (grad * (chosen == 0)).sum((0, 1))
        of_sums = torch.zeros_like(grad)  # of place and height
        for items in range(length, 0, -1):
            left = length - items + 1
            of_sums[:, :left, items - 1] += of_full[:, items - 1:, items - 1]
            if items < length:
                part = grad[:, items - 1:, items:] * (chosen[:, items - 1:, items:] == items)
                grad_padding[items:, items] = part.sum((0, 1))
                of_sums[:, :left, items:] += part
            now = of_sums[:, :left, items - 1:].reshape(histories * left, -1)
            at = vectors[:, items - 1:].reshape(-1, d)
            grad_weights[items - 1:, items - 1] = (now.T @ at).view(left, filters, d)
            grad_vectors[:, items - 1:] += (now @ weights[items - 1:, items - 1].reshape(-1, d)).view(histories, left, d)
        return grad_vectors, grad_weights, grad_padding


prefix_convolution = torch.compiler.disable(PrefixConvolution.apply)

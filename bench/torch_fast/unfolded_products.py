"""Caser's horizontal convolutions at every place of some values: products of the unfolded values with filters of similar
heights. Gradients are added up in place, where autograd would make a matrix of all unfolded values for each product."""
import torch

HEIGHTS = 10  # of a product


def parts(length):
    return [(low, min(low + HEIGHTS, length)) for low in range(0, length, HEIGHTS)]


class UnfoldedProducts(torch.autograd.Function):
    """vectors [places + L, d]; weights [L, L, filters, d] of height (less one) and place, 0 beyond the height. Returns
    [places, L * filters]."""

    @staticmethod
    def forward(ctx, vectors, weights):
        length, d = len(weights), vectors.shape[1]
        unfolded = vectors.unfold(0, length, 1)[:-1].transpose(1, 2).reshape(len(vectors) - length, -1)
        filters = [weights[low:high, :high].transpose(1, 2).reshape(-1, high * d) for low, high in parts(length)]
        ctx.save_for_backward(unfolded, *filters)
        ctx.shape = length, weights.shape[2], d
        return torch.cat([unfolded[:, :of.shape[1]] @ of.T for of in filters], 1)

    @staticmethod
    def backward(ctx, grad):
        unfolded, *filters = ctx.saved_tensors
        length, per_height, d = ctx.shape
        grad_unfolded = torch.zeros_like(unfolded)
        grad_weights = grad.new_zeros(length, length, per_height, d)
        for (low, high), of in zip(parts(length), filters):
            part = grad[:, low * per_height:high * per_height]
            grad_unfolded[:, :high * d].addmm_(part, of)
            grad_weights[low:high, :high] = (part.T @ unfolded[:, :high * d]).view(-1, per_height, high, d).transpose(1, 2)
        grad_vectors = grad.new_zeros(len(unfolded) + length, d)
        for place in range(length):
            grad_vectors[place:place + len(unfolded)] += grad_unfolded[:, place * d:(place + 1) * d]
        return grad_vectors, grad_weights


unfolded_products = torch.compiler.disable(UnfoldedProducts.apply)

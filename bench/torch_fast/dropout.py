"""Dropout from 16 random bits an element: PyTorch's own draws a number of 64 bits for each, one after the other."""
import torch


def dropout(x, probability, training):
    if not training or probability == 0:
        return x
    bits = torch.empty(-(-x.numel() // 4), dtype=torch.int64).random_(-2**63, None).view(torch.int16)[:x.numel()]
    kept = (bits >= round(probability * 2**16) - 2**15).view(x.shape)
    return x * kept.to(x.dtype).mul_(1 / (1 - probability))

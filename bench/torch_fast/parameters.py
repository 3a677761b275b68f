"""How parameters begin, under RecBole's names."""
import torch


def normal(generator, shape, deviation):
    return torch.randn(shape, generator=generator) * deviation


def uniform(generator, shape, bound):
    return (torch.rand(shape, generator=generator) * 2 - 1) * bound


def linear(generator, name, inputs, outputs):
    """As torch.nn.Linear begins."""
    return {f"{name}.weight": uniform(generator, (outputs, inputs), inputs ** -0.5),
            f"{name}.bias": uniform(generator, (outputs,), inputs ** -0.5)}


def xavier_normal(generator, shape):
    return normal(generator, shape, (2 / sum(shape)) ** 0.5)

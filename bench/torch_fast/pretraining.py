"""What S3-Rec pre-trains on: instances, masked twice. All lists are of the items of all instances, one after the other."""
from dataclasses import dataclass

import numpy as np

from histories import ranges


@dataclass
class Instances:
    lengths: np.ndarray           # [instances]
    masked_items: np.ndarray
    items: np.ndarray
    negative_items: np.ndarray
    masked_segment: np.ndarray
    positive_segment: np.ndarray
    negative_segment: np.ndarray


def negatives(random, instances, items, masked, mask):
    """An item that the instance lacks, where it is masked."""
    drawn, owned = items.copy(), np.unique(instances * (mask + 1) + items)
    left = np.flatnonzero(masked)
    while len(left):
        drawn[left] = random.integers(1, mask, len(left))
        left = left[np.isin(instances[left] * (mask + 1) + drawn[left], owned)]
    return drawn


def draw(random, batch, max_length, mask, ratio):
    lengths = np.minimum(batch.ends, max_length)
    items = batch.items[ranges(batch.offsets[batch.sequences] + batch.ends - lengths, lengths)]
    places, instances = ranges(np.zeros_like(lengths), lengths), np.repeat(np.arange(len(lengths)), lengths)
    masked = random.random(len(items)) < ratio
    size = random.integers(1, np.maximum(lengths // 2, 1) + 1)
    begin, other = random.integers(0, lengths - size + 1), random.integers(0, len(items) - size + 1)
    within = places - begin[instances]
    segment, alone = (within >= 0) & (within < size[instances]), lengths[instances] < 2  # these are left as they are
    other_items = items[np.where(segment, other[instances] + within, 0)]
    return Instances(lengths, np.where(masked, mask, items), items, negatives(random, instances, items, masked, mask),
                     np.where(segment & ~alone, mask, items), np.where(segment | alone, items, mask),
                     np.where(alone, items, np.where(segment, other_items, mask)))

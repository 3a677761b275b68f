"""The C library: calls in any order, threads, allocations that fail (interface.cpp).

A try is HOW/MODEL/SEED."""

import random
import re

import process
import shop as shops
from process import Failure

HOW = ["sequences", "threads", "allocations"]


class Interface:
    name = "interface"

    def __init__(self, shop, commands):
        self.shop = shop

    def tries(self, seed, folder):
        draw = random.Random(seed)
        while True:
            yield f"{draw.choice(HOW)}/{draw.choice(list(shops.MODELS))}/{draw.randrange(1 << 32)}"

    def run(self, what, folder):
        how, model, seed = what.split("/")
        file = self.shop.model_file(model)
        outcome = process.run([self.shop.interface, how, file, file.parent / "histories.safetensors", seed])
        process.check_manners(outcome)
        if outcome.code != 0:
            raise Failure(str(outcome))
        return {f"{how}, right": int(re.search(r"^tries (\d+)$", outcome.out, re.MULTILINE).group(1))}

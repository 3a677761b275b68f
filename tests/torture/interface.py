"""The C library: calls in any order, threads, allocations that fail (interface.cpp).

A try is HOW/MODEL/SEED."""

import pathlib
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
        self.check_all_called()

    @staticmethod
    def check_all_called():
        """A function that is added to seqrec.h is added to the sequences too."""
        here = pathlib.Path(__file__).resolve().parent
        declared = re.findall(r"^SEQREC_API [^;(]*?\b(seqrec_\w+)\(", (here.parent.parent / "infer/seqrec.h").read_text(),
                              re.MULTILINE)
        sequences = (here / "call_sequence.cpp").read_text()
        missing = [name for name in declared if not re.search(rf"\b{name}\b", sequences)]
        if missing or not declared:
            raise Failure(f"call_sequence.cpp doesn't call {', '.join(missing) or 'anything'} of seqrec.h")

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

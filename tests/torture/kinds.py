"""The kinds of tries, and how much of the time each gets."""

from allocations import Allocations
from faults import Faults
from interface import Interface
from kills import Kills
from mutations import Mutations
from power import Power

WEIGHTS = {"faults": 3, "kills": 3, "power": 3, "allocations": 2, "mutations": 3, "interface": 1}
# How many tries of each precede a release (of the kills half come too late); of those without a number all that there are.
RELEASE = {"kills": 20_000, "allocations": 20_000, "mutations": 200_000, "interface": 1_000_000}


def make(shop, commands):
    return {kind.name: kind(shop, commands) for kind in (Faults, Kills, Power, Allocations, Mutations, Interface)}

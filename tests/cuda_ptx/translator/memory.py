"""Loads, stores, atomics and moves."""

import re

from instruction import opcode
from parser import size_of
from types_of import CPP

# How long it stays in caches and who sees it when: one thread runs at a time, in one memory.
CACHING = {"nc", "ca", "cg", "cs", "lu", "cv", "wb", "wt", "volatile", "relaxed", "acquire", "release", "weak", "acq_rel",
           "cta", "gpu", "sys", "cluster"}  # yapf: disable
SPACES = ("param", "global", "shared")


def ignores_caching(instruction, *known):
    caching = {q for q in instruction.qualifiers if q in CACHING or q.startswith(("L1::", "L2::"))}
    instruction.only(*known, *caching, *SPACES)


def address(instruction, scope, operand, elements):
    """A checked pointer to `elements` neighbours: an expression."""
    found = re.fullmatch(r"\[\s*([%\w$]+)\s*(?:\+\s*(-?\w+))?\s*\]", operand)
    if not found:
        raise instruction.unsupported()
    base, offset = found[1], int(found[2] or "0", 0)
    cpp = CPP[instruction.type]
    space = instruction.one_of(*SPACES, default="generic")
    if space == "param":
        pointer = base if base in scope.parameters else f"pointer({scope.read(base, 'u64', instruction.line)})"
        return f"reinterpret_cast<{cpp}*>({pointer} + {offset})"
    # Addresses of shared memory may be 32 bits wide.
    type = scope.type_of(base) or "u64"
    at = scope.read(base, "u32" if size_of(type) == 4 else "u64", instruction.line)
    return f"{space}<{cpp}, {elements}>(block, std::uint64_t({at}) + {offset % 2**64:#x}ull, {scope.site(instruction.statement)})"


def registers(operand):
    return [one.strip() for one in operand.strip("{}").split(",")]


@opcode("ld")
def load(instruction, scope):
    ignores_caching(instruction, "v2", "v4")
    taken = registers(instruction.operands[0])
    at = address(instruction, scope, instruction.operands[1], len(taken))
    writes = " ".join(scope.write(one, instruction.type, f"at[{i}]") for i, one in enumerate(taken))
    return f"{{ const auto* const at = {at}; {writes} }}"


@opcode("st")
def store(instruction, scope):
    ignores_caching(instruction, "v2", "v4")
    given = registers(instruction.operands[1])
    at = address(instruction, scope, instruction.operands[0], len(given))
    reads = " ".join(f"at[{i}] = {scope.read(one, instruction.type, instruction.line)};" for i, one in enumerate(given))
    return f"{{ auto* const at = {at}; {reads} }}"


CHANGES = {"add": "old + value", "min": "min(old, value)", "max": "max(old, value)", "exch": "value",
           "and": "old & value", "or": "old | value", "xor": "old ^ value"}  # yapf: disable


@opcode("atom", "red")
def atomic(instruction, scope):
    ignores_caching(instruction, "cas", *CHANGES)
    change = instruction.one_of("cas", *CHANGES)
    if instruction.opcode == "red":
        instruction.operands.insert(0, "_")
    at = address(instruction, scope, instruction.operands[1], 1)
    values = [scope.read(x, instruction.type, instruction.line) for x in instruction.operands[2:]]
    cpp = CPP[instruction.type]
    if change == "cas":
        changed = f"old == {values[0]} ? {values[1]} : old"
    else:
        changed = CHANGES[change].replace("value", f"({values[0]})")
    return (f"{{ auto* const at = {at}; const {cpp} old = *at; *at = {cpp}({changed}); "
            f"{scope.write(instruction.operands[0], instruction.type, 'old')} }}")


@opcode("mov")
def move(instruction, scope):
    instruction.only()
    to, source = instruction.operands
    if to.startswith("{"):
        parts = registers(to)
        part = f"b{8 * size_of(instruction.type) // len(parts)}"
        writes = " ".join(scope.write(one, part, f"{CPP[part]}(whole >> {i * int(part[1:])})")
                          for i, one in enumerate(parts))
        return f"{{ const auto whole = {scope.read(source, instruction.type, instruction.line)}; {writes} }}"
    if source.startswith("{"):
        parts = registers(source)
        part = f"b{8 * size_of(instruction.type) // len(parts)}"
        cpp = CPP[instruction.type]
        value = " | ".join(f"{cpp}({cpp}({scope.read(one, part, instruction.line)}) << {i * int(part[1:])})"
                           for i, one in enumerate(parts))
        return scope.write(to, instruction.type, value)
    if re.fullmatch(r"[%\w$]+\+\d+", source):  # an address within a variable
        name, offset = source.split("+")
        return scope.write(to, instruction.type, f"{scope.read(name, instruction.type, instruction.line)} + {offset}")
    return scope.write(to, instruction.type, scope.read(source, instruction.type, instruction.line))


@opcode("cvta")
def convert_address(instruction, scope):
    """Generic addresses are the host's: equal to those of global memory and of parameters."""
    instruction.only("to", *SPACES)
    value = scope.read(instruction.operands[1], "u64", instruction.line)
    if "shared" in instruction.qualifiers:
        value = f"{value} {'-' if 'to' in instruction.qualifiers else '+'} block.shared_address()"
    return scope.write(instruction.operands[0], "u64", value)

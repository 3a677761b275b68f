"""Branches, calls, barriers and what the lanes of a warp do together."""

import re

from instruction import opcode


@opcode("bra")
def branch(instruction, scope):
    label = instruction.operands[0]
    back = f"goes_back({scope.site(instruction.statement)}); " if label in scope.labels else ""
    return f"{back}goto {label};"


@opcode("brx")
def branch_by_table(instruction, scope):
    instruction.only("idx", "uni")
    index, table = instruction.operands
    cases = " ".join(f"case {i}: goto {label};" for i, label in enumerate(scope.function.targets[table]))
    return f"switch ({scope.read(index, 'u32', instruction.line)}) {{ {cases} }}"


@opcode("ret", "exit")
def leave(instruction, scope):
    return "return;"


@opcode("trap")
def trap(instruction, scope):
    return f"trap({scope.site(instruction.statement)});"


@opcode("call")
def call(instruction, scope):
    instruction.only("uni")
    lists = [re.findall(r"[\w$]+", x) for x in instruction.operands if x.startswith("(")]
    name = next(x for x in instruction.operands if not x.startswith("("))
    if name.startswith("%") or len(lists) > 2:
        raise instruction.unsupported()
    return f"function_{name}(block, {{{', '.join(argument for one in lists for argument in one)}}});"


@opcode("bar", "barrier")
def barrier(instruction, scope):
    if instruction.qualifiers == ["warp", "sync"]:
        mask = scope.read(instruction.operands[0], "b32", instruction.line)
        return f"warp_barrier({mask});"
    site = scope.site(instruction.statement)
    if instruction.qualifiers == ["sync"] and instruction.operands == ["0"]:
        return f"block_barrier({site});"
    vote = instruction.one_of("popc", "and", "or")
    if instruction.qualifiers[:1] != ["red"] or not vote or instruction.operands[1] != "0":
        raise instruction.unsupported()
    predicate = scope.read(instruction.operands[2], "pred", instruction.line)
    type = "u32" if vote == "popc" else "pred"
    return scope.write(instruction.operands[0], type, f"block_{vote}({site}, {predicate})")


@opcode("membar", "fence", "nanosleep", "prefetch")
def fence(instruction, scope):
    """One thread runs at a time, and each sees what the others wrote."""
    return ";"


@opcode("activemask")
def active_mask(instruction, scope):
    return scope.write(instruction.operands[0], "b32", "active_mask()")


@opcode("shfl")
def shuffle(instruction, scope):
    instruction.only("sync", "up", "down", "bfly", "idx")
    if "sync" not in instruction.qualifiers:
        raise instruction.unsupported()
    to, *valid = instruction.operands[0].split("|")
    value, at, bounds, mask = (scope.read(x, "b32", instruction.line) for x in instruction.operands[1:])
    writes = scope.write(to.strip(), "b32", "got.value")
    if valid:
        writes += " " + scope.write(valid[0].strip(), "pred", "got.valid")
    mode = instruction.one_of("up", "down", "bfly", "idx")
    return f"{{ const Shuffled got = shuffle_{mode}({value}, {at}, {bounds}, {mask}); {writes} }}"


@opcode("vote")
def vote(instruction, scope):
    mode = instruction.one_of("ballot", "any", "all")
    if "sync" not in instruction.qualifiers or not mode:
        raise instruction.unsupported()
    predicate = scope.read(instruction.operands[1], "pred", instruction.line)
    mask = scope.read(instruction.operands[2], "b32", instruction.line)
    return scope.write(instruction.operands[0], "b32" if mode == "ballot" else "pred", f"vote_{mode}({predicate}, {mask})")

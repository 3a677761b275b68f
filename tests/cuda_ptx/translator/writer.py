"""A module as C++: a function per kernel, and a line that registers it."""

import arithmetic  # noqa: F401  (these three fill the table of opcodes)
import control  # noqa: F401
import memory  # noqa: F401
import re

from instruction import OPCODES, Instruction
from parser import Unsupported, variable
from scope import Scope
from types_of import CPP


def round_up(bytes, unit):
    return (bytes + unit - 1) // unit * unit


def module(module):
    parts = ['#include "tests/cuda_ptx/device.h"', "", "namespace cuda_ptx {", ""]
    functions = [one for one in module.functions if not one.is_kernel]
    parts += [f"static void function_{one.name}(const Block& block, std::initializer_list<char*> memory);"
              for one in functions]
    parts += [text for one in module.functions for text in function(one, module.shared)]
    return "\n".join([*parts, "", "}  // namespace cuda_ptx", ""])


def shared_memory(function, of_module):
    """Offsets by name, and the bytes that no launch asks for; the dynamic memory comes behind them."""
    words = {word for one in function.statements for word in re.findall(r"[\w$]+", one.text)}
    own = [variable(one.text, one.line) for one in function.statements
           if one.kind == "variable" and re.match(r"(\.extern\s+)?\.shared", one.text)]
    offsets, end = {}, 0
    for one in own + [one for one in of_module if one.name in words]:
        if one.count == 0:
            offsets[one.name] = None
            continue
        begin = round_up(end, one.align)
        offsets[one.name], end = begin, begin + one.bytes
    end = round_up(end, 16)
    return {name: end if begin is None else begin for name, begin in offsets.items()}, end


def function(function, of_module):
    """The lines of its C++."""
    shared, shared_bytes = shared_memory(function, of_module)
    scope = Scope(function, shared)
    memory, layout = parameters(function, scope)
    body = [line for one in function.statements for line in statement(one, scope)]
    registers = [f"  {CPP[one.type]} {', '.join(f'{prefix}{i}{{}}' for i in range(1, one.count))};"
                 for prefix, one in scope.patterns.items() if one.count > 1]
    lines = [f"static void function_{function.name}(const Block& block, std::initializer_list<char*> memory) {{"]
    if scope.sites:
        lines += ["  static constexpr Site sites[] = {", *(f"    {site}," for site in scope.sites), "  };"]
    lines += memory + registers + body + ["}"]
    if function.is_kernel:
        lines += [f"static void run_{function.name}(const Block& block) {{ function_{function.name}(block, {{}}); }}",
                  f'static Kernel kernel_{function.name}{{"{function.name}", run_{function.name}, {shared_bytes}, '
                  f"{function.max_threads}, {{{', '.join(layout)}}}}};"]
    return lines


def parameters(function, scope):
    """Declares them: in a kernel they lie in one block, elsewhere each where the caller keeps it."""
    code, layout, offset = [], [], 0
    for number, one in enumerate(function.results + function.parameters):
        scope.declare(one)
        if function.is_kernel:
            offset = round_up(offset, max(one.align, 1))
            code.append(f"  char* const {one.name} = block.parameters + {offset};")
            layout.append(f"{{{offset}, {one.bytes}}}")
            offset += one.bytes
        else:
            code.append(f"  char* const {one.name} = memory.begin()[{number}];")
    return code, layout


def statement(one, scope):
    if one.kind in ("open", "close"):
        return [one.text]
    if one.kind == "label":
        scope.labels.add(one.text)
        return [f"{one.text}:;"]
    if one.kind == "variable":
        return declaration(variable(one.text, one.line), one, scope)
    instruction = Instruction(one)
    if instruction.opcode not in OPCODES:
        raise Unsupported(one.line, f"not supported: {one.text} (in {scope.function.name}, at {one.place or 'no line'})")
    code = OPCODES[instruction.opcode](instruction, scope)
    return [f"  if ({instruction.guard}) {{ {code} }}" if instruction.guard else f"  {code}"]


def declaration(variable, one, scope):
    if variable.space == "shared":
        return []
    if variable.space == "param":
        scope.declare(variable)
        return [f"  alignas(16) char {variable.name}[{variable.bytes}];"]
    if variable.space != "reg":
        raise Unsupported(one.line, f"memory of a thread's own (.{variable.space}) is not supported: index arrays by "
                          f"constants (in {scope.function.name})")
    scope.declare(variable)
    return [] if variable.pattern else [f"  {CPP[variable.type]} {variable.name[1:]};"]

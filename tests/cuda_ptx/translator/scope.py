"""A function while it is translated: its names, and operands as C++ expressions."""

import re

from parser import Unsupported
from types_of import CPP, is_float

SPECIAL = {f"%{ptx}.{axis}": f"{cpp}.{axis}"
           for ptx, cpp in (("tid", "threadIdx"), ("ctaid", "blockIdx"), ("ntid", "blockDim"), ("nctaid", "gridDim"))
           for axis in "xyz"}
SPECIAL |= {"%laneid": "lane_number()", "%warpid": "warp_number()", "WARP_SZ": "32"}


class Scope:
    """Registers are C++ variables of their names without the %; parameters are pointers to their bytes."""

    def __init__(self, function, shared):
        self.function = function
        self.shared = shared  # name -> offset in the block's shared memory
        self.patterns = {}  # %r<..>: the variable by prefix
        self.registers = {}  # by name
        self.parameters = {}  # name -> variable
        self.labels = set()  # that were passed
        self.sites = []  # of the accesses and barriers, in the order of the code

    def declare(self, variable):
        if variable.space == "param":
            self.parameters[variable.name] = variable
        elif variable.pattern:
            self.patterns[variable.name[1:]] = variable
        else:
            self.registers[variable.name[1:]] = variable

    def type_of(self, register):
        """Of "%r1"; None for what isn't a register."""
        if not register.startswith("%") or register in SPECIAL:
            return None
        name = register[1:]
        declared = self.registers.get(name) or self.patterns.get(re.match(r"[A-Za-z]*", name)[0])
        return declared and declared.type

    def read(self, operand, type, line):
        """The operand as a `type`: a register's low bits, a constant, a special register or an address."""
        cpp = CPP[type]
        if operand.startswith("!"):
            return f"!{self.read(operand[1:], type, line)}"
        if operand in SPECIAL:
            return f"{cpp}({SPECIAL[operand]})"
        if declared := self.type_of(operand):
            return operand[1:] if CPP[declared] == cpp else f"bits<{cpp}>({operand[1:]})"
        if operand in self.shared:
            return f"{cpp}({self.shared[operand]})"
        if operand in self.parameters:
            return f"{cpp}(reinterpret_cast<std::uintptr_t>({operand}))"
        if re.fullmatch(r"0[fF][0-9a-fA-F]{8}", operand):
            return f"bits<{cpp}>(0x{operand[2:]}u)"
        if re.fullmatch(r"0[dD][0-9a-fA-F]{16}", operand):
            return f"bits<{cpp}>(0x{operand[2:]}ull)"
        if re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)U?", operand) and not is_float(type):
            return f"{cpp}({int(operand.rstrip('U'), 0) % 2**64:#x}ull)"
        raise Unsupported(line, f"operand not supported: {operand}")

    def write(self, operand, type, expression):
        """The statement that puts a `type` into a register; what is narrower is extended by its sign."""
        if operand == "_":
            return f"static_cast<void>({expression});"
        declared = self.type_of(operand)
        name = operand[1:]
        return f"{name} = {expression};" if CPP[declared] == CPP[type] else f"put<{CPP[type]}>({name}, {expression});"

    def site(self, statement):
        """Names a place in the code, for messages and for counts."""
        file, _, line = statement.place.rpartition(":")
        name = next(word for word in statement.text.split() if not word.startswith("@"))
        self.sites.append(f'{{"{file}", {line or 0}, "{name}"}}')
        return f"sites[{len(self.sites) - 1}]"

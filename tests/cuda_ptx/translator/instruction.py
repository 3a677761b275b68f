"""An instruction taken apart, and the table of those that can be translated."""

import re

from parser import Unsupported

# opcode -> function(instruction, scope) that returns a C++ statement
OPCODES = {}

TYPES = {"pred", "b8", "u8", "s8", "b16", "u16", "s16", "b32", "u32", "s32", "b64", "u64", "s64", "f32", "f64"}


def opcode(*names):
    def register(function):
        for name in names:
            OPCODES[name] = function
        return function

    return register


class Instruction:
    """`@!%p1 ld.global.v2.f32 {%f1, %f2}, [%rd1+8]`: guard "!p1", opcode "ld", qualifiers ["global", "v2"], type "f32",
    operands ["{%f1, %f2}", "[%rd1+8]"]."""

    def __init__(self, statement):
        self.statement = statement
        found = re.fullmatch(r"(?:@(?P<guard>!?%\w+)\s+)?(?P<name>[a-z]\w*(?:\.[\w:]+)*)\s*(?P<operands>.*)",
                             statement.text)
        if not found:
            raise self.unsupported()
        self.guard = found["guard"] and found["guard"].replace("%", "")
        self.opcode, *self.qualifiers = found["name"].split(".")
        self.types = [q for q in self.qualifiers if q in TYPES]
        self.qualifiers = [q for q in self.qualifiers if q not in TYPES]
        self.type = self.types[-1] if self.types else None
        self.operands = [part.strip() for part in re.findall(r"(?:\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|[^,{\[(])+",
                                                             found["operands"])]

    @property
    def line(self):
        return self.statement.line

    def unsupported(self):
        return Unsupported(self.statement.line, f"not supported: {self.statement.text}")

    def only(self, *known):
        """Stops at a qualifier that isn't among these."""
        if not set(self.qualifiers) <= set(known):
            raise self.unsupported()

    def one_of(self, *known, default=None):
        """The qualifier that is among these."""
        return next((q for q in self.qualifiers if q in known), default)

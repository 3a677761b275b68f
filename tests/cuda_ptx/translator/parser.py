"""A PTX file taken apart: variables, functions, and their statements with the lines they stand in."""

import dataclasses
import re


class Unsupported(Exception):
    """What the translator doesn't know, with its line in the PTX."""

    def __init__(self, line, what):
        super().__init__(f"{line}: {what}")


@dataclasses.dataclass
class Variable:
    space: str  # param, reg, shared, ...
    type: str
    name: str
    align: int = 0
    count: int = None  # elements of an array; 0: the launch decides (extern)
    pattern: bool = False  # .reg .b32 %r<5>: %r1 to %r4

    @property
    def bytes(self):
        return size_of(self.type) * (1 if self.count is None else self.count)


@dataclasses.dataclass
class Statement:
    kind: str  # open, close, label, variable, instruction
    text: str
    line: int
    place: str = ""  # in the source: "window.cu:12"


@dataclasses.dataclass
class Function:
    name: str
    line: int
    is_kernel: bool
    results: list
    parameters: list
    statements: list = dataclasses.field(default_factory=list)
    targets: dict = dataclasses.field(default_factory=dict)  # labels by table (brx.idx)
    max_threads: int = 1024


@dataclasses.dataclass
class Module:
    shared: list = dataclasses.field(default_factory=list)
    functions: list = dataclasses.field(default_factory=list)


def size_of(type):
    return 1 if type == "pred" else int(type[1:]) // 8


VARIABLE = re.compile(
    r"(?:\.extern\s+)?\.(?P<space>param|reg|shared|local|global|const)\s+(?:\.align\s+(?P<align>\d+)\s+)?"
    r"\.(?P<type>\w+)\s+(?:\.ptr(?:\s+\.(?!align)\w+)?(?:\s+\.align\s+\d+)?\s+)?(?P<name>[%\w$]+)"
    r"(?:<(?P<registers>\d+)>)?(?P<array>\[(?P<count>\d*)\])?")
FUNCTION = re.compile(
    r"(?:\.(?:visible|weak|extern)\s+)*\.(?P<kind>entry|func)\s*(?:\((?P<results>[^)]*)\)\s*)?(?P<name>[\w$]+)\s*"
    r"(?:\((?P<parameters>[^)]*)\))?(?P<attributes>[^{;]*)(?P<end>[{;])")
LABEL = re.compile(r"[$\w]+:(?!:)")
TARGETS = re.compile(r"([$\w]+):\s*\.branchtargets\s+([^;]*);")
FILE = re.compile(r'\.file\s+(\d+)\s+"([^"]*)"')
PLACE = re.compile(r"\.loc\s+(\d+)\s+(\d+)[^\n]*")


def variable(text, line):
    found = VARIABLE.match(text.strip())
    if not found or found.end() != len(text.strip()):
        raise Unsupported(line, f"not a variable: {text.strip()}")
    count = int(found["count"] or 0) if found["array"] else None
    pattern = found["registers"] is not None
    return Variable(found["space"], found["type"], found["name"], int(found["align"] or size_of(found["type"])),
                    int(found["registers"]) if pattern else count, pattern)


def variables(text, line):
    return [variable(one, line) for one in (text or "").split(",") if one.strip()]


def closing(text, begin):
    """Where the brace before `begin` is closed."""
    depth = 1
    for brace in re.compile(r"[{}]").finditer(text, begin):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    raise Unsupported(text.count("\n", 0, begin) + 1, "a brace that is never closed")


class Reader:
    """Walks over the text and knows the line."""

    def __init__(self, text):
        self.text = re.sub(r"//[^\n]*", "", text)
        self.at = 0
        self.line_at, self.line_before = 0, 1
        self.files = dict(FILE.findall(self.text))

    @property
    def line(self):
        self.line_before += self.text.count("\n", self.line_at, self.at)
        self.line_at = self.at
        return self.line_before

    def skip_space(self):
        self.at = re.compile(r"\s*").match(self.text, self.at).end()
        return self.at < len(self.text)

    def take(self, pattern):
        found = re.compile(pattern).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def module(self):
        module = Module()
        while self.skip_space():
            line = self.line
            if self.take(r"\.(version|target|address_size|file)[^\n]*|\.pragma[^;]*;"):
                continue
            if section := self.take(r"\.section[^{]*\{"):
                self.at = closing(self.text, section.end()) + 1
            elif head := self.take(FUNCTION):
                if head["end"] == "{":  # else a declaration
                    module.functions.append(self.function(head, line))
            elif (found := self.take(r"[^;{]*;")) and (one := variable(found[0][:-1], line)).space == "shared":
                module.shared.append(one)
            else:
                raise Unsupported(line, f"not supported outside of a kernel: {(found or [''])[0].strip()[:100]}")
        return module

    def function(self, head, line):
        function = Function(head["name"], line, head["kind"] == "entry", variables(head["results"], line),
                            variables(head["parameters"], line))
        if bound := re.search(r"\.maxntid\s+(\d+)(?:\s*,\s*(\d+))?(?:\s*,\s*(\d+))?", head["attributes"]):
            function.max_threads = 1
            for extent in bound.groups():
                function.max_threads *= int(extent or 1)
        end = closing(self.text, self.at)
        place = ""
        while self.skip_space() and self.at < end:
            line = self.line
            if found := self.take(PLACE):
                file = self.files.get(found[1], "")
                place = f"{file.rsplit('/', 1)[-1]}:{found[2]}" if found[2] != "0" else place
            elif found := self.take(r"[{}]"):
                function.statements.append(Statement("open" if found[0] == "{" else "close", found[0], line))
            elif found := self.take(TARGETS):
                function.targets[found[1]] = [label.strip() for label in found[2].split(",")]
            elif found := self.take(LABEL):
                function.statements.append(Statement("label", found[0][:-1], line))
            elif found := self.take(r"[^;]*;"):
                text = " ".join(found[0][:-1].split())
                kind = "variable" if VARIABLE.match(text) else "instruction"
                if not text.startswith(".pragma"):
                    function.statements.append(Statement(kind, text, line, place))
        self.at = end + 1
        return function


def parse(text):
    return Reader(text).module()

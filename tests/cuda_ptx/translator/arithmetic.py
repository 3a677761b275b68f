"""Arithmetic, comparisons, selections: what reads registers and writes one."""

from instruction import opcode
from types_of import CPP, is_float, is_int, unsigned, wider

OPERATORS = {"add": "+", "sub": "-", "mul": "*", "and": "&", "or": "|", "xor": "^"}

INTS = "s16 u16 s32 u32 s64 u64"
BITS = "b32 b64"
# Functions of arithmetic.h by name (opcode and what changes its result), with the types that they take.
FUNCTIONS = {
    "add_rz": "f32", "add_rm": "f32", "add_rp": "f32", "fma_rn": "f32 f64", "fma_rz": "f32", "fma_rm": "f32",
    "fma_rp": "f32", "mul_hi": "s32 u32 s64 u64", "div": INTS, "rem": INTS, "div_rn": "f32 f64", "div_full": "f32",
    "div_approx": "f32", "min": INTS + " f32 f64", "max": INTS + " f32 f64",
    "abs": "s16 s32 s64 f32 f64", "neg": "s16 s32 s64 f32 f64", "shl": "b16 b32 b64", "shr": "b16 b32 b64 " + INTS,
    "ex2_approx": "f32", "lg2_approx": "f32", "rcp_rn": "f32 f64", "rcp_approx": "f32 f64", "sqrt_rn": "f32 f64",
    "sqrt_approx": "f32", "rsqrt_approx": "f32 f64", "sin_approx": "f32", "cos_approx": "f32", "tanh_approx": "f32",
    "copysign": "f32 f64", "popc": BITS, "clz": BITS, "brev": BITS, "bfe": "u32 s32 u64 s64", "bfi": BITS,
    "prmt": "b32", "shf_l_wrap": "b32", "shf_r_wrap": "b32", "shf_l_clamp": "b32", "shf_r_clamp": "b32",
    "lop3": "b32",
}  # yapf: disable
COUNT_IN_U32 = {"popc", "clz"}


def operands(instruction, scope, type):
    return [scope.read(operand, type, instruction.line) for operand in instruction.operands[1:]]


@opcode("add", "sub", "mul", "and", "or", "xor")
def operator(instruction, scope):
    type = instruction.type
    if "wide" in instruction.qualifiers:
        return multiply_wide(instruction, scope)
    if "hi" in instruction.qualifiers or set(instruction.qualifiers) & {"rz", "rm", "rp"}:
        return function(instruction, scope)
    instruction.only("lo", "rn", "sat", "ftz")
    if not is_float(type) and type != "pred":
        type = unsigned(type)
    left, right = operands(instruction, scope, type)
    value = f"{left} {OPERATORS[instruction.opcode]} {right}"
    if not is_float(type):
        return scope.write(instruction.operands[0], type, f"{CPP[type]}({value})")
    return scope.write(instruction.operands[0], type, modified(instruction, value))


def modified(instruction, value):
    if "ftz" in instruction.qualifiers:
        value = f"flushed({value})"
    return f"saturated({value})" if "sat" in instruction.qualifiers else value


def multiply_wide(instruction, scope):
    instruction.only("wide")
    type = wider(instruction.type)
    a, b, *c = instruction.operands[1:]
    product = " * ".join(f"{CPP[type]}({scope.read(x, instruction.type, instruction.line)})" for x in (a, b))
    value = " + ".join([product] + [scope.read(x, type, instruction.line) for x in c])
    return scope.write(instruction.operands[0], type, value)


@opcode("mad")
def multiply_add(instruction, scope):
    if "wide" in instruction.qualifiers:
        return multiply_wide(instruction, scope)
    instruction.only("lo")
    type = unsigned(instruction.type)
    a, b, c = operands(instruction, scope, type)
    return scope.write(instruction.operands[0], type, f"{CPP[type]}({a} * {b} + {c})")


@opcode("not")
def complement(instruction, scope):
    type = instruction.type
    (value,) = operands(instruction, scope, type)
    return scope.write(instruction.operands[0], type, f"!{value}" if type == "pred" else f"{CPP[type]}(~{value})")


@opcode(*{name.split("_")[0] for name in FUNCTIONS} - set(OPERATORS))
def function(instruction, scope):
    type = instruction.type
    name = "_".join([instruction.opcode] + [q for q in instruction.qualifiers if q not in ("ftz", "sat")])
    if type not in FUNCTIONS.get(name, "").split():
        raise instruction.unsupported()
    values = operands(instruction, scope, type)
    if name.startswith(("sh", "bf")):  # shifts, and places of bits: numbers
        first = {"shl": 1, "shr": 1, "bfe": 1}.get(name, 2)
        values[first:] = [scope.read(x, "u32", instruction.line) for x in instruction.operands[1 + first:]]
    value = modified(instruction, f"{name}({', '.join(values)})")
    return scope.write(instruction.operands[0], "u32" if name in COUNT_IN_U32 else type, value)


COMPARISONS = {
    "eq": "a == b", "ne": "a != b", "lt": "a < b", "le": "a <= b", "gt": "a > b", "ge": "a >= b", "lo": "a < b",
    "ls": "a <= b", "hi": "a > b", "hs": "a >= b",
}  # yapf: disable
# Of floats; those that end in u are true for NaN.
FLOAT_COMPARISONS = {
    "eq": "a == b", "ne": "a < b || a > b", "lt": "a < b", "le": "a <= b", "gt": "a > b", "ge": "a >= b",
    "equ": "!(a < b || a > b)", "neu": "a != b", "ltu": "!(a >= b)", "leu": "!(a > b)", "gtu": "!(a <= b)",
    "geu": "!(a < b)", "num": "a == a && b == b", "nan": "a != a || b != b",
}  # yapf: disable


@opcode("setp")
def compare(instruction, scope):
    table = FLOAT_COMPARISONS if is_float(instruction.type) else COMPARISONS
    comparison, *combined = instruction.qualifiers
    if comparison not in table or not set(combined) <= {"and", "or", "xor"}:
        raise instruction.unsupported()
    both, *outputs = instruction.operands[0].split("|")
    a, b = (scope.read(x, instruction.type, instruction.line) for x in instruction.operands[1:3])
    value = table[comparison].replace("a", "\0").replace("b", f"({b})").replace("\0", f"({a})")

    def combine(value):
        if not combined:
            return value
        other = scope.read(instruction.operands[3], "pred", instruction.line)
        return f"bool(bool({value}) {OPERATORS[combined[0]]} {other})"

    code = scope.write(both.strip(), "pred", combine(value))
    if not outputs:
        return code
    # The second predicate is the opposite comparison, and may be what the first one reads.
    return (f"{{ const bool holds = {value}; const bool opposite = {combine('!holds')}; "
            f"{scope.write(both.strip(), 'pred', combine('holds'))} "
            f"{scope.write(outputs[0].strip(), 'pred', 'opposite')} }}")


@opcode("selp")
def select(instruction, scope):
    a, b = (scope.read(x, instruction.type, instruction.line) for x in instruction.operands[1:3])
    chosen = scope.read(instruction.operands[3], "pred", instruction.line)
    return scope.write(instruction.operands[0], instruction.type, f"{chosen} ? {a} : {b}")


# The standard library's roundings to whole numbers.
ROUNDINGS = {"rni": "std::nearbyint", "rzi": "std::trunc", "rmi": "std::floor", "rpi": "std::ceil"}


@opcode("cvt")
def convert(instruction, scope):
    to, source = instruction.types
    instruction.only("rn", "sat", "ftz", *ROUNDINGS)
    rounding = instruction.one_of(*ROUNDINGS)
    value = scope.read(instruction.operands[1], source, instruction.line)
    if is_float(source) and rounding:
        value = f"{ROUNDINGS[rounding]}({value})"
    if is_float(source) and not is_float(to):
        value = f"to_int<{CPP[to]}>({value})"
    elif "sat" in instruction.qualifiers and is_int(to):
        value = f"clamped<{CPP[to]}>({value})"
    else:
        value = modified(instruction, f"{CPP[to]}({value})")
    return scope.write(instruction.operands[0], to, value)

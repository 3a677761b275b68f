"""PTX's types as C++'s, and how instructions treat them."""

CPP = {
    "pred": "bool", "b8": "std::uint8_t", "u8": "std::uint8_t", "s8": "std::int8_t", "b16": "std::uint16_t",
    "u16": "std::uint16_t", "s16": "std::int16_t", "b32": "std::uint32_t", "u32": "std::uint32_t",
    "s32": "std::int32_t", "b64": "std::uint64_t", "u64": "std::uint64_t", "s64": "std::int64_t", "f32": "float",
    "f64": "double",
}  # yapf: disable


def is_float(type):
    return type[0] == "f"


def is_int(type):
    return type[0] in "su"


def unsigned(type):
    """The type whose arithmetic wraps; for what doesn't depend on the sign."""
    return "u" + type[1:] if type[0] in "sub" else type


def wider(type):
    return type[0] + str(2 * int(type[1:]))

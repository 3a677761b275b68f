"""Safetensors files: eight bytes of header length, a JSON header, the data."""

import json
import math
import struct


def read(content):
    """The header's object and the data."""
    (length,) = struct.unpack_from("<Q", content)
    return json.loads(content[8:8 + length]), content[8 + length:]


def pack_text(header, data):
    return struct.pack("<Q", len(header)) + header + data


def pack(header, data):
    """The tensors of `header`, gathered one after the other."""
    out, parts, at = {}, [], 0
    for name, entry in header.items():
        if name == "__metadata__":
            out[name] = entry
            continue
        begin, end = entry["data_offsets"]
        out[name] = {**entry, "data_offsets": [at, at + end - begin]}
        parts.append(data[begin:end])
        at += end - begin
    text = json.dumps(out, separators=(",", ":")).encode()
    return pack_text(text + b" " * (-len(text) % 8), b"".join(parts))


def not_finite(content):
    """The first F32 tensor that holds a number that isn't finite, or None."""
    header, data = read(content)
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            if not all(map(math.isfinite, struct.unpack(f"<{(end - begin) // 4}f", data[begin:end]))):
                return name
    return None


def without_checksums(header):
    """As a file of an earlier version."""
    metadata = {key: value for key, value in header.get("__metadata__", {}).items() if not key.startswith("crc32c.")}
    return {**header, "__metadata__": metadata} if metadata else header

"""Reads a run's rows.safetensors (docs/formats.md)."""
import json
import struct


def read_rows(path):
    """Its tensors of numbers as tuples, by name."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    out = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        code = {"I32": "i", "I64": "q", "F32": "f"}.get(entry["dtype"])
        if code:
            count = (end - begin) // struct.calcsize(code)
            out[name] = struct.unpack(f"<{count}{code}", data[8 + size + begin:8 + size + end])
    return out

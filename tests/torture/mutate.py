"""Ways to spoil bytes, texts and JSON; all drawn from one generator."""

import json
import re

import safetensors

NUMBERS = [0, -1, 1, 2, 127, 255, 256, 65535, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**62, 2**63 - 1, 2**63, 2**64, -2**31,
           -2**63, 0.5, -0.0, 1e-320, 1e308, -1e308]
TEXTS = ["", " ", "a", "i1", "u1", "\0", "i1\0x", "é", "\u0635", "../x", "%s%n", "null", "[", "{", '"', "x" * 5000]
BYTES = [b"\0", b"\xff", b"\n", b"\r\n", b"\t", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3", b"\"", b"{", b"[", b"-", b"9" * 40,
         b"[" * 2000, b"&a [*a, *a]", b"nan", b"1e999"]


def number(draw):
    return draw.choice([draw.choice(NUMBERS), draw.randrange(-10, 1000), draw.random()])


def some_bytes(draw, content):
    """One to four changes of bytes anywhere."""
    data = bytearray(content)
    for _ in range(draw.choice([1, 1, 1, 2, 4])):
        at = draw.randrange(len(data) + 1)
        end = min(len(data), at + draw.choice([1, 1, 4, 8, 64, len(data)]))
        what = draw.randrange(7)
        if what == 0 and data:
            data[min(at, len(data) - 1)] ^= 1 << draw.randrange(8)
        elif what == 1:
            data[at:at] = draw.choice(BYTES)
        elif what == 2:
            del data[at:end]
        elif what == 3:
            data[at:at] = data[at:end]
        elif what == 4:
            data[at:end] = b"\0" * (end - at)
        elif what == 5:
            data[at:end] = draw.randbytes(end - at)
        else:
            del data[at:]
    return bytes(data)


def some_text(draw, content):
    """A number, a word or a line of a text becomes another one, is there twice or not at all."""
    what = draw.randrange(4)
    if what == 0:
        return some_bytes(draw, content)
    if what == 1:
        lines = content.splitlines(keepends=True)
        at = draw.randrange(len(lines))
        lines[at:at + 1] = draw.choice([[], [lines[at]] * 2, [lines[at]] * 300, [lines[draw.randrange(len(lines))]]])
        return b"".join(lines)
    pattern = rb"-?\d+(\.\d+)?" if what == 2 else rb"[^\s:,\[\]{}]+"
    places = list(re.finditer(pattern, content))
    if not places:
        return some_bytes(draw, content)
    place = draw.choice(places)
    other = str(number(draw)) if draw.random() < 0.5 else draw.choice(TEXTS)
    return content[:place.start()] + other.encode() + content[place.end():]


def some_json(draw, value):
    """A copy in which one value, anywhere, is another one, is there under two names or is no more. A text that is JSON
    itself may be gone into."""
    if isinstance(value, str) and value[:1] in ("{", "[") and draw.random() < 0.9:
        try:
            return json.dumps(some_json(draw, json.loads(value)), separators=(",", ":"))
        except ValueError:
            pass
    if isinstance(value, dict) and value and draw.random() < 0.9:
        key, out = draw.choice(list(value)), dict(value)
        what = draw.randrange(8)
        if what == 0:
            del out[key]
        elif what == 1:
            out[draw.choice(TEXTS)] = value[key]
        elif what == 2:
            out[key] = value[draw.choice(list(value))]
        else:
            out[key] = some_json(draw, value[key])
        return out
    if isinstance(value, list) and value and draw.random() < 0.8:
        at, out = draw.randrange(len(value)), list(value)
        times = draw.choice([0, 1, 1, 1, 2, 1000])
        out[at:at + 1] = [some_json(draw, value[at])] if times == 1 else [value[at]] * times
        return out
    if isinstance(value, (int, float)) and not isinstance(value, bool) and draw.random() < 0.8:
        return draw.choice([number(draw), value + 1, value - 1, -value, value * 2])
    return draw.choice([None, True, False, [], {}, [[]] * 3, number(draw), draw.choice(TEXTS), nested(draw)])


def nested(draw):
    out = 1
    for _ in range(draw.choice([10, 400])):
        out = [out]
    return out


def text_of(value):
    return json.dumps(value, separators=(",", ":")).encode()


def some_safetensors(draw, content):
    """Its bytes, its header's values, its header's length or one tensor's values; often without the checksums, so that a
    reader gets beyond them."""
    what = draw.randrange(5)
    header, data = safetensors.read(content)
    if draw.random() < 0.6:
        header = safetensors.without_checksums(header)
        content = safetensors.pack_text(text_of(header), data)
    if what == 0:
        return some_bytes(draw, content)
    if what == 1:
        length = draw.choice([number(draw), len(content), len(content) - 8, len(content) - 7])
        return (int(length) % 2**64).to_bytes(8, "little") + content[8:]
    if what == 2:
        return spoil_tensor(draw, content)
    if what == 3:
        return safetensors.pack_text(some_bytes(draw, text_of(header)), data)
    for _ in range(draw.choice([1, 1, 2])):
        header = some_json(draw, header)
    return safetensors.pack_text(text_of(header), data)


def spoil_tensor(draw, content):
    """Values of one tensor: not finite, huge, or any bits."""
    header, data = safetensors.read(content)
    name = draw.choice([name for name in header if name != "__metadata__"])
    begin, end = header[name]["data_offsets"]
    if begin == end:
        return content
    word = draw.choice([b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\x80\xff", b"\xff\xff\x7f\x7f", b"\xff" * 4, b"\1\0\0\0",
                        b"\xff\xff\xff\x7f", draw.randbytes(4)])
    at = draw.randrange(begin, end) // 4 * 4
    some = bytearray(data)
    for place in [at] if draw.random() < 0.7 else range(begin, end - 3, 4):
        some[place:place + 4] = word
    length = int.from_bytes(content[:8], "little")
    return content[:8 + length] + bytes(some)

"""What a model file says of itself: its metadata and its parameters (docs/formats.md)."""

from __future__ import annotations

import json
import os
import struct
from array import array
from typing import Any

from ._arrays import Array, shaped
from ._errors import FileError

_FORMATS = {"F64": "d", "F32": "f", "I64": "q", "I32": "i", "I8": "b", "U8": "B"}
_LONGEST_HEADER = 100_000_000
_NOT_PARAMETERS = ("vocabulary.", "title.", "feature.")


class ModelFile:
    """A model file that libseqrec has opened, and so checked; read again for what the C interface doesn't give."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self._was = self._identity(os.stat(path))
        except OSError as error:
            raise FileError(f"can't read {path}: {error.strerror}") from error

    @staticmethod
    def _identity(status: os.stat_result) -> tuple[int, ...]:
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns

    def metadata(self) -> dict[str, str]:
        """The header's entries: texts, some of which are JSON."""
        metadata: dict[str, str] = self._read(with_data=False)[0].get("__metadata__", {})
        return metadata

    def json(self, name: str) -> dict[str, Any]:
        """An entry of the metadata that is a JSON map."""
        parsed: dict[str, Any] = json.loads(self.metadata().get(name, "{}"))
        return parsed

    def parameters(self) -> dict[str, Array]:
        """Every parameter and buffer by its name. They are views of one piece of memory; halves (F16, BF16) become float32."""
        header, data = self._read(with_data=True)
        return {
            name: self._tensor(entry, data)
            for name, entry in header.items()
            if name != "__metadata__" and not name.startswith(_NOT_PARAMETERS)
        }

    def _read(self, with_data: bool) -> tuple[dict[str, Any], memoryview]:
        try:
            with open(self.path, "rb") as file:
                if self._identity(os.fstat(file.fileno())) != self._was:
                    raise FileError(f"{self.path} is another file than the one that was opened: load it again")
                (length,) = struct.unpack("<Q", file.read(8))
                if length > min(_LONGEST_HEADER, self._was[2]):
                    raise FileError(f"{self.path} is damaged: its header has {length} bytes")
                header = json.loads(file.read(length))
                data = bytearray(self._was[2] - 8 - length if with_data else 0)
                if file.readinto(data) != len(data):
                    raise FileError(f"{self.path} ended while it was read")
                return header, memoryview(data)
        except OSError as error:
            if isinstance(error, FileError):
                raise
            raise FileError(f"can't read {self.path}: {error.strerror}") from error

    @staticmethod
    def _tensor(entry: dict[str, Any], data: memoryview) -> Array:
        begin, end = entry["data_offsets"]
        shape, kind = tuple(entry["shape"]), entry["dtype"]
        part: Any = data[begin:end]
        if kind == "F16":
            part = memoryview(array("f", struct.unpack(f"<{len(part) // 2}e", part)))
        elif kind == "BF16":  # the upper half of a float32
            wide = bytearray(2 * len(part))
            wide[2::4], wide[3::4] = part[0::2], part[1::2]
            part = memoryview(wide).cast("f")
        else:
            part = part.cast(_FORMATS[kind])
        return shaped(part, shape)

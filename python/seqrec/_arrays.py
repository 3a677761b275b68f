"""Numbers that the library wrote: NumPy's arrays where the program uses NumPy, else memoryviews of the same memory."""

from __future__ import annotations

import ctypes
import math
import sys
from array import array
from typing import Any, Protocol

_CTYPES: dict[str, Any] = {"f": ctypes.c_float, "d": ctypes.c_double, "i": ctypes.c_int32}


class Array(Protocol):
    """What vectors and scores come as: a numpy.ndarray if NumPy was imported before, else a memoryview. Both lie in one piece,
    have a shape and the buffer protocol: ``numpy.asarray(x)`` copies nothing."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, index: Any, /) -> Any: ...

    def __len__(self) -> int: ...

    def tolist(self) -> list[Any]: ...


class Numbers:
    """Memory for `shape` numbers: of type "f", "d" or "i", as in the module array."""

    def __init__(self, code: str, shape: tuple[int, ...], fill: float = 0) -> None:
        self.shape = shape
        self._code = code
        self._numbers: Any = array(code, [int(fill) if code == "i" else fill]) * math.prod(shape)

    def pointer(self, first: int = 0) -> Any:
        """For a C function that writes from element `first` on."""
        kind = _CTYPES[self._code]
        if first == len(self._numbers):
            return (kind * 1)()  # nothing is written
        return (kind * (len(self._numbers) - first)).from_buffer(self._numbers, first * ctypes.sizeof(kind))

    def flat(self) -> memoryview:
        return memoryview(self._numbers)

    def array(self) -> Array:
        return shaped(self.flat(), self.shape)


def shaped(flat: memoryview, shape: tuple[int, ...]) -> Array:
    """A view of numbers in one piece."""
    view: Any = flat
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        view = numpy.frombuffer(flat, dtype=flat.format).reshape(shape)
    elif len(shape) > 1 and 0 not in shape:  # a memoryview of no number has one dimension
        view = flat.cast("B").cast(flat.format, shape)  # type: ignore[call-overload]
    result: Array = view
    return result

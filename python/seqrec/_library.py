"""The C interface of libseqrec (infer/seqrec.h, version 1) as ctypes sees it."""

from __future__ import annotations

import ctypes
import functools
from ctypes import POINTER, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint32, c_void_p
from pathlib import Path
from typing import Any

from ._errors import OK, LibraryError, error_of

ABI_VERSION = 1
_FILE = Path(__file__).parent / "lib" / "libseqrec.so.1"


class _Sized(ctypes.Structure):
    """A struct that begins with its size."""

    def __init__(self, **members: Any) -> None:
        super().__init__(size=ctypes.sizeof(type(self)), **members)


Log = ctypes.CFUNCTYPE(None, c_void_p, c_int32, c_char_p)


class ModelOptions(_Sized):
    _fields_ = [
        ("size", c_size_t),
        ("histories_file", c_char_p),
        ("histories", c_void_p),
        ("histories_bytes", c_size_t),
        ("unknown_user", c_int32),
        ("empty_history", c_int32),
        ("allocate", c_void_p),
        ("release", c_void_p),
        ("memory_data", c_void_p),
        ("log", Log),
        ("log_data", c_void_p),
    ]


class Info(_Sized):
    _fields_ = [
        ("size", c_size_t),
        ("model", c_char_p),
        ("n_items", c_int64),
        ("n_users", c_int64),
        ("max_history", c_int64),
        ("item_vector_width", c_int64),
        ("history_vector_width", c_int64),
        ("dtype", c_int32),
        ("has_titles", c_int32),
        ("has_histories", c_int32),
        ("has_checksums", c_int32),
    ]


class RequestOptions(_Sized):
    _fields_ = [
        ("size", c_size_t),
        ("flags", c_uint32),
        ("k", c_int64),
        ("exclude", POINTER(c_char_p)),
        ("exclude_ids", POINTER(c_int32)),
        ("n_exclude", c_int64),
        ("candidates", POINTER(c_char_p)),
        ("candidate_ids", POINTER(c_int32)),
        ("n_candidates", c_int64),
    ]


class Query(_Sized):
    _fields_ = [
        ("size", c_size_t),
        ("user", c_char_p),
        ("user_id", c_int32),
        ("history", POINTER(c_char_p)),
        ("history_ids", POINTER(c_int32)),
        ("n_history", c_int64),
    ]


class Item(ctypes.Structure):
    # token and title are pointers: who wants the texts asks the model, by id.
    _fields_ = [("token", c_void_p), ("title", c_void_p), ("score", c_double), ("id", c_int32), ("reserved", c_int32)]


class Answer(_Sized):
    _fields_ = [
        ("size", c_size_t),
        ("items", POINTER(Item)),
        ("room", c_int64),
        ("count", c_int64),
        ("unknown_items", c_int64),
        ("unknown_user", c_int32),
        ("status", c_int32),
    ]


_FUNCTIONS: dict[str, list[Any]] = {
    "seqrec_model_open": [c_char_p, POINTER(ModelOptions), POINTER(c_void_p)],
    "seqrec_model_info": [c_void_p, POINTER(Info)],
    "seqrec_item_id": [c_void_p, c_char_p, POINTER(c_int32)],
    "seqrec_user_id": [c_void_p, c_char_p, POINTER(c_int32)],
    "seqrec_item_token": [c_void_p, c_int32, POINTER(c_char_p)],
    "seqrec_item_title": [c_void_p, c_int32, POINTER(c_char_p)],
    "seqrec_user_token": [c_void_p, c_int32, POINTER(c_char_p)],
    "seqrec_item_vectors": [c_void_p, c_int32, c_int64, c_int64, POINTER(c_float)],
    "seqrec_request_open": [c_void_p, POINTER(RequestOptions), POINTER(c_void_p)],
    "seqrec_request_unknown": [c_void_p, POINTER(c_int64), POINTER(c_int64)],
    "seqrec_session_open": [c_void_p, POINTER(c_void_p)],
    "seqrec_session_recommend": [c_void_p, c_void_p, POINTER(Query), POINTER(Answer)],
    "seqrec_session_recommend_batch": [c_void_p, c_void_p, POINTER(Query), c_int64, POINTER(Answer)],
    "seqrec_session_score": [c_void_p, POINTER(Query), POINTER(c_char_p), c_int64, POINTER(c_double)],
    "seqrec_session_vector": [c_void_p, POINTER(Query), c_int64, POINTER(c_float)],
    "seqrec_session_start": [c_void_p, POINTER(Query)],
    "seqrec_session_append": [c_void_p, c_char_p],
}


class Library:
    """libseqrec, loaded. ``call("seqrec_...", ...)`` raises what the call fails with. Calls release the GIL."""

    def __init__(self, file: Path = _FILE) -> None:
        if not file.is_file():
            raise LibraryError(f"{file} is not there: this copy of the package seqrec is incomplete, install it again")
        try:
            self._functions = ctypes.CDLL(str(file))
        except OSError as error:
            raise LibraryError(f"{file} can't be loaded: {error}") from error
        self._check_version(file)
        for name, arguments in _FUNCTIONS.items():
            function = getattr(self._functions, name)
            function.argtypes = arguments
            function.restype = c_int32
        for name in ("seqrec_model_close", "seqrec_request_close", "seqrec_session_close"):
            getattr(self._functions, name).argtypes = [c_void_p]
            getattr(self._functions, name).restype = None
        self._functions.seqrec_last_error.restype = c_char_p
        self._functions.seqrec_version.restype = c_char_p

    def _check_version(self, file: Path) -> None:
        try:
            abi_version = self._functions.seqrec_abi_version
        except AttributeError:
            raise LibraryError(f"{file} is not libseqrec, or older than version 1 of its interface") from None
        abi_version.restype = c_uint32
        if abi_version() != ABI_VERSION:
            raise LibraryError(
                f"{file} has version {abi_version()} of the C interface, this package speaks version {ABI_VERSION}"
            )

    def status(self, name: str, *arguments: Any) -> int:
        """What the function returned."""
        return int(getattr(self._functions, name)(*arguments))

    def last_error(self) -> str:
        """What the last call of this thread that failed said."""
        return text_of(self._functions.seqrec_last_error())

    def call(self, name: str, *arguments: Any) -> None:
        status = self.status(name, *arguments)
        if status != OK:
            raise error_of(status, self.last_error())

    def open(self, name: str, *arguments: Any) -> c_void_p:
        """Calls what makes a handle and writes it behind its other arguments."""
        handle = c_void_p()
        self.call(name, *arguments, ctypes.byref(handle))
        return handle

    def close(self, name: str, handle: c_void_p) -> None:
        getattr(self._functions, name)(handle)

    @property
    def version(self) -> str:
        return text_of(self._functions.seqrec_version())


@functools.lru_cache(maxsize=None)
def library() -> Library:
    """The package's own, loaded once."""
    return Library()


def text_of(text: bytes | None) -> str:
    """A token, a title or a message; bytes that are not UTF-8 are lone surrogates, as in file names."""
    return (text or b"").decode("utf-8", "surrogateescape")

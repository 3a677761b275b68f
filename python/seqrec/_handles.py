"""Objects of the C library, and the texts that live as long as they do."""

from __future__ import annotations

import ctypes

from . import _library as c


class Handle:
    """An object of the C library, closed with its last use."""

    def __init__(self, library: c.Library, close: str, handle: ctypes.c_void_p) -> None:
        self._library, self._close = library, close
        self._as_parameter_ = handle

    def __del__(self) -> None:
        self._library.close(self._close, self._as_parameter_)


class Items:
    """The items' tokens and titles by id, each asked for once."""

    def __init__(self, library: c.Library, model: Handle, has_titles: bool) -> None:
        self._library, self._model, self._has_titles = library, model, has_titles
        self._known: dict[int, tuple[str, str]] = {}

    def __call__(self, number: int) -> tuple[str, str]:
        known = self._known.get(number)
        if known is None:
            title = self.text("seqrec_item_title", number) if self._has_titles else ""
            known = self._known[number] = (self.text("seqrec_item_token", number), title)
        return known

    def text(self, function: str, number: int) -> str:
        text = ctypes.c_char_p()
        self._library.call(function, self._model, number, ctypes.byref(text))
        return c.text_of(text.value)

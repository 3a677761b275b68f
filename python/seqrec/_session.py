"""A history that grows."""

from __future__ import annotations

import ctypes
from typing import Iterable, Optional

from . import _library as c
from ._arrays import Array, Numbers
from ._asked import Asked
from ._errors import ClosedError, EmptyHistoryError
from ._handles import Handle
from ._opened import Opened
from ._recommendations import Recommendation
from ._tokens import History, Token, token_array, token_bytes


class Session:
    """One user's visit: a history that grows, item by item, and what comes next. One thread at a time may use it."""

    def __init__(self, model: Opened, history: Optional[History], user: Optional[Token]) -> None:
        self._model = model
        self._library = model.library
        self._handle: Optional[Handle] = model.open_session()
        asked = Asked("history", history, user)
        model.require_known(asked)
        self._library.call("seqrec_session_start", self._opened(), asked.query)

    def append(self, item: Token) -> None:
        """What the user chose now. An item that the model doesn't know is skipped, unless ``unknown_items`` is "error"."""
        token = token_bytes(item, "the item")
        session = self._opened()
        if self._model.unknown_items == "error":
            self._model.require_known_tokens([token], "the item")
        self._library.call("seqrec_session_append", session, token)

    def recommend(
        self,
        k: int = 10,
        *,
        exclude: Optional[Iterable[Token]] = None,
        candidates: Optional[Iterable[Token]] = None,
        filter_viewed: bool = False,
    ) -> list[Recommendation]:
        """The ``k`` items that most likely come next, best first; the options as in :meth:`Model.recommend`."""
        session, model = self._opened(), self._model
        room = model.room(k)
        request, _, _ = model.request(exclude, candidates, filter_viewed)
        items = (c.Item * room)()
        answer = c.Answer(items=items, room=room)
        try:
            self._library.call("seqrec_session_recommend", session, request, None, ctypes.byref(answer))
        except EmptyHistoryError:
            if model.empty_history != "none":
                raise
        texts = model.texts()
        return [Recommendation(texts(one.id)[0], one.score, texts(one.id)[1]) for one in items[: answer.count]]

    def score(self, items: Iterable[Token]) -> Array:
        """The scores of given items, float64; NaN for an item that the model doesn't know."""
        tokens, n = token_array(items, "items")
        scores = Numbers("d", (n,), float("nan"))
        self._library.call("seqrec_session_score", self._opened(), None, tokens, n, scores.pointer())
        return scores.array()

    def vector(self) -> Array:
        """The vector that the model makes of the history, float32: :meth:`Model.vectors`."""
        width = int(self._model.info.history_vector_width)
        vector = Numbers("f", (width,))
        self._library.call("seqrec_session_vector", self._opened(), None, width, vector.pointer())
        return vector.array()

    def close(self) -> None:
        """Gives the session up. Closing its model ends it, too."""
        self._handle = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self) -> Handle:
        self._model.handle()  # ClosedError if that is closed
        handle = self._handle
        if handle is None:
            raise ClosedError("the session was closed")
        return handle

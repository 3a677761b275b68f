"""A model file that the C library has opened, and what it is asked."""

from __future__ import annotations

import ctypes
import logging
import numbers
import os
import threading
from typing import Any, Iterable, Optional, Sequence

from . import _library as c
from ._arrays import Numbers
from ._asked import Asked
from ._errors import EMPTY_HISTORY, OK, ClosedError, SeqrecError, UnknownItemError, UsageError, error_of
from ._handles import Handle, Items
from ._model_file import ModelFile
from ._recommendations import Recommendations
from ._tokens import Token, token_array

_log = logging.getLogger("seqrec")
_MOST_ITEMS = 1 << 20  # of the answers of one call


class Opened:
    """Behind a Model and its Sessions."""

    def __init__(
        self,
        path: str,
        histories: Optional[str],
        *,
        unknown_items: str,
        unknown_users: str,
        empty_history: str,
    ) -> None:
        self.library = c.library()
        require_one_of("unknown_items", unknown_items, ("skip", "error"))
        require_one_of("unknown_users", unknown_users, ("mean", "error"))
        require_one_of("empty_history", empty_history, ("error", "model", "none"))
        self.unknown_items, self.empty_history = unknown_items, empty_history
        self.file = ModelFile(path)
        options = c.ModelOptions(
            histories_file=None if histories is None else os.fsencode(histories),
            unknown_user=int(unknown_users == "error"),
            empty_history=int(empty_history == "model"),
            log=_TELL,
        )
        handle = self.library.open("seqrec_model_open", os.fsencode(path), ctypes.byref(options))
        self._handle: Optional[Handle] = Handle(self.library, "seqrec_model_close", handle)
        self.info = c.Info()
        self.library.call("seqrec_model_info", handle, ctypes.byref(self.info))
        self.name = c.text_of(self.info.model)  # which lives as long as the model
        self._texts: Optional[Items] = Items(self.library, self._handle, bool(self.info.has_titles))
        self._of_thread = threading.local()

    def close(self) -> None:
        self._handle = self._texts = None
        self._of_thread = threading.local()

    @property
    def is_closed(self) -> bool:
        return self._handle is None

    def handle(self) -> Handle:
        handle = self._handle  # read once: another thread may close it
        if handle is None:
            raise ClosedError(f"the model {self.file.path} was closed")
        return handle

    def open_session(self) -> Handle:
        """A new one."""
        return Handle(self.library, "seqrec_session_close", self.library.open("seqrec_session_open", self.handle()))

    def session(self) -> Handle:
        """This thread's."""
        self.handle()
        of_thread = self._of_thread
        if not hasattr(of_thread, "session"):
            of_thread.session = self.open_session()
        session: Handle = of_thread.session
        return session

    def id_of(self, function: str, token: bytes) -> int:
        found = ctypes.c_int32()
        self.library.call(function, self.handle(), token, ctypes.byref(found))
        return found.value

    def texts(self) -> Items:
        """Those of items by id, which outlive closing."""
        texts = self._texts
        if texts is None:
            raise ClosedError(f"the model {self.file.path} was closed")
        return texts

    def room(self, k: Any) -> int:
        """For how many items an answer needs room."""
        if not isinstance(k, numbers.Integral) or isinstance(k, bool) or k < 1:
            raise UsageError(f"k is {k!r}, expected a number of items from 1 on")
        return min(int(k), int(self.info.n_items))

    def ask(self, asked: Asked, function: str, session: Handle, *arguments: Any) -> None:
        """Calls a function about a history; an error names it."""
        self.require_known(asked)
        try:
            self.library.call(function, session, *arguments)
        except SeqrecError as error:
            raise type(error)(f"{asked.where}: {error}") from None

    def require_known(self, asked: Asked) -> None:
        """UnknownItemError if an item of the history is unknown and shouldn't be."""
        if self.unknown_items == "error" and asked.query.history:
            self.require_known_tokens(asked.tokens, asked.where)

    def require_known_tokens(self, tokens: Iterable[bytes], where: str) -> None:
        unknown = [c.text_of(token) for token in tokens if self.id_of("seqrec_item_id", token) == 0]
        if unknown:
            shown = ", ".join(map(repr, unknown[:3])) + (", ..." if len(unknown) > 3 else "")
            raise UnknownItemError(f"{where}: items that the model doesn't know: {len(unknown)} ({shown})")

    def request(
        self, exclude: Optional[Iterable[Token]], candidates: Optional[Iterable[Token]], filter_viewed: bool
    ) -> tuple[Handle, int, int]:
        """What is wanted of answers, with how many candidates and excluded items are unknown."""
        options = c.RequestOptions(flags=int(bool(filter_viewed)))
        for name, tokens in (("exclude", exclude), ("candidates", candidates)):
            if tokens is None:
                continue
            array, n = token_array(tokens, name)
            if self.unknown_items == "error":
                self.require_known_tokens((token or b"" for token in array[:n]), name)
            setattr(options, name, array)
            setattr(options, f"n_{name}", n)
        request = Handle(
            self.library,
            "seqrec_request_close",
            self.library.open("seqrec_request_open", self.handle(), ctypes.byref(options)),
        )
        excluded, among = ctypes.c_int64(), ctypes.c_int64()
        self.library.call("seqrec_request_unknown", request, ctypes.byref(excluded), ctypes.byref(among))
        return request, among.value, excluded.value

    def recommend(
        self,
        asked: Sequence[Asked],
        k: int,
        users: Optional[list[Any]],
        exclude: Optional[Iterable[Token]],
        candidates: Optional[Iterable[Token]],
        filter_viewed: bool,
    ) -> Recommendations:
        room = self.room(k)
        request, unknown_candidates, unknown_excluded = self.request(exclude, candidates, filter_viewed)
        ids, scores = Numbers("i", (len(asked), room)), Numbers("d", (len(asked), room), float("nan"))
        answers: list[c.Answer] = []
        at_once = max(1, min(1024, _MOST_ITEMS // room))
        for begin in range(0, len(asked), at_once):
            answers += self._answer(asked[begin : begin + at_once], request, room, begin, ids, scores)
        return Recommendations(
            self.texts(),
            ids,
            scores,
            [answer.count for answer in answers],
            users=users,
            has_titles=bool(self.info.has_titles),
            unknown_items=[answer.unknown_items for answer in answers],
            unknown_users=[bool(answer.unknown_user) for answer in answers],
            unknown_candidates=unknown_candidates,
            unknown_excluded=unknown_excluded,
        )

    def _answer(
        self, asked: Sequence[Asked], request: Handle, room: int, first: int, ids: Numbers, scores: Numbers
    ) -> list[c.Answer]:
        """Answers some queries by one call; ids and scores go to the rows from `first` on."""
        session, n = self.session(), len(asked)
        for one in asked:
            self.require_known(one)
        queries = (c.Query * n)(*(one.query for one in asked))
        memory = bytearray(n * room * ctypes.sizeof(c.Item))
        items = (c.Item * (n * room)).from_buffer(memory)
        answers = (c.Answer * n)()
        for i, answer in enumerate(answers):
            answer.size, answer.room = ctypes.sizeof(c.Answer), room
            answer.items = ctypes.cast(ctypes.byref(items, i * room * ctypes.sizeof(c.Item)), ctypes.POINTER(c.Item))
        self.library.call("seqrec_session_recommend_batch", session, request, queries, n, answers)
        found_ids, found_scores = memoryview(memory).cast("i")[6::8], memoryview(memory).cast("d")[2::4]
        for i, answer in enumerate(answers):
            if answer.status == EMPTY_HISTORY and self.empty_history == "none":
                continue
            if answer.status != OK:  # once more by itself, for its text
                one = asked[i]
                self.ask(one, "seqrec_session_recommend", session, request, one.query, answer)
                raise error_of(answer.status, f"{one.where}: no answer")
            begin, to = i * room, (first + i) * room
            ids.flat()[to : to + answer.count] = found_ids[begin : begin + answer.count]
            scores.flat()[to : to + answer.count] = found_scores[begin : begin + answer.count]
        return list(answers)


def _tell(_: object, level: int, text: bytes) -> None:
    _log.log(logging.WARNING if level > 0 else logging.DEBUG, "%s", c.text_of(text))


_TELL = c.Log(_tell)


def require_one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}")

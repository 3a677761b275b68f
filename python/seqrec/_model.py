"""A model file that answers requests."""

from __future__ import annotations

import ctypes
import logging
import numbers
import os
import threading
from pathlib import Path
from typing import Any, Iterable, Optional, Sequence, Union, overload

from . import _library as c
from ._arrays import Array, Numbers
from ._errors import (
    EMPTY_HISTORY,
    OK,
    ClosedError,
    EmptyHistoryError,
    FileError,
    SeqrecError,
    UnknownItemError,
    UsageError,
    error_of,
)
from ._frames import F, Table, is_column, is_table, like, missing
from ._model_file import ModelFile
from ._recommendations import Recommendation, Recommendations
from ._tokens import Token, listed, token_array, token_bytes, token_text

_log = logging.getLogger("seqrec")

History = Sequence[Token]
_MOST_ITEMS = 1 << 20  # of the answers of one call


class _Handle:
    """An object of the C library, closed with its last use."""

    def __init__(self, library: c.Library, close: str, handle: ctypes.c_void_p) -> None:
        self._library, self._close = library, close
        self._as_parameter_ = handle

    def __del__(self) -> None:
        self._library.close(self._close, self._as_parameter_)


class _Items:
    """The items' tokens and titles by id, each asked for once."""

    def __init__(self, library: c.Library, model: _Handle, has_titles: bool) -> None:
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


class _Asked:
    """Who is asked about, as the C interface wants it."""

    def __init__(self, where: str, history: Optional[Iterable[Any]], user: Any) -> None:
        self.where = where
        self.query = c.Query()
        if user is not None:
            self.query.user = token_bytes(user, f"the user of {where}")
        if history is not None:
            self.query.history, self.query.n_history = self._history = token_array(history, where)

    @property
    def tokens(self) -> list[bytes]:
        """Of the history."""
        array, n = self._history
        return [token or b"" for token in array[:n]]


class Model:
    """An opened model. Made by :func:`seqrec.load`; any number of threads may use one at the same time, without the GIL while
    the library computes."""

    def __init__(
        self,
        path: str,
        histories: Optional[str],
        *,
        unknown_items: str,
        unknown_users: str,
        empty_history: str,
    ) -> None:
        self._library = c.library()
        _require_one_of("unknown_items", unknown_items, ("skip", "error"))
        _require_one_of("unknown_users", unknown_users, ("mean", "error"))
        _require_one_of("empty_history", empty_history, ("error", "model", "none"))
        self._unknown_items, self._empty_history = unknown_items, empty_history
        self._file = ModelFile(path)
        options = c.ModelOptions(
            histories_file=None if histories is None else os.fsencode(histories),
            unknown_user=int(unknown_users == "error"),
            empty_history=int(empty_history == "model"),
            log=_TELL,
        )
        handle = self._library.open("seqrec_model_open", os.fsencode(path), ctypes.byref(options))
        self._handle: Optional[_Handle] = _Handle(self._library, "seqrec_model_close", handle)
        self._info = c.Info()
        self._library.call("seqrec_model_info", handle, ctypes.byref(self._info))
        self._name = c.text_of(self._info.model)
        self._texts: Optional[_Items] = _Items(self._library, self._handle, self.has_titles)
        self._of_thread = threading.local()

    # ---- What it is

    @property
    def path(self) -> str:
        """The model file."""
        return self._file.path

    @property
    def name(self) -> str:
        """The kind of model: ``"SHAN"``."""
        return self._name

    @property
    def n_items(self) -> int:
        return int(self._info.n_items)

    @property
    def n_users(self) -> int:
        return int(self._info.n_users)

    @property
    def max_history(self) -> int:
        """The most items of a history that the model looks at, its last ones."""
        return int(self._info.max_history)

    @property
    def has_histories(self) -> bool:
        """Whether users can be asked about by name alone."""
        return bool(self._info.has_histories)

    @property
    def has_titles(self) -> bool:
        return bool(self._info.has_titles)

    @property
    def items(self) -> Sequence[str]:
        """The items' tokens in the order of their ids, which begin with 1: row i of ``item_vectors()`` is ``items[i]``."""
        texts = self._opened_items()
        return [texts(i)[0] for i in range(1, self.n_items + 1)]

    @property
    def users(self) -> Sequence[str]:
        """The users' tokens in the order of their ids, which begin with 1."""
        texts = self._opened_items()
        return [texts.text("seqrec_user_token", i) for i in range(1, self.n_users + 1)]

    def item_id(self, item: Token) -> int:
        """An item's id, from 1 on; 0 if the model doesn't know it."""
        return self._id("seqrec_item_id", token_bytes(item, "the item"))

    def title(self, item: Token) -> str:
        """An item's title; "" if it has none. UnknownItemError for an item that the model doesn't know."""
        found = self.item_id(item)
        if found == 0:
            raise UnknownItemError(f"the model doesn't know the item {token_text(item, 'the item')!r}")
        return self._opened_items()(found)[1]

    def knows(self, item: Token) -> bool:
        """Whether the model knows an item."""
        return self.item_id(item) > 0

    @property
    def config(self) -> dict[str, Any]:
        """The configuration that it was trained with, without paths."""
        return self._file.json("config")

    def parameters(self) -> dict[str, Array]:
        """Every parameter by its name, which is RecBole's, as the model file has it. A table that ``seqrec export --table int8``
        narrowed is of bytes, whose rows are multiples of ``NAME.scale``."""
        self._opened()
        return self._file.parameters()

    # ---- What it answers

    @overload
    def recommend(
        self,
        histories: Optional[Sequence[History]] = None,
        k: int = 10,
        *,
        users: Optional[Sequence[Token]] = None,
        exclude: Optional[Iterable[Token]] = None,
        candidates: Optional[Iterable[Token]] = None,
        filter_viewed: bool = False,
        user_id: str = "user_id",
        item_id: str = "item_id",
        timestamp: str = "timestamp",
    ) -> Recommendations: ...

    @overload
    def recommend(
        self,
        histories: F,
        k: int = 10,
        *,
        users: None = None,
        exclude: Optional[Iterable[Token]] = None,
        candidates: Optional[Iterable[Token]] = None,
        filter_viewed: bool = False,
        user_id: str = "user_id",
        item_id: str = "item_id",
        timestamp: str = "timestamp",
    ) -> F: ...

    def recommend(
        self,
        histories: Any = None,
        k: int = 10,
        *,
        users: Any = None,
        exclude: Optional[Iterable[Token]] = None,
        candidates: Optional[Iterable[Token]] = None,
        filter_viewed: bool = False,
        user_id: str = "user_id",
        item_id: str = "item_id",
        timestamp: str = "timestamp",
    ) -> Any:
        """The ``k`` items that most likely come next, for each of many histories.

        ``histories`` are lists of items, oldest first: ``[["50", "181"], ["172"]]``. ``users`` names whose they are, or alone asks
        about users by their own histories, which ``load`` found beside the model file. A data frame of interactions (columns
        ``user_id``, ``item_id``, and ``timestamp`` if there is one, or as the options name them) holds both, and is answered by one
        of the same library with the columns ``user_id``, ``item_id``, ``score``, ``rank`` and, of a model with titles, ``title``.

        ``filter_viewed`` leaves out the items of the whole history and all else that the user is known to have seen, ``exclude`` these
        items, and with ``candidates`` only these are ranked. Fewer than ``k`` items may be left.
        """
        _require_count(k)
        if is_table(histories):
            if users is not None:
                raise UsageError("users can't be given beside a frame, which names them")
            table = Table(histories, "the frame")
            owners, lists = _histories_of(table, user_id, item_id, timestamp)
            answers = self._recommend(_asked(lists, owners), k, owners, exclude, candidates, filter_viewed)
            return like(histories, _as_given(answers.columns(), table, user_id, item_id))
        named = None if users is None else list(listed(users, "users"))
        answers = self._recommend(_asked(histories, named), k, named, exclude, candidates, filter_viewed)
        return like(users, answers.columns()) if is_column(users) else answers

    def score(
        self, histories: Sequence[History], items: Iterable[Token], *, users: Optional[Sequence[Token]] = None
    ) -> Array:
        """The scores of given items, of shape [histories, items], float64; NaN for an item that the model doesn't know."""
        asked = _asked(histories, users)
        tokens, n = token_array(items, "items")
        scores = Numbers("d", (len(asked), n), float("nan"))
        session = self._session()
        for i, one in enumerate(asked):
            self._ask(one, "seqrec_session_score", session, one.query, tokens, n, scores.pointer(i * n))
        return scores.array()

    def vectors(self, histories: Sequence[History], *, users: Optional[Sequence[Token]] = None) -> Array:
        """The vectors that the model makes of histories, of shape [histories, width], float32. Their products with
        ``item_vectors()`` are the scores. UnsupportedError in a model that scores otherwise (DIEN, Pop, Markov, ItemKNN)."""
        asked, width = _asked(histories, users), int(self._info.history_vector_width)
        vectors = Numbers("f", (len(asked), width))
        session = self._session()
        for i, one in enumerate(asked):
            self._ask(one, "seqrec_session_vector", session, one.query, width, vectors.pointer(i * width))
        return vectors.array()

    def item_vectors(self) -> Array:
        """The vectors that the model scores items by, of shape [n_items, width], float32. UnsupportedError in a model that has none
        (Pop, Markov, ItemKNN)."""
        width = int(self._info.item_vector_width)
        vectors = Numbers("f", (self.n_items, width))
        self._library.call("seqrec_item_vectors", self._opened(), 1, self.n_items, width, vectors.pointer())
        return vectors.array()

    def session(self, history: Optional[History] = (), *, user: Optional[Token] = None) -> Session:
        """A history that grows: :class:`Session`. ``history=None`` begins with the user's own."""
        return Session(self, history, user)

    def close(self) -> None:
        """Gives the model up. Its memory goes with the last call and session that uses it."""
        self._handle = self._texts = None
        self._of_thread = threading.local()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = ", closed" if self._handle is None else ""
        return f"<seqrec.Model {self.name} of {self.n_items} items and {self.n_users} users, {self.path}{closed}>"

    # ---- Behind it

    def _opened(self) -> _Handle:
        if self._handle is None:
            raise ClosedError(f"the model {self.path} was closed")
        return self._handle

    def _open_session(self) -> _Handle:
        return _Handle(
            self._library, "seqrec_session_close", self._library.open("seqrec_session_open", self._opened())
        )

    def _session(self) -> _Handle:
        """This thread's."""
        self._opened()
        of_thread = self._of_thread
        if not hasattr(of_thread, "session"):
            of_thread.session = self._open_session()
        session: _Handle = of_thread.session
        return session

    def _id(self, function: str, token: bytes) -> int:
        found = ctypes.c_int32()
        self._library.call(function, self._opened(), token, ctypes.byref(found))
        return found.value

    def _opened_items(self) -> _Items:
        if self._texts is None:
            raise ClosedError(f"the model {self.path} was closed")
        return self._texts

    def _ask(self, asked: _Asked, function: str, session: _Handle, *arguments: Any) -> None:
        """Calls a function about a history; an error names it."""
        self._require_known(asked)
        try:
            self._library.call(function, session, *arguments)
        except SeqrecError as error:
            raise type(error)(f"{asked.where}: {error}") from None

    def _require_known(self, asked: _Asked) -> None:
        """UnknownItemError if an item of the history is unknown and shouldn't be."""
        if self._unknown_items == "error" and asked.query.history:
            self._require_known_tokens(asked.tokens, asked.where)

    def _require_known_tokens(self, tokens: Iterable[bytes], where: str) -> None:
        unknown = [c.text_of(token) for token in tokens if self._id("seqrec_item_id", token) == 0]
        if unknown:
            shown = ", ".join(map(repr, unknown[:3])) + (", ..." if len(unknown) > 3 else "")
            raise UnknownItemError(f"{where}: items that the model doesn't know: {len(unknown)} ({shown})")

    def _request(
        self, k: int, exclude: Optional[Iterable[Token]], candidates: Optional[Iterable[Token]], filter_viewed: bool
    ) -> tuple[_Handle, int, int]:
        """What is wanted of answers, with how many candidates and excluded items are unknown."""
        options = c.RequestOptions(k=k, flags=int(filter_viewed))
        for name, tokens in (("exclude", exclude), ("candidates", candidates)):
            if tokens is None:
                continue
            array, n = token_array(tokens, name)
            if self._unknown_items == "error":
                self._require_known_tokens((token or b"" for token in array[:n]), name)
            setattr(options, name, array)
            setattr(options, f"n_{name}", n)
        request = _Handle(
            self._library,
            "seqrec_request_close",
            self._library.open("seqrec_request_open", self._opened(), ctypes.byref(options)),
        )
        excluded, among = ctypes.c_int64(), ctypes.c_int64()
        self._library.call("seqrec_request_unknown", request, ctypes.byref(excluded), ctypes.byref(among))
        return request, among.value, excluded.value

    def _recommend(
        self,
        asked: Sequence[_Asked],
        k: int,
        users: Optional[list[Any]],
        exclude: Optional[Iterable[Token]],
        candidates: Optional[Iterable[Token]],
        filter_viewed: bool,
    ) -> Recommendations:
        request, unknown_candidates, unknown_excluded = self._request(k, exclude, candidates, filter_viewed)
        room = min(k, self.n_items)
        ids, scores = Numbers("i", (len(asked), room)), Numbers("d", (len(asked), room), float("nan"))
        answers: list[c.Answer] = []
        at_once = max(1, min(1024, _MOST_ITEMS // room))
        for begin in range(0, len(asked), at_once):
            answers += self._answer(asked[begin : begin + at_once], request, room, begin, ids, scores)
        return Recommendations(
            self._opened_items(),
            ids,
            scores,
            [answer.count for answer in answers],
            users=users,
            has_titles=self.has_titles,
            unknown_items=[answer.unknown_items for answer in answers],
            unknown_users=[bool(answer.unknown_user) for answer in answers],
            unknown_candidates=unknown_candidates,
            unknown_excluded=unknown_excluded,
        )

    def _answer(
        self, asked: Sequence[_Asked], request: _Handle, room: int, first: int, ids: Numbers, scores: Numbers
    ) -> list[c.Answer]:
        """Answers some queries by one call; ids and scores go to the rows from `first` on."""
        session, n = self._session(), len(asked)
        for one in asked:
            self._require_known(one)
        queries = (c.Query * n)(*(one.query for one in asked))
        memory = bytearray(n * room * ctypes.sizeof(c.Item))
        items = (c.Item * (n * room)).from_buffer(memory)
        answers = (c.Answer * n)()
        for i, answer in enumerate(answers):
            answer.size, answer.room = ctypes.sizeof(c.Answer), room
            answer.items = ctypes.cast(ctypes.byref(items, i * room * ctypes.sizeof(c.Item)), ctypes.POINTER(c.Item))
        self._library.call("seqrec_session_recommend_batch", session, request, queries, n, answers)
        found_ids, found_scores = memoryview(memory).cast("i")[6::8], memoryview(memory).cast("d")[2::4]
        for i, answer in enumerate(answers):
            if answer.status == EMPTY_HISTORY and self._empty_history == "none":
                continue
            if answer.status != OK:  # once more by itself, for its text
                one = asked[i]
                self._ask(one, "seqrec_session_recommend", session, request, one.query, answer)
                raise error_of(answer.status, f"{one.where}: no answer")
            begin, to = i * room, (first + i) * room
            ids.flat()[to : to + answer.count] = found_ids[begin : begin + answer.count]
            scores.flat()[to : to + answer.count] = found_scores[begin : begin + answer.count]
        return list(answers)


class Session:
    """One user's visit: a history that grows, item by item, and what comes next. One thread at a time may use it."""

    def __init__(self, model: Model, history: Optional[History], user: Optional[Token]) -> None:
        self._model = model
        self._library = model._library
        self._handle: Optional[_Handle] = model._open_session()
        asked = _Asked("history", history, user)
        model._require_known(asked)
        self._library.call("seqrec_session_start", self._opened(), asked.query)

    def append(self, item: Token) -> None:
        """What the user chose now. An item that the model doesn't know is skipped, unless ``unknown_items`` is "error"."""
        token = token_bytes(item, "the item")
        session = self._opened()
        if self._model._unknown_items == "error":
            self._model._require_known_tokens([token], "the item")
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
        _require_count(k)
        session, model = self._opened(), self._model
        request, _, _ = model._request(k, exclude, candidates, filter_viewed)
        room = min(k, model.n_items)
        items = (c.Item * room)()
        answer = c.Answer(items=items, room=room)
        try:
            self._library.call("seqrec_session_recommend", session, request, None, ctypes.byref(answer))
        except EmptyHistoryError:
            if model._empty_history != "none":
                raise
        texts = model._opened_items()
        return [Recommendation(texts(one.id)[0], one.score, texts(one.id)[1]) for one in items[: answer.count]]

    def score(self, items: Iterable[Token]) -> Array:
        """The scores of given items, float64; NaN for an item that the model doesn't know."""
        tokens, n = token_array(items, "items")
        scores = Numbers("d", (n,), float("nan"))
        self._library.call("seqrec_session_score", self._opened(), None, tokens, n, scores.pointer())
        return scores.array()

    def vector(self) -> Array:
        """The vector that the model makes of the history, float32: :meth:`Model.vectors`."""
        width = int(self._model._info.history_vector_width)
        vector = Numbers("f", (width,))
        self._library.call("seqrec_session_vector", self._opened(), None, width, vector.pointer())
        return vector.array()

    def close(self) -> None:
        """Gives the session up."""
        self._handle = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self) -> _Handle:
        if self._handle is None:
            raise ClosedError("the session was closed")
        return self._handle


def _tell(_: object, level: int, text: bytes) -> None:
    _log.log(logging.WARNING if level > 0 else logging.DEBUG, "%s", c.text_of(text))


_TELL = c.Log(_tell)


def _require_count(k: Any) -> None:
    if not isinstance(k, numbers.Integral) or isinstance(k, bool) or k < 1:
        raise UsageError(f"k is {k!r}, expected a number of items from 1 on")


def _require_one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(f"{name} is {value!r}, expected one of {', '.join(map(repr, choices))}")


def _asked(histories: Any, users: Any) -> list[_Asked]:
    if histories is None and users is None:
        raise UsageError("whom to ask about? Give histories, users or both")
    if histories is None:
        return [_Asked(f"users[{i}]", None, user) for i, user in enumerate(listed(users, "users"))]
    lists = listed(histories, "histories", "histories")
    if users is None:
        return [_Asked(f"histories[{i}]", one, None) for i, one in enumerate(lists)]
    owners = listed(users, "users")
    if len(owners) != len(lists):
        raise UsageError(f"there are {len(lists)} histories of {len(owners)} users")
    return [
        _Asked(f"histories[{i}] (user {user!r})", one, user) for i, (one, user) in enumerate(zip(lists, owners))
    ]


def _histories_of(table: Table, user_id: str, item_id: str, timestamp: str) -> tuple[list[Any], list[list[Any]]]:
    """The users of a frame of interactions, in the order that they come in, and their histories, oldest first."""
    table.require(user_id, "user_id")
    table.require(item_id, "item_id")
    if timestamp in table.names:
        for row, time in enumerate(table.values(timestamp)):
            if missing(time):
                raise UsageError(f"row {row} of {table.what}: the {timestamp} is missing")
        in_time = table.sorted_by(timestamp)
    elif timestamp != "timestamp":
        table.require(timestamp, "timestamp")
    else:
        in_time = table
    histories: dict[Any, list[Any]] = {user: [] for user in table.values(user_id)}
    for user, item in zip(in_time.values(user_id), in_time.values(item_id)):
        histories[user].append(item)
    return list(histories), list(histories.values())


def _as_given(answer: dict[str, list[Any]], given: Table, user_id: str, item_id: str) -> dict[str, list[Any]]:
    """An answer with the names of a frame's columns, and with items as integers if the frame has them so."""
    items = answer["item_id"]
    if given.rows > 0 and isinstance(given.values(item_id, 0, 1)[0], numbers.Integral):
        try:
            items = [int(item) for item in items]
        except ValueError:
            raise UsageError(
                f"the column {item_id!r} holds integers, but the model's items are texts such as {items[0]!r}: "
                f"give the column as texts"
            ) from None
    named = {"user_id": user_id, "item_id": item_id}
    return {named.get(name, name): items if name == "item_id" else values for name, values in answer.items()}


def load(
    path: Union[str, os.PathLike[str]],
    *,
    histories: Union[None, bool, str, os.PathLike[str]] = None,
    unknown_items: str = "skip",
    unknown_users: str = "mean",
    empty_history: str = "error",
) -> Model:
    """Opens a model file, or that of a run's folder.

    ``histories`` is the file of what users did, which ``users=[...]`` and ``filter_viewed`` look at: the one beside the model
    file if there is one (None), this file, or none (False).

    ``unknown_items``: items that the model doesn't know are skipped and counted ("skip") or an UnknownItemError ("error").
    ``unknown_users``: a user that it doesn't know gets the mean of the known ones' vectors ("mean") or is an UnknownUserError.
    ``empty_history``: a history without an item that it knows is an EmptyHistoryError ("error"), gets what the model makes of it
    ("model"), or an answer without items ("none").
    """
    file = Path(path)
    if file.is_dir():
        file = file / "model.safetensors"
    beside = file.with_name("histories.safetensors")
    if histories is None or histories is True:
        if histories is True and not beside.exists():
            raise FileError(f"{beside} is not there, so no user's history is known")
        histories = beside if beside.exists() else False
    return Model(
        str(file),
        None if histories is False else str(histories),
        unknown_items=unknown_items,
        unknown_users=unknown_users,
        empty_history=empty_history,
    )

"""A model file that answers requests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Iterable, Optional, Sequence, Union, overload

from . import _library as c
from ._arrays import Array, Numbers
from ._asked import as_given, asked_of, histories_of
from ._errors import FileError, UnknownItemError, UsageError
from ._frames import F, Table, is_column, is_table, like
from ._opened import Opened
from ._recommendations import Recommendations
from ._session import Session
from ._tokens import History, Token, listed, token_array, token_bytes, token_text


class Model:
    """An opened model. Made by :func:`seqrec.load`; any number of threads may use one at the same time, without the GIL while
    the library computes."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    # ---- What it is

    @property
    def path(self) -> str:
        """The model file."""
        return self._opened.file.path

    @property
    def name(self) -> str:
        """The kind of model: ``"SHAN"``."""
        return self._opened.name

    @property
    def n_items(self) -> int:
        return int(self._opened.info.n_items)

    @property
    def n_users(self) -> int:
        return int(self._opened.info.n_users)

    @property
    def max_history(self) -> int:
        """The most items of a history that the model looks at, its last ones."""
        return int(self._opened.info.max_history)

    @property
    def has_histories(self) -> bool:
        """Whether users can be asked about by name alone."""
        return bool(self._opened.info.has_histories)

    @property
    def has_titles(self) -> bool:
        return bool(self._opened.info.has_titles)

    @property
    def items(self) -> Sequence[str]:
        """The items' tokens in the order of their ids, which begin with 1: row i of ``item_vectors()`` is ``items[i]``."""
        texts = self._opened.texts()
        return [texts(i)[0] for i in range(1, self.n_items + 1)]

    @property
    def users(self) -> Sequence[str]:
        """The users' tokens in the order of their ids, which begin with 1."""
        texts = self._opened.texts()
        return [texts.text("seqrec_user_token", i) for i in range(1, self.n_users + 1)]

    def item_id(self, item: Token) -> int:
        """An item's id, from 1 on; 0 if the model doesn't know it."""
        return self._opened.id_of("seqrec_item_id", token_bytes(item, "the item"))

    def title(self, item: Token) -> str:
        """An item's title; "" if it has none. UnknownItemError for an item that the model doesn't know."""
        found = self.item_id(item)
        if found == 0:
            raise UnknownItemError(f"the model doesn't know the item {token_text(item, 'the item')!r}")
        return self._opened.texts()(found)[1]

    def knows(self, item: Token) -> bool:
        """Whether the model knows an item."""
        return self.item_id(item) > 0

    @property
    def config(self) -> dict[str, Any]:
        """The configuration that it was trained with, without paths."""
        return self._opened.file.json("config")

    def parameters(self) -> dict[str, Array]:
        """Every parameter by its name, which is RecBole's, as the model file has it. A table that ``seqrec export --table int8``
        narrowed is of bytes, whose rows are multiples of ``NAME.scale``."""
        self._opened.handle()
        return self._opened.file.parameters()

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
        if is_table(histories):
            if users is not None:
                raise UsageError("users can't be given beside a frame, which names them")
            table = Table(histories, "the frame")
            owners, lists = histories_of(table, user_id, item_id, timestamp)
            answers = self._opened.recommend(asked_of(lists, owners), k, owners, exclude, candidates, filter_viewed)
            return like(histories, as_given(answers.columns(), table, user_id, item_id))
        named = None if users is None else list(listed(users, "users"))
        answers = self._opened.recommend(asked_of(histories, named), k, named, exclude, candidates, filter_viewed)
        return like(users, answers.columns()) if is_column(users) else answers

    def score(
        self, histories: Sequence[History], items: Iterable[Token], *, users: Optional[Sequence[Token]] = None
    ) -> Array:
        """The scores of given items, of shape [histories, items], float64; NaN for an item that the model doesn't know."""
        asked = asked_of(histories, users)
        tokens, n = token_array(items, "items")
        scores = Numbers("d", (len(asked), n), float("nan"))
        session = self._opened.session()
        for i, one in enumerate(asked):
            self._opened.ask(one, "seqrec_session_score", session, one.query, tokens, n, scores.pointer(i * n))
        return scores.array()

    def vectors(self, histories: Sequence[History], *, users: Optional[Sequence[Token]] = None) -> Array:
        """The vectors that the model makes of histories, of shape [histories, width], float32. Their products with
        ``item_vectors()`` are the scores. UnsupportedError in a model that scores otherwise (DIEN, Pop, Markov, ItemKNN)."""
        asked, width = asked_of(histories, users), int(self._opened.info.history_vector_width)
        vectors = Numbers("f", (len(asked), width))
        session = self._opened.session()
        for i, one in enumerate(asked):
            self._opened.ask(one, "seqrec_session_vector", session, one.query, width, vectors.pointer(i * width))
        return vectors.array()

    def item_vectors(self) -> Array:
        """The vectors that the model scores items by, of shape [n_items, width], float32. UnsupportedError in a model that has none
        (Pop, Markov, ItemKNN)."""
        width = int(self._opened.info.item_vector_width)
        vectors = Numbers("f", (self.n_items, width))
        self._opened.library.call("seqrec_item_vectors", self._opened.handle(), 1, self.n_items, width, vectors.pointer())
        return vectors.array()

    def session(self, history: Optional[History] = (), *, user: Optional[Token] = None) -> Session:
        """A history that grows: :class:`Session`. ``history=None`` begins with the user's own."""
        return Session(self._opened, history, user)

    def close(self) -> None:
        """Gives the model up. Its memory goes with the last call and session that uses it."""
        self._opened.close()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = ", closed" if self._opened.is_closed else ""
        return f"<seqrec.Model {self.name} of {self.n_items} items and {self.n_users} users, {self.path}{closed}>"


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
        Opened(
            str(file),
            None if histories is False else str(histories),
            unknown_items=unknown_items,
            unknown_users=unknown_users,
            empty_history=empty_history,
        )
    )

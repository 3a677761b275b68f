"""Who is asked about: histories, users, or a frame of both."""

from __future__ import annotations

import numbers
from typing import Any, Iterable, Optional

from . import _library as c
from ._errors import UsageError
from ._frames import Table, missing
from ._tokens import listed, token_array, token_bytes


class Asked:
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


def asked_of(histories: Any, users: Any) -> list[Asked]:
    if histories is None and users is None:
        raise UsageError("whom to ask about? Give histories, users or both")
    if histories is None:
        return [Asked(f"users[{i}]", None, user) for i, user in enumerate(listed(users, "users"))]
    lists = listed(histories, "histories", "histories")
    if users is None:
        return [Asked(f"histories[{i}]", one, None) for i, one in enumerate(lists)]
    owners = listed(users, "users")
    if len(owners) != len(lists):
        raise UsageError(f"there are {len(lists)} histories of {len(owners)} users")
    return [
        Asked(f"histories[{i}] (user {user!r})", one, user) for i, (one, user) in enumerate(zip(lists, owners))
    ]


def histories_of(table: Table, user_id: str, item_id: str, timestamp: str) -> tuple[list[Any], list[list[Any]]]:
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


def as_given(answer: dict[str, list[Any]], given: Table, user_id: str, item_id: str) -> dict[str, list[Any]]:
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

"""What the library answers."""

from __future__ import annotations

import importlib
from typing import Any, Callable, NamedTuple, Optional, Sequence, overload

from ._arrays import Array, Numbers


class Recommendation(NamedTuple):
    """An item that most likely comes next. Scores compare within one answer only."""

    item: str
    score: float
    title: str  # "" if the model file has none


class Recommendations(Sequence[Sequence[Recommendation]]):
    """Answers, one for each history or user that was asked about, each a list with the best item first.

    ``ids`` and ``scores``, of shape [answers, k], are the same as numbers: an answer with fewer items ends in ids of 0 and
    scores of NaN. Item i of the model is ``model.items[i - 1]``.
    """

    def __init__(
        self,
        found: Callable[[int], tuple[str, str]],
        ids: Numbers,
        scores: Numbers,
        counts: list[int],
        *,
        users: Optional[list[Any]],
        has_titles: bool,
        unknown_items: list[int],
        unknown_users: list[bool],
        unknown_candidates: int,
        unknown_excluded: int,
    ) -> None:
        self._found = found  # an item's token and title
        self._ids, self._scores, self._counts = ids, scores, counts
        self._has_titles = has_titles
        #: Who was asked about, as given; None for histories alone.
        self.users = users
        #: How many items of each history the model doesn't know; they were skipped.
        self.unknown_items = unknown_items
        #: Whether each user is one that the model doesn't know.
        self.unknown_users = unknown_users
        #: How many of the candidates, and of what was excluded, the model doesn't know.
        self.unknown_candidates = unknown_candidates
        self.unknown_excluded = unknown_excluded

    @property
    def ids(self) -> Array:
        """The items' ids, int32."""
        return self._ids.array()

    @property
    def scores(self) -> Array:
        """The items' scores, float64."""
        return self._scores.array()

    @property
    def items(self) -> list[list[str]]:
        """The items' tokens alone."""
        return [[one.item for one in answer] for answer in self]

    def __len__(self) -> int:
        return len(self._counts)

    @overload
    def __getitem__(self, index: int) -> list[Recommendation]: ...

    @overload
    def __getitem__(self, index: slice) -> list[list[Recommendation]]: ...

    def __getitem__(self, index: int | slice) -> list[Recommendation] | list[list[Recommendation]]:
        if isinstance(index, slice):
            return [self._answer(i) for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} answers, got the index {index}")
        return self._answer(index % len(self))

    def _answer(self, row: int) -> list[Recommendation]:
        begin = row * self._ids.shape[1]
        places = slice(begin, begin + self._counts[row])
        pairs = zip(self._ids.flat()[places], self._scores.flat()[places])
        return [Recommendation(token, score, title) for (token, title), score in ((self._found(i), s) for i, s in pairs)]

    def columns(self) -> dict[str, list[Any]]:
        """A row for each item: ``user_id`` (of histories alone ``row``, their number), ``item_id``, ``score``, ``rank`` from 1, and
        ``title`` if the model file has titles."""
        owners = list(range(len(self))) if self.users is None else self.users
        out: dict[str, list[Any]] = {"row" if self.users is None else "user_id": [], "item_id": [], "score": [], "rank": []}
        who, items, scores, ranks = out.values()
        titles: list[str] = []
        for owner, answer in zip(owners, self):
            who.extend([owner] * len(answer))
            items.extend(one.item for one in answer)
            scores.extend(one.score for one in answer)
            ranks.extend(range(1, len(answer) + 1))
            titles.extend(one.title for one in answer)
        if self._has_titles:
            out["title"] = titles
        return out

    def to_pandas(self) -> Any:
        """``columns()`` as a pandas.DataFrame."""
        return importlib.import_module("pandas").DataFrame(self.columns())

    def to_polars(self) -> Any:
        """``columns()`` as a polars.DataFrame."""
        return importlib.import_module("polars").DataFrame(self.columns())

    def __repr__(self) -> str:
        shown = [f"  {', '.join(f'{one.item} {one.score:.4f}' for one in answer[:5])}" for answer in self[:5]]
        more = [] if len(self) <= 5 else ["  ..."]
        return "\n".join([f"<{len(self)} answers of up to {self._ids.shape[1]} items", *shown, *more]) + ">"

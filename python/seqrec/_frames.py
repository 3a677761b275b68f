"""Tables that callers have: data frames of pandas and Polars, tables of Arrow, mappings of columns. None of these libraries
is imported here: who has a frame of one has imported it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from ._errors import UsageError


class Frame(Protocol):
    """A pandas.DataFrame or polars.DataFrame."""

    @property
    def columns(self) -> Any: ...

    def __getitem__(self, key: Any, /) -> Any: ...

    def head(self, n: int = ..., /) -> Any: ...


F = TypeVar("F", bound=Frame)


def is_of(value: Any, library: str, kind: str) -> bool:
    """Whether this is an instance of library.kind."""
    module = sys.modules.get(library)
    return module is not None and isinstance(value, getattr(module, kind, ()))


def is_table(value: Any) -> bool:
    return isinstance(value, Mapping) or any(
        is_of(value, *name)
        for name in (("pandas", "DataFrame"), ("polars", "DataFrame"), ("polars", "LazyFrame"), ("pyarrow", "Table"))
    )


class Table:
    """The columns of a frame, as lists of Python's values."""

    def __init__(self, frame: Any, what: str) -> None:
        if is_of(frame, "polars", "LazyFrame"):
            raise UsageError(f"{what} is a polars.LazyFrame: collect() it first")
        self._frame = frame
        self.what = what
        self.names = list(frame.column_names if hasattr(frame, "column_names") else getattr(frame, "columns", frame))
        for name in self.names:
            if not isinstance(name, str):
                raise UsageError(f"{what}: the column {name!r} has no text for a name")
            if self.names.count(name) > 1:
                raise UsageError(f"{what} has two columns {name!r}")
        lengths = {len(frame[name]) for name in self.names}
        if len(lengths) > 1:
            raise UsageError(f"{what}: the columns have different lengths: {', '.join(map(str, sorted(lengths)))}")
        self.rows = lengths.pop() if lengths else 0
        self._numbers: str | None = None

    def number_rows(self, name: str) -> None:
        """Adds a column of the rows' numbers."""
        self.names.append(name)
        self._numbers = name

    def require(self, name: str, option: str) -> None:
        if name not in self.names:
            there = ", ".join(map(repr, self.names)) or "none"
            raise UsageError(f"{self.what} has no column {name!r} ({option}=... names another one); there are {there}")

    def values(self, name: str, begin: int = 0, end: int | None = None) -> list[Any]:
        """Of some rows, missing ones as None, NaN or the like."""
        if name == self._numbers:
            return list(range(self.rows)[begin:end])
        column = self._frame[name]
        part = column.iloc[begin:end] if hasattr(column, "iloc") else column[begin:end]
        for method in ("tolist", "to_list", "to_pylist"):
            if hasattr(part, method):
                return list(getattr(part, method)())
        return list(part)

    def sorted_by(self, name: str) -> Table:
        """The rows in the order of a column, equal ones as they are."""
        frame = self._frame
        if is_of(frame, "pandas", "DataFrame"):
            return Table(frame.sort_values(name, kind="stable"), self.what)
        if is_of(frame, "polars", "DataFrame"):
            return Table(frame.sort(name, maintain_order=True), self.what)
        times = self.values(name)
        order = sorted(range(len(times)), key=times.__getitem__)
        return Table({other: [v[i] for i in order] for other in self.names for v in [self.values(other)]}, self.what)


def missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, pandas.NA, NaT."""
    if value is None:
        return True
    if isinstance(value, (str, int, list, tuple)):
        return False
    if isinstance(value, float):
        return value != value
    if type(value).__name__ in ("NAType", "NaTType"):
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # an array
        return False


def like(frame: Any, columns: dict[str, list[Any]]) -> Any:
    """Columns as a frame of the same library as another; a mapping stays one."""
    if is_of(frame, "pandas", "DataFrame") or is_of(frame, "pandas", "Series") or is_of(frame, "pandas", "Index"):
        return sys.modules["pandas"].DataFrame(columns)
    if is_of(frame, "polars", "DataFrame") or is_of(frame, "polars", "Series"):
        return sys.modules["polars"].DataFrame(columns)
    if is_of(frame, "pyarrow", "Table"):
        return sys.modules["pyarrow"].table(columns)
    return columns


def is_column(value: Any) -> bool:
    """Whether this is a column of a data frame."""
    return any(is_of(value, *name) for name in (("pandas", "Series"), ("pandas", "Index"), ("polars", "Series")))

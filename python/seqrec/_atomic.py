"""Data frames as RecBole's atomic files, which the program reads (docs/your-data.md)."""

from __future__ import annotations

import datetime
import math
import numbers
import os
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Callable, Collection, Mapping, Optional

from ._errors import UsageError
from ._frames import Table, missing
from ._tokens import token_text

_NUMBERS = ("timestamp", "rating", "label", "price")  # as in `seqrec convert`
_TYPES = ("token", "token_seq", "float", "float_seq")
_SPECIAL = frozenset('\t\n\r\0"')  # of a text that isn't written as it stands
_ROWS = 65536  # that are written at once


def write_atomic(
    table: Table,
    file: Path,
    *,
    required: Collection[str] = (),
    names: Mapping[str, str] = MappingProxyType({}),
    types: Mapping[str, str] = MappingProxyType({}),
    time: str = "",
) -> None:
    """Writes a table as one step. The columns `required` hold ids that must be there, that of `time` numbers or dates; `names` gives
    columns other names, `types` other types than their values say. UsageError naming column and row for a value that doesn't fit."""
    for name, kind in types.items():
        if kind not in _TYPES:
            raise UsageError(f"types: {name!r} is {kind!r}, expected one of {', '.join(_TYPES)}")
    if table.rows == 0:
        raise UsageError(f"{table.what} has no rows")
    columns = [_Column(table, name, types.get(name), name in required, name == time) for name in table.names]
    written = [names.get(name, name) for name in table.names]
    for name in written:
        if written.count(name) > 1:
            raise UsageError(f"{table.what}: two columns would be called {name!r}: drop or rename one")
    header = [f"{name}:{column.kind}" for name, column in zip(written, columns)]

    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(file.name + ".seqrec.tmp")
    try:
        with open(scratch, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as out:
            out.write("\t".join(header) + "\n")
            for begin in range(0, table.rows, _ROWS):
                parts = [column.texts(begin, begin + _ROWS) for column in columns]
                out.writelines("\t".join(row) + "\n" for row in zip(*parts))
        os.replace(scratch, file)
    finally:
        scratch.unlink(missing_ok=True)


class _Column:
    def __init__(self, table: Table, name: str, kind: Optional[str], required: bool, is_time: bool) -> None:
        if not name or any(c in name for c in ':\t\n\r\0"'):
            raise UsageError(f"{table.what}: {name!r} can't be a column of an atomic file: rename it")
        self.name = name
        self._table, self._required = table, required
        self.kind = "token" if required else kind or self._own_kind(is_time)
        if required and kind not in (None, "token"):
            raise UsageError(f"types: {name!r} holds ids, which are tokens")
        one: dict[str, Callable[[Any, str], str]] = {
            "token": _token,
            "token_seq": _tokens,
            "float": _time if is_time else _number,
            "float_seq": _numbers,
        }
        self._text = one[self.kind]

    def _own_kind(self, is_time: bool) -> str:
        """What the first value that isn't missing says."""
        if is_time or self.name in _NUMBERS:
            return "float"
        for begin in range(0, self._table.rows, _ROWS):
            for value in self._table.values(self.name, begin, begin + _ROWS):
                if _is_list(value):
                    parts = [part for part in value if not missing(part)]
                    if parts:
                        return "float_seq" if isinstance(parts[0], float) else "token_seq"
                elif not missing(value):
                    return "float" if isinstance(value, float) else "token"
        return "token"

    def texts(self, begin: int, end: int) -> list[str]:
        """Of some rows, as they are written."""
        values = self._table.values(self.name, begin, end)
        types = set(map(type, values))
        if types == {int} and self.kind in ("token", "float"):  # most columns, and much faster
            return list(map(str, values))
        if types == {str} and self.kind == "token" and all(values) and not _SPECIAL.intersection("".join(values)):
            return values
        out = []
        for row, value in enumerate(values, begin):
            try:
                text = self._text(value, "") if _is_list(value) or not missing(value) else ""
            except UsageError:
                self._text(value, self._where(row))  # once more, with a text that is only made here
                raise
            if self._required and not text:
                raise UsageError(f"{self._where(row)} is missing")
            out.append(f'"{text.replace(chr(34), chr(34) * 2)}"' if text.startswith('"') or "\t" in text else text)
        return out

    def _where(self, row: int) -> str:
        return f"row {row} of {self._table.what}: {self.name}"


def _is_list(value: Any) -> bool:
    if isinstance(value, (str, int, float)):
        return False
    return isinstance(value, (list, tuple)) or (hasattr(value, "tolist") and getattr(value, "shape", ()) != ())


def _token(value: Any, where: str) -> str:
    text = str(value) if isinstance(value, bool) else token_text(value, where)
    if "\n" in text or "\r" in text:
        raise UsageError(f"{where} is {text!r}: an atomic file can't hold a line end")
    return text


def _tokens(value: Any, where: str) -> str:
    if not _is_list(value):
        return _token(value, where)
    texts = [_token(part, where) for part in value]
    for text in texts:
        if " " in text or not text:
            raise UsageError(f"{where} holds {text!r}: what is in a list can't be empty nor hold a space")
    return " ".join(texts)


def _number(value: Any, where: str) -> str:
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, (numbers.Real, Decimal)) and math.isfinite(value):
        return repr(float(value))
    raise UsageError(f"{where} is {value!r}, expected a finite number")


def _numbers(value: Any, where: str) -> str:
    if not _is_list(value):
        raise UsageError(f"{where} is {value!r}, expected a list of numbers")
    return " ".join(_number(part, where) for part in value)


def _time(value: Any, where: str) -> str:
    """A number, or a date: a text is one that the program reads."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return _token(value, where) if isinstance(value, str) else _number(value, where)

"""Where the data of a command are: files that are there, or a frame that is written as some."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping, NamedTuple, Optional

from ._atomic import write_atomic
from ._errors import FileError, UsageError
from ._frames import Table, is_table

_FIELDS = {"USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id", "TIME_FIELD": "timestamp"}
_OF_FILES = (*_FIELDS, "field_separator", "seq_separator", "quoting", "benchmark_filename")


class Columns(NamedTuple):
    """Which columns of a frame are what, and of which types others are."""

    user_id: str = "user_id"
    item_id: str = "item_id"
    timestamp: str = "timestamp"
    types: Optional[Mapping[str, str]] = None


class Source:
    """The data that a command is given: a path, or a frame of interactions with perhaps frames of its items and users."""

    def __init__(self, data: Any, items: Any, users: Any, columns: Columns, keys: Mapping[str, Any]) -> None:
        for key in ("dataset", "data_path"):
            if key in keys:
                raise UsageError(f"the key {key} is what the data say: give a path such as data/ml-100k as the data")
        self._columns = columns
        self._folder: Optional[Path] = None
        if not is_table(data):
            if items is not None or users is not None or columns != Columns():
                raise UsageError("items, users, user_id, item_id, timestamp and types go with a frame of interactions")
            self._folder = _dataset_folder(data)
            return
        for key in _OF_FILES:
            if key in keys:
                raise UsageError(f"the key {key} is about files, and the data are a frame")
        self._tables = {"inter": Table(data, "the frame")}
        for kind, frame in (("item", items), ("user", users)):
            if frame is not None:
                if not is_table(frame):
                    raise UsageError(f"{kind}s is a {type(frame).__name__}, expected a data frame")
                self._tables[kind] = Table(frame, f"the frame of {kind}s")

    @property
    def name(self) -> list[str]:
        """That of a dataset; a frame has none."""
        return [] if self._folder is None else [self._folder.name]

    def arguments(self, folder: Path) -> list[str]:
        """The options that name the data; a frame is written into `folder`."""
        if self._folder is not None:
            return ["--data-path", str(self._folder.parent), "--dataset", self._folder.name]
        user_id, item_id, timestamp, types = self._columns
        for kind, name, option in (
            ("inter", user_id, "user_id"),
            ("inter", item_id, "item_id"),
            ("item", item_id, "item_id"),
            ("user", user_id, "user_id"),
        ):
            if kind in self._tables:
                self._tables[kind].require(name, option)
        interactions = self._tables["inter"]
        if timestamp == "timestamp" and timestamp not in interactions.names:
            interactions.number_rows(timestamp)
        interactions.require(timestamp, "timestamp")
        known = {name for table in self._tables.values() for name in table.names}
        for name in types or {}:
            if name not in known:
                raise UsageError(f"types: there is no column {name!r}")
        standard = {user_id: "user_id", item_id: "item_id", timestamp: "timestamp"}
        for kind, table in self._tables.items():
            write_atomic(
                table,
                folder / f"{folder.name}.{kind}",
                required={name for name in (user_id, item_id) if name in table.names},
                names=standard,
                types={name: of for name, of in (types or {}).items() if name in table.names},
                time=timestamp if kind == "inter" else "",
            )
        for kind in {"item", "user"} - set(self._tables):  # of data that stood there before
            (folder / f"{folder.name}.{kind}").unlink(missing_ok=True)
        named = [f"--set={key}={name}" for key, name in _FIELDS.items()]
        return ["--data-path", str(folder.parent.resolve()), "--dataset", folder.name, *named]


def _dataset_folder(data: Any) -> Path:
    """The folder NAME with the file NAME.inter, given as itself or as the file."""
    if not isinstance(data, (str, os.PathLike)):
        raise UsageError(
            f"the data are a {type(data).__name__}, expected a data frame of pandas, Polars or Arrow, a mapping of columns, "
            "or the path of a dataset"
        )
    path = Path(data).resolve()
    if path.is_dir():
        return path
    if not path.exists():
        raise FileError(f"there is no dataset {data}")
    name = path.name[:-3] if path.name.endswith(".gz") else path.name
    folder = path.parent
    if not name.endswith(".inter") or name[: -len(".inter")] != folder.name:
        raise UsageError(f"{data} is no dataset: expected a folder NAME with the file NAME.inter in it, or that file")
    return folder

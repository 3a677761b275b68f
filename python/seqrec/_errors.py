"""What goes wrong, as exceptions."""

from __future__ import annotations


class SeqrecError(Exception):
    """The base of all errors of this package; its text is meant for people."""


class UsageError(SeqrecError, ValueError):
    """An argument, or a key of the configuration, that there isn't or that is out of its range."""


class FileError(SeqrecError, OSError):
    """A file that can't be read, is damaged or is not what it should be."""


class UnknownUserError(SeqrecError, LookupError):
    """A user that the model doesn't know, under ``unknown_users="error"``."""


class UnknownItemError(SeqrecError, LookupError):
    """Items that the model doesn't know, under ``unknown_items="error"``."""


class EmptyHistoryError(SeqrecError, ValueError):
    """A history without an item that the model knows, under ``empty_history="error"``."""


class UnsupportedError(SeqrecError):
    """What a model of this kind hasn't got, such as vectors of a DIEN."""


class ClosedError(SeqrecError):
    """The model, or the session, was closed."""


class LibraryError(SeqrecError, ImportError):
    """libseqrec or the program ``seqrec`` is missing, can't be loaded or is another version's."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C ended a training. ``folder`` holds the run, and the text says how it goes on."""

    def __init__(self, text: str, folder: str) -> None:
        super().__init__(text)
        self.folder = folder


# seqrec_status of seqrec.h.
OK = 0
EMPTY_HISTORY = 5
_OF_STATUS = {
    2: UsageError,
    3: FileError,
    4: UnknownUserError,
    EMPTY_HISTORY: EmptyHistoryError,
    6: MemoryError,
    7: UnsupportedError,
}


def error_of(status: int, text: str) -> Exception:
    """The exception that stands for a status of the C interface."""
    return _OF_STATUS.get(status, SeqrecError)(text)

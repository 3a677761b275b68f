"""The program seqrec, which the package carries."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ._errors import LibraryError

_FILE = Path(__file__).parent / "bin" / "seqrec"


def program() -> str:
    """Its path."""
    if not os.access(_FILE, os.X_OK):
        raise LibraryError(f"{_FILE} is not there: this copy of the package seqrec is incomplete, install it again")
    return str(_FILE)


def main() -> None:
    """The command `seqrec`: becomes the program."""
    try:
        os.execv(program(), ["seqrec", *sys.argv[1:]])
    except (LibraryError, OSError) as error:
        sys.exit(f"seqrec: {error}")

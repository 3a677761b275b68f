"""Tokens of users and items as people have them, and as the C interface wants them."""

from __future__ import annotations

import ctypes
import numbers
from typing import Any, Iterable, Sequence, Union

from ._errors import UsageError

# A text or an integer, of Python or NumPy; 50 is the token "50".
Token = Union[str, int]
History = Sequence[Token]


def token_text(value: Any, where: str) -> str:
    """A token's text. UsageError, naming `where`, for what is none."""
    if isinstance(value, str):
        if "\0" in value:
            raise UsageError(f"{where}: {value!r} holds a character 0, which no token does")
        return value
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return str(int(value))
    raise UsageError(f"{where} is {_shown(value)}, expected a token: a text or an integer{_remedy(value)}")


def token_bytes(value: Any, where: str) -> bytes:
    return token_text(value, where).encode("utf-8", "surrogateescape")


def token_array(tokens: Iterable[Any], where: str) -> tuple[ctypes.Array[ctypes.c_char_p], int]:
    """The tokens as a `char*[]`, and how many there are: it has room for one where there is none, so it is never NULL."""
    encoded = [token_bytes(token, f"{where}[{i}]") for i, token in enumerate(listed(tokens, where))]
    return (ctypes.c_char_p * max(len(encoded), 1))(*encoded), len(encoded)


def listed(tokens: Any, where: str, of: str = "tokens") -> Sequence[Any]:
    """A list. UsageError for a text alone and for what can't be gone through."""
    if isinstance(tokens, (str, bytes)):
        raise UsageError(f"{where} is the text {tokens!r}, expected a list of {of}: [{tokens!r}]")
    if isinstance(tokens, (list, tuple)):
        return tokens
    if hasattr(tokens, "tolist"):  # NumPy, pandas: Python's own values
        tokens = tokens.tolist()
    elif hasattr(tokens, "to_list"):  # Polars
        tokens = tokens.to_list()
    try:
        return list(tokens)
    except TypeError:
        raise UsageError(f"{where} is {_shown(tokens)}, expected a list of {of}") from None


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def _remedy(value: Any) -> str:
    if isinstance(value, float):
        if value != value:
            return "; is it a missing value?"
        return "; missing values make floats of a pandas column of integers: drop them, or use astype('Int64')"
    return ""

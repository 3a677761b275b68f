"""Sequential recommendation: what comes next, from what users did.

    model = seqrec.load("runs/shan")
    model.recommend([["50", "181"], ["172"]], k=10)

    run = seqrec.fit(interactions, "SHAN", epochs=20)  # a data frame, or the path of a dataset
    run.recommend(users, k=10, filter_viewed=True)
"""

from ._errors import (
    ClosedError,
    EmptyHistoryError,
    FileError,
    Interrupted,
    LibraryError,
    SeqrecError,
    UnknownItemError,
    UnknownUserError,
    UnsupportedError,
    UsageError,
)
from ._model import Model, load
from ._recommendations import Recommendation, Recommendations
from ._session import Session
from ._training import Comparison, Run, compare, evaluate, fit, resume

__all__ = [
    "ClosedError",
    "Comparison",
    "EmptyHistoryError",
    "FileError",
    "Interrupted",
    "LibraryError",
    "Model",
    "Recommendation",
    "Recommendations",
    "Run",
    "SeqrecError",
    "Session",
    "UnknownItemError",
    "UnknownUserError",
    "UnsupportedError",
    "UsageError",
    "compare",
    "evaluate",
    "fit",
    "load",
    "resume",
]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("seqrec")
    raise AttributeError(f"module 'seqrec' has no attribute {name!r}")

"""Any number of threads may use one model, and compute at the same time."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import seqrec


def test_threads_get_the_same_answers(shan: seqrec.Model) -> None:
    histories = [list(shan.items[i : i + 1 + i % 9]) for i in range(200)]
    expected = list(shan.recommend(histories, 10))
    scores = shan.score(histories[:20], histories[0]).tolist()

    def work(turn: int) -> None:
        for i in range(20):
            at = (turn * 31 + i * 7) % 190
            assert list(shan.recommend(histories[at : at + 10], 10)) == expected[at : at + 10]
            assert shan.score(histories[i : i + 1], histories[0]).tolist()[0] == scores[i]

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, turn) for turn in range(16)]:
            done.result()


def test_a_model_closed_meanwhile(shop: Path) -> None:
    model = seqrec.load(shop / "run")
    begun = threading.Barrier(5)
    outcomes = []

    def work() -> None:
        begun.wait()
        try:
            while True:
                assert len(model.recommend([["b1"], ["b2"]], 3)) == 2
        except seqrec.ClosedError:
            outcomes.append("closed")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    model.close()
    for thread in threads:
        thread.join()
    assert outcomes == ["closed"] * 4


def test_a_session_is_of_one_thread_at_a_time(shan: seqrec.Model) -> None:
    """The library computes without the GIL: two threads can be in it, and one of them is refused."""
    session = shan.session(list(shan.items[:50]))
    refused = threading.Event()

    def work() -> None:
        for _ in range(20000):
            if refused.is_set():
                return
            try:
                session.recommend(shan.n_items)
            except seqrec.UsageError as error:
                assert "in use by another thread" in str(error)
                refused.set()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused.is_set()


def test_what_a_thread_leaves_is_given_back(shan: seqrec.Model) -> None:
    import ctypes

    closed = []
    close = shan._opened.library.close

    def count(name: str, handle: ctypes.c_void_p) -> None:
        closed.append(name)
        close(name, handle)

    gc.collect()  # what other tests left
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shan._opened.library, "close", count)
        thread = threading.Thread(target=lambda: shan.recommend([["b1"]], 1))
        thread.start()
        thread.join()
        gc.collect()
    assert sorted(closed) == ["seqrec_request_close", "seqrec_session_close"]

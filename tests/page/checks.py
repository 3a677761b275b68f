"""Checks that are counted, so that a test can say how many it made."""

made = 0


def check(value, what):
    global made
    made += 1
    if not value:
        raise AssertionError(what)

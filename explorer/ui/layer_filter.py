"""What is typed into the search field → which rows stay: ``type:conv error>1e-3 is:culprit inception_4``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from explorer.ui.layer_rows import LayerRow, RowState
from explorer.ui.theme import MARKS

Test = Callable[[LayerRow, RowState | None], bool]

COMPARISON = re.compile(r"(error|floor|cumulative)(>=|<=|>|<)(.+)")
OPERATORS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}


def layer_filter(text: str) -> Test:
    """A test that all words of ``text`` pass, capitals or not.

    A word is part of a layer's name; ``type:`` asks for part of its type, ``is:`` for part of its verdict's
    word, and ``error``, ``floor`` and ``cumulative`` are compared with a number. What is none of these is
    taken as a word.
    """
    tests = [_term(word) for word in text.casefold().split()]
    return lambda row, state: all(test(row, state) for test in tests)


def _term(word: str) -> Test:
    if word.startswith("type:"):
        kind = word.removeprefix("type:")
        return lambda row, state: not row.is_module and kind in row.type.casefold()
    if word.startswith("is:"):
        verdict = word.removeprefix("is:")
        return lambda row, state: (
            not row.is_module and state is not None and verdict in f"{MARKS[state.verdict].word} {state.verdict}"
        )
    found = COMPARISON.fullmatch(word)
    limit = None if found is None else _number(found[3])
    if found is None or limit is None:
        return lambda row, state: word in row.name.casefold()
    field, compare = found[1], OPERATORS[found[2]]

    def is_on_that_side(row: LayerRow, state: RowState | None) -> bool:
        value = None if state is None or row.is_module else getattr(state, field)
        return value is not None and compare(value, limit)

    return is_on_that_side


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None

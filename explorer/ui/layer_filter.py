"""What is typed into the search field → which rows stay: ``type:conv error>1e-3 -is:agrees inception_4``."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from explorer.comparison.comparison import Verdict
from explorer.ui.layer_rows import LayerRow, RowState, RowTime
from explorer.ui.theme import MARKS


@dataclass(frozen=True)
class RowFacts:
    """What is known of a row beside what it is."""

    state: RowState | None = None
    time: RowTime | None = None
    is_bookmarked: bool = False


Test = Callable[[LayerRow, RowFacts], bool]
Compare = Callable[[float, float], bool]

TERM = re.compile(r'(?P<minus>-?)(?P<head>[^\s"]*)(?:"(?P<phrase>[^"]*)"?)?')
COMPARISON = re.compile(r"(?P<field>[a-z]+)(?P<sign>>=|<=|>|<|=)(?P<limit>.*)")
NUMBER = re.compile(r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?P<unit>[a-zµμ]*)")
OPERATORS: Mapping[str, Compare] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": lambda value, limit: math.isclose(value, limit, rel_tol=1e-6),
}

COUNTS: Mapping[str, float] = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
TIMES: Mapping[str, float] = {"": 1.0, "ns": 1e-6, "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "ms": 1.0, "s": 1e3}
"""What a number in that unit is in milliseconds; without a unit it is in milliseconds."""

PLAIN: Mapping[str, float] = {"": 1.0}


@dataclass(frozen=True)
class Field:
    """A figure of a row, the units that may follow a number, and an example of its own."""

    of: Callable[[LayerRow, RowFacts], float | None]
    units: Mapping[str, float]
    example: str


def _of_state(name: Literal["error", "floor", "cumulative"]) -> Callable[[LayerRow, RowFacts], float | None]:
    return lambda row, facts: None if facts.state is None else getattr(facts.state, name)


FIELDS: Mapping[str, Field] = {
    "error": Field(_of_state("error"), PLAIN, "error>1e-3"),
    "floor": Field(_of_state("floor"), PLAIN, "floor>1e-6"),
    "cumulative": Field(_of_state("cumulative"), PLAIN, "cumulative>1e-3"),
    "params": Field(lambda row, facts: row.parameters, COUNTS, "params>1e5"),
    "macs": Field(lambda row, facts: row.macs, COUNTS, "macs>10M"),
    "time": Field(lambda row, facts: None if facts.time is None else facts.time.milliseconds, TIMES, "time>1ms"),
}
VERDICTS: Mapping[str, Verdict] = {
    "agrees": "match",
    "match": "match",
    "inherits": "inherited",
    "inherited": "inherited",
    "culprit": "culprit",
    "shape": "shape",
    "other shape": "shape",
    "not compared": "not compared",
}
BOOKMARKED = "bookmarked"
KEYS = ("type", "is", "shape")

SYNTAX: tuple[tuple[str, str], ...] = (
    ("3x3 reduce", "names that hold both words"),
    ('"conv 1"', "a phrase with a space in it"),
    ("type:conv", "part of the type"),
    ("is:culprit", "culprit, inherits, agrees, shape, bookmarked"),
    ("error>1e-3", "also floor, cumulative; < >= <= ="),
    ("params>1e5", "also macs; k, M and G are understood"),
    ("time>1ms", "also us, s"),
    ("shape:28x28", "these sizes side by side, * for any"),
    ("-type:pool", "not these"),
)
"""What can be typed, and what it finds."""


@dataclass(frozen=True)
class Filter:
    """Rows that pass every test; a module by its name alone. ``problem`` says of the first bad term what is wrong."""

    tests: tuple[Test, ...] = ()
    words: tuple[str, ...] | None = ()
    """All that is typed, where it is words of names alone; else None, and no module passes."""
    problem: str = ""

    def __call__(self, row: LayerRow, facts: RowFacts) -> bool:
        if row.is_module:
            return self.words is not None and all(word in row.name.casefold() for word in self.words)
        return all(test(row, facts) for test in self.tests)

    @property
    def is_empty(self) -> bool:
        """Whether every row passes."""
        return not self.tests


def layer_filter(text: str) -> Filter:
    """What ``text`` asks for, capitals or not; a term that can't be understood is left out, and told.

    A word is part of a layer's name, in quotes with spaces; :data:`SYNTAX` has the other terms, each of which a minus
    turns round.
    """
    tests: list[Test] = []
    words: list[str] = []
    problems = []
    only_words = True
    for found in TERM.finditer(text.casefold()):
        head, phrase = found["head"], found["phrase"]
        if not head and not phrase:
            continue
        try:
            test = _term(head, phrase)
        except _BadTermError as error:
            problems.append(str(error))
            continue
        is_word = test is None
        word = head + (phrase or "")
        chosen = _name_test(word) if test is None else test
        tests.append(_not(chosen) if found["minus"] else chosen)
        words.append(word)
        only_words = only_words and is_word and not found["minus"]
    return Filter(tuple(tests), tuple(words) if only_words else None, problems[0] if problems else "")


class _BadTermError(Exception):
    pass


def _not(test: Test) -> Test:
    return lambda row, facts: not test(row, facts)


def _name_test(word: str) -> Test:
    return lambda row, facts: word in row.name.casefold()


def _term(head: str, phrase: str | None) -> Test | None:
    """The test that a term asks for; None: it is part of a name."""
    key, colon, rest = head.partition(":")
    value = rest + (phrase or "")
    if colon and key in KEYS:
        if not value:
            raise _BadTermError(f"{key}: what? For example {_example(key)}.")
        return {"type": _type_test, "is": _is_test, "shape": _shape_test}[key](value)
    compared = COMPARISON.fullmatch(head)
    if compared is not None and phrase is None:
        return _comparison(compared["field"], compared["sign"], compared["limit"])
    if colon and value and (near := get_close_matches(key, KEYS, n=1)):
        raise _BadTermError(f"There is no {key}:, is {near[0]}: meant? In quotes it is a name.")
    return None


def _example(key: str) -> str:
    return next(term for term, _ in SYNTAX if term.startswith(f"{key}:"))


def _type_test(kind: str) -> Test:
    return lambda row, facts: kind in row.type.casefold()


def _is_test(word: str) -> Test:
    if len(word) > 1 and BOOKMARKED.startswith(word):
        return lambda row, facts: facts.is_bookmarked
    meant = {verdict for name, verdict in VERDICTS.items() if name.startswith(word)}
    if not meant:
        known = ", ".join(dict.fromkeys((*(mark.word for mark in MARKS.values()), BOOKMARKED)))
        raise _BadTermError(f"A layer is never “{word}”; it is one of {known}.")
    return lambda row, facts: facts.state is not None and facts.state.verdict in meant


def _shape_test(text: str) -> Test:
    wanted = re.split("[x×,]", text.strip("x×,"))
    if not all(size == "*" or size.isdecimal() for size in wanted):
        raise _BadTermError(f"“{text}” is no shape; for example {_example('shape')}.")

    def has_sizes(row: LayerRow, facts: RowFacts) -> bool:
        sizes = row.shape.split("×")
        starts = range(len(sizes) - len(wanted) + 1)
        return any(
            all(want in ("*", size) for want, size in zip(wanted, sizes[start:], strict=False)) for start in starts
        )

    return has_sizes


def _comparison(name: str, sign: str, limit: str) -> Test:
    field = FIELDS.get(name)
    if field is None:
        near = get_close_matches(name, FIELDS, n=1)
        hint = f"is {near[0]} meant?" if near else f"only {', '.join(FIELDS)} can."
        raise _BadTermError(f"“{name}” can't be compared with a number; {hint}")
    number = _number(limit, field.units)
    if number is None:
        units = ", ".join(dict.fromkeys(unit.replace("μ", "µ") for unit in field.units if unit))
        beside = f" (units: {units})" if units and NUMBER.fullmatch(limit) else ""
        said = f"“{limit}” is no number{beside}" if limit else f"{name}{sign} what?"
        raise _BadTermError(f"{said} For example {field.example}." if not limit else f"{said}; try {field.example}.")
    compare, of = OPERATORS[sign], field.of

    def is_on_that_side(row: LayerRow, facts: RowFacts) -> bool:
        value = of(row, facts)
        return value is not None and compare(value, number)

    return is_on_that_side


def _number(text: str, units: Mapping[str, float]) -> float | None:
    found = NUMBER.fullmatch(text)
    if found is None or found["unit"] not in units:
        return None
    return float(found["number"]) * units[found["unit"]]

"""What is typed → how well a name fits it, and which of its letters were meant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Fit(IntEnum):
    """How a name fits, the best first."""

    PREFIX = 0
    """The name begins with it."""
    WORDS = 1
    """Its words begin words of the name, in their order (``ex gr``, ``graph``)."""
    INITIALS = 2
    """Its letters begin words of the name, or go on from one that does (``oam``, ``exgr``)."""
    PART = 3
    """It stands somewhere in the name."""
    SCATTERED = 4
    """Its letters are there in their order."""


@dataclass(frozen=True, order=True)
class Match:
    """A fit, and the indices of the letters that were meant; of equal fits the closer and earlier is less."""

    fit: Fit
    spread: int
    letters: tuple[int, ...]


def match(typed: str, name: str, worst: Fit = Fit.SCATTERED) -> Match | None:
    """How ``name`` fits what was typed, capitals and outer spaces aside; None where it fits worse than ``worst``."""
    wanted, within = typed.strip().casefold(), name.casefold()
    if len(within) != len(name):
        # Where folding makes letters more, their places would no longer be the name's.
        within = name.lower() if len(name.lower()) == len(name) else name
    if not wanted:
        return Match(Fit.PREFIX, 0, ())
    if within.startswith(wanted):
        return _match(Fit.PREFIX, range(len(wanted)))
    if worst >= Fit.WORDS and (letters := _words(wanted.split(), within, name)):
        return _match(Fit.WORDS, letters)
    if worst >= Fit.INITIALS and (letters := _initials(wanted.replace(" ", ""), within, _starts(name))):
        return _match(Fit.INITIALS, letters)
    place = within.find(wanted) if worst >= Fit.PART else -1
    if place >= 0:
        return _match(Fit.PART, range(place, place + len(wanted)))
    if worst >= Fit.SCATTERED and (letters := _scattered(wanted.replace(" ", ""), within)):
        return _match(Fit.SCATTERED, letters)
    return None


def _match(fit: Fit, letters: range | list[int]) -> Match:
    return Match(fit, letters[-1] - letters[0] + 1 - len(letters), tuple(letters))


def _starts(name: str) -> list[int]:
    """Where words begin: after what is no letter or digit, and at a capital after a small letter."""
    return [
        index
        for index, letter in enumerate(name)
        if letter.isalnum()
        and (index == 0 or not name[index - 1].isalnum() or (letter.isupper() and name[index - 1].islower()))
    ]


def _words(words: list[str], within: str, name: str) -> list[int]:
    letters: list[int] = []
    starts = iter(_starts(name))
    for word in words:
        place = next((start for start in starts if within.startswith(word, start)), None)
        # A word with a gap in it, like "3x3_reduce", may reach beyond where the next one begins.
        if place is None or (letters and place <= letters[-1]):
            return []
        letters += range(place, place + len(word))
    return letters


def _initials(wanted: str, within: str, starts: list[int]) -> list[int]:
    """Each letter at the start of a word or right behind the one before."""
    is_start = set(starts)
    # By the place of the last letter, one way to get there: any will do for the letters that follow.
    ways: dict[int, list[int]] = {start: [start] for start in starts if within[start] == wanted[0]}
    for letter in wanted[1:]:
        further: dict[int, list[int]] = {}
        for last, way in ways.items():
            for place in range(last + 1, len(within)):
                if within[place] == letter and (place == last + 1 or place in is_start):
                    further.setdefault(place, [*way, place])
        ways = further
    return next(iter(ways.values()), [])


def _scattered(wanted: str, within: str) -> list[int]:
    letters: list[int] = []
    place = -1
    for letter in wanted:
        place = within.find(letter, place + 1)
        if place < 0:
            return []
        letters.append(place)
    return letters

"""What the command palette offers for what is typed: commands, and layers to go to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice

from explorer.ui.command import Choice, Command
from explorer.ui.fuzzy import Fit, Match, match

GO_TO = "Go to layer "
MOST_LAYERS = 20
"""More layers than this at a time nobody looks through; another letter leaves fewer."""

_LAYERS_LOOKED_AT = 5_000


@dataclass(frozen=True)
class Entry:
    """One line: ``text``, of which the ``letters`` were typed; a command, one of its choices, or a layer to go to."""

    text: str
    letters: frozenset[int] = frozenset()
    command: Command | None = None
    layer: str | None = None
    choice: Choice | None = None

    @property
    def place(self) -> str:
        """The path of the command's menu; a choice's ends with the command."""
        if self.command is None:
            return ""
        path = self.command.menu.replace("/", " › ")
        return path if self.choice is None else f"{path} › {self.command.text}"


Choices = Iterable[tuple[Command, Choice]]


def entries(typed: str, commands: Iterable[Command], layers: Iterable[str], choices: Choices = ()) -> tuple[Entry, ...]:
    """All commands where nothing is typed; else what fits, the best first.

    Commands come by their name, then by words of their menu's path, then what can be chosen for a command, then layers,
    and last the commands that only have the letters somewhere in their name. Neither choices nor layers are looked for
    by scattered letters.
    """
    if not typed.strip():
        return tuple(Entry(command.text, command=command) for command in commands)
    ranked: list[tuple[tuple[int, Match, int], Entry]] = []
    for number, command in enumerate(commands):
        found = match(typed, command.text)
        path = f"{command.menu} {command.text}".replace("/", " ")
        by_path = match(typed, path, Fit.WORDS) if found is None or found.fit == Fit.SCATTERED else None
        if by_path is not None:
            before = len(path) - len(command.text)
            letters = frozenset(index - before for index in by_path.letters if index >= before)
            ranked.append(((1, by_path, number), Entry(command.text, letters, command)))
        elif found is not None:
            rank = 4 if found.fit == Fit.SCATTERED else 0
            ranked.append(((rank, found, number), Entry(command.text, frozenset(found.letters), command)))
    ranked += _choices(typed, choices)
    ranked += _layers(typed, layers)
    return tuple(entry for _, entry in sorted(ranked, key=lambda pair: pair[0]))


def all_choices(choices: Choices) -> tuple[Entry, ...]:
    """What there is to choose from, as it stands in its menu."""
    return tuple(Entry(choice.text, command=command, choice=choice) for command, choice in choices)


def _choices(typed: str, choices: Choices) -> list[tuple[tuple[int, Match, int], Entry]]:
    return [
        ((2, fit, number), Entry(choice.text, frozenset(fit.letters), command, choice=choice))
        for number, (command, choice) in enumerate(choices)
        if (fit := match(typed, choice.text, Fit.PART)) is not None
    ]


def _layers(typed: str, layers: Iterable[str]) -> list[tuple[tuple[int, Match, int], Entry]]:
    # Letters are cheap to find and words are not: in a large network only the first that have them are ranked.
    wanted = typed.casefold().split()
    holding = ((number, name) for number, name in enumerate(layers) if all(word in name.casefold() for word in wanted))
    found = (
        ((3, fit, number), name)
        for number, name in islice(holding, _LAYERS_LOOKED_AT)
        if (fit := match(typed, name, Fit.PART)) is not None
    )
    return [
        (key, Entry(GO_TO + name, frozenset(index + len(GO_TO) for index in key[1].letters), layer=name))
        for key, name in nsmallest(MOST_LAYERS, found)
    ]

"""Keys that a view understands while it has the keyboard: one table a view, for the view and for the shortcut sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

View = TypeVar("View")


@dataclass(frozen=True)
class KeyText:
    """One or more keys that do the same, and what that is."""

    keys: tuple[Qt.Key | QKeyCombination, ...]
    text: str

    @property
    def names(self) -> tuple[str, ...]:
        """The keys as they are called on this desktop."""
        return tuple(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in self.keys)


@dataclass(frozen=True)
class ViewKey(KeyText, Generic[View]):
    """What the keys do to a view, where it says that they can; ``also`` are keys that go without saying."""

    do: Callable[[View], object]
    when: Callable[[View], bool] = lambda view: True
    also: tuple[Qt.Key, ...] = ()


def press(view: View, table: Iterable[ViewKey[View]], event: QKeyEvent) -> bool:
    """Do what the table says for the pressed key; gives whether it says anything."""
    key = Qt.Key(event.key())
    for row in table:
        if (key in row.keys or key in row.also) and row.when(view):
            row.do(view)
            return True
    return False

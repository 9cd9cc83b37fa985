"""What a command is: one thing to ask for, with its menu, its key, and when it can be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.ui.conditions import NEEDS, always

if TYPE_CHECKING:
    from explorer.ui.workbench import Workbench


@dataclass(frozen=True)
class Choice:
    """One line of a menu that is made anew whenever it opens.

    ``missing`` says why it can't be chosen, ``checked`` whether it is in force (None: it is done once). In the palette
    it stands by its ``text`` alone, unless it is for menus only.
    """

    text: str
    run: Callable[[Workbench], None]
    tip: str = ""
    missing: str = ""
    checked: bool | None = None
    group: int = 0
    in_palette: bool = True


@dataclass(frozen=True)
class Command:
    """One thing to ask for.

    ``menu`` is the path of its menu (``View/Theme``), ``group`` parts a menu by separators, and ``short``
    is its text on the toolbar, where it stands when it has an ``icon``. ``checked`` tells whether it is in
    force; None: it is done once. ``role`` moves it where the desktop wants it (``quit``, ``about``). With
    ``choices`` it is a menu of its own, of what there is to choose from at the moment.
    """

    id: str
    text: str
    menu: str
    run: Callable[[Workbench], None]
    shortcut: str = ""
    tip: str = ""
    enabled: Callable[[Workbench], bool] = always
    checked: Callable[[Workbench], bool] | None = None
    group: int = 0
    icon: str = ""
    short: str = ""
    role: str = ""
    choices: Callable[[Workbench], tuple[Choice, ...]] | None = None

    def missing(self, window: Workbench) -> str:
        """Why it can't be done now, in a few words; empty where it can."""
        return "" if self.enabled(window) else NEEDS[self.enabled]

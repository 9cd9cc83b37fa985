"""In which order Tab goes through the window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def order_focus(parts: Sequence[QWidget]) -> None:
    """Let Tab go through ``parts`` of one window in this order, and within each as it goes now."""
    chain = [*focus_chain(parts[0].window())]
    chain_widgets([widget for part in parts for widget in chain if widget is part or part.isAncestorOf(widget)])


def chain_widgets(widgets: Iterable[QWidget]) -> None:
    """Let Tab go from each of ``widgets`` to the next; what is made late would otherwise stand behind everything."""
    for before, after in pairwise(widgets):
        QWidget.setTabOrder(before, after)


def focus_chain(window: QWidget) -> Iterator[QWidget]:
    """What Tab can stop at in the window, hidden parts too, in its order."""
    # Not as far as the window: PySide would make it a child of the widget before it, and it would never be freed.
    last, widget = window.previousInFocusChain(), window.nextInFocusChain()
    while widget is not None and widget is not window:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
            yield widget
        widget = None if widget is last else widget.nextInFocusChain()

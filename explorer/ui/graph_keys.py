"""What the keys do in the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from explorer.ui.view_keys import ViewKey

if TYPE_CHECKING:
    from explorer.ui.graph_view import GraphView

GRAPH_KEYS: tuple[ViewKey[GraphView], ...] = (
    ViewKey((Qt.Key.Key_Down,), "To what reads the layer", lambda view: view.walk("down")),
    ViewKey((Qt.Key.Key_Up,), "To what the layer reads", lambda view: view.walk("up")),
    ViewKey((Qt.Key.Key_Left,), "To the left of it", lambda view: view.walk("left")),
    ViewKey((Qt.Key.Key_Right,), "To the right of it", lambda view: view.walk("right")),
    ViewKey((Qt.Key.Key_Home,), "To the top", lambda view: view.choose_end(0)),
    ViewKey((Qt.Key.Key_End,), "To the bottom", lambda view: view.choose_end(-1)),
    ViewKey(
        (Qt.Key.Key_2,), "Zoom to the layer", lambda view: view.zoom_to_choice(), when=lambda view: view.has_choice
    ),
    ViewKey((Qt.Key.Key_A,), "What it is computed from", lambda view: view.toggle_way("ancestors")),
    ViewKey((Qt.Key.Key_D,), "What is computed from it", lambda view: view.toggle_way("descendants")),
    ViewKey((Qt.Key.Key_Escape,), "Show all alike", lambda view: view.show_ways(()), when=lambda view: bool(view.ways)),
    ViewKey(
        (Qt.Key.Key_Return, Qt.Key.Key_Space),
        "Open or close module",
        lambda view: view.toggle_around(),
        when=lambda view: view.has_choice,
        also=(Qt.Key.Key_Enter,),
    ),
)
"""What the keys do in the graph, beside those of every canvas."""

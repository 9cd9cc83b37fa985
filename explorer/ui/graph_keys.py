"""What the keys do in the graph."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt

from explorer.ui.view_keys import ViewKey

if TYPE_CHECKING:
    from explorer.ui.graph_lineage import Way
    from explorer.ui.graph_walk import Step


class Graph(Protocol):
    """The graph as its keys see it."""

    @property
    def has_choice(self) -> bool:
        """Whether a layer is chosen."""

    @property
    def ways(self) -> frozenset[Way]:
        """What is pointed out: ancestors, descendants."""

    def walk(self, step: Step) -> None:
        """Go to the layer that lies in that direction."""

    def choose_end(self, place: int) -> None:
        """Go to the first layer, or to the last."""

    def zoom_to_choice(self) -> None:
        """Show the chosen layer large."""

    def toggle_way(self, way: Way) -> None:
        """Point out what lies on that way, or do so no longer."""

    def show_ways(self, ways: Collection[Way]) -> None:
        """Point out what lies on these ways."""

    def toggle_around(self) -> None:
        """Open the module that is chosen, or close the one around the choice."""


GRAPH_KEYS: tuple[ViewKey[Graph], ...] = (
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

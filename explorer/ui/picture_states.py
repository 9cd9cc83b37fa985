"""The states of the window that the documentation shows: what is dropped, and what is done then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtWidgets import QLineEdit

from explorer.ui.main_window import MainWindow

Dropped = Literal["nothing", "network", "all", "sketch", "port", "folder", "damaged"]
"""What the window was given: the network alone, with picture and reference, with a sketch of one's own, a port …"""

BRANCH = "inception_3b/3x3"
"""A layer of the example with branches beside it, one of the three that are wrong in the broken port."""

FIRST, LAST = "conv1/7x7_s2", "prob"

JOINED = "inception_3a/output"
"""A layer whose maps still show the picture."""

BEST, PLACE = 0, (14, 10)
"""In the order of activation, the channel that is looked at; row and column of the value whose window is shown."""


@dataclass(frozen=True)
class State:
    """One picture: its file's name, what was dropped, and what a person does after the states before it.

    The ten ``main`` ones are compared with those that are kept.
    """

    name: str
    dropped: Dropped
    arrange: Callable[[MainWindow], None]
    main: bool = False


def _commands(*ids: str) -> Callable[[MainWindow], None]:
    def arrange(window: MainWindow) -> None:
        for id in ids:
            window.commands.run(id)

    return arrange


def _layer(name: str, *ids: str) -> Callable[[MainWindow], None]:
    def arrange(window: MainWindow) -> None:
        window.desk.choose_layer(name)
        _commands(*ids)(window)

    return arrange


def _palette(window: MainWindow) -> None:
    window.show_palette()
    field = window.command_palette.findChild(QLineEdit)
    assert field is not None
    field.setText("save")


def _search(window: MainWindow) -> None:
    window.toolbar.search.setText("type:conv -inception_3b error>1e-8")


def _tab(place: int, layer: str) -> Callable[[MainWindow], None]:
    def arrange(window: MainWindow) -> None:
        window.desk.choose_layer(layer)
        window.maps_view.plots.setCurrentIndex(place)

    return arrange


def _sorted(window: MainWindow) -> None:
    window.desk.choose_layer(JOINED)
    window.maps_view.plots.setCurrentIndex(0)
    window.commands.run("maps.sort_activation")


def _large(window: MainWindow) -> None:
    viewpoint = window.maps_view.viewpoint
    viewpoint.choose(viewpoint.channel_at(BEST))
    window.commands.run("maps.enlarge")


def _on_picture(window: MainWindow) -> None:
    _commands("maps.on_picture", "maps.fields")(window)
    viewpoint = window.maps_view.viewpoint
    viewpoint.pin_place((viewpoint.channel, *PLACE))


STATES: tuple[State, ...] = (
    State("empty", "nothing", _commands(), main=True),
    State("network", "network", _commands(), main=True),
    State("window", "all", _layer(BRANCH), main=True),
    State("scatter", "all", _tab(1, BRANCH)),
    State("weights", "all", _tab(2, FIRST), main=True),
    State("classes", "all", _layer(LAST), main=True),
    State("class-map", "all", _commands("network.class_map"), main=True),
    State("search", "all", _search),
    State("palette", "all", _palette, main=True),
    State("shortcuts", "all", _commands("help.shortcuts")),
    State("sorted", "all", _sorted),
    State("large-map", "all", _large),
    State("on-picture", "all", _on_picture),
    State("own-picture", "sketch", _layer(LAST, "network.class_map")),
    State("editor", "sketch", _commands("preprocessing.custom")),
    State("findings", "port", _layer(BRANCH), main=True),
    State("corrected", "port", _commands("network.apply_all"), main=True),
    State("pictures", "folder", _commands(), main=True),
    State("messages", "damaged", _commands()),
    State("graph-error", "port", _commands("graph.colour_by_error", "view.close_modules", "view.fit_graph")),
)
"""In the order in which they are taken: those with the same files follow one another in one window."""

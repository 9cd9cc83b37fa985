"""The commands of the menu View that are about the graph."""

from __future__ import annotations

from explorer.ui.command import Command
from explorer.ui.conditions import has_layer, has_network
from explorer.ui.graph_lineage import Way
from explorer.ui.graph_quantities import ColourBy
from explorer.ui.workbench import Workbench


def _colour_command(by: ColourBy, text: str, tip: str) -> Command:
    return Command(
        f"graph.colour_by_{by}",
        text,
        "View/Colour Graph By",
        lambda window: _colour(window, by),
        tip=tip,
        enabled=has_network,
        checked=lambda window: window.looks.colour_by == by,
        group=1,
    )


def _colour(window: Workbench, by: ColourBy) -> None:
    window.looks.colour_graph_by(by)
    if by == "time" and window.session.timed is None:
        window.desk.measuring.time_layers()


def _way_command(way: Way, text: str, keys: str, tip: str) -> Command:
    return Command(
        f"graph.{way}",
        text,
        "View",
        lambda window: window.graph_view.toggle_way(way),
        keys,
        tip,
        enabled=has_layer,
        checked=lambda window: way in window.pointed_ways,
        group=1,
    )


GRAPH_COMMANDS: tuple[Command, ...] = (
    Command(
        "view.fit_graph",
        "Fit Graph",
        "View",
        lambda window: window.graph_view.fit_all(),
        "Ctrl+0",
        "Show the whole graph",
        enabled=has_network,
        group=1,
    ),
    Command(
        "graph.zoom_to_layer",
        "Zoom to Layer",
        "View",
        lambda window: window.graph_view.zoom_to_choice(),
        "Ctrl+2",
        "Show the chosen layer in the graph as large as it can be",
        enabled=has_layer,
        group=1,
    ),
    Command(
        "view.open_modules",
        "Open All Modules",
        "View",
        lambda window: window.graph_view.open_all(),
        "Ctrl+E",
        "Show the layers of every module in the graph",
        enabled=has_network,
        group=1,
    ),
    Command(
        "view.close_modules",
        "Close All Modules",
        "View",
        lambda window: window.graph_view.close_all(),
        "Ctrl+Shift+E",
        "Show every module as one node",
        enabled=has_network,
        group=1,
    ),
    _way_command("ancestors", "Point Out Ancestors", "Alt+Up", "Veil all that the chosen layer is not computed from"),
    _way_command(
        "descendants", "Point Out Descendants", "Alt+Down", "Veil all that is not computed from the chosen layer"
    ),
    _colour_command("kind", "Kind of Operation", "One colour for each kind of operation"),
    _colour_command("error", "Error", "How far each layer is from the reference on the reference's own inputs"),
    _colour_command("time", "Time", "How long each layer takes; the layers are timed where that was not done yet"),
    _colour_command("parameters", "Parameters", "How many learned numbers each layer has"),
    _colour_command("zeros", "Zeros", "What share of each layer's output is zero"),
)

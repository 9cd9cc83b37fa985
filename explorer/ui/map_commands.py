"""The commands of the menu Maps: how feature maps are looked at, and how they leave the window."""

from __future__ import annotations

from explorer.maps.channel_order import ORDER_WORDS, OrderBy
from explorer.maps.differences import DIFFERENCE_WORDS, DifferenceKind
from explorer.maps.value_range import RANGE_WORDS, RangeMode
from explorer.ui.command import Command
from explorer.ui.conditions import has_both_maps, has_both_sides, has_maps, has_values
from explorer.ui.workbench import Workbench

_RANGE_TIPS: dict[RangeMode, str] = {
    "layer": "One range of colours for all channels of the layer",
    "channel": "A range of colours for each channel: equal colours are not equal values then",
    "robust": "Leave out the half per cent at either end; what is beyond is marked",
}
_DIFFERENCE_TIPS: dict[DifferenceKind, str] = {
    "signed": "ours − reference",
    "absolute": "|ours − reference|",
    "relative": "|ours − reference| ÷ max(|reference|, the reference's root mean square)",
}
_ORDER_TIPS: dict[OrderBy, str] = {
    "stored": "Channels in the order of the network",
    "activation": "Channels by their mean magnitude, the largest first",
    "error": "Channels by their difference from the reference, the largest first",
    "likeness": "Beside each channel the reference's one that it looks like: a permutation shows",
}


def _range_command(mode: RangeMode) -> Command:
    return Command(
        f"maps.range_{mode}",
        RANGE_WORDS[mode],
        "Maps/Range",
        lambda window: window.maps_view.show_range(mode),
        tip=_RANGE_TIPS[mode],
        enabled=has_maps,
        checked=lambda window: has_values(window) and window.maps_view.controls.range_mode() == mode,
        group=1,
    )


def _difference_command(kind: DifferenceKind) -> Command:
    return Command(
        f"maps.difference_{kind}",
        DIFFERENCE_WORDS[kind],
        "Maps/Difference",
        lambda window: window.maps_view.show_difference(kind),
        tip=_DIFFERENCE_TIPS[kind],
        enabled=has_both_maps,
        checked=lambda window: has_values(window) and window.maps_view.look.difference == kind,
        group=1,
    )


def _sort_command(order: OrderBy) -> Command:
    return Command(
        f"maps.sort_{order}",
        ORDER_WORDS[order],
        "Maps/Sort Channels",
        lambda window: window.maps_view.sort_channels(order),
        tip=_ORDER_TIPS[order],
        enabled=has_both_sides if order in ("error", "likeness") else has_values,
        checked=lambda window: has_values(window) and window.maps_view.look.order == order,
        group=1,
    )


def _toggle_single(window: Workbench) -> None:
    viewpoint = window.maps_view.viewpoint
    viewpoint.show_single(not viewpoint.single)


MAP_COMMANDS: tuple[Command, ...] = (
    Command(
        "maps.enlarge",
        "One Map Alone",
        "Maps",
        _toggle_single,
        "Ctrl+M, M",
        "Show the chosen map alone, or all again",
        enabled=has_maps,
        checked=lambda window: has_values(window) and window.maps_view.viewpoint.single,
    ),
    Command(
        "maps.blink",
        "Blink Ours and Reference",
        "Maps",
        lambda window: window.maps_view.swapping.toggle_blinking(),
        "Ctrl+M, B",
        "Show ours and the reference in turn in one place; holding X shows the reference there",
        enabled=has_both_maps,
        checked=lambda window: has_values(window) and window.maps_view.swapping.blinks,
    ),
    *map(_range_command, RANGE_WORDS),
    *map(_difference_command, DIFFERENCE_WORDS),
    *map(_sort_command, ORDER_WORDS),
    Command(
        "maps.on_picture",
        "Channel on the Picture",
        "Maps",
        lambda window: window.maps_view.toggle_on_picture(),
        "Ctrl+M, P",
        "Lay the chosen channel over the picture that the network sees",
        enabled=has_maps,
        checked=lambda window: has_values(window) and window.maps_view.is_on_picture,
        group=2,
    ),
    Command(
        "maps.fields",
        "Receptive Field",
        "Maps",
        lambda window: window.maps_view.toggle_fields(),
        "Ctrl+M, R",
        "Show what of the picture the value under the pointer is computed from; a click pins it",
        enabled=has_values,
        checked=lambda window: has_values(window) and window.maps_view.shows_fields,
        group=2,
    ),
    Command(
        "maps.copy",
        "Copy Feature Map",
        "Maps",
        lambda window: window.page_link.export.copy_picture(),
        "Ctrl+M, C",
        "Put the chosen channel on the clipboard as a picture",
        enabled=has_maps,
        group=3,
    ),
    Command(
        "maps.copy_values",
        "Copy Values",
        "Maps",
        lambda window: window.page_link.export.copy_values(),
        "Ctrl+M, V",
        "Put the values of the chosen channel, or of the vector, on the clipboard",
        enabled=has_values,
        group=3,
    ),
    Command(
        "maps.save",
        "Save Feature Map…",
        "Maps",
        lambda window: window.dialogs.save_map(window.page_link.export),
        "Ctrl+M, S",
        "Write the chosen channel as a picture or as an array",
        enabled=has_maps,
        group=3,
    ),
    Command(
        "maps.save_layer",
        "Save Layer Values…",
        "Maps",
        lambda window: window.dialogs.save_layer(window.page_link.export),
        "Ctrl+M, L",
        "Write all values of the layer as a NumPy array",
        enabled=has_values,
        group=3,
    ),
)

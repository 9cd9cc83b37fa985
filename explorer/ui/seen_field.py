"""What a value of a feature map sees: its window in what the layer reads, and its field in the picture. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.network.receptive_fields import Fields

Place = tuple[int, int, int]
"""Channel, row and column."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Part:
    """Rows and columns, each (first, one after the last), of maps with these ``sizes`` (rows, columns)."""

    name: str
    rows: Span
    columns: Span
    sizes: tuple[int, int]

    @property
    def is_all(self) -> bool:
        """Whether it is all of the map."""
        return (self.rows, self.columns) == ((0, self.sizes[0]), (0, self.sizes[1]))

    @property
    def text(self) -> str:
        """``rows 4–6, columns 0–1 of conv1 (3×2)``."""
        if self.is_all:
            return f"all of {self.name}" if self.sizes != (1, 1) else self.name
        sides = (self.rows[1] - self.rows[0], self.columns[1] - self.columns[0])
        return f"{_span('row', self.rows)}, {_span('column', self.columns)} of {self.name} ({sides[0]}×{sides[1]})"


@dataclass(frozen=True)
class SeenField:
    """Of the value at ``place``: its ``windows`` in the values that its layer reads, and its ``field`` in the picture.

    ``field`` is None where the value depends on no place of the picture. Both are exact but for holes: between the taps
    of a dilated convolution, and between branches, lies what is not seen.
    """

    place: Place
    windows: tuple[Part, ...]
    field: Part | None

    @property
    def text(self) -> str:
        """Both in one sentence."""
        sees = "sees nothing of the picture" if self.field is None else f"sees {self.field.text}"
        # What a layer reads of the picture itself is its field already.
        windows = [part.text for part in self.windows if part != self.field]
        return f"{sees} · window: {' and '.join(windows)}" if windows else sees


@dataclass(frozen=True, eq=False)
class FieldWays:
    """The ways back from one layer's value: to the input that is a picture, and to what the layer reads.

    ``names`` are the layers that give what the layer reads, by value; ``picture_axes`` where height and width lie in
    the input.
    """

    input: str
    picture_axes: tuple[int, int]
    whole: Fields
    own: Fields
    names: dict[str, str]

    def seen(self, place: Place, channel_axis: int = 1) -> SeenField:
        """What the value at a place sees."""
        found = self.whole.at(*place, channel_axis=channel_axis).get(self.input)
        field = None if found is None else self._part(self.input, found, self.whole.ends[self.input], self.picture_axes)
        windows = []
        for value, box in self.own.at(*place, channel_axis=channel_axis).items():
            shape = self.own.ends[value]
            axes = self.picture_axes if value == self.input else (2, 3)
            windows.append(self._part(self.names.get(value, value), box, shape, axes))
        return SeenField(place, tuple(windows) if self.own.value != self.input else (), field)

    @staticmethod
    def _part(name: str, box: tuple[Span, ...], shape: tuple[int, ...], axes: tuple[int, int]) -> Part:
        if len(shape) <= max(axes):
            return Part(name, (0, 1), (0, 1), (1, 1))
        return Part(name, box[axes[0]], box[axes[1]], (shape[axes[0]], shape[axes[1]]))


def field_ways(network: Network, layer: str, value: str, picture_axes: tuple[int, int]) -> FieldWays | None:
    """Find the ways back from ``value``, that of ``layer`` or of one that overwrites it in place.

    None where the network takes no picture, or a size on the way is open.
    """
    from explorer.errors import PortsideError
    from explorer.network.network import value_name
    from explorer.network.receptive_fields import fields, layer_fields
    from explorer.running.runner import picture_input

    try:
        name = picture_input(network)[0]
    except PortsideError:
        return None
    whole, own = fields(network, value), layer_fields(network, layer, value)
    if whole is None or own is None or name not in whole.ends:
        return None
    names = {
        value_name(read): network.producer[value_name(read)].name
        for read in network.layer[layer].inputs
        if value_name(read) in network.producer
    }
    return FieldWays(name, picture_axes, whole, own, names)


def _span(word: str, span: Span) -> str:
    first, last = span[0], span[1] - 1
    return f"{word} {first}" if first == last else f"{word}s {first}–{last}"

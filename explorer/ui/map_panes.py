"""Ours, the reference, the difference and the corrected side by side: equal panes that look at the same place."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from explorer.maps.colour_maps import Ramp
from explorer.maps.differences import DIFFERENCE_NAMES, DifferenceKind
from explorer.maps.feature_maps import Maps
from explorer.ui.activation_grid import ActivationGrid
from explorer.ui.colour_bar import ColourBar
from explorer.ui.layer_view_state import Ranges, Shown, resolve
from explorer.ui.map_picture import MapPicture
from explorer.ui.text_label import sized
from explorer.ui.theme import BODY, GRID, SMALL, Theme
from explorer.ui.viewpoint import Viewpoint

CAPTION = GRID * 3
"""Height of the names above the panes."""

GAP = GRID
SWAPPED = "reference in place of ours"
SWAP_TIP = "Hold X to see the reference here, in the place of ours"
DIFFERENCE_TIPS: Mapping[DifferenceKind, str] = {
    "signed": "ours − reference",
    "absolute": "|ours − reference|",
    "relative": "|ours − reference| ÷ max(|reference|, the reference’s root mean square)",
}
DIFFERENCE_SHORT: Mapping[DifferenceKind, str] = {
    "signed": "difference",
    "absolute": "abs. diff.",
    "relative": "rel. diff.",
}
NAMES = ("ours", "reference", "difference", "after the fix")


class MapPanes(QWidget):
    """Ours alone, or with the reference, the difference and what a correction gives; one viewpoint for all."""

    def __init__(self, viewpoint: Viewpoint, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map-panes")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.viewpoint = viewpoint
        self._grids = tuple(ActivationGrid(viewpoint, name, theme, self) for name in NAMES)
        self._captions = tuple(Caption(name, theme, self) for name in NAMES)
        self.value_bar = ColourBar(theme, "values", self)
        self.difference_bar = ColourBar(theme, "difference", self)
        self._count = len(NAMES)
        self._last = 0
        for side, grid in enumerate(self._grids):
            grid.focused.connect(lambda side=side: self._take_side(side))
        self._shown: Shown = resolve(None)
        self._ranges: Ranges | None = None
        self._sides: tuple[MapPicture | None, MapPicture | None] = (None, None)
        self._swapped = self._blinking = False
        self._show_count(1 + NAMES.index("difference"))
        viewpoint.channel_chosen.connect(self._show_bars)

    @property
    def grids(self) -> tuple[ActivationGrid, ...]:
        """The panes that are shown, from the left."""
        return self._grids[: self._count]

    @property
    def captions(self) -> tuple[Caption, ...]:
        """Their names."""
        return self._captions[: self._count]

    def show_maps(self, shown: Shown, ranges: Ranges) -> None:
        """Show maps in their ranges, or words where there are none."""
        self._shown, self._ranges = shown, ranges
        self._show_count(1 if not shown.beside else 3 if shown.after is None else 4)
        _, _, difference, after = self._grids
        self._sides = (_picture(shown.ours, ranges), _picture(shown.theirs, ranges))
        self._show_sides()
        if shown.difference is None or ranges.difference is None:
            difference.show_picture(None, shown.difference_words)
        else:
            difference.show_picture(MapPicture(shown.difference, ranges.difference, self._difference_ramp, "peak"))
        after.show_picture(_picture(shown.after, ranges))
        kind = shown.difference_kind
        self._captions[2].show_name(DIFFERENCE_NAMES[kind], DIFFERENCE_TIPS[kind], DIFFERENCE_SHORT[kind])
        self._captions[2].show_note(shown.difference_note)
        self.difference_bar.setVisible(shown.beside and shown.difference is not None)
        self.viewpoint.show_maps(*shown.sizes)
        self.viewpoint.show_order(shown.order)
        self._show_bars()

    @property
    def parts(self) -> tuple[tuple[ActivationGrid, Caption], ...]:
        """All panes and their names, those that are hidden too."""
        return tuple(zip(self._grids, self._captions, strict=True))

    @property
    def side(self) -> int:
        """The pane that had the keyboard last, as long as there is something in it; else the first that has."""
        last = self._last if self._last < self._count and self.picture_of(self._last) is not None else None
        filled = (side for side in range(self._count) if self.picture_of(side) is not None)
        return next(filled, 0) if last is None else last

    @property
    def side_name(self) -> str:
        """What that pane is called."""
        return self.name_of(self.side)

    def name_of(self, side: int) -> str:
        """What a pane is called, whatever blinks there."""
        return "ours" if side == 0 else self._captions[side].accessibleName()

    def picture_of(self, side: int) -> MapPicture | None:
        """The maps of a pane; in that of ours they are ours, whatever blinks there."""
        return self._sides[0] if side == 0 else self._grids[side].picture

    @property
    def pictures(self) -> tuple[tuple[str, MapPicture | None], ...]:
        """The maps of each pane that is shown, with its name; ours are ours, whatever blinks there."""
        return tuple((self.name_of(side), self.picture_of(side)) for side in range(self._count))

    @property
    def has_both(self) -> bool:
        """Whether there are maps of ours and of the reference."""
        return None not in self._sides

    def show_swapped(self, swapped: bool, *, blinking: bool = False) -> None:
        """Show the reference's maps in the pane of ours, or ours again; the pane's name says which it is."""
        self._swapped, self._blinking = swapped and self.has_both, blinking and self.has_both
        self._show_sides()

    def _take_side(self, side: int) -> None:
        self._last = side

    def _show_sides(self) -> None:
        shown = self._shown
        ours, theirs = self._grids[:2]
        swapped = self._swapped and self.has_both
        number = int if shown.partners is None else shown.theirs_number
        if swapped:
            ours.show_picture(self._sides[1], "", number)
        else:
            ours.show_picture(self._sides[0], shown.ours_words)
        theirs.show_picture(self._sides[1], shown.theirs_words, number)
        tip = SWAP_TIP if self.has_both else ""
        self._captions[0].show_name(SWAPPED if swapped else "ours", tip, "⇄ reference" if swapped else "")
        self._captions[0].show_note("blinking" if self._blinking else "")

    @property
    def _difference_ramp(self) -> Ramp:
        return "signed" if self._shown.difference_kind == "signed" else "values"

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        for grid, caption in zip(self._grids, self._captions, strict=True):
            grid.show_theme(theme)
            caption.show_theme(theme)
        for bar in (self.value_bar, self.difference_bar):
            bar.show_theme(theme)

    def sizeHint(self) -> QSize:
        pane = self.grids[0].sizeHint()
        return QSize(3 * pane.width() + 2 * GAP, pane.height() + CAPTION + self._bar_height)

    def minimumSizeHint(self) -> QSize:
        pane = self.grids[0].minimumSizeHint()
        return QSize(3 * pane.width() + 2 * GAP, pane.height() + CAPTION + self._bar_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()

    @property
    def _bar_height(self) -> int:
        return GRID // 2 + self.value_bar.sizeHint().height()

    def _show_count(self, count: int) -> None:
        if count == self._count:
            return
        self._count = count
        for number, (grid, caption) in enumerate(zip(self._grids, self._captions, strict=True)):
            grid.setVisible(number < count)
            caption.setVisible(number < count)
        self._place()

    def _place(self) -> None:
        # By hand: a layout would give left-over pixels to some of the panes, which then could not show the
        # same place.
        panes = self._count
        width = (self.width() - (panes - 1) * GAP) // panes
        height = max(0, self.height() - CAPTION - self._bar_height)
        # Hidden panes too: each tells the viewpoint the size of all when Qt gets round to it.
        for index, (grid, caption) in enumerate(zip(self._grids, self._captions, strict=True)):
            left = index * (width + GAP)
            caption.setGeometry(left, 0, width, CAPTION)
            grid.setGeometry(left, CAPTION, width, height)
        top = CAPTION + height + GRID // 2
        bar = self.value_bar.sizeHint().height()
        self.value_bar.setGeometry(0, top, 2 * width + GAP if panes > 1 else width, bar)
        self.difference_bar.setGeometry(2 * (width + GAP), top, width, bar)

    def _show_bars(self) -> None:
        if self._ranges is None:
            return
        channel = self.viewpoint.channel
        self.value_bar.show_range(self._ranges.values, self._ranges.ramp, channel)
        if self._ranges.difference is not None:
            self.difference_bar.show_range(self._ranges.difference, self._difference_ramp, channel)


class Caption(QWidget):
    """The name of a pane, with the colour that stands for it in the plots; dragging it takes all its values along."""

    drag_asked = Signal()

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"caption-{name.replace(' ', '-')}")
        self.setAccessibleName(name)
        self._name, self._theme = name, theme
        self._note = ""
        self._tip = self._short = ""
        self._pressed: QPoint | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint() if event.button() == Qt.MouseButton.LeftButton else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.drag_asked.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed = None

    def show_name(self, name: str, tip: str = "", short: str = "") -> None:
        """Take another name, with what there is to say of it, and a name for narrow panes."""
        if (name, tip) != (self._name, self._tip):
            self._name, self._tip, self._short = name, tip, short
            self.setAccessibleName(name)
            self.setToolTip(tip)
            self.update()

    def show_note(self, note: str) -> None:
        """Say something about what is in the pane."""
        self._note = note
        self.setAccessibleDescription(note)
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(sized(self.font(), BODY, bold=True))
        left = 0
        theme = self._theme
        colours = {
            "ours": theme.ours,
            "reference": theme.reference,
            SWAPPED: theme.reference,
            "after the fix": theme.agrees,
        }
        colour = colours.get(self._name)
        if colour is not None:
            side = GRID + GRID // 4
            painter.fillRect(QRectF(0, (self.height() - side) / 2, side, side), QColor(colour))
            left = GRID * 2
        painter.setPen(QColor(self._theme.text))
        box = self.rect().adjusted(left, 0, 0, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        metrics = painter.fontMetrics()
        is_narrow = metrics.horizontalAdvance(self._name) > box.width()
        text = metrics.elidedText(
            self._short if is_narrow and self._short else self._name, Qt.TextElideMode.ElideRight, box.width()
        )
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | middle), text)
        box.setLeft(left + metrics.horizontalAdvance(text) + GRID)
        painter.setFont(sized(self.font(), SMALL))
        painter.setPen(QColor(self._theme.muted))
        if painter.fontMetrics().horizontalAdvance(self._note) <= box.width():
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | middle), self._note)


def _picture(maps: Maps | None, ranges: Ranges) -> MapPicture | None:
    return None if maps is None else MapPicture(maps.values, ranges.values, ranges.ramp)

"""What the colours, marks and tints of the graph mean: a strip under it, which hides no node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.comparison.comparison import Comparison, Verdict
from explorer.network.kinds import Kind
from explorer.ui.graph_colours import steps
from explorer.ui.graph_measures import Measure
from explorer.ui.icons import MARK, paint_mark
from explorer.ui.layer_rows import WORST_FIRST
from explorer.ui.text_label import sized
from explorer.ui.theme import GRID, MARKS, SMALL, Theme

LINE = 2 * GRID + GRID // 2
"""Height of a line of the strip."""

SCALE = 24 * GRID
"""Width of a scale of colours."""

_SWATCH, _BAR, _SPACE = 10.0, 8.0, 2.0 * GRID

KIND_TITLE = "Kind of operation"


@dataclass(frozen=True)
class LegendText:
    """What the strip says: a title, the kinds or the scale or why there is none, a layer's lineage, and verdicts."""

    title: str = KIND_TITLE
    kinds: tuple[Kind, ...] = ()
    measure: Measure | None = None
    note: str = ""
    lineage: str = ""
    verdicts: tuple[Verdict, ...] = ()

    @property
    def scale(self) -> tuple[str, ...]:
        """What stands under the scale, from its low end."""
        return tuple(map(self.measure.quantity.tick, self.measure.ticks)) if self.measure is not None else ()

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that is written, in its order."""
        absent = (self.measure.quantity.absent,) if self.measure is not None else ()
        parts = [self.title, *self.kinds, *self.scale, *absent, self.note, self.lineage]
        return tuple(part for part in (*parts, *(MARKS[verdict].word for verdict in self.verdicts)) if part)


@dataclass(frozen=True)
class _Item:
    """One thing on the strip: ``shape`` is what stands before its text, the name of a kind or of a verdict."""

    text: str
    shape: str
    key: str
    width: float
    is_strong: bool = False


class LegendPainter:
    """Arranges and paints a legend in one theme and font, within a width; also for a picture in a file."""

    def __init__(self, told: LegendText, theme: Theme, font: QFont) -> None:
        self._told, self._theme, self._font = told, theme, sized(font, SMALL)
        self._strong = sized(font, SMALL, bold=True)
        self._metrics = QFontMetricsF(self._font)
        self._items = self._made()

    def rows(self, width: float) -> list[list[_Item]]:
        """The items in lines that are no wider."""
        rows: list[list[_Item]] = [[]]
        left = width - 2 * GRID
        for item in self._items:
            if rows[-1] and item.width > left:
                rows.append([])
                left = width - 2 * GRID
            rows[-1].append(item)
            left -= item.width + _SPACE
        return rows

    def height(self, width: float) -> int:
        """How high the strip is, within a width."""
        return GRID + sum(_height(row) for row in self.rows(width))

    def paint(self, painter: QPainter, place: QRectF) -> None:
        """Paint the items from the left top corner of ``place``."""
        top = place.top() + GRID / 2
        for row in self.rows(place.width()):
            left = place.left() + GRID
            for item in row:
                # A line of one item alone may be too long, a layer's name in it is then cut.
                room = place.right() - GRID - left
                self._paint_item(painter, item, QRectF(left, top, min(item.width, room), LINE))
                left += item.width + _SPACE
            top += _height(row)

    def _made(self) -> list[_Item]:
        told = self._told
        strong = QFontMetricsF(self._strong)
        items = [_Item(told.title, "", "", strong.horizontalAdvance(told.title), is_strong=True)]
        items += [self._with_shape(kind, "swatch", kind) for kind in told.kinds]
        if told.measure is not None:
            ends = [self._metrics.horizontalAdvance(text) for text in (told.scale[0], told.scale[-1])]
            items.append(_Item("", "scale", "", SCALE + sum(ends) / 2))
            items.append(self._with_shape(told.measure.quantity.absent, "swatch", ""))
        items += [_Item(text, "", "", self._metrics.horizontalAdvance(text)) for text in (told.note,) if text]
        if told.lineage:
            items.append(_Item(told.lineage, "", "", strong.horizontalAdvance(told.lineage), is_strong=True))
        items += [self._with_shape(MARKS[verdict].word, "verdict", verdict) for verdict in told.verdicts]
        return items

    def _with_shape(self, text: str, shape: str, key: str) -> _Item:
        return _Item(text, shape, key, MARK + GRID / 2 + self._metrics.horizontalAdvance(text))

    def _paint_item(self, painter: QPainter, item: _Item, place: QRectF) -> None:
        if item.shape == "scale":
            self._paint_scale(painter, place)
            return
        middle = place.top() + LINE / 2
        shape = QRectF(place.left(), middle - MARK / 2, MARK, MARK)
        if item.shape == "swatch":
            is_kind = bool(item.key)
            painter.setPen(Qt.PenStyle.NoPen if is_kind else QPen(QColor(self._theme.frame_line), 1.0))
            painter.setBrush(QColor(self._theme.kinds[item.key] if is_kind else self._theme.line))
            square = QRectF(0, 0, _SWATCH, _SWATCH)
            square.moveCenter(shape.center())
            painter.drawRoundedRect(square, 2, 2)
        elif item.shape == "verdict":
            for verdict in WORST_FIRST:
                if verdict == item.key:
                    paint_mark(painter, shape, self._theme, verdict)
        left = place.left() + (MARK + GRID / 2 if item.shape else 0)
        painter.setFont(self._strong if item.is_strong else self._font)
        painter.setPen(QColor(self._theme.text if item.is_strong else self._theme.muted))
        metrics = QFontMetricsF(painter.font())
        text = metrics.elidedText(item.text, Qt.TextElideMode.ElideMiddle, place.width() - (left - place.left()) + 1)
        painter.drawText(QPointF(left, middle + metrics.capHeight() / 2), text)

    def _paint_scale(self, painter: QPainter, place: QRectF) -> None:
        measure = self._told.measure
        assert measure is not None
        spare = (place.width() - SCALE) / 2
        bar = QRectF(place.left() + spare, place.top() + (LINE - _BAR) / 2, SCALE, _BAR)
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        colours = steps()
        for index, colour in enumerate(colours):
            ramp.setColorAt(index / (len(colours) - 1), QColor(colour))
        painter.setPen(QPen(QColor(self._theme.frame_line), 1.0))
        painter.setBrush(ramp)
        painter.drawRect(bar)
        painter.setFont(self._font)
        painter.setPen(QColor(self._theme.muted))
        for tick, text in zip(measure.ticks, self._told.scale, strict=True):
            x = bar.left() + measure.fraction(tick) * bar.width()
            painter.drawLine(QPointF(x, bar.bottom()), QPointF(x, bar.bottom() + 3))
            width = self._metrics.horizontalAdvance(text)
            painter.drawText(QPointF(x - width / 2, bar.bottom() + 5 + self._metrics.ascent()), text)


def _height(row: Sequence[_Item]) -> int:
    return 2 * LINE - GRID // 2 if any(item.shape == "scale" for item in row) else LINE


class GraphLegend(QWidget):
    """The strip; hidden without a network."""

    changed = Signal()
    """It says something else, and may be of another height."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("graph-legend")
        # A click on the strip is none on the node that the strip would hide.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self._theme = theme
        self.told = LegendText()
        self.hide()

    @property
    def lines(self) -> tuple[str, ...]:
        """What is written beside the verdicts' marks."""
        return tuple(MARKS[verdict].word for verdict in self.told.verdicts)

    def show_kinds(self, kinds: Sequence[Kind] | None, note: str = "") -> None:
        """Show these kinds of operation, those of the network, and why not another scale; None: no network."""
        self.setVisible(kinds is not None)
        self._tell(replace(self.told, kinds=tuple(kinds or ()), measure=None, note=note, title=KIND_TITLE))

    def show_measure(self, measure: Measure) -> None:
        """Show the scale of a measure."""
        self.setVisible(True)
        self._tell(replace(self.told, kinds=(), measure=measure, note="", title=measure.quantity.title))

    def show_lineage(self, text: str) -> None:
        """Say how many layers a lineage has."""
        self._tell(replace(self.told, lineage=text))

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show the verdicts of a comparison, the worst first."""
        found = {row.verdict for row in comparison.layers} if comparison is not None else set()
        self._tell(replace(self.told, verdicts=tuple(verdict for verdict in WORST_FIRST if verdict in found)))

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        self.update()

    def height_within(self, width: int) -> int:
        """How high it is where it may be so wide; 0 while it is hidden."""
        return 0 if self.isHidden() else LegendPainter(self.told, self._theme, self.font()).height(width)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._theme.panel))
        painter.fillRect(QRectF(0, 0, self.width(), 1), QColor(self._theme.line))
        LegendPainter(self.told, self._theme, self.font()).paint(painter, QRectF(self.rect()))

    def _tell(self, told: LegendText) -> None:
        if told == self.told:
            return
        self.told = told
        self.setAccessibleName(f"Legend: {', '.join(told.words)}")
        self.update()
        self.changed.emit()

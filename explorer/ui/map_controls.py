"""The row of controls above the feature maps: channel, all or one, range, picture of the batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QToolButton, QVBoxLayout, QWidget

from explorer.maps.channel_order import ORDER_WORDS, OrderBy
from explorer.maps.differences import DIFFERENCE_WORDS, DifferenceKind
from explorer.maps.value_range import RANGE_WORDS, RangeMode
from explorer.ui.icons import icon
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.vector_bars import Order as BarOrder

BAR_WORDS: dict[BarOrder, str] = {"index": "In order", "largest": "Largest first", "error": "Largest difference first"}

DIFFERENCES: dict[DifferenceKind, str] = {kind: f"{words} difference" for kind, words in DIFFERENCE_WORDS.items()}


class MapControls(QWidget):
    """Emits what the person asks for; every signal is silent while something is shown by the program."""

    channel_asked = Signal(int)
    single_asked = Signal(bool)
    range_asked = Signal(str)
    order_asked = Signal(str)
    item_asked = Signal(int)
    sort_asked = Signal(str)
    difference_asked = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("map-controls")
        self._icons = _icons(theme)
        self._labels = [TextLabel(theme, text, size=SMALL, colour="muted") for text in ("Channel", "Picture")]
        self.channel = QSpinBox()
        self.channel.setObjectName("channel")
        self.channel.setAccessibleName("Channel")
        self.channel.setKeyboardTracking(False)
        self.channel.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.single = QToolButton()
        self.single.setObjectName("single")
        self.single.setCheckable(True)
        self.range = QComboBox()
        self.range.setObjectName("range-mode")
        self.range.setAccessibleName("Range of the colours")
        self.range.setToolTip("Which values the ends of the colours stand for")
        for mode, words in RANGE_WORDS.items():
            self.range.addItem(words, mode)
        self.order = QComboBox()
        self.order.setObjectName("order")
        self.order.setAccessibleName("Order of the bars")
        for order, words in BAR_WORDS.items():
            self.order.addItem(words, order)
        self.sort = _chooser("sort", "Order of the channels", "In which order the channels stand", ORDER_WORDS)
        self.difference = _chooser("difference-kind", "Kind of difference", "What the difference shows", DIFFERENCES)
        self.item = QSpinBox()
        self.item.setObjectName("batch-item")
        self.item.setAccessibleName("Picture of the batch")
        first, second = QHBoxLayout(), QHBoxLayout()
        for widget in (self._labels[0], self.channel, self.single, self.range, self.order):
            first.addWidget(widget)
        for widget in (self.sort, self.difference, self._labels[1], self.item):
            second.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        for row in (first, second):
            row.setSpacing(GRID)
            row.addStretch(1)
            column.addLayout(row)
        self.channel.valueChanged.connect(self.channel_asked)
        self.single.toggled.connect(self._ask_single)
        self.range.activated.connect(lambda index: self.range_asked.emit(self.range.itemData(index)))
        self.order.activated.connect(lambda index: self.order_asked.emit(self.order.itemData(index)))
        self.sort.activated.connect(lambda index: self.sort_asked.emit(self.sort.itemData(index)))
        self.difference.activated.connect(lambda index: self.difference_asked.emit(self.difference.itemData(index)))
        self.item.valueChanged.connect(self.item_asked)
        self.show_single(False)
        self.show_kind(vector=False)
        self.show_item(0, 1)

    def show_kind(self, *, vector: bool, beside: bool = False) -> None:
        """Show the controls of maps, or those of a vector; ``beside``: there is a reference."""
        for widget in (self.single, self.range, self.sort):
            widget.setVisible(not vector)
        self.order.setVisible(vector)
        self.difference.setVisible(beside and not vector)

    def show_channel(self, channel: int, count: int) -> None:
        """Show the chosen channel out of so many."""
        self.channel.blockSignals(True)
        self.channel.setRange(0, max(count - 1, 0))
        self.channel.setSuffix(f" of {count}")
        self.channel.setValue(channel)
        self.channel.blockSignals(False)

    def show_single(self, single: bool) -> None:
        """Show whether one map is in view, or all."""
        self.single.blockSignals(True)
        self.single.setChecked(single)
        self.single.blockSignals(False)
        self.single.setIcon(self._icons[single])
        self.single.setAccessibleName("All maps" if single else "Enlarge")
        self.single.setToolTip("Show all maps (Esc)" if single else "Show the chosen map alone (Enter)")

    def show_item(self, item: int, count: int) -> None:
        """Show which picture of a batch is in view; hidden for a batch of one."""
        for widget in (self._labels[1], self.item):
            widget.setVisible(count > 1)
        self.item.blockSignals(True)
        self.item.setRange(0, max(count - 1, 0))
        self.item.setSuffix(f" of {count}")
        self.item.setValue(item)
        self.item.blockSignals(False)

    def show_look(self, order: OrderBy, difference: DifferenceKind) -> None:
        """Show the order of the channels, and which difference is seen."""
        self.sort.setCurrentIndex(self.sort.findData(order))
        self.difference.setCurrentIndex(self.difference.findData(difference))

    def show_range(self, mode: RangeMode) -> None:
        """Show which range is chosen."""
        self.range.setCurrentIndex(self.range.findData(mode))

    def show_order(self, order: BarOrder) -> None:
        """Show the order of the bars."""
        self.order.setCurrentIndex(self.order.findData(order))

    def choose_range(self, mode: str) -> None:
        """Choose a range as a person does; nothing where there is none of that name."""
        index = self.range.findData(mode)
        if index >= 0 and index != self.range.currentIndex():
            self.range.setCurrentIndex(index)
            self.range_asked.emit(mode)

    def show_theme(self, theme: Theme) -> None:
        """Take other colours."""
        self._icons = _icons(theme)
        for label in self._labels:
            label.show_theme(theme)
        self.show_single(self.single.isChecked())

    def range_mode(self) -> RangeMode:
        """The range that is chosen."""
        mode: RangeMode = self.range.currentData()
        return mode

    def _ask_single(self, single: bool) -> None:
        self.show_single(single)
        self.single_asked.emit(single)


def _chooser(name: str, spoken: str, tip: str, entries: Mapping[Any, str]) -> QComboBox:
    made = QComboBox()
    made.setObjectName(name)
    made.setAccessibleName(spoken)
    made.setToolTip(tip)
    for value, words in entries.items():
        made.addItem(words, value)
    return made


def _icons(theme: Theme) -> dict[bool, QIcon]:
    return {False: icon("enlarge", theme), True: icon("grid", theme)}

"""The picture, its way into the network, and the classes that came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.network.preprocessing import Preprocessing, preset_names
from explorer.session.answers import Steps
from explorer.session.classes import ClassRow
from explorer.session.inputs import ROUNDING
from explorer.session.session import Fed
from explorer.ui.class_bars import ClassBars
from explorer.ui.class_map_view import ClassMapView
from explorer.ui.number_text import error_text
from explorer.ui.step_strip import StepStrip
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    from explorer.comparison.metrics import Errors
    from explorer.running.images import Picture

HINT = "Drop a picture to see what the network makes of it."


class PicturePanel(QWidget):
    """Shows what was fed in and what it was taken for; says which input it was."""

    preprocessing_chosen = Signal(str)
    """The name of a preset."""
    picture_chosen = Signal(str)
    """The path of a picture that was opened before."""
    fed_with_chosen = Signal(str)
    """``picture`` or ``tensor``."""
    class_chosen = Signal(int)
    """A class whose map is to be seen."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("picture_panel")
        self.setProperty("panel", True)
        self._picture: Picture | None = None
        self._chosen: Preprocessing | None = None
        self._hint = TextLabel(theme, HINT, colour="muted", parent=self)
        self._hint.setObjectName("picture_hint")
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pictures = _chooser("pictures", "Picture")
        self.pictures.activated.connect(self._tell_picture)
        self.presets = _chooser("presets", "Preprocessing")
        self.presets.activated.connect(self._tell_preset)
        self.notes = ElidedLabel(theme, size=SMALL, colour="muted")
        self.notes.setObjectName("picture_notes")
        self.steps = StepStrip(theme)
        self.inputs = _Inputs(theme)
        self.inputs.chosen.connect(self.fed_with_chosen)
        self.class_map = ClassMapView(theme)
        self.class_map.class_chosen.connect(self.class_chosen)
        self.classes = ClassBars(theme)
        self.classes.class_chosen.connect(self.class_chosen)
        self._lay_out()
        self.show_picture(None, ())
        self.show_preprocessing(None)
        self.show_steps(())
        self.show_inputs("picture", False, False, None)
        self.show_classes(())
        self.show_class_map(False)

    def show_picture(self, picture: Picture | None, pictures: tuple[Picture, ...]) -> None:
        """Show which picture is open, and the others that were."""
        self._picture = picture
        with QSignalBlocker(self.pictures):
            self.pictures.clear()
            for known in pictures:
                self.pictures.addItem(Path(known.path).name, known.path)
                notes = "".join(f"\n{note}" for note in known.notes)
                height, width = known.pixels.shape[:2]
                tip = f"{known.path}\n{width}×{height} pixels{notes}"
                self.pictures.setItemData(self.pictures.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            place = self.pictures.findData(picture.path) if picture is not None else -1
            self.pictures.setCurrentIndex(place)
        self.pictures.setToolTip(self.pictures.currentData(Qt.ItemDataRole.ToolTipRole) or "")
        self.pictures.setVisible(picture is not None)
        notes = "" if picture is None else " · ".join(picture.notes)
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        self._show_hint()

    def show_preprocessing(self, preprocessing: Preprocessing | None) -> None:
        """Show which way the picture takes; one of the network's own stands before the presets."""
        names = [] if preprocessing is None else list(preset_names())
        self._chosen = preprocessing
        with QSignalBlocker(self.presets):
            self.presets.clear()
            if preprocessing is not None and preprocessing.name not in names:
                names.insert(0, preprocessing.name or "the network's own")
            self.presets.addItems(names)
            place = -1 if preprocessing is None else names.index(preprocessing.name or "the network's own")
            self.presets.setCurrentIndex(place)
        tip = "How the picture becomes the network's input"
        self.presets.setToolTip(tip if preprocessing is None else f"{tip}\n{preprocessing.arithmetic()}")
        self.presets.setVisible(preprocessing is not None)

    def show_steps(self, steps: Steps) -> None:
        """Show what each step made of the picture; before a run, the picture alone."""
        alone: Steps = ()
        if not steps and self._picture is not None:
            height, width = self._picture.pixels.shape[:2]
            alone = ((f"picture {width}×{height}", self._picture.pixels),)
        self.steps.show_steps(steps or alone)
        self._show_hint()

    def show_inputs(self, fed_with: Fed, picture: bool, tensor: bool, errors: Errors | None) -> None:
        """Say what the shown run was fed with, and how alike the inputs are where there are two."""
        self.inputs.show_inputs(fed_with, picture, tensor, errors)

    def show_classes(self, rows: tuple[ClassRow, ...]) -> None:
        """Show the best classes of both sides."""
        self.classes.show_classes(rows)
        self._show_hint()

    def show_class_map(self, shown: bool) -> None:
        """Show where in the picture a class is seen, or not."""
        self.class_map.setVisible(shown)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for part in (self._hint, self.notes, self.steps, self.inputs, self.class_map, self.classes):
            part.show_theme(theme)

    def _show_hint(self) -> None:
        self._hint.setVisible(self._picture is None and not self.classes.bars)

    def _tell_picture(self, place: int) -> None:
        self.picture_chosen.emit(self.pictures.itemData(place))

    def _tell_preset(self, place: int) -> None:
        name = self.presets.itemText(place)
        if name in preset_names():
            self.preprocessing_chosen.emit(name)

    def _lay_out(self) -> None:
        choosers = QHBoxLayout()
        choosers.setSpacing(GRID)
        choosers.addWidget(self.pictures, 3)
        choosers.addWidget(self.presets, 2)
        body = QWidget()
        body.setProperty("panel", True)
        column = QVBoxLayout(body)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self._hint, 1)
        column.addLayout(choosers)
        column.addWidget(self.notes)
        column.addWidget(self.steps)
        column.addWidget(self.inputs)
        column.addWidget(self.class_map)
        column.addWidget(self.classes)
        column.addStretch(0)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        # What is in it takes the keyboard; the area itself would be one more stop where nothing is seen to be chosen.
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)


class _Inputs(QWidget):
    """Which input the shown run had; where there are two, whether they are one, and buttons to change."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("inputs")
        self._text = ElidedLabel(theme, size=SMALL, colour="muted")
        self._text.setObjectName("input_text")
        self._buttons: dict[Fed, QPushButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        row.addWidget(self._text, 1)
        buttons: tuple[tuple[Fed, str, str], ...] = (
            ("picture", "Picture", "Show what the network makes of the picture"),
            ("tensor", "Reference", "Show what the network makes of the reference’s own input"),
        )
        for fed_with, text, tip in buttons:
            button = QPushButton(text, self)
            button.setObjectName(f"fed_with_{fed_with}")
            button.setAccessibleName(tip)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setProperty("compact", True)
            button.clicked.connect(lambda checked, fed_with=fed_with: self.chosen.emit(fed_with))
            group.addButton(button)
            row.addWidget(button)
            self._buttons[fed_with] = button

    def show_inputs(self, fed_with: Fed, picture: bool, tensor: bool, errors: Errors | None) -> None:
        both = picture and tensor
        shown: Fed = fed_with if both else ("picture" if picture else "tensor")
        text, tip, colour = _input_words(shown, both, errors)
        self._text.setText(text)
        self._text.show_colour(colour)
        self.setToolTip(tip)
        for name, button in self._buttons.items():
            button.setVisible(both)
            button.setChecked(name == shown)
        self.setVisible(picture or tensor)

    def show_theme(self, theme: Theme) -> None:
        self._text.show_theme(theme)


def _input_words(shown: Fed, both: bool, errors: Errors | None) -> tuple[str, str, str]:
    """What is said of the input, its tooltip, and the field of the theme that it is written in."""
    fed = "the picture" if shown == "picture" else "the reference’s own input"
    if not both:
        return f"fed with {fed}", "", "muted"
    if errors is None:
        return "inputs of other shapes", "", "inherits"
    tip = (
        "The picture’s tensor against the input that the reference holds:\n"
        f"relative L2 {error_text(errors.relative_l2)}, largest difference {error_text(errors.max_abs)}"
    )
    if errors.relative_l2 <= ROUNDING:
        return "● same input", tip, "agrees"
    return f"▲ other input, {error_text(errors.relative_l2)}", tip, "inherits"


def _chooser(name: str, accessible: str) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    box.setAccessibleName(accessible)
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box

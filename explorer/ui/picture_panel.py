"""The picture, its way into the network, and the classes that came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.network.chain import CUSTOM
from explorer.network.preprocessing import Preprocessing, Stage, preset_names
from explorer.session.answers import Preparation, Steps
from explorer.session.classes import ClassRow
from explorer.session.session import Fed
from explorer.ui.camera_roll import CameraRollView
from explorer.ui.class_bars import ClassBars
from explorer.ui.class_map_view import ClassMapView
from explorer.ui.compact_button import compact_button
from explorer.ui.focus_order import chain_widgets
from explorer.ui.input_line import InputLine
from explorer.ui.input_view import InputView
from explorer.ui.step_editor import StepEditor
from explorer.ui.step_strip import StepStrip
from explorer.ui.step_text import NAMES
from explorer.ui.text_label import ElidedLabel, TextLabel
from explorer.ui.theme import GRID, SMALL, Theme
from explorer.ui.view_keys import KeyText

if TYPE_CHECKING:
    from explorer.comparison.metrics import Errors
    from explorer.running.images import Picture
    from explorer.session.inputs import InputPair
    from explorer.session.pictures import RollPicture

HINT = "Drop a picture to see what the network makes of it."
OWN = "the network's own"

PICTURE_KEYS: tuple[KeyText, ...] = (
    KeyText((Qt.Key.Key_Left, Qt.Key.Key_Right), "Along the row"),
    KeyText((Qt.Key.Key_Return,), "Open, or edit step"),
    KeyText((Qt.Key.Key_Delete,), "Take out"),
    KeyText(
        (
            QKeyCombination(Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Left),
            QKeyCombination(Qt.KeyboardModifier.AltModifier, Qt.Key.Key_Right),
        ),
        "Move step",
    ),
)
"""What the row of pictures and the steps understand."""


class PicturePanel(QWidget):
    """Shows what was fed in and what it was taken for; says which input it was."""

    preprocessing_chosen = Signal(str)
    """The name of a preset."""
    own_chosen = Signal()
    """The network's own preprocessing is to be taken."""
    step_added = Signal(str)
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
        self._preparation = Preparation()
        self._steps: Steps = ()
        self._step = ""
        self._hint = TextLabel(theme, HINT, colour="muted", parent=self)
        self._hint.setObjectName("picture_hint")
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.roll = CameraRollView(theme)
        self.name = ElidedLabel(theme, bold=True)
        self.name.setObjectName("picture_name")
        self.notes = ElidedLabel(theme, size=SMALL, colour="muted")
        self.notes.setObjectName("picture_notes")
        self.presets = _chooser("presets", "Preprocessing")
        self.presets.activated.connect(self._tell_preset)
        self.add = compact_button(self, "add_step", "+", "Add a step of preprocessing")
        self.add.setAccessibleName("Add a step of preprocessing")
        self.add.setMenu(self._step_menu(self.add))
        self.steps = StepStrip(theme)
        self.steps.chosen.connect(self.choose_step)
        self.editor = StepEditor(theme)
        self.editor.closed.connect(lambda: self.choose_step(""))
        for part in (self.steps, self.editor):
            part.removed.connect(self._forget_step)
        self.inputs = InputLine(theme)
        self.inputs.chosen.connect(self.fed_with_chosen)
        self.class_map = ClassMapView(theme)
        self.class_map.class_chosen.connect(self.class_chosen)
        self.classes = ClassBars(theme)
        self.classes.class_chosen.connect(self.class_chosen)
        self.pair = InputView(theme)
        self._lay_out()
        self.show_picture(None)
        self.show_preprocessing(None, Preparation())
        self.show_steps(())
        self.show_inputs("picture", False, False, None)
        self.show_classes(())
        self.show_class_map(False)

    def show_picture(self, picture: Picture | None) -> None:
        """Show which picture is open, and what was done to it."""
        self._picture = picture
        name, tip, notes = "", "", ""
        if picture is not None:
            height, width = picture.pixels.shape[:2]
            name, notes = Path(picture.path).name, " · ".join(picture.notes)
            tip = "\n".join((picture.path, f"{width}×{height} pixels", *picture.notes))
        self.name.setText(name)
        self.name.tip = tip
        self.name.setVisible(picture is not None)
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        self._show_hint()

    def show_roll(self, pictures: tuple[RollPicture, ...], current: str | None) -> None:
        """Show the pictures that were opened lately; ``current`` is the path of the one that is open."""
        self.roll.show_roll(pictures, current)

    def show_preprocessing(self, preprocessing: Preprocessing | None, preparation: Preparation) -> None:
        """Show which way the picture takes; one of the network's own stands before the presets, an edited one last."""
        if preparation.problem and preparation.problem != self._preparation.problem:
            # Where a key was pressed on a picture, the sentence would have no place.
            self._step = preparation.step
        self._chosen, self._preparation = preprocessing, preparation
        presets = [] if preprocessing is None else list(preset_names())
        current = "" if preprocessing is None else preprocessing.name or OWN
        own = "" if preparation.own is None or preprocessing is None else preparation.own.name or OWN
        before = [name for name in dict.fromkeys((own, current)) if name and name not in (*presets, CUSTOM)]
        names = [*before, *presets, *([CUSTOM] if current == CUSTOM else [])]
        with QSignalBlocker(self.presets):
            self.presets.clear()
            self.presets.addItems([name.capitalize() if name == CUSTOM else name for name in names])
            self.presets.setCurrentIndex(names.index(current) if current else -1)
        tip = "How the picture becomes the network's input"
        self.presets.setToolTip(tip if preprocessing is None else f"{tip}\n{preprocessing.arithmetic()}")
        self.presets.setVisible(preprocessing is not None)
        self.add.setVisible(preprocessing is not None)
        for action in self.add.menu().actions():
            action.setVisible(preprocessing is not None and not preprocessing.does(action.data()))
        self.add.setEnabled(any(action.isVisible() for action in self.add.menu().actions()))
        self._show_chain()

    def show_steps(self, steps: Steps) -> None:
        """Show what each step made of the picture; before that, the picture alone."""
        self._steps = steps
        self._show_chain()
        self._show_hint()

    def choose_step(self, step: str) -> None:
        """Open the editor of that step, or close it."""
        before, self._step = self._step, step
        if before and not step and self.editor.isAncestorOf(self.focusWidget()):
            card = next((card for card in self.steps.cards if card.step == before), None)
            if card is not None:
                card.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_chain()

    def edit_steps(self) -> None:
        """Open the editor of the first step that can be changed, with the keyboard in it."""
        steps = [card.step for card in self.steps.cards[1:-1]] or [card.step for card in self.steps.cards[-1:]]
        if steps:
            self.choose_step(self.editor.step or steps[0])
            self.editor.focus_first()

    def show_inputs(self, fed_with: Fed, picture: bool, tensor: bool, errors: Errors | None) -> None:
        """Say what the shown run was fed with, and how alike the inputs are where there are two."""
        self.inputs.show_inputs(fed_with, picture, tensor, errors)

    def show_pair(self, pair: InputPair | None, causes: tuple[str, ...] = ()) -> None:
        """Show our input beside the reference's; ``causes`` are what the diagnosis says of their difference."""
        self.pair.show_pair(pair, causes)

    def show_classes(
        self,
        rows: tuple[ClassRow, ...],
        heads: tuple[str, ...] = (),
        head: str | None = None,
        *,
        other_input: bool = False,
    ) -> None:
        """Show the best classes of both sides, of ``head`` among several outputs that classify.

        ``other_input``: what is shown of ours came of another input than the reference's.
        """
        self.classes.show_heads(heads, head)
        self.classes.show_classes(rows, other_input=other_input)
        self._show_hint()

    def show_class_map(self, shown: bool) -> None:
        """Show where in the picture a class is seen, or not."""
        self.class_map.setVisible(shown)

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        parts = (self._hint, self.roll, self.name, self.notes, self.steps, self.editor, self.inputs)
        for part in (*parts, self.class_map, self.classes, self.pair):
            part.show_theme(theme)

    def _show_chain(self) -> None:
        steps = self._steps
        if not steps and self._picture is not None:
            height, width = self._picture.pixels.shape[:2]
            steps = (Stage("picture", f"picture {width}×{height}", self._picture.pixels),)
        has_way = self._chosen is not None and self._picture is not None
        left_out = self._preparation.left_out if has_way else {}
        self.steps.show_steps(self._chosen if has_way else None, steps, left_out)
        # What is made late stands behind everything else for Tab.
        chain_widgets((self.add, *self.steps.cards))
        shown = {card.step: card for card in self.steps.cards}
        # One that is being added is not there yet.
        step = self._step if self._step in shown else ""
        self.steps.show_chosen(step)
        is_off = bool(step) and shown[step].is_off
        recipe = left_out.get(step, self._chosen) if is_off else self._chosen  # type: ignore[call-overload]
        stage = next((stage for stage in self._steps if stage.step == step), None)
        problem = self._preparation.problem if self._preparation.step == step else ""
        self.editor.show_step(step, recipe, stage, is_off=is_off, problem=problem)

    def _show_hint(self) -> None:
        self._hint.setVisible(self._picture is None and not self.classes.bars)

    def _tell_preset(self, place: int) -> None:
        name = self.presets.itemText(place)
        if name in preset_names():
            self.preprocessing_chosen.emit(name)
        elif self._preparation.own is not None and name == (self._preparation.own.name or OWN):
            self.own_chosen.emit()

    def _step_menu(self, button: QPushButton) -> QMenu:
        menu = QMenu(button)
        for step, name in NAMES.items():
            if step not in ("picture", "tensor"):
                menu.addAction(name).setData(step)
        menu.triggered.connect(lambda action: self._add(action.data()))
        return menu

    def _forget_step(self, step: str) -> None:
        if step == self._step:
            self.choose_step("")

    def _add(self, step: str) -> None:
        self._step = step
        self.step_added.emit(step)

    def _lay_out(self) -> None:
        ways = QHBoxLayout()
        ways.setSpacing(GRID)
        ways.addWidget(self.name, 1)
        ways.addWidget(self.presets, 1)
        ways.addWidget(self.add)
        body = QWidget()
        body.setProperty("panel", True)
        column = QVBoxLayout(body)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self._hint, 1)
        column.addWidget(self.roll)
        column.addLayout(ways)
        column.addWidget(self.notes)
        for part in (self.steps, self.editor, self.inputs, self.class_map, self.classes, self.pair):
            column.addWidget(part)
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


def _chooser(name: str, accessible: str) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    box.setAccessibleName(accessible)
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box

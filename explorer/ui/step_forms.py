"""The controls for each step of preprocessing: what can be said of it, as fields that a person fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QSizePolicy, QSpinBox, QWidget

from explorer.network.pixel_steps import PLACES
from explorer.network.preprocessing_fields import LARGEST_SIDE, Step
from explorer.network.resampling import COORDINATES, INTERPOLATIONS
from explorer.ui.number_field import INSET, NumberField
from explorer.ui.step_text import PLACES as PLACE_NAMES
from explorer.ui.step_text import letters
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, SMALL, Theme

if TYPE_CHECKING:
    from explorer.network.preprocessing import Preprocessing

FITS = {"shorter": "shorter side", "exact": "the network's size"}
SAMPLING = {
    "smoothed": "smoothed (Pillow)",
    "half-pixel": "sampled (OpenCV, TF 2)",
    "asymmetric": "from the corner (TF 1)",
    "align-corners": "corners aligned",
}
ORDERS = {"RGB": "RGB", "BGR": "BGR", "GRAY": "grey"}
CHANNEL_NAMES = {"R": "red", "G": "green", "B": "blue", "Y": "grey"}


class StepForm(QWidget):
    """Labels and fields in two columns."""

    changed = Signal(dict, bool)
    """Fields of the description by name with their new values, and whether more may follow at once."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._labels: list[TextLabel] = []
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(1, 1)

    def show_recipe(self, recipe: Preprocessing) -> None:
        """Fill the fields in."""

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for label in self._labels:
            label.show_theme(theme)

    def _add(self, text: str, field: QWidget) -> None:
        label = TextLabel(self._theme, text, size=SMALL, colour="muted")
        label.setBuddy(field)
        self._labels.append(label)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1)

    def _choice(self, name: str, accessible: str, texts: Mapping[str, str], tell: Callable[[str], None]) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleName(accessible)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for value, text in texts.items():
            box.addItem(text, value)
        box.activated.connect(lambda place: tell(box.itemData(place)))
        return box


class MiddleForm(StepForm):
    """How much of each side is kept."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.share = NumberField("middle_share", "Percent of each side that are kept", positive=True)
        self.share.setRange(1.0, 100.0)
        self.share.valueChanged.connect(lambda value: self.changed.emit({"central_fraction": value / 100}, True))
        self._add("Kept of each side, %", self.share)

    def show_recipe(self, recipe: Preprocessing) -> None:
        _fill(self.share, 100 * recipe.central_fraction)


class ResizeForm(StepForm):
    """To which size, and how."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.fit = self._choice("resize_fit", "Size to which it is resized", FITS, self._tell("fit"))
        self.side = QSpinBox()
        self.side.setObjectName("resize_side")
        self.side.setAccessibleName("Shorter side in pixels")
        self.side.setRange(1, LARGEST_SIDE)
        self.side.setKeyboardTracking(False)
        self.side.lineEdit().setTextMargins(INSET, 0, 0, 0)
        self.side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.side.valueChanged.connect(lambda value: self.changed.emit({"shorter_side": value}, True))
        filters: dict[str, str] = {name: name for name in INTERPOLATIONS}
        self.filter = self._choice("resize_filter", "Resampling filter", filters, self._tell("interpolation"))
        self.sampling = self._choice("resize_sampling", "How it is sampled", SAMPLING, self._tell_sampling)
        self._add("Size", self.fit)
        self._add("Pixels", self.side)
        self._add("Filter", self.filter)
        self._add("Sampling", self.sampling)

    def show_recipe(self, recipe: Preprocessing) -> None:
        _choose(self.fit, recipe.fit)
        with QSignalBlocker(self.side):
            self.side.setValue(recipe.shorter_side)
        for part in (self.side, self._labels[1]):
            part.setVisible(recipe.fit == "shorter")
        _choose(self.filter, recipe.interpolation)
        _choose(self.sampling, "smoothed" if recipe.antialias else recipe.coordinates)

    def _tell(self, name: str) -> Callable[[str], None]:
        return lambda value: self.changed.emit({name: value}, False)

    def _tell_sampling(self, value: str) -> None:
        if value in COORDINATES:
            self.changed.emit({"antialias": False, "coordinates": value}, False)
        else:
            self.changed.emit({"antialias": True}, False)


class CropForm(StepForm):
    """From where."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        names: dict[str, str] = {place: PLACE_NAMES[place].removeprefix("the ") for place in PLACES}
        self.place = self._choice(
            "crop_place", "Where it is cut from", names, lambda value: self.changed.emit({"crop": value}, False)
        )
        self._add("From", self.place)

    def show_recipe(self, recipe: Preprocessing) -> None:
        _choose(self.place, recipe.crop)


class ChannelsForm(StepForm):
    """Which order."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.order = self._choice(
            "channel_order", "Order of the channels", ORDERS, lambda value: self.changed.emit({"order": value}, False)
        )
        self._add("Order", self.order)

    def show_recipe(self, recipe: Preprocessing) -> None:
        _choose(self.order, recipe.order)


class ScaleForm(StepForm):
    """One factor."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.factor = NumberField("scale_factor", "Factor of all values")
        self.factor.valueChanged.connect(lambda value: self.changed.emit({"scale": value}, True))
        self._add("Values ×", self.factor)

    def show_recipe(self, recipe: Preprocessing) -> None:
        _fill(self.factor, recipe.scale)


class VectorForm(StepForm):
    """One number for all channels or one for each: the means, or the standard deviations."""

    def __init__(self, theme: Theme, step: Step) -> None:
        super().__init__(theme)
        self._step = step
        word = "mean" if step == "mean" else "deviation"
        ways = {"1": "one for all channels", "3": "one for each channel"}
        self.way = self._choice(f"{step}_way", f"One {word} or several", ways, self._tell_way)
        self.numbers = tuple(
            NumberField(f"{step}_{place}", f"{word.capitalize()} {place + 1}", positive=step == "std")
            for place in range(3)
        )
        self._add("Numbers", self.way)
        for number in self.numbers:
            number.valueChanged.connect(lambda _: self._tell())
            self._add("", number)

    def show_recipe(self, recipe: Preprocessing) -> None:
        values = recipe.mean if self._step == "mean" else recipe.std
        names = letters(recipe, self._step)
        # Grey has one channel, and nothing to choose.
        self.way.setEnabled(len(names) == 3)
        _choose(self.way, str(len(values)))
        word = "Mean" if self._step == "mean" else "Deviation"
        for place, field in enumerate(self.numbers):
            is_shown = place < len(values)
            of = CHANNEL_NAMES[names[place]] if len(values) == 3 and place < len(names) else "all channels"
            label = self._labels[1 + place]
            label.setText(of)
            field.setAccessibleName(f"{word} of {of}")
            field.setVisible(is_shown)
            label.setVisible(is_shown)
            if is_shown:
                _fill(field, values[place])
        self._values = values

    def _tell(self) -> None:
        count = len(self._values)
        self.changed.emit({self._step: tuple(field.value() for field in self.numbers[:count])}, True)

    def _tell_way(self, count: str) -> None:
        values = self._values
        wanted = (
            (sum(values) / len(values),) if count == "1" else tuple(values[min(i, len(values) - 1)] for i in range(3))
        )
        self.changed.emit({self._step: wanted}, False)


FORMS: Mapping[str, Callable[[Theme], StepForm]] = {
    "middle": MiddleForm,
    "resize": ResizeForm,
    "crop": CropForm,
    "channels": ChannelsForm,
    "scale": ScaleForm,
    "mean": lambda theme: VectorForm(theme, "mean"),
    "std": lambda theme: VectorForm(theme, "std"),
}
"""The form of each step that has anything to say."""


def _fill(field: NumberField, value: float) -> None:
    if field.value() != value:
        with QSignalBlocker(field):
            field.setValue(value)


def _choose(box: QComboBox, value: str) -> None:
    with QSignalBlocker(box):
        box.setCurrentIndex(box.findData(value))

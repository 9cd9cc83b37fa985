"""The honest test: the same classes as icons, drawn by Qt with Bézier curves, in styles that training never shows.

Nothing here is shared with the drawing program but the names of the classes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QLinearGradient, QPainter, QPainterPath, QPen, QRadialGradient

from models.drawings.other_designs import DESIGNS

SEED = 404
SIDE = 300
EACH = 4
"""Pictures of each class: every style once, the two designs in turn."""

PALETTES = (
    ("#fff8e7", "#264653", "#2a9d8f", "#e9c46a", "#e76f51"),
    ("#e8f1f5", "#1d3557", "#457b9d", "#f1a208", "#d62839"),
    ("#fdf0f5", "#3d1f47", "#b5179e", "#4cc9f0", "#f72585"),
    ("#eef5e9", "#22382b", "#588157", "#f2cc8f", "#bc4749"),
    ("#f4f1ea", "#33261d", "#8a5a44", "#ddb892", "#3a7d8c"),
)
"""Sheet, ink and three fillings."""

TOKEN = re.compile(r"[MLCQZER]|-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Look:
    """One style: whether things are filled and outlined, and what is special."""

    filled: bool
    outlined: bool
    pen: float
    """In hundredths of the thing's side."""
    shadow: bool = False
    night: bool = False
    gradient: bool = False


LOOKS = (
    Look(filled=False, outlined=True, pen=3.2),
    Look(filled=True, outlined=False, pen=3.5, shadow=True),
    Look(filled=True, outlined=True, pen=4.5, gradient=True),
    Look(filled=False, outlined=True, pen=5.0, night=True),
)


def icons() -> tuple[NDArray[np.uint8], list[str]]:
    """All pictures (N×300×300×3, RGB) and their classes; always the same."""
    names = [name for name in sorted(DESIGNS) for _ in range(EACH)]
    pictures = [draw_icon(name, number % EACH, SEED + number) for number, name in enumerate(names)]
    return np.stack(pictures), names


def draw_icon(name: str, number: int, seed: int) -> NDArray[np.uint8]:
    """The class ``name`` in style ``number``: 300×300×3."""
    rng = np.random.default_rng(seed)
    look, design = LOOKS[number], DESIGNS[name][number % 2 if number < 2 else (number + 1) % 2]
    palette = [QColor(text) for text in PALETTES[int(rng.integers(len(PALETTES)))]]
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB888)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_sheet(painter, look, palette)
    painter.translate(SIDE / 2 + float(rng.uniform(-18, 18)), SIDE / 2 + float(rng.uniform(-18, 18)))
    painter.rotate(float(rng.uniform(-9, 9)))
    size = SIDE * float(rng.uniform(0.52, 0.72)) / 100
    painter.scale(size * float(rng.choice([-1, 1])), size)
    painter.translate(-50, -50)
    if look.shadow:
        painter.save()
        painter.translate(3, 4)
        painter.setOpacity(0.25)
        for role, text in design:
            _paint(painter, role, path_of(text), look, [QColor("#000000")] * 5)
        painter.restore()
    for role, text in design:
        _paint(painter, role, path_of(text), look, palette)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, image.bytesPerLine())
    return rows[:, : SIDE * 3].reshape(SIDE, SIDE, 3).copy()


def path_of(text: str) -> QPainterPath:
    """The curve that path data describe."""
    tokens = TOKEN.findall(text)
    path, at = QPainterPath(), 0
    path.setFillRule(Qt.FillRule.WindingFill)

    def points(count: int) -> list[QPointF]:
        nonlocal at
        numbers = [float(token) for token in tokens[at : at + 2 * count]]
        at += 2 * count
        return [QPointF(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]

    while at < len(tokens):
        command = tokens[at]
        at += 1
        if command == "M":
            path.moveTo(*points(1))
        elif command == "L":
            path.lineTo(*points(1))
        elif command == "Q":
            path.quadTo(*points(2))
        elif command == "C":
            while at < len(tokens) and tokens[at] not in "MLCQZER":
                path.cubicTo(*points(3))
        elif command == "E":
            middle, radii = points(2)
            path.addEllipse(middle, radii.x(), radii.y())
        elif command == "R":
            corner, size = points(2)
            rounding = float(tokens[at])
            at += 1
            path.addRoundedRect(QRectF(corner.x(), corner.y(), size.x(), size.y()), rounding, rounding)
        else:
            path.closeSubpath()
    return path


def _paint_sheet(painter: QPainter, look: Look, palette: list[QColor]) -> None:
    whole = QRectF(0, 0, SIDE, SIDE)
    if look.night:
        painter.fillRect(whole, palette[1])
    elif look.gradient:
        light = QRadialGradient(QPointF(SIDE * 0.4, SIDE * 0.35), SIDE * 0.8)
        light.setColorAt(0, palette[0])
        light.setColorAt(1, palette[0].darker(118))
        painter.fillRect(whole, QBrush(light))
    else:
        painter.fillRect(whole, palette[0] if look.filled else QColor("#ffffff"))


def _paint(painter: QPainter, role: str, path: QPainterPath, look: Look, palette: list[QColor]) -> None:
    ink = palette[0] if look.night else palette[1]
    pen = QPen(ink, look.pen, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    if role == "line":
        painter.strokePath(path, pen)
        return
    fills = {"body": palette[2], "accent": palette[4], "dark": palette[1], "light": palette[3]}
    if look.filled or role == "dark":
        fill = QBrush(fills[role] if look.filled else ink)
        if look.gradient and role in ("body", "accent"):
            shade = QLinearGradient(path.boundingRect().topLeft(), path.boundingRect().bottomRight())
            shade.setColorAt(0, fills[role].lighter(135))
            shade.setColorAt(1, fills[role].darker(115))
            fill = QBrush(shade)
        painter.fillPath(path, fill)
    if look.outlined:
        painter.strokePath(path, pen)

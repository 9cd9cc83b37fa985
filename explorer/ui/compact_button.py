"""A button that takes little room."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget


def compact_button(parent: QWidget, name: str, text: str, tip: str) -> QPushButton:
    """A button with less space around its ``text``; ``name`` is what tests and style sheets know it by."""
    button = QPushButton(text, parent)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleDescription(tip)
    button.setProperty("compact", True)
    return button

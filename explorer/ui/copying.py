"""Tables and texts on the clipboard, as plain text and as what a spreadsheet or a page takes over."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from functools import cache
from html import escape

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QClipboard, QGuiApplication

Table = Sequence[Sequence[str]]
"""Rows of cells; the first row is the headings."""


def copy_text(text: str) -> None:
    """Put a text on the clipboard."""
    mime = QMimeData()
    mime.setText(text)
    put_on_clipboard(mime)


def copy_table(table: Table) -> None:
    """Put a table on the clipboard: lines with tabs between the cells, and HTML."""
    mime = QMimeData()
    mime.setText(table_text(table))
    mime.setHtml(table_html(table))
    put_on_clipboard(mime)


def table_text(table: Table) -> str:
    """Lines with tabs between the cells; what would break a line or a cell is a space."""
    return "".join("\t".join(" ".join(cell.split("\t")).replace("\n", " ") for cell in row) + "\n" for row in table)


def table_html(table: Table) -> str:
    """The same as an HTML table, its first row as headings."""
    head, *rows = table
    lines = [_row(head, "th"), *(_row(row, "td") for row in rows)]
    return f"<table>\n{chr(10).join(lines)}\n</table>"


def put_on_clipboard(mime: QMimeData) -> None:
    """Put that on the clipboard."""
    # Some platforms have no clipboard, whatever Qt's types say.
    clipboard: QClipboard | None = QGuiApplication.clipboard()
    if clipboard is not None:
        _outlive_python()
        clipboard.setMimeData(mime)


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


@cache
def _outlive_python() -> None:
    """Leave only the text on a clipboard that ends after Python, and with it what Python put there: a crash."""
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        atexit.register(_leave_text)


def _leave_text() -> None:
    if QGuiApplication.instance() is not None:
        clipboard = QGuiApplication.clipboard()
        clipboard.setText(clipboard.text())

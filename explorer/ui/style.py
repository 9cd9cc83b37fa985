"""A theme → the look of every control: palette, font and one style sheet."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from explorer.data import data_folder
from explorer.ui.theme import BODY, GRID, SMALL, Theme

RADIUS = 6
"""Corners of buttons, fields and cards, in device-independent pixels."""

HALF = GRID // 2


def dress(application: QApplication, theme: Theme) -> None:
    """Give the application the theme's palette and style sheet, and the body size of the type scale."""
    font = application.font()
    font.setPixelSize(BODY)
    application.setFont(font)
    application.setPalette(palette(theme))
    application.setStyleSheet(style_sheet(theme))


def palette(theme: Theme) -> QPalette:
    """The theme's colours by Qt's own roles, for whatever the style sheet does not reach."""
    roles = QPalette.ColorRole
    colours = {
        roles.Window: theme.window,
        roles.WindowText: theme.text,
        roles.Base: theme.panel,
        roles.AlternateBase: theme.raised,
        roles.Text: theme.text,
        roles.PlaceholderText: theme.faint,
        roles.Button: theme.raised,
        roles.ButtonText: theme.text,
        roles.BrightText: theme.accent_text,
        roles.Highlight: theme.accent,
        roles.HighlightedText: theme.accent_text,
        roles.Link: theme.accent,
        roles.ToolTipBase: theme.raised,
        roles.ToolTipText: theme.text,
        roles.Light: theme.raised,
        roles.Midlight: theme.line,
        roles.Mid: theme.line,
        roles.Dark: theme.frame_line,
    }
    made = QPalette()
    for role, colour in colours.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.faint))
    return made


def style_sheet(theme: Theme) -> str:
    """The style sheet of the whole window; sizes are multiples of half the grid."""
    return f"""
QMainWindow, QDialog {{ background: {theme.window}; }}
QMainWindow::separator {{ background: {theme.window}; width: {HALF}px; height: {HALF}px; }}
QMainWindow::separator:hover {{ background: {theme.accent}; }}
QToolTip {{
    background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line}; padding: {HALF}px;
    font-size: {SMALL}px;
}}

QMenuBar {{ background: {theme.panel}; padding: 2px {HALF}px 0 {HALF}px; }}
QMenuBar::item {{ background: transparent; padding: {HALF}px {GRID}px; border-radius: {HALF}px; }}
QMenuBar::item:selected {{ background: {theme.selection}; }}
QMenu {{
    background: {theme.panel}; color: {theme.text}; border: 1px solid {theme.line}; padding: {HALF}px;
}}
QMenu::item {{ padding: {HALF}px {3 * GRID}px {HALF}px {3 * GRID}px; border-radius: {HALF}px; }}
QMenu::item:selected {{ background: {theme.selection}; }}
QMenu::item:disabled {{ color: {theme.faint}; }}
QMenu::separator {{ height: 1px; background: {theme.line}; margin: {HALF}px {GRID}px; }}
QMenu::indicator {{ width: {BODY}px; height: {BODY}px; left: {HALF}px; }}

QToolBar {{
    background: {theme.panel}; border: none; border-bottom: 1px solid {theme.line};
    padding: {HALF}px {GRID}px; spacing: {HALF}px;
}}
QToolButton {{
    background: transparent; color: {theme.text}; border: 1px solid transparent; border-radius: {RADIUS}px;
    padding: {HALF}px {HALF}px {HALF}px {GRID}px;
}}
QToolButton:hover {{ background: {theme.raised}; border-color: {theme.line}; }}
QToolButton:pressed, QToolButton:checked {{ background: {theme.selection}; border-color: {theme.selection}; }}
QToolButton:disabled {{ color: {theme.faint}; }}
QToolButton:focus {{ border-color: {theme.accent}; }}
QCheckBox:focus {{ color: {theme.accent}; }}

QPushButton {{
    background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line};
    border-radius: {RADIUS}px; padding: {HALF}px {2 * GRID}px; min-height: {2 * GRID}px;
}}
QPushButton:hover {{ background: {theme.selection}; }}
QPushButton:checked {{ background: {theme.selection}; border-color: {theme.accent}; }}
QPushButton:focus {{ border-color: {theme.accent}; }}
QPushButton:checked:focus {{ border-color: {theme.text}; }}
QPushButton:disabled {{ color: {theme.faint}; }}
QPushButton[primary="true"] {{
    background: {theme.accent}; color: {theme.accent_text}; border-color: {theme.accent};
}}
QPushButton[primary="true"]:hover, QPushButton[primary="true"]:focus {{ border-color: {theme.text}; }}
QPushButton[compact="true"] {{ padding: 1px {GRID}px; min-height: {2 * GRID}px; }}

QLineEdit, QComboBox, QAbstractSpinBox {{
    background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line};
    border-radius: {RADIUS}px; padding: 3px {GRID}px; min-height: {2 * GRID}px;
    selection-background-color: {theme.accent}; selection-color: {theme.accent_text};
}}
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {{ border-color: {theme.accent}; }}
QComboBox:disabled, QAbstractSpinBox:disabled {{ color: {theme.faint}; }}
QComboBox::drop-down {{ border: none; width: {3 * GRID}px; }}
QComboBox::down-arrow, QAbstractSpinBox::down-arrow {{
    image: url("{_picture("chevron")}"); width: 12px; height: 12px;
}}
QAbstractSpinBox::up-arrow {{ image: url("{_picture("chevron-up")}"); width: 12px; height: 12px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
    background: transparent; border: none; width: {2 * GRID}px; margin: 1px;
}}
QComboBox QAbstractItemView {{
    background: {theme.panel}; border: 1px solid {theme.line}; outline: none;
    selection-background-color: {theme.selection}; selection-color: {theme.text};
}}

QTreeView, QTableView, QListView {{
    background: {theme.panel}; color: {theme.text}; border: 1px solid transparent; outline: none;
    selection-background-color: {theme.selection}; selection-color: {theme.text};
}}
QTreeView:focus, QTableView:focus, QListView:focus {{ border-color: {theme.accent}; }}
QTreeView::item {{ border: none; padding: 0; }}
QTreeView::item:hover {{ background: {theme.raised}; }}
QTreeView::item:selected {{ background: {theme.selection}; color: {theme.text}; }}
QTreeView::branch:selected {{ background: {theme.selection}; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {theme.line}; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{
    background: transparent; color: {theme.muted}; border: none; border-bottom: 2px solid transparent;
    padding: {HALF}px {GRID}px; margin-right: {HALF}px;
}}
QTabBar::tab:hover {{ color: {theme.text}; }}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.accent}; }}
QTabBar::tab:focus {{ color: {theme.accent}; }}

QHeaderView {{ background: {theme.panel}; border: none; }}
QHeaderView::section {{
    background: {theme.panel}; color: {theme.muted}; border: none; border-bottom: 1px solid {theme.line};
    padding: {HALF}px {GRID}px; font-size: {SMALL}px;
}}

QScrollBar:vertical {{ background: transparent; width: {GRID + 2}px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {GRID + 2}px; margin: 0; }}
QScrollBar::handle {{ background: {theme.line}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: {3 * GRID}px; }}
QScrollBar::handle:horizontal {{ min-width: {3 * GRID}px; }}
QScrollBar::handle:hover {{ background: {theme.faint}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QStatusBar {{ background: {theme.panel}; border-top: 1px solid {theme.line}; }}
QStatusBar::item {{ border: none; }}
QProgressBar {{ background: {theme.line}; border: none; border-radius: 2px; max-height: {HALF}px; }}
QProgressBar::chunk {{ background: {theme.accent}; border-radius: 2px; }}

QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollArea {{ background: transparent; border: none; }}
QWidget[panel="true"] {{ background: {theme.panel}; }}
QFrame[card="true"] {{
    background: {theme.panel}; border: 1px solid {theme.line}; border-radius: {GRID}px;
}}
QLabel[key="true"] {{
    background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line}; border-radius: {HALF}px;
    padding: 0 {HALF + 2}px; font-size: {SMALL}px;
}}
QLabel#provider {{
    background: {theme.raised}; border: 1px solid {theme.line}; border-radius: {GRID}px;
    padding: 2px {GRID}px;
}}
"""


def _picture(name: str) -> str:
    return (data_folder("resources") / "icons" / f"{name}.svg").as_posix()

"""Why the network differs: one card for each finding in the order of the data, and what can be done about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from explorer.ui.copy_key import CopyKey
from explorer.ui.copying import copy_text
from explorer.ui.finding_card import FindingCard
from explorer.ui.finding_text import PanelText, finding_text, unexplained_text
from explorer.ui.focus_order import chain_widgets
from explorer.ui.text_label import TextLabel
from explorer.ui.theme import GRID, Theme
from explorer.ui.verdict_mark import VerdictMark

if TYPE_CHECKING:
    from explorer.comparison.comparison import Verdict
    from explorer.diagnosis.finding import Diagnosis, Finding

MARK_OF_STAGE: dict[str, Verdict] = {"clean": "match", "wrong": "culprit", "diagnosing": "culprit"}


class FindingsPanel(QWidget):
    """Shows a diagnosis; tells what the person chooses and asks for, and does nothing of it itself.

    The card of the chosen layer is open. Arrow keys go from card to card, Enter applies or takes back.
    """

    layer_chosen = Signal(str)
    apply_asked = Signal(tuple)
    undo_asked = Signal(tuple)
    """Findings."""
    save_asked = Signal()
    report_asked = Signal()
    diagnose_asked = Signal()
    reference_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findings_panel")
        self.setAccessibleName("Findings")
        self._theme = theme
        self._findings: tuple[Finding, ...] = ()
        self._applied: tuple[Finding, ...] = ()
        self._chosen: FindingCard | None = None
        self._layer: str | None = None
        self.cards: tuple[FindingCard, ...] = ()
        self.words = PanelWords(theme)
        self.words.diagnose.clicked.connect(self.diagnose_asked)
        self.words.reference.clicked.connect(self.reference_asked)
        self.apply_all = self._button("Apply all", "apply_all", "Correct everything that was found")
        self.apply_all.clicked.connect(self._ask_for_all)
        self.save = self._button("Save corrected…", "save_corrected", "Save the corrected network as an ONNX file")
        self.save.clicked.connect(self.save_asked)
        self.report = self._button("Export report…", "export_report", "Write the diagnosis as a page to read or print")
        self.report.clicked.connect(self.report_asked)
        CopyKey(self, self.copy)
        self._lay_out()
        self.show_diagnosis(None)

    @property
    def is_told(self) -> bool:
        """Whether there are cards."""
        return bool(self.cards)

    def show_text(self, text: PanelText) -> None:
        """Say how far things are; the cards show once the stage is ``told``."""
        self.words.show_text(text)
        self._pages.setCurrentIndex(1 if text.stage == "told" and self.cards else 0)

    def show_diagnosis(self, diagnosis: Diagnosis | None, inputs: Collection[str] = ()) -> None:
        """Show a card for each finding, and for each unexplained layer; ``inputs`` are the network's own."""
        for card in self.cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._findings = () if diagnosis is None else diagnosis.findings
        self._chosen, self._applied = None, ()
        unexplained = {} if diagnosis is None else diagnosis.unexplained
        found = [
            FindingCard(
                self._theme,
                finding_text(finding),
                (finding.residual_before, finding.residual_after, finding.noise_floor),
            )
            for finding in self._findings
        ]
        left = [
            FindingCard(
                self._theme,
                unexplained_text(layer, reason, is_input=layer in inputs),
                None,
                "not compared" if layer in inputs else "culprit",
            )
            for layer, reason in unexplained.items()
        ]
        self.cards = (*found, *left)
        for number, card in enumerate(self.cards):
            self._column.insertWidget(number, card)
            card.chosen.connect(lambda card=card: self._choose(card))
            card.toggled.connect(lambda card=card: self._toggle(card))
            card.stepped.connect(lambda step, place=number: self._step(place + step))
        chain_widgets((self.report, *(part for card in self.cards for part in (card, card.button))))
        self._actions.setVisible(bool(self.cards))
        self.apply_all.setEnabled(bool(found))
        self.show_applied(())
        self.show_layer(self._layer)

    def show_applied(self, applied: Sequence[Finding]) -> None:
        """Say which corrections are in the network on screen."""
        self._applied = tuple(applied)
        for card, finding in zip(self.cards, self._findings, strict=False):
            card.show_applied(finding in self._applied)
        is_all = bool(self._findings) and len(self._applied) == len(self._findings)
        self.apply_all.setText("Undo all" if is_all else "Apply all")
        self.apply_all.setToolTip("Take all corrections back" if is_all else "Correct everything that was found")
        self.save.setEnabled(bool(self._applied))

    def show_layer(self, layer: str | None) -> None:
        """Open the card of that layer; of several the one that was open stays."""
        self._layer = layer
        if self._chosen is None or self._chosen.words.layer != layer:
            self._open(next((card for card in self.cards if card.words.layer == layer), None))

    def text(self) -> str:
        """All findings in words, in the order of the data."""
        return "\n".join(card.words.told(is_applied=card.is_applied) for card in self.cards)

    def copy(self) -> None:
        """Put the findings on the clipboard."""
        if self.cards:
            copy_text(self.text())

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        self._theme = theme
        for card in self.cards:
            card.show_theme(theme)
        self.words.show_theme(theme)

    def sizeHint(self) -> QSize:
        return QSize(50 * GRID, 30 * GRID if self.cards else 14 * GRID)

    def _button(self, text: str, name: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setProperty("compact", True)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        return button

    def _lay_out(self) -> None:
        self._actions = QWidget(self)
        row = QHBoxLayout(self._actions)
        row.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        row.setSpacing(GRID)
        row.addWidget(self.apply_all)
        row.addStretch(1)
        row.addWidget(self.save)
        row.addWidget(self.report)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(GRID, GRID // 2, GRID, GRID)
        self._column.setSpacing(GRID // 2)
        self._column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("finding-cards")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inner)
        inner.setAutoFillBackground(False)
        self._scroll.viewport().setAutoFillBackground(False)
        told = QWidget()
        told_column = QVBoxLayout(told)
        told_column.setContentsMargins(0, 0, 0, 0)
        told_column.setSpacing(0)
        told_column.addWidget(self._actions)
        told_column.addWidget(self._scroll, 1)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.words)
        self._pages.addWidget(told)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)

    def _choose(self, card: FindingCard) -> None:
        self._open(card)
        self.layer_chosen.emit(card.words.layer)

    def _step(self, place: int) -> None:
        if 0 <= place < len(self.cards):
            self.cards[place].setFocus(Qt.FocusReason.TabFocusReason)
            self._choose(self.cards[place])

    def _open(self, chosen: FindingCard | None) -> None:
        self._chosen = chosen
        for card in self.cards:
            card.show_chosen(card is chosen)
        if chosen is not None:
            # Once the opened card has its height.
            QTimer.singleShot(0, self, self._reveal)

    def _reveal(self) -> None:
        if self._chosen is not None:
            # Whole where it fits, and else from its top.
            place, bar = self._chosen.geometry(), self._scroll.verticalScrollBar()
            top, room = place.top() - GRID // 2, self._scroll.viewport().height()
            bar.setValue(min(max(bar.value(), place.bottom() + GRID - room), top))

    def _toggle(self, card: FindingCard) -> None:
        finding = self._findings[self.cards.index(card)]
        (self.undo_asked if card.is_applied else self.apply_asked).emit((finding,))

    def _ask_for_all(self) -> None:
        is_all = len(self._applied) == len(self._findings)
        (self.undo_asked if is_all else self.apply_asked).emit(self._findings)


class PanelWords(QWidget):
    """What is said where there are no cards, and the one thing that can be done about it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("findings_words")
        self._mark = VerdictMark(theme)
        self.headline = TextLabel(theme, bold=True)
        self.headline.setObjectName("findings-headline")
        self.line = TextLabel(theme, colour="muted")
        self.line.setObjectName("findings-line")
        self.line.setWordWrap(True)
        self.diagnose = QPushButton("Diagnose", self)
        self.diagnose.setObjectName("findings_diagnose")
        self.reference = QPushButton("Open reference…", self)
        self.reference.setObjectName("findings_reference")
        for button in (self.diagnose, self.reference):
            button.setProperty("compact", True)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._mark)
        head.addWidget(self.headline)
        head.addStretch(1)
        head.addWidget(self.diagnose)
        head.addWidget(self.reference)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        column.addLayout(head)
        column.addWidget(self.line)
        column.addStretch(1)

    def show_text(self, text: PanelText) -> None:
        """Say something."""
        self.headline.setText(text.word)
        self.line.setText(text.line)
        verdict = MARK_OF_STAGE.get(text.stage)
        self._mark.setVisible(verdict is not None)
        if verdict is not None:
            self._mark.show_verdict(verdict)
        self.diagnose.setVisible(text.stage == "wrong")
        self.reference.setVisible(text.stage == "no reference")

    def show_theme(self, theme: Theme) -> None:
        """Take the colours of another theme."""
        for part in (self._mark, self.headline, self.line):
            part.show_theme(theme)

"""Between the picture panel and the session: picture, preprocessing and classes to the panel, choices to the desk."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.session.classes import ClassRow, class_rows, classifying_outputs
from explorer.session.inputs import ROUNDING, input_errors

if TYPE_CHECKING:
    from explorer.session.desk import Desk
    from explorer.session.session import Session
    from explorer.ui.picture_panel import PicturePanel

OUTCOME = frozenset({"network", "picture_run", "reference_run", "comparison", "applied", "fed_with", "labels", "head"})
"""Of what is open, what decides over the classes."""


class PictureLink(QObject):
    """Keeps the panel up with the session."""

    def __init__(self, panel: PicturePanel, session: Session, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._panel, self._session = panel, session
        panel.preprocessing_chosen.connect(desk.choose_preset)
        panel.own_chosen.connect(desk.preparing.reset)
        panel.step_added.connect(lambda step: desk.preparing.switch(step, True))
        panel.steps.moved.connect(desk.preparing.move)
        panel.steps.removed.connect(desk.preparing.remove)
        panel.editor.changed.connect(desk.preparing.change)
        panel.editor.switched.connect(desk.preparing.switch)
        panel.editor.moved.connect(desk.preparing.move)
        panel.editor.removed.connect(desk.preparing.remove)
        panel.roll.chosen.connect(desk.choose_picture)
        panel.roll.forgotten.connect(desk.roll.forget)
        panel.classes.head_chosen.connect(desk.choose_head)
        panel.fed_with_chosen.connect(desk.show_fed_with)
        session.changed.connect(self.show_changes)

    def show_changes(self, changed: Collection[str]) -> None:
        """Show what of ``changed`` the panel shows."""
        changed, session, panel = set(changed), self._session, self._panel
        path = None if session.picture is None else session.picture.path
        if "picture" in changed:
            panel.show_picture(session.picture)
        if changed & {"picture", "roll"}:
            panel.show_roll(session.roll, path)
        if changed & {"preprocessing", "preparation"}:
            panel.show_preprocessing(session.preprocessing, session.preparation)
        if changed & {"picture", "steps"}:
            panel.show_steps(session.steps)
        if changed & {"input_pair", "diagnosis"}:
            panel.show_pair(session.input_pair, self._causes())
        if changed & OUTCOME:
            self._show_outcome()

    def _show_outcome(self) -> None:
        session = self._session
        runs = (session.picture_run is not None, session.reference_run is not None)
        errors = input_errors(session.picture_run, session.reference_run)
        self._panel.show_inputs(session.fed_with, *runs, errors)
        rows: tuple[ClassRow, ...] = ()
        heads: tuple[str, ...] = ()
        if session.network is not None:
            heads = classifying_outputs(session.network)
            parts = (session.shown_run, session.labels, session.comparison, session.reference)
            rows = class_rows(session.network, *parts, output=session.head)
        is_other = session.fed_with == "picture" and errors is not None and errors.relative_l2 > ROUNDING
        self._panel.show_classes(rows, heads if rows else (), session.head, other_input=is_other)

    def _causes(self) -> tuple[str, ...]:
        """What the diagnosis says of how the picture became the input."""
        session = self._session
        if session.diagnosis is None or session.network is None:
            return ()
        inputs = {layer.name for layer in session.network.layers if not layer.nodes}
        return tuple(finding.detail for finding in session.diagnosis.findings if finding.layer in inputs)

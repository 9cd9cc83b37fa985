"""A diagnosis in words, for the cards of the findings panel. Without Qt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.causes import cause_text
from explorer.ui.number_text import count_text, error_text, sentence_text

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.diagnosis.finding import Diagnosis, Finding

Stage = Literal["no reference", "not compared", "wrong", "diagnosing", "clean", "told"]
"""How far things are: from nothing to compare with up to a diagnosis whose findings are told."""


@dataclass(frozen=True)
class PanelText:
    """What the panel says where there are no cards: a headline ``word`` and a ``line`` under it."""

    stage: Stage
    word: str = ""
    line: str = ""


@dataclass(frozen=True)
class CardText:
    """What a card says. Lines that are empty have nothing to say."""

    layer: str
    title: str
    cause: str = ""
    line: str = ""
    detail: str = ""
    change: str = ""
    runner_up: str = ""
    alike: str = ""
    decides: str = ""

    @property
    def description(self) -> str:
        """Everything but the layer and the title, for who listens instead of looking."""
        parts = (self.line, self.detail, self.change, self.runner_up, self.alike, self.decides)
        return " ".join(sentence_text(part) for part in parts if part)

    def told(self, *, is_applied: bool) -> str:
        """Everything, line by line, as it is copied."""
        cause = f" ({self.cause})" if self.cause else ""
        change = f": {self.change}" if self.change else ""
        state = ", corrected" if is_applied else ""
        parts = (self.line, self.detail, self.runner_up, self.alike, self.decides)
        lines = [f"{self.layer}: {self.title}{cause}{change}{state}", *(sentence_text(part) for part in parts if part)]
        return "\n    ".join(lines) + "\n"


def finding_text(finding: Finding) -> CardText:
    """A finding in words."""
    words = cause_text(finding.cause)
    before, after = error_text(finding.residual_before), error_text(finding.residual_after)
    runner_up = ""
    if finding.runner_up is not None:
        other = cause_text(finding.runner_up.cause).title
        runner_up = f"Next best: {_inner(other)} leaves {error_text(finding.runner_up.residual)}"
    alike = ", ".join(_inner(cause_text(cause).title) for cause in finding.indistinguishable)
    return CardText(
        finding.layer,
        words.title,
        finding.cause,
        words.line,
        sentence_text(finding.detail),
        f"{before} → {after}",
        runner_up,
        f"Cannot be told from: {alike}" if alike else "",
        sentence_text(finding.decides or ""),
    )


def unexplained_text(layer: str, reason: str, *, is_input: bool = False) -> CardText:
    """A layer that is wrong and that no cause explains; of an input it may be that the picture is another."""
    more = "Or the reference is of another picture." if is_input else ""
    return CardText(layer, "Not explained", detail=sentence_text(reason), decides=more)


def panel_text(
    *,
    has_reference: bool,
    is_diagnosing: bool,
    comparison: Comparison | None,
    diagnosis: Diagnosis | None,
) -> PanelText:
    """What the panel says of the whole network."""
    if is_diagnosing:
        return PanelText(
            "diagnosing", "Looking for causes", "Each wrong layer is tried with every known mistake undone."
        )
    if not has_reference:
        text = "With the values that the original framework computed, Portside names what differs, and why."
        return PanelText("no reference", "Drop a reference to compare with", text)
    if diagnosis is not None and (diagnosis.findings or diagnosis.unexplained):
        return PanelText("told")
    if comparison is None:
        return PanelText("not compared", "Not compared yet", "Causes are looked for once the layers are compared.")
    if comparison.agrees:
        count = sum(row.verdict == "match" for row in comparison.layers)
        layers = "The one compared layer" if count == 1 else f"All {count_text(count)} compared layers"
        missing = len(comparison.unmatched_layers)
        beside = f" The reference does not hold {count_text(missing)} more." if missing else ""
        verb = "agrees" if count == 1 else "agree"
        return PanelText("clean", f"{layers} {verb}", f"Nothing differs beyond rounding.{beside}")
    wrong = len({row.value or row.layer for row in comparison.layers if row.verdict in ("culprit", "shape")})
    if wrong:
        layers = "1 layer is wrong" if wrong == 1 else f"{count_text(wrong)} layers are wrong"
        return PanelText("wrong", layers, "Diagnose finds out why, and what would put it right.")
    return PanelText("not compared", "No layer could be compared", "The reference holds too little for a verdict.")


def summary_text(diagnosis: Diagnosis | None, applied: Collection[Finding], *, is_unsaved: bool) -> str:
    """The diagnosis in a few words, beside the panel's title."""
    if diagnosis is None:
        return ""
    count, left = len(diagnosis.findings), len(diagnosis.unexplained)
    parts = [f"{count} finding{'' if count == 1 else 's'}"] if count else []
    parts += [f"{left} unexplained"] if left else []
    if applied:
        parts.append(f"{len(applied)} applied{', not saved' if is_unsaved else ''}")
    return " · ".join(parts)


def _inner(title: str) -> str:
    """A title within a sentence: ``Kernels turned`` → ``kernels turned``, and ``LRN: …`` as it is."""
    return title if title[:2].isupper() else f"{title[:1].lower()}{title[1:]}"

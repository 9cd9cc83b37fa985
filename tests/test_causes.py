"""The causes that the contract names, and the page that tells of them."""

import re
from pathlib import Path

from explorer.causes import CAUSES, CauseText, cause_text

PAGE = Path(__file__).resolve().parents[1] / "docs" / "diagnosis.md"


def test_the_page_tells_of_every_cause_in_its_words() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(cause, text.title, text.line) for cause, text in CAUSES.items()]


def test_every_cause_of_the_contract_has_words(shared: Path) -> None:
    table = (shared / "CONTRACT.md").read_text("utf-8").partition("## Causes")[2]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert [cause for cell in cells for cause in re.findall(r"`([a-z-]+)`", cell)] == list(CAUSES)


def test_a_cause_without_words_is_called_by_its_name() -> None:
    assert cause_text("unheard-of") == CauseText("unheard-of", "")

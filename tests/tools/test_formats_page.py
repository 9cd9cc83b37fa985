"""The page of formats says what the tables say."""

from pathlib import Path

from tools.formats_page import page


def test_the_page_in_docs_is_the_one_that_the_tables_make() -> None:
    kept = Path(__file__).parents[2] / "docs" / "formats.md"
    assert kept.read_text("utf-8") == page(), "run: python -m tools.formats_page docs/formats.md"


def test_every_layer_says_what_it_computes() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if row.split("|")[2].strip() == ""] == []


def test_no_row_tells_of_python_in_place_of_the_network() -> None:
    assert "partial(" not in page()

import pytest

from explorer.catalogue.transfer import read_note


@pytest.mark.parametrize(
    "text",
    [None, b"", b"[1]", b"7", b"\xff", b"{", b"[" * 100_000],
    ids=["absent", "empty", "list", "number", "bytes", "cut", "deep"],
)
def test_a_damaged_note_says_nothing(tmp_path, text):
    note = tmp_path / "note.json"
    if text is not None:
        note.write_bytes(text)
    assert read_note(note) == {}


def test_a_note_says_what_was_noted(tmp_path):
    note = tmp_path / "note.json"
    note.write_text('{"size": 3}', "utf-8")
    assert read_note(note) == {"size": 3}

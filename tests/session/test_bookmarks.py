import json

import pytest
from PySide6.QtCore import QSettings

from explorer.session.bookmarks import KEY, MOST_FILES, Bookmarks
from explorer.session.places import beside
from explorer.session.session import Session
from tests.small_network import small_network


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


def opened(settings, path):
    session = Session()
    bookmarks = Bookmarks(session)
    bookmarks.remember_in(settings)
    session.put(network=small_network(), path=path)
    return session, bookmarks


def test_bookmarks_stand_in_the_order_of_the_data(settings, tmp_path):
    session, bookmarks = opened(settings, tmp_path / "a.onnx")
    for name in ("fc", "conv1", "fork/left", "no such layer"):
        bookmarks.toggle(name)
    assert session.bookmarks == ("conv1", "fork/left", "fc")
    bookmarks.toggle("fork/left")
    assert session.bookmarks == ("conv1", "fc")


def test_the_chosen_layer_is_marked_where_none_is_named(tmp_path):
    session, bookmarks = opened(None, tmp_path / "a.onnx")
    bookmarks.toggle()
    assert session.bookmarks == ()
    session.put(layer="pool1")
    bookmarks.toggle()
    assert session.bookmarks == ("pool1",)


def test_they_are_kept_for_each_file(settings, tmp_path):
    _, bookmarks = opened(settings, tmp_path / "a.onnx")
    bookmarks.toggle("fc")
    other, _ = opened(settings, tmp_path / "b.onnx")
    assert other.bookmarks == ()
    again, bookmarks = opened(settings, tmp_path / "a.onnx")
    assert again.bookmarks == ("fc",)
    bookmarks.toggle("fc")
    assert json.loads(settings.value(KEY)) == {}


def test_another_network_takes_its_own(settings, tmp_path):
    session, bookmarks = opened(settings, tmp_path / "a.onnx")
    bookmarks.toggle("fc")
    session.put(network=small_network(), path=tmp_path / "b.onnx")
    assert session.bookmarks == ()
    session.put(network=small_network(), path=tmp_path / "a.onnx")
    assert session.bookmarks == ("fc",)
    session.clear()
    assert session.bookmarks == ()


def test_a_corrected_network_keeps_them(tmp_path):
    path = tmp_path / "a.onnx"
    session, bookmarks = opened(None, path)
    bookmarks.toggle("fc")
    session.put(network=small_network(shifted="conv1"), path=path)
    assert session.bookmarks == ("fc",)


def test_settings_that_somebody_else_wrote_count_as_nothing(settings, tmp_path):
    path = tmp_path / "a.onnx"
    for text in ("[", "3", '{"x": 3}', json.dumps({str(path): 3}), json.dumps({str(path): [3, "gone", "fc"]})):
        settings.setValue(KEY, text)
        session, _ = opened(settings, path)
        assert session.bookmarks == (("fc",) if "fc" in text else ())


def test_of_too_many_files_the_longest_unused_is_forgotten(settings, tmp_path):
    settings.setValue(KEY, json.dumps({f"/{number}": ["fc"] for number in range(MOST_FILES)}))
    _, bookmarks = opened(settings, tmp_path / "a.onnx")
    bookmarks.toggle("fc")
    kept = json.loads(settings.value(KEY))
    assert len(kept) == MOST_FILES
    assert "/0" not in kept
    assert kept[str(tmp_path / "a.onnx")] == ["fc"]


def test_one_goes_from_mark_to_mark_and_round(tmp_path):
    _, bookmarks = opened(None, tmp_path / "a.onnx")
    assert bookmarks.next_to("conv1") is None
    for name in ("conv1", "fc"):
        bookmarks.toggle(name)
    assert [bookmarks.next_to(name) for name in (None, "conv1", "pool1", "fc")] == ["conv1", "fc", "fc", "conv1"]
    found = [bookmarks.next_to(name, back=True) for name in (None, "conv1", "pool1", "fc")]
    assert found == ["fc", "fc", "conv1", "conv1"]


def test_beside_looks_from_where_one_is():
    assert beside("abcd", "ad", "b") == "d"
    assert beside("abcd", "ad", "b", back=True) == "a"
    assert beside("abcd", "b", "b") == "b"
    assert beside("abcd", "b", "b", back=True) == "b"
    assert beside("abcd", "", "b") is None

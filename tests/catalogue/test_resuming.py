"""A transfer that broke off goes on from where it was, and never makes one file of two."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.catalogue.download import ATTEMPTS, Way, fetch
from explorer.catalogue.entry import Entry
from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from tests.catalogue.made_up import CONTENT, entry_of, file_of, left_in, way_to
from tests.catalogue.servers import Visit, Web, serving

HALF = len(CONTENT) // 2
OTHER = bytes(len(CONTENT))


def _bring(entry: Entry, way: Way) -> bytes:
    (path,) = fetch(entry, way, lambda done, total, text: None, lambda: False)
    return path.read_bytes()


def _half(entry: Entry, way: Way) -> None:
    """A fetch that the person cancels when half of it is here."""
    dones = [0]
    with pytest.raises(Cancelled):
        fetch(entry, way, lambda done, total, text: dones.append(done), lambda: dones[-1] >= HALF)


def _dripping(visit: Visit, web: Web, content: bytes, **headers: object) -> None:
    """The first half, and then next to nothing for as long as somebody waits."""
    if visit.offset:
        visit.part(content, None, **headers)
        return
    visit.part(content, HALF, **headers)
    while not web.over.wait(0.01):
        visit.wfile.write(b"")


def test_one_that_breaks_off_goes_on_by_itself(tmp_path: Path) -> None:
    def breaking(visit: Visit) -> None:
        visit.part(CONTENT, HALF if not visit.offset else None)

    way = way_to(tmp_path)
    with serving(breaking) as web:
        assert _bring(entry_of(file_of(web.address)), way) == CONTENT
        assert [span for _, span, _ in web.asked] == [None, f"bytes={HALF}-"]
    assert left_in(way) == []


def test_one_that_breaks_off_again_and_again_is_given_up_and_what_came_is_kept(tmp_path: Path) -> None:
    step = len(CONTENT) // (2 * ATTEMPTS)
    way = way_to(tmp_path)
    with serving(lambda visit: visit.part(CONTENT, step)) as web:
        with pytest.raises(PortsideError, match=f"broke off after {ATTEMPTS * step} of {len(CONTENT)} bytes"):
            _bring(entry_of(file_of(web.address)), way)
        assert len(web.asked) == ATTEMPTS
        assert left_in(way) == [".part"]
        assert _bring(entry_of(file_of(web.address)), way) == CONTENT
        assert web.asked[ATTEMPTS][1] == f"bytes={ATTEMPTS * step}-"
    assert left_in(way) == []


def test_a_cancelled_one_goes_on_next_time_with_the_servers_word_that_it_is_the_same(tmp_path: Path) -> None:
    way = way_to(tmp_path)
    with serving(lambda visit: _dripping(visit, web, CONTENT, ETag='"one"')) as web:
        entry = entry_of(file_of(web.address))
        _half(entry, way)
        assert left_in(way) == [".json", ".part"]
        assert _bring(entry, way) == CONTENT
        assert web.asked[-1] == ("/file", f"bytes={HALF}-", '"one"')
    assert left_in(way) == []


def test_a_weak_etag_is_no_word_to_go_by(tmp_path: Path) -> None:
    way = way_to(tmp_path)
    with serving(lambda visit: _dripping(visit, web, CONTENT, ETag='W/"one"')) as web:
        _half(entry_of(file_of(web.address)), way)
        assert left_in(way) == [".part"]
        assert _bring(entry_of(file_of(web.address)), way) == CONTENT
        assert web.asked[-1][2] is None


def test_another_address_goes_on_with_what_the_first_gave(tmp_path: Path) -> None:
    def half(visit: Visit) -> None:
        if visit.offset:
            visit.head(503, Content_Length=0)
        else:
            visit.part(CONTENT, HALF, ETag='"one"')

    with serving(half) as first, serving(lambda visit: visit.part(CONTENT)) as second:
        assert _bring(entry_of(file_of(first.address, second.address)), way_to(tmp_path)) == CONTENT
        assert second.asked == [("/file", f"bytes={HALF}-", None)]


def test_a_server_that_takes_no_ranges_leaves_nothing_to_go_on_with(tmp_path: Path) -> None:
    def rangeless(visit: Visit) -> None:
        visit.head(Content_Length=len(CONTENT))
        visit.wfile.write(CONTENT[:HALF])

    way = way_to(tmp_path)
    with serving(rangeless) as web, pytest.raises(PortsideError, match="broke off"):
        _bring(entry_of(file_of(web.address)), way)
    assert left_in(way) == []


def test_a_server_that_overlooks_the_range_begins_again(tmp_path: Path) -> None:
    way = way_to(tmp_path)
    with serving(lambda visit: _dripping(visit, web, CONTENT)) as web:
        _half(entry_of(file_of(web.address)), way)

    def whole(visit: Visit) -> None:
        visit.head(Content_Length=len(CONTENT))
        visit.wfile.write(CONTENT)

    with serving(whole) as web:
        assert _bring(entry_of(file_of(web.address)), way) == CONTENT
        assert web.asked == [("/file", f"bytes={HALF}-", None)]


def test_halves_of_two_files_are_found_out_and_the_whole_is_fetched_anew(tmp_path: Path) -> None:
    way = way_to(tmp_path)
    with serving(lambda visit: _dripping(visit, web, OTHER)) as web:
        _half(entry_of(file_of(web.address)), way)
    with serving(lambda visit: visit.part(CONTENT)) as web:
        assert _bring(entry_of(file_of(web.address)), way) == CONTENT
        assert [span for _, span, _ in web.asked] == [f"bytes={HALF}-", None]


@pytest.mark.parametrize("span", [f"bytes 0-{HALF}/{len(CONTENT)}", f"bytes {HALF}-{HALF + 9}/{HALF + 10}", "?"])
def test_another_part_than_was_asked_for_is_not_taken(tmp_path: Path, span: str) -> None:
    def lying(visit: Visit) -> None:
        if visit.offset:
            visit.head(206, Content_Range=span, Content_Length=10)
            visit.wfile.write(bytes(10))
        else:
            visit.part(CONTENT)

    way = way_to(tmp_path)
    with serving(lambda visit: _dripping(visit, web, CONTENT)) as web:
        _half(entry_of(file_of(web.address)), way)
    with serving(lying) as web:
        assert _bring(entry_of(file_of(web.address)), way) == CONTENT


def test_a_server_that_has_no_such_part_is_asked_for_the_whole(tmp_path: Path) -> None:
    def strict(visit: Visit) -> None:
        if visit.offset:
            visit.head(416, Content_Length=0)
        else:
            visit.part(CONTENT)

    way = way_to(tmp_path)
    with serving(lambda visit: _dripping(visit, web, CONTENT)) as web:
        _half(entry_of(file_of(web.address)), way)
    with serving(strict) as web:
        assert _bring(entry_of(file_of(web.address)), way) == CONTENT


def test_a_stalled_one_is_kept_and_a_page_in_its_place_takes_nothing_away(tmp_path: Path) -> None:
    def stalling(visit: Visit) -> None:
        if visit.offset:
            visit.head(Content_Type="text/html", Content_Length=2)
            visit.wfile.write(b"no")
            return
        visit.part(CONTENT, HALF)
        web.over.wait()

    way = way_to(tmp_path, stall=0.2)
    with serving(stalling) as web, pytest.raises(PortsideError, match="sends a web page in its place"):
        _bring(entry_of(file_of(web.address)), way)
    assert left_in(way) == [".part"]
    (part,) = way.places.cache.iterdir()
    assert part.read_bytes() == CONTENT[:HALF]


def test_a_part_that_is_too_long_or_already_whole_needs_no_server(tmp_path: Path) -> None:
    way = way_to(tmp_path)
    way.places.cache.mkdir()
    with serving(lambda visit: visit.part(CONTENT)) as web:
        file = file_of(web.address)
        part = way.places.cache / f"{file.key}.part"
        part.write_bytes(CONTENT)
        assert _bring(entry_of(file), way) == CONTENT
        assert web.asked == []
        part.write_bytes(CONTENT + b"?")
        assert _bring(entry_of(file, name="again"), way) == CONTENT
        assert [span for _, span, _ in web.asked] == [None]

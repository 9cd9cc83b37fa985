"""A network comes whole or not at all, whatever its server does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from explorer.catalogue.download import Way, fetch, is_here
from explorer.catalogue.entry import CatalogueFile, Entry
from explorer.errors import PortsideError
from explorer.running.cancellation import Cancelled
from tests.catalogue.made_up import CONTENT, entry_of, file_of, left_in, way_to
from tests.catalogue.servers import Behaviour, Visit, nobody, serving

HALF = len(CONTENT) // 2


def _bring(entry: Entry, way: Way, folder: Path | None = None) -> tuple[Path, ...]:
    return fetch(entry, way, lambda done, total, text: None, lambda: False, folder=folder)


def _refusal(file: CatalogueFile, way: Way) -> str:
    with pytest.raises(PortsideError) as caught:
        _bring(entry_of(file), way)
    assert not (way.places.networks / "net" / file.name).exists()
    return str(caught.value)


def _whole(visit: Visit) -> None:
    visit.part(CONTENT)


def test_a_file_stands_under_its_name_and_nothing_else_is_left(tmp_path: Path) -> None:
    way = way_to(tmp_path)
    told: list[tuple[int, int, str]] = []
    with serving(_whole) as web:
        entry = entry_of(file_of(web.address))
        (path,) = fetch(entry, way, lambda *report: told.append(report), lambda: False)
        assert path == tmp_path / "networks" / "net" / "net.caffemodel"
        assert path.read_bytes() == CONTENT
        assert is_here(entry, way.places)
        assert left_in(way) == []
        assert told[-1] == (len(CONTENT), len(CONTENT), "fetched net.caffemodel")
        dones = [done for done, _, text in told if text.startswith("fetching net.caffemodel from 127.0.0.1")]
        assert dones == sorted(dones)
        assert dones[0] == 0 and dones[-1] == len(CONTENT)
        assert [path for path, _, _ in web.asked] == ["/file"]
        _bring(entry, way)
        assert len(web.asked) == 1


def test_what_is_damaged_among_the_fetched_ones_is_fetched_again(tmp_path: Path) -> None:
    way = way_to(tmp_path)
    with serving(_whole) as web:
        (path,) = _bring(entry_of(file_of(web.address)), way)
        path.write_bytes(b"?" + CONTENT[1:])
        _bring(entry_of(file_of(web.address)), way)
        assert path.read_bytes() == CONTENT


def test_a_file_of_the_persons_own_is_never_overwritten(tmp_path: Path) -> None:
    own = tmp_path / "net.caffemodel"
    own.write_bytes(b"trained for weeks")
    with serving(_whole) as web:
        with pytest.raises(PortsideError, match="is there already, and is not the file of the catalogue"):
            _bring(entry_of(file_of(web.address)), way_to(tmp_path / "places"), tmp_path)
        assert web.asked == []
    assert own.read_bytes() == b"trained for weeks"
    own.write_bytes(CONTENT)
    assert _bring(entry_of(file_of(web.address)), way_to(tmp_path / "places"), tmp_path) == (own,)


def test_every_hash_that_is_known_must_be_right(tmp_path: Path) -> None:
    right, wrong = file_of("x").hashes, file_of("x", content=b"other", kind="sha1").hashes
    with serving(_whole) as web:
        file = CatalogueFile("net.caffemodel", len(CONTENT), (*right, *wrong), (web.address,))
        assert "sends another file: its sha1 is not the catalogue's" in _refusal(file, way_to(tmp_path))
    for kind in ("sha1", "sha384", "md5"):
        with serving(_whole) as web:
            (path,) = _bring(entry_of(file_of(web.address, kind=kind), name=kind), way_to(tmp_path))
            assert path.read_bytes() == CONTENT


def _wrong_bytes(visit: Visit) -> None:
    visit.part(CONTENT[:-1] + b"?")


def _another_length(visit: Visit) -> None:
    visit.part(CONTENT + b"more")


def _short_length(visit: Visit) -> None:
    visit.part(CONTENT[:-10])


def _chunks(visit: Visit, content: bytes) -> None:
    visit.head(Transfer_Encoding="chunked")
    for start in range(0, len(content), 50_000):
        piece = content[start : start + 50_000]
        visit.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    visit.wfile.write(b"0\r\n\r\n")


def _more_than_promised(visit: Visit) -> None:
    _chunks(visit, CONTENT + bytes(10))


def _less_without_a_promise(visit: Visit) -> None:
    _chunks(visit, CONTENT[:-10])


def _web_page(visit: Visit) -> None:
    visit.head(Content_Type="text/html; charset=utf-8")
    visit.wfile.write(b"<html>Sign in to this network</html>")


def _missing(visit: Visit) -> None:
    visit.head(404, Content_Length=0)


def _compressed(visit: Visit) -> None:
    visit.head(Content_Encoding="gzip", Content_Length=len(CONTENT))


def _in_a_circle(visit: Visit) -> None:
    visit.head(302, Location=visit.path, Content_Length=0)


def _elsewhere(visit: Visit) -> None:
    visit.head(302, Location="file:///etc/hosts", Content_Length=0)


def _to_ftp(visit: Visit) -> None:
    visit.head(302, Location="ftp://example.org/net", Content_Length=0)


def _nonsense(visit: Visit) -> None:
    visit.wfile.write(b"\x00\xff nothing of the kind\r\n\r\n")


def _broken_off(visit: Visit) -> None:
    visit.head(Content_Length=len(CONTENT))
    visit.wfile.write(CONTENT[:HALF])


WRONG: tuple[tuple[Behaviour, str], ...] = (
    (_wrong_bytes, "sends another file: its sha256 is not the catalogue's"),
    (_another_length, f"has {len(CONTENT) + 4} bytes, the catalogue says {len(CONTENT)}"),
    (_short_length, f"has {len(CONTENT) - 10} bytes, the catalogue says {len(CONTENT)}"),
    (_more_than_promised, f"sends more than the {len(CONTENT)} bytes of the catalogue"),
    (_less_without_a_promise, f"broke off after {len(CONTENT) - 10} of {len(CONTENT)} bytes"),
    (_web_page, "sends a web page in its place"),
    (_missing, "answers 404 Not Found"),
    (_compressed, "sends it as gzip, which was not asked for"),
    (_in_a_circle, "redirects in a circle"),
    (_elsewhere, "answers 302"),
    (_to_ftp, "which is no address of the web"),
    (_nonsense, "broke off"),
    (_broken_off, f"broke off after {HALF} of {len(CONTENT)} bytes"),
)


@pytest.mark.parametrize(("behave", "told"), WRONG, ids=[behave.__name__.strip("_") for behave, _ in WRONG])
def test_nothing_appears_and_nothing_is_left_when_a_server_gives_something_else(
    tmp_path: Path, behave: Behaviour, told: str
) -> None:
    way = way_to(tmp_path)
    with serving(behave) as web:
        text = _refusal(file_of(web.address), way)
    assert text.startswith("net.caffemodel: no address gives it: 127.0.0.1")
    assert told in text
    assert "\n" not in text
    assert left_in(way) == []


@pytest.mark.parametrize(("behave", "told"), WRONG[:8], ids=[behave.__name__.strip("_") for behave, _ in WRONG[:8]])
def test_the_next_address_is_asked_after_one_that_gives_something_else(
    tmp_path: Path, behave: Behaviour, told: str
) -> None:
    with serving(behave) as bad, serving(_whole) as good:
        (path,) = _bring(entry_of(file_of(nobody(), bad.address, good.address)), way_to(tmp_path))
        assert path.read_bytes() == CONTENT
        assert len(bad.asked) == 1


def test_a_silent_server_is_given_up_and_the_next_is_asked(tmp_path: Path) -> None:
    def silent(visit: Visit) -> None:
        web.over.wait()

    with serving(silent) as web, serving(_whole) as good:
        assert "sent nothing for 0.1 s" in _refusal(file_of(web.address), way_to(tmp_path, stall=0.1))
        (path,) = _bring(entry_of(file_of(web.address, good.address)), way_to(tmp_path, stall=0.3))
        assert path.read_bytes() == CONTENT


def test_a_connection_that_stays_open_after_the_last_byte_keeps_nobody(tmp_path: Path) -> None:
    def lingering(visit: Visit) -> None:
        visit.head()
        visit.wfile.write(CONTENT)
        web.over.wait()

    with serving(lingering) as web:
        (path,) = _bring(entry_of(file_of(web.address)), way_to(tmp_path, stall=0.3))
    assert path.read_bytes() == CONTENT


def test_redirections_lead_to_the_file(tmp_path: Path) -> None:
    def redirected(visit: Visit) -> None:
        if visit.path == "/file":
            visit.head(302, Location="/there", Content_Length=0)
        else:
            visit.part(CONTENT)

    with serving(redirected) as web:
        (path,) = _bring(entry_of(file_of(web.address)), way_to(tmp_path))
    assert path.read_bytes() == CONTENT


def test_offline_says_what_to_do(tmp_path: Path) -> None:
    text = _refusal(file_of(nobody(), nobody()), way_to(tmp_path))
    assert text.startswith("net.caffemodel: nobody can be reached (127.0.0.1")
    assert text.count("can't be reached (Connection refused)") == 2
    assert text.endswith("with portside fetch --to FOLDER and open the files from there")


def test_a_full_disk_is_told_before_anything_is_asked_for(tmp_path: Path) -> None:
    with serving(_whole) as web:
        text = _refusal(file_of(web.address), way_to(tmp_path, free=1000))
        assert text == f"{tmp_path / 'cache'}: 0.3 MB are needed, 0.0 MB are free"
        assert web.asked == []


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "networks").write_bytes(b"")
    with pytest.raises(PortsideError, match=r"networks/net: can't be made \(Not a directory\)"):
        _bring(entry_of(file_of(nobody())), way_to(tmp_path))


def test_two_fetches_of_one_file_download_it_once(tmp_path: Path) -> None:
    came, go_on = threading.Event(), threading.Event()

    def slow(visit: Visit) -> None:
        came.set()
        go_on.wait()
        visit.part(CONTENT)

    way = way_to(tmp_path)
    found: list[bytes] = []
    with serving(slow) as web:
        entry = entry_of(file_of(web.address))

        def work() -> None:
            found.append(_bring(entry, way)[0].read_bytes())

        threads = [threading.Thread(target=work) for _ in range(2)]
        threads[0].start()
        came.wait()
        threads[1].start()
        with pytest.raises(Cancelled):
            fetch(entry, way, lambda *_: None, lambda: True)
        go_on.set()
        for thread in threads:
            thread.join()
        assert found == [CONTENT, CONTENT]
        assert len(web.asked) == 1
    assert left_in(way) == []

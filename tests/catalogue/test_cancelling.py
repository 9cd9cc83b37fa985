"""A person who cancels is heard at once, whatever the server does meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from explorer.catalogue.download import fetch
from explorer.running.cancellation import Cancelled
from tests.catalogue.made_up import CONTENT, entry_of, file_of, left_in, way_to
from tests.catalogue.servers import Visit, serving


def test_while_a_server_says_nothing(tmp_path: Path) -> None:
    asked = threading.Event()

    def silent(visit: Visit) -> None:
        asked.set()
        web.over.wait()

    way = way_to(tmp_path)
    with serving(silent) as web, pytest.raises(Cancelled):
        fetch(entry_of(file_of(web.address)), way, lambda *_: None, asked.is_set)
    assert left_in(way) == []


def test_while_it_drips(tmp_path: Path) -> None:
    def dripping(visit: Visit) -> None:
        visit.head(Content_Length=len(CONTENT))
        for byte in CONTENT:
            if web.over.wait(0.001):
                return
            visit.wfile.write(bytes([byte]))

    way, dones = way_to(tmp_path), [0]
    with serving(dripping) as web, pytest.raises(Cancelled):
        fetch(entry_of(file_of(web.address)), way, lambda done, *_: dones.append(done), lambda: dones[-1] > 5)
    assert dones[-1] < 1000
    assert left_in(way) == []


def test_while_the_hash_is_checked(tmp_path: Path) -> None:
    way, texts = way_to(tmp_path), [""]
    with serving(lambda visit: visit.part(CONTENT)) as web:
        entry = entry_of(file_of(web.address))
        with pytest.raises(Cancelled):
            fetch(
                entry,
                way,
                lambda done, total, text: texts.append(text),
                lambda: texts[-1] == "checking net.caffemodel" or len(web.asked) > 1,
            )
        assert not (way.places.networks / "net" / "net.caffemodel").exists()
        (path,) = fetch(entry, way, lambda *_: None, lambda: False)
        assert path.read_bytes() == CONTENT
        assert len(web.asked) == 1

"""Golden runs in the session: what comes of one that is opened, and what one that is saved holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from explorer.golden.reading import open_golden
from explorer.network.preprocessing import find_preprocessing
from explorer.running.cancellation import Cancelled
from explorer.session import opening
from explorer.session.answers import Opened
from explorer.session.golden_runs import recorded_preprocessing, save_golden_as
from tests.golden_runs import rewrite, write_golden
from tests.small_network import LAYERS, SmallFiles, small_network, write_small_files


def _silent(done: int, total: int, text: str = "") -> None:
    pass


def _open(*paths: Path, current: Path | None = None) -> Opened:
    return opening.open_files(list(paths), current, None, _silent, lambda: False)


def _texts(opened: Opened) -> list[str]:
    return [notice.text for notice in opened.notices]


@pytest.fixture
def files(tmp_path: Path) -> SmallFiles:
    return write_small_files(tmp_path)


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    (tmp_path / "golden").mkdir()
    return write_golden(tmp_path / "golden")


def test_with_nothing_open_network_picture_and_reference_come_of_it(golden: Path) -> None:
    assert opening.kind_of(golden) == "golden run"
    opened = _open(golden)
    assert opened.network is not None and opened.runner is not None and opened.modules is not None
    assert [layer.name for layer in opened.network.layers] == list(LAYERS)
    assert opened.path == golden
    assert [picture.path for picture in opened.pictures] == [str(golden / "noise.png")]
    assert opened.reference is not None
    assert opened.reference.path == str(golden)
    assert opened.notices == ()


def test_with_a_network_open_it_is_the_reference_and_the_picture(golden: Path, files: SmallFiles) -> None:
    opened = _open(golden, current=files.network)
    assert opened.network is None
    assert len(opened.pictures) == 1
    assert opened.reference is not None


def test_a_network_that_is_dropped_with_it_is_the_one_that_is_opened(golden: Path, files: SmallFiles) -> None:
    opened = _open(golden, files.network, files.picture)
    assert opened.path == files.network
    assert [Path(picture.path).name for picture in opened.pictures] == ["noise.png", "noise.png"]
    assert opened.pictures[0].path == str(files.picture)
    assert opened.reference is not None and opened.reference.golden is not None


def test_beside_another_reference_it_is_the_one_that_counts(golden: Path, files: SmallFiles) -> None:
    opened = _open(files.reference, golden)
    assert opened.reference is not None and opened.reference.path == str(golden)
    assert _texts(opened) == [
        "reference.npz was not opened: there can be one reference, and run.portside came first",
    ]


def test_a_damaged_part_is_told_and_the_others_are_opened(golden: Path) -> None:
    def change(record: dict[str, Any], parts: dict[str, bytes]) -> None:
        parts["picture.png"] = parts["picture.png"][:-1] + b"?"
        parts["network.onnx"] = parts["network.onnx"][:-1] + b"?"

    opened = _open(rewrite(golden, change))
    assert opened.network is None
    assert opened.pictures == ()
    assert opened.reference is not None
    assert _texts(opened) == [
        "run.portside: the part 'picture.png' is not what was saved: its hash is another",
        "run.portside: the part 'network.onnx' is not what was saved: its hash is another",
    ]


def test_what_is_no_golden_run_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.portside").write_bytes(b"nothing of the kind")
    opened = _open(tmp_path / "bad.portside")
    assert (opened.network, opened.reference) == (None, None)
    assert _texts(opened) == ["bad.portside: not a golden run, or cut short: the directory at its end is missing"]


def test_its_picture_is_prepared_as_it_was_for_the_run(tmp_path: Path) -> None:
    chosen = find_preprocessing("caffe")
    opened = _open(write_golden(tmp_path, preprocessing=chosen))
    assert opened.network is not None and opened.network.preprocessing == find_preprocessing("raw")
    assert recorded_preprocessing(opened, opened.network) == {"preprocessing": chosen}
    own = _open(write_golden(tmp_path))
    assert recorded_preprocessing(own, own.network) == {}
    assert recorded_preprocessing(own, None) == {}
    assert recorded_preprocessing(Opened(), small_network()) == {}


def test_a_cancelled_save_leaves_no_file(tmp_path: Path, golden: Path) -> None:
    with pytest.raises(Cancelled):
        save_golden_as(lambda cancelled: _made(), tmp_path / "new.portside", _silent, lambda: True)
    assert not (tmp_path / "new.portside").exists()


def test_saving_tells_its_progress(tmp_path: Path) -> None:
    told: list[tuple[Any, ...]] = []
    path = tmp_path / "new.portside"
    saved = save_golden_as(lambda cancelled: _made(), path, lambda *progress: told.append(progress), lambda: False)
    assert saved == path
    assert told[0] == (0, 0, "saving new.portside")
    assert told[-1] == (10, 10, "saving new.portside")
    assert len(open_golden(path).values) == 8


def _made() -> Any:
    from explorer.comparison.golden_contents import golden_of_run
    from explorer.running.runner import Runner, feed_picture
    from tests.small_network import picture_pixels

    network = small_network()
    run = Runner(network, "cpu", threads=1).run(feed_picture(network, picture_pixels()), fed_with="picture")
    return golden_of_run(network, run)

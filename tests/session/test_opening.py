from pathlib import Path

import h5py
import numpy as np
import pytest

from explorer.running.cancellation import Cancelled
from explorer.session import opening
from explorer.session.answers import Waiting
from tests.caffe_files import write_caffe
from tests.small_network import LAYERS, write_small_files

PROTOTXT = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } } layer
{ name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 2 kernel_size:
3 } }
"""


def _silent(done: int, total: int, text: str = "") -> None:
    pass


def _never() -> bool:
    return False


def _open(*paths: Path, current=None, waiting=None):
    return opening.open_files(list(paths), current, waiting, _silent, _never)


def _caffe(folder):
    """A prototxt and its caffemodel, in folders of their own."""
    kernels = [np.ones((2, 3, 3, 3), np.float32), np.zeros(2, np.float32)]
    path = write_caffe(folder, PROTOTXT, {"conv": kernels}, "convolution")
    (folder / "weights").mkdir()
    weights = path.with_suffix(".caffemodel").rename(folder / "weights" / "convolution.caffemodel")
    return path, weights


def _texts(opened):
    return [notice.text for notice in opened.notices]


@pytest.fixture
def files(tmp_path):
    return write_small_files(tmp_path)


def test_files_are_known_by_their_names(files):
    assert opening.kind_of(files.network) == "network"
    assert opening.kind_of(files.picture) == "picture"
    assert opening.kind_of(files.reference) == "reference"
    assert opening.kind_by_name(Path("a.CAFFEMODEL")) == "weights"
    assert opening.kind_by_name(Path("a.txt")) is None


def test_hdf5_that_holds_no_network_and_no_weights_is_a_reference(tmp_path):
    with h5py.File(tmp_path / "values.h5", "w") as file:
        file["conv1/3x3"] = np.ones((1, 2), np.float32)
    assert opening.kind_of(tmp_path / "values.h5") == "reference"


def test_files_without_a_telling_name_are_known_by_their_content(files, tmp_path):
    for path, kind in ((files.picture, "picture"), (files.reference, "reference")):
        anonymous = tmp_path / f"anonymous_{kind}"
        anonymous.write_bytes(path.read_bytes())
        assert opening.kind_of(anonymous) == kind


def test_a_folder_of_arrays_is_a_reference_and_one_with_a_network_a_network(files, tmp_path):
    arrays = tmp_path / "arrays"
    arrays.mkdir()
    np.save(arrays / "conv1.npy", np.zeros((1, 2)))
    assert opening.kind_of(arrays) == "reference"
    assert opening.kind_of(tmp_path) == "network"


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_everything_opens_in_any_order(files, order):
    opened = _open(*(files.all[place] for place in order))
    assert opened.network is not None
    assert tuple(layer.name for layer in opened.network.layers) == LAYERS
    assert opened.modules is not None
    assert list(opened.modules.module) == ["fork"]
    assert opened.runner is not None
    assert opened.runner.network is opened.network
    assert opened.path == files.network
    assert [picture.path for picture in opened.pictures] == [str(files.picture)]
    assert opened.reference is not None
    assert set(opened.reference.shapes) >= {"conv1", "fork/join", "prob"}
    assert opened.notices == ()


def test_a_bad_file_becomes_a_sentence_and_the_others_are_opened(files, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"this is no picture")
    opened = _open(broken, files.network, tmp_path / "missing.npz")
    assert opened.network is not None
    assert opened.pictures == ()
    assert _texts(opened) == [
        "missing.npz: there is no such file",
        "broken.jpg: not a picture in a known format",
    ]


def test_a_file_of_no_kind_is_told_so(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").touch()
    opened = _open(tmp_path / "notes.txt", tmp_path / "empty")
    assert _texts(opened) == [
        "notes.txt: not a network, weights, a picture or a reference that Portside can read",
        "empty: the file is empty",
    ]


def test_of_two_networks_the_first_is_opened_and_the_other_named(files, tmp_path):
    second = tmp_path / "second.onnx"
    second.write_bytes(files.network.read_bytes())
    opened = _open(files.network, second)
    assert opened.network is not None
    assert _texts(opened) == ["second.onnx was not opened: there can be one network, and small.onnx came first"]


def test_networks_of_one_name_are_told_apart_by_their_folders(files, tmp_path):
    (tmp_path / "new").mkdir()
    second = tmp_path / "new" / files.network.name
    second.write_bytes(files.network.read_bytes() + b"\x10\x01")
    opened = _open(files.network, second)
    late, first = f"new/{second.name}", f"{tmp_path.name}/{second.name}"
    assert _texts(opened) == [f"{late} was not opened: there can be one network, and {first} came first"]


def test_a_file_that_comes_twice_or_with_its_copy_is_taken_once(files, tmp_path):
    (tmp_path / "new").mkdir()
    copies = []
    for path in (files.network, files.picture, files.reference):
        copies.append(tmp_path / "new" / path.name)
        copies[-1].write_bytes(path.read_bytes())
    opened = _open(*files.all, files.network, tmp_path / "new" / ".." / files.picture.name, *copies)
    assert opened.path == files.network
    assert [picture.path for picture in opened.pictures] == [str(files.picture)]
    assert opened.notices == ()


def test_several_pictures_are_all_opened_in_their_order(files, tmp_path):
    second = tmp_path / "second.png"
    second.write_bytes(files.picture.read_bytes())
    opened = _open(second, files.picture)
    assert [Path(picture.path).name for picture in opened.pictures] == ["second.png", "noise.png"]


def test_a_network_without_weights_is_opened_but_not_run(tmp_path):
    (tmp_path / "deploy.prototxt").write_text(PROTOTXT)
    opened = _open(tmp_path / "deploy.prototxt")
    assert opened.network is not None
    assert opened.runner is None
    assert [notice.kind for notice in opened.notices] == ["news"]
    assert _texts(opened) == ["No weights lie beside deploy.prototxt: drop them here to run it."]


def test_weights_alone_wait_for_their_network(tmp_path):
    weights = tmp_path / "net.caffemodel"
    weights.write_bytes(b"\x0a\x01a")
    opened = _open(weights)
    assert opened.network is None
    assert opened.waiting == Waiting(None, weights)
    assert _texts(opened) == ["net.caffemodel holds weights alone: it waits for its network."]


def test_a_network_that_did_not_open_waits_for_weights(tmp_path):
    for name in ("one.caffemodel", "two.caffemodel"):
        (tmp_path / name).write_bytes(b"\x0a\x01a")
    (tmp_path / "net.prototxt").write_text(PROTOTXT)
    opened = _open(tmp_path / "net.prototxt")
    assert opened.network is None
    assert opened.waiting == Waiting(tmp_path / "net.prototxt", None)
    assert _texts(opened)[0].startswith("net.prototxt: ")


def test_opening_stops_between_two_files_when_cancelled(files):
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        opening.open_files(files.all, None, None, _silent, cancelled)


def test_opening_tells_what_it_opens(files):
    told = []
    opening.open_files(files.all, None, None, lambda *progress: told.append(progress), _never)
    assert told == [
        (0, 4, "opening small.onnx"),
        (1, 4, "opening noise.png"),
        (2, 4, "opening reference.npz"),
    ]


def test_weights_alone_open_the_network_that_waits_for_them_again(tmp_path):
    network, weights = _caffe(tmp_path)
    opened = _open(weights, waiting=Waiting(network, None))
    assert opened.network is not None
    assert opened.runner is not None
    assert opened.path == network
    assert opened.waiting == Waiting()


def test_weights_alone_open_the_network_that_is_open_again(tmp_path):
    network, weights = _caffe(tmp_path)
    opened = _open(weights, current=network)
    assert opened.runner is not None


def test_a_network_takes_the_weights_that_waited_for_it(tmp_path):
    network, weights = _caffe(tmp_path)
    apart = tmp_path / "apart"
    apart.mkdir()
    network = network.rename(apart / network.name)
    opened = _open(network, waiting=Waiting(None, weights))
    assert opened.runner is not None
    assert opened.waiting == Waiting()


def test_weights_that_do_not_fit_what_is_open_are_told(files, tmp_path):
    _, weights = _caffe(tmp_path)
    opened = _open(weights, current=files.network)
    assert opened.network is None
    assert opened.waiting is None
    assert len(opened.notices) == 1


def test_a_mistake_of_the_program_over_one_file_does_not_cost_the_others(files, monkeypatch, caplog):
    def wrong(path):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("explorer.running.images.read_picture", wrong)
    opened = _open(*files.all)
    assert opened.network is not None
    assert opened.reference is not None
    assert _texts(opened) == [
        "Portside itself went wrong (ZeroDivisionError: division by zero); the log has the details"
    ]
    assert "ZeroDivisionError" in caplog.text


def test_a_network_that_failed_does_not_catch_the_weights_of_the_one_that_is_open(files, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"garbage")
    assert _open(broken).waiting == Waiting()

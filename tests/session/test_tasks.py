import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.running.cancellation import Cancelled
from explorer.running.images import read_picture
from explorer.running.reference import open_reference
from explorer.running.runner import Runner
from explorer.session import tasks
from tests.small_network import LAYERS, write_small_files


def _silent(done: int, total: int, text: str = "") -> None:
    pass


def _never() -> bool:
    return False


@pytest.fixture
def files(tmp_path):
    return write_small_files(tmp_path)


def test_a_picture_goes_through_preprocessing_and_every_layer(files):
    network = open_network(files.network)
    picture = read_picture(files.picture)
    run = tasks.run_picture(Runner(network, threads=1), picture, None, _silent, _never)
    assert [caption for caption, _ in run.steps] == ["picture 12×12", "resized 8×8", "RGB"]
    assert run.activations.fed_with == "picture"
    assert run.activations["prob"].shape == (1, 6)
    np.testing.assert_allclose(run.activations["prob"].sum(), 1, rtol=1e-6)
    np.testing.assert_array_equal(run.activations.inputs["data"], run.steps[-1][1])
    assert set(run.activations.values) == set(network.values)


def test_a_comparison_tells_its_progress_and_gives_our_run(files):
    network = open_network(files.network)
    told = []
    compared = tasks.compare_with(
        Runner(network, threads=1),
        open_reference(files.reference),
        lambda *progress: told.append(progress),
        _never,
    )
    assert compared.comparison.agrees
    assert compared.activations is not None
    assert compared.activations.fed_with == "tensor"
    assert told[0] == (0, 0, "comparing with reference.npz")
    done, total, text = told[-1]
    assert done == total > 0
    assert text == f"comparing with reference.npz: layer {total} of {total}"


def test_a_cancelled_comparison_stops(files):
    runner = Runner(open_network(files.network), threads=1)
    with pytest.raises(Cancelled):
        tasks.compare_with(runner, open_reference(files.reference), _silent, lambda: True)


def test_saving_writes_an_onnx_file_that_opens_again(files, tmp_path):
    target = tmp_path / "saved.onnx"
    assert tasks.save_network_as(open_network(files.network), target, _silent, _never) == target
    assert tuple(layer.name for layer in open_network(target).layers) == LAYERS


def test_saving_into_a_folder_that_is_not_there_is_told(files, tmp_path):
    with pytest.raises(PortsideError, match=r"can't be written"):
        tasks.save_network_as(open_network(files.network), tmp_path / "nowhere" / "saved.onnx", _silent, _never)

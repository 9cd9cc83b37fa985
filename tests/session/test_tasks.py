from dataclasses import replace

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.preprocessing import find_preprocessing
from explorer.running.cancellation import Cancelled
from explorer.running.images import read_picture
from explorer.running.reference import open_reference
from explorer.running.runner import Runner
from explorer.session import tasks
from explorer.session.answers import Port
from tests.faulty_ports import write_port
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
    assert [stage.caption for stage in run.steps] == ["picture 12×12", "resized 8×8", "NCHW 3×8×8"]
    assert run.activations.fed_with == "picture"
    assert run.activations["prob"].shape == (1, 6)
    np.testing.assert_allclose(run.activations["prob"].sum(), 1, rtol=1e-6)
    np.testing.assert_array_equal(run.activations.inputs["data"], run.steps[-1].array)
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


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """A port with two mistakes, and its diagnosis as the window asks for it."""
    port_files = write_port(tmp_path_factory.mktemp("wrong"), ("alpha", "rotated"))
    network = open_network(port_files.network)
    port = Port(network, None, Runner(network, "cpu", threads=1), network.preprocessing)
    reference = open_reference(port_files.reference)
    told = []
    diagnosis = tasks.diagnose_port(port, reference, None, lambda *progress: told.append(progress), _never)
    return port, reference, diagnosis, told


def test_a_diagnosis_tells_its_progress(wrong):
    _, _, diagnosis, told = wrong
    assert [finding.layer for finding in diagnosis.findings] == ["norm1", "inc/3x3"]
    assert told[0] == (0, 0, "diagnosing against port.npz")
    assert (1, 2, "diagnosing: suspect 1 of 2") in told


def test_a_cancelled_diagnosis_stops(wrong):
    port, reference, _, _ = wrong
    with pytest.raises(Cancelled):
        tasks.diagnose_port(port, reference, None, _silent, lambda: True)


@pytest.mark.parametrize(("chosen", "left"), [((), {"norm1", "inc/3x3"}), ((1,), {"norm1"}), ((0, 1), set())])
def test_any_subset_of_the_corrections_can_be_applied(wrong, chosen, left):
    port, reference, diagnosis, _ = wrong
    findings = [diagnosis.findings[place] for place in chosen]
    corrected = tasks.correct_port(port, findings, reference, None, _silent, _never)
    rows = corrected.compared.comparison.layers
    assert {row.layer for row in rows if row.verdict == "culprit"} - {"inc/relu_3x3"} == left
    assert (corrected.port is port) == (not chosen)
    assert [layer.name for layer in corrected.port.network.layers] == [layer.name for layer in port.network.layers]


def test_a_correction_that_builds_on_another_one_says_so(wrong):
    port, reference, diagnosis, _ = wrong

    def apply(draft):
        raise KeyError("inserted")

    finding = replace(diagnosis.findings[0], edit=replace(diagnosis.findings[0].edit, apply=apply))
    with pytest.raises(PortsideError, match="the correction of norm1 builds on another one"):
        tasks.correct_port(port, [finding], reference, None, _silent, _never)


def test_with_its_picture_the_input_is_compared_as_well(wrong, tmp_path):
    port, reference, _, _ = wrong
    picture = read_picture(write_port(tmp_path).picture)
    other = replace(port, preprocessing=find_preprocessing("torchvision"))
    corrected = tasks.correct_port(other, [], reference, picture, _silent, _never)
    assert corrected.compared.comparison.layer["data"].verdict == "culprit"
    corrected = tasks.correct_port(port, [], reference, picture, _silent, _never)
    assert corrected.compared.comparison.layer["data"].verdict == "match"


def test_layers_are_timed_with_their_multiply_adds_for_the_batch_that_is_given(files):
    network = open_network(files.network)
    told = []
    inputs = {"data": np.zeros((2, 3, 8, 8), np.float32)}
    timed = tasks.time_layers_of(Runner(network, threads=1), inputs, lambda *progress: told.append(progress), _never)
    assert [row.layer for row in timed.timing.layers] == list(LAYERS)
    assert timed.timing.batch == 2
    # conv1: 4 channels from 3 with 3×3 kernels at 8×8 places, of two pictures.
    assert timed.macs["conv1"] == 2 * 4 * 3 * 9 * 64
    assert timed.macs["fc"] == 2 * 6 * 96
    assert timed.macs["relu1"] == 0
    assert told[0] == (0, timed.timing.runs + 2, f"timing the layers: run 1 of {timed.timing.runs + 2}")


def test_without_a_run_layers_are_timed_on_numbers_drawn_by_chance(files):
    timed = tasks.time_layers_of(Runner(open_network(files.network), threads=1), None, _silent, _never)
    assert timed.timing.batch == 1
    assert timed.macs["conv1"] == 4 * 3 * 9 * 64


def test_timing_stops_when_it_is_cancelled(files):
    with pytest.raises(Cancelled):
        tasks.time_layers_of(Runner(open_network(files.network), threads=1), None, _silent, lambda: True)

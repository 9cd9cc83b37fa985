"""Running a network: what goes in, what comes out, and how it is cut off."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from explorer.architectures.googlenet import googlenet
from explorer.drawings import onnx_port
from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network.builder import NetworkBuilder
from explorer.network.labels import labels_for, read_labels
from explorer.network.network import BATCH, Network, Source
from explorer.running.activations import top_classes
from explorer.running.answers import classify
from explorer.running.cancellation import Cancelled
from explorer.running.providers import choose_provider, providers
from explorer.running.runner import Runner, feed_picture


@pytest.fixture(scope="module")
def network() -> Network:
    return googlenet(width=0.1, classes=9, size=64)


def picture(height: int = 64, width: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_every_layers_value_is_there_for_any_batch(network: Network) -> None:
    x = np.random.default_rng(0).standard_normal((3, 3, 64, 64)).astype(np.float32)
    activations = Runner(network, "cpu").run({"data": x})
    assert set(activations.values) == set(network.values)
    assert activations["inception_3a/output"].shape[:1] == (3,)
    assert activations["prob"].shape == (3, 9)


def test_single_values_are_what_all_values_hold(network: Network) -> None:
    runner = Runner(network, "cpu")
    inputs = feed_picture(network, picture())
    everything, alone = runner.run(inputs), runner.run(inputs, values=["prob"])
    assert set(alone.values) == {"data", "prob"}
    np.testing.assert_allclose(alone["prob"], everything["prob"], rtol=1e-5)


def test_a_wrong_input_is_named(network: Network) -> None:
    runner = Runner(network, "cpu")
    with pytest.raises(PortsideError, match="nothing is given for the input 'data'"):
        runner.run({})
    with pytest.raises(PortsideError, match="takes 1×3×64×64, given is 1×3×8×8"):
        runner.run({"data": np.zeros((1, 3, 8, 8), np.float32)})
    with pytest.raises(PortsideError, match="no value 'conv9'"):
        runner.run(feed_picture(network, picture()), values=["conv9"])


def test_a_run_is_cut_off_and_the_runner_stays_usable() -> None:
    network = googlenet(width=1.0, classes=9)
    runner = Runner(network, "cpu", threads=1)
    small = np.zeros((1, 3, 224, 224), np.float32)
    runner.run({"data": small}, values=["prob"])
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        runner.run({"data": np.zeros((256, 3, 224, 224), np.float32)}, values=["prob"], cancelled=stop.is_set)
    # The whole batch takes many seconds on any machine; what counts is that the answer came through the exception.
    assert time.monotonic() - start < 60
    assert runner.run({"data": small}, values=["prob"])["prob"].shape == (1, 9)


def test_a_run_that_is_cancelled_beforehand_never_starts(network: Network) -> None:
    with pytest.raises(Cancelled):
        Runner(network, "cpu").run(feed_picture(network, picture()), cancelled=lambda: True)


def test_pictures_only_go_into_networks_of_pictures() -> None:
    builder = NetworkBuilder("vector")
    layer = builder.layer("r", "ReLU")
    layer.top(layer.elementwise("Relu", builder.input("x", (BATCH, 5))), "r")
    with pytest.raises(PortsideError, match="no input that takes pictures"):
        feed_picture(builder.build(Source("test")), picture())


@pytest.mark.parametrize(("shape", "channels"), [((BATCH, 3, "h", "w"), 3), ((BATCH, "h", "w", 1), 1)])
def test_a_size_left_open_is_the_customary_one(shape: tuple[int | str, ...], channels: int) -> None:
    builder = NetworkBuilder("open")
    layer = builder.layer("r", "ReLU")
    layer.top(layer.elementwise("Relu", builder.input("x", shape)), "r")
    network = builder.build(Source("test"))
    given = feed_picture(network, picture())["x"].shape
    assert given == ((1, 3, 224, 224) if channels == 3 else (1, 224, 224, 1))
    assert Runner(network, "cpu").run(feed_picture(network, picture()))["r"].shape == given


def test_classes_come_largest_first_and_nan_last() -> None:
    rows = top_classes(np.array([[0.1, np.nan, 0.7, 0.2]]), ("a", "b", "c", "d"), 3)
    assert [(row.index, row.label) for row in rows] == [(2, "c"), (3, "d"), (0, "a")]
    assert top_classes(np.array([1.0, 2.0]), ("only one",))[0].label is None


def test_only_outputs_that_are_vectors_are_answers() -> None:
    network = googlenet(width=0.1, classes=9, size=224, auxiliary=True)
    activations = Runner(network, "cpu").run(
        feed_picture(network, picture(224, 224)), values=["loss1/prob", "loss2/prob", "prob"]
    )
    answers = classify(network, activations, tuple("abcdefghi"))
    assert list(answers) == ["prob", "loss2/prob", "loss1/prob"]
    assert len(answers["prob"]) == 5
    assert sum(row.probability for row in answers["prob"]) <= 1.0001


def test_the_order_in_which_a_file_lists_its_outputs_does_not_matter() -> None:
    network = open_network(onnx_port())
    assert next(value.name for value in network.outputs) == "prob"
    activations = Runner(network, "cpu").run(feed_picture(network, picture(224, 224)))
    assert list(classify(network, activations)) == ["prob", "loss2/prob", "loss1/prob"]


def test_labels_are_imagenets_or_a_file(tmp_path: Path) -> None:
    imagenet = labels_for(1000)
    assert imagenet is not None
    assert imagenet[281] == "n02123045 tabby, tabby cat"
    assert labels_for(9) is None
    (tmp_path / "l.txt").write_text("one\ntwo\n")
    assert read_labels(str(tmp_path / "l.txt")) == ("one", "two")
    with pytest.raises(PortsideError, match="no such labels"):
        read_labels("imagenet22k")


def test_the_cpu_is_always_there_and_others_say_why_not() -> None:
    states = {state.name: state for state in providers()}
    assert states["cpu"].available
    assert choose_provider().available
    missing = [state for state in states.values() if not state.available]
    assert all(state.reason for state in missing)
    for state in missing:
        with pytest.raises(PortsideError, match=f"'{state.name}' can't be had here: {re.escape(state.reason or '')}"):
            choose_provider(state.name)
    with pytest.raises(PortsideError, match="no provider 'gpu'"):
        choose_provider("gpu")

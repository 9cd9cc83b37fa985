"""The broken port of the network that comes with the program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer import drawings
from explorer.comparison.compare import compare
from explorer.diagnosis.diagnose import diagnose
from explorer.importers import open_network
from explorer.running.images import read_picture
from explorer.running.reference import open_reference
from explorer.running.runner import Runner, feed_picture


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawings.write_broken_port(tmp_path_factory.mktemp("broken") / "broken.onnx")


def test_the_files_are_there() -> None:
    files = [drawings.caffe_port(), drawings.keras_port(), drawings.onnx_port(), drawings.labels_file()]
    files += [drawings.preprocessing_file(), *(path for each in drawings.recorded() for path in vars(each).values())]
    assert all(path.is_file() for path in files)


def test_the_broken_port_computes_something_else_and_says_how_pictures_are_read(broken: Path) -> None:
    network = open_network(broken)
    picture = read_picture(drawings.recorded()[0].picture).pixels
    reference = open_reference(drawings.recorded()[0].reference)
    assert np.array_equal(feed_picture(network, picture)["data"], reference.arrays["data"])
    assert network.labels == open_network(drawings.onnx_port()).labels
    comparison, _ = compare(Runner(network, "cpu"), reference)
    assert not comparison.agrees
    culprits = [layer.layer for layer in comparison.layers if layer.verdict == "culprit"]
    assert culprits == [mistake.layer for mistake in drawings.MISTAKES]


def test_its_three_mistakes_are_named_and_corrected(broken: Path) -> None:
    runner = Runner(open_network(broken), "cpu")
    diagnosis = diagnose(runner, open_reference(drawings.recorded()[0].reference))
    found = [drawings.Mistake(finding.layer, finding.cause) for finding in diagnosis.findings]
    assert tuple(found) == drawings.MISTAKES
    assert not any(finding.indistinguishable for finding in diagnosis.findings)
    assert not diagnosis.unexplained
    assert diagnosis.after is not None
    assert diagnosis.after.agrees

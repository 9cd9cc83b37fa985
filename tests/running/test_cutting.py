"""Part of a graph as a model of its own."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.errors import PortsideError
from explorer.running.cutting import cut_out, stretch_to
from explorer.running.program import Program
from explorer.running.runner import Runner
from tests.branching import branching_network
from tests.small_network import picture_pixels, small_network


def inputs() -> dict[str, np.ndarray]:
    picture = picture_pixels(8).transpose(2, 0, 1)[None].astype(np.float32)
    return {"data": picture}


def test_a_stretch_goes_back_to_the_nearest_known_values_and_no_further():
    network = small_network()
    stretch = stretch_to(network, ["fork/join"], {"data", "conv1", "pool1", "fork/right"})
    assert set(stretch.inputs) == {"pool1", "fork/right"}
    assert [node.op_type for node in stretch.nodes] == ["Conv", "Concat"]
    assert stretch_to(network, ["pool1"], {"data", "pool1"}).inputs == ("data",)


def test_what_leads_back_to_an_unknown_input_is_refused():
    with pytest.raises(PortsideError, match="'pool1' can't be computed without 'data'"):
        stretch_to(small_network(), ["pool1"], {"fc"})


def test_a_part_gives_what_the_whole_gives():
    network = small_network()
    whole = Runner(network, "cpu").run(inputs(), values=list(network.values))
    stretch = stretch_to(network, ["fc", "fork/left"], {"pool1"})
    program = Program(cut_out(network, stretch.nodes, stretch.values, {}), stretch.values, "cpu")
    given = program.run({"pool1": whole["pool1"]}, stretch.values)
    for name in ("fc", "fork/left"):
        np.testing.assert_allclose(given[name], whole[name], rtol=1e-5, atol=1e-6)


def test_what_a_branch_reads_from_outside_belongs_to_the_stretch():
    network = branching_network()
    whole = stretch_to(network, ["z"], {"x", "which"})
    assert [node.op_type for node in whole.nodes] == ["Neg", "If"]
    behind = stretch_to(network, ["z"], {"y", "which"})
    assert set(behind.inputs) == {"y", "which"}
    given = Program(cut_out(network, behind.nodes, behind.values, {"y": np.dtype(np.float32)}), ["z"], "cpu").run(
        {"y": np.array([[3, -4]], np.float32), "which": np.array(False)}, ["z"]
    )
    np.testing.assert_array_equal(given["z"], [[9, 16]])

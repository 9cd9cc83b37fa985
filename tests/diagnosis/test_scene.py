"""A wrong stretch with edits tried on it, run on the reference's own values."""

from __future__ import annotations

import math

import numpy as np
import onnx_ir as ir
import pytest

from explorer.comparison.noise import TOLERANCE
from explorer.diagnosis.draft import Draft
from explorer.diagnosis.edit import Edit, change
from explorer.diagnosis.scene import Scene, Suspect
from explorer.network import marks
from explorer.network.network import Network, value_name
from explorer.running.activations import Array
from explorer.running.cancellation import Cancelled
from tests.diagnosis.ports import as_reference, chain, conv, drawn, lrn, recorded, scene_of, unary

X = drawn(2, 4, 6, 5, seed=7)
W = drawn(3, 4, 3, 3)
CLEAN = chain((4, 6, 5), conv("conv1", W), lrn("norm1", size=3, alpha=0.5))
PORT = chain((4, 6, 5), conv("conv1", W), lrn("norm1", size=3, alpha=1.5))


def _scene(port: Network = PORT, layer: str = "norm1") -> Scene:
    return scene_of(port, recorded(CLEAN, X), layer)


def _edit(name: str, function: object, *arguments: object, **more: object) -> Edit:
    return Edit("lrn-alpha", "norm1", "", change(function, name, *arguments, **more))  # type: ignore[arg-type]


def _right() -> Edit:
    return _edit("norm1:LRN", Draft.set_attributes, alpha=0.5)


def test_the_residual_is_that_of_the_layer_alone_on_what_the_reference_recorded():
    scene = _scene()
    ours, theirs = scene.result, scene.target
    assert ours is not None
    assert scene.residual == pytest.approx(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs), rel=1e-6)
    assert scene.residual > 0.01
    np.testing.assert_array_equal(theirs, recorded(CLEAN, X).arrays["norm1"])


def test_the_right_edit_brings_the_residual_to_the_floor_and_leaves_the_scene_as_it_was():
    scene = _scene()
    tried = scene.with_edits([_right()])
    assert tried.residual <= TOLERANCE * tried.floor
    assert 2**-24 <= tried.floor < 1e-6
    assert scene.edits == ()
    assert scene.residual > 0.01


def test_edits_come_one_after_the_other():
    wrong = _edit("norm1:LRN", Draft.set_attributes, alpha=9.0)
    scene = _scene().with_edits([wrong])
    assert len(scene.with_edits([_right()]).edits) == 2
    assert scene.with_edits([_right()]).residual < 1e-6 < scene.residual


def test_a_result_of_another_shape_is_infinitely_wrong_and_wholly_unlike():
    padded = _edit("conv1:Conv", Draft.set_attributes, pads=[1] * 4)
    scene = _scene(layer="conv1").with_edits([padded])
    assert scene.result is not None
    assert scene.result.shape == (2, 3, 6, 5)
    assert scene.residual == math.inf
    assert scene.unlike == 1.0


def test_what_can_not_run_has_no_result_and_the_values_it_reads():
    broken = _edit("conv1:Conv", Draft.set_array, 1, drawn(3, 5, 3, 3))
    scene = _scene(layer="conv1").with_edits([broken])
    assert scene.result is None
    assert scene.residual == math.inf
    assert scene.floor == math.inf
    assert list(scene.values) == ["data"]


def test_values_are_all_within_the_stretch_and_what_it_reads():
    scene = scene_of(PORT, recorded(CLEAN, X, only=("data", "norm1")), "norm1")
    assert scene.suspect.stretch.layers == ("conv1", "norm1")
    assert set(scene.values) == {"data", "conv1", "norm1"}
    np.testing.assert_allclose(scene.values["conv1"], recorded(CLEAN, X).arrays["conv1"], rtol=1e-5)


def test_a_factor_and_an_offset_by_channel_are_not_unlike():
    scale, shift = np.array([2, -1, 0.5], np.float32), np.array([1, 2, -3], np.float32)
    clean = chain((4, 6, 5), conv("conv1", W))
    port = chain((4, 6, 5), conv("conv1", W * scale[:, None, None, None], shift))
    scene = scene_of(port, recorded(clean, X), "conv1")
    assert scene.residual > 0.5
    assert scene.unlike < 1e-3


def test_other_kernels_are_unlike():
    port = chain((4, 6, 5), conv("conv1", drawn(3, 4, 3, 3, seed=2)))
    assert 0.8 < _scene(port, "conv1").unlike <= 1.0


def test_what_an_activation_cut_off_says_nothing_of_likeness():
    clean = chain((4, 6, 5), conv("conv1", W, top="relu1"), unary("relu1", "Relu"))
    port = chain((4, 6, 5), conv("conv1", W, np.full(3, 2, np.float32), top="relu1"), unary("relu1", "Relu"))
    scene = scene_of(port, recorded(clean, X), "relu1")
    assert scene.unlike < 1e-3 < scene.residual


@pytest.mark.parametrize("values", [np.zeros((2, 3, 4, 3)), np.full((2, 3, 4, 3), np.nan)])
def test_a_reference_without_any_numbers_is_wholly_unlike(values: Array):
    reference = recorded(CLEAN, X)
    scene = scene_of(PORT, reference, "norm1")
    recorded_values = {**scene.suspect.recorded, scene.suspect.stretch.value: values}
    assert Scene(Suspect(scene.suspect.runner, scene.suspect.stretch, recorded_values)).unlike == 1.0


def test_a_node_belongs_to_the_layer_of_its_mark():
    scene = _scene(layer="conv1")
    assert [scene.layer(node) for node in scene.draft.nodes] == ["conv1"]


def test_a_node_behind_one_without_a_mark_belongs_to_the_same_layer():
    port = Network(PORT.model.clone())
    for node in port.model.graph:
        for mark in (marks.LAYER, marks.TYPE, marks.TOPS):
            node.metadata_props.pop(mark, None)
    scene = scene_of(port, recorded(CLEAN, X), "conv1:Conv")
    after = scene.with_edits([_edit("conv1:Conv", Draft.insert_after, "Neg")])
    assert [node.op_type for node in after.draft.nodes] == ["Conv", "Neg"]
    assert [after.layer(node) for node in after.draft.nodes] == ["conv1:Conv"] * 2


def test_an_edit_may_let_the_stretch_read_another_recorded_value():
    reference = recorded(CLEAN, X)
    scene = scene_of(PORT, reference, "norm1")
    source = value_name(PORT.inputs[0])
    cut = _edit("norm1:LRN", Draft.rewire, 0, source)
    result = scene.with_edits([cut]).result
    assert result is not None
    assert result.shape == X.shape


def test_a_stretch_that_gives_an_output_of_the_network_is_the_last():
    assert _scene().suspect.is_last
    assert not _scene(layer="conv1").suspect.is_last


def test_layers_are_found_by_the_names_of_their_nodes():
    layer_of = _scene().suspect.layer_of
    assert {name: layer.name for name, layer in layer_of.items()} == {"conv1:Conv": "conv1", "norm1:LRN": "norm1"}


def test_a_scene_stops_when_it_is_cancelled():
    suspect = _scene().suspect
    cancelled = Scene(Suspect(suspect.runner, suspect.stretch, suspect.recorded, lambda: True))
    with pytest.raises(Cancelled):
        _ = cancelled.result


def test_values_are_fed_in_the_type_that_the_network_takes():
    reference = recorded(CLEAN, X)
    halves = as_reference({name: array.astype(np.float16) for name, array in reference.arrays.items()})
    scene = scene_of(PORT, halves, "norm1").with_edits([_right()])
    assert scene.draft.model.graph.inputs[0].dtype == ir.DataType.FLOAT
    assert scene.result is not None
    assert scene.result.dtype == np.float32
    assert 2**-12 <= scene.floor < 1e-3
    assert scene.residual <= TOLERANCE * scene.floor

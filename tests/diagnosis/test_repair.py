"""The corrected network: a copy that remembers what was changed in it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from explorer.diagnosis.draft import Draft
from explorer.diagnosis.edit import Edit, change
from explorer.diagnosis.repair import repaired
from explorer.errors import PortsideError
from explorer.importers import open_network
from explorer.network import marks
from explorer.network.network import value_name
from explorer.network.saving import save_network
from explorer.running.runner import Runner
from tests.diagnosis.ports import chain, conv, drawn, lrn, recorded, unary

X = drawn(1, 3, 6, 5, seed=7)
W = drawn(4, 3, 3, 3)
PORT = chain((3, 6, 5), conv("conv1", W, top="relu1"), unary("relu1", "Relu"), lrn("norm1", size=3, alpha=1.5))

ALPHA = Edit("lrn-alpha", "norm1", "α 1.5 → 0.5", change(Draft.set_attributes, "norm1:LRN", alpha=0.5))
SIGN = Edit("weights-other", "conv1", "the weights should be × -1", change(Draft.set_array, "conv1:Conv", 1, -W))
NEGATED = Edit("activation-missing", "relu1", "there is no negation", change(Draft.insert_after, "relu1:Relu", "Neg"))
UNDONE = Edit("activation-extra", "relu1", "nor that", change(Draft.change_operator, "relu1:Relu:Neg", "Identity"))


def test_the_corrected_network_is_a_copy_with_the_edits():
    right = chain((3, 6, 5), conv("conv1", -W, top="relu1"), unary("relu1", "Relu"), lrn("norm1", size=3, alpha=0.5))
    before = recorded(PORT, X).arrays
    after = repaired(PORT, [ALPHA, SIGN])
    for name, array in recorded(right, X).arrays.items():
        np.testing.assert_allclose(recorded(after, X).arrays[name], array, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(recorded(PORT, X).arrays["norm1"], before["norm1"])
    assert marks.EDITS not in PORT.model.metadata_props


def test_names_types_and_records_are_kept():
    after = repaired(PORT, [ALPHA, NEGATED])
    assert [(layer.name, layer.type) for layer in after.layers] == [(layer.name, layer.type) for layer in PORT.layers]
    assert list(after.blobs) == list(PORT.blobs)
    assert [value_name(value) for value in after.outputs] == ["norm1"]
    assert after.source == PORT.source


def test_edits_are_recorded_in_their_order_behind_earlier_ones():
    after = repaired(repaired(PORT, [ALPHA]), [SIGN])
    assert json.loads(after.model.metadata_props[marks.EDITS]) == [
        {"layer": "norm1", "cause": "lrn-alpha", "detail": "α 1.5 → 0.5"},
        {"layer": "conv1", "cause": "weights-other", "detail": "the weights should be × -1"},
    ]


def test_an_edit_may_stand_on_the_one_before_it_and_not_without():
    given = recorded(repaired(PORT, [NEGATED, UNDONE]), X).arrays["relu1"]
    np.testing.assert_array_equal(given, recorded(PORT, X).arrays["relu1"])
    with pytest.raises(PortsideError, match="the correction that makes it has to come first"):
        repaired(PORT, [UNDONE])


def test_no_edits_give_the_same_network():
    after = repaired(PORT, [])
    np.testing.assert_array_equal(recorded(after, X).arrays["norm1"], recorded(PORT, X).arrays["norm1"])
    assert json.loads(after.model.metadata_props[marks.EDITS]) == []


def test_the_saved_network_runs_in_plain_onnxruntime_and_opens_again(tmp_path: Path):
    after, path = repaired(PORT, [ALPHA, SIGN, NEGATED]), tmp_path / "fixed.onnx"
    save_network(after, path)
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    (given,) = session.run(["norm1"], {"data": X})
    np.testing.assert_allclose(given, recorded(after, X).arrays["norm1"], rtol=1e-5, atol=1e-6)
    again = open_network(path)
    assert [layer.name for layer in again.layers] == [layer.name for layer in PORT.layers]
    assert len(json.loads(again.model.metadata_props[marks.EDITS])) == 3
    np.testing.assert_array_equal(Runner(again, "cpu", 1).run({"data": X})["norm1"], recorded(after, X).arrays["norm1"])

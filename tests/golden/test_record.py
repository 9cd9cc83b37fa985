"""``run.json``: what it says, and what is refused of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import PortsideError
from explorer.golden.record import (
    GoldenRecord,
    SavedFloors,
    SavedPair,
    SavedPicture,
    SavedReference,
    SavedValue,
    Stored,
    Tolerance,
    read_record,
)
from explorer.network.preprocessing import find_preprocessing

PATH = Path("run.portside")

RECORD = GoldenRecord(
    portside="1.2.3",
    created="2026-11-21T12:00:00+00:00",
    source_format="caffe",
    source_files=("deploy.prototxt", "net.caffemodel"),
    provider="cpu",
    network="network.onnx",
    picture=SavedPicture("picture.jpg", "cat.jpg", True),
    preprocessing=find_preprocessing("caffe"),
    own_preprocessing=True,
    labels=("cat", "dög"),
    reference=SavedReference("reference.npz", {"framework": "Caffe"}),
    values=(SavedValue("conv1/7x7_s2", "values/0000-conv1_7x7_s2.npy", (1, 112, 112, 64), "float32"),),
    pairing=(SavedPair("conv1/7x7_s2", "conv1/7x7_s2", "conv1/7x7_s2", (0, 3, 1, 2)),),
    tolerance=Tolerance(20.0, {"conv1/7x7_s2": SavedFloors(2e-7, None)}),
    parts={"network.onnx": Stored(28, "0" * 64)},
)


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(RECORD.to_json()), **fields}).encode()


def refusal(data: bytes) -> str:
    with pytest.raises(PortsideError) as caught:
        read_record(data, PATH)
    assert caught.value.file == PATH
    return caught.value.reason


def test_a_record_is_read_as_it_was_written() -> None:
    assert read_record(RECORD.to_json().encode(), PATH) == RECORD


def test_what_is_not_known_is_passed_over_and_what_may_be_missing_is_absent() -> None:
    document = json.loads(changed(later="yes"))
    for name in ("picture", "preprocessing", "own_preprocessing", "labels", "reference", "tolerance"):
        del document[name]
    found = read_record(json.dumps(document).encode(), PATH)
    assert (found.picture, found.preprocessing, found.labels, found.reference) == (None, None, None, None)
    assert found.tolerance == Tolerance(10.0)


def test_a_newer_version_is_told_before_anything_else_is_read() -> None:
    told = "was written by a newer Portside (format 7, this one reads 1): update Portside"
    assert refusal(b'{"format": 7}') == told


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"format": None}, "'run.json': the field 'format' is missing"),
        ({"format": True}, "'run.json': the field 'format' is true"),
        ({"values": {}}, "'run.json': the field 'values' is {}"),
        ({"values": [1]}, "'run.json': the field 'values' is [1]"),
        ({"values": [{"key": "a", "part": "b", "shape": [-1], "type": "f"}]}, "'run.json': the field 'shape' is [-1]"),
        ({"values": [{"key": "a", "part": "b", "shape": [True], "type": "f"}]}, "the field 'shape' is [true]"),
        (
            {"pairing": [{"layer": "a", "value": "b", "key": "c", "axes": [-2]}]},
            "'run.json': the field 'axes' is [-2]",
        ),
        ({"tolerance": {"floors": -1}}, "'run.json': the field 'floors' is -1"),
        ({"tolerance": {"layers": {"a": {"isolated": "x"}}}}, "the field 'isolated' is \"x\""),
        ({"tolerance": {"layers": {"a": 1}}}, "the field 'layers' is {\"a\": 1}"),
        ({"parts": {"a": {"bytes": 1, "sha256": "xyz"}}}, "the field 'sha256' is \"xyz\""),
        ({"labels": [1]}, "the field 'labels' is [1]"),
        ({"source": {"format": "caffe", "files": "x" * 99}}, f"the field 'files' is \"{'x' * 39}…"),
        ({"preprocessing": {"mean": "grey"}}, "preprocessing: 'mean' is \"grey\", wanted is another kind of value"),
    ],
)
def test_a_field_of_another_form_is_named(fields: dict[str, Any], reason: str) -> None:
    assert reason in refusal(changed(**fields))


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b'{"format": ' + b"9" * 5000 + b"}"])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    assert refusal(data).startswith("'run.json' is not JSON")


def test_what_is_no_object_is_refused() -> None:
    assert refusal(b"[]") == "'run.json' is not a JSON object"


def test_tolerances_that_are_no_numbers_are_refused() -> None:
    for text in (b"NaN", b"Infinity", b"-1e-9"):
        data = changed().replace(b'"floors": 20.0', b'"floors": ' + text)
        assert "the field 'floors' is" in refusal(data)

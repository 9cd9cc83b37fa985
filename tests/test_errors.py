import pickle
from pathlib import Path

import pytest

from explorer.errors import PortsideError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PortsideError("it is empty"), "it is empty"),
        (PortsideError("it is empty", file="net.prototxt"), "net.prototxt: it is empty"),
        (PortsideError("no such blob", layer="conv1"), "layer 'conv1': no such blob"),
        (
            PortsideError("64 kernels were expected", file=Path("a/deploy.prototxt"), layer="conv1/7x7_s2"),
            f"{Path('a/deploy.prototxt')}: layer 'conv1/7x7_s2': 64 kernels were expected",
        ),
    ],
)
def test_sentence_names_file_layer_and_reason_where_they_are_known(error: PortsideError, sentence: str) -> None:
    assert str(error) == sentence


def test_sentence_is_one_printable_line_whatever_the_file_holds() -> None:
    error = PortsideError("line 1\n  line 2\r\n", file="a\tb.npz", layer="conv\x1b[31m1\x00")
    assert str(error) == "a b.npz: layer 'conv [31m1 ': line 1 line 2"


def test_parts_stay_as_they_were_given() -> None:
    error = PortsideError("two\nlines", file=Path("net.onnx"), layer="conv1")
    assert (error.reason, error.file, error.layer) == ("two\nlines", Path("net.onnx"), "conv1")


def test_error_crosses_a_process_boundary_whole() -> None:
    error = pickle.loads(pickle.dumps(PortsideError("why", file="net.onnx", layer="conv1")))  # noqa: S301
    assert str(error) == "net.onnx: layer 'conv1': why"

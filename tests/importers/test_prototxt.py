import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import PortsideError
from explorer.importers.prototxt import MOST_BYTES, parse_prototxt, read_prototxt
from explorer.importers.text_format import UnknownField

NET = """\
name: "small"
input: "data"
input_shape { dim: 1 dim: 3 dim: 9 dim: 11 }
force_backward: true
state { phase: TEST level: 1 stage: "deploy" }
layer {
  name: "conv1"
  type: "Convolution"
  bottom: "data"
  top: "conv1"
  param { lr_mult: 1 decay_mult: 1 }
  param { name: "shared" lr_mult: 2 }
  include { phase: TEST not_stage: "x" }
  propagate_down: false
  convolution_param {
    num_output: 4
    kernel_h: 3
    kernel_w: 5
    weight_filler { type: "xavier" variance_norm: AVERAGE }
    engine: CUDNN
  }
}
layer { name: "norm" type: "Normalize" bottom: "conv1" top: "norm" norm_param { across_spatial: false eps: 1e-6 } }
layer { name: "bn" type: "BN" bottom: "norm" top: "bn" bn_param { frozen: true slope_filler { value: 1 } } }
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_file(content: bytes | str) -> Path:
        path = tmp_path / "net.prototxt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file


def test_a_network_is_read_with_every_value(write):
    net = read_prototxt(write(NET))
    assert net.name == "small"
    assert list(net.input) == ["data"]
    assert [list(shape.dim) for shape in net.input_shape] == [[1, 3, 9, 11]]
    assert net.force_backward is True
    assert (net.state.phase, net.state.level, list(net.state.stage)) == (1, 1, ["deploy"])
    conv, norm, bn = net.layer
    assert [(spec.name, spec.lr_mult, spec.decay_mult) for spec in conv.param] == [("", 1, 1), ("shared", 2, 1)]
    assert list(conv.propagate_down) == [False]
    assert conv.include[0].not_stage == ["x"]
    parameters = conv.convolution_param
    assert (parameters.num_output, parameters.kernel_h, parameters.kernel_w, parameters.engine) == (4, 3, 5, 2)
    assert not parameters.kernel_size
    assert norm.norm_param.across_spatial is False
    assert bn.bn_param.frozen is True


def test_a_mistake_names_file_line_and_layer(write):
    path = write(NET.replace("kernel_w", "kernal_w"))
    with pytest.raises(PortsideError) as caught:
        read_prototxt(path)
    assert (caught.value.file, caught.value.layer) == (path, "conv1")
    assert caught.value.reason == "line 18: ConvolutionParameter has no field 'kernal_w'; is it 'kernel_w'?"


def test_unknown_fields_are_noted_where_they_are_asked_for(write):
    unknown: list[UnknownField] = []
    net = read_prototxt(write(NET.replace("frozen: true", "thawed: true")), unknown)
    assert unknown == [UnknownField("BNParameter.thawed", 24, "bn")]
    assert [layer.name for layer in net.layer] == ["conv1", "norm", "bn"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        (" \n\t\r\n", "is empty"),
        ("# nothing but a comment", "describes no layers"),
        ('name: "net" input: "data"', "describes no layers"),
        (NET.encode("utf-16"), "is UTF-16 text, which Caffe can't read: save it as UTF-8"),
        (b"\n\x05net\0\xa2\x06", "is a binary file, not a prototxt"),
        ("<!DOCTYPE html>\n<html>", "line 1: expected the name of a field, found '<'"),
        ('net: "train_val.prototxt"\nbase_lr: 0.01', "line 1: this is a solver's file, not a network's"),
        ('layer { name: "c" type: "Clip" clip_param { min: 0 } }', "its clip_param.max is missing"),
    ],
)
def test_what_is_no_network_is_refused_in_a_sentence(write, content, told):
    path = write(content)
    with pytest.raises(PortsideError) as caught:
        read_prototxt(path)
    assert caught.value.reason == told
    assert caught.value.file == path


def test_a_missing_value_names_its_layer():
    with pytest.raises(PortsideError) as caught:
        parse_prototxt(b'layer { name: "a" } layer { name: "c" type: "Clip" clip_param { min: 0 } }', "x")
    assert caught.value.layer == "c"


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(PortsideError, match="can't be read: No such file"):
        read_prototxt(tmp_path / "absent.prototxt")
    with pytest.raises(PortsideError, match="is not a file"):
        read_prototxt(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.prototxt")
    with pytest.raises(PortsideError, match="is not a file"):
        read_prototxt(tmp_path / "pipe.prototxt")


def test_a_file_larger_than_any_prototxt_is_refused(write):
    with pytest.raises(PortsideError, match="is larger than 16 MiB"):
        read_prototxt(write(b" " * (MOST_BYTES + 1)))


def test_a_byte_that_is_changed_gives_a_network_or_one_sentence():
    chance = random.Random(20)
    for _ in range(1000):
        data = bytearray(NET.encode())
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(data))
            data[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        parse_or_refuse(bytes(data))


@given(st.binary(max_size=60))
def test_any_bytes_give_a_network_or_one_sentence(data):
    parse_or_refuse(data)


WORDS = ["{", "}", "<", ">", "[", "]", ":", ",", ";", "-", "3", "0x", ".5", "#", "\n", "'a'", '"b"', "layer", "layers"]


@given(st.lists(st.sampled_from([*WORDS, "name", "type", "blobs", "dim", "include"])))
def test_any_words_give_a_network_or_one_sentence(words):
    parse_or_refuse(" ".join(words).encode())


def parse_or_refuse(data: bytes) -> None:
    lenient: list[UnknownField] = []
    for unknown in (None, lenient):
        try:
            assert parse_prototxt(data, "net.prototxt", unknown).layer
        except PortsideError as error:
            assert str(error).isprintable()  # noqa: PT017 (either outcome is right)


def test_every_network_that_is_shared_is_read_or_refused_for_its_reason(shared):
    paths = sorted(shared.rglob("*.prototxt"))
    assert len(paths) > 100
    refused = {}
    for path in paths:
        try:
            assert read_prototxt(path).layer
        except PortsideError as error:
            refused[path.parent.name] = str(error)
    assert refused.keys() == {"err_prototxt_syntax", "err_unknown_field"}
    for case, told in refused.items():
        record = json.loads((shared / "oracles" / "caffe" / case / "case.json").read_text())
        assert all(mention in told for mention in record["expected_error_mentions"])


def test_quirks_that_caffes_parser_accepts_are_read_as_it_reads_them(shared):
    net = read_prototxt(shared / "oracles" / "caffe" / "text_format_quirks" / "deploy.prototxt")
    assert [layer.name for layer in net.layer] == ["c1", "relu1", "p1", "e", "sh"]
    assert list(net.input_shape[0].dim) == [1, 3, 9, 11]
    assert net.layer[1].relu_param.negative_slope == 0.125
    assert net.layer[2].pooling_param.pool == 1
    assert net.layer[3].power_param.shift == 2
    assert list(net.layer[4].reshape_param.shape.dim) == [0, -1]

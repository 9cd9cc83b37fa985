import mmap
import random
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import PortsideError
from explorer.importers.caffe_schema import message_class
from explorer.importers.caffe_upgrade import upgrade_net
from explorer.importers.caffemodel import LayerWeights, parse_caffemodel, read_caffemodel

KERNEL = np.arange(2 * 3 * 1 * 2, dtype=np.float32).reshape(2, 3, 1, 2) / 7


def array32(values: Any) -> np.ndarray:
    return np.array(values, np.float32)


def blob(values: np.ndarray, **fields: Any) -> Any:
    return message_class("BlobProto")(shape={"dim": values.shape}, data=values.ravel(), **fields)


def net(*blobs: Any, name: str = "conv1", **fields: Any) -> Any:
    return message_class("NetParameter")(
        name="net", layer=[{"name": name, "type": "Convolution", "blobs": blobs}], **fields
    )


def parse(message: Any) -> tuple[LayerWeights, ...]:
    return parse_caffemodel(message if isinstance(message, bytes) else message.SerializeToString(), "w.caffemodel")


def only_blob(message: Any):
    ((only,),) = (layer.blobs for layer in parse(message))
    return only


def field(number: int, content: bytes) -> bytes:
    return tag(number, 2) + varint(len(content)) + content


def tag(number: int, kind: int) -> bytes:
    return varint(number << 3 | kind)


def varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def layer_of(blob_bytes: bytes) -> bytes:
    return field(100, field(1, b"conv1") + field(7, blob_bytes))


def refusal(message: Any) -> PortsideError:
    with pytest.raises(PortsideError) as caught:
        parse(message)
    assert caught.value.file == "w.caffemodel"
    return caught.value


def test_layers_are_read_in_order_with_names_types_and_values():
    written = message_class("NetParameter")(
        layer=[
            {"name": "data", "type": "Input"},
            {"name": "conv1", "type": "Convolution", "blobs": [blob(KERNEL), blob(array32([0.5, -1]))]},
            {"name": "fc", "type": "InnerProduct", "blobs": [blob(array32([[1, 2, 3]]))]},
        ]
    )
    layers = parse(written)
    assert [(layer.name, layer.type, len(layer.blobs)) for layer in layers] == [
        ("data", "Input", 0),
        ("conv1", "Convolution", 2),
        ("fc", "InnerProduct", 1),
    ]
    kernel, bias = layers[1].blobs
    assert kernel.shape == kernel.array.shape == (2, 3, 1, 2)
    assert kernel.array.dtype == np.float32
    np.testing.assert_array_equal(kernel.array, KERNEL)
    np.testing.assert_array_equal(bias.array, [0.5, -1])
    assert not kernel.legacy
    assert kernel.stored == "float32"


def test_floats_are_a_read_only_view_of_the_file_at_their_offset(tmp_path):
    path = tmp_path / "w.caffemodel"
    content = net(blob(KERNEL)).SerializeToString()
    path.write_bytes(content)
    found = read_caffemodel(path)[0].blobs[0]
    assert content[found.offset : found.offset + KERNEL.nbytes] == KERNEL.tobytes()
    owner: Any = found.array
    while isinstance(owner, np.ndarray):
        assert not owner.flags.owndata
        owner = owner.base
    assert isinstance(owner, mmap.mmap)
    assert not found.array.flags.writeable


def test_a_legacy_shape_always_has_four_axes_and_goes_first():
    fields = {"num": 1, "channels": 1, "height": 2, "width": 3}
    found = only_blob(net(message_class("BlobProto")(data=range(6), **fields)))
    assert (found.shape, found.legacy) == ((1, 1, 2, 3), True)
    both = message_class("BlobProto")(shape={"dim": [6]}, data=range(6), **fields)
    assert only_blob(net(both)).shape == (1, 1, 2, 3)


def test_a_blob_without_a_shape_is_a_single_number():
    found = only_blob(net(message_class("BlobProto")(data=[0.25])))
    assert found.shape == ()
    assert found.array == np.float32(0.25)


def test_doubles_become_floats_and_go_before_floats():
    written = message_class("BlobProto")(shape={"dim": [3]}, double_data=[0.1, 1e300, -2], data=[9, 9, 9])
    found = only_blob(net(written))
    np.testing.assert_array_equal(found.array, array32([0.1, np.inf, -2]))
    assert found.stored == "float64"


@pytest.mark.parametrize(("kind", "stored"), [(0, "float64"), (1, "float32"), (2, "float16")])
def test_nvidias_raw_values_are_read_by_their_type(kind, stored):
    values = np.array([[1.5, -0.25, 65504]], dtype=stored)
    written = message_class("BlobProto")(shape={"dim": [1, 3]}, raw_data_type=kind, raw_data=values.tobytes())
    found = only_blob(net(written))
    np.testing.assert_array_equal(found.array, values.astype(np.float32))
    assert found.array.dtype == np.float32
    assert found.stored == stored


def test_gradients_are_passed_over():
    written = blob(array32([1, 2]), diff=[8, 9], double_diff=[8, 9], raw_diff=b"12345", raw_diff_type=1)
    np.testing.assert_array_equal(only_blob(net(written)).array, [1, 2])


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 1000])
def test_values_that_are_not_packed_are_read(count):
    values = np.arange(count, dtype=np.float32)
    singles = b"".join(tag(5, 5) + value.tobytes() for value in values)
    shape = field(7, field(1, varint(count)))
    np.testing.assert_array_equal(only_blob(layer_of(shape + singles)).array, values)
    np.testing.assert_array_equal(only_blob(layer_of(singles + shape)).array, values)
    doubles = b"".join(tag(8, 1) + struct.pack("<d", value) for value in values)
    np.testing.assert_array_equal(only_blob(layer_of(shape + doubles)).array, values)


def test_values_in_pieces_are_joined_in_order():
    one = tag(5, 5) + np.float32(1).tobytes()
    pieces = field(5, array32([0]).tobytes()) + one + field(6, b"") + one + field(5, array32([2, 3]).tobytes())
    found = only_blob(layer_of(pieces + field(7, tag(1, 0) + b"\x05")))
    np.testing.assert_array_equal(found.array, [0, 1, 1, 2, 3])


def test_dimensions_may_be_packed_or_not():
    shape = field(7, tag(1, 0) + b"\x02" + tag(1, 0) + b"\x01")
    assert only_blob(layer_of(shape + field(5, bytes(8)))).shape == (2, 1)


def test_v1_and_v0_layers_have_todays_types():
    written = message_class("NetParameter")()
    written.layers.add(name="conv1", type=4, blobs=[blob(KERNEL)])
    written.layers.add(layer={"name": "ip", "type": "innerproduct", "blobs": [blob(array32([7]))]}, top=["x"])
    written.layers.add(layer={"name": "pad", "type": "padding"})
    conv, inner, padding = parse(written)
    assert (conv.name, conv.type, len(conv.blobs)) == ("conv1", "Convolution", 1)
    assert (inner.name, inner.type, float(inner.blobs[0].array[0])) == ("ip", "InnerProduct", 7)
    assert (padding.name, padding.type, padding.blobs) == ("pad", "padding", ())
    assert parse(field(2, field(4, b"a") + tag(5, 0) + b"\x63"))[0].type == "V1 type 99"


def test_names_that_are_not_utf8_are_latin1():
    assert parse(field(100, field(1, b"caf\xe9")))[0].name == "café"
    assert parse(field(100, field(1, "café".encode())))[0].name == "café"


def test_a_name_whose_length_reads_like_a_bracket_makes_no_page_of_a_file():
    content = net(blob(KERNEL)).SerializeToString()
    assert parse(field(1, b"n" * ord("<")) + content)[0].name == "conv1"


def test_what_other_caffes_wrote_beside_is_stepped_over():
    written = net(blob(array32([1])), default_forward_type=2).SerializeToString()
    assert parse(field(77, b"\xff\xff") + written + tag(78, 0) + b"\x01")[0].blobs[0].array == array32([1])


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"shape": {"dim": [2, 3]}, "data": [1, 2, 3]}, "blob 0 has the shape 2×3, 6 values, but holds 3"),
        ({"shape": {"dim": [2]}}, "blob 0 has the shape 2, 2 values, but holds 0"),
        ({"data": [1, 2]}, "blob 0 has the shape of a single number, 1 values, but holds 2"),
        ({"num": 1, "channels": 2, "data": [1, 2]}, "blob 0 has the shape 1×2×0×0, 0 values, but holds 2"),
        ({"shape": {"dim": [-1, 2]}, "data": [1]}, "blob 0 has an axis of -1"),
        ({"shape": {"dim": [2**40]}, "data": [1]}, "blob 0 has an axis of 1099511627776"),
        (
            {"shape": {"dim": [2**20, 2**20]}, "data": [1]},
            "blob 0 has the shape 1048576×1048576, more than Caffe can hold",
        ),
        ({"shape": {"dim": [1] * 33}, "data": [1]}, "blob 0 has more than 32 axes"),
        ({"shape": {"dim": [0, 2**31 - 1, 2**31 - 1]}}, "more than Caffe can hold"),
        (
            {"shape": {"dim": [1]}, "raw_data": b"1234", "raw_data_type": 3},
            "values of a kind that is not known, number 3",
        ),
        ({"shape": {"dim": [1]}, "raw_data": b"1234"}, "values of a kind that is not known, number -1"),
        ({"shape": {"dim": [1]}, "raw_data": b"123", "raw_data_type": 2}, "blob 0 has 3 bytes of float16 values"),
    ],
)
def test_blobs_whose_values_do_not_fit_are_refused_with_their_layer(written, told):
    error = refusal(net(message_class("BlobProto")(**written)))
    assert error.layer == "conv1"
    assert told in error.reason


def test_the_blob_that_is_wrong_is_counted():
    assert refusal(net(blob(KERNEL), message_class("BlobProto")(data=[1, 2]))).reason.startswith("blob 1 has")


def test_an_empty_blob_is_read_as_empty():
    assert only_blob(net(message_class("BlobProto")(shape={"dim": [0, 3]}))).array.shape == (0, 3)


def test_a_file_that_is_cut_short_names_the_layer_and_what_is_missing():
    content = net(blob(KERNEL)).SerializeToString()
    error = refusal(content[:-10])
    assert (error.layer, error.reason) == ("conv1", "the file is cut short: 10 bytes are missing")
    two = content + net(blob(KERNEL), name="fc").SerializeToString()
    assert refusal(two[:-1]).layer == "fc"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!DOCTYPE html><html><body>404 Not Found</body></html>\n" * 20, "is an HTML or XML page, not a caffemodel"),
        (b"\n\n<html>", "is an HTML or XML page, not a caffemodel"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "is a Git LFS pointer"),
        (b"\x89HDF\r\n\x1a\n\0\0", "is an HDF5 file, not a binary caffemodel"),
        (b"PK\x03\x04\x14\0", "is a zip archive"),
        (b"\x1f\x8b\x08\0", "is compressed with gzip"),
        (b'layer { name: "conv1" }\n', "is text, not a caffemodel"),
        (b"\x0a\x03net", "holds no layers"),
        (bytes(100), "is not a caffemodel, or is damaged: there is no field number 0 (at byte 0)"),
        (b"\xff" * 100, "a number does not end"),
        (b"\x0a\xff\x01ab", "is not a caffemodel, or is cut short"),
        (layer_of(b"\x2a\xff\x01"), "field 5 goes on for"),
    ],
)
def test_what_is_no_caffemodel_is_refused_in_a_sentence(content, told):
    assert told in refusal(content).reason


def test_an_empty_a_missing_and_a_special_file_are_refused(tmp_path):
    (tmp_path / "empty.caffemodel").touch()
    for path, told in [
        (tmp_path / "empty.caffemodel", "is empty"),
        (tmp_path / "absent.caffemodel", "can't be read: No such file"),
        (tmp_path, "is not a file"),
    ]:
        with pytest.raises(PortsideError, match=told) as caught:
            read_caffemodel(path)
        assert caught.value.file == path


@pytest.mark.parametrize(
    "content",
    [
        field(2, b"") * 60_000,
        field(1, b"") * 600_000,
        field(100, field(7, b"") * 600_000),
        layer_of((tag(5, 5) + bytes(4) + field(6, b"")) * 20_000),
        layer_of(field(7, field(1, b"\x01" * 1_000_000))),
    ],
)
def test_a_file_of_very_many_small_things_is_refused(content):
    refusal(content)


numbers = st.floats(width=32)
blobs = st.one_of(
    st.lists(numbers, min_size=1, max_size=6).map(
        lambda values: message_class("BlobProto")(shape={"dim": [len(values)]}, data=values)
    ),
    st.lists(numbers, min_size=1, max_size=6).map(
        lambda values: message_class("BlobProto")(num=1, channels=1, height=1, width=len(values), data=values)
    ),
    st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=6).map(
        lambda values: message_class("BlobProto")(shape={"dim": [1, len(values)]}, double_data=values)
    ),
)
layers = st.fixed_dictionaries({"name": st.text(max_size=5), "blobs": st.lists(blobs, max_size=3)})


@given(st.lists(layers, min_size=1, max_size=4), st.sampled_from(["V2", "V1", "V0"]))
def test_the_values_are_those_that_protobuf_reads(described, version):
    written = message_class("NetParameter")(name="\x01net")
    for entry in described:
        if version == "V2":
            written.layer.add(type="Convolution", **entry)
        elif version == "V1":
            written.layers.add(type=4, **entry)
        else:
            written.layers.add(layer={"type": "conv", **entry})
    check_against_protobuf(written.SerializeToString())


def check_against_protobuf(content: bytes) -> None:
    expected = message_class("NetParameter").FromString(content)
    upgrade_net(expected, "w.caffemodel")
    found = [layer for layer in parse_caffemodel(content, "w.caffemodel") if layer.type != "padding"]
    assert [(layer.name, layer.type) for layer in found] == [(layer.name, layer.type) for layer in expected.layer]
    for ours, theirs in zip(found, expected.layer, strict=True):
        for blob, proto in zip(ours.blobs, theirs.blobs, strict=True):
            legacy = (proto.num, proto.channels, proto.height, proto.width)
            assert blob.shape == (legacy if proto.HasField("num") else tuple(proto.shape.dim))
            values = proto.double_data or proto.data
            np.testing.assert_array_equal(blob.array.ravel(), np.array(values).astype(np.float32))


SMALL = message_class("NetParameter")(
    name="net",
    layer=[
        {"name": "conv1", "type": "Convolution", "blobs": [blob(KERNEL), blob(array32([1, 2]))]},
        {
            "name": "fc",
            "type": "InnerProduct",
            "blobs": [message_class("BlobProto")(num=1, width=2, double_data=[1, 2])],
        },
    ],
    layers=[{"name": "v1", "type": 4, "blobs": [blob(array32([3]))], "layer": {"name": "v0", "type": "conv"}}],
).SerializeToString()


def test_bytes_that_are_changed_give_weights_or_one_sentence():
    chance = random.Random(21)
    for _ in range(2000):
        data = bytearray(SMALL)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(data))
            data[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        parse_or_refuse(bytes(data))


@given(st.binary(max_size=80))
def test_any_bytes_give_weights_or_one_sentence(data):
    parse_or_refuse(data)
    parse_or_refuse(layer_of(data))


def parse_or_refuse(data: bytes) -> None:
    try:
        for layer in parse_caffemodel(data, "w.caffemodel"):
            for found in layer.blobs:
                assert found.array.shape == found.shape
                assert found.array.nbytes <= 2 * len(data)
    except PortsideError as error:
        assert str(error).isprintable()  # noqa: PT017 (either outcome is right)


def test_every_caffemodel_that_is_shared_is_read_as_protobuf_reads_it(shared):
    paths = sorted(shared.rglob("*.caffemodel"))
    assert len(paths) > 90
    refused = {}
    for path in paths:
        try:
            read_caffemodel(path)
        except PortsideError as error:
            refused[path.parent.name] = str(error)
        else:
            check_against_protobuf(path.read_bytes())
    assert refused.keys() == {"err_not_a_caffemodel", "err_truncated_caffemodel"}
    assert all("weights.caffemodel" in told for told in refused.values())
    assert "layer 'fc9'" in refused["err_truncated_caffemodel"]


def test_a_single_number_is_read_from_the_shared_prelu(shared):
    layers = read_caffemodel(shared / "oracles" / "caffe" / "prelu" / "weights.caffemodel")
    (slope,) = next(layer for layer in layers if layer.name == "prs").blobs
    assert slope.shape == ()

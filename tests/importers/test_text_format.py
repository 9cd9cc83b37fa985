import math
import struct

import pytest
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st

from explorer.importers.caffe_schema import message_class
from explorer.importers.text_format import MOST_MESSAGES, MOST_UNKNOWN, TextFormatError, UnknownField, parse_text


def parse_layer(text: str | bytes):
    data = text if isinstance(text, bytes) else text.encode()
    return parse_text(data, "LayerParameter")


def single(value: float) -> float:
    rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return rounded


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2E-1F", 0.2),
        ("1f", 1.0),
        ("2.", 2.0),
        (".5", 0.5),
        (".125f", 0.125),
        ("-1.5e-1", -0.15),
        ("- 3", -3.0),
        ("1e+2", 100.0),
        ("18446744073709551616", 2.0**64),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        ("1e39", math.inf),
    ],
)
def test_floats_are_read_as_caffe_reads_them(written, value):
    assert parse_layer(f"power_param {{ scale: {written} }}").power_param.scale == single_or_infinite(value)


def single_or_infinite(value: float) -> float:
    return value if math.isinf(value) or value > 3.5e38 else single(value)


def test_nan_is_a_float():
    assert math.isnan(parse_layer("power_param { scale: nan }").power_param.scale)


@pytest.mark.parametrize(
    ("written", "value"), [("0x0B", 11), ("0Xb", 11), ("017", 15), ("0", 0), ("4294967295", 2**32 - 1)]
)
def test_whole_numbers_may_be_hexadecimal_or_octal(written, value):
    assert parse_layer(f"convolution_param {{ num_output: {written} }}").convolution_param.num_output == value


@pytest.mark.parametrize("written", ["3.0", "08", "0x", "3pad", "+3", "-1", "4294967296", "9" * 5000, '"3"', "x"])
def test_what_is_no_unsigned_number_is_refused_with_its_field(written):
    with pytest.raises(TextFormatError, match="'num_output' wants a whole number"):
        parse_layer(f"convolution_param {{ num_output: {written} }}")


@pytest.mark.parametrize("written", ["1.2.3", "0x10", "010", "1e", "1.5x", "--1", "e5", "9" * 500])
def test_what_is_no_float_is_refused_with_its_field(written):
    with pytest.raises(TextFormatError, match="'scale' wants a number"):
        parse_layer(f"power_param {{ scale: {written} }}")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("True", True),
        ("t", True),
        ("1", True),
        ("0x1", True),
        ("false", False),
        ("f", False),
        ("0", False),
    ],
)
def test_booleans_have_words_letters_and_numbers(written, value):
    layer = parse_layer(f"convolution_param {{ bias_term: {written} }}")
    assert layer.convolution_param.HasField("bias_term")
    assert layer.convolution_param.bias_term is value


@pytest.mark.parametrize("written", ["2", "yes", "TRUE", '"true"', "-1"])
def test_other_booleans_are_refused(written):
    with pytest.raises(TextFormatError, match="'bias_term' wants"):
        parse_layer(f"convolution_param {{ bias_term: {written} }}")


def test_enumerations_are_read_by_name_and_by_number():
    assert parse_layer("pooling_param { pool: AVE }").pooling_param.pool == 1
    assert parse_layer("pooling_param { pool: 1 }").pooling_param.pool == 1
    assert parse_layer("phase: 0x1").phase == 1


@pytest.mark.parametrize(
    ("written", "told"), [("AVG", "can't be AVG; is it 'AVE'?"), ("7", "can't be 7"), ("-1", "can't be -1")]
)
def test_an_unknown_value_of_an_enumeration_is_refused(written, told):
    with pytest.raises(TextFormatError, match="'pool' ") as caught:
        parse_layer(f"pooling_param {{ pool: {written} }}")
    assert told in str(caught.value)


def test_strings_are_joined_and_unescaped():
    layer = parse_layer(r"""name: "r" 'elu' "1" type: "a\tb\"\'\\\x41\101\u00e9\?" """)
    assert layer.name == "relu1"
    assert layer.type == "a\tb\"'\\AAé?"


def test_a_string_that_is_not_utf8_is_latin1():
    assert parse_layer(b'name: "caf\xe9"').name == "café"
    assert parse_layer('name: "café"').name == "café"
    assert parse_layer(r'name: "\xe9"').name == "é"


@pytest.mark.parametrize("written", [r'"\q"', r'"\ud800"', r'"\U00110000"', r'"\u12"'])
def test_an_unknown_escape_is_refused(written):
    with pytest.raises(TextFormatError, match="is no escape sequence"):
        parse_layer(f"name: {written}")


@pytest.mark.parametrize("written", ['"conv1', "'conv1\"", '"conv1\n"'])
def test_a_string_that_its_line_does_not_close_is_refused(written):
    with pytest.raises(TextFormatError, match="a string that its line does not close"):
        parse_layer(f"name: {written}")


def test_messages_have_either_bracket_and_fields_any_separator():
    layer = parse_layer('name:"a",type:"b";bottom:"c" relu_param:<negative_slope:.5f;>,pooling_param{pool:MAX,}')
    assert (layer.name, layer.type, list(layer.bottom)) == ("a", "b", ["c"])
    assert layer.relu_param.negative_slope == 0.5
    assert layer.pooling_param.HasField("pool")


def test_repeated_fields_may_be_written_as_lists():
    layer = parse_layer(
        'bottom: ["a", "b"] bottom: "c" top: [] param: [ { lr_mult: 1 }, < lr_mult: 2 > ] '
        "reshape_param { shape { dim: [ 0, -1 ] } }"
    )
    assert list(layer.bottom) == ["a", "b", "c"]
    assert [spec.lr_mult for spec in layer.param] == [1, 2]
    assert list(layer.reshape_param.shape.dim) == [0, -1]


def test_an_empty_message_is_present():
    assert parse_layer("relu_param { }").HasField("relu_param")


def test_comments_windows_line_ends_and_a_byte_order_mark_are_passed_over():
    text = b"\xef\xbb\xbf# Schicht f\xfcr \xc3\xa4\r\nname: 'a' # }\r\n\ttype: \"b\"\r\n# the end"
    layer = parse_layer(text)
    assert (layer.name, layer.type) == ("a", "b")


def test_a_hash_in_a_string_begins_no_comment():
    assert parse_layer('name: "#1" type: "b"').type == "b"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('name: "a"\nkernel_size 3', 2, "LayerParameter has no field 'kernel_size'"),
        (
            'name: "a"\n\n  convolution_param {\n kernal_size: 3 }',
            4,
            "has no field 'kernal_size'; is it 'kernel_size'?",
        ),
        ("convolution_param {\n num_output: 4\n kernel_size 3 }", 3, "expected ':' after 'kernel_size', found '3'"),
        ("relu_param {\n negative_slope: 1 >", 2, "expected the name of a field, found '>'"),
        ("relu_param {\n", 2, "the '}' of the ReLUParameter that begins in line 1 is missing"),
        ("relu_param: 3", 1, "expected '{' after 'relu_param', found '3'"),
        ("relu_param", 1, "expected '{' after 'relu_param', found the end of the file"),
        ("name:", 1, "'name' wants a string in quotes, found the end of the file"),
        ('name: "a"\nname: "b"', 2, "'name' is given a second time"),
        ("relu_param { } relu_param { }", 1, "'relu_param' is given a second time"),
        ("loss_weight: [1, 2", 1, "expected ',' or ']' in the list of 'loss_weight'"),
        ("loss_weight: [1 2]", 1, "expected ',' or ']' in the list of 'loss_weight', found '2'"),
        ("{ }", 1, "expected the name of a field, found '{'"),
        ("[caffe.extension]: 3", 1, "expected the name of a field, found '['"),
        ("\u00a0name: 'a'", 1, "found the byte 0xc2"),
        ('relu_param { layer { name: "b" } }', 1, "has no field 'layer'; is a '}' missing before it?"),
    ],
)
def test_a_mistake_is_told_with_its_line(text, line, told):
    with pytest.raises(TextFormatError) as caught:
        parse_layer(text)
    assert told in caught.value.reason
    assert caught.value.line == line


def test_a_mistake_names_the_layer_that_it_is_in():
    text = b'layer { name: "a" }\nlayer { name: "b" relu_param { slope: 1 } }'
    with pytest.raises(TextFormatError) as caught:
        parse_text(text, "NetParameter")
    assert (caught.value.layer, caught.value.line) == ("b", 2)
    with pytest.raises(TextFormatError) as caught:
        parse_text(b'layers { layer { name: "v0" foo: 1 } }', "NetParameter")
    assert caught.value.layer == "v0"
    with pytest.raises(TextFormatError) as caught:
        parse_text(b'layer { name: "a" } foo: 1', "NetParameter")
    assert caught.value.layer is None


def test_unknown_fields_are_noted_and_passed_over_when_they_are_asked_for():
    unknown: list[UnknownField] = []
    text = b"""layer { name: "a" foo: -3 bar: "x" 'y' baz { a: 1 b < c: [1, {}] > } }
    layer { name: "b" pooling_param { pool: SUM stride: 2 } list: [1, 2]; } top_level: 1e5f"""
    net = parse_text(text, "NetParameter", unknown)
    assert [(field.name, field.line, field.layer) for field in unknown] == [
        ("LayerParameter.foo", 1, "a"),
        ("LayerParameter.bar", 1, "a"),
        ("LayerParameter.baz", 1, "a"),
        ("pool=SUM", 2, "b"),
        ("LayerParameter.list", 2, "b"),
        ("NetParameter.top_level", 2, None),
    ]
    assert [layer.name for layer in net.layer] == ["a", "b"]
    assert not net.layer[1].pooling_param.HasField("pool")
    assert net.layer[1].pooling_param.stride == 2


@pytest.mark.parametrize(
    "text", ["foo", "foo:", "foo }", "foo: }", "foo { a: 1 >", "foo { ", "foo: ,", "foo: -", "foo " + "{" * 1000]
)
def test_an_unknown_field_without_a_whole_value_is_refused(text):
    with pytest.raises(TextFormatError):
        parse_text(f"layer {{ {text}".encode(), "NetParameter", [])


def test_more_messages_than_any_network_has_are_refused():
    with pytest.raises(TextFormatError, match=f"more than {MOST_MESSAGES} messages"):
        parse_text(b"layer{}" * (MOST_MESSAGES + 1), "NetParameter")


def test_more_unknown_fields_than_any_fork_has_are_refused():
    with pytest.raises(TextFormatError, match=f"more than {MOST_UNKNOWN} unknown fields"):
        parse_text(b"foo:1 " * (MOST_UNKNOWN + 1), "NetParameter", [])


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# The text of NaN has no sign and no payload.
floats = st.floats(width=32, allow_nan=False)
blobs = st.builds(
    lambda dims, values: message_class("BlobProto")(shape={"dim": dims}, data=values),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4),
    st.lists(floats, max_size=5),
)
layers = st.builds(
    lambda name, tops, number, ratio, flag, pool, blobs: message_class("LayerParameter")(
        name=name,
        top=tops,
        loss_weight=ratio,
        blobs=blobs,
        convolution_param={"num_output": number, "bias_term": flag, "pad": [number, 1]},
        pooling_param={"pool": pool},
        reduction_param={"axis": -(number // 2)},
    ),
    texts,
    st.lists(texts, max_size=3),
    st.integers(0, 2**32 - 1),
    st.lists(floats, max_size=3),
    st.booleans(),
    st.integers(0, 2),
    st.lists(blobs, max_size=2),
)


@given(st.lists(layers, max_size=3), st.booleans(), st.booleans(), st.booleans())
def test_what_protobuf_writes_is_read_back_to_the_same_message(written, one_line, brackets, utf8):
    net = message_class("NetParameter")(layer=written)
    text = text_format.MessageToString(
        net, as_one_line=one_line, use_short_repeated_primitives=brackets, as_utf8=utf8, pointy_brackets=brackets
    )
    assert parse_text(text.encode(), "NetParameter") == net

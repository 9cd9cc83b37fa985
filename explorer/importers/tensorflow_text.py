"""TensorFlow's graphs as text (``.pbtxt``): brought to the wire format, over descriptors of our own."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

from explorer.errors import PortsideError

MOST_BYTES = 32 * 2**20
"""The largest text that is read, which takes half a minute; weights stand in a checkpoint beside it."""

_PACKAGE = "tensorflow"

_META = re.compile(rb"^\s*(meta_info_def|graph_def)\s*:?\s*[{<]", re.MULTILINE)

_TYPES = """
    INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8 QINT32 BFLOAT16 QINT16 QUINT16
    UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64
"""
"""TensorFlow's types in the order of their numbers; those of references have a hundred more (types.proto)."""

_CHOICE = "AttrValue"
"""The message that has one of its fields, which counts also where it is zero."""

_MESSAGES: dict[str, str] = {
    "Dim": "1 size int64",
    "TensorShapeProto": "2 dim Dim*; 3 unknown_rank bool",
    "TensorProto": """
        1 dtype DataType; 2 tensor_shape TensorShapeProto; 4 tensor_content bytes; 5 float_val float*;
        6 double_val double*; 7 int_val int32*; 8 string_val bytes*; 10 int64_val int64*; 11 bool_val bool*;
        13 half_val int32*; 16 uint32_val uint32*; 17 uint64_val uint64*""",
    "ListValue": """
        2 s bytes*; 3 i int64*; 4 f float*; 5 b bool*; 6 type DataType*; 7 shape TensorShapeProto*;
        8 tensor TensorProto*""",
    "AttrValue": """
        1 list ListValue; 2 s bytes; 3 i int64; 4 f float; 5 b bool; 6 type DataType; 7 shape TensorShapeProto;
        8 tensor TensorProto""",
    "AttrEntry": "1 key string; 2 value AttrValue",
    "NodeDef": "1 name string; 2 op string; 3 input string*; 4 device string; 5 attr AttrEntry*",
    "GraphDef": "1 node NodeDef*",
    "MetaGraphDef": "2 graph_def GraphDef",
}
"""The fields that we read, with their numbers; ``*``: repeated. All others are passed over."""


def read_graph_text(path: Path) -> tuple[bytes, bool]:
    """The text's message on the wire, and whether it is a ``MetaGraphDef``.

    :raises PortsideError: naming the line, when it is no such text.
    """
    if path.stat().st_size > MOST_BYTES:
        raise PortsideError(f"is larger than {MOST_BYTES >> 20} MiB: that is no graph", file=path)
    data = path.read_bytes()
    is_meta = _META.search(data) is not None
    message = _message_class("MetaGraphDef" if is_meta else "GraphDef")()
    try:
        text_format.Parse(data.decode("utf-8"), message, allow_unknown_field=True, descriptor_pool=_pool())
    except UnicodeDecodeError:
        raise PortsideError("is not text in UTF-8", file=path) from None
    except (text_format.ParseError, ValueError) as error:
        raise PortsideError(f"is no graph of TensorFlow's: {error}", file=path) from None
    except RecursionError:
        raise PortsideError(
            "is no graph of TensorFlow's: its messages stand too deep in one another", file=path
        ) from None
    content: bytes = message.SerializeToString()
    return content, is_meta


@cache
def _message_class(name: str) -> type[Any]:
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{_PACKAGE}.{name}"))


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    # A pool of our own: TensorFlow itself may be in the process.
    file = descriptor_pb2.FileDescriptorProto(name="graph.proto", package=_PACKAGE, syntax="proto3")
    types = file.enum_type.add(name="DataType")
    for index, name in enumerate(_TYPES.split()):
        types.value.add(name=f"DT_{name}", number=index)
    for index, name in enumerate(_TYPES.split()[1:], 101):
        types.value.add(name=f"DT_{name}_REF", number=index)
    kinds = descriptor_pb2.FieldDescriptorProto
    for message, fields in _MESSAGES.items():
        owner = file.message_type.add(name=message)
        if message == _CHOICE:
            owner.oneof_decl.add(name="value")
        for entry in fields.split(";"):
            number, name, kind = entry.split()
            field = owner.field.add(name=name, number=int(number))
            field.label = kinds.LABEL_REPEATED if kind.endswith("*") else kinds.LABEL_OPTIONAL
            if message == _CHOICE:
                field.oneof_index = 0
            kind = kind.rstrip("*")
            if kind in _MESSAGES or kind == "DataType":
                field.type = kinds.TYPE_MESSAGE if kind in _MESSAGES else kinds.TYPE_ENUM
                field.type_name = f".{_PACKAGE}.{kind}"
            else:
                field.type = kinds.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool

"""Caffe's messages for protobuf, built from the tables of ``caffe_fields`` and ``caffe_fork_fields``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from explorer.importers.caffe_fields import ENUMERATIONS, MESSAGES
from explorer.importers.caffe_fork_fields import FORK_ENUMERATIONS, FORK_FIELDS, FORK_MESSAGES

# A protobuf message whose fields are attributes; its class is made at run time, so no checker can know them.
NetParameter: TypeAlias = Any
LayerParameter: TypeAlias = Any

SCALARS = frozenset({"string", "bytes", "bool", "float", "double", "int32", "int64", "uint32", "uint64"})

_PACKAGE = "caffe"
_FIELD = re.compile(r"(\d+) (\w+) ([\w.]+?)(\[\]|\[packed\]|!)?(?:=(\S+))?")
# Numbers of forks that clash are moved up by this much; protobuf's own range, 19000 to 19999, stays free.
_MOVED = 1_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message.

    ``kind`` is a scalar's name, ``"message"`` or ``"enum"``; ``type`` the scalar, or the name of the message
    or enumeration. ``values`` are the enumeration's names and numbers; ``fork``: BVLC Caffe lacks the field.
    """

    number: int
    name: str
    kind: str
    type: str
    repeated: bool
    packed: bool
    required: bool
    default: str | None
    values: Mapping[str, int]
    fork: bool


@cache
def enumerations() -> dict[str, dict[str, int]]:
    """Every enumeration by name: its values' names and numbers."""
    tables: dict[str, dict[str, int]] = {}
    for source in (ENUMERATIONS, FORK_ENUMERATIONS):
        for name, text in source.items():
            table = tables.setdefault(name, {})
            for value in text.split():
                label, number = value.split("=")
                table[label] = int(number)
    return tables


@cache
def messages() -> dict[str, dict[str, Field]]:
    """Every message by name: its fields by name."""
    tables: dict[str, dict[str, Field]] = {}
    for source, fork in ((MESSAGES, False), (FORK_FIELDS, True), (FORK_MESSAGES, True)):
        for message, text in source.items():
            table = tables.setdefault(message, {})
            taken = {field.number for field in table.values()}
            for field in _read_fields(message, text, fork):
                if field.name in table:
                    raise ValueError(f"{message} has two fields named {field.name}")
                number = field.number
                while number in taken:
                    number += _MOVED
                taken.add(number)
                table[field.name] = field if number == field.number else replace(field, number=number)
    return tables


@cache
def message_class(name: str) -> type[Any]:
    """The protobuf class of one of Caffe's messages, such as ``NetParameter``."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{_PACKAGE}.{name}"))


def fork_fields(message: Any) -> tuple[str, ...]:
    """The fields set in ``message`` that BVLC Caffe does not have, dotted: ``convolution_param.hole``.

    Most change what a layer computes, so whoever translates a layer has to know each of them.
    """
    return tuple(_fork_fields(message, ""))


def _fork_fields(message: Any, prefix: str) -> Iterator[str]:
    fields = messages()[message.DESCRIPTOR.name]
    for descriptor, value in message.ListFields():
        field = fields[descriptor.name]
        if field.fork:
            yield prefix + field.name
        elif field.kind == "message":
            for part in value if field.repeated else (value,):
                yield from _fork_fields(part, f"{prefix}{field.name}.")


def _read_fields(message: str, text: str, fork: bool) -> Iterator[Field]:
    for entry in text.split(";"):
        match = _FIELD.fullmatch(entry.strip())
        if match is None:
            raise ValueError(f"{message}: {entry.strip()!r} is no field")
        number, name, kind, label, default = match.groups()
        type_name, values = kind, {}
        if kind not in SCALARS:
            own = f"{message}.{kind}"
            type_name = own if own in enumerations() else kind
            values = enumerations().get(type_name, {})
            kind = "enum" if values else "message"
        yield Field(
            number=int(number),
            name=name,
            kind=kind,
            type=type_name,
            repeated=label in ("[]", "[packed]"),
            packed=label == "[packed]",
            required=label == "!",
            default=default,
            values=values,
            fork=fork,
        )


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    # A pool of our own: another library in the process may have registered the original caffe.proto.
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package=_PACKAGE, syntax="proto2")
    owners = {name: file.message_type.add(name=name) for name in messages()}
    for name, values in enumerations().items():
        owner, _, own_name = name.rpartition(".")
        enumeration = owners[owner].enum_type.add() if owner else file.enum_type.add()
        enumeration.name = own_name
        for label, number in values.items():
            enumeration.value.add(name=label, number=number)
    for name, fields in messages().items():
        for field in fields.values():
            _add_field(owners[name], field)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _add_field(owner: descriptor_pb2.DescriptorProto, field: Field) -> None:
    kinds = descriptor_pb2.FieldDescriptorProto
    entry = owner.field.add(name=field.name, number=field.number)
    entry.type = kinds.Type.Value(f"TYPE_{field.kind.upper()}")
    if field.repeated:
        entry.label = kinds.LABEL_REPEATED
    else:
        entry.label = kinds.LABEL_REQUIRED if field.required else kinds.LABEL_OPTIONAL
    if field.kind in ("message", "enum"):
        entry.type_name = f".{_PACKAGE}.{field.type}"
    if field.packed:
        entry.options.packed = True
    if field.default is not None:
        entry.default_value = field.default

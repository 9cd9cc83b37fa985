"""Protobuf's text format, read into the messages of ``caffe_schema`` as Caffe's own parser reads it.

The rules are those of protobuf's C++ ``TextFormat``, which Caffe uses: floats may end in ``f``; integers may
be hexadecimal or octal; strings that follow one another are joined; ``{ }`` and ``< >`` are alike; a ``,`` or
``;`` may follow any field; a field that is not repeated may be given once. The Python library's parser is
slower, and passes over what it does not know without a word or not at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn

from explorer.importers.caffe_schema import Field, message_class, messages
from explorer.importers.text_tokens import (
    END,
    NAME,
    NUMBER,
    STRING,
    Tokens,
    decode_name,
    floating_number,
    unquoted,
    whole_number,
)

MOST_MESSAGES = 50_000
"""Messages in one text. Each costs up to a kilobyte, however short it is; large networks have 5000."""

MOST_UNKNOWN = 1000
"""Unknown fields that are noted before the text is given up as no network of Caffe's."""

_DEEPEST = 64
_LONGEST_NAME = 80
_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
_BOOLEANS = {"true": True, "True": True, "t": True, "false": False, "False": False, "f": False}
_CLOSERS = {"{": "}", "<": ">", "[": "]"}
_LAYERS = ("LayerParameter", "V1LayerParameter")


class TextFormatError(Exception):
    """What is wrong with a text, in which line (from 1), and in which layer, if its name is known by then."""

    def __init__(self, reason: str, line: int, layer: str | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.layer = layer


@dataclass(frozen=True)
class UnknownField:
    """What no known Caffe has: a field (``ConvolutionParameter.kernal_size``), or a value (``pool=SUM``)."""

    name: str
    line: int
    layer: str | None


def parse_text(data: bytes, message: str, unknown: list[UnknownField] | None = None) -> Any:
    """Read ``data`` as one ``message`` of Caffe's.

    With a list for them, unknown fields are passed over and noted there; without, they are errors.

    :raises TextFormatError: for the first mistake.
    """
    result = message_class(message)()
    _Reader(data, unknown).read_fields(result, message)
    return result


class _Reader(Tokens):
    """The recursive descent; it goes as deep as the messages of the schema nest, which is a few levels."""

    def __init__(self, data: bytes, unknown: list[UnknownField] | None) -> None:
        self._unknown = unknown
        self._tables = messages()
        self._layer: Any = None
        self._count = 0
        super().__init__(data)

    def read_fields(self, message: Any, name: str, close: str = "", opened: int = 0) -> None:
        """Read fields into ``message`` up to its ``close`` bracket, or to the end of the file without one."""
        fields = self._tables[name]
        seen: set[str] = set()
        while True:
            if self.kind == NAME:
                field = fields.get(self.token)
                if field is None:
                    self._skip_unknown(name, fields)
                else:
                    if not field.repeated and field.name in seen:
                        self._fail(f"'{field.name}' is given a second time")
                    seen.add(field.name)
                    self.advance()
                    self._read_field(message, field)
                if self.looking_at(",;"):
                    self.advance()
            elif self.kind == END and close:
                self._fail(f"the '{close}' of the {name} that begins in line {self.line(opened)} is missing")
            elif self.kind == END or self.take(close):
                return
            else:
                self._fail(f"expected the name of a field, found {self.found()}")

    def _read_field(self, message: Any, field: Field) -> None:
        read = self._read_message if field.kind == "message" else self._read_scalar
        if not self.take(":") and field.kind != "message":
            self._fail(f"expected ':' after '{field.name}', found {self.found()}")
        if not (field.repeated and self.take("[")):
            read(message, field)
        elif not self.take("]"):
            read(message, field)
            while self.take(","):
                read(message, field)
            if not self.take("]"):
                self._fail(f"expected ',' or ']' in the list of '{field.name}', found {self.found()}")

    def _read_message(self, message: Any, field: Field) -> None:
        if not self.looking_at("{<"):
            self._fail(f"expected '{{' after '{field.name}', found {self.found()}")
        self._count += 1
        if self._count > MOST_MESSAGES:
            self._fail(f"there are more than {MOST_MESSAGES} messages")
        close, opened = _CLOSERS[self.token], self.start
        if field.repeated:
            child = getattr(message, field.name).add()
        else:
            child = getattr(message, field.name)
            child.SetInParent()
        is_layer = field.type in _LAYERS
        if is_layer:
            self._layer = child
        self.advance()
        self.read_fields(child, field.type, close, opened)
        if is_layer:
            self._layer = None

    def _read_scalar(self, message: Any, field: Field) -> None:
        value = self._value(field)
        if value is None:
            return
        if field.repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)

    def _value(self, field: Field) -> Any:
        kind = field.kind
        if kind == "string":
            return decode_name(self._string(field))
        if kind in _RANGES:
            return self._whole(field, *_RANGES[kind], "a whole number")
        if kind in ("float", "double"):
            return self._float(field)
        if kind == "bool":
            return self._boolean(field)
        if kind == "enum":
            return self._enumeration(field)
        return self._string(field)

    def _whole(self, field: Field, low: int, high: int, wanted: str) -> int:
        negative = low < 0 and self.take("-")
        value = whole_number(self.token) if self.kind == NUMBER else None
        if value is None:
            self._fail(f"'{field.name}' wants {wanted}, found {self.found()}")
        value = -value if negative else value
        if not low <= value <= high:
            self._fail(f"'{field.name}' wants {wanted} from {low} to {high}")
        self.advance()
        return value

    def _float(self, field: Field) -> float:
        sign = -1.0 if self.take("-") else 1.0
        value = None
        if self.kind == NUMBER:
            value = floating_number(self.token)
        elif self.kind == NAME and self.token.lower() in ("inf", "infinity", "nan"):
            value = float(self.token)
        if value is None:
            self._fail(f"'{field.name}' wants a number, found {self.found()}")
        self.advance()
        return sign * value

    def _boolean(self, field: Field) -> bool:
        if self.kind == NAME and self.token in _BOOLEANS:
            value = _BOOLEANS[self.token]
            self.advance()
            return value
        return bool(self._whole(field, 0, 1, "true, false or a number"))

    def _enumeration(self, field: Field) -> int | None:
        if self.kind == NAME:
            name = self.token
            if name not in field.values:
                self._refuse_value(field, name)
            self.advance()
            return field.values.get(name)
        value = self._whole(field, *_RANGES["int32"], "a name or a number")
        if value in field.values.values():
            return value
        self._refuse_value(field, str(value))
        return None

    def _refuse_value(self, field: Field, value: str) -> None:
        value = value[:_LONGEST_NAME]
        if self._unknown is None:
            self._fail(f"'{field.name}' can't be {value}{_hint(value, field.values)}")
        self._note(f"{field.name}={value}")

    def _string(self, field: Field) -> bytes:
        if self.kind != STRING:
            self._fail(f"'{field.name}' wants a string in quotes, found {self.found()}")
        joined = bytearray()
        while self.kind == STRING:
            try:
                joined += unquoted(self.token)
            except ValueError as error:
                self._fail(f"'{error}' is no escape sequence")
            self.advance()
        return bytes(joined)

    def _skip_unknown(self, message: str, fields: Mapping[str, Field]) -> None:
        name = self.token[:_LONGEST_NAME]
        if self._unknown is None:
            inside = message != "NetParameter" and name in ("layer", "layers")
            hint = "; is a '}' missing before it?" if inside else _hint(name, fields)
            self._fail(f"{message} has no field '{name}'{hint}")
        self._note(f"{message}.{name}")
        self.advance()
        self.take(":")
        closers: list[str] = []
        while True:
            if self.looking_at("{<["):
                closers.append(_CLOSERS[self.token])
                if len(closers) > _DEEPEST:
                    self._fail(f"'{name}' is nested more than {_DEEPEST} deep")
            elif closers and self.looking_at(closers[-1]):
                closers.pop()
            elif self.kind == END or self.looking_at("}>]") or (not closers and self.looking_at(",;:")):
                self._fail(f"expected a value for '{name}', found {self.found()}")
            unfinished = self.looking_at("-")
            string = self.kind == STRING
            self.advance()
            if not (closers or unfinished or (string and self.kind == STRING)):
                return

    def _note(self, name: str) -> None:
        assert self._unknown is not None
        if len(self._unknown) >= MOST_UNKNOWN:
            self._fail(f"there are more than {MOST_UNKNOWN} unknown fields")
        self._unknown.append(UnknownField(name, self.line(), self._layer_name()))

    def _layer_name(self) -> str | None:
        layer = self._layer
        if layer is None:
            return None
        if layer.DESCRIPTOR.name == "V1LayerParameter" and layer.HasField("layer"):
            layer = layer.layer
        return layer.name or None

    def _fail(self, reason: str) -> NoReturn:
        raise TextFormatError(reason, self.line(), self._layer_name())


def _hint(name: str, known: Iterable[str]) -> str:
    alike = get_close_matches(name, known, 1)
    return f"; is it '{alike[0]}'?" if alike else ""

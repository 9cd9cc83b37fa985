"""A binary caffemodel: each layer's learned blobs, as arrays over the mapped file.

The file is a ``NetParameter`` of any age on the wire. Only names, types and blobs are looked at: the rest is
stepped over unread, and a blob's numbers stay in the file until they are used.
"""

import mmap
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from explorer.errors import PortsideError
from explorer.files import map_held
from explorer.importers.caffe_blob import Blob, BlobError, read_blob
from explorer.importers.caffe_upgrade import V0_TYPES, v1_type
from explorer.importers.text_tokens import decode_name
from explorer.importers.wire import LENGTH, VARINT, CutShortError, Wire, WireError

__all__ = ["Blob", "LayerWeights", "parse_caffemodel", "read_caffemodel"]

MOST_LAYERS = 50_000

# Fields of NetParameter: today's layers, and those of V1.
_LAYER, _LAYERS = 100, 2

# What people have instead of a caffemodel, by its first bytes.
_OTHER_FILES = (
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file, not a binary caffemodel"),
    (b"PK\x03\x04", "is a zip archive, not a caffemodel"),
    (b"\x1f\x8b", "is compressed with gzip: unpack it first"),
    (b"version https://git-lfs", "is a Git LFS pointer: the weights themselves were not downloaded"),
)
_PAGES = (b"<!doctype", b"<html", b"<head", b"<?xml")
_TEXT = frozenset(range(32, 127)) | set(b"\t\r\n")


@dataclass(frozen=True)
class LayerWeights:
    """A layer as the file holds it: ``type`` as Caffe spells it today, no ``blobs`` if it learns nothing."""

    name: str
    type: str
    blobs: tuple[Blob, ...]


def read_caffemodel(path: Path) -> tuple[LayerWeights, ...]:
    """Read every layer of a caffemodel, in the file's order, those without blobs included.

    The arrays keep the file mapped. A name may be there twice: in Caffe the last one wins.

    :raises PortsideError: for anything that is not a whole caffemodel, and, naming the layer, for a blob
        whose values do not fill its shape.
    """
    try:
        if path.exists() and not path.is_file():
            raise PortsideError("is not a file", file=path)
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise PortsideError("is empty", file=path)
            buffer = map_held(file)
    except OSError as error:
        raise PortsideError(f"can't be read: {error.strerror or error}", file=path) from error
    return parse_caffemodel(buffer, path)


def parse_caffemodel(buffer: bytes | mmap.mmap, file: str | Path) -> tuple[LayerWeights, ...]:
    """Do what :func:`read_caffemodel` does with the content of ``file``.

    :raises PortsideError: as that does.
    """
    _refuse_other_files(buffer[:512], file)
    wire = Wire(buffer)
    layers: list[LayerWeights] = []
    position, end = 0, len(buffer)
    try:
        while position < end:
            number, kind, start, position = wire.field(position, end)
            if kind == LENGTH and number in (_LAYER, _LAYERS):
                if len(layers) == MOST_LAYERS:
                    raise PortsideError(f"holds more than {MOST_LAYERS} layers", file=file)
                layers.append(_read_layer(wire, number, start, position, file))
    except CutShortError as error:
        layer = _name_of_cut_layer(wire, error, end)
        if layer is None and not layers:
            raise PortsideError("is not a caffemodel, or is cut short", file=file) from error
        reason = f"the file is cut short: {error.missing} bytes are missing"
        raise PortsideError(reason, file=file, layer=layer) from error
    except WireError as error:
        raise PortsideError(f"is not a caffemodel, or is damaged: {_place(error)}", file=file) from error
    if not layers:
        raise PortsideError("holds no layers: it is not a caffemodel", file=file)
    return tuple(layers)


@dataclass
class _Found:
    """What a walk over a layer's fields has found so far; blobs are (start, end)."""

    name: str = ""
    type: str = ""
    blobs: list[tuple[int, int]] = field(default_factory=list)


def _read_layer(wire: Wire, number: int, start: int, end: int, file: str | Path) -> LayerWeights:
    found = _Found()
    try:
        _walk_layer(wire, number, start, end, found)
        blobs = tuple(_read_blob(wire, index, span) for index, span in enumerate(found.blobs))
    except WireError as error:
        raise PortsideError(f"the file is damaged: {_place(error)}", file=file, layer=found.name or None) from error
    except BlobError as error:
        raise PortsideError(str(error), file=file, layer=found.name or None) from error
    return LayerWeights(found.name, found.type, blobs)


def _read_blob(wire: Wire, index: int, span: tuple[int, int]) -> Blob:
    try:
        return read_blob(wire, *span)
    except BlobError as error:
        raise BlobError(f"blob {index} {error}") from error


def _walk_layer(wire: Wire, number: int, start: int, end: int, found: _Found) -> None:
    if number == _LAYER:
        _walk_strings(wire, start, end, found, blobs=7)
    else:
        _walk_v1(wire, start, end, found)


def _walk_strings(wire: Wire, start: int, end: int, found: _Found, blobs: int) -> None:
    # V2 and V0 both have the name in field 1 and the type in field 2, as strings.
    position = start
    while position < end:
        number, kind, value, position = wire.field(position, end)
        if kind != LENGTH:
            continue
        if number == 1:
            found.name = decode_name(wire.buffer[value:position])
        elif number == 2:
            found.type = decode_name(wire.buffer[value:position])
        elif number == blobs:
            found.blobs.append((value, position))


def _walk_v1(wire: Wire, start: int, end: int, found: _Found) -> None:
    position = start
    while position < end:
        number, kind, value, position = wire.field(position, end)
        if number == 1 and kind == LENGTH:
            # A V0 layer, in the connections of a V1 one.
            _walk_strings(wire, value, position, found, blobs=50)
            found.type = V0_TYPES.get(found.type, found.type)
        elif number == 4 and kind == LENGTH:
            found.name = decode_name(wire.buffer[value:position])
        elif number == 5 and kind == VARINT:
            found.type = v1_type(value)
        elif number == 6 and kind == LENGTH:
            found.blobs.append((value, position))


def _name_of_cut_layer(wire: Wire, cut: CutShortError, end: int) -> str | None:
    if cut.number not in (_LAYER, _LAYERS):
        return None
    found = _Found()
    with suppress(WireError):
        _walk_layer(wire, cut.number, cut.offset, end, found)
    return found.name or None


def _refuse_other_files(head: bytes, file: str | Path) -> None:
    for start, reason in _OTHER_FILES:
        if head.startswith(start):
            raise PortsideError(reason, file=file)
    if head.lstrip().lower().startswith(_PAGES):
        raise PortsideError("is an HTML or XML page, not a caffemodel", file=file)
    if _TEXT.issuperset(head):
        raise PortsideError("is text, not a caffemodel", file=file)


def _place(error: WireError) -> str:
    return f"{error.reason} (at byte {error.offset})"

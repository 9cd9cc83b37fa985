"""``models/catalogue.toml`` → the entries of the catalogue, each of them whole."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from explorer.catalogue.entry import HASH_KINDS, CatalogueFile, Entry
from explorer.data import data_folder
from explorer.errors import PortsideError

FILE = "catalogue.toml"

MOST_BYTES = 4 << 20
"""A catalogue is read by a person, too."""

SCHEMES = ("https", "http")

DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96}

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
"""No folder, no hidden file, nothing that some system reads otherwise."""

TEXTS = ("title", "framework", "licence", "home", "preprocessing", "labels")
NETWORK_FIELDS = {*TEXTS, "name", "sources", "file", "background", "architecture", "top1", "top5", "note"}
FILE_FIELDS = {*HASH_KINDS, "name", "size", "addresses", "member"}


def read_catalogue(path: Path | None = None) -> tuple[Entry, ...]:
    """The catalogue's networks in its order; without ``path`` those of the catalogue that comes with the program.

    :raises PortsideError: when the file is missing, too large, no TOML, or says too little or something wrong of a
        network: which one, and what.
    """
    path = data_folder("models") / FILE if path is None else path
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PortsideError(f"can't be read ({error.strerror or error})", file=path) from None
    if len(data) > MOST_BYTES:
        raise PortsideError("too large for a catalogue", file=path)
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise PortsideError(f"not a catalogue in TOML ({error})", file=path) from None
    try:
        return _entries(document)
    except PortsideError as error:
        raise PortsideError(error.reason, file=path) from None


def find_entry(name: str, entries: Sequence[Entry]) -> Entry:
    """The network of that name.

    :raises PortsideError: when there is none, with the nearest that there is.
    """
    for entry in entries:
        if entry.name == name:
            return entry
    near = difflib.get_close_matches(name, [entry.name for entry in entries], 2)
    hint = f"did you mean {' or '.join(repr(each) for each in near)}?" if near else "portside fetch --list shows them"
    raise PortsideError(f"there is no network '{name}' in the catalogue: {hint}")


def _entries(document: Mapping[str, Any]) -> tuple[Entry, ...]:
    networks = document.get("network")
    if set(document) != {"network"} or not isinstance(networks, list) or not networks:
        raise PortsideError("wanted is a list of [[network]] and nothing else")
    entries: dict[str, Entry] = {}
    for number, network in enumerate(networks, start=1):
        if not isinstance(network, dict):
            raise PortsideError(f"network {number} is no table")
        entry = _entry(network, number)
        if entry.name in entries:
            raise PortsideError(f"the network '{entry.name}' stands there twice")
        entries[entry.name] = entry
    return tuple(entries.values())


def _entry(network: Mapping[str, Any], number: int) -> Entry:
    name = network.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise PortsideError(f"network {number} has no name of small letters, digits, dots and hyphens")
    where = f"the network '{name}'"
    _check_fields(network, NETWORK_FIELDS, where)
    texts = {field: _text(network, field, where) for field in TEXTS}
    sources = _texts(network, "sources", where)
    for address in (texts["home"], *sources):
        _check_address(address, where)
    files = network.get("file")
    if not isinstance(files, list) or not files or not all(isinstance(file, dict) for file in files):
        raise PortsideError(f"{where} has no [[network.file]]")
    read = tuple(_file(file, where) for file in files)
    if len({file.name.lower() for file in read}) < len(read):
        raise PortsideError(f"{where} has two files of one name")
    background = network.get("background", False)
    if not isinstance(background, bool):
        raise PortsideError(f"{where}: background is neither true nor false")
    return Entry(
        name=name,
        files=read,
        sources=sources,
        background=background,
        architecture=_text(network, "architecture", where) if "architecture" in network else None,
        top1=_percent(network, "top1", where),
        top5=_percent(network, "top5", where),
        note=_text(network, "note", where) if "note" in network else "",
        **texts,
    )


def _file(file: Mapping[str, Any], where: str) -> CatalogueFile:
    name = file.get("name")
    if not isinstance(name, str) or not FILE_NAME.fullmatch(name):
        raise PortsideError(f"{where} has a file without a plain name")
    where = f"{where}: {name}"
    _check_fields(file, FILE_FIELDS, where)
    size = file.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise PortsideError(f"{where} has no size in bytes")
    hashes = tuple((kind, _text(file, kind, where)) for kind in HASH_KINDS if kind in file)
    if not hashes:
        raise PortsideError(f"{where} has no hash ({', '.join(HASH_KINDS)})")
    for kind, digest in hashes:
        if not re.fullmatch(f"[0-9a-f]{{{DIGITS[kind]}}}", digest):
            raise PortsideError(f"{where}: a {kind} is {DIGITS[kind]} digits of 0 to 9 and a to f")
    addresses = _texts(file, "addresses", where)
    for address in addresses:
        _check_address(address, where)
    member = _text(file, "member", where) if "member" in file else None
    if member is not None and (member.startswith("/") or ".." in member.split("/") or "\\" in member):
        raise PortsideError(f"{where}: the member '{member}' is no path inside an archive")
    return CatalogueFile(name, size, hashes, addresses, member)


def _check_fields(table: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise PortsideError(f"{where} has a field '{unknown[0]}' that no catalogue knows")


def _text(table: Mapping[str, Any], field: str, where: str) -> str:
    value = table.get(field)
    if not isinstance(value, str) or not value or not value.isprintable():
        raise PortsideError(f"{where}: {field} is not one line of text")
    return value


def _texts(table: Mapping[str, Any], field: str, where: str) -> tuple[str, ...]:
    values = table.get(field)
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value for value in values):
        raise PortsideError(f"{where}: {field} is not a list of texts")
    return tuple(values)


def _percent(table: Mapping[str, Any], field: str, where: str) -> float | None:
    value = table.get(field)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:
        raise PortsideError(f"{where}: {field} is not a percentage")
    return float(value)


def _check_address(address: str, where: str) -> None:
    try:
        parts = urlsplit(address)
        well_formed = parts.scheme in SCHEMES and bool(parts.hostname) and parts.username is None
    except ValueError:
        well_formed = False
    if not well_formed or not address.isascii() or not address.isprintable() or " " in address:
        raise PortsideError(f"{where}: '{address}' is no address of the web (http, https)")

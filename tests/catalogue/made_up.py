"""Networks of a catalogue that exist only in tests, and where they go."""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx

from explorer.catalogue.download import Way
from explorer.catalogue.entry import CatalogueFile, Entry
from explorer.catalogue.places import Places

CONTENT = bytes(range(256)) * 1200
"""Some chunks long."""

PATIENCE = 30.0
"""Seconds for whom silence is not what the test is about."""


def file_of(
    *addresses: str,
    content: bytes = CONTENT,
    name: str = "net.caffemodel",
    kind: str = "sha256",
    member: str | None = None,
) -> CatalogueFile:
    """A file of that content, to be had there."""
    return CatalogueFile(name, len(content), ((kind, hashlib.new(kind, content).hexdigest()),), addresses, member)


def entry_of(*files: CatalogueFile, name: str = "net", preprocessing: str = "caffe", note: str = "") -> Entry:
    """A network of those files."""
    home = "http://example.org/net"
    return Entry(
        name, name.title(), "Caffe", "MIT", home, (home,), files, preprocessing, "imagenet", top1=50.0, note=note
    )


def way_to(folder: Path, stall: float = PATIENCE, free: int | None = None) -> Way:
    """Everything goes into folders of ``folder``; ``free``: bytes that its disk claims to have."""
    places = Places(folder / "networks", folder / "cache")
    return Way(places, stall) if free is None else Way(places, stall, lambda _: free)


def foreign(network: Path) -> bytes:
    """The ONNX file without what Portside writes into one, such as how a picture is prepared."""
    model = onnx.load(network)
    del model.metadata_props[:]
    return bytes(model.SerializeToString())


def left_in(way: Way) -> list[str]:
    """What lies in the cache, by name."""
    return sorted(path.suffix for path in way.places.cache.iterdir())

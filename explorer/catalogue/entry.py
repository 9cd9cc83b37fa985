"""What the catalogue says of a network and of each of its files."""

from __future__ import annotations

from dataclasses import dataclass

HASH_KINDS = ("sha256", "sha384", "sha1", "md5")
"""The hashes that projects state of their files, the one to tell a person first."""

WEAK = frozenset({"md5"})
"""Hashes that two files can be made to share: against a broken transfer they are proof, against malice they are not."""


@dataclass(frozen=True)
class CatalogueFile:
    """A file of a network, and where it is to be had.

    ``size`` (bytes) and ``hashes`` (kind, lower-case hexadecimal digits) are of what is downloaded. Where that is a
    ``.tar.gz`` archive, ``member`` is the path in it of the one file that is wanted; else it is None. ``addresses`` are
    tried in their order.
    """

    name: str
    size: int
    hashes: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...]
    member: str | None = None

    @property
    def key(self) -> str:
        """What is downloaded, in a word: two files of the same content share it."""
        return "-".join(self.hashes[0])

    @property
    def is_weak(self) -> bool:
        """Whether no hash is known that keeps out a file made to deceive."""
        return all(kind in WEAK for kind, _ in self.hashes)


@dataclass(frozen=True)
class Entry:
    """A network of the catalogue.

    ``name`` is what a command calls it, ``title`` what a person does. ``top1`` and ``top5`` are percent of ImageNet's
    validation pictures, None where no source tells them. ``preprocessing`` names the nearest preset, ``architecture``
    one of ours where there is one, ``labels`` a list of classes, before which ``background`` puts a class 0.
    ``sources`` are the public pages where sizes, hashes, licence and accuracy stand.
    """

    name: str
    title: str
    framework: str
    licence: str
    home: str
    sources: tuple[str, ...]
    files: tuple[CatalogueFile, ...]
    preprocessing: str
    labels: str
    background: bool = False
    architecture: str | None = None
    top1: float | None = None
    top5: float | None = None
    note: str = ""

    @property
    def size(self) -> int:
        """Bytes to download for all files."""
        return sum(file.size for file in self.files)

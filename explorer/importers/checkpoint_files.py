"""Which files a checkpoint is made of: one name stands for an index and its data, for a single file, or for shards."""

from __future__ import annotations

import mmap
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from explorer.errors import PortsideError
from explorer.files import map_held
from explorer.importers.checkpoint_table import MAGIC

STATE_FILE = "checkpoint"
"""The text file in which a saver notes its newest checkpoint."""

MOST_STATE_BYTES = 1 << 20

_DATA = re.compile(r"(.+)\.data-\d{5}-of-\d{5}")
_CKPT = re.compile(r".+\.ckpt(-\d+)?(-\d{5}-of-\d{5})?")
_SHARD = re.compile(r"(.+)-\d{5}-of-(\d{5})")
_NEWEST = re.compile(r'^\s*model_checkpoint_path\s*:\s*"((?:[^"\\]|\\.)*)"', re.MULTILINE)


_GRAPH = re.compile(rb"^\s*(node|versions|library|meta_info_def|graph_def)\s*:?\s*[{<]", re.MULTILINE)
_OPERATION = re.compile(rb"\b(op|stripped_op_list|producer|min_consumer)\s*[:{]")
_HEAD_BYTES = 1 << 16


@dataclass(frozen=True)
class CheckpointFiles:
    """A checkpoint by its ``prefix``, the name it was saved under.

    ``index`` is the table of a checkpoint of the second version, whose values stand in ``.data`` files; ``tables`` are
    the file, or the shards, of one of the first.
    """

    prefix: Path
    index: Path | None
    tables: tuple[Path, ...] = ()

    @property
    def meta(self) -> Path:
        """The graph that the saver writes beside it."""
        return self.prefix.with_name(f"{self.prefix.name}.meta")


def find_checkpoint(path: Path) -> CheckpointFiles | None:
    """The checkpoint that a path means: one of its files, its prefix, its graph, or a folder with a ``checkpoint``.

    None where there is none; whether its values are there is found out when they are read.
    """
    if path.is_dir():
        prefix = newest_in(path)
        return None if prefix is None else _at_prefix(prefix)
    for ending in (".index", ".meta"):
        if path.name.endswith(ending) and len(path.name) > len(ending):
            return _at_prefix(path.with_name(path.name.removesuffix(ending)))
    data = _DATA.fullmatch(path.name)
    if data is not None:
        return _at_prefix(path.with_name(data[1]))
    shard = _SHARD.fullmatch(path.name)
    if shard is not None and path.is_file():
        return _at_prefix(path.with_name(shard[1]))
    return _at_prefix(path)


def newest_in(folder: Path) -> Path | None:
    """The prefix that the folder's ``checkpoint`` file names, or None where there is no such file.

    A path of the machine where it was written is looked for by its name in this folder.

    :raises PortsideError: when the name in it is none.
    """
    state = folder / STATE_FILE
    if not state.is_file() or state.stat().st_size > MOST_STATE_BYTES:
        return None
    found = _NEWEST.search(state.read_text("utf-8", "replace"))
    if found is None:
        return None
    named = re.sub(r"\\(.)", r"\1", found[1])
    if not named or "\0" in named:
        raise PortsideError("names no checkpoint", file=state)
    return folder / re.split(r"[/\\]", named)[-1]


def checkpoint_meant(path: Path) -> Path | None:
    """What of a checkpoint a path means, or None: one of its files, its prefix, or a folder's newest one.

    :raises PortsideError: when a folder's newest one is not there.
    """
    if path.is_dir():
        prefix = newest_in(path)
        if prefix is None:
            return None
        found = _at_prefix(prefix)
        if found is None:
            raise PortsideError(f"names '{prefix.name}' as its newest checkpoint, which is not there", file=path)
        return found.index or found.tables[0]
    if path.is_file():
        named = path.name.endswith(".index") or _DATA.fullmatch(path.name) or _CKPT.fullmatch(path.name)
        return path if named or is_table(path) else None
    found = _at_prefix(path)
    return None if found is None else found.index or found.tables[0]


def role(path: Path) -> Literal["whole", "weights"] | None:
    """What a file is: a graph, or a checkpoint with or without a graph beside it; None where it is neither."""
    if path.suffix.lower() in (".meta", ".pb") or (path.suffix.lower() == ".pbtxt" and is_graph_text(path)):
        return "whole"
    try:
        files = find_checkpoint(path) if checkpoint_meant(path) is not None else None
    except PortsideError:
        return None
    if files is None:
        return None
    return "weights" if files.meta.is_file() else "whole"


def is_graph_text(path: Path) -> bool:
    """Whether a text is one of TensorFlow's graphs, as its beginning says."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    return _GRAPH.search(head) is not None and _OPERATION.search(head) is not None


def is_table(path: Path) -> bool:
    """Whether the file ends as a table does."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size < 48:
                return False
            file.seek(-8, 2)
            return bool(struct.unpack("<Q", file.read(8))[0] == MAGIC)
    except OSError:
        return False


def map_file(path: Path) -> mmap.mmap:
    """The file's bytes, read-only and where they are.

    :raises PortsideError: when it can't be read, or is empty.
    """
    try:
        if path.exists() and not path.is_file():
            raise PortsideError("is not a file", file=path)
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise PortsideError("is empty", file=path)
            return map_held(file)
    except OSError as error:
        raise PortsideError(f"can't be read: {error.strerror or error}", file=path) from None


def _at_prefix(prefix: Path) -> CheckpointFiles | None:
    """A second version goes before a first one of the same name, as in TensorFlow."""
    index = prefix.with_name(f"{prefix.name}.index")
    if index.is_file():
        return CheckpointFiles(prefix, index)
    if prefix.is_file():
        return CheckpointFiles(prefix, None, (prefix,))
    name = re.compile(re.escape(prefix.name) + r"-\d{5}-of-(\d{5})")
    shards = sorted(file for file in prefix.parent.glob("*-of-*") if name.fullmatch(file.name) and file.is_file())
    return CheckpointFiles(prefix, None, tuple(shards)) if shards else None

"""TensorFlow's checkpoints of both versions, read without TensorFlow: variables by name, every checksum verified."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from explorer.errors import PortsideError
from explorer.importers.checkpoint_bundle import BundleCheckpoint
from explorer.importers.checkpoint_entries import Slice
from explorer.importers.checkpoint_files import CheckpointFiles, find_checkpoint
from explorer.importers.checkpoint_slices import SliceCheckpoint
from explorer.importers.checkpoint_variable import Stored, Variable

__all__ = ["Checkpoint", "Stored", "Variable", "open_checkpoint", "read_checkpoint"]


class Checkpoint(Protocol):
    """Variables by name; their values are mapped where they lie, and checked when they are asked for.

    ``file`` is the one that a message names, ``files`` are all that were opened.
    """

    file: str
    variables: Mapping[str, Variable]

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that was opened, the index first."""
        ...

    def read(self, name: str, part: Slice | None = None) -> Stored:
        """The values of a variable, or of a slice of it.

        :raises PortsideError: when they are damaged, naming file and variable.
        :raises ValueError: when ``part`` is no slice of it.
        """
        ...


def read_checkpoint(path: Path) -> Checkpoint:
    """Open the checkpoint that ``path`` means: a prefix, one of its files, its graph, or a folder with ``checkpoint``.

    :raises PortsideError: when there is none, or it is damaged, cut short, or without its values.
    """
    files = find_checkpoint(path)
    if files is None:
        raise PortsideError("there is no such checkpoint", file=path)
    return open_checkpoint(files)


def open_checkpoint(files: CheckpointFiles) -> Checkpoint:
    """Open a checkpoint by its files.

    :raises PortsideError: as :func:`read_checkpoint`.
    """
    if files.index is not None:
        return BundleCheckpoint(files.prefix, files.index)
    return SliceCheckpoint(files.tables)

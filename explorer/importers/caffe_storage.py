"""The blobs of a Caffe net while it is built, and which of them are views of one storage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import onnx_ir as ir


@dataclass
class _Blob:
    """What stands in a blob now, who wrote it, how often it was read since, and which storage holds it."""

    value: ir.Value
    writer: str
    storage: int
    reads: int = 0


class Storage:
    """Blobs by name.

    Caffe's Flatten, Reshape, Split and the like copy nothing: their tops are views of their bottom's storage
    (``Blob::ShareData``). A layer that computes in place on one view changes what all the others show.
    """

    def __init__(self) -> None:
        self._blobs: dict[str, _Blob] = {}
        self._storages = 0

    def __contains__(self, name: str) -> bool:
        return name in self._blobs

    def __len__(self) -> int:
        return len(self._blobs)

    def writer(self, name: str) -> str:
        """The layer that wrote the blob last."""
        return self._blobs[name].writer

    def reads(self, name: str) -> int:
        """How often the blob was read since it was written."""
        return self._blobs[name].reads

    def read(self, name: str) -> ir.Value:
        """What stands in the blob now."""
        self._blobs[name].reads += 1
        return self._blobs[name].value

    def write(self, name: str, value: ir.Value, writer: str, *, view_of: str | None = None) -> None:
        """Put ``value`` into a new blob, which is a view of the blob ``view_of`` or has storage of its own."""
        if view_of is None:
            self._storages += 1
        storage = self._storages if view_of is None else self._blobs[view_of].storage
        self._blobs[name] = _Blob(value, writer, storage)

    def write_in_place(self, name: str, value: ir.Value, writer: str) -> None:
        """Put ``value`` into the storage of the blob that the writer read."""
        self._blobs[name] = _Blob(value, writer, self._blobs[name].storage)

    def change(self, name: str, value: ir.Value) -> None:
        """Show ``value`` in a view whose storage was written through another one; that is no new writing of it."""
        self._blobs[name].value = value

    def other_views(self, name: str) -> Iterator[tuple[str, ir.Value]]:
        """The other blobs on the storage of ``name``, with what they show."""
        storage = self._blobs[name].storage
        for other, blob in self._blobs.items():
            if other != name and blob.storage == storage:
                yield other, blob.value

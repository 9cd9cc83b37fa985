"""Checkpoints of the second version (tensor_bundle.cc): a table of entries, and files that hold nothing but values."""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from explorer.errors import PortsideError
from explorer.importers.checkpoint_crc import masked_crc32c
from explorer.importers.checkpoint_entries import Entry, Slice, fields, read_entry, slice_key
from explorer.importers.checkpoint_files import map_file
from explorer.importers.checkpoint_table import Span, Table
from explorer.importers.checkpoint_variable import Stored, Variable, assemble, cut, extents
from explorer.importers.tensorflow_tensor import DTYPES, TensorError, raw_array
from explorer.importers.wire import VARINT, WireError

BIG_ENDIAN = 1


class BundleCheckpoint:
    """A checkpoint by its ``.index``; values are mapped, and checked when they are asked for.

    :raises PortsideError: when the index is damaged, or a file of values is missing or too short for it.
    """

    def __init__(self, prefix: Path, index: Path) -> None:
        self._prefix = prefix
        self.file = str(index)
        self._shards = 1
        self._big_endian = False
        self._entries: dict[str, Entry] = {}
        self._parts: dict[bytes, Entry] = {}
        self._read_index()
        self._data: dict[int, mmap.mmap] = {}
        self._check_data()
        self.variables: Mapping[str, Variable] = {
            name: Variable(name, entry.shape, entry.dtype) for name, entry in self._entries.items()
        }

    @property
    def files(self) -> tuple[str, ...]:
        """The index, and the files of values."""
        return (self.file, *(str(self._data_path(shard)) for shard in sorted(self._data)))

    def read(self, name: str, part: Slice | None = None) -> Stored:
        """The values of a variable, or of a slice of it: a view of the file where it is not cut up.

        :raises PortsideError: when the checksum is wrong, or the slices don't fill the variable.
        :raises ValueError: when ``part`` is no slice of it.
        """
        entry, variable = self._entries[name], self.variables[name]
        if not entry.slices:
            whole = self._stored(name, entry)
            return whole if part is None else cut(whole, part, variable.shape)
        if part is not None:
            wanted = extents(part, variable.shape)
            own = next((found for found in entry.slices if extents(found, variable.shape) == wanted), None)
            if own is not None:
                return self._stored(name, self._part(name, own), own)
        parts = [(place, self._stored(name, self._part(name, place), place)) for place in entry.slices]
        whole = assemble(variable, parts, self.file)
        return whole if part is None else cut(whole, part, variable.shape)

    def _read_index(self) -> None:
        table = Table(map_file(Path(self.file)), self.file)
        key = b""
        try:
            for key, value in table:
                if not key:
                    self._read_header(value)
                elif key[0] == 0:
                    self._parts[key] = read_entry(value)
                else:
                    self._entries[key.decode("utf-8", "backslashreplace")] = read_entry(value)
        except WireError as error:
            raise table.damaged(f"the entry '{key.decode('utf-8', 'replace')}', {error.reason}") from None
        if not self._entries:
            raise PortsideError("holds no variables", file=self.file)

    def _read_header(self, value: Span) -> None:
        for number, kind, content, _ in fields(value):
            if (number, kind) == (1, VARINT):
                self._shards = content
            elif (number, kind) == (2, VARINT):
                self._big_endian = content == BIG_ENDIAN

    def _data_path(self, shard: int) -> Path:
        return self._prefix.with_name(f"{self._prefix.name}.data-{shard:05d}-of-{self._shards:05d}")

    def _check_data(self) -> None:
        """Map every file of values that an entry lies in, and see that it goes as far as the entry does."""
        for name, entry in [*self._entries.items(), *(("a slice", entry) for entry in self._parts.values())]:
            if entry.slices:
                continue
            if not 0 <= entry.shard < max(1, self._shards):
                raise PortsideError(f"'{name}' lies in file {entry.shard} of {self._shards}", file=self.file)
            if entry.shard not in self._data:
                path = self._data_path(entry.shard)
                if not path.is_file():
                    raise PortsideError(f"the checkpoint's values are missing: {path.name} is not there", file=path)
                self._data[entry.shard] = map_file(path)
            missing = entry.offset + entry.size - len(self._data[entry.shard])
            if missing > 0:
                reason = f"is cut short: '{name}' goes on for {missing} bytes after the end"
                raise PortsideError(reason, file=self._data_path(entry.shard))

    def _part(self, name: str, place: Slice) -> Entry:
        entry = self._parts.get(slice_key(name, place))
        if entry is None:
            raise PortsideError(f"the slice {place} of the variable '{name}' is missing", file=self.file)
        return entry

    def _stored(self, name: str, entry: Entry, place: Slice | None = None) -> Stored:
        if entry.dtype not in DTYPES:
            raise PortsideError(f"the variable '{name}' holds no numbers", file=self.file)
        buffer, path = self._data[entry.shard], str(self._data_path(entry.shard))
        span = Span(buffer, entry.offset, entry.offset + entry.size)
        bytes_ = np.ndarray((entry.size,), np.uint8, buffer, entry.offset)
        if masked_crc32c(bytes_) != entry.checksum:
            raise PortsideError(f"is damaged: the checksum of the variable '{name}' is wrong", file=path)
        try:
            shape = entry.shape
            if place is not None:
                shape = tuple(length for _, length in extents(place, self.variables[name].shape))
            array = raw_array(span, entry.dtype, shape, big_endian=self._big_endian)
        except (TensorError, ValueError) as error:
            raise PortsideError(f"the variable '{name}' {error}", file=self.file) from None
        return Stored(array, path)

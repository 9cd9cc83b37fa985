"""Checkpoints of the first version (tensor_slice_writer.cc): tables whose first entry announces all the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path

from explorer.errors import PortsideError
from explorer.importers.checkpoint_entries import (
    Slice,
    SliceMeta,
    read_slice_metas,
    slice_data,
    slice_key,
)
from explorer.importers.checkpoint_files import map_file
from explorer.importers.checkpoint_table import Table
from explorer.importers.checkpoint_variable import Stored, Variable, assemble, cut, extents
from explorer.importers.tensorflow_tensor import TensorError, read_values
from explorer.importers.wire import WireError


class SliceCheckpoint:
    """A checkpoint by its file, or by its shards; blocks are mapped, and checked when they are asked for.

    :raises PortsideError: when a file is damaged, is no checkpoint, or two say different things of one variable.
    """

    def __init__(self, tables: Sequence[Path]) -> None:
        self.files = tuple(map(str, tables))
        self.file = self.files[0]
        self._tables = [Table(map_file(path), str(path)) for path in tables]
        self._slices: dict[str, list[tuple[Slice, Table]]] = {}
        variables: dict[str, Variable] = {}
        for table in self._tables:
            for meta in _announced(table):
                variable = Variable(meta.name, meta.shape, meta.dtype)
                if variables.setdefault(meta.name, variable) != variable:
                    raise table.damaged(f"another file has '{meta.name}' in another shape")
                self._slices.setdefault(meta.name, []).extend((place, table) for place in meta.slices)
        if not variables:
            raise PortsideError("holds no variables", file=self.file)
        self.variables: Mapping[str, Variable] = variables

    def read(self, name: str, part: Slice | None = None) -> Stored:
        """The values of a variable, or of a slice of it: a view of the file where that is neither packed nor cut up.

        :raises PortsideError: when a checksum is wrong, a slice is missing, or they don't fill the variable.
        :raises ValueError: when ``part`` is no slice of it.
        """
        variable, slices = self.variables[name], self._slices[name]
        if part is not None:
            wanted = extents(part, variable.shape)
            for place, table in slices:
                if extents(place, variable.shape) == wanted:
                    return self._stored(variable, place, table)
        parts = [(place, self._stored(variable, place, table)) for place, table in slices]
        if not parts:
            raise PortsideError(f"the variable '{name}' has no values", file=self.file)
        whole = assemble(variable, parts, self.file)
        return whole if part is None else cut(whole, part, variable.shape)

    @staticmethod
    def _stored(variable: Variable, place: Slice, table: Table) -> Stored:
        value = table.find(slice_key(variable.name, place))
        if value is None:
            raise PortsideError(f"the values of the variable '{variable.name}' are missing", file=table.file)
        try:
            shape = tuple(length for _, length in extents(place, variable.shape))
            tensor = slice_data(value)
            if tensor is None:
                raise TensorError("has no values")
            array = read_values(tensor, variable.dtype)
            if array.size != prod(shape):
                raise TensorError(f"has {array.size} values, its slice takes {prod(shape)}")
        except (TensorError, ValueError) as error:
            raise PortsideError(f"the variable '{variable.name}' {error}", file=table.file) from None
        except WireError as error:
            raise table.damaged(f"the variable '{variable.name}', {error.reason}") from None
        return Stored(array.reshape(shape), table.file)


def _announced(table: Table) -> tuple[SliceMeta, ...]:
    value = table.find(b"")
    if value is None:
        raise PortsideError("is a table, but no checkpoint: it announces no variables", file=table.file)
    try:
        return read_slice_metas(value)
    except WireError as error:
        raise table.damaged(f"its list of variables, {error.reason}") from None

"""What a Keras layer is called on: the lists of Keras 1 and 2 and the objects of Keras 3 as one kind of record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from explorer.errors import PortsideError

_CONSTANT = "_CONSTANT_VALUE"


@dataclass(frozen=True)
class Reference:
    """The tensor ``tensor`` that the layer ``layer`` gives where it is used for the ``node``-th time.

    ``plain`` says that the uses of a model count from 0 as those of any layer; else a model's begin at 1, as the model
    itself is the first.
    """

    layer: str
    node: int = 0
    tensor: int = 0
    plain: bool = True

    def renamed(self, names: Mapping[str, str]) -> Reference:
        """With the layer's new name."""
        return replace(self, layer=names.get(self.layer, self.layer))


@dataclass(frozen=True)
class Call:
    """One use of a layer: its arguments, in which :class:`Reference` stands for a tensor and a tuple for a list."""

    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def references(self) -> Iterator[Reference]:
        """All tensors among the arguments, in order."""
        yield from _references((*self.arguments, *self.keywords.values()))

    def renamed(self, names: Mapping[str, str]) -> Call:
        """With layers' new names."""
        arguments = tuple(_renamed(argument, names) for argument in self.arguments)
        return Call(arguments, {key: _renamed(value, names) for key, value in self.keywords.items()})


def read_call(node: object, names: set[str], file: str, layer: str) -> Call:
    """One of a layer's inbound nodes.

    :raises PortsideError: when it is none.
    """
    if isinstance(node, Mapping):
        arguments, keywords = node.get("args"), node.get("kwargs")
        if not isinstance(arguments, list) or not isinstance(keywords, Mapping | None):
            raise PortsideError("one of its calls has no arguments", file=file, layer=layer)
        read = tuple(_modern(argument, file, layer) for argument in arguments)
        return Call(read, {key: _modern(value, file, layer) for key, value in (keywords or {}).items()})
    if not isinstance(node, list) or not node:
        raise PortsideError("one of its calls has no arguments", file=file, layer=layer)
    single = isinstance(node[0], str)
    entries = [_entry(entry, names, file, layer) for entry in ([node] if single else node)]
    keywords = entries[0][1]
    tensors = tuple(argument for argument, _ in entries)
    return Call(tensors if len(tensors) == 1 else (tensors,), keywords)


def read_references(record: object, file: str) -> tuple[Reference, ...]:
    """A model's inputs or outputs: one [layer, node, tensor], a list of them, or an object with names."""
    if _is_reference(record):
        assert isinstance(record, list)
        return (_reference(record, plain=False),)
    if isinstance(record, Mapping):
        record = list(record.values())
    if not isinstance(record, list) or not record:
        raise PortsideError("the model's inputs or outputs are missing", file=file)
    found: list[Reference] = []
    for entry in record:
        if not _is_reference(entry):
            raise PortsideError("the model's inputs or outputs are not names of layers", file=file)
        found.append(_reference(entry, plain=False))
    return tuple(found)


def _entry(entry: object, names: set[str], file: str, layer: str) -> tuple[Any, dict[str, Any]]:
    """[layer, node, tensor] or [layer, node, tensor, keywords] of Keras 1 and 2."""
    if isinstance(entry, list) and len(entry) in (3, 4) and (entry[0] == _CONSTANT or _is_reference(entry[:3])):
        keywords = entry[3] if len(entry) == 4 else {}
        if isinstance(keywords, Mapping):
            value = entry[2] if entry[0] == _CONSTANT else _reference(entry, plain=False)
            return value, {key: _nested(item, names) for key, item in keywords.items()}
    raise PortsideError("what it is called on is no list of [layer, node, tensor]", file=file, layer=layer)


def _nested(value: Any, names: set[str]) -> Any:
    """A keyword's value; a list that begins with a layer's name and two numbers is a tensor."""
    if _is_reference(value[:3] if isinstance(value, list) else value) and value[0] in names:
        return _reference(value, plain=False)
    return tuple(_nested(item, names) for item in value) if isinstance(value, list) else value


def _modern(value: Any, file: str, layer: str) -> Any:
    """An argument as Keras 3 writes it."""
    if isinstance(value, list):
        return tuple(_modern(item, file, layer) for item in value)
    if not isinstance(value, Mapping):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if kind == "__keras_tensor__" and isinstance(config, Mapping):
        history = config.get("keras_history")
        if _is_reference(history):
            assert isinstance(history, list)
            return _reference(history, plain=True)
        raise PortsideError("a tensor that it is called on has no history", file=file, layer=layer)
    if kind == "__tuple__" and isinstance(value.get("items"), list):
        return tuple(_modern(item, file, layer) for item in value["items"])
    if kind == "__slice__" and isinstance(config, Mapping):
        return slice(*(config.get(key) for key in ("start", "stop", "step")))
    if kind in ("__numpy__", "__tensor__") and isinstance(config, Mapping):
        return _modern(config.get("value"), file, layer)
    if kind == "__ellipsis__":
        return Ellipsis
    return {key: _modern(item, file, layer) for key, item in value.items()}


def _is_reference(record: object) -> bool:
    return (
        isinstance(record, list)
        and len(record) == 3
        and isinstance(record[0], str)
        and all(isinstance(number, int) and not isinstance(number, bool) for number in record[1:])
    )


def _reference(record: list[Any], *, plain: bool) -> Reference:
    return Reference(record[0], record[1], record[2], plain)


def _references(value: Any) -> Iterator[Reference]:
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _references(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Reference):
        return value.renamed(names)
    if isinstance(value, tuple):
        return tuple(_renamed(item, names) for item in value)
    return value

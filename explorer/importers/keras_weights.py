"""Keras' weights in HDF5: which arrays belong to which layer, in the three ways that Keras has kept them.

- Keras 1, 2 and 3's legacy format: a group for each layer with the attribute ``weight_names``, in the order of the
  attribute ``layer_names``; a model used as a layer has one group for all it holds, trainable weights first.
- Keras 0: ``layer_0/param_0`` and so on.
- Keras 3 (``.weights.h5``, ``.keras``): ``layers/conv2d_1/vars/0``, numbered by class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.errors import PortsideError
from explorer.hdf5.reader import Dataset, Group
from explorer.importers.keras_config import LayerSpec, ModelSpec

Path = tuple[str, ...]
"""A layer's place: the names of the models around it, then its own."""

_MOST_CHUNKS = 100_000

_RANDOM_STATE = re.compile(r"(?:^|/)(?:StateVar|seed_generator_state)(?::[0-9]+)?$")
"""Where a generator of random numbers stood, which layers for training keep among their weights."""


@dataclass(frozen=True)
class Need:
    """One weight that a layer takes, as the architecture says it."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True


@dataclass(frozen=True, eq=False)
class Stored:
    """One array of a file, by its path in it."""

    name: str
    file: str
    source: Dataset

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape in the file."""
        return self.source.shape

    def read(self) -> NDArray[Any]:
        """The numbers as they are in the file."""
        return self.source.numbers()


Assigned = Mapping[Path, Sequence[Stored]]
"""The arrays of every layer that has any, in the layer's own order."""

Needs = Mapping[Path, Sequence[Need]]


def is_weights(group: Group) -> bool:
    """Whether a file's root looks like Keras' weights in one of the three formats."""
    names = ("layer_names", "layer_names0", "nb_layers")
    return any(name in group.attributes for name in names) or _modern_root(group) is not None


def is_modern(group: Group) -> bool:
    """Whether the weights are kept in Keras 3's way."""
    return not any(name in group.attributes for name in ("layer_names", "layer_names0", "nb_layers"))


def assign(group: Group, model: ModelSpec, needs: Needs) -> tuple[dict[Path, Sequence[Stored]], tuple[str, ...]]:
    """Which arrays belong to which layer of ``model``, and notes for the person.

    :raises PortsideError: when the file holds other layers than the model, naming the first.
    """
    if is_modern(group):
        return _assign_modern(group, model), ()
    return _assign_legacy(group, model, needs)


def weight_names(group: Group) -> Iterator[str]:
    """The names of all weights of a legacy file."""
    for _, entries in _legacy_groups(group):
        yield from (entry.name for entry in entries)


def _assign_legacy(
    group: Group, model: ModelSpec, needs: Needs
) -> tuple[dict[Path, Sequence[Stored]], tuple[str, ...]]:
    held = [(name, entries) for name, entries in _legacy_groups(group) if entries]
    wanted = [layer for layer in model.layers if _needed(layer, (layer.name,), needs)]
    names = {name for name, _ in held}
    notes: tuple[str, ...] = ()
    if names == {layer.name for layer in wanted} and len(names) == len(held):
        by_name = dict(held)
        pairs = [(layer, by_name[layer.name]) for layer in wanted]
    elif len(held) == len(wanted):
        pairs = [(layer, entries) for layer, (_, entries) in zip(wanted, held, strict=True)]
        notes = (f"the weights' layers have other names ('{held[0][0]}' …): they are taken in order, as Keras does",)
    else:
        raise _mismatch(group.file, [name for name, _ in held], [layer.name for layer in wanted])
    found: dict[Path, Sequence[Stored]] = {}
    for layer, entries in pairs:
        found.update(_shared_out(layer, entries, needs))
    return found, notes


def _legacy_groups(group: Group) -> Iterator[tuple[str, list[Stored]]]:
    """Each layer's group with its arrays, in the order in which Keras saved them."""
    count = group.attributes.get("nb_layers")
    if count is not None:
        for index in range(min(int(np.ravel(count)[0]), _MOST_CHUNKS)):
            layer = group.group(f"layer_{index}")
            held = layer.attributes.get("nb_params", 0)
            names = [f"param_{number}" for number in range(min(int(np.ravel(held)[0]), _MOST_CHUNKS))]
            yield f"layer_{index}", [_stored(layer, name) for name in names]
        return
    for name in _listed(group, "layer_names"):
        layer = group.group(name)
        names = _listed(layer, "weight_names")
        yield name, [_stored(layer, weight) for weight in names if not _RANDOM_STATE.search(weight)]


def _listed(group: Group, name: str) -> list[str]:
    """An attribute that is a list of names; a long one is cut into ``name0``, ``name1`` and so on."""
    attributes = group.attributes
    if name in attributes:
        parts = [attributes[name]]
    else:
        parts = []
        while f"{name}{len(parts)}" in attributes:
            parts.append(attributes[f"{name}{len(parts)}"])
    names: list[str] = []
    for part in parts:
        if isinstance(part, list):
            names += part
        elif part is None or np.size(part):
            raise PortsideError(f"'{group.name}' has '{name}' that are not names", file=group.file)
    return names


def _stored(group: Group, name: str) -> Stored:
    dataset = group.dataset(name)
    return Stored(dataset.name, group.file, dataset)


def _needed(layer: LayerSpec, path: Path, needs: Needs) -> list[tuple[Path, Need]]:
    """The weights that a layer takes; those of a model that is used as a layer, in its layers' order."""
    if layer.model is None:
        return [(path, need) for need in needs.get(path, ())]
    return [pair for inner in layer.model.layers for pair in _needed(inner, (*path, inner.name), needs)]


def _shared_out(layer: LayerSpec, entries: Sequence[Stored], needs: Needs) -> dict[Path, list[Stored]]:
    """A layer's arrays; those of a model go to its layers by the names of the weights, else in Keras' order."""
    path = (layer.name,)
    if layer.model is None:
        return {path: list(entries)}
    wanted = _needed(layer, path, needs)
    if len(entries) != len(wanted):
        reason = f"the file holds {len(entries)} weights for it, its layers take {len(wanted)}"
        raise PortsideError(reason, file=entries[0].file, layer=layer.name)
    found: dict[Path, list[Stored]] = {}
    for inner in dict.fromkeys(inner for inner, _ in wanted):
        found[inner] = [entry for entry in entries if _belongs(entry, inner[-1])]
    counts = {inner: sum(1 for other, _ in wanted if other == inner) for inner in found}
    if all(len(found[inner]) == counts[inner] for inner in found) and sum(map(len, found.values())) == len(entries):
        return found
    found = {inner: [] for inner in found}
    order = [inner for inner, need in wanted if need.trainable and not _is_frozen(layer, inner)]
    order += [inner for inner, need in wanted if not need.trainable or _is_frozen(layer, inner)]
    for inner, entry in zip(order, entries, strict=True):
        found[inner].append(entry)
    return found


def _belongs(entry: Stored, layer: str) -> bool:
    """Whether a weight is called after a layer: ``conv/kernel:0`` (Keras 2 and 3) or ``conv_W`` (Keras 1)."""
    folder = entry.name.rpartition("/")[0]
    return f"/{folder}".endswith(f"/{layer}") or bool(
        re.search(rf"(?:^|/){re.escape(layer)}_[A-Za-z]\w*(?::0)?$", entry.name)
    )


def _is_frozen(model: LayerSpec, path: Path) -> bool:
    layer = model
    for name in path[1:]:
        assert layer.model is not None
        layer = layer.model.layer[name]
    return layer.config.get("trainable") is False


def _mismatch(file: str, held: Sequence[str], wanted: Sequence[str]) -> PortsideError:
    missing = [name for name in wanted if name not in held]
    extra = [name for name in held if name not in wanted]
    if not wanted:
        return PortsideError(f"holds weights ('{held[0]}' …), the architecture takes none", file=file)
    if not held:
        return PortsideError("holds no weights", file=file)
    if len(missing) == len(wanted):
        reason = f"holds the weights of another network: {len(held)} layers ('{held[0]}' …), not {len(wanted)}"
        return PortsideError(f"{reason} ('{wanted[0]}' …)", file=file)
    if missing:
        return PortsideError("the file holds no weights for it", file=file, layer=missing[0])
    reason = "the file holds its weights, but the architecture has no such layer"
    return PortsideError(reason, file=file, layer=extra[0])


def _modern_root(group: Group) -> Group | None:
    """Where the layers are: TensorFlow 2.12 and 2.13 called it otherwise."""
    for name in ("layers", "_layer_checkpoint_dependencies"):
        if name in group.links:
            member = group.member(name)
            if isinstance(member, Group):
                return member
    return None


def _assign_modern(group: Group, model: ModelSpec) -> dict[Path, Sequence[Stored]]:
    found: dict[Path, Sequence[Stored]] = {}
    pending: list[tuple[Group, ModelSpec, Path]] = [(group, model, ())]
    while pending:
        place, current, path = pending.pop()
        layers = _modern_root(place)
        counts: dict[str, int] = {}
        names: dict[str, LayerSpec] = {}
        for layer in current.layers:
            if not (layer.is_operation or layer.implied):
                base = snake_case(layer.kind)
                number = counts[base] = counts.get(base, -1) + 1
                names[f"{base}_{number}" if number else base] = layer
        for name in [] if layers is None else layers.links:
            assert layers is not None
            own = layers.member(name)
            if not isinstance(own, Group):
                continue
            arrays = _variables(own)
            if name not in names:
                if arrays:
                    reason = f"holds weights for '{own.name}', which the architecture has not"
                    raise PortsideError(reason, file=group.file)
                continue
            spec = names[name]
            if spec.model is not None:
                pending.append((own, spec.model, (*path, spec.name)))
            elif arrays:
                found[(*path, spec.name)] = arrays
    return found


def _variables(group: Group) -> list[Stored]:
    """The arrays ``vars/0``, ``vars/1`` …; a layer around another one (``layer``) has the other's too."""
    found: list[Stored] = []
    for place in (group, *(group.member(name) for name in ("layer",) if name in group.links)):
        variables = place.member("vars") if isinstance(place, Group) and "vars" in place.links else None
        if isinstance(variables, Group):
            numbers = sorted(int(name) for name in variables.links if re.fullmatch(r"[0-9]{1,8}", name))
            found += [_stored(variables, str(number)) for number in numbers]
    return found


def snake_case(name: str) -> str:
    """A class's name as Keras 3 writes it in files (``to_snake_case`` in utils/naming.py)."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()

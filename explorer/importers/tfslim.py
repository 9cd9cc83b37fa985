"""TF-slim's checkpoints without a graph: an architecture, named or recognised, filled with the file's variables."""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from explorer.architectures.slim_variables import Tensor
from explorer.errors import PortsideError
from explorer.importers.checkpoint import Checkpoint
from explorer.importers.tfslim_variables import describe_unused, is_training_variable
from explorer.network import marks
from explorer.network.network import Network, Source, shape_of
from explorer.network.provenance import Provenance

SMALL_BYTES = 1 << 20


@dataclass(frozen=True)
class SlimArchitecture:
    """One of slim's networks: where it is built, what it is told, and the scope that its variables stand in."""

    build: str
    arguments: Mapping[str, Any]
    root: str


def _architectures() -> dict[str, SlimArchitecture]:
    inceptions = {
        "inception_v1": "InceptionV1",
        "inception_v2": "InceptionV2",
        "inception_v3": "InceptionV3",
        "inception_v4": "InceptionV4",
        "inception_resnet_v2": "InceptionResnetV2",
        "mobilenet_v1": "MobilenetV1",
    }
    found = {
        name: SlimArchitecture(f"explorer.architectures.{name}:{name}", {}, root) for name, root in inceptions.items()
    }
    for version in ("v1", "v2"):
        for layers in (50, 101, 152, 200):
            build = f"explorer.architectures.slim_resnet:resnet_{version}"
            name = f"resnet_{version}_{layers}"
            found[name] = SlimArchitecture(build, {"layers": layers}, name)
    for name in ("vgg_a", "vgg_16", "vgg_19"):
        found[name] = SlimArchitecture("explorer.architectures.slim_vgg:slim_vgg", {"root": name}, name)
    return found


SLIM = _architectures()
"""Slim's networks that files with weights alone are read as, by name."""

_RESNET = re.compile(r"resnet_(v[12])_\w+")


def read_slim(
    checkpoint: Checkpoint, path: Path, *, architecture: str | None = None, size: tuple[int, int] | None = None
) -> Network:
    """Build the architecture of that name, or the one that the variables' names tell, with the file's variables.

    Widths, the number of classes and of a ResNet's units are the file's; ``size`` is the pictures' height and width,
    by default the network's customary one.

    :raises PortsideError: when the architecture is not known or not recognised, or a variable is missing or unlike.
    """
    names = [name for name in checkpoint.variables if not is_training_variable(name)]
    chosen, root = _named(architecture, names, checkpoint) if architecture else _recognised(names, checkpoint, path)
    module, _, function = chosen.build.partition(":")
    build = getattr(importlib.import_module(module), function)
    variables = CheckpointVariables(checkpoint, names)
    arguments = dict(chosen.arguments)
    if root != chosen.root:
        arguments["root"] = root
    if size is not None:
        arguments["size"] = size
    # What the network was built from is known only when it is built.
    network: Network = build(variables, **arguments)
    notes = [f"no graph is beside the checkpoint: its variables are those of {_name_of(chosen)}"]
    if size is None:
        taken = "×".join(map(str, (shape_of(network.inputs[0]) or ())[2:]))
        notes.append(f"the checkpoint doesn't say the pictures' size: {taken} is taken")
    unused = describe_unused(checkpoint.variables, variables.used)
    source = Source("tensorflow", checkpoint.files, (*notes, *([unused] if unused else [])), open_size=size is None)
    network.model.metadata_props[marks.SOURCE] = source.to_json()
    return Network(network.model)


def recognise_slim(names: Collection[str]) -> tuple[str, str] | None:
    """The architecture that variables' names tell, and the scope they stand in; None where they tell none."""
    roots = dict.fromkeys(name.partition("/")[0] for name in names)
    for root in roots:
        for name, architecture in SLIM.items():
            if architecture.root == root:
                return name, root
    for root in roots:
        match = _RESNET.fullmatch(root)
        if match is not None:
            return f"resnet_{match[1]}_50", root
    return None


@dataclass
class CheckpointVariables:
    """A checkpoint's variables as an architecture takes them; ``used`` are those it has taken."""

    checkpoint: Checkpoint
    names: Collection[str]
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names = frozenset(self.names)

    def sizes(self, name: str) -> tuple[int, ...] | None:
        """The shape of a variable, or None."""
        variable = self.checkpoint.variables.get(name)
        return None if variable is None else variable.shape

    def tensor(
        self, name: str, shape: Sequence[int], turn: Sequence[int] | None = None, lay: Sequence[int] | None = None
    ) -> tuple[Tensor, Provenance | None]:
        """The variable turned and reshaped: a view of the file where it can be.

        :raises PortsideError: when it is missing, damaged, or of another shape.
        """
        scope, _, own = name.rpartition("/")
        variable = self.checkpoint.variables.get(name)
        if variable is None:
            raise self.error(f"the variable '{own}' is missing", scope)
        if variable.shape != tuple(shape):
            wanted, found = ("×".join(map(str, sizes)) or "a single number" for sizes in (shape, variable.shape))
            raise self.error(f"its {own} are {found}, the architecture takes {wanted}", scope)
        if not variable.is_numeric:
            raise self.error(f"the variable '{own}' holds no numbers", scope)
        self.used.add(name)
        stored = self.checkpoint.read(name)
        array, steps = stored.array, list(stored.steps)
        if turn is not None and tuple(turn) != tuple(range(array.ndim)):
            array = array.transpose(turn)
            steps.append(f"transpose {tuple(turn)}")
        if lay is not None:
            array = array.reshape(lay)
            steps.append(f"reshape to {tuple(lay)}")
        if array.dtype != np.float32:
            steps.append(f"{array.dtype} to float32")
            array = array.astype(np.float32)
        if not array.flags.aligned and array.nbytes <= SMALL_BYTES:
            array = np.require(array, requirements="A")
        return array, Provenance(stored.file, name, variable.shape, tuple(steps))

    def error(self, reason: str, scope: str) -> PortsideError:
        """What does not fit, as an error that names the checkpoint and the scope."""
        return PortsideError(reason, file=self.checkpoint.file, layer=scope)


def _named(name: str, names: Collection[str], checkpoint: Checkpoint) -> tuple[SlimArchitecture, str]:
    if name not in SLIM:
        near = difflib.get_close_matches(name, SLIM, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(SLIM)}"
        raise PortsideError(f"no checkpoint is read as the architecture '{name}': {hint}")
    chosen = SLIM[name]
    roots = {variable.partition("/")[0] for variable in names}
    match = _RESNET.fullmatch(name)
    likely = [root for root in roots if match is not None and root.startswith(f"resnet_{match[1]}_")]
    root = chosen.root if chosen.root in roots or not likely else likely[0]
    if root not in roots:
        first = next(iter(names), "")
        reason = f"holds no variables of {name}, which begin with '{root}/', but '{first}' …"
        raise PortsideError(reason, file=checkpoint.file)
    return chosen, root


def _recognised(names: Collection[str], checkpoint: Checkpoint, path: Path) -> tuple[SlimArchitecture, str]:
    found = recognise_slim(names)
    if found is None:
        first = next(iter(names), "nothing")
        why = f"of no architecture that is known ('{first}' …)"
        reason = f"holds weights alone, {why}, and the graph, {path.name}.meta, is not beside it"
        raise PortsideError(reason, file=checkpoint.file)
    return SLIM[found[0]], found[1]


def _name_of(architecture: SlimArchitecture) -> str:
    return next(name for name, known in SLIM.items() if known is architecture)

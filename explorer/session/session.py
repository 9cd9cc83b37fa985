"""What is open now: each thing once, with a signal, and nothing that was computed from something older."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, cast

from PySide6.QtCore import QObject, Signal

from explorer.session.answers import Preparation

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.comparison.comparison import Comparison
    from explorer.diagnosis.finding import Diagnosis, Finding
    from explorer.maps.class_maps import ClassMaps
    from explorer.network.modules import Modules
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.activations import Activations
    from explorer.running.images import Picture
    from explorer.running.many_pictures import Classified
    from explorer.running.providers import ProviderState
    from explorer.running.reference import Reference
    from explorer.running.runner import Runner
    from explorer.session.answers import Folder, Port, Steps, Timed, Waiting
    from explorer.session.inputs import InputPair
    from explorer.session.pictures import RollPicture

Fed = Literal["picture", "tensor"]
"""With what a run was fed: a picture on disk, or the tensor of numbers that a reference holds."""


class Values(TypedDict, total=False):
    """Everything that a session can hold, by the name of its property."""

    network: Network | None
    path: Path | None
    weights: Path | None
    modules: Modules | None
    runner: Runner | None
    preprocessing: Preprocessing | None
    preparation: Preparation
    labels: tuple[str, ...]
    head: str | None
    picture: Picture | None
    pictures: tuple[Picture, ...]
    roll: tuple[RollPicture, ...]
    folder: Folder | None
    folder_rows: tuple[Classified, ...]
    steps: Steps
    picture_run: Activations | None
    class_maps: ClassMaps | None
    map_class: int | None
    shows_class_map: bool
    timed: Timed | None
    reference: Reference | None
    reference_run: Activations | None
    input_pair: InputPair | None
    comparison: Comparison | None
    diagnosis: Diagnosis | None
    diagnosed: Port | None
    applied: tuple[Finding, ...]
    is_unsaved: bool
    fed_with: Fed
    layer: str | None
    bookmarks: tuple[str, ...]
    waiting: Waiting | None
    providers: tuple[ProviderState, ...]


EMPTY: Values = {
    "network": None,
    "path": None,
    "weights": None,
    "modules": None,
    "runner": None,
    "preprocessing": None,
    "preparation": Preparation(),
    "labels": (),
    "head": None,
    "picture": None,
    "pictures": (),
    "roll": (),
    "folder": None,
    "folder_rows": (),
    "steps": (),
    "picture_run": None,
    "class_maps": None,
    "map_class": None,
    "shows_class_map": False,
    "timed": None,
    "reference": None,
    "reference_run": None,
    "input_pair": None,
    "comparison": None,
    "diagnosis": None,
    "diagnosed": None,
    "applied": (),
    "is_unsaved": False,
    "fed_with": "picture",
    "layer": None,
    "bookmarks": (),
    "waiting": None,
    "providers": (),
}
"""A session in which nothing is open."""

COMPUTED: Mapping[str, tuple[str, ...]] = {
    "network": (
        *("path", "modules", "runner", "preprocessing", "labels", "comparison", "diagnosis", "fed_with", "layer"),
        *("weights", "is_unsaved", "map_class", "preparation", "head"),
    ),
    "path": ("bookmarks",),
    "runner": ("picture_run", "reference_run", "comparison", "folder_rows", "timed"),
    "preprocessing": ("steps", "picture_run", "folder_rows"),
    "picture": ("steps", "picture_run", "map_class"),
    "picture_run": ("class_maps", "input_pair"),
    "folder": ("folder_rows",),
    "reference": ("reference_run", "comparison", "diagnosis"),
    "reference_run": ("fed_with", "input_pair"),
    "diagnosis": ("diagnosed", "applied"),
}
"""What is worth nothing any more once the key is another."""

COMPUTED_WITH_INPUT: Mapping[str, tuple[str, ...]] = {
    "preprocessing": ("comparison", "reference_run", "diagnosis"),
    "picture": ("comparison", "reference_run", "diagnosis"),
}
"""The same, as long as a diagnosis holds that looked at how the picture became the input, and nothing is applied.

With a correction applied it stays: it is what can be taken back, and the correction goes for every picture.
"""


class Session(QObject):
    """Owns what is open; views read it and listen, and only :class:`explorer.session.desk.Desk` writes it."""

    network_changed = Signal(object)
    path_changed = Signal(object)
    weights_changed = Signal(object)
    modules_changed = Signal(object)
    runner_changed = Signal(object)
    preprocessing_changed = Signal(object)
    preparation_changed = Signal(object)
    labels_changed = Signal(object)
    head_changed = Signal(object)
    picture_changed = Signal(object)
    pictures_changed = Signal(object)
    roll_changed = Signal(object)
    folder_changed = Signal(object)
    folder_rows_changed = Signal(object)
    steps_changed = Signal(object)
    picture_run_changed = Signal(object)
    class_maps_changed = Signal(object)
    map_class_changed = Signal(object)
    shows_class_map_changed = Signal(object)
    timed_changed = Signal(object)
    reference_changed = Signal(object)
    reference_run_changed = Signal(object)
    input_pair_changed = Signal(object)
    comparison_changed = Signal(object)
    diagnosis_changed = Signal(object)
    diagnosed_changed = Signal(object)
    applied_changed = Signal(object)
    is_unsaved_changed = Signal(object)
    fed_with_changed = Signal(object)
    layer_changed = Signal(object)
    bookmarks_changed = Signal(object)
    waiting_changed = Signal(object)
    providers_changed = Signal(object)
    changed = Signal(object)
    """The names of all values that one :meth:`put` has changed, after their own signals."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._values: Values = EMPTY.copy()

    def put(self, **values: Unpack[Values]) -> None:
        """Take new values, clear everything computed from older ones, and then tell, each change once.

        Values given together belong together: what is given is kept, even where another of them would clear
        it. All values stand before the first signal is sent, so no listener sees a network with another
        network's activations.
        """
        held = cast(dict[str, Any], self._values)
        new = {name: value for name, value in values.items() if not _same(value, held[name])}
        empty = cast(Mapping[str, Any], EMPTY)
        stale = list(new)
        while stale:
            for name in self._computed_from(stale.pop()):
                if name not in values and name not in new:
                    new[name] = empty[name]
                    stale.append(name)
        changed = [name for name in EMPTY if name in new and not _same(new[name], held[name])]
        held.update(new)
        for name in changed:
            getattr(self, f"{name}_changed").emit(held[name])
        if changed:
            self.changed.emit(frozenset(changed))

    def _computed_from(self, name: str) -> tuple[str, ...]:
        found = COMPUTED.get(name, ())
        if self.has_input_diagnosis and not self.applied:
            found += COMPUTED_WITH_INPUT.get(name, ())
        return found

    def clear(self) -> None:
        """Close everything; what the machine can do stays known, and which pictures were opened lately."""
        empty = EMPTY.copy()
        empty["providers"], empty["roll"] = self.providers, self.roll
        self.put(**empty)

    @property
    def network(self) -> Network | None:
        """The network that is open."""
        return self._values["network"]

    @property
    def path(self) -> Path | None:
        """The file or folder that the network was opened from."""
        return self._values["path"]

    @property
    def weights(self) -> Path | None:
        """The file of weights that was opened with the network; None where they were found with it."""
        return self._values["weights"]

    @property
    def modules(self) -> Modules | None:
        """The network's layers as nested modules."""
        return self._values["modules"]

    @property
    def runner(self) -> Runner | None:
        """What runs the network here."""
        return self._values["runner"]

    @property
    def preprocessing(self) -> Preprocessing | None:
        """How the picture becomes the network's input."""
        return self._values["preprocessing"]

    @property
    def preparation(self) -> Preparation:
        """How far the person has changed that."""
        return self._values["preparation"]

    @property
    def head(self) -> str | None:
        """The output whose classes the person chose to see; None: the last one's."""
        return self._values["head"]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, where the network classifies."""
        return self._values["labels"]

    @property
    def picture(self) -> Picture | None:
        """The picture that is open."""
        return self._values["picture"]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures that were opened, the latest first, the one that is open among them."""
        return self._values["pictures"]

    @property
    def roll(self) -> tuple[RollPicture, ...]:
        """Small pictures of those that were opened lately, also in earlier sessions."""
        return self._values["roll"]

    @property
    def folder(self) -> Folder | None:
        """The pictures that were opened together."""
        return self._values["folder"]

    @property
    def folder_rows(self) -> tuple[Classified, ...]:
        """What the network said of the folder's pictures, as far as it has come, in the folder's order."""
        return self._values["folder_rows"]

    @property
    def steps(self) -> Steps:
        """What preprocessing made of the picture, step by step; empty before it was run."""
        return self._values["steps"]

    @property
    def picture_run(self) -> Activations | None:
        """Every layer's values for the picture."""
        return self._values["picture_run"]

    @property
    def class_maps(self) -> ClassMaps | None:
        """Where in the picture each class is seen, as far as that is known."""
        return self._values["class_maps"]

    @property
    def map_class(self) -> int | None:
        """The class whose map the person chose; None: the best one's."""
        return self._values["map_class"]

    @property
    def shows_class_map(self) -> bool:
        """Whether class maps are to be seen."""
        return self._values["shows_class_map"]

    @property
    def timed(self) -> Timed | None:
        """How long each layer takes."""
        return self._values["timed"]

    @property
    def reference(self) -> Reference | None:
        """What the original framework computed; it may wait for its network."""
        return self._values["reference"]

    @property
    def reference_run(self) -> Activations | None:
        """Every layer's values for the reference's own input."""
        return self._values["reference_run"]

    @property
    def input_pair(self) -> InputPair | None:
        """The picture's tensor and the reference's own input, side by side."""
        return self._values["input_pair"]

    @property
    def comparison(self) -> Comparison | None:
        """Ours and theirs, layer by layer."""
        return self._values["comparison"]

    @property
    def diagnosis(self) -> Diagnosis | None:
        """Why the network differs, as it was before any correction."""
        return self._values["diagnosis"]

    @property
    def diagnosed(self) -> Port | None:
        """What the diagnosis is of: the network before any correction."""
        return self._values["diagnosed"]

    @property
    def applied(self) -> tuple[Finding, ...]:
        """The findings whose corrections are in the network on screen, in the diagnosis's order."""
        return self._values["applied"]

    @property
    def is_unsaved(self) -> bool:
        """Whether the network on screen is corrected, and in no file as it is."""
        return self._values["is_unsaved"]

    @property
    def has_input_diagnosis(self) -> bool:
        """Whether the diagnosis says something of how the picture became the input."""
        network = None if self.diagnosed is None else self.diagnosed.network
        if self.diagnosis is None or network is None:
            return False
        inputs = {layer.name for layer in network.layers if not layer.nodes}
        return any(finding.layer in inputs for finding in self.diagnosis.findings) or bool(
            inputs & self.diagnosis.unexplained.keys()
        )

    @property
    def fed_with(self) -> Fed:
        """Which of the two runs is shown."""
        return self._values["fed_with"]

    @property
    def layer(self) -> str | None:
        """The layer that is chosen, the same one in every view."""
        return self._values["layer"]

    @property
    def bookmarks(self) -> tuple[str, ...]:
        """The layers that the person marked to come back to, in the order of the data."""
        return self._values["bookmarks"]

    @property
    def waiting(self) -> Waiting | None:
        """A file that can't be read without another one that has not come yet."""
        return self._values["waiting"]

    @property
    def providers(self) -> tuple[ProviderState, ...]:
        """Where networks can run on this machine; empty until that is known."""
        return self._values["providers"]

    @property
    def shown_run(self) -> Activations | None:
        """The run that is shown: the one that was asked for, or the only one there is."""
        runs = (self.reference_run, self.picture_run)
        return (runs[0] or runs[1]) if self.fed_with == "tensor" else (runs[1] or runs[0])


def _same(new: object, old: object) -> bool:
    # Arrays have no single answer to ==, so everything but a name is itself only.
    return new is old or (isinstance(new, str) and new == old) or (new == () and old == ())

"""What the tasks give back: records of finished work, free of Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from explorer.comparison.comparison import Comparison
    from explorer.network.modules import Modules
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing, Stage
    from explorer.network.preprocessing_fields import Step
    from explorer.running.activations import Activations
    from explorer.running.images import Picture
    from explorer.running.reference import Reference
    from explorer.running.runner import Runner
    from explorer.running.timing import Timing


@dataclass(frozen=True, eq=False)
class Folder:
    """Pictures that were opened together: what they are called, and their files in the order they are to be shown."""

    name: str
    paths: tuple[Path, ...]


Steps = tuple["Stage", ...]
"""What each step of preprocessing made of a picture, from the picture itself to the tensor."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """How far the person has changed the way from the picture to the input.

    ``own`` is the network's; ``left_out`` are steps that were switched off, with the numbers that they had. ``problem``
    is what keeps the last edit, which was of ``step``, from being taken.
    """

    own: Preprocessing | None = None
    left_out: Mapping[Step, Preprocessing] = field(default_factory=dict)
    problem: str = ""
    step: str = ""
    can_undo: bool = False
    can_redo: bool = False


@dataclass(frozen=True)
class Tried:
    """What a way of preparing makes of a picture, or the sentence that says why it can't be."""

    steps: Steps = ()
    problem: str = ""


@dataclass(frozen=True)
class Offer:
    """What a notice offers to do, by the word on its button: ``reload`` what is open, ``reopen`` what was held back."""

    text: str
    id: Literal["reload", "reopen"]


@dataclass(frozen=True)
class Notice:
    """One sentence for the person: a ``problem`` with what was asked for, or ``news`` worth knowing."""

    text: str
    kind: Literal["problem", "news"] = "problem"
    offer: Offer | None = None


@dataclass(frozen=True)
class Waiting:
    """A file that lacks its other half: a network that did not open without weights, or weights alone."""

    network: Path | None = None
    weights: Path | None = None


@dataclass(frozen=True, eq=False)
class Opened:
    """What a number of files turned out to be; ``notices`` tell of those that could not be opened or used.

    A network comes with the path that was opened, its modules and its runner; one without weights has none. ``weights``
    is the file of them that was given with it.
    ``waiting`` is what still lacks its other half (None: nothing has changed about that).
    """

    network: Network | None = None
    path: Path | None = None
    weights: Path | None = None
    modules: Modules | None = None
    runner: Runner | None = None
    pictures: tuple[Picture, ...] = ()
    folder: Folder | None = None
    reference: Reference | None = None
    waiting: Waiting | None = None
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, eq=False)
class PictureRun:
    """A picture's way through preprocessing and the network, with the classes' names where there are any."""

    steps: Steps
    activations: Activations
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Timed:
    """The layers' times, and the multiply-adds of each where they are known, for the batch that was timed."""

    timing: Timing
    macs: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Compared:
    """A comparison with our run on the reference's own input (None: the reference holds no input)."""

    comparison: Comparison
    activations: Activations | None
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Port:
    """A network with its modules, what runs it, and how a picture becomes its input."""

    network: Network
    modules: Modules | None
    runner: Runner
    preprocessing: Preprocessing | None


@dataclass(frozen=True, eq=False)
class Corrected:
    """A port with corrections, none where all were taken back, and its comparison with the reference."""

    port: Port
    compared: Compared

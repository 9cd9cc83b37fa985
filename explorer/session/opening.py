"""Files → what is in them: networks with their weights, pictures and references, in any order."""

from __future__ import annotations

import filecmp
import logging
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from explorer.errors import PortsideError, WeightsUnclearError
from explorer.files import check_file, holding_files
from explorer.golden import is_golden_run
from explorer.running.cancellation import Cancelled
from explorer.running.picture_files import PICTURE_ENDINGS, find_pictures, is_picture_name
from explorer.session.answers import Folder, Notice, Opened, Waiting
from explorer.session.jobs import IsCancelled, Progress, sentence
from explorer.session.pictures import MOST_PICTURES

if TYPE_CHECKING:
    from explorer.golden.reading import GoldenRun
    from explorer.network.modules import Modules
    from explorer.network.network import Network
    from explorer.running.images import Picture
    from explorer.running.reference import Reference
    from explorer.running.runner import Runner

Kind = Literal["network", "weights", "picture", "folder", "reference", "golden run"]

REFERENCE_ENDINGS = (".npz",)

MOST_ENTRIES = 10_000
"""In a folder with more, nobody looks for arrays any further: somebody dropped a home, not a reference."""

LOG = logging.getLogger(__name__)

Read = TypeVar("Read")

OpenFiles = Callable[[Sequence[Path], Path | None, Waiting | None, Progress, IsCancelled], Opened]


def kind_of(path: Path) -> Kind:
    """What a file or folder is, by its name and where that says nothing by its content.

    :raises PortsideError: when it is missing, empty, or nothing that Portside opens.
    """
    from explorer.importers import is_weights, recognise
    from explorer.running.images import is_picture

    if path.is_dir():
        return _kind_of_folder(path)
    check_file(path)
    kind = kind_by_name(path)
    if kind is not None:
        return kind
    if recognise(path) is not None:
        return "network"
    if is_weights(path):
        return "weights"
    # Pillow knows HDF5 by its first bytes, though it can't read it.
    if _is_hdf5(path) or zipfile.is_zipfile(path):
        return "reference"
    if is_picture(path):
        return "picture"
    raise PortsideError("not a network, weights, a picture or a reference that Portside can read", file=path)


def _is_hdf5(path: Path) -> bool:
    from explorer.hdf5.reader import SIGNATURE, is_hdf5

    with path.open("rb") as file:
        return is_hdf5(file.read(len(SIGNATURE)))


def _kind_of_folder(path: Path) -> Kind:
    """A network stands before all else that lies beside it, arrays before the picture that they were computed from."""
    from explorer.importers import recognise

    if recognise(path) is not None:
        return "network"
    holds_pictures = False
    for entry in islice(path.rglob("*"), MOST_ENTRIES):
        if entry.suffix == ".npy":
            return "reference"
        holds_pictures = holds_pictures or is_picture_name(entry.name)
    return "folder" if holds_pictures else "network"


def kind_by_name(path: Path) -> Kind | None:
    """What the ending of a file's name promises; the file itself is not looked at."""
    from explorer.importers import IMPORTERS

    if is_golden_run(path):
        return "golden run"
    ending = path.suffix.lower()
    if any(ending in importer.networks for importer in IMPORTERS.values()):
        return "network"
    if any(ending in importer.weights for importer in IMPORTERS.values()):
        return "weights"
    if ending in PICTURE_ENDINGS:
        return "picture"
    return "reference" if ending in REFERENCE_ENDINGS else None


@holding_files()
def open_files(
    paths: Sequence[Path],
    current: Path | None,
    waiting: Waiting | None,
    progress: Progress,
    cancelled: IsCancelled,
) -> Opened:
    """Open any number of files in any order; one that is wrong becomes a notice and the others are opened.

    Weights belong to the network that comes with them, else to the one that waits for some, else to the one
    in the file ``current``, which is open. Of a golden run come its picture and its values, as a reference, and where
    no other network is open or comes with it, its network.

    :raises Cancelled: between two files.
    """
    paths = _without_copies(paths)
    opening = _Opening(progress, cancelled, steps=len(paths) + 1)
    found: dict[Kind, list[Path]] = {kind: [] for kind in get_args(Kind)}
    for path in paths:
        with_kind = opening.attempt(path, kind_of, count=False)
        if with_kind is not None:
            found[with_kind].append(path)
    opened = _open_network(opening, found["network"], found["weights"], current, waiting or Waiting())
    pictures = [_open_picture(opening, path) for path in found["picture"][:MOST_PICTURES]]
    folder = _open_folder(opening, found["picture"], found["folder"])
    references = [*found["golden run"], *found["reference"]]
    opening.take_one(references, "reference")
    reference = _open_reference(opening, references[0]) if references else None
    golden = None if reference is None else reference.golden
    if golden is not None:
        pictures.append(_open_golden_picture(opening, golden))
        if current is None and opened.network is None and not found["network"]:
            opened = _open_golden_network(opening, golden) or opened
    return replace(
        opened,
        pictures=tuple(picture for picture in pictures if picture is not None),
        folder=folder,
        reference=reference,
        notices=tuple(opening.notices),
    )


@dataclass
class _Opening:
    """One drop of files: how far it is, and what went wrong so far."""

    progress: Progress
    cancelled: IsCancelled
    steps: int
    done: int = 0
    is_unclear: bool = False
    notices: list[Notice] = field(default_factory=list)

    def attempt(self, path: Path, read: Callable[[Path], Read], *, count: bool = True) -> Read | None:
        """What ``read`` makes of ``path``, or None and a notice of what is wrong with it."""
        if self.cancelled():
            raise Cancelled
        if count:
            self.progress(self.done, self.steps, f"opening {path.name}")
            self.done += 1
        try:
            return read(path)
        except PortsideError as error:
            self.is_unclear = isinstance(error, WeightsUnclearError)
            self.notices.append(Notice(sentence(error)))
        except Cancelled:
            raise
        except Exception as error:
            # A mistake of the program over one file must not cost the person the others.
            LOG.exception("%s: unexpected", path)
            self.notices.append(Notice(sentence(error)))
        return None

    def take_one(self, paths: list[Path], what: str) -> None:
        """Keep the first of ``paths`` alone, and tell about the others, with their folders where names are the same."""
        for other in paths[1:]:
            alike = other.name == paths[0].name
            late, first = (f"{path.parent.name}/{path.name}" if alike else path.name for path in (other, paths[0]))
            self.notices.append(Notice(f"{late} was not opened: there can be one {what}, and {first} came first"))
        del paths[1:]


def _without_copies(paths: Sequence[Path]) -> list[Path]:
    """The paths but for those of a file that an earlier one names as well, or that is its copy by name and content."""
    kept: dict[str, list[Path]] = {}
    for path in paths:
        alike = kept.setdefault(path.name, [])
        if not any(_is_copy(path, other) for other in alike):
            alike.append(path)
    distinct = {path for alike in kept.values() for path in alike}
    return [path for path in dict.fromkeys(paths) if path in distinct]


def _is_copy(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other) or (path.is_file() and other.is_file() and filecmp.cmp(path, other, shallow=False))
    except OSError:
        # What is wrong with it is told where it is opened.
        return False


def _open_network(
    opening: _Opening, networks: list[Path], weights: list[Path], current: Path | None, waiting: Waiting
) -> Opened:
    opening.take_one(networks, "network")
    opening.take_one(weights, "file of weights")
    given = weights[0] if weights else None
    if not networks and given is None:
        return Opened()
    path = networks[0] if networks else (waiting.network or current)
    if path is None:
        assert given is not None
        opening.notices.append(Notice(f"{given.name} holds weights alone: it waits for its network.", "news"))
        return Opened(waiting=Waiting(None, given))
    with_weights = given or waiting.weights
    network = _read_network(opening, path, with_weights)
    if network is None and given is None and with_weights is not None:
        with_weights = None
        network = _read_network(opening, path, None)
    if network is None:
        # Only a network whose weights were unclear waits for some; another that failed must not catch later ones.
        if networks and opening.is_unclear:
            return Opened(waiting=Waiting(path, None))
        return Opened(waiting=Waiting() if networks or waiting.network else None)
    return Opened(network, path, with_weights, _modules(network), _runner(opening, network, path), waiting=Waiting())


def _read_network(opening: _Opening, path: Path, weights: Path | None) -> Network | None:
    from explorer.importers import open_network

    return opening.attempt(path, lambda path: open_network(path, weights=weights))


def _runner(opening: _Opening, network: Network, path: Path) -> Runner | None:
    from explorer.running.runner import Runner

    if not network.source.has_weights:
        text = f"No weights lie beside {path.name}: drop them here to run it."
        opening.notices.append(Notice(text, "news"))
        return None
    try:
        return Runner(network)
    except PortsideError as error:
        opening.notices.append(Notice(sentence(error)))
        return None


def _modules(network: Network) -> Modules:
    from explorer.network.modules import find_modules

    return find_modules(network.graph)


def _open_picture(opening: _Opening, path: Path) -> Picture | None:
    from explorer.running.images import read_picture

    return opening.attempt(path, read_picture)


def _open_folder(opening: _Opening, pictures: list[Path], folders: list[Path]) -> Folder | None:
    """All pictures of one drop, those in folders too, where there are several."""
    paths = list(pictures)
    for folder in folders:
        paths += opening.attempt(folder, lambda folder: find_pictures(folder, opening.cancelled)) or []
    if not folders and len(paths) < 2:
        return None
    name = folders[0].name if len(folders) == 1 and not pictures else f"{len(paths)} pictures"
    return Folder(name, tuple(paths))


def _open_golden_picture(opening: _Opening, golden: GoldenRun) -> Picture | None:
    from explorer.running.golden_pictures import picture_of

    return opening.attempt(golden.path, lambda _: picture_of(golden), count=False)


def _open_golden_network(opening: _Opening, golden: GoldenRun) -> Opened | None:
    from explorer.importers.golden import network_of

    network = opening.attempt(golden.path, lambda _: network_of(golden), count=False)
    if network is None:
        return None
    runner = _runner(opening, network, golden.path)
    return Opened(network, golden.path, modules=_modules(network), runner=runner, waiting=Waiting())


def _open_reference(opening: _Opening, path: Path) -> Reference | None:
    from explorer.running.reference import open_reference

    return opening.attempt(path, open_reference)

"""Which files what is open came from, and the whole of it as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.golden import is_golden_run
from explorer.session.preparing import own_preprocessing
from explorer.session.remembered import Layout, Remembered, Sight, Stamp
from explorer.session.session import Session

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.images import Picture


def lasting_file(path: str) -> Path | None:
    """The file of a picture or a reference; None for what is in none, or in a golden run, with which it comes."""
    found = Path(path)
    return found if found.is_absolute() and not is_golden_run(found.parent) else None


def original(session: Session) -> Network | None:
    """The network as it was read, without corrections."""
    return session.network if session.diagnosed is None else session.diagnosed.network


def network_files(session: Session) -> tuple[Path, ...]:
    """The files that the network was read from, the one that was opened first; none where none is open."""
    network, path = original(session), session.path
    if network is None or path is None:
        return ()
    read = [Path(file) for file in network.source.files]
    # A file that was converted before says where that was from, perhaps on another machine: that was not read.
    is_whole = path.suffix.lower() == ".onnx" or is_golden_run(path)
    is_own = bool(read) and (read[0] == path or (not is_whole and read[0].is_relative_to(path.parent)))
    weights = () if session.weights is None else (session.weights,)
    return tuple(dict.fromkeys((path, *(read if is_own else ()), *weights)))


def open_files_of(session: Session) -> Mapping[Path, object]:
    """Every file of what is open, with what was read from it."""
    found: dict[Path, object] = dict.fromkeys(network_files(session), original(session))
    for part in (session.reference, session.picture):
        path = None if part is None else lasting_file(part.path)
        if path is not None:
            found.setdefault(path, part)
    return found


def chosen_files(session: Session) -> tuple[Path, ...]:
    """The files that the person opened, of what is open; what was found with them is not named."""
    parts = (session.reference, session.picture)
    found = (session.path, session.weights, *(None if part is None else lasting_file(part.path) for part in parts))
    return tuple(dict.fromkeys(path for path in found if path is not None))


def remember(
    session: Session,
    stamps: Mapping[Path, Stamp],
    *,
    passing: Path | None = None,
    sight: Sight | None = None,
    layout: Layout | None = None,
) -> Remembered:
    """The session as a record; files in the folder ``passing`` are the example's, which are made anew."""
    path, reference, folder = session.path, session.reference, session.folder
    is_example = passing is not None and path is not None and path.is_relative_to(passing)

    def kept(file: Path | None) -> Path | None:
        return None if file is None or (passing is not None and file.is_relative_to(passing)) else file

    def picture_file(picture: Picture | None) -> Path | None:
        return None if picture is None else kept(lasting_file(picture.path))

    files = (picture_file(picture) for picture in session.pictures)
    record = Remembered(
        network=kept(path),
        weights=kept(session.weights),
        reference=None if reference is None else kept(lasting_file(reference.path)),
        picture=picture_file(session.picture),
        pictures=tuple(file for file in files if file is not None),
        folder=None if folder is None else (folder.name, folder.paths),
        preprocessing=chosen_preprocessing(session),
        fed_with=session.fed_with if session.comparison is not None else "",
        layer=session.layer or "",
        applied=tuple((finding.layer, finding.cause) for finding in session.applied),
        is_example=is_example,
        sight=sight or Sight(),
        layout=layout or Layout(),
    )
    wanted = {*record.files, *record.pictures}
    return replace(record, stamps={file: stamp for file, stamp in stamps.items() if file in wanted})


def chosen_preprocessing(session: Session) -> Preprocessing | None:
    """How pictures are prepared, where that is another way than the network's own."""
    network, chosen = original(session), session.preprocessing
    if network is None or chosen is None:
        return None
    return None if chosen == own_preprocessing(network) else chosen

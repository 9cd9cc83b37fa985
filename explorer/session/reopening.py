"""What was open, opened again by a plain function: files that are gone or have changed are told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import PortsideError
from explorer.golden import is_golden_run
from explorer.running.cancellation import Cancelled
from explorer.session.answers import Folder, Opened
from explorer.session.jobs import IsCancelled, Progress
from explorer.session.opening import OpenFiles
from explorer.session.remembered import Remembered, Stamp

if TYPE_CHECKING:
    from explorer.running.images import Picture

MakeExample = Callable[[], Sequence[Path]]

PAUSE = 0.25
"""Seconds in which the size of a file that is still being written would change."""

JUST_WRITTEN = 2.0
"""Seconds since its last change after which nobody is taken to be writing a file any more."""

LONGEST_WAIT = 20.0
"""Seconds after which a file that still grows is opened as it is."""


@dataclass(frozen=True, eq=False)
class Reopened:
    """What the files turned out to be, and which are no longer there, or others than they were."""

    opened: Opened
    missing: tuple[Path, ...] = ()
    changed: tuple[Path, ...] = ()


def reopen(
    record: Remembered,
    make_example: MakeExample | None,
    open_files: OpenFiles,
    progress: Progress,
    cancelled: IsCancelled,
) -> Reopened:
    """Open what ``record`` says; the example's files are written first where they are part of it.

    :raises Cancelled: between two files.
    """
    found = {path: stamp_of(path) for path in (*record.files, *record.pictures)}
    missing = tuple(path for path in record.files if found[path] is None)
    changed = tuple(
        path for path in record.files if found[path] is not None and record.stamps.get(path, found[path]) != found[path]
    )
    there = record.without(missing)
    made = make_example() if record.is_example and make_example is not None else ()
    opened = _open(there, made, open_files, progress, cancelled)
    others = [path for path in there.pictures if path != there.picture and found[path] is not None]
    pictures = (*opened.pictures[: 1 if there.picture is not None else None], *_read_pictures(others, cancelled))
    return Reopened(replace(opened, pictures=pictures, folder=_folder(record)), missing, changed)


def stamp_of(path: Path) -> Stamp | None:
    """What a file's content is known by; None where it is not there, or can't be looked at."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return None
    return Stamp(state.st_size, state.st_mtime_ns)


def wait_until_settled(paths: Iterable[Path], cancelled: IsCancelled) -> None:
    """Wait for whoever is still writing one of the files, or puts another in its place.

    :raises Cancelled: meanwhile.
    """
    end = time.monotonic() + LONGEST_WAIT
    waiting = [path for path in paths if _is_fresh(path)]
    before: dict[Path, Stamp | None] = {}
    while waiting and time.monotonic() < end:
        now = {path: stamp_of(path) for path in waiting}
        waiting = [path for path in waiting if path not in before or now[path] is None or now[path] != before[path]]
        # A file that is replaced may be away meanwhile, but hardly with its folder.
        waiting = [path for path in waiting if now[path] is not None or stamp_of(path.parent) is not None]
        before = now
        if waiting:
            time.sleep(PAUSE)
        if cancelled():
            raise Cancelled


def _is_fresh(path: Path) -> bool:
    stamp = stamp_of(path)
    return stamp is None or abs(time.time() - stamp.changed / 1e9) < JUST_WRITTEN


def _open(
    record: Remembered, made: Sequence[Path], open_files: OpenFiles, progress: Progress, cancelled: IsCancelled
) -> Opened:
    paths = [*record.files, *made]
    reference = record.reference
    is_apart = record.network is not None and is_golden_run(record.network) and reference != record.network
    if not (is_apart and reference is not None):
        return open_files(paths, None, None, progress, cancelled)
    # A golden run is a reference too, and of one drop only one is taken.
    opened = open_files([path for path in paths if path != reference], None, None, progress, cancelled)
    compared = open_files([reference], record.network, None, progress, cancelled)
    return replace(opened, reference=compared.reference, notices=(*opened.notices, *compared.notices))


def _read_pictures(paths: Iterable[Path], cancelled: IsCancelled) -> list[Picture]:
    """The pictures that can still be read: of one that is only there to be gone back to, nothing is told."""
    from explorer.running.images import read_picture

    found = []
    for path in paths:
        if cancelled():
            raise Cancelled
        try:
            found.append(read_picture(path))
        except PortsideError:
            continue
    return found


def _folder(record: Remembered) -> Folder | None:
    if record.folder is None:
        return None
    name, paths = record.folder
    there = tuple(path for path in paths if stamp_of(path) is not None)
    return Folder(name, there) if there else None

"""A network of the catalogue → its files, each of them proven by its hash before it stands under its name."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.catalogue.entry import CatalogueFile, Entry
from explorer.catalogue.locking import locked
from explorer.catalogue.places import Places
from explorer.catalogue.transfer import Part, TransferError, host, read_note, transfer
from explorer.catalogue.unpacking import unpack_member
from explorer.errors import PortsideError
from explorer.files import whole_file
from explorer.running.cancellation import Cancel, Cancelled

STALL = 30.0
"""Seconds without a byte after which a server is given up."""

ATTEMPTS = 4
"""How often an address is asked that breaks off and goes on; one that gives nothing new is asked once."""

BLOCK = 1 << 20

Report = Callable[[int, int, str], None]
"""``report(done, total, text)``: bytes of the whole network, and what is being done."""


@dataclass(frozen=True)
class Way:
    """How networks are fetched: where they go, how long a silent server is waited for, and how much room a disk has."""

    places: Places
    stall: float = STALL
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free


def is_here(entry: Entry, places: Places) -> bool:
    """Whether that network was fetched: its files are there and have their sizes. Their content is not read."""
    folder = places.folder(entry)
    return all(_has_size(folder / file.name, _size(file, places.cache)) for file in entry.files)


def fetch(
    entry: Entry,
    way: Way,
    report: Report,
    cancelled: Cancel,
    *,
    folder: Path | None = None,
) -> tuple[Path, ...]:
    """Bring the files of a network into ``folder``, by default its own among the fetched ones; returns their paths.

    A file that is there already and has its hash stays. One that is not what the catalogue says is replaced among the
    fetched ones, and refused in a ``folder`` of the person's.

    :raises PortsideError: when no address gives a file, when there is no room, or the folder can't be written.
    :raises Cancelled: soon after ``cancelled()``; what has come by then waits for the next time, where it can be gone
        on with.
    """
    target = way.places.folder(entry) if folder is None else folder
    for needed in (way.places.cache, target):
        _make(needed)
    done = 0
    for file in entry.files:
        fetching = _Fetching(file, target / file.name, way, cancelled, _offset(report, done, entry.size))
        fetching.run(replace=folder is None)
        done += file.size
        report(done, entry.size, f"fetched {file.name}")
    return tuple(target / file.name for file in entry.files)


@dataclass(frozen=True)
class _Fetching:
    """One file on its way."""

    file: CatalogueFile
    target: Path
    way: Way
    cancelled: Cancel
    tell: Callable[[int, str], None]

    def run(self, *, replace: bool) -> None:
        """See to it that the file stands under its name."""
        cache = self.way.places.cache
        with locked(cache / f"{self.file.key}.lock", self.cancelled):
            if self._is_right():
                return
            if not replace and self.target.exists() and self.file.member is None:
                raise PortsideError("is there already, and is not the file of the catalogue", file=self.target)
            part = Part(cache / f"{self.file.key}.part")
            self._bring(part)
            self._place(part, replace=replace)
            part.drop()

    def _is_right(self) -> bool:
        size = _size(self.file, self.way.places.cache)
        if not _has_size(self.target, size):
            return False
        receipt = _receipt(self.file, self.way.places.cache)
        wanted = self.file.hashes if receipt is None else (("sha256", receipt[1]),)
        return self._wrong_hash(self.target, wanted) is None

    def _bring(self, part: Part) -> None:
        failures: list[tuple[str, TransferError]] = []
        for address in self.file.addresses:
            try:
                self._from(address, part)
                return
            except TransferError as error:
                failures.append((host(address), error))
        raise PortsideError(_why(self.file, failures), file=self.file.name)

    def _from(self, address: str, part: Part) -> None:
        text = f"fetching {self.file.name} from {host(address)}"
        for attempt in range(1, ATTEMPTS + 1):
            before = part.have
            self._check_room(before)
            try:
                transfer(
                    self.file,
                    address,
                    part,
                    stall=self.way.stall,
                    progress=lambda have: self.tell(have, text),
                    cancelled=self.cancelled,
                )
            except TransferError as error:
                gained = part.have > before or (error.broke_off and part.have < before)
                if not (error.broke_off and gained) or attempt == ATTEMPTS:
                    raise
                continue
            wrong = self._wrong_hash(part.path, self.file.hashes)
            if wrong is None:
                return
            part.drop()
            # Two halves may be of two versions, or of two addresses; a whole from one place is that place's word.
            if before == 0:
                raise TransferError(f"sends another file: its {wrong} is not the catalogue's")
        raise TransferError("sends another file each time")

    def _wrong_hash(self, path: Path, hashes: tuple[tuple[str, str], ...]) -> str | None:
        """The kind of a hash that the file does not have; None where it has them all."""
        sums = {kind: hashlib.new(kind, usedforsecurity=False) for kind, _ in hashes}
        done = 0
        with path.open("rb") as content:
            while block := content.read(BLOCK):
                for each in sums.values():
                    each.update(block)
                done += len(block)
                self.tell(min(done, self.file.size), f"checking {self.file.name}")
                if self.cancelled():
                    raise Cancelled
        return next((kind for kind, digest in hashes if sums[kind].hexdigest() != digest), None)

    def _check_room(self, have: int) -> None:
        cache, folder = self.way.places.cache, self.target.parent
        needed = {cache: self.file.size - have}
        if cache.stat().st_dev != folder.stat().st_dev:
            needed[folder] = self.file.size
        for place, size in needed.items():
            free = self.way.free(place)
            if free < size:
                raise PortsideError(f"{_megabytes(size)} are needed, {_megabytes(free)} are free", file=place)

    def _place(self, part: Part, *, replace: bool) -> None:
        with whole_file(self.target) as temporary:
            if self.file.member is None:
                _move(part.path, temporary)
            else:
                self._unpack(part, self.file.member, temporary, replace=replace)

    def _unpack(self, part: Part, member: str, temporary: Path, *, replace: bool) -> None:
        self.tell(self.file.size, f"unpacking {self.file.name}")
        try:
            unpack_member(part.path, member, temporary, free=self.way.free, cancelled=self.cancelled)
        except PortsideError as error:
            part.drop()
            raise PortsideError(error.reason, file=self.file.name) from None
        digest = _sha256(temporary)
        if not replace and self.target.exists() and _sha256(self.target) != digest:
            raise PortsideError("is there already, and is not the file of the catalogue", file=self.target)
        _write_receipt(self.file, self.way.places.cache, temporary.stat().st_size, digest)


def _offset(report: Report, before: int, total: int) -> Callable[[int, str], None]:
    return lambda done, text: report(before + done, total, text)


def _why(file: CatalogueFile, failures: list[tuple[str, TransferError]]) -> str:
    told = "; ".join(f"{host} {error.reason}" for host, error in failures)
    if all(error.offline for _, error in failures):
        return (
            f"nobody can be reached ({told}): connect this machine to the network, or fetch it elsewhere with "
            "portside fetch --to FOLDER and open the files from there"
        )
    return f"no address gives it: {told}"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PortsideError(f"can't be made ({error.strerror or error})", file=folder) from None


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError:
        # The cache may be on another disk.
        shutil.copyfile(source, target)


def _has_size(path: Path, size: int | None) -> bool:
    with suppress(OSError):
        return size is not None and path.is_file() and path.stat().st_size == size
    return False


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _size(file: CatalogueFile, cache: Path) -> int | None:
    """How many bytes stand under the file's name: the catalogue's, or of a member what its receipt says."""
    if file.member is None:
        return file.size
    receipt = _receipt(file, cache)
    return None if receipt is None else receipt[0]


def _receipt(file: CatalogueFile, cache: Path) -> tuple[int, str] | None:
    """Size and SHA-256 of the member that came out of the archive when its hash was right; None: it never did here."""
    if file.member is None:
        return None
    noted = read_note(_receipt_path(file, cache))
    size, digest = noted.get("size"), noted.get("sha256")
    if noted.get("member") == file.member and isinstance(size, int) and isinstance(digest, str):
        return size, digest
    return None


def _write_receipt(file: CatalogueFile, cache: Path, size: int, digest: str) -> None:
    with whole_file(_receipt_path(file, cache)) as temporary:
        temporary.write_text(json.dumps({"member": file.member, "size": size, "sha256": digest}), "utf-8")


def _receipt_path(file: CatalogueFile, cache: Path) -> Path:
    return cache / f"{file.key}.unpacked.json"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"

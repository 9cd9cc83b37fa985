"""The values of a run within a budget of memory: some are held, and the others are computed when they are looked at."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import PortsideError
from explorer.running.activations import Array
from explorer.running.cancellation import Cancel, Cancelled, Progress
from explorer.running.kept import InMemory, Kept, OnDevice
from explorer.running.spilling import SpilledArray

if TYPE_CHECKING:
    from explorer.running.pieces import Pieces

CANCEL_POLL_SECONDS = 0.02


class HeldValues(Mapping[str, Array]):
    """The values ``names`` of a run: those ``kept`` from it, and the others computed from the nearest that are at hand.

    What was looked at last is held as well, all together within ``budget`` bytes. An array that is too large for that
    is computed piece by piece into a file and mapped from there. Any number of threads may ask at once.
    """

    def __init__(self, names: Iterable[str], kept: Mapping[str, Kept], pieces: Pieces, budget: int) -> None:
        self._names = dict.fromkeys(names)
        self._kept = dict(kept)
        self._pieces = pieces
        self._room = max(budget - sum(one.nbytes for one in kept.values() if not isinstance(one, SpilledArray)), 0)
        self._recent: OrderedDict[str, Kept] = OrderedDict()
        self._spilled: OrderedDict[str, SpilledArray] = OrderedDict()
        self._lock = threading.RLock()
        self._asked: list[str] = []

    def __getitem__(self, name: str) -> Array:
        return self.fetch(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    @property
    def at_hand(self) -> frozenset[str]:
        """The values that can be had without computing."""
        return frozenset({*self._kept, *self._recent, *self._spilled} & self._names.keys())

    @property
    def held_bytes(self) -> int:
        """What is held in memory now, beside what is mapped from files."""
        return sum(one.nbytes for one in (*self._kept.values(), *self._recent.values()) if isinstance(one, InMemory))

    def fetch(self, name: str, cancelled: Cancel | None = None, progress: Progress | None = None) -> Array:
        """The value ``name``; ``progress`` is told (pictures done, pictures in all) while it is computed.

        :raises KeyError: when it is none of the run's values.
        :raises PortsideError: when it can't be computed again, or there is room for it neither in memory nor on disk.
        :raises Cancelled: soon after ``cancelled()`` turns true; what is held stays as it is.
        """
        if name not in self._names:
            raise KeyError(name)
        kept = self._kept.get(name)
        if isinstance(kept, InMemory):
            # Never waits for what another thread computes: the window asks for the outputs in its own.
            return kept.array()
        self._asked.append(name)
        try:
            with self._alone(cancelled):
                if kept is None or isinstance(kept, OnDevice):
                    kept = self._found_again(name, kept, cancelled, progress)
                return kept.array()
        finally:
            self._asked.remove(name)

    def look_ahead(self, cancelled: Cancel | None = None) -> None:
        """Compute what is not at hand in one go, where all of it fits the budget; whoever asks for a value goes first.

        :raises PortsideError: when it can't be computed again.
        :raises Cancelled: soon after ``cancelled()`` turns true.
        """

        def stopped() -> bool:
            return bool(self._asked) or (cancelled is not None and cancelled())

        while True:
            try:
                with self._alone(cancelled):
                    missing = [name for name in self._names if name not in self.at_hand]
                    recent = sum(one.nbytes for one in self._recent.values())
                    if missing and recent + self._pieces.size_of(missing) <= self._room:
                        sources: dict[str, Kept] = {**self._kept, **self._recent, **self._spilled}
                        self._recent |= self._pieces.compute(missing, sources, _in_memory, stopped)
                    return
            except Cancelled:
                while self._asked:
                    time.sleep(CANCEL_POLL_SECONDS)
                if cancelled is not None and cancelled():
                    raise

    def _found_again(
        self, name: str, on_device: Kept | None, cancelled: Cancel | None, progress: Progress | None
    ) -> Kept:
        if name in self._recent:
            self._recent.move_to_end(name)
            return self._recent[name]
        if name in self._spilled:
            self._spilled.move_to_end(name)
            self._make_room(self._spilled[name].nbytes)
            return self._spilled[name]
        try:
            found = self._computed(name, cancelled, progress) if on_device is None else InMemory.of(on_device.array())
        except MemoryError:
            raise PortsideError(f"there is not enough memory to compute '{name}' again") from None
        if isinstance(found, SpilledArray):
            self._spilled[name] = found
        else:
            self._make_room(found.nbytes)
            if found.nbytes <= self._room:
                self._recent[name] = found
        return found

    def _computed(self, name: str, cancelled: Cancel | None, progress: Progress | None) -> InMemory | SpilledArray:
        sources: dict[str, Kept] = {**self._kept, **self._recent, **self._spilled}

        def place(value: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> InMemory | SpilledArray:
            size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
            self._make_room(size)
            return InMemory(shape, dtype) if size <= self._room else self._spill(value, shape, dtype)

        return self._pieces.compute([name], sources, place, cancelled, progress)[name]

    def _spill(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> SpilledArray:
        """A file for an array; older ones make way where the disk is too small for all."""
        while True:
            try:
                return SpilledArray(name, shape, dtype)
            except PortsideError:
                if not self._spilled:
                    raise
                self._spilled.popitem(last=False)[1].close()

    def _make_room(self, size: int) -> None:
        """Forget what was looked at longest ago until ``size`` bytes more fit the budget, or all is forgotten."""
        held = sum(one.nbytes for one in self._recent.values())
        while self._recent and held + size > self._room:
            held -= self._recent.popitem(last=False)[1].nbytes

    @contextmanager
    def _alone(self, cancelled: Cancel | None) -> Iterator[None]:
        """Let one thread compute at a time; whoever waits may still be cancelled."""
        while not self._lock.acquire(timeout=CANCEL_POLL_SECONDS):
            if cancelled is not None and cancelled():
                raise Cancelled
        try:
            yield
        finally:
            self._lock.release()


def _in_memory(_: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> InMemory:
    return InMemory(shape, dtype)

"""Many pictures through one network: decoded on some threads while the network runs on others."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import PortsideError
from explorer.network.network import value_name
from explorer.running.activations import Activations, Array, Class
from explorer.running.answers import classify
from explorer.running.batching import Batches
from explorer.running.cancellation import Cancelled
from explorer.running.images import read_picture
from explorer.running.providers import usable_cores
from explorer.running.runner import feed_picture, picture_input

if TYPE_CHECKING:
    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.cancellation import Cancel
    from explorer.running.runner import Runner

MOST_DECODERS = 4

CANCEL_POLL_SECONDS = 0.05


@dataclass(frozen=True, eq=False)
class Ran:
    """One picture of many: its activations, or the reason why there are none."""

    path: str
    activations: Activations | None = None
    notes: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, eq=False)
class Classified:
    """What a network said of one picture of many: the best classes by output, or the reason why there are none."""

    path: str
    outputs: Mapping[str, tuple[Class, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: str | None = None

    @property
    def best(self) -> tuple[Class, ...]:
        """The classes of the network's own output."""
        return next(iter(self.outputs.values()), ())


@dataclass(frozen=True, eq=False)
class _Prepared:
    path: str
    tensor: Array | None
    notes: tuple[str, ...] = ()
    error: str | None = None


def run_pictures(
    runner: Runner,
    paths: Sequence[str | Path],
    *,
    preprocessing: Preprocessing | None = None,
    values: Collection[str] | None = None,
    batch: int | None = None,
    cancelled: Cancel | None = None,
) -> Generator[Ran, None, None]:
    """Run every picture, in the order given; one that can't be read is told in its place, and the others go on.

    Pictures are decoded ahead on a few threads, a bounded number of them, so that memory does not grow with their
    count. ``values`` are kept (None: those of every layer); ``batch`` pictures go into one run where the network allows
    (None: what suits the provider), see :class:`Batches`.

    :raises PortsideError: when the network takes no pictures, or none of this preprocessing's shape, or can't be run.
    :raises Cancelled: soon after ``cancelled()`` turns true.
    """
    check_preprocessing(runner.network, preprocessing)
    batches = Batches(runner, values, batch)
    waiting: list[_Prepared] = []
    for prepared in _decoded_ahead(runner.network, paths, preprocessing, batches.size, cancelled):
        waiting.append(prepared)
        if sum(one.tensor is not None for one in waiting) >= batches.size:
            yield from _run(batches, waiting, cancelled)
            waiting = []
    yield from _run(batches, waiting, cancelled)


def classify_pictures(
    runner: Runner,
    paths: Sequence[str | Path],
    *,
    preprocessing: Preprocessing | None = None,
    labels: tuple[str, ...] | None = None,
    batch: int | None = None,
    cancelled: Cancel | None = None,
) -> Iterator[Classified]:
    """The best five classes of every picture, in the order given; errors as for :func:`run_pictures`."""
    ran = run_pictures(
        runner, paths, preprocessing=preprocessing, values=runner.output_names(), batch=batch, cancelled=cancelled
    )
    for one in ran:
        outputs = {} if one.activations is None else classify(runner.network, one.activations, labels)
        yield Classified(one.path, outputs, one.notes, one.error)


def check_preprocessing(network: Network, preprocessing: Preprocessing | None) -> None:
    """Find out before any picture is read whether the network takes what preprocessing makes of one.

    :raises PortsideError: as :func:`explorer.running.runner.feed_picture` does.
    """
    _, own, size = picture_input(network)
    side = math.ceil(max(size) / (preprocessing or own).central_fraction) + 1
    feed_picture(network, np.zeros((side, side, 3), np.uint8), preprocessing)


def _decoded_ahead(
    network: Network,
    paths: Sequence[str | Path],
    preprocessing: Preprocessing | None,
    batch: int,
    cancelled: Cancel | None,
) -> Iterator[_Prepared]:
    decoders = max(1, min(MOST_DECODERS, usable_cores()))
    pool = ThreadPoolExecutor(decoders, thread_name_prefix="portside-decode")
    queue: deque[Future[_Prepared]] = deque()
    left = iter(paths)
    try:
        while True:
            while len(queue) < decoders + batch and (path := next(left, None)) is not None:
                queue.append(pool.submit(_prepare, network, path, preprocessing))
            if not queue:
                return
            yield _awaited(queue.popleft(), cancelled)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _awaited(future: Future[_Prepared], cancelled: Cancel | None) -> _Prepared:
    while True:
        if cancelled is not None and cancelled():
            raise Cancelled
        try:
            return future.result(CANCEL_POLL_SECONDS)
        except NotYet:
            continue


def _prepare(network: Network, path: str | Path, preprocessing: Preprocessing | None) -> _Prepared:
    try:
        picture = read_picture(path)
        inputs = feed_picture(network, picture.pixels, preprocessing)
    except PortsideError as error:
        return _Prepared(str(path), None, error=error.reason)
    except MemoryError:
        return _Prepared(str(path), None, error="there is not enough memory to decode it")
    return _Prepared(str(path), inputs[value_name(network.inputs[0])], picture.notes)


def _run(batches: Batches, waiting: Sequence[_Prepared], cancelled: Cancel | None) -> Iterator[Ran]:
    tensors = [one.tensor for one in waiting if one.tensor is not None]
    found = iter(batches.run(tensors, cancelled))
    for one in waiting:
        activations = None if one.tensor is None else next(found)
        yield Ran(one.path, activations, one.notes, one.error)

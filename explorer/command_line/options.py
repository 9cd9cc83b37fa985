"""What several commands share: their options, JSON documents and progress."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import PortsideError
from explorer.files import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.network.network import Network
    from explorer.network.preprocessing import Preprocessing
    from explorer.running.runner import Runner

SCHEMA = 1

LARGEST_SIDE = 65_536


def add_model(parser: argparse.ArgumentParser) -> None:
    """MODEL and what says how to read it."""
    parser.add_argument("model", metavar="MODEL", help="a network's file, or a folder that holds one")
    parser.add_argument("--weights", metavar="FILE", help="the weights, where they are a file of their own")
    parser.add_argument("--architecture", metavar="NAME", help="the network of a checkpoint that holds weights alone")
    parser.add_argument(
        "--size", type=height_by_width, metavar="HxW", help="the pictures' size, where the file leaves it open"
    )
    parser.add_argument(
        "--backend", choices=("theano", "tensorflow"), help="what Keras computed on, where its file does not say it"
    )
    parser.add_argument("--allow-unknown", action="store_true", help="look at a network with layers that can't be run")


def add_common(parser: argparse.ArgumentParser) -> None:
    """--json and --quiet."""
    parser.add_argument("--json", metavar="FILE", help="write the result as JSON; - is standard output")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors and what was asked for")


def add_running(parser: argparse.ArgumentParser) -> None:
    """--provider, --tf32 and --memory."""
    from explorer.running.provider_table import PROVIDER_NAMES

    parser.add_argument(
        "--provider", default="auto", choices=PROVIDER_NAMES, help="where to run (default: the best here)"
    )
    parser.add_argument(
        "--tf32",
        action="store_true",
        help="let an NVIDIA GPU round what it multiplies to 10 bits, as it does elsewhere by default",
    )
    parser.add_argument(
        "--memory",
        type=memory,
        metavar="SIZE",
        help="how much the layers' values of a run may take, such as 2GB (default: a quarter of the machine's memory)",
    )


def add_picture_options(parser: argparse.ArgumentParser) -> None:
    """--preprocess and --labels."""
    parser.add_argument("--preprocess", metavar="NAME|FILE", help="a preset, or a JSON file that describes the steps")
    parser.add_argument(
        "--labels", metavar="FILE", help="the classes' names, one a line (default: ImageNet's for 1000)"
    )


def open_model(arguments: argparse.Namespace) -> Network:
    """Open MODEL and, unless --quiet, name its weights file and say its notes on standard error."""
    from explorer.importers import open_network
    from explorer.importers.choices import Choices

    choices = Choices(arguments.allow_unknown, arguments.architecture, arguments.backend, arguments.size)
    network = open_network(arguments.model, weights=arguments.weights, choices=choices)
    source = network.source
    opened_here = source.files[:1] == (str(arguments.model),)
    if arguments.weights is None and len(source.files) > 1 and opened_here:
        note(arguments, f"weights: {source.files[1]}")
    for text in source.notes:
        note(arguments, text)
    if not source.has_weights:
        note(arguments, "no weights file beside it: shapes only")
    return network


def make_runner(network: Network, arguments: argparse.Namespace, provider: str | None = None) -> Runner:
    """A runner for ``network`` on ``provider``, else on the one that --provider names.

    What keeps the machine's best provider from being taken, or made it fail, is said on standard error.
    """
    from explorer.running.provider_table import AUTO
    from explorer.running.providers import provider_warnings
    from explorer.running.runner import Runner

    chosen = provider or arguments.provider
    runner = Runner(
        network,
        chosen,
        tf32=arguments.tf32,
        on_fallback=lambda fallback: note(arguments, fallback.sentence),
        memory=arguments.memory,
    )
    for text in provider_warnings() if chosen == AUTO else ():
        note(arguments, text)
    if chosen != AUTO and runner.provider.caution is not None:
        note(arguments, f"{chosen}: {runner.provider.caution}")
    return runner


def chosen_preprocessing(arguments: argparse.Namespace, network: Network) -> Preprocessing | None:
    """What --preprocess says, laid out as the network's own input is; None: the network's own."""
    from explorer.network.preprocessing import find_preprocessing
    from explorer.running.runner import picture_input

    if arguments.preprocess is None:
        return None
    layout = picture_input(network)[1].layout
    return replace(find_preprocessing(arguments.preprocess), layout=layout)


def note(arguments: argparse.Namespace, text: str) -> None:
    """Say something on standard error that is no result."""
    if not arguments.quiet:
        print(text, file=sys.stderr)


def write_json(document: dict[str, Any], target: str) -> None:
    """Write a document of the contract to a file, whole or not at all, or to standard output for ``-``."""
    finite = _finite({"schema": SCHEMA, **document})
    text = json.dumps(finite, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        # A path whose bytes are no text comes in as surrogates, which only an escape can carry.
        text = json.dumps(finite, indent=1, allow_nan=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    with whole_file(target) as path:
        path.write_text(text, "utf-8")


@contextmanager
def shown_progress(arguments: argparse.Namespace, what: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told (done, in all); it draws a line on standard error where that is a terminal."""
    drawn = sys.stderr.isatty() and not arguments.quiet
    last = 0.0

    def show(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if drawn and (now - last > 0.05 or done == total):
            last = now
            filled = 24 * done // max(total, 1)
            sys.stderr.write(f"\r{what} {'█' * filled}{'░' * (24 - filled)} {done} of {total}\x1b[K")
            sys.stderr.flush()

    try:
        yield show
    finally:
        if drawn:
            sys.stderr.write("\r\x1b[K")


def table(headers: list[str], rows: list[list[str]], right: set[int]) -> str:
    """Text in columns, those of the indices ``right`` flush right."""
    widths = [max(len(row[i]) for row in [headers, *rows]) for i in range(len(headers))]

    def line(cells: list[str]) -> str:
        parts = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
        return "  ".join(parts).rstrip()

    return "\n".join([line(headers), line(["─" * width for width in widths]), *map(line, rows)])


def sizes(shape: tuple[int, ...] | None, *, batch: bool = False) -> str:
    """A shape as people write it: ``64×112×112``; the batch is left out where it is 1, unless ``batch``."""
    if shape is None:
        return "?"
    shown = shape if batch or len(shape) < 2 or shape[0] != 1 else shape[1:]
    return "×".join(map(str, shown)) or "1"


def number(value: float | None, digits: int = 1) -> str:
    """An error in scientific notation, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}e}"


def _finite(value: Any) -> Any:
    """JSON has no infinity and no NaN: they don't exist in a document."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def positive(text: str) -> int:
    """An argument that is a whole number from 1 on."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return int(text)


def memory(text: str) -> int:
    """An argument that is an amount of memory: ``2GB``."""
    from explorer.running.memory import read_budget

    try:
        return read_budget(text)
    except PortsideError as error:
        raise argparse.ArgumentTypeError(error.reason) from None


def height_by_width(text: str) -> tuple[int, int]:
    """An argument that is a picture's size: ``224x320``, or one number for both."""
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) > 2 or not all(side.isdecimal() and 0 < int(side) <= LARGEST_SIDE for side in sides):
        raise argparse.ArgumentTypeError(f"'{text}' is no height and width, such as 224x224")
    return int(sides[0]), int(sides[-1])


def check_outputs(*paths: str | None) -> None:
    """Find out before long work that a result has no place to go, or that two would take the same.

    :raises PortsideError: naming the path.
    """
    taken: set[Path] = set()
    for path in paths:
        if path is None or path == "-":
            continue
        place = Path(path).absolute()
        if not place.parent.is_dir():
            raise PortsideError("its folder does not exist", file=path)
        if place in taken:
            raise PortsideError("two results can't be written to one file", file=path)
        taken.add(place)
